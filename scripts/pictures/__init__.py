"""Pictures of the pages in ``docs/methods``, drawn from what a server answers.

``density``  a surface of density, and the areas with most of it
``series``   people killed by year, with hard bounds and two intervals
"""
