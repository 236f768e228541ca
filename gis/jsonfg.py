"""Rows -> JSON-FG, the extension of GeoJSON that knows of time and of reference systems.

What GeoJSON has no place for stands beside it: ``time`` is the interval of the feature, ``place``
its geometry where the coordinates are not longitude and latitude on WGS 84; then ``geometry`` is
``null``. A reader of GeoJSON passes over both.

References
----------
OGC 21-045r1 (Features and Geometries JSON 1.0), requirements classes "Core" and "Feature Types and
Schemas".
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from gis.fields import Role
from gis.geojson import chunked, survives_qgis
from gis.reference_systems import CRS84

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from gis.fields import Field
    from gis.reference_systems import ReferenceSystem

MEDIA_TYPE = "application/vnd.ogc.fg+json"
PROFILE = "http://www.opengis.net/def/profile/OGC/0/jsonfg"
CONFORMANCE = tuple(
    f"http://www.opengis.net/spec/json-fg-1/1.0/conf/{name}" for name in ("core", "types-schemas")
)
OPEN = ".."

DIMENSIONS = {"Point": 0, "LineString": 1, "MultiLineString": 1, "Polygon": 2, "MultiPolygon": 2}
"""Of the geometries of a layer, by their type."""


class JsonFgEncoder:
    """Turns rows into the members of a ``features`` array.

    Parameters
    ----------
    fields : sequence of Field
        Of the row's values after the geometry, in order. Those whose roles are the start and the
        end of the feature's interval become ``time``.
    shown : sequence of Field
        Which of them are properties.
    lead : int
        Values at the head of a row that are passed over.
    system : ReferenceSystem
        Of the coordinates, which are in the order that its URI demands.

    Notes
    -----
    A row is that of :class:`gis.geojson.FeatureEncoder`, and values are written as there.
    """

    def __init__(
        self, fields: Sequence[Field], shown: Sequence[Field], lead: int, system: ReferenceSystem
    ) -> None:
        self._start, self._end = (_place_of(fields, role) for role in (Role.START, Role.END))
        self._places = [place for place, field in enumerate(fields) if field in shown]
        names = [(fields[place].name, Any) for place in self._places]
        self._properties = msgspec.defstruct("Properties", names, gc=False)
        members = ("id", "time", "place", "geometry", "properties")
        self._feature = msgspec.defstruct(
            "Feature",
            [(name, Any) for name in members],
            tag_field="type",
            tag="Feature",
            gc=False,
        )
        self._lead = lead
        self._in_place = system != CRS84
        self._encode = msgspec.json.Encoder().encode

    def members(self, rows: Iterable[Sequence[Any]]) -> bytes:
        """The features of some rows with commas between them; nothing for no rows."""
        return survives_qgis(self._encode([self._make(row) for row in rows])[1:-1])

    def feature(self, row: Sequence[Any], about: Mapping[str, Any], **members: Any) -> bytes:
        """One feature as a document of its own.

        Parameters
        ----------
        row : sequence
        about : mapping
            What :func:`about` says, at its head.
        **members
            Further ones (``links``), at its end.
        """
        feature = survives_qgis(self._encode(self._make(row)))
        head = self._encode(about)
        more = self._encode(members)[1:-1]
        return head[:-1] + b"," + feature[1:-1] + (b"," + more if more else b"") + b"}"

    def _make(self, row: Sequence[Any]) -> Any:
        values = row[self._lead + 2 :]
        geometry = row[self._lead + 1]
        shape = None if geometry is None else msgspec.Raw(geometry.encode())
        time = None
        if self._start is not None and self._end is not None:
            time = time_member(values[self._start], values[self._end])
        place, plain = (shape, None) if self._in_place else (None, shape)
        properties = self._properties(*[values[each] for each in self._places])
        return self._feature(row[self._lead], time, place, plain, properties)


def about(layer: str, schema: str, geometry: str | None, system: ReferenceSystem) -> dict[str, Any]:
    """What a document says of all its features.

    Parameters
    ----------
    layer : str
        Their type.
    schema : str
        Address of the schema of their properties.
    geometry : str or None
        GeoJSON type of their geometries.
    system : ReferenceSystem
        Of their places.
    """
    members: dict[str, Any] = {
        "conformsTo": CONFORMANCE,
        "featureType": layer,
        "featureSchema": schema,
    }
    if geometry in DIMENSIONS:
        members["geometryDimension"] = DIMENSIONS[geometry]
    if system != CRS84:
        members["coordRefSys"] = system.uri
    return members


def collection(
    parts: Iterable[bytes], about: Mapping[str, Any], tail: Callable[[], bytes]
) -> Iterator[bytes]:
    """A FeatureCollection in chunks, as :func:`gis.geojson.collection` makes them.

    What it says of itself comes first: GDAL knows JSON-FG by the head of a document.
    """
    yield from chunked(_pieces(parts, about, tail))


def _pieces(
    parts: Iterable[bytes], about: Mapping[str, Any], tail: Callable[[], bytes]
) -> Iterator[bytes]:
    yield b'{"type":"FeatureCollection",' + msgspec.json.encode(about)[1:-1] + b',"features":['
    between = b""
    for part in parts:
        if part:
            yield between + part
            between = b","
    rest = tail()
    yield b"]" + (b"," + rest if rest else b"") + b"}\n"


def time_member(
    start: datetime | date | None, end: datetime | date | None
) -> dict[str, str | list[str]] | None:
    """The ``time`` of a feature: a date, a moment or an interval; ``None`` for no end known.

    Parameters
    ----------
    start, end : date or datetime with a zone (UTC), optional
        First and last moment that belong to the interval; one that is missing is open. Moments
        from the first to the last second of days are written as dates, which say the same.

    Examples
    --------
    >>> from datetime import UTC
    >>> start = datetime(2019, 12, 10, tzinfo=UTC)
    >>> time_member(start, datetime(2019, 12, 10, 23, 59, 59, tzinfo=UTC))
    {'date': '2019-12-10'}
    >>> time_member(None, datetime(2019, 12, 10, 18, tzinfo=UTC))
    {'interval': ['..', '2019-12-10T18:00:00Z']}
    """
    if start is None and end is None:
        return None
    in_days = _begins_a_day(start) and _ends_a_day(end)
    first, last = _text(start, in_days), _text(end, in_days)
    if first == last:
        return {"date" if in_days else "timestamp": first}
    return {"interval": [first, last]}


def _begins_a_day(moment: datetime | date | None) -> bool:
    if not isinstance(moment, datetime):
        return True
    return (moment.hour, moment.minute, moment.second, moment.microsecond) == (0, 0, 0, 0)


def _ends_a_day(moment: datetime | date | None) -> bool:
    if not isinstance(moment, datetime):
        return True
    return (moment.hour, moment.minute, moment.second) == (23, 59, 59)


def _text(moment: datetime | date | None, in_days: bool) -> str:
    if moment is None:
        return OPEN
    if not isinstance(moment, datetime):
        return moment.isoformat()
    if in_days:
        return moment.date().isoformat()
    return moment.isoformat().replace("+00:00", "Z")


def _place_of(fields: Sequence[Field], role: Role) -> int | None:
    return next((place for place, field in enumerate(fields) if field.role is role), None)
