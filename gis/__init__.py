"""Values of space and time, analyses, and formats; imports nothing else of ours.

Read in this order; a module may import only the ones above it:

=====================  =====================================================================
``errors``             what can be wrong with a value, and how it is said
``likeness``           the known name that a misspelt one was meant to be
``bbox``               a box of longitudes and latitudes, antimeridian included
``interval``           a half-open stretch of civil time with open ends
``precision``          how well a time or a place is known, in words
``fields``             the columns of a layer, described once
``licence_names``      licences by name: identifiers for programs, and where they stand
``crs``                WGS 84: geodesic metres and Earth-centred coordinates
``reference_systems``  systems by reference, and where each has coordinates
``foreign_box``        a box in a system of its own
``placing``            a geometry of any system -> longitude and latitude
``discs``              a place's radius as hard bounds and equal-area nodes
``border_edges``       what runs between two vertices of a border
``border_index``       border lines as short straight pieces in a tree
``borders``            places x border lines -> geodesic distance and nearest point
``area_cells``         a polygon as cells of equal area
``place_chances``      quantiles and probabilities of a place's distance
``outline_shares``     in which country a place lies, with what probability
``nearest_of_discs``   the nearest points or lines of places known to a radius
``chance_sum``         sums of amounts that count with a probability
``neighbours``         who is near whom, in space and time
``clusters``           density clusters
``variable_density``   clusters of differing density, by HDBSCAN
``disc_draws``         places drawn within their radii, the same for everybody
``cluster_stability``  how sure clusters are when places lie within radii
``k_distance``         from which radius on each row is core
``k_distance_plot``    a plot of that, as SVG
``parts/``             the same by parts, for several processes or machines
``links``              pairs close in space and time, and the chains that they make
``joining_lines``      lines from place to place, cut at the antimeridian
``bands``              bands of distance or days, and which end is theirs
``permutations``       shuffles by a seed, and their p-values
``positions``          places by metric, and how far apart
``close_pairs``        pairs of rows close in space, by band
``gap_counts``         how many of them are close in time
``knox``               near repeats: pairs by distance and days
``knox_dates``         near repeats of dates that are intervals
``knox_precision``     near repeats of places with a radius, too
``nearest_shares``     the k nearest, where ties share the last places
``interaction``        Mantel, Jacquez and the modified Knox
``circles``            circles around each location, from neighbour to neighbour
``scan_models``        how much more likely a window makes the incidents
``scan_shuffles``      the best score of each shuffle of dates, from its incidents
``scan_search``        every circle and stretch of time, for the data and for chance
``scan_input``         incidents by location and step, and what is expected
``scan_clusters``      the clusters of a scan, weighed against chance
``scan``               scan statistics: where and when there was more than chance allows
``series``             periods of the calendar, and aoristic shares of them
``estimates``          figures of people by named rule, from what reports claim
``range_tables``       the distribution of a sum of independent ranges
``sums``               sums of ranges: hard bounds and two intervals
``grid``               cells of equal area, and which of them touch
``hexagons``           the cells of H3
``cell_counts``        incidents by cell: at points, or shared over what a radius allows
``hotspots``           Getis-Ord Gi* and Moran's I by cell
``trend``              Mann-Kendall, and the slope of Sen
``emerging``           what became of hot and cold spots over the steps of time
``equal_area_grid``    square cells of equal area around a centre
``density``            incidents spread over their surroundings
``mass_contours``      areas that hold given shares of a surface
``cloud_geotiff``      a surface as a Cloud Optimized GeoTIFF
``scdi``               the Spatial Conflict Dynamics indicator, as published and on equal areas
``scdi_null``          how often that says "clustered" where nothing is
``hulls``              the area in which imprecise points lie
``stated_bearing``     does the geometry bear out a direction that a source names?
``stated_distance``    does the geometry bear out what a source says?
``canonical``          rows -> canonical lines, in which features have a hash
``geojson``            rows -> GeoJSON bytes
``jsonfg``             rows -> JSON-FG bytes: GeoJSON with time and reference systems
``tile_matrix``        tile matrix sets, and to which tile a place belongs
``depiction``          how a layer is drawn, in words of no program
``maplibre``           depictions -> layers of a MapLibre style
``whole_file``         a file that appears whole or not at all
``formats/``           rows -> bytes of one file format each
``export``             the formats by name, and what each cannot keep
=====================  =====================================================================
"""
