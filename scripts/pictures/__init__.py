"""Pictures of the pages in ``docs/methods``, drawn from what a server answers.

``series``   people killed by year, with hard bounds and two intervals
"""
