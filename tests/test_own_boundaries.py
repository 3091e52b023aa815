"""Boundary files of one's own: every format and CRS, codes of both systems, what is wrong with them, and the store."""

from __future__ import annotations

import io
import json
import os
import tomllib
import zipfile
from datetime import datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from alembic import command
from screen import place
from small import RECORDED_AT, make
from sqlalchemy import func, select, text
from streamlit.testing.v1 import AppTest

from data import boundary_sets, census, cities, queries
from data import tables as t
from data.engine import _alembic_config, make_engine, writing
from geo import areas, boundaries
from geo import own_boundaries as own
from geo.own_boundaries import files
from guards.confined import Limits
from locales import sentences
from locales import t as say

ROOT = Path(__file__).resolve().parent.parent
NOWHERE = pd.DataFrame({"area_code": [], "lon": [], "lat": []}).astype({"area_code": str})
SHARED = ("11110", "11140", "11170", "11200", "11230")  # one district at KOSTAT, another at the ministry
X, Y = 955_000, 1_950_000  # in EPSG:5179, in the middle of Seoul


# ── Files to read ───────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def built(boundaries_file) -> pd.DataFrame:
    frame = pd.read_parquet(boundaries_file)
    return frame[frame["vintage"] == 2020]


@pytest.fixture(scope="module")
def known(built) -> own.Known:
    return own.Known(census.districts(), census.dong(), built[["area_code", "lon", "lat"]])


@pytest.fixture(scope="module")
def unplaced() -> own.Known:
    """For squares that only bear a district's code: nobody knows where the districts are."""
    return own.Known(census.districts(), census.dong(), NOWHERE)


@pytest.fixture(scope="module")
def districts(built) -> gpd.GeoDataFrame:
    """The 25 real districts with codes of both systems."""
    rows = built[built["level"] == "district"]
    mois = census.districts().set_index("district_code")["mois_code"]
    columns = {
        "SGG": rows["area_code"].tolist(),
        "SIG_CD": mois[rows["area_code"]].tolist(),
        "이름": rows["name_ko"].tolist(),
    }
    return gpd.GeoDataFrame(columns, geometry=shapely.from_geojson(rows["geometry"].to_numpy()), crs=4326)


@pytest.fixture(scope="module")
def dong(built) -> gpd.GeoDataFrame:
    rows = built[built["level"] == "dong"]
    columns = {"ADM_CD": rows["area_code"].tolist(), "ADM_NM": rows["name_ko"].tolist()}
    return gpd.GeoDataFrame(columns, geometry=shapely.from_geojson(rows["geometry"].to_numpy()), crs=4326)


def geojson(frame: gpd.GeoDataFrame, *, member: str | None = None) -> bytes:
    """GeoJSON without a CRS, or with the old crs member."""
    found = json.loads(frame.to_json(drop_id=True))
    found.pop("crs", None)
    if member:
        found["crs"] = {"type": "name", "properties": {"name": member}}
    return json.dumps(found, ensure_ascii=False).encode()


def gpkg(*layers: tuple[str, gpd.GeoDataFrame], folder: Path) -> bytes:
    path = folder / "file.gpkg"
    path.unlink(missing_ok=True)
    for name, frame in layers:
        frame.to_file(path, layer=name, mode="a" if path.exists() else "w")
    return path.read_bytes()


def shp_parts(frame: gpd.GeoDataFrame, *, folder: Path, encoding: str = "cp949") -> dict[str, bytes]:
    target = folder / "shp"
    target.mkdir(exist_ok=True)
    for old in target.iterdir():
        old.unlink()
    frame.to_file(target / "area.shp", encoding=encoding)
    return {path.suffix[1:]: path.read_bytes() for path in target.iterdir()}


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def shapefile(
    frame: gpd.GeoDataFrame, *, folder: Path, encoding: str = "cp949", without: tuple[str, ...] = ()
) -> bytes:
    parts = shp_parts(frame, folder=folder, encoding=encoding)
    return zipped({f"구 경계/area.{part}": content for part, content in parts.items() if part not in without})


def refusal(content: bytes, known: own.Known | None = None, **options) -> own.Refused:
    with pytest.raises(own.Refused) as caught:
        source = own.read("file", content)
        own.check(source, known, **options)
    return caught.value


def checked(content: bytes, known: own.Known, **options) -> own.Report:
    return own.check(own.read("file", content), known, **options)


def kinds(report: own.Report) -> dict[str, int]:
    return {kind: len(report.of(kind)) for kind in own.KINDS if report.of(kind)}


def square(left: float, bottom: float, width: float, height: float) -> shapely.Polygon:
    """A rectangle in metres from a place in the middle of Seoul."""
    return shapely.box(X + left, Y + bottom, X + left + width, Y + bottom + height)


def squares(*shapes: shapely.Geometry, codes: tuple[str, ...] = ("11010", "11020", "11030")) -> bytes:
    """Shapes in metres with the first district codes; 11010 and its like are KOSTAT's alone."""
    frame = gpd.GeoDataFrame({"code": list(codes[: len(shapes)])}, geometry=list(shapes), crs=5179)
    return geojson(frame, member="urn:ogc:def:crs:EPSG::5179")


