"""The formats as a whole, and the page of what they cannot keep."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gis.errors import UnsupportedFormat
from gis.export import FORMATS, LOSSES, format_named, format_of_file, losses_page, write_features
from gis.formats.features import Features
from gis.whole_file import UnwritableFile
from tests.gis.formats.rows import COLOPHON, FIELDS, ROWS, formed
from tests.gis.formats.test_geopackage import at_most

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gis.formats.format import Format

every_format = pytest.mark.parametrize("format", FORMATS.values(), ids=FORMATS)
PAGE = Path(__file__).parents[2] / "docs" / "losses.md"


class GivenUp(OSError):
    pass


def batches(format: Format, times: int) -> Iterator[list[tuple[Any, ...]]]:
    for turn in range(times):
        yield [(turn * 100 + row[0], formed(row[1], format.geometry), *row[2:]) for row in ROWS]


@every_format
def test_an_error_of_whoever_gives_the_rows_comes_as_it_is(format: Format, tmp_path: Path) -> None:
    def give_up(count: int) -> None:
        if count > len(ROWS):
            raise GivenUp("enough")

    features = Features(batches(format, 3), FIELDS, "Point", progress=give_up)
    with pytest.raises(GivenUp, match="enough"):
        write_features(tmp_path / f"x.{format.extension}", format, features, COLOPHON)


@every_format
def test_a_full_disk_is_told(format: Format, tmp_path: Path) -> None:
    features = Features(batches(format, 300), FIELDS, "Point")
    with at_most(4_000), pytest.raises(UnwritableFile, match="incidents"):
        write_features(tmp_path / f"incidents.{format.extension}", format, features, COLOPHON)


@every_format
def test_every_format_owns_up_to_its_losses(format: Format) -> None:
    assert LOSSES[format.id] == format.losses != ()


def test_a_format_is_found_by_its_name() -> None:
    assert format_named("gpkg").title == "GeoPackage"
    with pytest.raises(UnsupportedFormat, match=f"'xls' .* {', '.join(FORMATS)}"):
        format_named("xls")


def test_the_page_of_losses_is_what_the_code_makes() -> None:
    assert PAGE.read_text(encoding="utf-8") == losses_page()


@pytest.mark.parametrize(
    "name, format",
    [
        ("a.gpkg", "gpkg"),
        ("a.GeoJSON", "geojson"),
        ("a.json", "geojson"),
        ("a.geojsonl", "geojsonseq"),
        ("a.csv", "csv"),
    ],
)
def test_the_ending_of_a_name_tells_the_format(name: str, format: str) -> None:
    assert format_of_file(Path(name)) == format


@pytest.mark.parametrize("name", ["a", "a.shp", "gpkg"])
def test_an_ending_that_tells_no_format_is_refused(name: str) -> None:
    with pytest.raises(UnsupportedFormat, match="name the format"):
        format_of_file(Path(name))
