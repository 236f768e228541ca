"""Which representation a request asks for: ``f=`` first, else ``Accept``; JSON unless it says so.

A program that says nothing, or ``*/*``, gets JSON. HTML is for who names ``text/html`` and prefers
it, as browsers do. Any other form is for who names it.

JSON-FG has two names: ``application/vnd.ogc.fg+json``, which tells it from GeoJSON in a list of
links, and GeoJSON with a profile, which its standard prefers.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from api.errors import NotAcceptable
from db.errors import InvalidQuery
from gis.geojson import MEDIA_TYPE as GEOJSON
from gis.jsonfg import MEDIA_TYPE as JSONFG
from gis.jsonfg import PROFILE as JSONFG_PROFILE
from gis.likeness import nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

PARAMETER = "f"
PROFILE = "profile"

JSON = "application/json"
HTML = "text/html"
SCHEMA = "application/schema+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"


class Form(Enum):
    """The representations of a resource."""

    JSON = "json"
    HTML = "html"
    JSONFG = "jsonfg"
    SEQUENCE = "geojsonseq"
    LINES = "ndjson"
    CSV = "csv"
    FLATGEOBUF = "fgb"
    GEOPACKAGE = "gpkg"
    GEOPARQUET = "parquet"
    XLSX = "xlsx"
    SHAPEFILE = "shp"
    KML = "kml"
    KMZ = "kmz"


DOCUMENT = (Form.JSON, Form.HTML)
"""Forms of a document."""
FEATURE = (Form.JSON, Form.HTML, Form.JSONFG)
"""Forms of one feature."""
MADE = (Form.GEOPACKAGE, Form.GEOPARQUET, Form.XLSX, Form.SHAPEFILE, Form.KML, Form.KMZ)
"""Files of features that are made whole before they are sent: they have no pages."""
FEATURES = tuple(form for form in Form if form not in MADE)
"""Forms of features that are written as they are read, as pages or whole."""
OFFERED = (*FEATURES, *MADE)
"""All forms of features."""
FILES = (Form.SEQUENCE, Form.LINES, Form.CSV, Form.FLATGEOBUF)
"""Forms that hold nothing but features: they are not paged unless a limit is given."""

NAMES = {
    "json": Form.JSON,
    "geojson": Form.JSON,
    "html": Form.HTML,
    "jsonfg": Form.JSONFG,
    "geojsonseq": Form.SEQUENCE,
    "jsonseq": Form.SEQUENCE,
    "ndjson": Form.LINES,
    "csv": Form.CSV,
    "fgb": Form.FLATGEOBUF,
    "flatgeobuf": Form.FLATGEOBUF,
    "gpkg": Form.GEOPACKAGE,
    "geopackage": Form.GEOPACKAGE,
    "parquet": Form.GEOPARQUET,
    "geoparquet": Form.GEOPARQUET,
    "xlsx": Form.XLSX,
    "shp": Form.SHAPEFILE,
    "shapefile": Form.SHAPEFILE,
    "kml": Form.KML,
    "kmz": Form.KMZ,
}
"""Values of ``f``."""

MEDIA_TYPES = {
    Form.JSON: GEOJSON,
    Form.HTML: HTML,
    Form.JSONFG: JSONFG,
    Form.SEQUENCE: "application/geo+json-seq",
    Form.LINES: "application/x-ndjson",
    Form.CSV: "text/csv; charset=utf-8; header=present",
    Form.FLATGEOBUF: "application/flatgeobuf",
    Form.GEOPACKAGE: "application/geopackage+sqlite3",
    Form.GEOPARQUET: "application/vnd.apache.parquet",
    Form.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Form.SHAPEFILE: "application/zip",
    Form.KML: "application/vnd.google-earth.kml+xml",
    Form.KMZ: "application/vnd.google-earth.kmz",
}
"""Media types of features."""

TITLES = {
    Form.JSON: "GeoJSON",
    Form.HTML: "a page",
    Form.JSONFG: "JSON-FG",
    Form.SEQUENCE: "GeoJSON text sequence",
    Form.LINES: "GeoJSON, one feature a line",
    Form.CSV: "CSV",
    Form.FLATGEOBUF: "FlatGeobuf",
    Form.GEOPACKAGE: "GeoPackage",
    Form.GEOPARQUET: "GeoParquet",
    Form.XLSX: "Excel workbook (XLSX)",
    Form.SHAPEFILE: "Shapefile (zipped)",
    Form.KML: "KML",
    Form.KMZ: "KMZ",
}
"""Their names for people."""

PROFILES = {"rfc7946": Form.JSON, "jsonfg": Form.JSONFG}
"""Values of ``profile``: what may be told of a GeoJSON document."""

_ACCEPTED = {
    Form.JSON: {
        JSON,
        GEOJSON,
        SCHEMA,
        "application/vnd.oai.openapi+json",
        "application/openapi+json",
        "application/problem+json",
    },
    Form.HTML: {HTML, "application/xhtml+xml"},
    Form.JSONFG: {JSONFG, "application/fg+json"},
    Form.SEQUENCE: {"application/geo+json-seq", "application/json-seq"},
    Form.LINES: {"application/x-ndjson", "application/ndjson", "application/jsonl"},
    Form.CSV: {"text/csv"},
    Form.FLATGEOBUF: {"application/flatgeobuf", "application/vnd.flatgeobuf"},
    Form.GEOPACKAGE: {"application/geopackage+sqlite3", "application/x-gpkg"},
    Form.GEOPARQUET: {"application/vnd.apache.parquet", "application/x-parquet"},
    Form.XLSX: {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    Form.SHAPEFILE: {"application/zip", "application/x-shapefile", "application/vnd.shp"},
    Form.KML: {"application/vnd.google-earth.kml+xml"},
    Form.KMZ: {"application/vnd.google-earth.kmz"},
}
"""What a header may call each form; a GeoJSON of the profile is JSON-FG."""


@dataclass(frozen=True, slots=True)
class _Range:
    name: str
    quality: float


def form_asked(f: str | None, accept: str | None, offered: Sequence[Form] = DOCUMENT) -> Form:
    """The representation that a request asks for.

    Parameters
    ----------
    f : str, optional
        Value of the parameter of that name.
    accept : str, optional
        Value of the header; one that is missing or empty accepts anything.
    offered : sequence of Form
        What there is, the one to be given to who has no preference first.

    Raises
    ------
    InvalidQuery
        ``f`` is none of the known names.
    NotAcceptable
        The header names nothing that there is.
    """
    if f is not None:
        names = f_values(offered)
        if f not in names:
            rule = f"it is one of {', '.join(names)}"
            raise InvalidQuery(PARAMETER, f, rule, nearest=nearest(f, names))
        return NAMES[f]
    if not accept or not accept.strip():
        return offered[0]
    ranges = list(_ranges(accept))
    best = max(offered, key=lambda form: _quality_of(ranges, form))
    if _quality_of(ranges, best) == 0:
        types = (JSON, HTML) if offered == DOCUMENT else [MEDIA_TYPES[form] for form in offered]
        raise NotAcceptable(accept, types)
    return best


def f_values(offered: Sequence[Form]) -> list[str]:
    """The values of ``f`` where these forms are offered."""
    return [name for name, form in NAMES.items() if form in offered]


def features_form(
    given: Mapping[str, str], accept: str | None, offered: Sequence[Form] = OFFERED
) -> tuple[Form, str]:
    """The form of features that a request asks for, and its media type.

    Raises
    ------
    InvalidQuery
        ``f`` or ``profile`` is none of the known names.
    NotAcceptable
        The header names nothing that there is.
    """
    profile = given.get(PROFILE)
    if profile is not None and profile not in PROFILES:
        rule = f"it is one of {', '.join(PROFILES)}"
        raise InvalidQuery(PROFILE, profile, rule, nearest=nearest(profile, PROFILES))
    form = form_asked(given.get(PARAMETER), accept, offered)
    if form is Form.JSON and profile is not None and PROFILES[profile] is Form.JSONFG:
        return Form.JSONFG, GEOJSON
    if form is Form.JSONFG and PARAMETER not in given and "fg+json" not in (accept or ""):
        return Form.JSONFG, GEOJSON  # asked for by its profile in the header
    return form, MEDIA_TYPES[form]


def prefers_html(f: str | None, accept: str | None) -> bool:
    """Whether an error is told as a page; never raises."""
    if f in NAMES:
        return NAMES[f] is Form.HTML
    ranges = list(_ranges(accept or ""))
    return _quality_of(ranges, Form.HTML) > _quality_of(ranges, Form.JSON)


def check_only_form(
    f: str | None, accept: str | None, names: Sequence[str], types: Sequence[str]
) -> None:
    """Refuse a request for another form than the one that a resource has.

    Parameters
    ----------
    f : str, optional
        Value of the parameter of that name; it overrules the header.
    accept : str, optional
        Value of the header.
    names : sequence of str
        Values of ``f`` for the form.
    types : sequence of str
        Media types that it may be called.

    Raises
    ------
    InvalidQuery
        ``f`` is none of the names.
    NotAcceptable
        The header names none of the types.
    """
    if f is not None:
        if f not in names:
            rule = f"it is one of {', '.join(names)}"
            raise InvalidQuery(PARAMETER, f, rule, nearest=nearest(f, names))
    elif accept and accept.strip() and not _quality(list(_ranges(accept)), set(types), types[0]):
        raise NotAcceptable(accept, types)


def _quality_of(ranges: Sequence[_Range], form: Form) -> float:
    return _quality(ranges, _ACCEPTED[form], MEDIA_TYPES[form])


def _quality(ranges: Sequence[_Range], names: Collection[str], own: str) -> float:
    """What the most specific of the ranges that hold a form say of it (RFC 9110, 12.5.1).

    Ranges with an asterisk hold what is of the form's own media type.
    """
    for wanted in (names, {f"{own.partition('/')[0]}/*"}, {"*/*"}):
        found = [each.quality for each in ranges if each.name in wanted]
        if found:
            return max(found)
    return 0.0


def _ranges(accept: str) -> Iterable[_Range]:
    for part in accept.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if name == GEOJSON and any(map(_is_jsonfg, parameters)):
            name = JSONFG
        if name:
            yield _Range(name, _weight(parameters))


def _is_jsonfg(parameter: str) -> bool:
    name, _, value = parameter.partition("=")
    return name.strip() == PROFILE and value.strip(' "') in ("jsonfg", JSONFG_PROFILE.lower())


def _weight(parameters: Iterable[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return min(max(float(parameter[2:]), 0.0), 1.0)
            except ValueError:  # RFC 9110 leaves a broken weight to us: no weight
                return 1.0
    return 1.0
