"""Commands: thin, without logic of their own.

``run``, ``test`` and ``check`` are shell scripts that set up whatever is missing and go on;
``bootstrap`` is the part they share. ``bench`` measures.

``liptako/``    the command-line program
``reference/``  the pages of the documentation that are made from the code
``measure/``    what ``bench`` runs
``pictures/``   the pictures of the pages about methods
``plugin/``     the archive of the QGIS plugin
"""
