"""A stretch of civil time with open ends, and the texts that state one.

Incidents are dated in local civil time: a report says "Tuesday afternoon", a dataset says
``2019-12-10``, and neither names an offset. An :class:`Interval` therefore has no time zone; a
``Z`` or an offset in a text is read (an offset is applied) and the civil result is kept. Where the
zone matters, it stands beside the interval (``time_zone`` of an incident).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gis.errors import InvalidInterval

TICK = timedelta(microseconds=1)
"""The resolution of PostgreSQL's timestamps: a closed end is ``end + TICK`` in half-open form."""

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_MOMENT = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt ](?:(\d{2}:\d{2})(:\d{2}(?:[.,]\d{1,9})?)?(Z|z|[+-]\d{2}:?\d{2})?)?"
)
_OPEN_YEARS = ("0000-", "9999-")


@dataclass(frozen=True, slots=True)
class Interval:
    """The half-open stretch ``[start, end)`` of civil time; ``None`` is an open end.

    Whether something lasted from start to end, or happened once at an unknown moment between
    them, is not the interval's to say: see ``TimeExtent`` in :mod:`gis.precision`.
    """

    start: datetime | None
    end: datetime | None

    def __post_init__(self) -> None:
        if self.start is not None and self.end is not None and self.start >= self.end:
            raise InvalidInterval(str(self), "it ends after it starts")

    def intersects(self, other: Interval) -> bool:
        """Whether the two share a moment.

        Examples
        --------
        >>> december = parse_interval("2019-12")
        >>> december.intersects(parse_interval("2019-12-31/.."))
        True
        >>> december.intersects(parse_interval("2020-01-01"))
        False
        """
        return _before(self.start, other.end) and _before(other.start, self.end)

    def contains(self, other: Interval) -> bool:
        """Whether every moment of ``other`` lies in this interval."""
        starts = self.start is None or (other.start is not None and self.start <= other.start)
        ends = self.end is None or (other.end is not None and other.end <= self.end)
        return starts and ends

    def __str__(self) -> str:
        start = ".." if self.start is None else self.start.isoformat()
        end = ".." if self.end is None else self.end.isoformat()
        return f"{start}/{end}"


def parse_interval(text: str) -> Interval:
    """Read a date, a moment or an interval as OGC API - Features states them.

    Both ends of a stated interval belong to it. A date stands for its whole day, ``2019-12`` for
    its month and ``2019`` for its year. An end may be open: ``..``, nothing, or the years 0000 and
    9999 that QGIS sends for one. GDAL's ``2024-01-05T`` (a date with a stray ``T``) is that day.

    Raises
    ------
    InvalidInterval
        For a text that is none of these, an unknown calendar day, or an end before the start.

    References
    ----------
    OGC API - Features 1.0.1, 7.15.4 (parameter datetime).

    Examples
    --------
    >>> str(parse_interval("2019-12-10"))
    '2019-12-10T00:00:00/2019-12-11T00:00:00'
    >>> str(parse_interval("../2019-12-10"))
    '../2019-12-11T00:00:00'
    """
    parts = text.strip().split("/")
    if len(parts) > 2 or not any(parts):
        raise InvalidInterval(text, "it is a date, a moment, or two of them with one '/' between")
    if len(parts) == 1:
        return Interval(*_stretch(parts[0], text))
    first, last = parts
    start = None if _is_open(first) else _stretch(first, text)[0]
    end = None if _is_open(last) else _stretch(last, text)[1]
    if start is not None and end is not None and start >= end:
        raise InvalidInterval(text, "it does not end before it starts")
    return Interval(start, end)


def _before(start: datetime | None, end: datetime | None) -> bool:
    return start is None or end is None or start < end


def _is_open(part: str) -> bool:
    return part in ("", "..") or part.startswith(_OPEN_YEARS)


def _stretch(part: str, text: str) -> tuple[datetime, datetime]:
    """First moment, and first moment after, of what one side of a text names."""
    try:
        if match := _DATE.fullmatch(part):
            return _calendar(*match.groups())
        if match := _MOMENT.fullmatch(part):
            day, minutes, seconds, offset = match.groups()
            if minutes is None:
                return _stretch(day, text)
            moment = _moment(f"{day}T{minutes}{(seconds or ':00').replace(',', '.')}", offset)
            return moment, moment + TICK
    except (ValueError, OverflowError) as fault:
        raise InvalidInterval(text, f"it names a day of the calendar ({fault})") from None
    raise InvalidInterval(
        text, "it is written like 2019-12-10, 2019-12-10T12:00:00Z, 2019-12 or ../2019-12-10"
    )


def _calendar(year: str, month: str | None, day: str | None) -> tuple[datetime, datetime]:
    start = datetime(int(year), int(month or 1), int(day or 1))
    if day is not None:
        return start, start + timedelta(days=1)
    if month is not None:
        return start, datetime(start.year + start.month // 12, start.month % 12 + 1, 1)
    return start, datetime(start.year + 1, 1, 1)


def _moment(stamp: str, offset: str | None) -> datetime:
    # Nine fractional digits are legal in RFC 3339; what is finer than a microsecond is cut.
    stamp = re.sub(r"(\.\d{6})\d+", r"\1", stamp)
    if offset is None or offset in "Zz":
        return datetime.fromisoformat(stamp)
    return datetime.fromisoformat(stamp + offset).astimezone(UTC).replace(tzinfo=None)
