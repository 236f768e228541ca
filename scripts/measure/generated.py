"""A database of generated incidents, each with a claim, an estimate and two actors."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psycopg

from db import migrate

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "liptako_bench"
_WHOLE = "generated to its end"

# Stacked on 3,000 towns, as real incidents are; dated over twelve years; notes of 50 to 250 signs.
_BEFORE = (
    """INSERT INTO liptako.source (code, name, kind, licence, attribution, redistributable)
       VALUES ('made-up', 'Made up', 'dataset', 'CC0', 'Nobody', true)""",
    """INSERT INTO liptako.report (code, source_id, title, published_precision)
       SELECT 'made-up', source_id, 'Made up', 'unknown' FROM liptako.source""",
    """INSERT INTO liptako.actor (code, name, kind) VALUES
       ('group', 'An armed group', 'armed_group'), ('army', 'An army', 'state_forces')""",
)
_STATEMENTS = (
    """INSERT INTO liptako.incident (code, title, event_type, sub_type, occurred, time_precision,
         time_extent, place_name, country, adm1, adm2, geom, place_precision, radius_m, note,
         source_id)
       SELECT 'made-up-' || n, 'Attack number ' || n, (ARRAY['attack', 'battle'])[1 + n % 2],
         'state-based', tsrange(day, day + interval '1 day'), 'day', 'within', 'Town ' || town,
         (ARRAY['MLI', 'NER', 'BFA'])[1 + town % 3], 'Region ' || town % 9, 'Unit ' || town % 60,
         ST_SetSRID(ST_Point(-5 + 11 * abs(sin(town * 12.9898)), 10 + 8 * abs(sin(town * 78.233))),
                    4326),
         'settlement', 5000, repeat('A note on "sources", places and times. ', 1 + n % 5), source_id
       FROM liptako.source, generate_series(1, %(rows)s) n,
         LATERAL (SELECT n % 3000 AS town,
                         timestamp '2012-01-01' + n % 4300 * interval '1 day' AS day) made""",
    """INSERT INTO liptako.estimate (incident_id, harm, person_status, low, best, high, rule)
       SELECT incident_id, 'killed', 'all', incident_id % 7, incident_id % 7 + 1,
         CASE WHEN incident_id % 4 > 0 THEN incident_id % 7 + 5 END, 'coder'
       FROM liptako.incident""",
    """INSERT INTO liptako.claim (code, incident_id, report_id, kind, statement, harm,
         person_status, low)
       SELECT incident.code || '.killed', incident_id, report_id, 'casualties', 'At least so many.',
         'killed', 'all', incident_id % 7 FROM liptako.incident, liptako.report""",
    """INSERT INTO liptako.actor_role (incident_id, actor_id, role)
       SELECT incident_id, actor_id, 'party' FROM liptako.incident, liptako.actor""",
)


@contextmanager
def generated_database(server_url: str, rows: int, *, keep: bool = False) -> Iterator[str]:
    """Yield the URL of a database with so many generated incidents; drop it afterwards.

    Parameters
    ----------
    server_url : str
        Of any database of a server in which databases may be made.
    rows : int
    keep : bool
        Leave it for the next who keeps, and take the one that was left.
    """
    name = f"{NAME}_{rows}" if keep else NAME
    url = urlsplit(server_url)._replace(path=f"/{name}").geturl()
    with psycopg.connect(server_url, autocommit=True) as server:
        whole = server.execute(
            "SELECT FROM pg_database WHERE datname = %s"
            " AND shobj_description(oid, 'pg_database') = %s",
            [name, _WHOLE],
        ).fetchone()
        if not keep or whole is None:
            server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
            server.execute(f"CREATE DATABASE {name}".encode())
        try:
            migrate.upgrade(url)
            if not keep or whole is None:
                _fill(url, rows)
                server.execute(f"COMMENT ON DATABASE {name} IS '{_WHOLE}'".encode())
            yield url
        finally:
            if not keep:
                server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())


def _fill(url: str, rows: int) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        # A version for each of these, so that there is a time before the incidents.
        for statement in _BEFORE:
            connection.execute(statement.encode())
        with connection.transaction():
            for statement in _STATEMENTS:
                named = {"rows": rows} if "%(rows)s" in statement else None
                text = statement.replace(" % ", " %% ") if named else statement
                connection.execute(text.encode(), named)
        connection.execute("VACUUM ANALYZE")