# ── Formats and coordinate systems ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("epsg", own.CRS_CHOICES)
@pytest.mark.parametrize("kind", ["geojson", "gpkg", "zip"])
def test_the_25_districts_come_back_whole_from_every_format_and_crs(
    kind, epsg, districts, known, built, tmp_path
):
    frame = districts.to_crs(epsg)
    content = {
        "geojson": lambda: geojson(frame, member=f"urn:ogc:def:crs:EPSG::{epsg}"),
        "gpkg": lambda: gpkg(("구", frame), folder=tmp_path),
        "zip": lambda: shapefile(frame, folder=tmp_path),
    }[kind]()
    report = checked(content, known)
    assert report.ok and report.crs == f"EPSG:{epsg}" and not report.crs_given
    assert (report.level, report.read, report.outside, report.matched) == ("district", 25, 0, 25)
    assert not [problem for problem in report.problems if problem.kind not in own.MENDED]
    as_built = built[built["level"] == "district"].set_index("area_code")
    rows = report.rows.set_index("area_code")
    assert rows["name_ko"].to_dict() == as_built["name_ko"].to_dict()
    # The built-in shapes were simplified from the exact ones, by at most 0.14 % of a district (geo.boundaries).
    assert np.abs(rows["area_km2"] / as_built["area_km2"][rows.index] - 1).max() < 0.002
    assert shapely.coverage_is_valid(shapely.from_geojson(rows["geometry"].to_numpy()))
    corners = shapely.get_coordinates(shapely.from_geojson(rows["geometry"].to_numpy()))
    assert np.array_equal(corners, np.round(corners, 5))


def test_geojson_without_a_crs_is_longitude_and_latitude_by_its_standard(districts, known):
    assert checked(geojson(districts), known).crs == "EPSG:4326"


def test_a_raw_layer_with_slivers_and_gaps_becomes_a_clean_coverage(known, tmp_path):
    raw = gpd.read_file(boundaries.package_file(), layer="adm2_2020", where="adm2_code like '11%'")
    report = checked(gpkg(("구", raw), folder=tmp_path), known)
    shapes = raw.geometry.to_numpy()
    pairs = [
        area
        for one in range(25)
        for two in range(one)
        if (area := shapely.area(shapely.intersection(shapes[one], shapes[two]))) > 1
    ]
    holes = [shapely.Polygon(ring) for ring in shapely.union_all(shapes).interiors]
    assert len(report.of("sliver")) == len(pairs) > 0
    assert sum(problem.m2 for problem in report.of("sliver")) == pytest.approx(sum(pairs))
    assert len(report.of("gap_closed")) == sum(hole.area > 1 for hole in holes) > 0
    assert report.ok and shapely.coverage_is_valid(shapely.from_geojson(report.rows["geometry"].to_numpy()))
    # The union covers the ground once and leaves the holes out; clean, they are filled.
    whole = shapely.union_all(shapes).area + sum(hole.area for hole in holes)
    assert report.rows["area_km2"].sum() * 1e6 == pytest.approx(whole, rel=1e-5)


def test_a_national_file_keeps_seoul_and_counts_the_rest(known, tmp_path):
    raw = gpd.read_file(boundaries.package_file(), layer="adm2_2020")
    report = checked(gpkg(("구", raw), folder=tmp_path), known)
    assert report.ok and (report.read, report.outside, report.matched) == (250, 225, 25)
    assert not report.of("unmatched")


def test_heights_are_left_behind(known, districts):
    flat = districts.assign(geometry=shapely.force_3d(districts.geometry.to_numpy(), 12.5))
    report = checked(geojson(flat), known)
    assert report.ok and not shapely.has_z(shapely.from_geojson(report.rows["geometry"].to_numpy())).any()


# ── Letters ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("encoding", "cpg", "found"), [
    ("cp949", b"CP949", "cp949"), ("cp949", b"949", "cp949"), ("cp949", b"EUC-KR", "cp949"), ("cp949", None, "cp949"),
    ("cp949", b"UTF-8", "cp949"), ("utf-8", b"UTF-8", "utf-8"), ("utf-8", None, "utf-8"), ("cp949", b"?", "cp949"),
])  # fmt: skip
def test_korean_attributes_are_read_with_and_without_cpg_and_with_a_wrong_one(
    encoding, cpg, found, districts, known, tmp_path
):
    parts = shp_parts(districts, folder=tmp_path, encoding=encoding) | ({"cpg": cpg} if cpg else {})
    if cpg is None:
        del parts["cpg"]
    source = own.read("구.zip", zipped({f"구.{part}": content for part, content in parts.items()}))
    assert source.encoding == found
    assert source.attributes["이름"].tolist() == districts["이름"].tolist()
    assert own.check(source, known).name_column == "이름"


def test_a_name_cut_in_the_middle_of_a_letter_does_not_stop_the_file(districts, known, tmp_path):
    parts = shp_parts(districts, folder=tmp_path)
    cut = parts["dbf"].replace("중랑구".encode("cp949"), "중랑구".encode("cp949")[:-1] + b" ")
    assert cut != parts["dbf"]
    content = zipped({f"a.{part}": content for part, content in (parts | {"dbf": cut, "cpg": b""}).items()})
    source = own.read("a.zip", content)
    assert source.attributes["이름"].tolist()[:2] == ["종로구", "중구"]
    assert own.check(source, known).ok


