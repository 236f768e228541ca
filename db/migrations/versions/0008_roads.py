"""Roads are kept as border lines are."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_WORDS = "'border', 'tripoint', 'adm0', 'adm1', 'adm2'"
_FITS = (
    "GeometryType(geom) = CASE kind WHEN 'border' THEN 'MULTILINESTRING' WHEN 'tripoint' THEN 'POINT' ELSE 'MULTIPOLYGON' END",
    "GeometryType(geom) = CASE WHEN kind IN ('border', 'road') THEN 'MULTILINESTRING' WHEN kind = 'tripoint' THEN 'POINT' ELSE 'MULTIPOLYGON' END",
)


def upgrade() -> None:
    _rules(f"{_WORDS}, 'road'", _FITS[1])


def downgrade() -> None:
    op.execute(
        "DELETE FROM liptako.measure USING liptako.boundary"
        " WHERE boundary.boundary_id = measure.boundary_id AND kind = 'road'"
    )
    op.execute("DELETE FROM liptako.boundary WHERE kind = 'road'")
    _rules(_WORDS, _FITS[0])


def _rules(words: str, fits: str) -> None:
    for name, rule in (("kind_is_a_word", f"kind IN ({words})"), ("geom_fits_kind", fits)):
        full = op.f(f"ck_boundary_{name}")
        op.drop_constraint(full, "boundary", schema="liptako", type_="check")
        op.create_check_constraint(full, "boundary", rule, schema="liptako")
