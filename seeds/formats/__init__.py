"""One module to a format: a file, or a row of it, into records or faults.

================ =========================================================
``native``       our own: one curated incident, one YAML file
``ucdp_cells``   what the cells of a UCDP GED row may hold
``ucdp_records`` what is made of them
``ucdp_ged``     UCDP Georeferenced Event Dataset, every layout since 19.1
================ =========================================================
"""
