"""Query string -> a selection of a layer, for resources that tell of its changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api import media
from api.errors import NoHistory
from api.params import (
    ASOF,
    BBOX,
    BBOX_CRS,
    CRS,
    DATETIME,
    DOWNLOAD,
    EXCLUDE,
    FILTER,
    FILTER_CRS,
    FILTER_LANG,
    LIMIT,
    OFFSET,
    PROPERTIES,
    SKIP_GEOMETRY,
    SORTBY,
    layer_query,
    queryable_names,
)
from db import cursor
from db.former import is_kept
from db.query import RUN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api.settings import Settings
    from db.layers.layer import Layer
    from db.query import LayerQuery

FILTERS = (BBOX, BBOX_CRS, DATETIME, FILTER, FILTER_LANG, FILTER_CRS)
"""Parameters that select features, those of the fields apart."""

NOT_SELECTING = (
    ASOF,
    CRS,
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
"""Parameters of items that say how features are shown, or in which state, and not which."""


def allowed(layer: Layer, *more: str) -> tuple[str, ...]:
    """The parameters of such a resource: filters as of the items, and its own."""
    return (*more, *FILTERS, *selecting_fields(layer), LIMIT, media.PARAMETER)


def selecting_fields(layer: Layer) -> list[str]:
    """The fields by whose values features are selected; a run is none: it never changes."""
    return [name for name in queryable_names(layer) if name != RUN]


def selection(layer: Layer, given: Mapping[str, str], settings: Settings) -> LayerQuery:
    """What the parameters select, and the most features of a page.

    Raises
    ------
    NoHistory
        The layer reads a table that keeps no former rows.
    InvalidQuery
        A value breaks the rule of its parameter.
    """
    if not is_kept(layer):
        raise NoHistory(layer.id)
    return layer_query(layer, given, settings)


def may_follow(layer: Layer, given: Mapping[str, str]) -> bool:
    """Whether what is changed in the features that a request for items selects can be told."""
    known = {*FILTERS, *selecting_fields(layer), *NOT_SELECTING}
    return is_kept(layer) and known.issuperset(given)
