"""Alembic's environment and the versions of the schema, oldest first in ``versions/``."""
