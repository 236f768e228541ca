"""Facts and files coming in; imports ``db`` and ``gis``.

A file of incidents flows through these modules in this order: file -> numbered rows -> records, or
faults -> one transaction.

================  =====================================================================
``errors``        :class:`~seeds.errors.RowFault`, and what makes a whole file refused
``records``       what any file is turned into
``rows``          path -> numbered rows of text cells
``documents``     a YAML file as texts that know their lines
``reference``     sources, reports and actors that incidents name (``catalogue/``)
``consistency``   what must agree within an incident
``formats/``      one module to a format: row or document -> records or faults
``dataset``       what the flow must be told about a dataset
``staging``       records -> rows of the database
``reading``       file -> stage
``runs``          what a load says of itself
``load``          a dataset's file in
``curated``       the curated incidents in (``incidents/``)
================  =====================================================================

Geography has a way of its own.

================  =====================================================================
``features``      the features of any vector file, in WGS 84
``shapes``        whether a geometry can be the boundary it is said to be
``boundaries``    borders, tripoints and units in
``shipped``       which boundaries are shipped
``regions``       Liptako-Gourma in its variants
``gazetteer``     places and their other names
================  =====================================================================

``everything`` loads all that is shipped (``data/``, see its ``SOURCES.md``).
"""
