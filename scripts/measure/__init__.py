"""Measurements behind decisions; run by ``scripts/bench``, never by the tests.

``generated``  a database of generated incidents
``encoding``   the ways from rows to GeoJSON bytes
"""
