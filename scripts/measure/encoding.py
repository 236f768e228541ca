"""From rows to GeoJSON bytes: the ways that were weighed, on our own schema.

Printed are the wall time, the CPU time of this process (the database's is not in it), and the bytes
made. Bytes differ a little: the way that makes JSON in SQL writes fewer decimals.
"""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import Text, cast, func, literal, select

from db.cluster.serving import serving_database
from db.engine import create_engine
from db.layers.catalogue import LAYERS
from db.query import LayerQuery, sort_columns, statement
from db.read import batches, reading
from db.settings import Settings
from gis.fields import Kind
from gis.geojson import FeatureEncoder
from scripts.liptako.console import say, table
from scripts.measure.generated import generated_database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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
        column = rows.columns[field.name]
        text: Any
        if field.kind is Kind.TEXT:
            text = cast(func.to_json(cast(column, Text)), Text)
        elif field.kind is Kind.DATETIME:
            text = func.to_char(column, '"YYYY-MM-DD"T"HH24:MI:SSZ"')
        else:
            text = cast(column, Text)
        parts += [literal(f',"{field.name}":'), func.coalesce(text, "null")]
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


def measured(url: str) -> Iterator[tuple[str, float, float, int]]:
    """Name, wall seconds, CPU seconds here and bytes of each way, each warmed up by the first."""
    engine = create_engine(url)
    for name, way in WAYS.items():
        with reading(engine) as connection:
            wall, cpu = time.perf_counter(), time.process_time()
            made = way(connection)
            spent = time.perf_counter() - wall, time.process_time() - cpu
        yield name, round(spent[0], 2), round(spent[1], 2), made
    engine.dispose()


def main() -> None:
    """Measure all ways, twice, and print the second round."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000, help="incidents to generate")
    rows = parser.parse_args().rows
    with serving_database(Settings(), say) as server:
        say(f"Generating {rows:,} incidents")
        with generated_database(server, rows) as url:
            list(measured(url))
            columns = ("way", "wall s", "CPU s here", "bytes (rows alone: rows)")
            table(f"{rows:,} incidents of {len(NAMES)} fields", columns, measured(url))


if __name__ == "__main__":
    main()