# ── Codes ───────────────────────────────────────────────────────────────────────────────────────────────


def as_coded(districts, codes) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"code": list(codes)}, geometry=districts.geometry.to_numpy(), crs=4326)


@pytest.mark.parametrize("write", [
    str, lambda code: f"{code}00000", lambda code: f" {code} ", lambda code: float(code), lambda code: f"{code}.0",
    lambda code: f"'{code}", lambda code: int(f"{code}00000"),
])  # fmt: skip
def test_ministry_codes_become_the_statistics_offices_however_they_are_written(write, districts, known):
    report = checked(geojson(as_coded(districts, map(write, districts["SIG_CD"]))), known)
    assert report.system == "mois" and report.ok
    assert set(report.rows["area_code"]) == set(districts["SGG"])
    assert not report.of("elsewhere")


def test_the_column_is_found_by_its_content_and_can_be_chosen(districts, known):
    frame = districts.assign(인구=range(11000, 11025))[["인구", "이름", "SIG_CD", "SGG", "geometry"]]
    source = own.read("a.geojson", geojson(frame))
    assert own.find_column(source.attributes, known) == "SIG_CD"
    first, second = own.check(source, known), own.check(source, known, column="SGG")
    assert (first.system, second.system) == ("mois", "kostat")
    assert first.rows["geometry"].tolist() == second.rows["geometry"].tolist()
    assert own.check(source, known, column="이름").rows.empty


def test_five_shared_codes_alone_name_no_district(districts, known):
    frame = districts[districts["SGG"].isin(SHARED)]
    found = refusal(geojson(frame[["SGG", "geometry"]]), known)
    assert found.kind == "ambiguous" and found.detail["codes"] == ", ".join(SHARED)


@pytest.mark.parametrize(("column", "system"), [("SGG", "kostat"), ("SIG_CD", "mois")])
def test_names_decide_where_codes_cannot(column, system, districts, known):
    frame = districts[districts[column].isin(SHARED)][[column, "이름", "geometry"]]
    report = checked(geojson(frame), known)
    assert report.ok and report.system == system
    assert sorted(report.rows["name_ko"]) == sorted(frame["이름"])


def test_ten_digits_decide_where_five_cannot(districts, known):
    frame = districts[districts["SIG_CD"].isin(SHARED)]
    report = checked(geojson(frame.assign(SIG_CD=frame["SIG_CD"] + "00000")[["SIG_CD", "geometry"]]), known)
    assert report.ok and report.system == "mois" and sorted(report.rows["name_ko"]) == sorted(frame["이름"])


def test_two_systems_in_one_column_are_refused(districts, known):
    codes = [*districts["SGG"][:12], *districts["SIG_CD"][12:]]
    found = refusal(geojson(as_coded(districts, codes)), known)
    assert found.kind == "mixed_systems"
    assert "11010" in found.detail["kostat"] and "11410" in found.detail["mois"]


def test_a_name_of_another_district_blocks(districts, known):
    frame = districts.assign(이름=["서울특별시 중구", "종로구", *districts["이름"][2:]])[
        ["SGG", "이름", "geometry"]
    ]
    report = checked(geojson(frame), known)
    assert not report.ok and kinds(report) == {"name": 2}
    assert [(p.area_code, p.other) for p in report.of("name")] == [
        ("11010", "서울특별시 중구"),
        ("11020", "종로구"),
    ]


def test_codes_on_the_wrong_shapes_block_even_without_names(districts, known):
    swapped = [*districts["SGG"][1:], districts["SGG"].iloc[0]]
    report = checked(geojson(as_coded(districts, swapped)), known)
    assert not report.ok and report.rows.empty and kinds(report) == {"elsewhere": 25}
    # The first shape, Jongno's, now says 11020: what lies in it is 11010.
    assert {p.area_code: p.other for p in report.of("elsewhere")}["11020"] == "11010"


def test_unknown_codes_are_left_out_and_missing_areas_are_named(districts, known):
    codes = ["11999", "", *districts["SGG"][2:]]
    report = checked(geojson(as_coded(districts, codes)), known)
    assert report.ok and report.matched == 23 and len(report.rows) == 23
    assert kinds(report) == {"unmatched": 1, "no_code": 1, "missing": 2}
    assert report.of("unmatched")[0].rows == (1,) and report.of("no_code")[0].rows == (2,)
    assert [p.area_code for p in report.of("missing")] == ["11010", "11020"]
    assert (report.drawn["state"] == "unmatched").sum() == 2


def test_a_file_without_codes_is_refused_with_its_columns(districts, known):
    found = refusal(geojson(districts[["이름", "geometry"]]), known)
    assert found.kind == "no_codes" and "이름" in found.detail["columns"]


def test_dong_are_matched_in_their_census_year(dong, known):
    report = checked(geojson(dong), known)
    assert report.ok and (report.level, report.year, report.matched) == ("dong", 2020, 425)
    # In 2015 the codes of 2020 that were new did not exist yet (data.census: one dong was split in two).
    expected = set(census.dong().query("valid_from_year <= 2020 <= valid_to_year")["dong_code"])
    assert set(report.rows["area_code"]) == expected


