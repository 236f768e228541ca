"""Statements that change the database; none opens its own transaction.

Small tables go in by ``upsert``: COPY into a temporary table, compare, write only what differs.

``upsert``     the way of one table
``sources``    sources and reports
``actors``     actors and their aliases
``places``     places and their names, boundaries, regions

Incidents come by the hundred thousand, so a load stages all and decides for all rows at once.

``staged``     the temporary tables of a load
``changes``    writing only what differs
``incidents``  incidents with their roles and estimates
``claims``     their claims
``editions``   which edition of a dataset is in force, and what has gone
``runs``       import runs, raw rows, faults
``standing``   an incident retracted, merged into another, active again
"""
