"""Analyses: incidents are read, a pure function of ``gis`` is called, measures are stored.

=====================  ================================================================
``run``                one run: what it read, with what, and replacing the run before
``parameters``         what can be chosen of a run
``located``            incidents as arrays, and those that have no place to compute with
``borders``            distance to each border, the nearest one and the tripoints
``clusters``           dense groups of incidents in a region
``stated_distances``   the distances that sources state, checked against the geometry
``methods``            the methods by name
=====================  ================================================================

The same data and parameters give the same measures. A method runs in the caller's transaction: its
results and the run that made them appear together, or not at all.
"""