def test_a_dong_code_of_another_census_year_is_named(dong, known):
    gone = census.dong().query("valid_to_year == 2010")["dong_code"].iloc[0]
    report = checked(geojson(dong.assign(ADM_CD=[gone, *dong["ADM_CD"][1:]])[["ADM_CD", "geometry"]]), known)
    assert [(p.area_code, p.detail) for p in report.of("other_year")] == [(gone, "2020")]
    assert [p.area_code for p in report.of("missing")] == [dong["ADM_CD"].iloc[0]]


def test_eight_digit_codes_are_those_of_2025(dong, known):
    crosswalk = census.crosswalk().query("census_year == 2025 and relation == 'same'")
    newer = dict(zip(crosswalk["boundary_code"], crosswalk["census_code"], strict=True))
    frame = dong.assign(ADM_CD=dong["ADM_CD"].map(newer)).dropna(subset="ADM_CD")
    report = checked(geojson(frame), known)
    assert report.ok and report.year == 2025 and len(report.rows) == len(frame)
    assert len(report.of("missing")) == 427 - len(frame)  # the 2025 census has 427 dong


def ministry_dong(dong: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The dong with ten digits in the ministry's manner: its district, three digits, two zeros."""
    mois = census.districts().set_index("district_code")["mois_code"]
    codes = [mois[code[:4] + "0"] + f"{500 + number}00" for number, code in enumerate(dong["ADM_CD"])]
    return gpd.GeoDataFrame({"code": codes}, geometry=dong.geometry.to_numpy(), crs=4326)


@pytest.mark.parametrize("length", [10, 8])
def test_ministry_dong_codes_cannot_be_matched_and_the_report_says_so(length, dong, known):
    frame = ministry_dong(dong)
    report = checked(
        geojson(frame.assign(code=frame["code"].str[:length])), known, column="code", level="dong"
    )
    assert not report.ok and len(report.of("ministry_dong")) == 425


def test_eight_digits_of_a_shared_district_code_name_no_dong(dong, known):
    frame = ministry_dong(
        dong[dong["ADM_CD"].str.startswith("1101")]
    )  # Jongno, 11110: Nowon's code at KOSTAT
    codes = frame["code"].str[:8]
    assert refusal(geojson(frame.assign(code=codes)), known, column="code", level="dong").kind == "ambiguous"


# ── Coordinate systems that are absent or wrong ─────────────────────────────────────────────────────────


def test_an_absent_crs_has_to_be_chosen_and_the_one_that_fits_is_named(districts, known, tmp_path):
    content = shapefile(districts.to_crs(5186), folder=tmp_path, without=("prj",))
    found = refusal(content, known)
    assert (found.kind, found.detail["fits"]) == ("crs_absent", "EPSG:5186")
    report = checked(content, known, crs=5186)
    assert report.ok and report.crs_given and report.crs == "EPSG:5186"
    assert refusal(geojson(districts.to_crs(5179)), known).detail["fits"] == "EPSG:5179"


def test_a_wrong_crs_is_told_by_where_the_city_would_lie(districts, known, tmp_path):
    parts = shp_parts(districts.to_crs(5186), folder=tmp_path)
    wrong = shp_parts(districts.to_crs(5179), folder=tmp_path)["prj"]
    content = zipped({f"a.{part}": content for part, content in (parts | {"prj": wrong}).items()})
    found = refusal(content, known)
    assert (found.kind, found.detail) == ("crs_outside", {"crs": "EPSG:5179", "fits": "EPSG:5186"})
    assert checked(content, known, crs=5186).ok


def test_exchanged_axes_fit_no_crs(districts, known):
    turned = districts.set_geometry(shapely.transform(districts.geometry.to_numpy(), lambda xy: xy[:, ::-1]))
    found = refusal(geojson(turned), known)
    assert found.kind in ("crs_outside", "crs_absent") and found.detail["fits"] == ""


# ── Shapes ──────────────────────────────────────────────────────────────────────────────────────────────


def test_several_records_of_one_code_block_until_they_are_joined(unplaced):
    content = squares(square(0, 0, 1000, 500), square(0, 500, 1000, 500), codes=("11010", "11010"))
    report = checked(content, unplaced)
    assert not report.ok and report.of("duplicate")[0].rows == (1, 2)
    joined = checked(content, unplaced, merge=True)
    assert joined.ok and joined.of("merged")[0].rows == (1, 2) and joined.repaired == 1
    assert joined.rows["area_km2"].tolist() == [pytest.approx(1.0, abs=0.005)]  # two of 1,000 m by 500 m


def test_an_overlap_above_one_percent_of_the_smaller_blocks(unplaced):
    # 1,000 m by 1,000 m each, 200 m of it shared: 200,000 m2, 20 %.
    report = checked(squares(square(0, 0, 1000, 1000), square(800, 0, 1000, 1000)), unplaced)
    assert not report.ok and report.rows.empty
    (found,) = report.of("overlap")
    assert (found.area_code, found.other) == ("11010", "11020")
    assert found.m2 == pytest.approx(200_000, rel=1e-3) and found.share == pytest.approx(0.2, rel=1e-3)
    assert set(report.drawn["state"]) == {"blocked"}


def test_a_sliver_is_given_to_one_area_and_listed(unplaced):
    # 5 m of 1,000 m shared: 5,000 m2, half a percent. What both claimed counts once afterwards.
    report = checked(squares(square(0, 0, 1000, 1000), square(995, 0, 1000, 1000)), unplaced)
    assert report.ok and kinds(report)["sliver"] == 1 and "overlap" not in kinds(report)
    assert report.of("sliver")[0].m2 == pytest.approx(5_000, rel=1e-3)
    assert report.rows["area_km2"].sum() == pytest.approx(1.995, abs=0.002)


@pytest.mark.parametrize(("width", "kind"), [(10, "gap_closed"), (100, "gap")])
def test_a_narrow_gap_is_closed_and_a_wide_one_stays(width, kind, unplaced):
    # Two halves of 1,000 m by 1,000 m, with a hole of `width` by 400 m between them.
    left = square(0, 0, 500, 1000) - square(500 - width / 2, 300, width, 400)
    right = square(500, 0, 500, 1000) - square(500 - width / 2, 300, width, 400)
    report = checked(squares(left, right), unplaced)
    (found,) = report.of(kind)
    assert report.ok and found.m2 == pytest.approx(width * 400, rel=1e-3)
    whole = 1.0 if kind == "gap_closed" else 1.0 - width * 400 / 1e6
    assert report.rows["area_km2"].sum() == pytest.approx(whole, abs=0.002)
    assert {found.area_code, found.other} == {"11010", "11020"}


def test_a_bow_tie_is_repaired_and_its_reason_given(unplaced):
    corners = [(X, Y), (X + 1000, Y + 1000), (X + 1000, Y), (X, Y + 1000), (X, Y)]
    report = checked(squares(shapely.Polygon(corners), square(2000, 0, 1000, 1000)), unplaced)
    (found,) = report.of("invalid")
    assert found.rows == (1,) and found.detail.startswith("Self-intersection[") and report.repaired == 1
    # Two triangles of base 1,000 m and height 500 m.
    assert report.rows.set_index("area_code")["area_km2"]["11010"] == pytest.approx(0.5, abs=0.005)


def test_points_lines_and_nothing_are_left_out(unplaced):
    shapes = (shapely.Point(X, Y), shapely.LineString([(X, Y), (X + 9, Y)]), None, square(0, 0, 1000, 1000))
    report = checked(squares(*shapes, codes=("11010", "11020", "11030", "11040")), unplaced)
    assert [(p.rows, p.detail) for p in report.of("not_area")] == [((1,), "Point"), ((2,), "LineString")]
    assert report.of("empty")[0].rows == (3,)
    assert report.ok and report.rows["area_code"].tolist() == ["11040"]
    assert {"11010", "11020", "11030"} <= {p.area_code for p in report.of("missing")}


def test_nothing_but_points_is_nothing_to_store(unplaced):
    report = checked(squares(shapely.Point(X, Y), codes=("11010",)), unplaced)
    assert not report.ok and report.matched == 0


def test_a_detached_crumb_is_dropped_and_listed(unplaced):
    # 20 m by 20 m, 400 m2, below the 1,000 m2 of a digitising error.
    both = shapely.union_all([square(0, 0, 1000, 1000), square(1500, 0, 20, 20)])
    report = checked(squares(both), unplaced)
    assert report.of("part")[0].m2 == pytest.approx(400, rel=1e-3)
    assert report.rows["area_km2"].iloc[0] == pytest.approx(1.0, abs=0.005)


def test_the_drawing_shows_every_area_and_is_light(dong, known):
    drawn = own.outline(checked(geojson(dong), known))
    assert len(drawn.paths) == 425 and {state for state, _, _ in drawn.paths} == {"fine"}
    assert sum(len(path) for _, _, path in drawn.paths) < 80_000


# ── Files that cannot be used ───────────────────────────────────────────────────────────────────────────


def test_several_layers_have_to_be_chosen_from(districts, dong, known, tmp_path):
    two = gpkg(("구", districts), ("동", dong), folder=tmp_path)
    assert refusal(two).detail["names"] == ["구", "동"]
    chosen = [own.read("a.gpkg", two, layer=name) for name in ("구", "동")]
    assert [own.check(source, known).level for source in chosen] == ["district", "dong"]
    assert chosen[0].sha256 != chosen[1].sha256
    parts = shp_parts(districts, folder=tmp_path)
    several = zipped(
        {f"{stem}.{part}": content for stem in ("2024/구", "2025/구") for part, content in parts.items()}
    )
    assert refusal(several).detail["names"] == ["2024/구", "2025/구"]
    assert own.check(own.read("a.zip", several, layer="2025/구"), known).ok


def test_a_tables_without_shapes_is_no_layer_to_choose(districts, tmp_path):
    content = gpkg(
        ("구", districts), ("표", pd.DataFrame({"a": [1]}).pipe(gpd.GeoDataFrame)), folder=tmp_path
    )
    assert own.read("a.gpkg", content).layer == ""


def test_names_of_a_korean_archiver_are_read(districts, tmp_path):
    parts = shp_parts(districts, folder=tmp_path)
    members = {f"{name}.{part}": content for name in ("aaaa", "bbbb") for part, content in parts.items()}
    # Without the UTF-8 flag the bytes are CP949: '경계' and '도로', four bytes each.
    content = (
        zipped(members).replace(b"aaaa.", "경계.".encode("cp949")).replace(b"bbbb.", "도로.".encode("cp949"))
    )
    assert refusal(content).detail["names"] == ["경계", "도로"]


@pytest.mark.parametrize("name", ["../area.shp", "/etc/area.shp", "a\\..\\area.shp", "C:\\area.shp"])
def test_a_path_that_points_outside_is_not_opened(name):
    assert refusal(zipped({name: b"x"})).kind == "unsafe_path"


def test_an_archive_that_unpacks_too_large_is_not_opened(districts, tmp_path, monkeypatch):
    content = shapefile(districts, folder=tmp_path)
    monkeypatch.setattr(files, "MAX_UNPACKED", 1000)
    assert refusal(content).kind == "unsafe_size"


def test_a_password_is_told(districts, tmp_path):
    content = bytearray(shapefile(districts, folder=tmp_path))
    at = content.find(b"PK\x01\x02")
    while at >= 0:  # bit 0 of the flags, 8 bytes into each entry of the directory
        content[at + 8] |= 1
        at = content.find(b"PK\x01\x02", at + 4)
    assert refusal(bytes(content)).kind == "password"


@pytest.mark.parametrize("part", ["shx", "dbf"])
def test_a_missing_part_is_named(part, districts, tmp_path):
    found = refusal(shapefile(districts, folder=tmp_path, without=(part,)))
    assert (found.kind, found.detail["parts"]) == ("incomplete", f".{part}")


@pytest.mark.parametrize("kind", ["geojson", "gpkg", "zip"])
def test_a_truncated_file_is_broken_and_nothing_worse(kind, districts, tmp_path):
    whole = {"geojson": geojson(districts), "gpkg": gpkg(("구", districts), folder=tmp_path),
             "zip": shapefile(districts, folder=tmp_path)}[kind]  # fmt: skip
    for share in (0.1, 0.5, 0.9):
        assert refusal(whole[: int(len(whole) * share)]).kind == "broken"


@pytest.mark.parametrize("part", ["shp", "dbf"])
def test_a_part_that_was_cut_before_it_was_zipped_is_broken_too(part, districts, tmp_path):
    parts = shp_parts(districts, folder=tmp_path)
    parts[part] = parts[part][: len(parts[part]) * 2 // 3]
    assert refusal(zipped({f"a.{name}": content for name, content in parts.items()})).kind == "broken"


VRT = b"<OGRVRTDataSource><OGRVRTLayer name='a'><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"


@pytest.mark.parametrize(("content", "kind"), [
    (b"", "empty"), (b"  \n", "empty"), (b"%PDF-1.7", "wrong_kind"), (VRT, "wrong_kind"), (b"\x00\x00\x27\x0a" + bytes(96), "bare_shp"),
    (b'{"type": "Topology"}', "wrong_kind"), (b'{"type": "FeatureCollection", "features": []}', "no_rows"),
    (b'{"type": "FeatureCollection"}', "broken"), (b"{" * 100_000, "broken"), (zipped({"a.txt": b"x"}), "no_shapefile"),
    (zipped({"a.shp": VRT, "a.shx": VRT, "a.dbf": VRT}), "broken"), (b"SQLite format 3\x00" + bytes(200), "broken"),
])  # fmt: skip
@pytest.mark.filterwarnings("ignore:GPKG. bad application_id")
def test_what_is_no_boundary_file_is_refused_with_a_reason(content, kind):
    assert refusal(content).kind == kind


def test_the_limits_are_those_of_the_upload_box(monkeypatch):
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert config["server"]["maxUploadSize"] * 1024 * 1024 == own.MAX_BYTES
    monkeypatch.setattr(files, "MAX_BYTES", 10)
    assert refusal(b"{" + b" " * 20).kind == "too_large"


def test_too_many_shapes_or_points_are_refused(districts, monkeypatch):
    monkeypatch.setattr(files, "MAX_ROWS", 24)
    assert refusal(geojson(districts)).kind == "too_detailed"
    monkeypatch.setattr(files, "MAX_ROWS", 25)
    monkeypatch.setattr(files, "MAX_POINTS", 100)
    assert refusal(geojson(districts)).kind == "too_detailed"


def test_a_file_checked_in_a_process_of_its_own_is_the_same_file(districts, known):
    content = geojson(districts)
    here, there = own.read("구.geojson", content), own.receive("구.geojson", content)
    pd.testing.assert_frame_equal(there.attributes, here.attributes)
    assert shapely.equals_exact(there.shapes, here.shapes).all() and there.crs == here.crs
    assert (there.name, there.layer, there.encoding, there.sha256) == (
        here.name,
        here.layer,
        here.encoding,
        here.sha256,
    )
    column = own.find_column(here.attributes, known)
    assert own.seek(there, known) == column
    expected = own.check(here, known, column=column)
    report, drawing = own.examine(there, known, column=column, level=None, crs=None, merge=False)
    pd.testing.assert_frame_equal(report.rows, expected.rows, check_dtype=False)
    assert drawing == own.outline(expected) and report.problems == expected.problems
    assert (report.ok, report.crs, report.level, report.matched) == (
        True,
        expected.crs,
        expected.level,
        expected.matched,
    )


def test_a_refusal_in_a_process_of_its_own_is_the_same_refusal(known):
    with pytest.raises(own.Refused) as refused:
        own.receive("a.zip", b"no boundaries")
    assert refused.value.kind == "wrong_kind"
    with pytest.raises(own.Refused) as refused:
        own.receive("a.geojson", b"{" + b" " * 100, limits=Limits(1, 5.0))
    assert (refused.value.kind, refused.value.detail) == ("memory", {"limit": 0})


def test_every_kind_has_its_sentences():
    said = sentences("ko")
    assert all(f"boundary.{word}_{kind}" in said for kind in own.KINDS for word in ("kind", "do"))
    source = "".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "geo" / "own_boundaries").glob("*.py")
    )
    asked = {piece.split('"')[0] for piece in source.split('Refused("')[1:]} | {
        "no_shapefile",
        "layers",
        "memory",
        "time",
    }
    assert asked and all(f"boundary.refused_{kind}" in said for kind in asked)


