"""What strangers ask for over HTTP: analyses and exports, bounded, each in a process of its own.

In reading order:

================  ======================================================================
``job``           a job, and what bounds it
``queue``         the statements: submitted, claimed, watched, ended, forgotten
``orders``        what a server and its nursery say to one another, a line each
``export_job``    an export as such a job
``child``         the process that computes one job
``nursery``       the process that bears those, and ends them in time
``dispatcher``    the thread of a server that hands jobs to its nursery
================  ======================================================================

A job never runs in the process of the server: a computation holds the interpreter, may take all
memory, and cannot be stopped from outside. A nursery has imported everything once, and forks a
child for each job; it ends when its server does, and its children with it.
"""
