"""Values of space and time, analyses, and formats; imports nothing else of ours.

Read in this order; a module may import only the ones above it:

========================  =====================================================
``errors``                what can be wrong with a value, and how it is said
``bbox``                  a box of longitudes and latitudes, antimeridian included
``interval``              a half-open stretch of civil time with open ends
``precision``             how well a time or a place is known, in words
``fields``                the columns of a layer, described once
``crs``                   WGS 84: geodesic metres and Earth-centred coordinates
``discs``                 a place's radius as hard bounds and equal-area nodes
``borders``               points x border lines -> geodesic distance and foot point
``clusters``              density clusters in space and time
``stated_distance``       does the geometry bear out what a source says?
``geojson``               rows -> GeoJSON bytes
``export``                rows -> files
========================  =====================================================
"""
