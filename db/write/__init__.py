"""Statements that change the database; none opens its own transaction.

============  ==========================================================================
``places``    places and their names, boundaries, regions
``sources``   sources, reports and actors
``incidents`` incidents with their roles, claims and estimates, by staging and upsert
``runs``      import runs, raw rows, faults, external identifiers
============  ==========================================================================
"""
