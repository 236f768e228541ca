"""QGIS without a window, for tests: ``session`` drives it, ``driver`` runs inside it."""
