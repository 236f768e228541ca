"""All that is shipped, to be asked by filters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from db.engine import create_engine
from db.transaction import reading
from tests.db.cql2.asking import Asking, rows

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def asking(shipped_database: str) -> Iterator[Asking]:
    engine = create_engine(shipped_database)
    with reading(engine) as connection:
        yield Asking(connection)
    engine.dispose()
    rows.cache_clear()
