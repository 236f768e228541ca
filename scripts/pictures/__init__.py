"""Pictures of the pages in ``docs/methods``, drawn from what a server answers.

``ranges``   ranges in rows over an axis
``borders``  distances to the nearest border, and those that sources state
``density``  a surface of density, and the areas with most of it
``knox``     pairs of incidents by distance and days
``scan``     a map of clusters in space and time
``series``   people killed by year, with hard bounds and two intervals
"""
