"""The program ``liptako``: one module to a group of commands.

``console``    what is printed, and how an error ends the program
``database``   ``db start|stop|status|url|psql|dump|restore|reset|doctor|upgrade`` and ``migrate``
``granting``   ``db grant-reader|grant-editor``
``loading``    ``load everything|incidents|ucdp|boundaries|runs|faults``
``analysing``  ``analyse``
``layers``     ``layers``
``exporting``  ``export``
``history``    ``versions``, ``diff`` and ``incident retract|merge|restore``
``snapshots``  ``snapshot create|list|show|verify|export|cite|key``
``serving``    ``serve`` and ``up``
``workers``    the processes that answer, and how they end
``app``        all of them together

A command imports what it needs when it is run: ``--help`` must not wait for GDAL and SciPy.
"""
