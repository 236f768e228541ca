"""The tables, and the triggers that keep their history."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "actor",
        sa.Column("actor_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("valid", postgresql.DATERANGE(), nullable=True),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("successor_id", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('state_forces', 'foreign_forces', 'peacekeepers', 'armed_group', 'militia', 'civilians', 'protesters', 'government', 'unidentified', 'other')",
            name=op.f("ck_actor_kind_is_a_word"),
        ),
        sa.CheckConstraint("NOT isempty(valid)", name=op.f("ck_actor_valid_is_not_empty")),
        sa.CheckConstraint("parent_id <> actor_id", name=op.f("ck_actor_parent_is_another")),
        sa.CheckConstraint("successor_id <> actor_id", name=op.f("ck_actor_successor_is_another")),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["liptako.actor.actor_id"], name=op.f("fk_actor_parent_id")
        ),
        sa.ForeignKeyConstraint(
            ["successor_id"], ["liptako.actor.actor_id"], name=op.f("fk_actor_successor_id")
        ),
        sa.PrimaryKeyConstraint("actor_id", name=op.f("pk_actor")),
        sa.UniqueConstraint("code", name=op.f("uq_actor_code")),
        schema="liptako",
    )
    op.create_table(
        "analysis_run",
        sa.Column("run_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("method_version", sa.Text(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("data_version", sa.BigInteger(), nullable=False),
        sa.Column("editions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("software", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "finished_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("is_current", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_analysis_run")),
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
    op.create_table(
        "data_version",
        sa.Column("version", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column(
            "transaction_id",
            sa.BigInteger(),
            server_default=sa.text("(pg_current_xact_id()::text::bigint)"),
            nullable=False,
        ),
        sa.Column("recorded_by", sa.Text(), server_default=sa.text("session_user"), nullable=False),
        sa.Column(
            "application",
            sa.Text(),
            server_default=sa.text("current_setting('application_name')"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_data_version")),
        schema="liptako",
    )
    op.create_index(
        op.f("ix_data_version_recorded_at"),
        "data_version",
        ["recorded_at"],
        unique=False,
        schema="liptako",
    )
    op.create_table(
        "source",
        sa.Column("source_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("attribution", sa.Text(), nullable=False),
        sa.Column("redistributable", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('news', 'government', 'ngo', 'dataset', 'gazetteer', 'boundaries')",
            name=op.f("ck_source_kind_is_a_word"),
        ),
        sa.PrimaryKeyConstraint("source_id", name=op.f("pk_source")),
        sa.UniqueConstraint("code", name=op.f("uq_source_code")),
        schema="liptako",
    )
    op.create_table(
        "actor_name",
        sa.Column("actor_name_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("dataset", sa.Text(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("valid", postgresql.DATERANGE(), nullable=True),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["liptako.actor.actor_id"], name=op.f("fk_actor_name_actor_id")
        ),
        sa.PrimaryKeyConstraint("actor_name_id", name=op.f("pk_actor_name")),
        sa.UniqueConstraint(
            "actor_id", "name", "dataset", name=op.f("uq_actor_name_actor_id_name_dataset")
        ),
        schema="liptako",
    )
    op.create_index(
        op.f("ix_actor_name_actor_id"), "actor_name", ["actor_id"], unique=False, schema="liptako"
    )
    op.create_index(
        "ix_actor_name_lower",
        "actor_name",
        [sa.literal_column("lower(name)")],
        unique=False,
        schema="liptako",
    )
    op.create_table(
        "boundary",
        sa.Column("boundary_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("neighbour", sa.Text(), nullable=True),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
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
        sa.CheckConstraint(
            "GeometryType(geom) = CASE kind WHEN 'border' THEN 'MULTILINESTRING' WHEN 'tripoint' THEN 'POINT' ELSE 'MULTIPOLYGON' END",
            name=op.f("ck_boundary_geom_fits_kind"),
        ),
        sa.CheckConstraint(
            "kind IN ('border', 'tripoint', 'adm0', 'adm1', 'adm2')",
            name=op.f("ck_boundary_kind_is_a_word"),
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["liptako.source.source_id"], name=op.f("fk_boundary_source_id")
        ),
        sa.PrimaryKeyConstraint("boundary_id", name=op.f("pk_boundary")),
        sa.UniqueConstraint(
            "source_id",
            "edition",
            "kind",
            "code",
            name=op.f("uq_boundary_source_id_edition_kind_code"),
        ),
        schema="liptako",
    )
    op.create_index(
        "ix_boundary_geom",
        "boundary",
        ["geom"],
        unique=False,
        schema="liptako",
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index(
        "ix_boundary_kind", "boundary", ["kind", "boundary_id"], unique=False, schema="liptako"
    )
    op.create_index(
        op.f("ix_boundary_source_id"), "boundary", ["source_id"], unique=False, schema="liptako"
    )
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
    op.create_index(
        "ix_cluster_geom",
        "cluster",
        ["geom"],
        unique=False,
        schema="liptako",
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index(
        op.f("ix_cluster_run_id"), "cluster", ["run_id"], unique=False, schema="liptako"
    )
    op.create_table(
        "place",
        sa.Column("place_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("feature_class", sa.Text(), nullable=False),
        sa.Column("feature_code", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("adm1", sa.Text(), nullable=True),
        sa.Column("adm2", sa.Text(), nullable=True),
        sa.Column("population", sa.BigInteger(), nullable=True),
        sa.Column("modified", sa.Date(), nullable=True),
        sa.Column("wof_id", sa.BigInteger(), nullable=True),
        sa.Column("wikidata", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column(
            "missing",
            sa.SmallInteger(),
            sa.Computed(
                "num_nulls(country, adm1, adm2, wof_id, wikidata, modified)::smallint",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["liptako.source.source_id"], name=op.f("fk_place_source_id")
        ),
        sa.PrimaryKeyConstraint("place_id", name=op.f("pk_place")),
        sa.UniqueConstraint("code", name=op.f("uq_place_code")),
        schema="liptako",
    )
    op.create_index(op.f("ix_place_country"), "place", ["country"], unique=False, schema="liptako")
    op.create_index(
        "ix_place_geom",
        "place",
        ["geom"],
        unique=False,
        schema="liptako",
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index(
        "ix_place_order", "place", ["missing", "place_id"], unique=False, schema="liptako"
    )
    op.create_index(
        op.f("ix_place_source_id"), "place", ["source_id"], unique=False, schema="liptako"
    )
    op.create_table(
        "region",
        sa.Column("region_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("variant", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("area_km2", sa.Double(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
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
            ["source_id"], ["liptako.source.source_id"], name=op.f("fk_region_source_id")
        ),
        sa.PrimaryKeyConstraint("region_id", name=op.f("pk_region")),
        sa.UniqueConstraint("code", "variant", name=op.f("uq_region_code_variant")),
        schema="liptako",
    )
    op.create_index(
        "ix_region_geom",
        "region",
        ["geom"],
        unique=False,
        schema="liptako",
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index(
        op.f("ix_region_source_id"), "region", ["source_id"], unique=False, schema="liptako"
    )
    op.create_table(
        "report",
        sa.Column("report_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("published", postgresql.DATERANGE(), nullable=True),
        sa.Column("published_precision", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("edition", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(published IS NULL) = (published_precision = 'unknown')",
            name=op.f("ck_report_published_is_known"),
        ),
        sa.CheckConstraint(
            "published_precision IN ('time', 'day', 'days', 'week', 'period', 'month', 'year', 'longer', 'unknown')",
            name=op.f("ck_report_published_precision_is_a_word"),
        ),
        sa.CheckConstraint("NOT isempty(published)", name=op.f("ck_report_published_is_not_empty")),
        sa.ForeignKeyConstraint(
            ["source_id"], ["liptako.source.source_id"], name=op.f("fk_report_source_id")
        ),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_report")),
        sa.UniqueConstraint("code", name=op.f("uq_report_code")),
        schema="liptako",
    )
    op.create_index(
        op.f("ix_report_source_id"), "report", ["source_id"], unique=False, schema="liptako"
    )
    op.create_table(
        "import_run",
        sa.Column("run_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("dataset", sa.Text(), nullable=True),
        sa.Column("edition", sa.Text(), nullable=True),
        sa.Column("report_id", sa.BigInteger(), nullable=True),
        sa.Column("code_version", sa.Text(), nullable=False),
        sa.Column("options", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("inserted", sa.BigInteger(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.Column("unchanged", sa.BigInteger(), nullable=False),
        sa.Column("gone", sa.BigInteger(), nullable=False),
        sa.Column("rejected", sa.BigInteger(), nullable=False),
        sa.Column("data_version", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "status IN ('written', 'partial', 'refused')",
            name=op.f("ck_import_run_status_is_a_word"),
        ),
        sa.ForeignKeyConstraint(
            ["data_version"],
            ["liptako.data_version.version"],
            name=op.f("fk_import_run_data_version"),
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["liptako.report.report_id"], name=op.f("fk_import_run_report_id")
        ),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_import_run")),
        schema="liptako",
    )
    op.create_index(
        op.f("ix_import_run_data_version"),
        "import_run",
        ["data_version"],
        unique=False,
        schema="liptako",
    )
    op.create_index(
        op.f("ix_import_run_report_id"), "import_run", ["report_id"], unique=False, schema="liptako"
    )
    op.create_index(
        op.f("ix_import_run_sha256"), "import_run", ["sha256"], unique=False, schema="liptako"
    )
    op.create_table(
        "incident",
        sa.Column("incident_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="incident", nullable=False),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.Column("status_note", sa.Text(), nullable=True),
        sa.Column("merged_into", sa.BigInteger(), nullable=True),
        sa.Column("part_of", sa.BigInteger(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("event_type", sa.Text(), nullable=False),
        sa.Column("sub_type", sa.Text(), nullable=True),
        sa.Column("occurred", postgresql.TSRANGE(), nullable=True),
        sa.Column("time_precision", sa.Text(), nullable=False),
        sa.Column("time_extent", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=True),
        sa.Column("place_id", sa.BigInteger(), nullable=True),
        sa.Column("place_name", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("adm1", sa.Text(), nullable=True),
        sa.Column("adm2", sa.Text(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column(
            "area",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column("place_precision", sa.Text(), nullable=False),
        sa.Column("radius_m", sa.Double(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "missing",
            sa.SmallInteger(),
            sa.Computed(
                "(num_nulls(geom, occurred, country, adm1, adm2, radius_m, sub_type, note, place_id) + CASE WHEN geom IS NULL THEN 10 ELSE 0 END)::smallint",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.Column("since_version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(occurred IS NULL) = (time_precision = 'unknown')",
            name=op.f("ck_incident_occurred_is_known"),
        ),
        sa.CheckConstraint(
            "(status = 'merged') = (merged_into IS NOT NULL)",
            name=op.f("ck_incident_merged_names_its_survivor"),
        ),
        sa.CheckConstraint(
            "code ~ '^[a-z0-9][a-z0-9._-]*$'", name=op.f("ck_incident_code_fits_a_url")
        ),
        sa.CheckConstraint(
            "event_type IN ('attack', 'battle', 'operation', 'air_strike', 'explosive', 'violence_against_civilians', 'abduction', 'displacement', 'seizure', 'protest', 'coup', 'accident', 'other')",
            name=op.f("ck_incident_event_type_is_a_word"),
        ),
        sa.CheckConstraint(
            "geom IS NOT NULL OR area IS NOT NULL OR place_precision IN ('country', 'sea', 'area', 'unknown')",
            name=op.f("ck_incident_a_known_place_has_a_geometry"),
        ),
        sa.CheckConstraint(
            "geom IS NULL OR place_precision NOT IN ('country', 'sea', 'unknown')",
            name=op.f("ck_incident_no_point_for_a_country"),
        ),
        sa.CheckConstraint(
            "kind IN ('incident', 'aggregate')", name=op.f("ck_incident_kind_is_a_word")
        ),
        sa.CheckConstraint(
            "place_precision IN ('exact', 'settlement', 'near', 'adm2', 'adm1', 'area', 'country', 'sea', 'unknown')",
            name=op.f("ck_incident_place_precision_is_a_word"),
        ),
        sa.CheckConstraint(
            "radius_m > 0 AND radius_m < 'Infinity'", name=op.f("ck_incident_radius_is_positive")
        ),
        sa.CheckConstraint(
            "status IN ('active', 'retracted', 'merged')", name=op.f("ck_incident_status_is_a_word")
        ),
        sa.CheckConstraint(
            "time_extent IN ('within', 'throughout')",
            name=op.f("ck_incident_time_extent_is_a_word"),
        ),
        sa.CheckConstraint(
            "time_precision IN ('time', 'day', 'days', 'week', 'period', 'month', 'year', 'longer', 'unknown')",
            name=op.f("ck_incident_time_precision_is_a_word"),
        ),
        sa.CheckConstraint("NOT ST_IsEmpty(geom)", name=op.f("ck_incident_geom_is_not_empty")),
        sa.CheckConstraint("NOT isempty(occurred)", name=op.f("ck_incident_occurred_is_not_empty")),
        sa.CheckConstraint(
            "ST_X(geom) BETWEEN -180 AND 180 AND ST_Y(geom) BETWEEN -90 AND 90",
            name=op.f("ck_incident_geom_is_on_earth"),
        ),
        sa.CheckConstraint(
            "merged_into <> incident_id", name=op.f("ck_incident_merged_into_another")
        ),
        sa.CheckConstraint("part_of <> incident_id", name=op.f("ck_incident_part_of_another")),
        sa.ForeignKeyConstraint(
            ["merged_into"], ["liptako.incident.incident_id"], name=op.f("fk_incident_merged_into")
        ),
        sa.ForeignKeyConstraint(
            ["part_of"], ["liptako.incident.incident_id"], name=op.f("fk_incident_part_of")
        ),
        sa.ForeignKeyConstraint(
            ["place_id"], ["liptako.place.place_id"], name=op.f("fk_incident_place_id")
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["liptako.source.source_id"], name=op.f("fk_incident_source_id")
        ),
        sa.PrimaryKeyConstraint("incident_id", name=op.f("pk_incident")),
        sa.UniqueConstraint("code", name=op.f("uq_incident_code")),
        schema="liptako",
    )
    op.create_index(
        "ix_incident_geom",
        "incident",
        ["geom"],
        unique=False,
        schema="liptako",
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index(
        op.f("ix_incident_merged_into"), "incident", ["merged_into"], unique=False, schema="liptako"
    )
    op.create_index(
        "ix_incident_occurred",
        "incident",
        ["occurred"],
        unique=False,
        schema="liptako",
        postgresql_using="gist",
    )
    op.create_index(
        "ix_incident_order", "incident", ["missing", "incident_id"], unique=False, schema="liptako"
    )
    op.create_index(
        op.f("ix_incident_part_of"), "incident", ["part_of"], unique=False, schema="liptako"
    )
    op.create_index(
        op.f("ix_incident_place_id"), "incident", ["place_id"], unique=False, schema="liptako"
    )
    op.create_index(
        op.f("ix_incident_since_version"),
        "incident",
        ["since_version"],
        unique=False,
        schema="liptako",
    )
    op.create_index(
        op.f("ix_incident_source_id"), "incident", ["source_id"], unique=False, schema="liptako"
    )
    op.create_table(
        "place_name",
        sa.Column("place_name_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("place_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["place_id"], ["liptako.place.place_id"], name=op.f("fk_place_name_place_id")
        ),
        sa.PrimaryKeyConstraint("place_name_id", name=op.f("pk_place_name")),
        sa.UniqueConstraint("place_id", "name", name=op.f("uq_place_name_place_id_name")),
        schema="liptako",
    )
    op.create_index(
        "ix_place_name_lower",
        "place_name",
        [sa.literal_column("lower(name)")],
        unique=False,
        schema="liptako",
    )
    op.create_index(
        op.f("ix_place_name_place_id"), "place_name", ["place_id"], unique=False, schema="liptako"
    )
    op.create_table(
        "actor_role",
        sa.Column("actor_role_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("since_version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "role IN ('party', 'alleged_perpetrator', 'target', 'supporting')",
            name=op.f("ck_actor_role_role_is_a_word"),
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["liptako.actor.actor_id"], name=op.f("fk_actor_role_actor_id")
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["liptako.incident.incident_id"],
            name=op.f("fk_actor_role_incident_id"),
        ),
        sa.PrimaryKeyConstraint("actor_role_id", name=op.f("pk_actor_role")),
        sa.UniqueConstraint(
            "incident_id", "actor_id", "role", name=op.f("uq_actor_role_incident_id_actor_id_role")
        ),
        schema="liptako",
    )
    op.create_index(
        op.f("ix_actor_role_actor_id"), "actor_role", ["actor_id"], unique=False, schema="liptako"
    )
    op.create_index(
        op.f("ix_actor_role_since_version"),
        "actor_role",
        ["since_version"],
        unique=False,
        schema="liptako",
    )
    op.create_table(
        "claim",
        sa.Column("claim_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("claimant", sa.Text(), nullable=True),
        sa.Column("polarity", sa.Text(), server_default="asserts", nullable=False),
        sa.Column("qualifier", sa.Text(), nullable=True),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("part_of", sa.BigInteger(), nullable=True),
        sa.Column("harm", sa.Text(), nullable=True),
        sa.Column("person_status", sa.Text(), nullable=True),
        sa.Column("low", sa.BigInteger(), nullable=True),
        sa.Column("best", sa.BigInteger(), nullable=True),
        sa.Column("high", sa.BigInteger(), nullable=True),
        sa.Column("occurred", postgresql.TSRANGE(), nullable=True),
        sa.Column("time_precision", sa.Text(), nullable=True),
        sa.Column("time_extent", sa.Text(), nullable=True),
        sa.Column("place_name", sa.Text(), nullable=True),
        sa.Column("place_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column("place_precision", sa.Text(), nullable=True),
        sa.Column("radius_m", sa.Double(), nullable=True),
        sa.Column("distance", sa.Double(), nullable=True),
        sa.Column("distance_unit", sa.Text(), nullable=True),
        sa.Column("distance_m", sa.Double(), nullable=True),
        sa.Column("target_border", sa.Text(), nullable=True),
        sa.Column("target_place_id", sa.BigInteger(), nullable=True),
        sa.Column("bearing", sa.Text(), nullable=True),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column(
            "disordered",
            sa.Boolean(),
            sa.Computed(
                "NOT (coalesce(low <= best, true) AND coalesce(best <= high, true) AND coalesce(low <= high, true))",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.Column(
            "missing",
            sa.SmallInteger(),
            sa.Computed(
                "(num_nulls(claimant, qualifier, part_of, low, best, high, occurred, place_name, distance, actor_id) + CASE WHEN geom IS NULL THEN 0 ELSE -1 END)::smallint",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.Column("since_version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(actor_id IS NULL OR kind IN ('attribution', 'participation')) AND (bearing IS NULL OR kind IN ('distance')) AND (best IS NULL OR kind IN ('casualties')) AND (distance IS NULL OR kind IN ('distance')) AND (distance_m IS NULL OR kind IN ('distance')) AND (distance_unit IS NULL OR kind IN ('distance')) AND (geom IS NULL OR kind IN ('place')) AND (harm IS NULL OR kind IN ('casualties')) AND (high IS NULL OR kind IN ('casualties')) AND (low IS NULL OR kind IN ('casualties')) AND (occurred IS NULL OR kind IN ('time')) AND (person_status IS NULL OR kind IN ('casualties')) AND (place_id IS NULL OR kind IN ('place')) AND (place_name IS NULL OR kind IN ('place')) AND (place_precision IS NULL OR kind IN ('place')) AND (radius_m IS NULL OR kind IN ('place')) AND (role IS NULL OR kind IN ('attribution', 'participation')) AND (target_border IS NULL OR kind IN ('distance')) AND (target_place_id IS NULL OR kind IN ('distance')) AND (time_extent IS NULL OR kind IN ('time')) AND (time_precision IS NULL OR kind IN ('time'))",
            name=op.f("ck_claim_columns_fit_kind"),
        ),
        sa.CheckConstraint(
            "bearing IN ('N', 'NE', 'E', 'SE', 'S', 'SW', 'W', 'NW')",
            name=op.f("ck_claim_bearing_is_a_compass_point"),
        ),
        sa.CheckConstraint(
            "distance_unit IN ('m', 'km', 'mi')", name=op.f("ck_claim_distance_unit_is_known")
        ),
        sa.CheckConstraint(
            "geom IS NULL OR place_precision NOT IN ('country', 'sea', 'unknown')",
            name=op.f("ck_claim_no_point_for_a_country"),
        ),
        sa.CheckConstraint(
            "harm IN ('killed', 'injured', 'missing', 'captured', 'displaced', 'harmed')",
            name=op.f("ck_claim_harm_is_a_word"),
        ),
        sa.CheckConstraint(
            "kind <> 'casualties' OR (harm IS NOT NULL AND person_status IS NOT NULL)",
            name=op.f("ck_claim_casualties_say_of_whom"),
        ),
        sa.CheckConstraint(
            "kind <> 'distance' OR (num_nulls(distance, distance_unit, distance_m) = 0 AND num_nonnulls(target_border, target_place_id) = 1)",
            name=op.f("ck_claim_a_distance_has_a_unit_and_a_target"),
        ),
        sa.CheckConstraint(
            "kind <> 'place' OR num_nulls(place_name, place_precision) = 0",
            name=op.f("ck_claim_a_place_has_a_name_and_a_precision"),
        ),
        sa.CheckConstraint(
            "kind <> 'time' OR num_nulls(occurred, time_precision, time_extent) = 0",
            name=op.f("ck_claim_a_time_is_an_interval"),
        ),
        sa.CheckConstraint(
            "kind IN ('casualties', 'time', 'place', 'distance', 'attribution', 'participation', 'material')",
            name=op.f("ck_claim_kind_is_a_word"),
        ),
        sa.CheckConstraint(
            "kind NOT IN ('attribution', 'participation') OR num_nulls(actor_id, role) = 0",
            name=op.f("ck_claim_a_part_has_an_actor"),
        ),
        sa.CheckConstraint(
            "person_status IN ('all', 'civilian', 'state_forces', 'foreign_forces', 'peacekeeper', 'militant', 'side_a', 'side_b', 'unknown')",
            name=op.f("ck_claim_person_status_is_a_word"),
        ),
        sa.CheckConstraint(
            "place_precision IN ('exact', 'settlement', 'near', 'adm2', 'adm1', 'area', 'country', 'sea', 'unknown')",
            name=op.f("ck_claim_place_precision_is_a_word"),
        ),
        sa.CheckConstraint(
            "polarity IN ('asserts', 'denies')", name=op.f("ck_claim_polarity_is_a_word")
        ),
        sa.CheckConstraint(
            "qualifier IN ('exact', 'about', 'almost', 'at_least', 'more_than', 'at_most', 'some')",
            name=op.f("ck_claim_qualifier_is_a_word"),
        ),
        sa.CheckConstraint(
            "radius_m > 0 AND radius_m < 'Infinity'", name=op.f("ck_claim_radius_is_positive")
        ),
        sa.CheckConstraint(
            "role IN ('party', 'alleged_perpetrator', 'target', 'supporting')",
            name=op.f("ck_claim_role_is_a_word"),
        ),
        sa.CheckConstraint(
            "time_extent IN ('within', 'throughout')", name=op.f("ck_claim_time_extent_is_a_word")
        ),
        sa.CheckConstraint(
            "time_precision IN ('time', 'day', 'days', 'week', 'period', 'month', 'year', 'longer', 'unknown')",
            name=op.f("ck_claim_time_precision_is_a_word"),
        ),
        sa.CheckConstraint("NOT ST_IsEmpty(geom)", name=op.f("ck_claim_geom_is_not_empty")),
        sa.CheckConstraint("NOT isempty(occurred)", name=op.f("ck_claim_occurred_is_not_empty")),
        sa.CheckConstraint(
            "ST_X(geom) BETWEEN -180 AND 180 AND ST_Y(geom) BETWEEN -90 AND 90",
            name=op.f("ck_claim_geom_is_on_earth"),
        ),
        sa.CheckConstraint(
            "distance >= 0 AND distance_m >= 0", name=op.f("ck_claim_distance_is_not_negative")
        ),
        sa.CheckConstraint(
            "least(low, best, high) >= 0", name=op.f("ck_claim_nobody_is_less_than_nobody")
        ),
        sa.CheckConstraint("part_of <> claim_id", name=op.f("ck_claim_part_of_another")),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["liptako.actor.actor_id"], name=op.f("fk_claim_actor_id")
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["liptako.incident.incident_id"], name=op.f("fk_claim_incident_id")
        ),
        sa.ForeignKeyConstraint(
            ["part_of"], ["liptako.claim.claim_id"], name=op.f("fk_claim_part_of")
        ),
        sa.ForeignKeyConstraint(
            ["place_id"], ["liptako.place.place_id"], name=op.f("fk_claim_place_id")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["liptako.report.report_id"], name=op.f("fk_claim_report_id")
        ),
        sa.ForeignKeyConstraint(
            ["target_place_id"], ["liptako.place.place_id"], name=op.f("fk_claim_target_place_id")
        ),
        sa.PrimaryKeyConstraint("claim_id", name=op.f("pk_claim")),
        sa.UniqueConstraint("code", name=op.f("uq_claim_code")),
        schema="liptako",
    )
    op.create_index(
        "ix_claim_actor_id",
        "claim",
        ["actor_id"],
        unique=False,
        schema="liptako",
        postgresql_where=sa.text("actor_id IS NOT NULL"),
    )
    op.create_index(
        "ix_claim_geom",
        "claim",
        ["geom"],
        unique=False,
        schema="liptako",
        postgresql_using="gist",
        postgresql_where=sa.text("geom IS NOT NULL"),
        postgresql_ops={},
    )
    op.create_index(
        op.f("ix_claim_incident_id"), "claim", ["incident_id"], unique=False, schema="liptako"
    )
    op.create_index(
        "ix_claim_order", "claim", ["missing", "claim_id"], unique=False, schema="liptako"
    )
    op.create_index(
        "ix_claim_part_of",
        "claim",
        ["part_of"],
        unique=False,
        schema="liptako",
        postgresql_where=sa.text("part_of IS NOT NULL"),
    )
    op.create_index(
        "ix_claim_place_id",
        "claim",
        ["place_id"],
        unique=False,
        schema="liptako",
        postgresql_where=sa.text("place_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_claim_report_id"), "claim", ["report_id"], unique=False, schema="liptako"
    )
    op.create_index(
        op.f("ix_claim_since_version"), "claim", ["since_version"], unique=False, schema="liptako"
    )
    op.create_index(
        "ix_claim_target_place_id",
        "claim",
        ["target_place_id"],
        unique=False,
        schema="liptako",
        postgresql_where=sa.text("target_place_id IS NOT NULL"),
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
    op.create_index(
        op.f("ix_cluster_member_incident_id"),
        "cluster_member",
        ["incident_id"],
        unique=False,
        schema="liptako",
    )
    op.create_table(
        "estimate",
        sa.Column("estimate_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("harm", sa.Text(), nullable=False),
        sa.Column("person_status", sa.Text(), nullable=False),
        sa.Column("low", sa.BigInteger(), nullable=True),
        sa.Column("best", sa.BigInteger(), nullable=True),
        sa.Column("high", sa.BigInteger(), nullable=True),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column(
            "disordered",
            sa.Boolean(),
            sa.Computed(
                "NOT (coalesce(low <= best, true) AND coalesce(best <= high, true) AND coalesce(low <= high, true))",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.Column("since_version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "harm IN ('killed', 'injured', 'missing', 'captured', 'displaced', 'harmed')",
            name=op.f("ck_estimate_harm_is_a_word"),
        ),
        sa.CheckConstraint(
            "person_status IN ('all', 'civilian', 'state_forces', 'foreign_forces', 'peacekeeper', 'militant', 'side_a', 'side_b', 'unknown')",
            name=op.f("ck_estimate_person_status_is_a_word"),
        ),
        sa.CheckConstraint(
            "rule = 'as_published' OR (coalesce(low <= best, true) AND coalesce(best <= high, true) AND coalesce(low <= high, true))",
            name=op.f("ck_estimate_low_best_high_in_order"),
        ),
        sa.CheckConstraint(
            "rule IN ('coder', 'envelope', 'as_published')", name=op.f("ck_estimate_rule_is_a_word")
        ),
        sa.CheckConstraint(
            "least(low, best, high) >= 0", name=op.f("ck_estimate_nobody_is_less_than_nobody")
        ),
        sa.CheckConstraint(
            "num_nonnulls(low, best, high) > 0", name=op.f("ck_estimate_something_is_estimated")
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["liptako.incident.incident_id"], name=op.f("fk_estimate_incident_id")
        ),
        sa.PrimaryKeyConstraint("estimate_id", name=op.f("pk_estimate")),
        sa.UniqueConstraint(
            "incident_id",
            "harm",
            "person_status",
            name=op.f("uq_estimate_incident_id_harm_person_status"),
        ),
        schema="liptako",
    )
    op.create_index(
        op.f("ix_estimate_since_version"),
        "estimate",
        ["since_version"],
        unique=False,
        schema="liptako",
    )
    op.create_table(
        "external_id",
        sa.Column("dataset", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["liptako.incident.incident_id"],
            name=op.f("fk_external_id_incident_id"),
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["liptako.import_run.run_id"], name=op.f("fk_external_id_run_id")
        ),
        sa.PrimaryKeyConstraint("dataset", "external_id", name=op.f("pk_external_id")),
        sa.UniqueConstraint(
            "dataset",
            "external_id",
            "incident_id",
            name=op.f("uq_external_id_dataset_external_id_incident_id"),
        ),
        schema="liptako",
    )
    op.create_index(
        op.f("ix_external_id_incident_id"),
        "external_id",
        ["incident_id"],
        unique=False,
        schema="liptako",
    )
    op.create_index(
        op.f("ix_external_id_run_id"), "external_id", ["run_id"], unique=False, schema="liptako"
    )
    op.create_table(
        "fault",
        sa.Column("fault_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("column", sa.Text(), nullable=True),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["liptako.import_run.run_id"], name=op.f("fk_fault_run_id")
        ),
        sa.PrimaryKeyConstraint("fault_id", name=op.f("pk_fault")),
        schema="liptako",
    )
    op.create_index(op.f("ix_fault_run_id"), "fault", ["run_id"], unique=False, schema="liptako")
    op.create_table(
        "raw_row",
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("cells", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["liptako.import_run.run_id"], name=op.f("fk_raw_row_run_id")
        ),
        sa.PrimaryKeyConstraint("run_id", "line", name=op.f("pk_raw_row")),
        schema="liptako",
    )
    op.create_index(
        "ix_raw_row_external_id", "raw_row", ["external_id"], unique=False, schema="liptako"
    )
    op.create_table(
        "measure",
        sa.Column("measure_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=True),
        sa.Column("claim_id", sa.BigInteger(), nullable=True),
        sa.Column("boundary_id", sa.BigInteger(), nullable=True),
        sa.Column("target", sa.Text(), nullable=True),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("low", sa.Double(), nullable=True),
        sa.Column("high", sa.Double(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="LINESTRING",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.CheckConstraint(
            "num_nonnulls(incident_id, claim_id) >= 1",
            name=op.f("ck_measure_it_is_about_something"),
        ),
        sa.CheckConstraint(
            "value BETWEEN low AND high OR num_nulls(value, low, high) > 0",
            name=op.f("ck_measure_value_lies_in_its_bounds"),
        ),
        sa.ForeignKeyConstraint(
            ["boundary_id"], ["liptako.boundary.boundary_id"], name=op.f("fk_measure_boundary_id")
        ),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["liptako.claim.claim_id"], name=op.f("fk_measure_claim_id")
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["liptako.incident.incident_id"], name=op.f("fk_measure_incident_id")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["liptako.analysis_run.run_id"],
            name=op.f("fk_measure_run_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("measure_id", name=op.f("pk_measure")),
        schema="liptako",
    )
    op.create_index(
        op.f("ix_measure_boundary_id"), "measure", ["boundary_id"], unique=False, schema="liptako"
    )
    op.create_index(
        op.f("ix_measure_claim_id"), "measure", ["claim_id"], unique=False, schema="liptako"
    )
    op.create_index(
        "ix_measure_geom",
        "measure",
        ["geom"],
        unique=False,
        schema="liptako",
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index(
        op.f("ix_measure_incident_id"), "measure", ["incident_id"], unique=False, schema="liptako"
    )
    op.create_index(
        op.f("ix_measure_run_id"), "measure", ["run_id"], unique=False, schema="liptako"
    )
    op.create_index(
        "uq_measure_claim",
        "measure",
        ["claim_id", "name"],
        unique=True,
        schema="liptako",
        postgresql_where=sa.text("claim_id IS NOT NULL"),
    )
    op.create_index(
        "uq_measure_incident",
        "measure",
        ["incident_id", "name", "target"],
        unique=True,
        schema="liptako",
        postgresql_where=sa.text("boundary_id IS NULL AND claim_id IS NULL"),
    )
    # psycopg takes a script of many statements only without parameters, and as it is.
    script = Path(__file__).with_name("0001_versioning.sql").read_text("utf-8")
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(script)


def downgrade() -> None:
    """Take everything away, the data and their history with it."""
    op.execute("DROP SCHEMA liptako_history CASCADE")
    tables = (
        "cluster_member cluster measure analysis_run external_id fault raw_row import_run claim"
        " estimate actor_role incident region boundary place_name place actor_name actor report"
        " source data_version"
    )
    for table in tables.split():
        op.drop_table(table, schema="liptako")
    for function in (
        "take_turn writing_version stamp_version set_since_version keep_former raise_version refuse refuse_by_hand"
    ).split():
        op.execute(f"DROP FUNCTION liptako.{function}()")