# ── The store ───────────────────────────────────────────────────────────────────────────────────────────


def saved(engine, report: own.Report, **changes) -> boundary_sets.Saved:
    values = {"level": report.level, "year": 2026, "title": "2026년 경계", "source_name": "구.zip",
              "content_sha256": report.source.sha256, "crs": report.crs, "repaired": report.repaired, "recorded_at": RECORDED_AT}  # fmt: skip
    return boundary_sets.save(engine, report.rows, **(values | changes))


def test_a_set_is_stored_once_and_drawn_by_its_vintage(database_url, districts, known):
    engine = make(database_url)
    report = checked(geojson(districts), known)
    first = saved(engine, report, about={"column": "SIG_CD"})
    assert first == boundary_sets.Saved(202601, True)
    assert saved(engine, report, title="다른 제목") == boundary_sets.Saved(202601, False)
    with engine.connect() as connection:
        rows = queries.boundaries(connection, vintage=202601, level="district")
        found = boundary_sets.listing(connection)
        batches = queries.batches(connection)
    assert rows["geometry"].tolist() == report.rows["geometry"].tolist()
    assert len(areas.feature_collection(rows)["features"]) == 25
    (row,) = found.to_dict("records")
    assert {k: row[k] for k in ("vintage", "title", "level", "year", "areas")} == {
        "vintage": 202601, "title": "2026년 경계", "level": "district", "year": 2026, "areas": 25,
    }  # fmt: skip
    assert row["recorded_at"] == RECORDED_AT and json.loads(row["note"]) == {"column": "SIG_CD"}
    assert (
        len(batches) == 1
        and batches["table_name"].iloc[0] == "boundary"
        and batches["rows_accepted"].iloc[0] == 25
    )
    engine.dispose()


