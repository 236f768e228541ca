"""Files that OGR reads, and those that say too little."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely
from pyproj import Transformer

from gis.crs import geodesic_m
from seeds.errors import SeedError
from seeds.features import nearest, read_features
from tests.seeds.vector_files import LINE, SQUARE, write_file

if TYPE_CHECKING:
    from pathlib import Path

    from shapely.geometry.base import BaseGeometry


def utm(shape: BaseGeometry) -> BaseGeometry:
    """The same places in UTM zone 30 north, each corner projected by itself."""
    project = Transformer.from_crs("EPSG:4326", "EPSG:32630", always_xy=True)
    return shapely.transform(
        shape, lambda places: np.stack(project.transform(places[:, 0], places[:, 1]), axis=-1)
    )


@pytest.mark.parametrize("ending", ["gpkg", "geojson", "fgb", "shp"])
def test_every_format_keeps_accents_and_places(tmp_path: Path, ending: str) -> None:
    path = write_file(tmp_path / f"units.{ending}", [SQUARE], {"name": ["Tillabéri – Éé"]})
    table = read_features(path)
    assert table.fields == ("name",)
    (feature,) = table.features
    assert feature.number == 1
    assert feature.cells == {"name": "Tillabéri – Éé"}
    assert feature.geometry is not None
    assert feature.geometry.normalize().equals_exact(SQUARE.normalize(), 1e-9)


def test_projected_coordinates_come_back_to_within_a_centimetre(tmp_path: Path) -> None:
    path = write_file(tmp_path / "border.gpkg", [utm(LINE)], {"code": ["a"]}, crs="EPSG:32630")
    (feature,) = read_features(path).features
    found, wanted = (shapely.get_coordinates(shape) for shape in (feature.geometry, LINE))
    assert geodesic_m(*found.T, *wanted.T).max() < 0.01


def test_a_shapefile_without_reference_system_is_refused(tmp_path: Path) -> None:
    path = write_file(tmp_path / "units.shp", [SQUARE], {"code": ["a"]})
    path.with_suffix(".prj").unlink()
    with pytest.raises(SeedError, match=r"units\.shp does not say in which coordinate reference"):
        read_features(path)


def test_a_datum_without_known_shift_is_refused(tmp_path: Path) -> None:
    crs = (
        'GEOGCRS["somewhere",'
        'DATUM["nobody measured it",ELLIPSOID["Clarke 1880",6378249.2,293.466]],'
        'CS[ellipsoidal,2],AXIS["longitude",east],AXIS["latitude",north],'
        'ANGLEUNIT["degree",0.0174532925199433]]'
    )
    path = write_file(tmp_path / "units.gpkg", [SQUARE], {"code": ["a"]}, crs=crs)
    with pytest.raises(SeedError, match="no transformation is known from its datum"):
        read_features(path)


def test_a_system_that_is_not_on_the_earth_is_refused(tmp_path: Path) -> None:
    crs = (
        'ENGCRS["a floor plan",EDATUM["a corner"],CS[Cartesian,2],AXIS["a",east],AXIS["b",north],'
        'LENGTHUNIT["metre",1]]'
    )
    path = write_file(tmp_path / "units.gpkg", [SQUARE], {"code": ["a"]}, crs=crs)
    with pytest.raises(SeedError, match="has no way to WGS 84"):
        read_features(path)


def test_one_of_several_layers_must_be_named(tmp_path: Path) -> None:
    path = tmp_path / "country.gpkg"
    write_file(path, [SQUARE], {"code": ["a"]}, layer="regions")
    write_file(path, [SQUARE, SQUARE], {"code": ["a", "b"]}, layer="departments")
    with pytest.raises(SeedError, match="several layers, name one"):
        read_features(path)
    with pytest.raises(SeedError, match="did you mean 'departments'"):
        read_features(path, layer="department")
    assert len(read_features(path, layer="departments").features) == 2


def test_a_condition_chooses_features_and_counts_them_anew(tmp_path: Path) -> None:
    path = write_file(tmp_path / "units.fgb", [SQUARE, SQUARE], {"iso3": ["MLI", "NER"]})
    (feature,) = read_features(path, where="iso3 = 'NER'").features
    assert (feature.number, feature.cells) == (1, {"iso3": "NER"})


def test_cells_are_text_and_empty_ones_are_left_out(tmp_path: Path) -> None:
    fields: dict[str, list[object]] = {
        "level": [1, 2],
        "share": [0.5, None],
        "id": [7.0, 8.0],
        "note": [" x ", ""],
    }
    path = write_file(tmp_path / "units.gpkg", [SQUARE, SQUARE], fields)
    assert [feature.cells for feature in read_features(path).features] == [
        {"level": "1", "share": "0.5", "id": "7", "note": "x"},
        {"level": "2", "id": "8"},
    ]


def test_heights_are_dropped_and_missing_geometries_kept(tmp_path: Path) -> None:
    high = shapely.force_3d(SQUARE, 300.0)
    path = write_file(tmp_path / "units.gpkg", [high, None], {"code": ["a", "b"]})
    first, second = read_features(path).features
    assert first.geometry is not None
    assert not first.geometry.has_z
    assert second.geometry is None


def test_a_ring_that_cannot_be_built_is_a_missing_geometry(tmp_path: Path) -> None:
    path = tmp_path / "units.geojson"
    path.write_text(
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"code":'
        ' "a"}, "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [0, 0]]]}}]}'
    )
    (feature,) = read_features(path).features
    assert feature.geometry is None


def test_what_is_no_vector_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SeedError, match="there is no file"):
        read_features(tmp_path / "nowhere.gpkg")
    text = tmp_path / "notes.gpkg"
    text.write_text("not a database")
    with pytest.raises(SeedError, match=r"notes\.gpkg is in no format that is known here"):
        read_features(text)
    table = tmp_path / "table.csv"
    table.write_text("code,name\na,b\n")
    with pytest.raises(SeedError, match=r"table\.csv has no geometry"):
        read_features(table)


def test_a_wrong_condition_is_refused(tmp_path: Path) -> None:
    path = write_file(tmp_path / "units.fgb", [SQUARE], {"code": ["a"]})
    with pytest.raises(SeedError, match=r"units\.fgb cannot be read"):
        read_features(path, where="nonsense = = 1")


@pytest.mark.parametrize(
    "word, words, sentence",
    [
        ("shapeNam", ["shapeName", "shapeID"], "(did you mean 'shapeName'?)"),
        ("NAME", ["code", "name"], "(did you mean 'name'?)"),
        ("zzz", ["code", "name"], "there are 'code', 'name'"),
        ("code", [], "there are none"),
    ],
)
def test_the_nearest_word_is_offered(word: str, words: list[str], sentence: str) -> None:
    assert nearest(word, words).endswith(sentence)
