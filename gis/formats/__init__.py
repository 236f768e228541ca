"""The file formats of an export, each a small module with its :class:`~gis.formats.format.Format`.

``features``       the rows on their way into a file, and what the file says of itself
``format``         what a format is: name, ending, writer, losses
``arrow``          rows -> Arrow record batches in true column types
``ogr``            record batches -> a file, by GDAL
``geojson_text``   GeoJSON, and one feature a line
``csv_rows``       CSV
``flatgeobuf``     FlatGeobuf, as a file or as a stream
``geoparquet``     GeoParquet
``place_columns``  places as columns of formats without geometry
``spreadsheet``    XLSX
``short_names``    names of ten characters
``archive``        zip archives
``shapefile``      Shapefile, zipped
``kml``            KML and KMZ
``geopackage``     GeoPackage
``geopackage_qgis``  what makes it arrive finished in QGIS

A new format is a module with a writer and its losses, and a line in :mod:`gis.export`.
"""
