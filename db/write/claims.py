"""Claims: from the stage into the table, and out of it where they are not made any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from db.write.changes import GEOM, Owner, Resolved, touch, write_resolved

if TYPE_CHECKING:
    from sqlalchemy import Connection

_CLAIM = (
    *("incident_id", "kind", "claimant", "polarity", "qualifier", "statement", "part_of"),
    *("harm", "person_status", "low", "best", "high", "occurred", "time_precision"),
    *("time_extent", "place_name", "place_id", "geom", "place_precision", "radius_m"),
    *("distance", "distance_unit", "distance_m", "target_border", "target_place_id", "bearing"),
    *("actor_id", "role", "claimant_kind", "superseded_by"),
)


def write_claims(connection: Connection, owner: Owner) -> None:
    """Write the staged claims of the incidents in ``resolved_incident``."""
    _resolve(connection)
    _remove(connection, owner)
    rows = (
        "(SELECT c.*, w.claim_id AS whole_id, n.claim_id AS newer_id FROM resolved_claim c"
        " LEFT JOIN resolved_claim w ON w.line = c.line AND w.id = c.part_of"
        " LEFT JOIN resolved_claim n ON n.line = c.line AND n.id = c.superseded_by)"
    )
    claims = Resolved(
        table="claim",
        rows=rows,
        columns=("code", "report_id", *_CLAIM),
        changed=("report_id", *_CLAIM),
        # An edition that repeats a claim changes nothing: the claim keeps the report that first
        # stated it so, which is what was known by then. A changed claim is of the new edition.
        compared=_CLAIM if owner.dataset else ("report_id", *_CLAIM),
        taken={"part_of": "whole_id", "superseded_by": "newer_id"},
    )
    write_resolved(connection, claims)


def _resolve(connection: Connection) -> None:
    connection.execute(
        text(
            "CREATE TEMPORARY TABLE resolved_claim ON COMMIT DROP AS"
            " SELECT s.*, i.incident_id, i.code || '.' || s.id AS code, report.report_id,"
            " c.claim_id IS NULL AS is_new, coalesce(c.claim_id, nextval(pg_get_serial_sequence("
            "'liptako.claim', 'claim_id'))) AS claim_id,"
            f" place.place_id, {GEOM} AS geom, target.place_id AS target_place_id,"
            " actor_code.actor_id"
            " FROM staged_claim s JOIN resolved_incident i USING (line)"
            " LEFT JOIN liptako.claim c ON NOT i.is_new AND c.code = i.code || '.' || s.id"
            " LEFT JOIN liptako.report ON report.code = s.report"
            " LEFT JOIN liptako.place ON place.code = s.gazetteer"
            " LEFT JOIN liptako.place target ON target.code = s.target_gazetteer"
            " LEFT JOIN actor_code ON actor_code.code = s.actor"
        )
    )
    connection.execute(text("ANALYZE resolved_claim"))


def _remove(connection: Connection, owner: Owner) -> None:
    """Delete the claims that are not made any more, with the measures that were about them."""
    connection.execute(
        text(
            "CREATE TEMPORARY TABLE removed_claim ON COMMIT DROP AS"
            " SELECT c.claim_id FROM liptako.claim c"
            " JOIN resolved_incident i ON i.incident_id = c.incident_id AND NOT i.is_new"
            " JOIN liptako.report ON report.report_id = c.report_id"
            " WHERE (:curated OR report.source_id = :source_id) AND NOT EXISTS"
            " (SELECT FROM resolved_claim r WHERE r.claim_id = c.claim_id)"
        ),
        {"curated": owner.dataset is None, "source_id": owner.source_id},
    )
    if not connection.scalar(text("SELECT count(*) FROM removed_claim")):
        return
    removed = "(SELECT claim_id FROM removed_claim)"
    connection.execute(text(f"DELETE FROM liptako.measure WHERE claim_id IN {removed}"))
    # A coder's own claim may be a part of one that goes, or superseded by it.
    for named in ("part_of", "superseded_by"):
        connection.execute(
            text(
                f"UPDATE liptako.claim SET {named} = NULL WHERE {named} IN {removed}"
                f" AND claim_id NOT IN {removed}"
            )
        )
    delete = f"DELETE FROM liptako.claim WHERE claim_id IN {removed} RETURNING incident_id"
    touch(connection, delete)
