"""Small rows for tests of the database, written by plain SQL as any client might write them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from psycopg import Connection


def add_source(connection: Connection[Any], code: str = "press", **columns: object) -> int:
    """A redistributable source, unless told otherwise."""
    return _insert(
        connection,
        "source",
        {
            "code": code,
            "name": code,
            "kind": "news",
            "licence": "CC BY 4.0",
            "attribution": code,
            "redistributable": True,
            **columns,
        },
    )


def add_report(connection: Connection[Any], source_id: int, code: str = "report") -> int:
    """An undated report."""
    return _insert(
        connection,
        "report",
        {"code": code, "source_id": source_id, "title": code, "published_precision": "unknown"},
    )


def add_incident(
    connection: Connection[Any], source_id: int, code: str = "somewhere", **columns: object
) -> int:
    """An attack on 10 December 2019 near Inates, unless told otherwise."""
    return _insert(
        connection,
        "incident",
        {
            "code": code,
            "title": code,
            "event_type": "attack",
            "occurred": "[2019-12-10,2019-12-11)",
            "time_precision": "day",
            "time_extent": "within",
            "geom": "SRID=4326;POINT(1.3135 15.2275)",
            "place_precision": "settlement",
            "radius_m": 5000,
            "source_id": source_id,
            **columns,
        },
    )


def add_claim(
    connection: Connection[Any], incident_id: int, report_id: int, code: str, **columns: object
) -> int:
    """A claim of people killed, unless told otherwise."""
    return _insert(
        connection,
        "claim",
        {
            "code": code,
            "incident_id": incident_id,
            "report_id": report_id,
            "kind": "casualties",
            "statement": code,
            "harm": "killed",
            "person_status": "all",
            **columns,
        },
    )


def add_estimate(
    connection: Connection[Any],
    incident_id: int,
    *,
    low: int | None,
    best: int | None,
    high: int | None,
    **columns: object,
) -> int:
    """An estimate of all people killed, unless told otherwise."""
    return _insert(
        connection,
        "estimate",
        {
            "incident_id": incident_id,
            "harm": "killed",
            "person_status": "all",
            "low": low,
            "best": best,
            "high": high,
            "rule": "coder",
            **columns,
        },
    )


def add_actor(connection: Connection[Any], name: str, **columns: object) -> int:
    """State forces of that name."""
    return _insert(
        connection,
        "actor",
        {"code": name.lower(), "name": name, "kind": "state_forces", **columns},
    )


def add_role(connection: Connection[Any], incident_id: int, actor_id: int, role: str) -> int:
    """What an actor was in an incident."""
    return _insert(
        connection,
        "actor_role",
        {"incident_id": incident_id, "actor_id": actor_id, "role": role},
    )


def add_boundary(
    connection: Connection[Any], source_id: int, kind: str, code: str, wkt: str, **columns: object
) -> int:
    """A border, tripoint or unit of edition 1."""
    return _insert(
        connection,
        "boundary",
        {
            "source_id": source_id,
            "edition": "1",
            "kind": kind,
            "code": code,
            "name": code,
            "geom": f"SRID=4326;{wkt}",
            **columns,
        },
    )


def add_region(
    connection: Connection[Any], source_id: int, code: str, variant: str, wkt: str
) -> int:
    """A region of study."""
    return _insert(
        connection,
        "region",
        {
            "source_id": source_id,
            "code": code,
            "variant": variant,
            "title": code,
            "definition": "made up",
            "area_km2": 1.0,
            "edition": "1",
            "geom": f"SRID=4326;{wkt}",
        },
    )


def add_place(
    connection: Connection[Any], source_id: int, code: str, lon: float, lat: float
) -> int:
    """A populated place of a gazetteer."""
    return _insert(
        connection,
        "place",
        {
            "source_id": source_id,
            "code": code,
            "name": code,
            "feature_class": "P",
            "geom": f"SRID=4326;POINT({lon} {lat})",
        },
    )


def version(connection: Connection[Any]) -> int:
    """The newest version that this transaction sees."""
    row = connection.execute(
        "SELECT coalesce(max(version), 0) FROM liptako.data_version"
    ).fetchone()
    assert row is not None
    return int(row[0])


def _insert(connection: Connection[Any], table: str, columns: dict[str, object]) -> int:
    names, values = ", ".join(columns), ", ".join(["%s"] * len(columns))
    row = connection.execute(
        f"INSERT INTO liptako.{table} ({names}) VALUES ({values}) RETURNING {table}_id",
        list(columns.values()),
    ).fetchone()
    assert row is not None
    return int(row[0])
