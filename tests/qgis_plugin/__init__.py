"""The QGIS plugin in a QGIS without a screen: ``driver`` runs inside, ``test_plugin`` asks."""
