"""Layers as vector tiles.

``placing``    a place -> the pixel in which it lies, as SQL
``sums``       what may be summed of a layer's rows
``contents``   what a tile can hold: single features, or cells with their counts and sums
``statements`` what is asked of the database for one tile
``overview``   all places of a layer in the order of the tiles, for one state of the data
``tile``       one tile
``kept``       tiles that were made, within a budget of bytes

A tile holds single features where there are few, and cells where there are many: nothing is ever
left out to make a tile small. See ``docs/decisions``.
"""
