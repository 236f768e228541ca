"""The tables, one module to a noun; import a class from the module that defines it.

================  =====================================================================
``base``          the declarative base, schema names, column kinds and check texts
``state``         DataVersion: the numbered states of the data
``sources``       Source and Report: who published what, under which licence
``places``        Place, PlaceName, Boundary, Region: where things are
``actors``        Actor, ActorName: named parties
``incidents``     Incident, ActorRole, Estimate: what happened, as concluded
``claims``        Claim: what one report asserts
``summaries``     IncidentSummary: what the database sums up of each incident by itself
``imports``       ImportRun, RawRow, Fault, ExternalId: how rows came in
``derived``       AnalysisRun, Measure, Result: what was computed
``jobs``          Job: what somebody asked to be computed, and where it stands
``snapshots``     Snapshot: a state of the data that was given a name, for good
``every``         all of them, for whoever needs the complete metadata
================  =====================================================================

The *versioned* tables (:data:`db.history.VERSIONED`: all that a layer reads) have a column
``since_version`` and a table of the same name in the schema ``liptako_history``; both are written
by triggers of the database (see ``docs/data-model.md``).
"""
