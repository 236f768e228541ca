"""What holds of every history: intervals that neither overlap nor name a version there is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg import sql

from db.history import VERSIONED

if TYPE_CHECKING:
    from psycopg import Connection

TABLES = tuple(model.__tablename__ for model in VERSIONED)
Rows = list[tuple[Any, ...]]


def key_of(table: str) -> str:
    return "incident_id" if table == "incident_summary" else f"{table}_id"


def check_intervals(db: Connection[Any]) -> None:
    """See that rows of one key follow one another, in versions that are recorded, in order."""
    for table in TABLES:
        key = key_of(table)
        published = "WHERE is_current" if table == "measure" else ""
        wrong = db.execute(
            f"""
            WITH every AS (
              SELECT {key} AS key, since_version AS since, until_version AS until
                FROM liptako_history.{table}
              UNION ALL
              SELECT {key}, since_version, NULL FROM liptako.{table} {published}
            ), following AS (
              SELECT *, lead(since) OVER (PARTITION BY key ORDER BY since) AS next FROM every)
            SELECT key, since, until, next FROM following
             WHERE until <= since OR until > next OR until IS NULL AND next IS NOT NULL
                OR NOT EXISTS (SELECT FROM liptako.data_version WHERE version = since)
                OR until IS NOT NULL
                   AND NOT EXISTS (SELECT FROM liptako.data_version WHERE version = until)
            """.encode()
        ).fetchall()
        assert wrong == [], table
    stamps = db.execute("SELECT recorded_at FROM liptako.data_version ORDER BY version").fetchall()
    assert stamps == sorted(set(stamps))


def life(db: Connection[Any], table: str, key: int) -> list[tuple[int, int | None]]:
    """From and until which version each state of a row was current, in order."""
    rows = db.execute(
        f"SELECT since_version, until_version FROM liptako_history.{table}"
        f" WHERE {key_of(table)} = %(key)s UNION ALL"
        f" SELECT since_version, NULL FROM liptako.{table} WHERE {key_of(table)} = %(key)s"
        " ORDER BY 1".encode(),
        {"key": key},
    )
    return [(row[0], row[1]) for row in rows]


def state(db: Connection[Any], at: int | None = None) -> dict[str, Rows]:
    """All rows of all versioned tables, at the present or at a version; but one's own measures."""
    return {table: _rows(db, table, at) for table in TABLES}


def _rows(db: Connection[Any], table: str, at: int | None) -> Rows:
    columns = [
        row[0]
        for row in db.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = 'liptako'"
            " AND table_name = %s ORDER BY ordinal_position",
            [table],
        )
    ]
    listed = sql.SQL(", ").join(map(sql.Identifier, columns))
    name, key = sql.Identifier(table), sql.Identifier(key_of(table))
    shown = sql.SQL("is_current") if table == "measure" else sql.SQL("true")
    if at is None:
        asked = sql.SQL("SELECT {} FROM liptako.{} WHERE {} ORDER BY {}")
        return db.execute(asked.format(listed, name, shown, key)).fetchall()
    asked = sql.SQL(
        "SELECT {0} FROM liptako.{1} WHERE {2} AND since_version <= {4} UNION ALL"
        " SELECT {0} FROM liptako_history.{1} WHERE since_version <= {4} AND until_version > {4}"
        " ORDER BY {3}"
    )
    return db.execute(asked.format(listed, name, shown, key, sql.Literal(at))).fetchall()


def check_summaries(db: Connection[Any]) -> None:
    """See that every state is summed up as it was."""
    wrong = db.execute(
        """
        WITH every AS (
          SELECT incident_id, since_version AS since, NULL::bigint AS until,
            to_jsonb(kept) - 'since_version' AS told FROM liptako.incident_summary kept
          UNION ALL
          SELECT incident_id, since_version, until_version,
            to_jsonb(kept) - 'since_version' - 'until_version'
            FROM liptako_history.incident_summary kept)
        SELECT version, made.incident_id, told FROM liptako.data_version
          CROSS JOIN liptako.summaries_at(array(
            SELECT incident_id FROM liptako.incident UNION
            SELECT incident_id FROM liptako_history.incident), version) made
          LEFT JOIN every ON every.incident_id = made.incident_id
           AND since <= version AND coalesce(until > version, true)
         WHERE to_jsonb(made) IS DISTINCT FROM told
        """
    ).fetchall()
    assert wrong == []
