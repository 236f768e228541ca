"""Analyses: incidents are read, a pure function of ``gis`` is called, what it finds is stored.

=====================  ================================================================
``parameters``         what can be chosen of a run
``selection``          which incidents take part, as arrays
``days``               on which days incidents may have begun
``together``           time, countries and actors of several incidents together
``group_borders``      the border nearest to several incidents
``killed``             people killed in several incidents together
``method``             what a method is
``found``              what a method found, on its way into the database
``run``                one run: computed, and stored in place of the run before
``runs``               the runs that are kept
``border_lines``       the lines that are measured to, and outlines of countries
``border_places``      incidents as discs and polygons
``border_measures``    distances by each source, and over all of them
``border_bands``       how many incidents and killed lie in bands of distance
``border_countries``   in which country, with what probability
``borders``            the five together
``cell_parameters``    what can be chosen of those that count by cell
``cells``              the cells of a study, and how its incidents lie in them
``cluster_parameters`` what can be chosen of density clusters
``clusters``           dense groups of incidents
``density``            a surface of density, and the areas with most of it
``cluster_rows``       clusters and their members, as rows of their layers
``groups``             by what incidents are told apart in a table
``series``             incidents and people killed by period and group
``proximity``          the nearest populated places, and the nearest road
``hotspots``           where incidents are more than elsewhere
``emerging_hotspots``  what became of hot spots, step by step
``knox``               near repeats: pairs by distance and days against shuffled dates
``scan``               where and when there were more incidents than expected
``scdi``               the Spatial Conflict Dynamics indicator
``link_parameters``    what can be chosen of links
``links``              pairs close in space and time, and the chains that they make
``stated_distances``   the distances that sources state, checked against the geometry
``methods``            the methods by name
=====================  ================================================================

The same data and parameters give the same results. A method computes before anything is written;
its results and the run that made them then appear together, or not at all.
"""
