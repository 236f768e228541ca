"""The pages of ``docs/`` that are made from the code, so that they cannot disagree with it.

``markdown``    headings, tables, and docstrings as running text
``layers``      ``docs/layers.md``, from :data:`db.layers.catalogue.LAYERS`
``words``       ``docs/vocabulary.md``, from the closed lists of :mod:`db.vocabulary`
``commands``    ``docs/commands.md``, from the help of the command-line program
``settings``    ``docs/settings.md``, from the settings classes and what the scripts read
``errors``      ``docs/errors.md``, from the error classes of all packages
``pages``       all of them by file name
``cell_map``    pictures of cells for ``docs/methods``, made when asked
``__main__``    writes them: ``.venv/bin/python -m scripts.reference``

A test compares the files with what the code says now.
"""
