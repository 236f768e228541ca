"""The layers as views of the database, for QGIS, psql and whatever else reads PostgreSQL.

``definition``  the view of a layer: its statement and what is remarked on its columns
``indexes``     what lets boxes and dates be looked up in it
``rules``       the rules of the tables in words
``editing``     what editors write, and how a rule that is broken is told them
``styles``      the table in which QGIS looks for the styles of the views
``publishing``  making them, and making them anew where a description has changed
"""
