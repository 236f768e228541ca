"""From rows to GeoJSON bytes: the ways that were weighed, on our own schema.

Printed are the wall time, the CPU time of this process and of the database, and the bytes made.
Bytes differ a little: the way that makes JSON in SQL writes fewer decimals.
"""

from __future__ import annotations

import argparse
import math
import os
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import msgspec
from sqlalchemy import Text, column, func, insert, literal, select, table, text
from sqlalchemy import cast as sql_cast

from db.cluster.serving import serving_database
from db.engine import connect, create_engine
from db.layers.catalogue import LAYERS
from db.query import LayerQuery, sort_columns, statement
from db.read import batches
from db.settings import Settings
from db.transaction import reading
from gis.fields import Kind
from gis.geojson import FeatureEncoder
from scripts.liptako import console
from scripts.liptako.console import say
from scripts.measure.generated import generated_database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import psycopg
    from sqlalchemy import Connection, Select

LAYER = LAYERS["incidents"]
QUERY = LayerQuery()
LEAD = len(sort_columns(LAYER, QUERY, LAYER.rows(None)))
NAMES = [field.name for field in LAYER.fields]


def rows_alone(connection: Connection) -> int:
    """Binary rows, fetched and dropped: what every way in the application has to pay."""
    return sum(len(batch) for batch in batches(connection, LAYER, QUERY))


def structs(connection: Connection) -> int:
    """Binary rows into structs, encoded by msgspec: the way that the program goes."""
    encoder = FeatureEncoder(LAYER.fields, LEAD)
    return sum(len(encoder.members(batch)) for batch in batches(connection, LAYER, QUERY))


def dicts(connection: Connection) -> int:
    """Binary rows into dicts, encoded by msgspec."""
    encode = msgspec.json.Encoder().encode
    return sum(
        len(encode([_feature(row) for row in batch])) for batch in batches(connection, LAYER, QUERY)
    )


def sqlalchemy_rows(connection: Connection) -> int:
    """Rows of SQLAlchemy Core into dicts, encoded by msgspec."""
    encode = msgspec.json.Encoder().encode
    streamed = connection.execution_options(stream_results=True, yield_per=2_000)
    found = streamed.execute(statement(LAYER, QUERY))
    return sum(len(encode([_feature(row) for row in part])) for part in found.partitions())


def made_in_sql(connection: Connection) -> int:
    """Text of each feature made by PostgreSQL, joined here."""
    streamed = connection.execution_options(stream_results=True, yield_per=2_000)
    found = streamed.execute(_text_of_features())
    return sum(len(",".join(row[0] + row[1] for row in part)) for part in found.partitions())


WAYS: dict[str, Callable[[Connection], int]] = {
    "rows alone": rows_alone,
    "rows -> structs -> msgspec": structs,
    "rows -> dicts -> msgspec": dicts,
    "SQLAlchemy rows -> dicts -> msgspec": sqlalchemy_rows,
    "JSON made in SQL": made_in_sql,
}


def _feature(row: Any) -> dict[str, Any]:
    shape = row[LEAD + 1]
    return {
        "type": "Feature",
        "id": row[LEAD],
        "geometry": None if shape is None else msgspec.Raw(shape.encode()),
        "properties": dict(zip(NAMES, row[LEAD + 2 :], strict=True)),
    }


def _text_of_features() -> Select[str, str]:
    rows = LAYER.rows(None)
    parts: list[Any] = []
    for field in LAYER.fields:
        value = rows.columns[field.name]
        shown: Any
        if field.kind is Kind.TEXT:
            shown = sql_cast(func.to_json(sql_cast(value, Text)), Text)
        elif field.kind is Kind.DATETIME:
            shown = func.to_char(value, '"YYYY-MM-DD"T"HH24:MI:SSZ"')
        else:
            shown = sql_cast(value, Text)
        parts += [literal(f',"{field.name}":'), func.coalesce(shown, "null")]
    head = (literal('{"type":"Feature","id":'), rows.key, literal(',"geometry":'))
    shape = func.coalesce(func.ST_AsGeoJSON(rows.geometry, 7), "null")
    # A function takes 100 arguments at most.
    first = func.concat(*head, shape, literal(',"properties":{"x":0'), *parts[:60])
    asked = (
        select(first, func.concat(*parts[60:], literal("}}")))
        .select_from(rows.source)
        .where(*rows.where)
        .order_by(*rows.order)
    )
    return asked


@contextmanager
def ready_made(url: str) -> Iterator[Callable[[Connection], int]]:
    """Yield the way by COPY of texts that were stored ready-made: the least there is to pay."""
    parts = _text_of_features().subquery()
    whole = select(parts.c[0] + parts.c[1])
    with connect(url) as connection:
        connection.execute(text("CREATE TABLE ready_made (feature text)"))
        stored = table("ready_made", column("feature", Text))
        connection.execute(insert(stored).from_select(["feature"], whole))
        connection.commit()

    def copied(connection: Connection) -> int:
        asked = b"COPY ready_made TO STDOUT (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02')"
        with driver(connection).cursor() as cursor, cursor.copy(asked) as copy:
            return sum(len(part) for part in copy)

    yield copied
    with connect(url) as connection:
        connection.execute(text("DROP TABLE ready_made"))
        connection.commit()


def driver(connection: Connection) -> psycopg.Connection[Any]:
    """The driver's connection, in a transaction."""
    connection.execute(text("SELECT 1"))
    return cast("psycopg.Connection[Any]", connection.connection.driver_connection)


def measured(url: str) -> Iterator[tuple[str, float, float, float, int]]:
    """Name, wall seconds, CPU seconds here and of the database, and bytes of each way."""
    engine = create_engine(url)
    with ready_made(url) as copied:
        for name, way in {**WAYS, "ready-made text, by COPY": copied}.items():
            with reading(engine) as connection:
                server = driver(connection).info.backend_pid
                wall, cpu, theirs = time.perf_counter(), time.process_time(), _cpu_of(server)
                made = way(connection)
                spent = time.perf_counter() - wall, time.process_time() - cpu
                yield (
                    name,
                    round(spent[0], 2),
                    round(spent[1], 2),
                    round(_cpu_of(server) - theirs, 2),
                    made,
                )
    engine.dispose()


def _cpu_of(process: int) -> float:
    """CPU seconds of a process of this machine so far; NaN where the system does not tell."""
    try:
        told = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()
    except OSError:
        return math.nan
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measure all ways, twice, and print the second round."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000, help="incidents to generate")
    rows = parser.parse_args().rows
    with serving_database(Settings(), say) as server:
        say(f"Generating {rows:,} incidents")
        with generated_database(server, rows) as url:
            list(measured(url))
            columns = ("way", "wall s", "CPU s here", "of the database", "bytes (rows alone: rows)")
            console.table(f"{rows:,} incidents of {len(NAMES)} fields", columns, measured(url))


if __name__ == "__main__":
    main()
