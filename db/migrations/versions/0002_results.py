"""One table for what analyses find, and runs that are published, replaced or somebody's own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_RULES = {
    "what_is_not_published_expires": "(published_version IS NULL) = (expires_at IS NOT NULL)",
    "published_before_replaced": "published_version <= replaced_version",
}
_CHANGES = {"insert": "NEW", "update": "NEW", "delete": "OLD"}
_CONDITIONS = {
    "raise_version_if_published": "published_version IS NOT NULL",
    "raise_version_if_current": "is_current",
}
_MEASURES = {
    "uq_measure_incident": (
        ["incident_id", "name", "target"],
        "boundary_id IS NULL AND claim_id IS NULL",
    ),
    "uq_measure_claim": (["claim_id", "name"], "claim_id IS NOT NULL"),
}

# A number that is not what it was becomes the version of this transaction; nobody types one over.
_SET_VERSIONS = """
CREATE FUNCTION liptako.set_run_versions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NEW.published_version IS NOT NULL AND (TG_OP = 'INSERT'
      OR NEW.published_version IS DISTINCT FROM OLD.published_version) THEN
    NEW.published_version := liptako.writing_version();
  END IF;
  IF NEW.replaced_version IS NOT NULL AND (TG_OP = 'INSERT'
      OR NEW.replaced_version IS DISTINCT FROM OLD.replaced_version) THEN
    NEW.replaced_version := liptako.writing_version();
  END IF;
  RETURN NEW;
