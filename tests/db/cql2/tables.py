"""For each conformance class of CQL2: a layer, a filter, and the same test in Python."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from itertools import pairwise
from math import inf
from typing import TYPE_CHECKING

import numpy as np
import shapely
from pyproj import Geod

if TYPE_CHECKING:
    from tests.db.cql2.asking import Row, Test

Table = list[tuple[str, str, "Test"]]

WGS84 = Geod(ellps="WGS84")
SAHEL = shapely.box(-3, 12, 3, 16)
TRIANGLE = shapely.Polygon([(-4, 11), (4, 11), (0, 18)])
TRIANGLE_TEXT = "POLYGON((-4 11, 4 11, 0 18, -4 11))"
NIAMEY = (2.1, 13.5)


def plain(text: str) -> str:
    """A text without accents."""
    parts = unicodedata.normalize("NFD", text)
    return "".join(sign for sign in parts if not unicodedata.combining(sign))


def ends(row: Row) -> tuple[datetime, datetime]:
    """The closed interval of a row, open ends at the ends of the calendar."""
    start, end = row["event_start"], row["event_end"]
    if start is None and end is None:
        raise TypeError("the row has no interval")
    return start or datetime.min, end or datetime.max


def metres_to(row: Row, lon: float, lat: float) -> float:
    point = row["geometry"]
    if point is None:
        raise TypeError("the row has no place")
    return float(WGS84.inv(point.x, point.y, lon, lat)[2])


YEAR = (datetime(2019, 1, 1), datetime(2019, 12, 31, 23, 59, 59))
IN_2019 = "INTERVAL('2019-01-01', '2019-12-31')"
PERIOD = "INTERVAL(event_start, event_end)"

BASIC: Table = [
    ("incidents", "event_type = 'attack'", lambda r: r["event_type"] == "attack"),
    ("incidents", "\"event_type\" <> 'attack'", lambda r: r["event_type"] != "attack"),
    ("incidents", '"killed_low" > 5', lambda r: r["killed_low"] > 5),
    ("incidents", "killed_low >= 5", lambda r: r["killed_low"] >= 5),
    ("incidents", "killed_low < 5", lambda r: r["killed_low"] < 5),
    ("incidents", "killed_low <= 5", lambda r: r["killed_low"] <= 5),
    ("incidents", "5 < killed_low", lambda r: r["killed_low"] > 5),
    ("incidents", "killed_low = 2.5 OR killed_low = 2", lambda r: r["killed_low"] == 2),
    ("incidents", "killed_high IS NULL", lambda r: r["killed_high"] is None),
    ("incidents", '("killed_high" IS NOT NULL)', lambda r: r["killed_high"] is not None),
    ("incidents", "NOT killed_high > 5", lambda r: not r["killed_high"] > 5),
    (
        "incidents",
        "country = 'NER' AND (killed_low > 5 OR killed_low IS NULL)",
        lambda r: r["country"] == "NER" and (r["killed_low"] is None or r["killed_low"] > 5),
    ),
    (
        "incidents",
        "country = 'NER' OR country = 'MLI' AND killed_low > 5",
        lambda r: (
            r["country"] == "NER"
            or (r["country"] == "MLI" and r["killed_low"] is not None and r["killed_low"] > 5)
        ),
    ),
    ("incidents", "title > 'B' AND title < 'C'", lambda r: "B" < r["title"] < "C"),
    ("incidents", "geometry IS NULL", lambda r: r["geometry"] is None),
    ("incidents", "(killed_low > 5) = TRUE", lambda r: r["killed_low"] > 5),
    ("places", "modified > DATE('2014-01-01')", lambda r: r["modified"] > date(2014, 1, 1)),
    ("places", "modified = DATE('2012-01-18')", lambda r: r["modified"] == date(2012, 1, 18)),
    (
        "places",
        "modified >= TIMESTAMP('2014-01-01T12:00:00Z')",
        lambda r: r["modified"] >= date(2014, 1, 1),
    ),
    (
        "places",
        "TIMESTAMP('2012-01-18T12:00:00Z') = modified",
        lambda r: r["modified"] == date(2012, 1, 18),
    ),
    (
        "incidents",
        "event_start >= TIMESTAMP('2019-06-01T00:00:00Z')",
        lambda r: r["event_start"] >= datetime(2019, 6, 1),
    ),
    (
        "incidents",
        "event_start >= '2019-06-01T12:00:00Z' AND '2019-12-10' >= event_end",
        lambda r: (
            r["event_start"] >= datetime(2019, 6, 1, 12) and r["event_end"] < datetime(2019, 12, 11)
        ),
    ),
    ("places", "modified > '2014-01-01'", lambda r: r["modified"] > date(2014, 1, 1)),
    (
        "incidents",
        "event_end = DATE('2019-12-10')",
        lambda r: r["event_end"].date() == date(2019, 12, 10) if r["event_end"] else None,
    ),
    (
        "incidents",
        "event_end <> DATE('2019-12-10')",
        lambda r: r["event_end"].date() != date(2019, 12, 10) if r["event_end"] else None,
    ),
    (
        "incidents",
        "event_end > DATE('2019-06-18')",
        lambda r: r["event_end"] >= datetime(2019, 6, 19),
    ),
    (
        "incidents",
        "event_end <= DATE('2019-06-18')",
        lambda r: r["event_end"] < datetime(2019, 6, 19),
    ),
    (
        "incidents",
        "event_start < DATE('2019-06-18')",
        lambda r: r["event_start"] < datetime(2019, 6, 18),
    ),
    (
        "incidents",
        "DATE('2019-06-18') <= event_start",
        lambda r: r["event_start"] >= datetime(2019, 6, 18),
    ),
]

ADVANCED: Table = [
    ("incidents", "title LIKE 'Attack on%'", lambda r: r["title"].startswith("Attack on")),
    ("incidents", "title NOT LIKE '%soldiers%'", lambda r: "soldiers" not in r["title"]),
    ("incidents", "country LIKE 'N_R'", lambda r: re.fullmatch("N.R", r["country"]) is not None),
    (
        "incidents",
        "NOT (note LIKE '%,%')",
        lambda r: r["note"] is not None and "," not in r["note"],
    ),
    ("claims", r"person_status LIKE '%\_%'", lambda r: "_" in r["person_status"]),
    ("incidents", "killed_low BETWEEN 2 AND 4", lambda r: 2 <= r["killed_low"] <= 4),
    ("incidents", "killed_low NOT BETWEEN 2 AND 4", lambda r: not 2 <= r["killed_low"] <= 4),
    (
        "incidents",
        "event_start BETWEEN DATE('2017-01-01') AND DATE('2017-12-31')",
        lambda r: r["event_start"].year == 2017 if r["event_start"] else None,
    ),
    ("incidents", "country IN ('NER', 'MLI')", lambda r: r["country"] in ("NER", "MLI")),
    (
        "incidents",
        "country NOT IN ('NER','MLI')",
        lambda r: r["country"] is not None and r["country"] not in ("NER", "MLI"),
    ),
    ("incidents", "killed_low IN (1, 3.0, 4.5)", lambda r: r["killed_low"] in (1, 3)),
    ("places", "modified IN (DATE('2012-01-18'))", lambda r: r["modified"] == date(2012, 1, 18)),
]

CASE: Table = [
    ("places", "CASEI(name) = CASEI('bani')", lambda r: r["name"].lower() == "bani"),
    ("places", "CASEI(name) LIKE CASEI('%KOUROU%')", lambda r: "kourou" in r["name"].lower()),
    ("places", "CASEI(name) = 'bani'", lambda r: r["name"].lower() == "bani"),
    ("places", "CASEI(adm2) = CASEI('SÉNO')", lambda r: r["adm2"] == "Séno"),
    ("places", "CASEI(country) IN (CASEI('Ner'), CASEI('x'))", lambda r: r["country"] == "NER"),
]

ACCENT: Table = [
    ("places", "ACCENTI(adm2) = ACCENTI('Sèno')", lambda r: r["adm2"] == "Séno"),
    ("places", "ACCENTI(adm1) = 'Tillaberi'", lambda r: plain(r["adm1"]) == "Tillaberi"),
    (
        "places",
        "CASEI(ACCENTI(adm1)) LIKE CASEI(ACCENTI('TILLABÉ%'))",
        lambda r: plain(r["adm1"]).lower().startswith("tillabe"),
    ),
]

BASIC_SPATIAL: Table = [
    (
        "places",
        "S_INTERSECTS(geometry, BBOX(-3, 12, 3, 16))",
        lambda r: SAHEL.intersects(r["geometry"]),
    ),
    (
        "places",
        'S_INTERSECTS("geometry",BBOX(-3,12,0,3,16,900))',
        lambda r: SAHEL.intersects(r["geometry"]),
    ),
    (
        "incidents",
        f"S_INTERSECTS(geometry, {TRIANGLE_TEXT})",
        lambda r: TRIANGLE.intersects(r["geometry"]) if r["geometry"] else None,
    ),
    (
        "admin-units",
        "S_INTERSECTS(geometry, POINT(2.1 13.5))",
        lambda r: r["geometry"].intersects(shapely.Point(NIAMEY)),
    ),
    (
        "admin-units",
        "S_INTERSECTS(geometry, BBOX(0, 12, 1, 13))",
        lambda r: r["geometry"].intersects(shapely.box(0, 12, 1, 13)),
    ),
    (
        "incidents",
        "S_INTERSECTS(geometry, BBOX(170, -90, 0, 90))",
        lambda r: not 0 < r["geometry"].x < 170 if r["geometry"] else None,
    ),
]


def meets(written: str) -> Test:
    """Whether a row meets a geometry, as another program reads it."""
    shape = shapely.from_wkt(written)
    return lambda r: bool(r["geometry"].intersects(shape))


LITERALS: Table = [
    ("admin-units", f"S_INTERSECTS(geometry, {written})", meets(written))
    for written in (
        "LINESTRING(-3 12, 3 16)",
        "POLYGON((-4 11, 4 11, 0 18, -4 11), (-1 12, 1 12, 0 13, -1 12))",
        "MULTIPOINT((2.1 13.5), (-1.5 12.4))",
        "MULTILINESTRING((-3 12, -2 13), (0 15, 3 16))",
        "MULTIPOLYGON(((0 12, 1 12, 1 13, 0 12)), ((-4 14, -3 14, -3 15, -4 14)))",
        "GEOMETRYCOLLECTION(POINT(2.1 13.5), LINESTRING(-3 12, -2 13))",
    )
]

SPATIAL: Table = [
    (
        "places",
        f"S_DISJOINT(geometry, {TRIANGLE_TEXT})",
        lambda r: TRIANGLE.disjoint(r["geometry"]),
    ),
    (
        "incidents",
        "S_DISJOINT(geometry, BBOX(-3, 12, 3, 16))",
        lambda r: SAHEL.disjoint(r["geometry"]) if r["geometry"] else None,
    ),
    ("places", f"S_WITHIN(geometry, {TRIANGLE_TEXT})", lambda r: TRIANGLE.contains(r["geometry"])),
    (
        "admin-units",
        "S_WITHIN(geometry, BBOX(-3, 12, 3, 16))",
        lambda r: r["geometry"].within(SAHEL),
    ),
    (
        "admin-units",
        "S_CONTAINS(geometry, MULTIPOINT((2.1 13.5), (2.2 13.6)))",
        lambda r: r["geometry"].contains(shapely.MultiPoint([NIAMEY, (2.2, 13.6)])),
    ),
    (
        "admin-units",
        f"S_OVERLAPS(geometry, {TRIANGLE_TEXT})",
        lambda r: r["geometry"].overlaps(TRIANGLE),
    ),
    (
        "borders",
        "S_CROSSES(geometry, LINESTRING(-3 12, 3 16))",
        lambda r: r["geometry"].crosses(shapely.LineString([(-3, 12), (3, 16)])),
    ),
    (
        "places",
        "S_TOUCHES(geometry, BBOX(-3, 12, -1.63, 15))",
        lambda r: shapely.box(-3, 12, -1.63, 15).touches(r["geometry"]),
    ),
    (
        "places",
        "S_EQUALS(geometry, POINT(-4.75 10.63333))",
        lambda r: (r["geometry"].x, r["geometry"].y) == (-4.75, 10.63333),
    ),
    (
        "borders",
        "S_INTERSECTS(geometry, GEOMETRYCOLLECTION(POINT(0 0), LINESTRING(-3 12, 3 16)))",
        lambda r: r["geometry"].intersects(shapely.LineString([(-3, 12), (3, 16)])),
    ),
]

TEMPORAL: Table = [
    (
        "incidents",
        f"T_INTERSECTS({PERIOD}, {IN_2019})",
        lambda r: ends(r)[0] <= YEAR[1] and ends(r)[1] >= YEAR[0],
    ),
    (
        "incidents",
        f"T_INTERSECTS({IN_2019}, {PERIOD})",
        lambda r: ends(r)[0] <= YEAR[1] and ends(r)[1] >= YEAR[0],
    ),
    (
        "incidents",
        f"T_INTERSECTS({PERIOD}, INTERVAL('2019-06-18', '..'))",
        lambda r: ends(r)[1] >= datetime(2019, 6, 18),
    ),
    (
        "incidents",
        f"T_INTERSECTS({PERIOD}, DATE('2019-06-15'))",
        lambda r: ends(r)[0] < datetime(2019, 6, 16) and ends(r)[1] >= datetime(2019, 6, 15),
    ),
    (
        "incidents",
        f"T_DISJOINT({PERIOD}, {IN_2019})",
        lambda r: ends(r)[1] < YEAR[0] or ends(r)[0] > YEAR[1],
    ),
    ("incidents", f"T_AFTER({PERIOD}, {IN_2019})", lambda r: ends(r)[0] > YEAR[1]),
    (
        "incidents",
        "T_AFTER(event_start, DATE('2019-06-18'))",
        lambda r: r["event_start"] >= datetime(2019, 6, 19),
    ),
    (
        "incidents",
        f"T_BEFORE({PERIOD}, TIMESTAMP('2019-06-18T06:00:00Z'))",
        lambda r: ends(r)[1] < datetime(2019, 6, 18, 6),
    ),
    (
        "incidents",
        f"T_DURING({PERIOD}, INTERVAL('2017-10-01', '2020-01-31'))",
        lambda r: (
            ends(r)[0] > datetime(2017, 10, 1) and ends(r)[1] < datetime(2020, 1, 31, 23, 59, 59)
        ),
    ),
    (
        "incidents",
        f"T_CONTAINS({PERIOD}, INTERVAL('2019-06-10', '2019-06-12'))",
        lambda r: (
            ends(r)[0] < datetime(2019, 6, 10) and ends(r)[1] > datetime(2019, 6, 12, 23, 59, 59)
        ),
    ),
    (
        "incidents",
        f"T_EQUALS({PERIOD}, INTERVAL('2019-07-01', '2019-07-31'))",
        lambda r: ends(r) == (datetime(2019, 7, 1), datetime(2019, 7, 31, 23, 59, 59)),
    ),
    (
        "incidents",
        f"T_EQUALS({PERIOD}, INTERVAL('2020-01-09T11:00:00Z', '2020-01-09T13:00:00Z'))",
        lambda r: ends(r) == (datetime(2020, 1, 9, 11), datetime(2020, 1, 9, 13)),
    ),
    (
        "incidents",
        f"T_STARTS({PERIOD}, INTERVAL('2019-07-01', '2019-12-31'))",
        lambda r: (
            ends(r)[0] == datetime(2019, 7, 1) and ends(r)[1] < datetime(2019, 12, 31, 23, 59, 59)
        ),
    ),
    (
        "incidents",
        f"T_STARTEDBY({PERIOD}, DATE('2019-07-01'))",
        lambda r: (
            ends(r)[0] == datetime(2019, 7, 1) and ends(r)[1] > datetime(2019, 7, 1, 23, 59, 59)
        ),
    ),
    (
        "incidents",
        f"T_FINISHES({PERIOD}, INTERVAL('2019-01-01', '2019-07-31'))",
        lambda r: ends(r)[0] > YEAR[0] and ends(r)[1] == datetime(2019, 7, 31, 23, 59, 59),
    ),
    (
        "incidents",
        f"T_FINISHEDBY({PERIOD}, DATE('2019-07-31'))",
        lambda r: (
            ends(r)[0] < datetime(2019, 7, 31) and ends(r)[1] == datetime(2019, 7, 31, 23, 59, 59)
        ),
    ),
    (
        "incidents",
        f"T_MEETS({PERIOD}, INTERVAL('2020-01-09T13:00:00Z', '..'))",
        lambda r: ends(r)[1] == datetime(2020, 1, 9, 13),
    ),
    (
        "incidents",
        f"T_METBY({PERIOD}, INTERVAL('..', '2020-01-09T11:00:00Z'))",
        lambda r: ends(r)[0] == datetime(2020, 1, 9, 11),
    ),
    (
        "incidents",
        f"T_OVERLAPS({PERIOD}, INTERVAL('2019-06-10', '2019-12-31'))",
        lambda r: ends(r)[0] < datetime(2019, 6, 10) < ends(r)[1] < YEAR[1],
    ),
    (
        "incidents",
        f"T_OVERLAPPEDBY({PERIOD}, INTERVAL('2019-06-01', '2019-06-10'))",
        lambda r: (
            datetime(2019, 6, 1) < ends(r)[0] < datetime(2019, 6, 10, 23, 59, 59) < ends(r)[1]
        ),
    ),
    (
        "reports",
        "T_MEETS(INTERVAL(published_start, published_end), INTERVAL('2020-01-11', '2020-02-01'))",
        lambda r: r["published_end"] == date(2020, 1, 11),
    ),
    (
        "reports",
        "T_INTERSECTS(published_start, INTERVAL('2020-01-01', '..'))",
        lambda r: r["published_start"] >= date(2020, 1, 1),
    ),
    (
        "admin-units",
        "T_INTERSECTS(INTERVAL(valid_from, valid_until), DATE('2016-06-01'))",
        lambda r: (
            (r["valid_from"] or r["valid_until"])
            and (r["valid_from"] is None or r["valid_from"] <= date(2016, 6, 1))
            and (r["valid_until"] is None or r["valid_until"] >= date(2016, 6, 1))
        ),
    ),
]

PROPERTIES: Table = [
    (
        "incidents",
        "killed_low = killed_high",
        lambda r: r["killed_low"] is not None and r["killed_low"] == r["killed_high"],
    ),
    ("incidents", "killed_low < killed_high", lambda r: r["killed_low"] < r["killed_high"]),
    (
        "reports",
        "published_start = published_end",
        lambda r: r["published_start"] == r["published_end"],
    ),
    ("incidents", "claims BETWEEN reports AND 3", lambda r: r["reports"] <= r["claims"] <= 3),
    (
        "incidents",
        "killed_best IN (killed_low, killed_high)",
        lambda r: (
            r["killed_best"] is not None and r["killed_best"] in (r["killed_low"], r["killed_high"])
        ),
    ),
]

ARITHMETIC: Table = [
    ("incidents", "killed_high - killed_low > 3", lambda r: r["killed_high"] - r["killed_low"] > 3),
    ("incidents", "killed_low + 2 * 3 = 8", lambda r: r["killed_low"] == 2),
    ("incidents", "(killed_low + 2) * 3 = 12", lambda r: r["killed_low"] == 2),
    ("incidents", "killed_low / 2 = 1.5", lambda r: r["killed_low"] == 3),
    ("incidents", "killed_low div 2 = 1", lambda r: r["killed_low"] // 2 == 1),
    ("incidents", "killed_low % 2 = 1", lambda r: r["killed_low"] % 2 == 1),
    ("incidents", "killed_low ^ 2 = 9", lambda r: r["killed_low"] == 3),
    ("incidents", "( - (killed_low)) < -5", lambda r: r["killed_low"] > 5),
    ("incidents", "10 / killed_low > 4", lambda r: r["killed_low"] and 10 / r["killed_low"] > 4),
    (
        "incidents",
        "killed_high % killed_low = 1",
        lambda r: r["killed_low"] and r["killed_high"] % r["killed_low"] == 1,
    ),
    ("incidents", "border_distance_m / 1000 < 20", lambda r: r["border_distance_m"] < 20_000),
]


def on_geodesics(corners: list[tuple[float, float]]) -> shapely.Polygon:
    """A polygon whose edges are geodesics, with a corner every kilometre or so."""
    found: list[tuple[float, float]] = []
    for (lon, lat), (next_lon, next_lat) in pairwise(corners):
        found += [(lon, lat), *WGS84.npts(lon, lat, next_lon, next_lat, 1_000)]
    return shapely.Polygon(found)


def has_rim(row: Row) -> bool:
    return row["geometry"] is not None and row["radius_m"] is not None


def rim(row: Row) -> shapely.MultiPoint:
    """Points all round the edge of a place."""
    point, radius = row["geometry"], row["radius_m"]
    if point is None or radius is None:
        raise TypeError("the row has no place with a radius")
    bearings = np.arange(0, 360, 2.0)
    many = np.ones_like(bearings)
    lon, lat, _ = WGS84.fwd(point.x * many, point.y * many, bearings, radius * many)
    return shapely.MultiPoint(np.column_stack([lon, lat]))


KITE = on_geodesics([(-4, 11), (4, 11), (0, 18), (-4, 11)])
shapely.prepare(KITE)

FUNCTIONS: Table = [
    (
        "places",
        "within_distance(geometry, POINT(2.1 13.5), 20000)",
        lambda r: metres_to(r, *NIAMEY) <= 20_000,
    ),
    (
        "places",
        "NOT within_distance(geometry, POINT(2.1 13.5), 500000)",
        lambda r: metres_to(r, *NIAMEY) > 500_000,
    ),
    (
        "incidents",
        "within_distance(geometry, POINT(2.1 13.5), 200000) = TRUE AND killed_low > 1",
        lambda r: metres_to(r, *NIAMEY) <= 200_000 and r["killed_low"] > 1,
    ),
    (
        "incidents",
        "within_distance(geometry, POINT(179 60), 9000000)",
        lambda r: metres_to(r, 179, 60) <= 9_000_000,
    ),
    (
        "incidents",
        f"certainly_within({TRIANGLE_TEXT})",
        lambda r: KITE.contains(rim(r)),
    ),
    (
        "incidents",
        f"possibly_within({TRIANGLE_TEXT})",
        lambda r: KITE.intersects(rim(r)) or KITE.contains(r["geometry"]),
    ),
    (
        "incidents",
        f"possibly_within({TRIANGLE_TEXT}) AND NOT certainly_within({TRIANGLE_TEXT})",
        lambda r: KITE.intersects(rim(r)) and not KITE.contains(rim(r)),
    ),
    (
        "incidents",
        f"NOT certainly_within({TRIANGLE_TEXT})",
        lambda r: not has_rim(r) or not KITE.contains(rim(r)),
    ),
    (
        "incidents",
        f"NOT possibly_within({TRIANGLE_TEXT})",
        lambda r: not (KITE.intersects(rim(r)) or KITE.contains(r["geometry"])),
    ),
    (
        "incidents",
        f"possibly_within({TRIANGLE_TEXT}) IS NULL",
        lambda r: not has_rim(r),
    ),
]


def _figures(row: Row, name: str) -> tuple[float | None, list[float], float | None]:
    low, best, high = (row[f"{name}{bound}"] for bound in ("low", "best", "high"))
    return low, [figure for figure in (low, best, high) if figure is not None], high


def least(row: Row, name: str = "killed_") -> float:
    low, known, _ = _figures(row, name)
    if low is None:
        raise TypeError("no figure bounds it from below")
    return min(known)


def most(row: Row, name: str = "killed_") -> float:
    _, known, high = _figures(row, name)
    if not known:
        raise TypeError("there is no figure")
    return inf if high is None else max(known)


def told(row: Row, harm: str, status: str) -> Row:
    """A claim that so many of such people came to harm."""
    if (row["kind"], row["polarity"]) != ("casualties", "asserts"):
        raise TypeError("the claim is of something else, or a denial")
    if (row["harm"], row["person_status"]) != (harm, status):
        raise TypeError("the claim is of other people")
    return row


CASUALTIES: Table = [
    ("incidents", "min_casualties('killed') >= 10", lambda r: least(r) >= 10),
    ("incidents", "NOT min_casualties('killed', 'all') >= 10", lambda r: least(r) < 10),
    ("incidents", "max_casualties('killed') >= 100", lambda r: most(r) >= 100),
    ("incidents", "max_casualties('killed') < 100", lambda r: most(r) < 100),
    (
        "incidents",
        "max_casualties('killed') IS NULL",
        lambda r: r["killed_low"] is r["killed_best"] is r["killed_high"] is None,
    ),
    (
        "incidents",
        "(max_casualties('killed', 'civilian') > min_casualties('killed', 'civilian')) IS NULL",
        lambda r: r["killed_civilians_low"] is None,
    ),
    (
        "incidents",
        "min_casualties('killed', 'state_forces') > 5",
        lambda r: least(r, "killed_forces_") > 5,
    ),
    (
        "incidents",
        "max_casualties('injured') >= 2 * min_casualties('killed')",
        lambda r: most(r, "injured_") >= 2 * least(r),
    ),
    (
        "incidents",
        "max_casualties('killed') - min_casualties('killed') > 5",
        lambda r: most(r) - least(r) > 5,
    ),
    # Infinity less infinity is no number: it is missing, and not greater than all.
    (
        "incidents",
        "max_casualties('killed') - max_casualties('killed') < 1",
        lambda r: most(r) < inf,
    ),
    (
        "aggregates",
        "max_casualties('killed', 'state_forces') > 100",
        lambda r: most(r, "killed_forces_") > 100,
    ),
    (
        "claims",
        "min_casualties('killed', 'state_forces') >= 10",
        lambda r: least(told(r, "killed", "state_forces"), "") >= 10,
    ),
    (
        "claims",
        "max_casualties('killed') >= 50",
        lambda r: most(told(r, "killed", "all"), "") >= 50,
    ),
    (
        "claims",
        "max_casualties('injured') < 50",
        lambda r: most(told(r, "injured", "all"), "") < 50,
    ),
]

ARMY, CIV = "Government of Myanmar (Burma)", "Civilians"

ARRAYS: Table = [
    (
        "incidents",
        f"A_CONTAINS(actor_names, ('{ARMY}', '{CIV}'))",
        lambda r: {ARMY, CIV} <= parties(r),
    ),
    (
        "incidents",
        f"a_containedBy(actor_names, ('{ARMY}', '{CIV}', 'Nobody'))",
        lambda r: parties(r) <= {ARMY, CIV},
    ),
    (
        "incidents",
        f"A_OVERLAPS(('{CIV}', '{ARMY}'), actor_names)",
        lambda r: bool({ARMY, CIV} & parties(r)),
    ),
    (
        "incidents",
        # Neither the order nor a repetition counts.
        f"A_EQUALS(actor_names, ('{CIV}', '{ARMY}', '{CIV}'))",
        lambda r: parties(r) == {CIV, ARMY},
    ),
    (
        "incidents",
        f"NOT A_CONTAINS(actor_names, ('{CIV}', '{CIV}'))",
        lambda r: CIV not in parties(r),
    ),
    ("aggregates", "actor_names IS NOT NULL", lambda r: r["actor_names"] is not None),
]


def parties(row: Row) -> set[str]:
    """Of a row without any, TypeError: it is neither in the one nor in the other."""
    return set(row["actor_names"])


CLASSES: dict[str, Table] = {
    "basic-cql2": BASIC,
    "advanced-comparison-operators": ADVANCED,
    "case-insensitive-comparison": CASE,
    "accent-insensitive-comparison": ACCENT,
    "basic-spatial-functions": BASIC_SPATIAL,
    "basic-spatial-functions-plus": LITERALS,
    "spatial-functions": SPATIAL,
    "temporal-functions": TEMPORAL,
    "array-functions": ARRAYS,
    "property-property": PROPERTIES,
    "arithmetic": ARITHMETIC,
    "functions": FUNCTIONS + CASUALTIES,
}
