"""A stretch of civil time with open ends, and the texts that state one.

Incidents are dated in local civil time: a report says "Tuesday afternoon", a dataset says
``2019-12-10``, and neither names an offset. An :class:`Interval` therefore has no time zone; a
``Z`` or an offset in a text is read (an offset is applied) and the civil result is kept. Where the
zone matters, it stands beside the interval (``time_zone`` of an incident).
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from gis.errors import InvalidInterval

TICK = timedelta(microseconds=1)
"""The resolution of PostgreSQL's timestamps: a closed end is ``end + TICK`` in half-open form."""

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_MOMENT = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt ](?:(\d{2}:\d{2})(:\d{2}(?:[.,]\d{1,9})?)?(Z|z|[+ -]\d{2}:?\d{2})?)?"
)
_YEAR_0, _YEAR_9999 = "0000-", "9999-"
_LEAP_YEAR = "0004-"
"""Has the days that the year 0000 had."""


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
    its month and ``2019`` for its year. An end may be open: ``..``, nothing, or what QGIS sends for
    one: the year 0000 as a start, 9999 as an end. GDAL's ``2024-01-05T`` (a date with a stray
    ``T``) is that day, and a leap second the last moment of its own.

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
    start = None if _is_open(first, _YEAR_0) else _stretch(first, text)[0]
    end = None if _is_open(last, _YEAR_9999) else _stretch(last, text)[1]
    if start is not None and end is not None and start >= end:
        raise InvalidInterval(text, "it does not end before it starts")
    return Interval(start, end)


def _before(start: datetime | None, end: datetime | None) -> bool:
    return start is None or end is None or start < end


def _is_open(part: str, year: str) -> bool:
    return part in ("", "..") or part.startswith(year)


def _stretch(part: str, text: str) -> tuple[datetime | None, datetime | None]:
    """First moment, and first moment after, of what one side of a text names.

    The year 0000 is before every moment of ours, and what ends with the year 9999 has no end.
    """
    try:
        if match := _DATE.fullmatch(part):
            return _calendar(*match.groups())
        if match := _MOMENT.fullmatch(part):
            day, minutes, seconds, offset = match.groups()
            if minutes is None:
                return _stretch(day, text)
            if day.startswith(_YEAR_0):
                day = day.replace(_YEAR_0, _LEAP_YEAR, 1)
                _moment(day, minutes, seconds or ":00", offset)
                return None, datetime.min
            moment = _moment(day, minutes, seconds or ":00", offset)
            return moment, None if moment == datetime.max else moment + TICK
    except (ValueError, OverflowError) as fault:
        raise InvalidInterval(text, f"it names a day of the calendar ({fault})") from None
    raise InvalidInterval(
        text, "it is written like 2019-12-10, 2019-12-10T12:00:00Z, 2019-12 or ../2019-12-10"
    )


def _calendar(
    year: str, month: str | None, day: str | None
) -> tuple[datetime | None, datetime | None]:
    if f"{year}-" == _YEAR_0:
        datetime(int(_LEAP_YEAR[:4]), int(month or 1), int(day or 1))
        return None, datetime.min
    start = datetime(int(year), int(month or 1), int(day or 1))
    if day is not None:
        last = start
    elif month is not None:
        last = start.replace(day=monthrange(start.year, start.month)[1])
    else:
        last = start.replace(month=12, day=31)
    return start, None if last.date() == date.max else last + timedelta(days=1)


def _moment(day: str, minutes: str, seconds: str, offset: str | None) -> datetime:
    seconds = seconds.replace(",", ".")
    is_leap = seconds.startswith(":60")
    # Programs have no leap second: it is the last microsecond of its day, where the next day has
    # not begun. Nine fractional digits are legal in RFC 3339, too: what is finer is cut.
    seconds = ":59.999999" if is_leap else re.sub(r"(\.\d{6})\d+", r"\1", seconds)
    moment = datetime.fromisoformat(f"{day}T{minutes}{seconds}")
    if offset is not None and offset not in "Zz":
        # A '+' that was not escaped in an address arrives as a space.
        zone = datetime.strptime(offset.replace(" ", "+"), "%z").tzinfo
        moment = moment.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)
    if is_leap and (moment.hour, moment.minute) != (23, 59):
        raise ValueError("a leap second is the last of its day")
    return moment
