"""The sources of the catalogue, for tests of what needs them to be there."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import seeds
from db.write.sources import SourceRow, write_sources
from seeds.reference import read_catalogue

if TYPE_CHECKING:
    from sqlalchemy import Connection

CATALOGUE = Path(seeds.__file__).with_name("catalogue")


def add_sources(connection: Connection) -> None:
    """Write every source of the catalogue and commit."""
    sources = read_catalogue(CATALOGUE).sources
    rows = [SourceRow(**asdict(source) | {"kind": source.kind.value}) for source in sources]
    write_sources(connection, rows)
    connection.commit()
