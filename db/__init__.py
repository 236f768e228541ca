"""What is stored, and how it is asked for; imports ``gis`` and nothing else of ours.

Read in this order:

================  ======================================================================
``errors``        what can go wrong below HTTP
``settings``      where the database is
``cluster/``      the private PostGIS server
``vocabulary``    the closed lists of words
``models/``       the tables
``migrations/``   how they come to be, history included; run by ``migrate``
``engine``        connections and their settings
``history``       the states of the data, and a table as it stood at one of them
``asof``          the state that was recorded by a date or moment, or that has a name
``former``        what former states depend on besides their version
``snapshots/``    versions that were given a name, with the hash of each layer
``figures``       a lower bound where only parts of a total are estimated
``knowledge``     by which rule figures are made, and of which reports
``claimed``       the rules of ``gis.estimates`` in SQL
``told``          what reports say in words, as far as they were known by a day
``layers/``       each layer, described once
``predicates``    box and interval as conditions
``joins``         leaving out the joins that a statement does not need
``halves``        a former state by its present and its former rows, for pages
``query``         what is asked of a layer, and the statements that answer it
``touched``       which features a span of versions may have changed
``difference``    what differs between two states of a layer
``feed``          where a copy of a layer stands, and what to change in it
``item_versions``, ``authors``
                  what one feature was, and who made it so
``exemplars``     the features listed first, which show the types of all fields
``cursor``        where a walk over the pages stands
``remembered``    what is found once for a version of the data
``errands``       what runs on behalf of a request, and can be called off
``transaction``   transactions that only read, each at one state of the data
``read``          rows of a layer, in one of them
``views/``        layers as views of the database, for QGIS and psql
``roles``         who else may log in, and what they may do
``summaries``     extent and terms of a layer
``totals``        figures added up over a selection
``appearances``   what was known of an incident, report by report
``tiles/``        layers as vector tiles
``export``        a layer into a file
``difference_file``
                  what differs between two states into a GeoPackage
``bundle``        all layers into one file
``made_files``    files that were made for somebody, kept for a while
``places``        places by code, units around a point
``runs``          what was loaded
``dump``          everything into a file, and back
``statistics``    what the planner knows
``write/``        statements that change the data
``analyses/``     incidents -> measures, clusters, tables
``jobs/``         analyses that strangers ask for, each in a process of its own
================  ======================================================================
"""
