"""Commands: thin, without logic of their own.

``run``, ``test`` and ``check`` are shell scripts that set up whatever is missing and go on;
``bootstrap`` is the part they share. ``liptako/`` is the command-line program.
"""
