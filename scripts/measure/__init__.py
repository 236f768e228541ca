"""Measurements behind decisions; run by ``scripts/bench``, never by the tests.

``generated``  a database of generated incidents
``former``     former versions of them
``encoding``   the ways from rows to GeoJSON bytes
``contest``    contenders, each in a process of its own
``clusters``   density clusters beside scikit-learn and PostGIS
``borders``    distances to borders beside GeoPandas and PostGIS
``exports``    files of every format beside ogr2ogr
``parts``      analyses by several processes of Dask
``snapshots``  a snapshot of so many incidents

Our server beside others, ``scripts/bench api``:

``processes``  CPU time and memory of programs that are started and ended
``load``       requests that are timed
``plain``      the tables that the others read
``peers``      tipg and pygeoapi, each in an environment of its own
``ready``      the least that a server can do
``servers``    all of them, over one database
``cases``      what is asked
``equality``   whether they gave the same answer
``whole``      all features at once, and what ``COPY`` needs for them
``tables``     what was measured, in Markdown
``api``        all of it in one run
"""