def test_a_newer_set_leaves_the_older_one_as_it_was(database_url, districts, dong, known):
    engine = make(database_url)
    report = checked(geojson(districts), known)
    saved(engine, report)
    with engine.connect() as connection:
        before = queries.boundaries(connection, vintage=202601, level="district")
    moved = districts.set_geometry(districts.to_crs(5179).translate(3, 0).to_crs(4326))
    assert saved(engine, checked(geojson(moved), known)).vintage == 202602
    assert saved(engine, checked(geojson(dong), known)).vintage == 202603
    assert saved(engine, report, year=2025).vintage == 202501
    with engine.connect() as connection:
        pd.testing.assert_frame_equal(
            before, queries.boundaries(connection, vintage=202601, level="district")
        )
        assert queries.boundaries(connection, vintage=202601, level="dong").empty
        assert set(boundary_sets.listing(connection)["vintage"]) == {202501, 202601, 202602, 202603}
    engine.dispose()


def test_a_failed_save_leaves_nothing(database_url, districts, known):
    engine = make(database_url)
    report = checked(geojson(districts), known)
    twice = pd.concat([report.rows, report.rows.head(1)])
    with pytest.raises(boundary_sets.StoreProblem):
        boundary_sets.save(engine, twice, level="district", year=2026, title="", source_name="a", content_sha256="x",
                           crs="", repaired=0, recorded_at=RECORDED_AT)  # fmt: skip
    with engine.connect() as connection:
        for table in (t.boundary, t.boundary_set, t.batch):
            assert connection.execute(select(func.count()).select_from(table)).scalar() == 0
    engine.dispose()


