"""The layers: each is described once, and everything else reads that description.

``layer``      what a layer is: its fields and, for one state of the data, its SQL
``recurring``  fields that several layers have
``incidents``  incidents, and the aggregates that are kept apart from them
``claims``     what reports assert
``derived``    distances to borders
``results``    how a layer of what an analysis found is made
``borders``    bands of distance from borders, countries of incidents
``clusters``   clusters, and which incident is in which
``density``    areas that hold most incidents
``links``      pairs of incidents that are close, and chains of them
``series``     incidents and people killed by period
``proximity``  the nearest places and roads of incidents
``hotspots``   hot spots, those that emerge, and the cube behind them
``knox``       near repeats, and tests of space-time interaction
``scan``       clusters of a scan in space and time
``scdi``       classes of the Spatial Conflict Dynamics indicator
``places``     borders, administrative units, regions, gazetteer
``reports``    who published what
``catalogue``  all of them, by identifier
``depictions`` how each is drawn

The API's collections, queryables and schema, the exports, the documentation and the styles are all
made from these.
"""
