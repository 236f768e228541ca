"""``python -m scripts.plugin``: the QGIS plugin as a file that QGIS installs.

``archive``  what is in it; the same bytes wherever and whenever it is made
"""