def test_names_are_masked_and_a_blank_title_is_the_files(tmp_path, districts, known):
    engine = make(f"sqlite:///{tmp_path / 's.db'}")
    report = checked(geojson(districts), known)
    saved(engine, report, title="  ", source_name="담당 010-1234-5678.zip")
    with engine.connect() as connection:
        row = boundary_sets.listing(connection).iloc[0]
    assert (row["title"], row["source_name"]) == ("담당 ●●●", "담당 ●●●.zip")


def test_a_year_holds_ninety_nine_sets_and_must_be_one(tmp_path, districts, known):
    engine = make(f"sqlite:///{tmp_path / 's.db'}")
    report = checked(geojson(districts), known)
    saved(engine, report)
    with writing(engine) as connection:
        connection.execute(text("UPDATE boundary_set SET vintage = 202699"))
    with pytest.raises(boundary_sets.YearFull):
        saved(engine, report, content_sha256="y")
    for year in (1899, 20260):
        with pytest.raises(ValueError, match="year"):
            saved(engine, report, year=year)
    with pytest.raises(ValueError, match="areas"):
        boundary_sets.save(engine, report.rows.head(0), level="district", year=2026, title="", source_name="a",
                           content_sha256="x", crs="", repaired=0, recorded_at=datetime(2026, 1, 1))  # fmt: skip