END $$
"""


def upgrade() -> None:
    # Results of the runs before are made anew: `liptako analyse all`, or the next `liptako up`.
    op.execute("DELETE FROM liptako.analysis_run")
    op.drop_table("cluster_member", schema="liptako")
    op.drop_table("cluster", schema="liptako")
    _run_columns()
    op.add_column(
        "measure",
        sa.Column("is_current", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        schema="liptako",
    )
    for name, (columns, where) in _MEASURES.items():
        op.drop_index(name, "measure", schema="liptako")
        _unique(name, columns, f"is_current AND {where}")
    op.create_table(
        "result",
        sa.Column("result_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=True),
        sa.Column("period", postgresql.TSRANGE(), nullable=True),
        sa.Column("geom", Geometry(srid=4326, spatial_index=False), nullable=True),
        sa.Column("values", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["liptako.analysis_run.run_id"], name="fk_result_run_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["liptako.incident.incident_id"], name="fk_result_incident_id"
        ),
        sa.PrimaryKeyConstraint("result_id", name="pk_result"),
        schema="liptako",
    )
    op.create_index("ix_result_incident_id", "result", ["incident_id"], schema="liptako")
    op.create_index("ix_result_run", "result", ["run_id", "layer", "result_id"], schema="liptako")
    op.create_index("ix_result_geom", "result", ["geom"], schema="liptako", postgresql_using="gist")
    op.execute(_SET_VERSIONS)
    op.execute(
        "CREATE TRIGGER b_versions BEFORE INSERT OR UPDATE ON liptako.analysis_run"
        " FOR EACH ROW EXECUTE FUNCTION liptako.set_run_versions()"
    )
    for function, condition in _CONDITIONS.items():
        # Somebody's own run changes nothing that the layers show: what is remembered stays good.
        op.execute(
            f"CREATE FUNCTION liptako.{function}() RETURNS trigger LANGUAGE plpgsql"
            " SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN"
            f" IF EXISTS (SELECT FROM changed WHERE {condition}) THEN"
            " PERFORM liptako.writing_version(); END IF; RETURN NULL; END $$"
        )
    for table, function in zip(("analysis_run", "measure"), _CONDITIONS, strict=True):
        for change in _CHANGES:
            op.execute(f"DROP TRIGGER b_version_{change} ON liptako.{table}")
        _raise_by(table, function)


def _run_columns() -> None:
    op.drop_index("uq_analysis_run_current", "analysis_run", schema="liptako")
    op.drop_column("analysis_run", "is_current", schema="liptako")
    for column in (
        sa.Column("input_sha256", sa.Text(), nullable=True),
        sa.Column("seed", sa.BigInteger(), nullable=True),
        sa.Column("licence", sa.Text(), nullable=True),
        sa.Column("attribution", sa.Text(), nullable=True),
        sa.Column("published_version", sa.BigInteger(), nullable=True),
        sa.Column("replaced_version", sa.BigInteger(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
    ):
        op.add_column("analysis_run", column, schema="liptako")
    for name, rule in _RULES.items():
        op.create_check_constraint(name, "analysis_run", rule, schema="liptako")
    op.create_index(
        "uq_analysis_run_current",
        "analysis_run",
        ["method"],
        unique=True,
        schema="liptako",
        postgresql_where=sa.text("published_version IS NOT NULL AND replaced_version IS NULL"),
    )
    op.create_index(
        "ix_analysis_run_method", "analysis_run", ["method", "published_version"], schema="liptako"
    )
    op.create_index("ix_analysis_run_expires_at", "analysis_run", ["expires_at"], schema="liptako")


def _raise_by(table: str, function: str) -> None:
    """Raise the version by every change of a table that a function finds worth it."""
    for change, rows in _CHANGES.items():
        op.execute(
            f"CREATE TRIGGER b_version_{change} AFTER {change} ON liptako.{table}"
            f" REFERENCING {rows} TABLE AS changed FOR EACH STATEMENT"
            f" EXECUTE FUNCTION liptako.{function}()"
        )


def _unique(name: str, columns: list[str], where: str) -> None:
    op.create_index(
        name, "measure", columns, unique=True, schema="liptako", postgresql_where=sa.text(where)
    )


def downgrade() -> None:
    """Take the results away, and the runs with them; the first schema makes its own anew."""
    op.execute("DELETE FROM liptako.analysis_run")
    op.drop_table("result", schema="liptako")
    for table in ("analysis_run", "measure"):
        for change in _CHANGES:
            op.execute(f"DROP TRIGGER b_version_{change} ON liptako.{table}")
        _raise_by(table, "raise_version")
    op.execute("DROP TRIGGER b_versions ON liptako.analysis_run")
    for function in ("set_run_versions", *_CONDITIONS):
        op.execute(f"DROP FUNCTION liptako.{function}()")
    for name, (columns, where) in _MEASURES.items():
        op.drop_index(name, "measure", schema="liptako")
        _unique(name, columns, where)
    op.drop_column("measure", "is_current", schema="liptako")
    _former_run_columns()
    _former_tables()


def _former_run_columns() -> None:
    for index in (
        "uq_analysis_run_current",
        "ix_analysis_run_method",
        "ix_analysis_run_expires_at",
    ):
        op.drop_index(index, "analysis_run", schema="liptako")
    for name in _RULES:
        op.drop_constraint(op.f(f"ck_analysis_run_{name}"), "analysis_run", schema="liptako")
    for column in (
        "input_sha256 seed licence attribution published_version replaced_version expires_at"
    ).split():
        op.drop_column("analysis_run", column, schema="liptako")
    op.add_column(
        "analysis_run",
        sa.Column("is_current", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        schema="liptako",
    )
    op.create_index(
        "uq_analysis_run_current",
        "analysis_run",
        ["method"],
        unique=True,
        schema="liptako",
        postgresql_where=sa.text("is_current"),
    )


def _former_tables() -> None:
    op.create_table(
        "cluster",
        sa.Column("cluster_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("label", sa.Integer(), nullable=False),
        sa.Column("incidents", sa.Integer(), nullable=False),
        sa.Column("core_incidents", sa.Integer(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("period", postgresql.TSRANGE(), nullable=True),
        sa.Column("killed_low", sa.BigInteger(), nullable=True),
        sa.Column("killed_high", sa.BigInteger(), nullable=True),
        sa.Column("killed_unknown", sa.Integer(), nullable=False),
        sa.Column("countries", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["liptako.analysis_run.run_id"],
            name=op.f("fk_cluster_run_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("cluster_id", name=op.f("pk_cluster")),
        sa.UniqueConstraint("run_id", "label", name=op.f("uq_cluster_run_id_label")),
        schema="liptako",
    )
    op.create_table(
        "cluster_member",
        sa.Column("cluster_id", sa.BigInteger(), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("is_core", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cluster_id"],
            ["liptako.cluster.cluster_id"],
            name=op.f("fk_cluster_member_cluster_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["liptako.incident.incident_id"],
            name=op.f("fk_cluster_member_incident_id"),
        ),
        sa.PrimaryKeyConstraint("cluster_id", "incident_id", name=op.f("pk_cluster_member")),
        schema="liptako",
    )
    op.create_index("ix_cluster_run_id", "cluster", ["run_id"], schema="liptako")
    op.create_index(
        "ix_cluster_geom", "cluster", ["geom"], schema="liptako", postgresql_using="gist"
    )
    op.create_index(
        "ix_cluster_member_incident_id", "cluster_member", ["incident_id"], schema="liptako"
    )
    for table in ("cluster", "cluster_member"):
        op.execute(
            f"CREATE TRIGGER a_turn BEFORE INSERT OR UPDATE OR DELETE ON liptako.{table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION liptako.take_turn()"
        )
        _raise_by(table, "raise_version")
