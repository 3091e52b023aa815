"""The boundaries are a clean coverage, agree with the districts, and carry nothing but codes."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import shapely

from data import census
from geo import areas, boundaries
from geo.__main__ import main

DONG = {2010: 424, 2015: 424, 2020: 425}


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> pd.DataFrame:
    out = tmp_path_factory.mktemp("boundaries") / "var" / "boundaries.parquet"
    lines: list[str] = []
    boundaries.build(out, progress=lines.append)
    assert len(lines) == 4 and "2020: 25 districts, 425 dong" in lines[2]
    assert [path.name for path in out.parent.iterdir()] == ["boundaries.parquet"]
    assert pq.read_schema(out).names == list(boundaries.COLUMNS)
    return pd.read_parquet(out)


def shapes(built: pd.DataFrame, *, vintage: int, level: str) -> gpd.GeoSeries:
    rows = built[(built["vintage"] == vintage) & (built["level"] == level)]
    return gpd.GeoSeries(shapely.from_geojson(rows["geometry"].to_numpy()), index=rows["area_code"], crs=4326)


def test_each_vintage_has_25_districts_and_its_dong(built):
    counts = built.groupby(["vintage", "level"]).size().unstack()
    assert counts["dong"].to_dict() == DONG
    assert set(counts["district"]) == {25}
    assert list(built.columns) == list(boundaries.COLUMNS)
    assert not built.duplicated(["vintage", "area_code"]).any()


@pytest.mark.parametrize("vintage", boundaries.VINTAGES)
@pytest.mark.parametrize("level", ["district", "dong"])
def test_coverage_has_no_overlap_and_no_hole(built, vintage, level):
    drawn = shapes(built, vintage=vintage, level=level)
    assert drawn.is_valid.all()
    assert shapely.coverage_is_valid(drawn.to_numpy())
    outline = shapely.coverage_union_all(drawn.to_numpy())
    assert outline.geom_type == "Polygon" and len(outline.interiors) == 0


@pytest.mark.parametrize("vintage", boundaries.VINTAGES)
def test_districts_are_exactly_their_dong(built, vintage):
    dong = shapes(built, vintage=vintage, level="dong")
    for code, district in shapes(built, vintage=vintage, level="district").items():
        parts = dong[dong.index.str[:4] + "0" == code]
        assert shapely.equals(shapely.union_all(parts.to_numpy()), district)


@pytest.mark.parametrize("vintage", boundaries.VINTAGES)
def test_simplifying_keeps_areas(built, vintage):
    """District and city areas stay within 0.5 %; a dong, of which the smallest are 0.2 km2, within 2 %."""
    exact = built[built["vintage"] == vintage].set_index("area_code")["area_km2"]
    for level, limit in (("district", 0.005), ("dong", 0.02)):
        drawn = shapes(built, vintage=vintage, level=level).to_crs(boundaries.METRIC_CRS).area / 1e6
        assert np.abs(drawn / exact[drawn.index] - 1).max() < limit
        assert abs(drawn.sum() / exact[drawn.index].sum() - 1) < 0.0005


def test_repair_keeps_the_city_at_605_square_kilometres(built):
    rows = built[(built["vintage"] == 2020) & (built["level"] == "district")]
    assert rows["area_km2"].sum() == pytest.approx(605.2, abs=0.2)  # the city's own figure is 605.2
    raw = gpd.read_file(boundaries.package_file(), layer="adm3_2020", where="adm3_code like '11%'")
    dong = built[(built["vintage"] == 2020) & (built["level"] == "dong")].set_index("area_code")["area_km2"]
    before = pd.Series(raw.area.to_numpy() / 1e6, index=raw["adm3_code"])
    assert np.abs(dong / before[dong.index] - 1).max() < 0.0005


def test_point_lies_in_its_area(built):
    points = shapely.points(built["lon"].to_numpy(), built["lat"].to_numpy())
    inside = shapely.covers(shapely.from_geojson(built["geometry"].to_numpy()), points)
    assert inside.all()


def test_coordinates_have_five_decimals_and_exterior_rings_turn_left(built):
    for text in built["geometry"].head(30):
        shape = shapely.from_geojson(text)
        coordinates = shapely.get_coordinates(shape)
        assert np.array_equal(coordinates, np.round(coordinates, 5))
        assert all(part.exterior.is_ccw for part in shapely.get_parts(shape))
        assert (
            max(len(number.split(".")[-1]) for number in text.replace("]", ",").split(",") if "." in number)
            <= 5
        )


def test_files_small_enough_to_send_once(built):
    size = built.groupby(["vintage", "level"])["geometry"].apply(lambda texts: texts.str.len().sum())
    assert size.xs("district", level="level").max() < 60_000
    assert size.xs("dong", level="level").max() < 220_000


def test_building_twice_gives_the_same_shapes(built):
    again = boundaries.vintage_rows(2020)
    first = built[built["vintage"] == 2020].set_index("area_code")["hash"]
    assert again.set_index("area_code")["hash"].to_dict() == first.to_dict()


def test_feature_collection_has_ids_and_no_properties(built):
    rows = built[(built["vintage"] == 2020) & (built["level"] == "district")]
    collection = areas.feature_collection(rows)
    assert collection["type"] == "FeatureCollection"
    assert [feature["id"] for feature in collection["features"]] == list(rows["area_code"])
    assert all(set(feature) == {"type", "id", "properties", "geometry"} for feature in collection["features"])
    assert all(feature["properties"] == {} for feature in collection["features"])
    assert json.loads(json.dumps(collection)) == collection


def test_boundaries_census_and_districts_use_the_same_codes(built):
    districts = census.districts().set_index("district_code")["name_ko"]
    for vintage in boundaries.VINTAGES:
        drawn = built[(built["vintage"] == vintage) & (built["level"] == "district")]
        assert drawn.set_index("area_code")["name_ko"].to_dict() == districts.to_dict()
    facts = census.polygon_facts()
    for vintage in (2015, 2020):
        dong = built[(built["vintage"] == vintage) & (built["level"] == "dong")]
        assert set(facts.loc[facts["vintage"] == vintage, "area_code"]) == set(dong["area_code"])


def test_dong_names_are_bare(built):
    names = built[(built["vintage"] == 2020) & (built["level"] == "dong")].set_index("area_code")["name_ko"]
    assert names["1121058"] == census.dong().set_index("dong_code")["name_ko"]["1121058"]
    assert not names.str.contains(" ").any()


def test_unknown_vintage_is_refused():
    with pytest.raises(ValueError, match="2025"):
        boundaries.read_dong(2025)


def test_command_writes_the_file_and_reports(tmp_path, capsys):
    out = tmp_path / "b.parquet"
    assert main(["build", "--out", str(out)]) == 0
    assert len(pd.read_parquet(out)) == 25 * 3 + sum(DONG.values())
    assert "425 dong" in capsys.readouterr().out


def test_command_that_cannot_write_says_so_and_leaves_nothing(tmp_path, capsys):
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert main(["build", "--out", str(blocked / "b.parquet")]) == 1
    assert "Traceback" not in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize(
    ("code", "level", "district"),
    [("11010", "district", "11010"), (11010.0, "district", "11010"), ("1121058", "dong", "11210"),
     (11230511, "dong", "11230")],
)  # fmt: skip
def test_a_code_tells_its_level_and_district(code, level, district):
    assert areas.level_of(code) == level
    assert areas.district_of(code) == district


@pytest.mark.parametrize("code", ["26010", "110", "abc", "", None, float("nan"), "11-010"])
def test_a_code_that_is_not_of_seoul_is_refused(code):
    with pytest.raises(ValueError, match="not an area code"):
        areas.normalise(code)


def test_code_systems_map_both_ways_and_name_the_ambiguous_codes():
    districts = census.districts()
    there, back = areas.mois_to_kostat(districts), areas.kostat_to_mois(districts)
    assert all(there[back[code]] == code for code in districts["district_code"])
    assert there["11110"] == "11010" and back["11110"] == "11350"
    assert areas.ambiguous_codes(districts) == {"11110", "11140", "11170", "11200", "11230"}


def test_neighbours_stay_neighbours_on_the_tile_map(built):
    tiles = areas.tile_positions(census.districts())
    drawn = shapes(built, vintage=2020, level="district").to_crs(boundaries.METRIC_CRS)
    pairs = [
        (one, other)
        for number, one in enumerate(drawn.index)
        for other in drawn.index[number + 1 :]
        if shapely.length(shapely.intersection(drawn[one], drawn[other])) > 200
    ]
    apart = {
        pair
        for pair in pairs
        if max(abs(a - b) for a, b in zip(tiles[pair[0]], tiles[pair[1]], strict=True)) > 1
    }
    assert len(pairs) == 52
    assert apart == {("11120", "11140")}  # Eunpyeong and Mapo


def test_a_tile_fills_its_place_but_for_a_gap_and_stands_on_its_centre():
    districts = pd.DataFrame({"district_code": ["11010"], "tile_row": [2], "tile_col": [3]})
    assert areas.tile_centres(districts) == {"11010": (pytest.approx(0.15), pytest.approx(-0.10))}
    tile = shapely.from_geojson(areas.tile_shapes(districts)["geometry"].iloc[0])
    assert tile.bounds == pytest.approx((0.1265, -0.1235, 0.1735, -0.0765))  # 94 % of 0.05: 0.047 a side
