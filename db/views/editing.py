"""The schema ``editing``: what editors write through QGIS, and what they are told if they may not.

The statements are in ``editing.sql``. What editors write goes to the tables that keep its history
and the name of who logged in; a row that breaks a rule is refused with the value and the rule.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from db.layers.catalogue import LAYERS
from db.views.definition import quoted, remark
from db.views.rules import rules

if TYPE_CHECKING:
    from collections.abc import Iterator

EDITING = "editing"

_FILE = Path(__file__).with_name("editing.sql")

VIEWS = {
    "incidents": "Incidents and aggregates of every status, to be edited. A saved edit is a "
    "version of the data under the name of who logged in, and the former row is kept. Rows of "
    "datasets are shown and stand as they were published.",
    "estimates": "What a coder concludes of how many people were harmed; to be edited.",
    "claims": "What each report asserts or denies about an incident; to be edited.",
}

_OWN = {
    "id": "Number of the row, for good; given by the database.",
    "geom": "Point, WGS 84. A claim has one only where it states a place.",
    "kind": "Of an incident: incident, or aggregate for a figure over many. Of a claim: what it is "
    "about; each kind fills fields of its own.",
    "status": "active; retracted (say why in status_note); merged (name the other in merged_into).",
    "status_note": "Why it was withdrawn or merged.",
    "merged_into": "Name of the incident that this one is the same as.",
    "part_of": "Name of the incident or claim that includes this one.",
    "event_end": "Latest possible moment, which belongs to the interval. With a time_precision "
    "other than 'time', a midnight stands for the whole day that it begins.",
    "claimed_until": "As claimed_from; with a time_precision other than 'time', a midnight stands "
    "for the whole day that it begins.",
    "time_zone": "IANA name of the zone in which the interval is told: Africa/Niamey.",
    "place": "Code of the place in the gazetteer (layer places).",
    "dataset": "Who compiled the row: the code of a source. Your own is liptako-curation.",
    "report": "Name of the report that makes the claim (layer reports).",
    "target_border": "Border from which the distance is told: MLI-NER.",
    "target_place": "Code of the place from which the distance is told.",
    "actor": "Code of the party.",
    "rule": "How the estimate came about; what you save is 'coder'.",
    "harm": "What was done: killed, injured, missing, captured, displaced, harmed.",
    "recorded_at": "When the row was saved last; written by the database.",
    "recorded_by": "Who saved it last: the role that logged in; written by the database.",
}


_ON_COLUMNS = """
DO $$ DECLARE found record; BEGIN
  FOR found IN SELECT attrelid::regclass AS name FROM pg_attribute
    JOIN pg_class ON pg_class.oid = attrelid AND relkind = 'v'
    WHERE relnamespace = 'editing'::regnamespace AND attname = {column}
  LOOP
    EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', found.name, {column}, {told});
  END LOOP;
END $$"""


def editing_statements() -> Iterator[str]:
    """What makes the schema and its views, and remarks on the rules of the tables."""
    yield _FILE.read_text("utf-8")
    for name, comment in VIEWS.items():
        yield f"COMMENT ON VIEW {EDITING}.{name} IS {quoted(comment)}"
    for column, told in remarks().items():
        yield _ON_COLUMNS.format(column=quoted(column), told=quoted(told))
    for (table, constraint), words in rules().items():
        yield f"COMMENT ON CONSTRAINT {constraint} ON liptako.{table} IS {quoted(words)}"


def remarks() -> dict[str, str]:
    """What is said of a column of these views, by its name; of a layer's, what the layer says."""
    fields = (*LAYERS["incidents"].fields, *LAYERS["claims"].fields)
    return {**{field.name: remark(field) for field in reversed(fields)}, **_OWN}
