"""What QGIS reads, written without QGIS.

``markup``       its XML: elements, options, properties that follow expressions
``expressions``  its expressions
``symbols``      points, lines and areas
``renderers``    which feature has which symbol, and the legend
``labels``       what is written where
``forms``        aliases, widgets, forms, map tips
``sheet``        what it is told of a layer
``systems``      coordinate reference systems in full
``metadata``     title, licence, citation, extent
``style``        a style, as QML
``sources``      where a layer is read from
``map_layers``   layers with their sources
``tile_layers``  vector tiles
``layer_definition``  one layer that is added finished
``layouts``      a page to print
``project``      groups, themes, bookmarks, time
"""