def test_taking_the_table_away_takes_own_shapes_and_no_others(database_url, districts, known, built):
    engine = make(database_url)
    report = checked(geojson(districts), known)
    saved(engine, report)
    with writing(engine) as connection:
        boundary_sets.append_frame(
            connection, t.boundary, built.head(3)[[c.name for c in t.boundary.columns]]
        )
    with writing(engine) as connection:
        command.downgrade(_alembic_config(connection), "0001")
    with engine.connect() as connection:
        assert connection.execute(select(t.boundary.c.vintage)).scalars().all() == [2020] * 3
    engine.dispose()


# ── The screen ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def screen(monkeypatch, office_copy, tmp_path):
    """`screen(lang)` opens the boundary part of the import page on a copy of the office's store."""
    url = office_copy(tmp_path / "s.db")
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("DATABASE_URL", place(url))

    def opened(lang: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "ui" / "main.py"), default_timeout=60)
        app.query_params["lang"], app.query_params["city"] = lang, "office"
        app.run()
        app.switch_page(os.path.relpath(ROOT / "pages" / "import_data.py", ROOT / "ui"))
        app.query_params["lang"], app.query_params["file"] = lang, "boundary"
        return app.run()

    return opened


def upload(app: AppTest, name: str, content: bytes) -> AppTest:
    app.file_uploader(key="boundary_file").set_value((name, content, "application/octet-stream")).run()
    assert not app.exception
    return app


def shown(app: AppTest) -> str:
    found = [str(e.value) for kind in ("text", "error", "warning", "success", "info") for e in app.get(kind)]
    return " ".join([*found, *(e.proto.body for e in app.get("html"))])


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_a_file_is_stored_from_the_screen_and_the_second_time_nothing_happens(
    lang, screen, districts, tmp_path
):
    content = shapefile(districts.to_crs(5186), folder=tmp_path, without=("cpg",))
    app = upload(screen(lang), "구.zip", content)
    assert say("boundary.ready", lang, n=25) in shown(app)
    app.text_input(key="boundary_title").set_value("<b>새</b> *경계*").run()
    app.button(key="boundary_load").click().run()
    assert not app.exception and say("boundary.saved_where", lang) in shown(app)
    assert "&lt;b&gt;새&lt;/b&gt; *경계*" in shown(app)  # the title as typed, in the list of sets
    with make_engine(cities.address(cities.OFFICE)).connect() as connection:
        assert boundary_sets.listing(connection)[["vintage", "areas", "year"]].to_numpy().tolist() == [
            [202601, 25, 2026]
        ]
    again = upload(screen(lang), "구.zip", content)
    again.button(key="boundary_load").click().run()
    level = say("boundary.level_district", lang)
    assert say("boundary.already", lang, year=2026, level=level, vintage=202601) in shown(again)


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_what_blocks_is_said_and_no_button_is_offered(lang, screen, districts):
    double = pd.concat([districts, districts.head(1)], ignore_index=True)
    app = upload(screen(lang), "구.geojson", geojson(double))
    assert say("boundary.kind_duplicate", lang) in shown(app) and say("boundary.do_duplicate", lang) in shown(
        app
    )
    assert "boundary_load" not in [button.key for button in app.button]
    app.checkbox[0].check().run()
    assert "boundary_load" in [button.key for button in app.button]


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_a_refused_file_and_an_absent_crs_are_said_in_words(lang, screen, districts, tmp_path):
    app = upload(screen(lang), "a.zip", b"PK\x03\x04 cut")
    assert say("boundary.refused_broken", lang) in shown(app)
    upload(app, "b.zip", shapefile(districts.to_crs(5179), folder=tmp_path, without=("prj",)))
    assert say("boundary.refused_crs_absent_fits", lang, fits="EPSG:5179") in shown(app).replace("\\", "")
    app.selectbox[-1].select(5179).run()
    assert say("boundary.ready", lang, n=25) in shown(app)


def test_layers_are_offered_and_their_names_never_rendered(screen, districts, dong, tmp_path):
    app = upload(screen("ko"), "a.gpkg", gpkg(("__구__", districts), ("동", dong), folder=tmp_path))
    assert r"\_\_구\_\_" in shown(app)
    app.selectbox[0].select("동").run()
    assert say("boundary.ready", "ko", n=425) in shown(app)
