"""Pictures of the documentation, drawn from what a server answers, or by QGIS itself.

``projects``     the maps of the project in a GeoPackage, drawn by QGIS
``inside_qgis``  the part of that which runs in the Python of QGIS
``ranges``   ranges in rows over an axis
``borders``  distances to the nearest border, and those that sources state
``density``  a surface of density, and the areas with most of it
``knox``     pairs of incidents by distance and days
``scan``     a map of clusters in space and time
``series``   people killed by year, with hard bounds and two intervals
"""
