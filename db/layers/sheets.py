"""Layers as QGIS is told of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from db.layers.claims import CLAIMS
from db.layers.depictions import styles_of
from db.layers.french import LANGUAGES
from db.layers.incidents import AGGREGATES, INCIDENTS
from gis.qgis.sheet import Sheet
from gis.wording import ENGLISH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from db.layers.layer import Layer
    from gis.fields import Field
    from gis.wording import Wording

_OF_INCIDENTS = frozenset(
    "title event_type sub_type event_start event_end time_precision time_extent place_name country"
    " adm1 adm2 place_precision radius_m note".split()
)
_OF_CLAIMS = frozenset("kind polarity claimant statement qualifier low high".split())

TYPED: Mapping[str, frozenset[str]] = {
    INCIDENTS.id: _OF_INCIDENTS,
    AGGREGATES.id: _OF_INCIDENTS,
    CLAIMS.id: _OF_CLAIMS & {field.name for field in CLAIMS.fields},
}
"""Fields that a coder types, by layer; everything else is derived, and no form lets it be typed."""


def sheet_of(
    layer: Layer,
    wording: Wording = ENGLISH,
    fields: tuple[Field, ...] | None = None,
    *,
    with_geometry: bool = True,
) -> Sheet:
    """A layer as QGIS is told of it.

    Parameters
    ----------
    layer : Layer
    wording : Wording
        Language of titles, legends and forms.
    fields : tuple of Field, optional
        Those of a selection; all where missing. A style that needs others is drawn without them,
        and left out where it is not the one that arrives with the layer.
    with_geometry : bool
        Whether the selection has the geometry.
    """
    styles = styles_of(layer)
    if fields is not None:
        names = {field.name for field in fields}
        drawn = {
            style.id: replace(style, depiction=style.depiction.of_fields(names))
            for style in styles.values()
        }
        first = next(iter(styles))
        styles = {
            name: drawn[name] for name in styles if name == first or drawn[name] == styles[name]
        }
    return Sheet(
        id=layer.id,
        title=layer.title,
        description=layer.description,
        fields=layer.fields if fields is None else fields,
        geometry=layer.geometry if with_geometry else None,
        styles=styles,
        keywords=layer.keywords,
        typed=TYPED.get(layer.id, frozenset()),
        wording=wording,
    )


def sheets_of(
    layer: Layer, fields: tuple[Field, ...] | None = None, *, with_geometry: bool = True
) -> tuple[Sheet, ...]:
    """The sheets of a layer, one a language, English first."""
    return tuple(
        sheet_of(layer, wording, fields, with_geometry=with_geometry)
        for wording in LANGUAGES.values()
    )
