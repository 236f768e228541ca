"""Query string -> what is asked. Whatever cannot be understood is refused, never passed over.

OGC API - Features wants status 400 for every parameter that the API description does not have
(``/req/core/query-param-unknown``) and for every invalid value, and a ``limit`` above the maximum
to be taken as the maximum (``/req/core/fc-limit-response-1``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from api import media
from api.errors import UnknownParameter
from api.values import parse_value
from db import asof, cursor
from db.cql2 import filter as cql2
from db.cql2.condition import condition
from db.errors import InvalidQuery
from db.knowledge import KNOWN_BY, RULE, Knowledge, parse_knowledge
from db.query import LayerQuery, SortKey, field_of, rows_of
from gis.errors import GisError
from gis.fields import Kind
from gis.foreign_box import parse_box
from gis.interval import parse_interval
from gis.likeness import nearest
from gis.reference_systems import CRS84, parse_system

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from api.settings import Settings
    from db.layers.layer import Layer
    from db.query import Value
    from gis.bbox import BBox
    from gis.foreign_box import ForeignBox
    from gis.interval import Interval
    from gis.reference_systems import ReferenceSystem

ASOF = asof.PARAMETER
BBOX = "bbox"
BBOX_CRS = "bbox-crs"
CRS = "crs"
DATETIME = "datetime"
FILTER = cql2.PARAMETER
FILTER_CRS = "filter-crs"
FILTER_LANG = "filter-lang"
LIMIT = "limit"
OFFSET = "offset"
SORTBY = "sortby"
PROPERTIES = "properties"
EXCLUDE = "exclude-properties"
SKIP_GEOMETRY = "skipGeometry"
DOWNLOAD = "download"

CARRIED = (ASOF,)
"""Parameters that say which state of knowledge is shown: every link of an answer carries them
along, and every resource that such a link leads to takes them."""

RESERVED = (
    *CARRIED,
    BBOX,
    BBOX_CRS,
    CRS,
    DATETIME,
    FILTER,
    FILTER_LANG,
    FILTER_CRS,
    LIMIT,
    OFFSET,
    cursor.PARAMETER,
    SORTBY,
    PROPERTIES,
    EXCLUDE,
    SKIP_GEOMETRY,
    DOWNLOAD,
    media.PARAMETER,
    media.PROFILE,
)
"""Parameters of the items of every layer; no field of a layer has such a name."""

LANGUAGES: dict[str, cql2.Language] = {
    **{language.value: language for language in cql2.Language},
    "cql-text": cql2.Language.TEXT,
}
"""Values of ``filter-lang``. The last is a name that the draft had: GDAL looks for it, and sends
filters that are the same in both."""

_BOOLEANS = {"true": True, "false": False}


def parameters(pairs: Iterable[tuple[str, str]], allowed: Collection[str]) -> dict[str, str]:
    """The parameters of a request, each at most once.

    Clients add :data:`CARRIED` to links that have them already, so those may come again, the same.

    Raises
    ------
    UnknownParameter
        The resource has no such parameter; the error names the one most like it.
    InvalidQuery
        A parameter is given twice, or holds what no text of ours can hold.
    """
    found: dict[str, str] = {}
    for name, value in pairs:
        if name not in allowed:
            raise UnknownParameter(name, value, nearest=nearest(name, allowed))
        if name in found and not (name in CARRIED and found[name] == value):
            raise InvalidQuery(name, value, "it is given once")
        if "\0" in value:
            raise InvalidQuery(name, value, "it holds no NUL character")
        if "\ufffd" in value:  # stands for what could not be decoded
            raise InvalidQuery(name, value, "it is UTF-8")
        found[name] = value
    return found


def carried(given: Mapping[str, str]) -> list[tuple[str, str]]:
    """The parameters of a request that its links carry along."""
    return [(name, given[name]) for name in CARRIED if name in given]


def queryable_names(layer: Layer) -> list[str]:
    """The fields that may be asked for as ``name=value``."""
    return [field.name for field in layer.fields if field.kind is not Kind.TEXTS]


def item_parameters(layer: Layer) -> tuple[str, ...]:
    """The parameters of the items of a layer."""
    return (*RESERVED, *layer.knowledge, *queryable_names(layer))


def knowledge_asked(given: Mapping[str, str]) -> Knowledge:
    """By which rule, and from which reports, a request wants figures to be made.

    Raises
    ------
    InvalidQuery
        See :func:`db.knowledge.parse_knowledge`.
    """
    return parse_knowledge(given.get(RULE), given.get(KNOWN_BY))


def layer_query(layer: Layer, given: Mapping[str, str], settings: Settings) -> LayerQuery:
    """What the parameters of an items request ask of a layer, its cursor apart.

    Parameters
    ----------
    layer : Layer
    given : mapping of str to str
        As :func:`parameters` gives them; no parameter at all asks for everything.
    settings : Settings
        For the limits of a page.

    Raises
    ------
    InvalidQuery
        A value breaks the rule of its parameter.
    """
    return LayerQuery(
        bbox=_bbox(layer, given),
        interval=_interval(given),
        knowledge=knowledge_asked(given),
        equals=_equals(layer, given),
        filter=_filter(layer, given),
        sort_by=_sort_by(layer, given),
        properties=_properties(layer, given),
        with_geometry=not _boolean(given, SKIP_GEOMETRY),
        limit=_limit(given, settings),
        offset=_offset(given, settings),
    )


def continued(query: LayerQuery, walk: cursor.Cursor) -> LayerQuery:
    """The query of the page at which a walk stands."""
    return replace(query, version=walk.version, after=walk.after, leading=walk.leading)


def walk_of(layer: Layer, query: LayerQuery, given: Mapping[str, str]) -> cursor.Cursor | None:
    """The walk that a request continues, if it does.

    Raises
    ------
    InvalidQuery
        The cursor cannot be read, is another query's, or comes with an offset.
    """
    text = given.get(cursor.PARAMETER)
    if text is None:
        return None
    if OFFSET in given:
        raise InvalidQuery(OFFSET, given[OFFSET], "a cursor already says where the page begins")
    return cursor.decode_cursor(layer, query, text)


def system_asked(layer: Layer, given: Mapping[str, str], name: str) -> ReferenceSystem:
    """The coordinate reference system that a parameter names; CRS84 where it is not given.

    Raises
    ------
    InvalidQuery
        The layer is not offered in such a system; the rule lists those in which it is.
    """
    if name not in given:
        return CRS84
    try:
        return parse_system(given[name], layer.systems)
    except GisError as fault:
        raise InvalidQuery(name, given[name], fault.rule) from fault


def _bbox(layer: Layer, given: Mapping[str, str]) -> BBox | ForeignBox | None:
    system = system_asked(layer, given, BBOX_CRS)
    if BBOX not in given:
        return None
    try:
        return parse_box(given[BBOX], system)
    except GisError as fault:
        raise InvalidQuery(BBOX, given[BBOX], fault.rule) from fault


def _interval(given: Mapping[str, str]) -> Interval | None:
    if DATETIME not in given:
        return None
    try:
        return parse_interval(given[DATETIME])
    except GisError as fault:
        raise InvalidQuery(DATETIME, given[DATETIME], fault.rule) from fault


def _equals(layer: Layer, given: Mapping[str, str]) -> tuple[tuple[str, Value], ...]:
    asked = ((name, given[name]) for name in queryable_names(layer) if name in given)
    return tuple((name, parse_value(field_of(layer, name, name), text)) for name, text in asked)


def _filter(layer: Layer, given: Mapping[str, str]) -> cql2.Filter | None:
    name = given.get(FILTER_LANG, cql2.Language.TEXT.value)
    if name not in LANGUAGES:
        rule = f"it is one of {', '.join(LANGUAGES)}"
        raise InvalidQuery(FILTER_LANG, name, rule, nearest=nearest(name, LANGUAGES))
    system = system_asked(layer, given, FILTER_CRS)
    if FILTER not in given:
        return None
    filter = cql2.Filter(given[FILTER], LANGUAGES[name], system)
    # A filter that is refused is refused before anything is read.
    condition(layer, rows_of(layer, None), filter)
    return filter


def _sort_by(layer: Layer, given: Mapping[str, str]) -> tuple[SortKey, ...]:
    # A '+' that is not escaped arrives as a space.
    names = [name.strip() for name in given[SORTBY].split(",")] if SORTBY in given else []
    if not all(names):
        raise InvalidQuery(SORTBY, given[SORTBY], "it names fields, with commas between")
    keys = tuple(SortKey(_unsigned(name), name.startswith("-")) for name in names)
    for key in keys:
        if field_of(layer, key.name, SORTBY).kind is Kind.TEXTS:
            raise InvalidQuery(SORTBY, key.name, "a list of values has no order")
    if len({key.name for key in keys}) < len(keys):
        raise InvalidQuery(SORTBY, given[SORTBY], "it names each field once")
    return keys


def _unsigned(name: str) -> str:
    return name[1:].strip() if name[0] in "+-" else name


def _properties(layer: Layer, given: Mapping[str, str]) -> tuple[str, ...] | None:
    if EXCLUDE in given:
        if PROPERTIES in given:
            raise InvalidQuery(EXCLUDE, given[EXCLUDE], f"{PROPERTIES!r} already says which")
        without = _named(layer, given, EXCLUDE)
        return tuple(field.name for field in layer.fields if field.name not in without)
    return _named(layer, given, PROPERTIES) if PROPERTIES in given else None


def _named(layer: Layer, given: Mapping[str, str], parameter: str) -> tuple[str, ...]:
    names = (name.strip() for name in given[parameter].split(","))
    return tuple(field_of(layer, name, parameter).name for name in names if name)


def is_whole(given: Mapping[str, str], form: media.Form) -> bool:
    """Whether a request asks for all features that match, in one file, and not for a page.

    Raises
    ------
    InvalidQuery
        A download is asked for by pages, or in a form that is no file.
    """
    paged = next((name for name in (LIMIT, cursor.PARAMETER) if name in given), None)
    if form in media.MADE:
        if paged is not None:
            raise InvalidQuery(paged, given[paged], f"{media.TITLES[form]} has no pages")
        _boolean(given, DOWNLOAD)  # says nothing new, if it says anything
        return True
    if not _boolean(given, DOWNLOAD):
        return form in media.FILES and paged is None
    if paged is not None:
        raise InvalidQuery(paged, given[paged], "a download has no pages")
    if form is media.Form.HTML:
        raise InvalidQuery(DOWNLOAD, given[DOWNLOAD], "a page for people is no file: name 'f'")
    return True


def _boolean(given: Mapping[str, str], name: str) -> bool:
    text = given.get(name, "false")
    if text not in _BOOLEANS:
        raise InvalidQuery(name, text, "it is true or false")
    return _BOOLEANS[text]


def _limit(given: Mapping[str, str], settings: Settings) -> int:
    if LIMIT not in given:
        return settings.default_limit
    limit = _natural(given, LIMIT)
    if limit == 0:
        raise InvalidQuery(LIMIT, given[LIMIT], "it is at least 1")
    return min(limit, settings.max_limit)


def _offset(given: Mapping[str, str], settings: Settings) -> int:
    offset = _natural(given, OFFSET) if OFFSET in given else 0
    if offset > settings.max_offset:
        rule = f"it is at most {settings.max_offset}; further on, follow the 'next' links"
        raise InvalidQuery(OFFSET, given[OFFSET], rule)
    return offset


def _natural(given: Mapping[str, str], name: str) -> int:
    text = given[name]
    # Longer numbers are beyond every limit, and beyond what int() reads.
    if not (text.isascii() and text.isdigit()):
        raise InvalidQuery(name, text, "it is a whole number")
    return int(text) if len(text) < 20 else 10**18
