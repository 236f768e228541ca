"""Facts and files coming in.

A file flows through these modules in this order: file -> numbered rows -> records, or faults ->
one transaction.

==================  ===================================================================
``errors``          :class:`~seeds.errors.RowFault` and what makes a whole file refused
``records``         validated records: what any file is turned into
``catalogue``       sources, reports and actors that several files name (``catalogue/*.yaml``)
``rows``            path -> numbered rows of text cells
``formats/``        one module to a format: row -> records or faults
``boundaries``      border lines, units and regions in
``gazetteer``       places and their other names in
``load``            the flow itself: records -> one transaction, and its summary
``incidents/``      the curated incidents, one YAML file each
``data/``           what is shipped, with ``SOURCES.md``
==================  ===================================================================
"""
