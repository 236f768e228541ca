"""A user's file of boundaries: written whole, or refused with every fault."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
import shapely
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import Range

from db.engine import connect
from db.history import current_version
from db.vocabulary import BoundaryKind, SourceKind
from db.write.places import UnknownCode
from db.write.upsert import Written
from seeds.boundaries import BoundaryFile, Columns, load_boundaries, read_boundaries
from seeds.errors import RefusedFile, RowFault, SeedError
from seeds.records import SourceRecord
from tests.seeds.vector_files import LINE, SQUARE, units, write_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

COD = SourceRecord(
    code="cod-ab",
    name="Common operational dataset",
    kind=SourceKind.BOUNDARIES,
    licence="CC BY-IGO",
    attribution="OCHA",
    redistributable=True,
)
BOWTIE = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
COUNT = text("SELECT count(*) FROM liptako.boundary")


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    with connect(database_url) as opened:
        yield opened


@pytest.fixture
def departments(tmp_path: Path) -> BoundaryFile:
    fields = {"code": ["NE006009", "NE006012"], "name": ["Ouallam", "Tillabéri"]}
    path = write_file(tmp_path / "departments.gpkg", [SQUARE, BOWTIE], fields)
    return units(path, source="cod-ab", valid=Range(date(2011, 8, 1), None))


def borders(path: Path, **changes: Any) -> BoundaryFile:
    return units(path, kind=BoundaryKind.BORDER, **changes)


def faults(file: BoundaryFile) -> list[tuple[int | None, str | None, str | None]]:
    return [(fault.line, fault.column, fault.value) for fault in read_boundaries(file).faults]


def test_a_file_is_written_with_its_source(
    connection: Connection, departments: BoundaryFile
) -> None:
    summary = load_boundaries(connection, departments, COD)
    assert summary.written == Written(2, 0, 0)
    assert summary.repaired == ("NE006012",)
    stored = text(
        "SELECT b.kind, b.code, b.name, b.edition, lower(b.valid), s.licence, ST_IsValid(b.geom)"
        " FROM liptako.boundary b JOIN liptako.source s USING (source_id) ORDER BY b.code"
    )
    since = date(2011, 8, 1)
    assert connection.execute(stored).all() == [
        ("adm2", "NE006009", "Ouallam", "2023", since, "CC BY-IGO", True),
        ("adm2", "NE006012", "Tillabéri", "2023", since, "CC BY-IGO", True),
    ]


def test_the_same_file_twice_changes_nothing(
    connection: Connection, departments: BoundaryFile
) -> None:
    load_boundaries(connection, departments, COD)
    connection.commit()
    before = current_version(connection)
    assert load_boundaries(connection, departments, COD).written == Written(0, 0, 2)
    connection.commit()
    assert before > 0
    assert current_version(connection) == before


def test_what_a_newer_file_no_longer_has_is_told(
    connection: Connection, departments: BoundaryFile
) -> None:
    load_boundaries(connection, departments, COD)
    path = departments.path.with_name("newer.gpkg")
    write_file(path, [SQUARE], {"code": ["NE006012"], "name": ["Tillabéri"]})
    written = load_boundaries(connection, replace(departments, path=path), COD).written
    assert written == Written(0, 1, 0, absent=("NE006009",))
    assert connection.scalar(COUNT) == 2


def test_a_file_with_a_fault_writes_nothing(
    connection: Connection, departments: BoundaryFile
) -> None:
    with pytest.raises(RefusedFile) as refused:
        load_boundaries(connection, replace(departments, kind=BoundaryKind.BORDER), COD)
    assert refused.value.file == "departments.gpkg"
    assert connection.scalar(COUNT) == 0
    assert connection.scalar(text("SELECT count(*) FROM liptako.source")) == 0


def test_a_source_known_under_another_licence_is_refused(
    connection: Connection, departments: BoundaryFile
) -> None:
    load_boundaries(connection, departments, COD)
    with pytest.raises(SeedError, match=r"'cod-ab' is known with the licence 'CC BY-IGO'"):
        load_boundaries(connection, departments, replace(COD, licence="CC0"))


def test_a_source_that_is_not_the_one_given_is_refused(
    connection: Connection, departments: BoundaryFile
) -> None:
    with pytest.raises(UnknownCode, match="'geoboundaries'"):
        load_boundaries(connection, replace(departments, source="geoboundaries"), COD)


def test_points_are_no_border(tmp_path: Path) -> None:
    points = [shapely.Point(0, 15), shapely.Point(1, 15)]
    fields = {"code": ["MLI-NER", "BFA-NER"], "name": ["a", "b"]}
    path = write_file(tmp_path / "border.geojson", points, fields)
    assert faults(borders(path)) == [(1, "geometry", "Point"), (2, "geometry", "Point")]


def test_a_missing_field_is_named_with_the_nearest(tmp_path: Path) -> None:
    path = write_file(tmp_path / "units.gpkg", [SQUARE], {"ADM2_PCODE": ["a"], "ADM2_FR": ["b"]})
    found = read_boundaries(units(path, columns=Columns(code=("ADM2PCODE",), name="ADM2_FR")))
    assert found.faults == (
        RowFault(
            "units.gpkg",
            None,
            "ADM2PCODE",
            None,
            "there is no such field: there are 'ADM2_PCODE', 'ADM2_FR'"
            " (did you mean 'ADM2_PCODE'?)",
        ),
    )


def test_every_fault_of_a_file_is_found_at_once(tmp_path: Path) -> None:
    fields = {
        "code": ["a", "a", "", "d"],
        "name": ["One", "", "Three", "Four"],
        "iso3": ["NER", "Niger", "NER", ""],
    }
    far = shapely.box(400_000, 1_600_000, 410_000, 1_610_000)
    path = write_file(tmp_path / "units.gpkg", [SQUARE, far, SQUARE, None], fields)
    columns = Columns(code=("code",), name="name", country="iso3")
    found = faults(units(path, columns=columns))
    assert found == [
        (2, "name", None),
        (2, "iso3", "Niger"),
        (2, "code", "a"),
        (2, "geometry", "400000, 1.6e+06, 410000, 1.61e+06"),
        (3, "code", None),
        (4, "geometry", None),
    ]


def test_a_file_without_features_is_refused(tmp_path: Path) -> None:
    path = write_file(tmp_path / "units.gpkg", [SQUARE], {"code": ["a"], "name": ["b"]})
    found = read_boundaries(units(path, where="code = 'z'"))
    assert [fault.rule for fault in found.faults] == ["it holds no features"]


@pytest.mark.parametrize("code", ["ML-NE", "MLI/NER", "mli-ner", "MLI-NER-BFA"])
def test_a_border_is_named_by_two_countries(tmp_path: Path, code: str) -> None:
    path = write_file(tmp_path / "border.fgb", [LINE], {"code": [code], "name": ["b"]})
    assert faults(borders(path)) == [(1, "code", code)]


def test_a_border_known_in_the_other_order_is_refused(
    connection: Connection, tmp_path: Path
) -> None:
    for name, code in (("one.fgb", "MLI-NER"), ("two.fgb", "NER-MLI"), ("three.fgb", "NER-BEN")):
        write_file(tmp_path / name, [LINE], {"code": [code], "name": [code]})
    load_boundaries(connection, borders(tmp_path / "one.fgb", source="cod-ab"), COD)
    with pytest.raises(RefusedFile) as refused:
        load_boundaries(connection, borders(tmp_path / "two.fgb", source="cod-ab"), COD)
    assert [(fault.value, fault.rule) for fault in refused.value.faults] == [
        ("NER-MLI", "it is known as 'MLI-NER'")
    ]
    third = borders(tmp_path / "three.fgb", source="cod-ab")
    assert load_boundaries(connection, third, COD).written.inserted == 1


def test_the_countries_of_a_border_follow_from_its_code(tmp_path: Path) -> None:
    fields = {"a": ["MLI"], "b": ["NER"], "name": ["Mali – Niger"]}
    path = write_file(tmp_path / "border.fgb", [LINE], fields)
    (row,) = read_boundaries(borders(path, columns=Columns(code=("a", "b"), name="name"))).rows
    assert (row.code, row.country, row.neighbour) == ("MLI-NER", "MLI", "NER")
    assert row.geometry.geom_type == "MultiLineString"


def test_a_country_is_named_by_its_code(tmp_path: Path) -> None:
    path = write_file(tmp_path / "countries.fgb", [SQUARE], {"code": ["NER"], "name": ["Niger"]})
    (row,) = read_boundaries(units(path, kind=BoundaryKind.ADM0)).rows
    assert (row.code, row.country, row.neighbour) == ("NER", "NER", None)


def test_a_path_of_names_makes_a_code_and_a_parent(tmp_path: Path) -> None:
    fields = {"iso3": ["NER"], "adm1": ["Tillabéri"], "adm2": ["Ouallam"], "pcode": [""]}
    path = write_file(tmp_path / "units.gpkg", [SQUARE], fields)
    columns = Columns(
        code=("iso3", "adm1", "adm2"),
        name="adm2",
        country="iso3",
        parent=("iso3", "adm1"),
        notes=("P-code {pcode}", "in {adm1}"),
    )
    (row,) = read_boundaries(units(path, columns=columns)).rows
    assert (row.code, row.parent, row.country) == ("NER/Tillabéri/Ouallam", "NER/Tillabéri", "NER")
    assert row.note == "in Tillabéri"
