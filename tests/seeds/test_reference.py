from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from seeds.errors import RefusedFile, SeedError
from seeds.reference import Catalogue, read_catalogue

if TYPE_CHECKING:
    from pathlib import Path

SOURCES = """
- {code: s, name: S, kind: news, licence: L, attribution: A, redistributable: true}
"""
REPORTS = """
- {code: r, source: s, title: T, published: 2019-12-10, published_precision: day}
"""
ACTORS = """
- {code: a, name: A, kind: armed_group}
- {code: b, name: B, kind: armed_group, parent: a}
"""


def catalogue(
    folder: Path, sources: str = SOURCES, reports: str = REPORTS, actors: str = ACTORS
) -> Catalogue:
    for name, text in (("sources", sources), ("reports", reports), ("actors", actors)):
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return read_catalogue(folder)


def test_the_lists_are_read_in_order(tmp_path: Path) -> None:
    read = catalogue(tmp_path)
    assert [actor.code for actor in read.actors] == ["a", "b"]
    assert read.source_codes == {"s"}
    assert read.report_codes == {"r"}
    assert read.actor_codes == {"a", "b"}
    assert read.sources[0].redistributable is True


@pytest.mark.parametrize(
    "changes, where, rule",
    [
        ({"sources": SOURCES + SOURCES}, "[1].code", "a code is given once"),
        ({"reports": REPORTS.replace("source: s", "source: x")}, "[0].source", "of a source"),
        (
            {"reports": REPORTS.replace("published: 2019-12-10, ", "")},
            "[0].published_precision",
            "unknown if and only if",
        ),
        ({"actors": ACTORS.replace("parent: a", "parent: b")}, "[1].parent", "another actor"),
        ({"actors": ACTORS.replace("parent: a", "successor: x")}, "[1].successor", "another"),
        (
            {"actors": ACTORS.replace("parent: a", "aliases: [{name: X}, {name: X}]")},
            "[1].aliases",
            "a name stands once",
        ),
        ({"actors": ACTORS.replace("armed_group", "gang")}, "[0].kind", "Input should be"),
        ({"sources": ""}, None, "valid list"),
    ],
)
def test_a_faulty_list_is_refused(
    tmp_path: Path, changes: dict[str, str], where: str | None, rule: str
) -> None:
    with pytest.raises(RefusedFile) as caught:
        catalogue(tmp_path, **changes)
    fault = caught.value.faults[0]
    assert fault.file == f"{next(iter(changes))}.yaml"
    assert fault.column == where
    assert rule in fault.rule


def test_a_missing_list_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SeedError, match=r"sources\.yaml"):
        read_catalogue(tmp_path)
