"""The tables that peers and the limit read: the layer ``incidents``, worked out beforehand.

``plain``  one wide table with the columns of the layer, which neither joins nor computes anything:
           more than fair to the peers, which read a table or a view
``ready``  the text of each feature, byte for byte as our server sends it, and what finds it

Both have a primary key, a GiST index on the place, a btree on the date, and statistics of how
coordinates spread, as our own table has them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import TIMESTAMP, cast, select, type_coerce
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.types import NullType

from db.engine import create_engine
from db.layers.catalogue import LAYERS
from db.query import LayerQuery, sort_kinds
from db.read import batches
from db.transaction import reading
from gis.fields import Kind
from gis.geojson import FeatureEncoder

if TYPE_CHECKING:
    from psycopg.abc import Query

SCHEMA = "bench"
PLAIN = "incidents"
READY = "ready"
LAYER = LAYERS["incidents"]


def make_plain(url: str) -> None:
    """Make the table ``bench.incidents``; one that is there already is left as it is."""
    with psycopg.connect(url) as connection:
        if not _begun(connection, PLAIN):
            connection.execute(_selected().encode())
            _indexed(connection, PLAIN)


def make_ready(url: str) -> None:
    """Make the table ``bench.ready`` of what our server would send; needs ``bench.incidents``."""
    engine = create_engine(url)
    encoder = FeatureEncoder(LAYER.fields, len(sort_kinds(LAYER, LayerQuery())))
    with psycopg.connect(url) as connection, reading(engine) as source:
        if not _begun(connection, READY):
            connection.execute("CREATE TEMP TABLE made (id bigint, feature text)")
            with connection.cursor().copy("COPY made FROM STDIN") as copy:
                for rows in batches(source, LAYER, LayerQuery()):
                    for row in rows:
                        text = encoder.members([row]).decode()
                        copy.write_row((msgspec.json.decode(text)["id"], text))
            connection.execute(
                f"CREATE TABLE {SCHEMA}.{READY} AS SELECT id, geom, event_start, feature"
                f" FROM made JOIN {SCHEMA}.{PLAIN} USING (id) ORDER BY id"
            )
            _indexed(connection, READY)
    engine.dispose()


def settle(url: str) -> None:
    """Have the database know its tables, and write out what is pending, before it is measured."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def _begun(connection: psycopg.Connection, table: str) -> bool:
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
    found = connection.execute("SELECT to_regclass(%s)", [f"{SCHEMA}.{table}"]).fetchone()
    return found is not None and found[0] is not None


def _selected() -> str:
    rows = LAYER.rows(None)
    columns = [
        cast(rows.columns[field.name], TIMESTAMP(timezone=True)).label(field.name)
        if field.kind is Kind.DATETIME
        else rows.columns[field.name].label(field.name)
        for field in LAYER.fields
    ]
    # As a geometry that is shown it would become text or bytes.
    shape = type_coerce(rows.geometry, NullType())
    asked = select(rows.key.label("id"), shape.label("geom"), *columns)
    asked = asked.select_from(rows.source).where(*rows.where).order_by(*rows.order)
    literal = {"literal_binds": True}
    text = asked.compile(dialect=PGDialect_psycopg(), compile_kwargs=literal)  # type: ignore[no-untyped-call]
    return f"CREATE TABLE {SCHEMA}.{PLAIN} AS {text}"


def _indexed(connection: psycopg.Connection, table: str) -> None:
    name = Identifier(SCHEMA, table)
    statements: tuple[Query, ...] = (
        SQL("ALTER TABLE {} ADD PRIMARY KEY (id)").format(name),
        SQL("CREATE INDEX ON {} USING gist (geom)").format(name),
        SQL("CREATE INDEX ON {} (event_start)").format(name),
        SQL("CREATE STATISTICS {} ON ST_X(geom), ST_Y(geom) FROM {}").format(
            Identifier(SCHEMA, f"{table}_position"), name
        ),
    )
    for statement in statements:
        connection.execute(statement)
