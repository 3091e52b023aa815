"""Neighbours, Moran's I and local Moran: published values, PySAL's results, exact enumeration, invariants."""

from __future__ import annotations

import itertools
import json
import math
import subprocess
import sys
import warnings
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from esda.moran import Moran, Moran_Local, Moran_Local_Rate, Moran_Rate
from libpysal.graph import Graph

from geo import adjacency
from geo.adjacency import Adjacency, queen, queen_within_banks
from geo.boundaries import VINTAGES
from geo.spatial import classes, local_moran, local_moran_rate, moran, moran_rate

ROOT = Path(__file__).resolve().parent.parent

# Crime in 49 neighbourhoods of Columbus, Ohio, 1980, and their queen neighbours (Anselin 1988; in spdep).
COLUMBUS_CRIME = [
    18.801754, 32.38776, 38.425858, 0.178269, 15.72598, 30.626781, 50.73151, 26.066658, 48.585487,
    34.000835, 36.868774, 20.048504, 19.145592, 18.905146, 27.822861, 16.241299, 0.223797, 30.515917,
    33.705048, 40.969742, 52.79443, 41.968163, 39.175053, 53.710938, 25.962263, 22.541491, 26.645266,
    29.028488, 36.663612, 42.445076, 56.919785, 61.299175, 60.750446, 68.892044, 38.297871, 54.838711,
    56.705669, 62.275448, 46.716129, 57.066132, 54.521965, 43.962486, 40.074074, 23.974028, 17.677214,
    14.305556, 19.100863, 16.530533, 16.49189,
]  # fmt: skip
COLUMBUS_NEIGHBOURS = """
1 4 5; 0 2 5 6; 1 3 6 36 37 38; 2 36 38 39; 0 5; 0 1 4 6; 1 2 5 7 8 17 35 37; 6 17; 6 17 19 31 35 37; 10
16 17 18; 9 11 16; 10 12 16; 11 13 15 16; 12 14 15; 13 15; 12 13 14 16 22; 9 10 11 12 15 17 18 20 21 22; 6
7 8 9 16 18 19; 9 16 17 19 20 30; 8 17 18 30 31; 16 18 21 30; 16 20 22 30; 15 16 21 23 24 28 30; 22 24 28
29 30 32; 22 23 25 26 28; 24 26 27; 24 25 27 28; 25 26 28 29; 22 23 24 26 27 29; 23 27 28 30 32 33; 18 19
20 21 22 23 29 31 32; 8 19 30 32 33 34 35; 23 29 30 31 33 34; 29 31 32 34 42; 31 32 33 35 40 41 42; 6 8 31
34 36 37 39 41; 2 3 35 37 38 39 41; 2 6 8 35 36; 2 3 36 39; 3 35 36 38 40 41; 34 39 41; 34 35 36 39 40; 33
34 43; 42 44 45 48; 43 45; 43 44 46 47 48; 45 47; 45 46; 43 45
"""


def network(
    neighbours: dict[str, list[str]], centres: dict[str, tuple[float, float]] | None = None
) -> Adjacency:
    """An adjacency written by hand; without `centres` the areas stand in a row, 1 km apart."""
    codes = tuple(sorted(neighbours))
    return Adjacency(
        codes=codes,
        neighbours={code: tuple(sorted(neighbours[code])) for code in codes},
        joined=(),
        cut=(),
        centres=centres or {code: (float(place), 0.0) for place, code in enumerate(codes)},
        bank={},
    )


def graph(areas: Adjacency) -> Graph:
    """The same neighbours for PySAL, which orders areas as `codes` does."""
    place = {code: i for i, code in enumerate(areas.codes)}
    return Graph.from_dicts({place[c]: [place[o] for o in areas.neighbours[c]] for c in areas.codes})


def ring(size: int) -> Adjacency:
    """`size` areas in a circle."""
    names = [f"a{i:02d}" for i in range(size)]
    return network({names[i]: [names[i - 1], names[(i + 1) % size]] for i in range(size)})


def square(east: float, north: float) -> str:
    """A square of 0.01 degrees as GeoJSON; whole numbers of steps touch."""
    return shapely.to_geojson(shapely.box(east, north, east + 0.01, north + 0.01))


def pairs(areas: Adjacency) -> set[tuple[str, str]]:
    return {(c, o) for c in areas.codes for o in areas.neighbours[c] if c < o}


@pytest.fixture(scope="module")
def columbus() -> Adjacency:
    lines = COLUMBUS_NEIGHBOURS.split(";")
    return network({f"{i:02d}": [f"{int(o):02d}" for o in line.split()] for i, line in enumerate(lines)})


@pytest.fixture(scope="module")
def crime(columbus) -> pd.Series:
    return pd.Series(COLUMBUS_CRIME, index=list(columbus.codes))


@pytest.fixture(scope="module")
def boundaries(boundaries_file) -> pd.DataFrame:
    return pd.read_parquet(boundaries_file)


@pytest.fixture(scope="module")
def districts() -> pd.DataFrame:
    return pd.read_csv(ROOT / "data" / "reference" / "districts.csv", dtype=str)


@pytest.fixture(scope="module")
def bank(districts) -> dict[str, str]:
    return adjacency.banks(districts)


@pytest.fixture(scope="module")
def named(districts):
    """`named(pairs)`: the same pairs of codes as pairs of English names without '-gu'."""
    names = dict(zip(districts["district_code"], districts["name_en"].str.removesuffix("-gu"), strict=True))
    return lambda found: {tuple(names[code] for code in pair) for pair in found}


def rows(boundaries: pd.DataFrame, level: str, vintage: int = 2020) -> pd.DataFrame:
    return boundaries[(boundaries["level"] == level) & (boundaries["vintage"] == vintage)]


@pytest.fixture(scope="module")
def gu(boundaries, bank) -> Adjacency:
    return queen_within_banks(rows(boundaries, "district"), bank)


@pytest.fixture(scope="module")
def dong(boundaries, bank) -> Adjacency:
    return queen_within_banks(rows(boundaries, "dong"), bank)


# ── Neighbours on the real boundaries ─────────────────────────────────────────────────────────────

# Read off the map of Seoul's districts; each pair faces each other across the Han.
RIVER_PAIRS = {
    ("Yongsan", "Yeongdeungpo"),
    ("Yongsan", "Dongjak"),
    ("Yongsan", "Seocho"),
    ("Yongsan", "Gangnam"),
    ("Seongdong", "Gangnam"),
    ("Gwangjin", "Gangnam"),
    ("Gwangjin", "Songpa"),
    ("Gwangjin", "Gangdong"),
    ("Mapo", "Gangseo"),
    ("Mapo", "Yeongdeungpo"),
}


@pytest.mark.parametrize("vintage", VINTAGES)
def test_ten_pairs_of_districts_touch_only_across_the_han(boundaries, bank, named, vintage):
    plain = queen(rows(boundaries, "district", vintage))
    by_land = queen_within_banks(rows(boundaries, "district", vintage), bank)
    assert named(by_land.cut) == RIVER_PAIRS
    assert pairs(by_land) == pairs(plain) - set(by_land.cut) and pairs(plain) >= set(by_land.cut)
    assert plain.cut == plain.joined == by_land.joined == ()


def test_land_borders_stay_and_distant_districts_are_no_neighbours(gu, named):
    found = named(pairs(gu))
    assert {("Seocho", "Gangnam"), ("Yongsan", "Mapo"), ("Jongno", "Jung"), ("Dobong", "Nowon")} <= found
    assert not {("Yongsan", "Dongjak"), ("Gangseo", "Gangdong"), ("Jongno", "Gangnam")} & found
    assert len(gu.codes) == 25 and len(found) == 45  # 55 contacts in 2020 less the ten across the river


@pytest.mark.parametrize("vintage", VINTAGES)
def test_the_banks_meet_in_one_line_from_border_to_border(boundaries, bank, vintage):
    """So there are two banks, and no contact between them but along the river."""
    drawn = rows(boundaries, "district", vintage)
    shapes = shapely.from_geojson(drawn["geometry"].to_numpy())
    side = drawn["area_code"].map(bank).to_numpy()
    north, south = (shapely.coverage_union_all(shapes[side == name]) for name in ("north", "south"))
    assert north.geom_type == south.geom_type == "Polygon"
    river = shapely.line_merge(shapely.intersection(north, south))
    assert river.geom_type == "LineString"
    outline = shapely.boundary(shapely.coverage_union_all(shapes))
    assert shapely.intersects(shapely.points(shapely.get_coordinates(river)[[0, -1]]), outline).all()


@pytest.mark.parametrize("vintage", VINTAGES)
@pytest.mark.parametrize("level", ["district", "dong"])
def test_queen_neighbours_are_those_of_libpysal(boundaries, level, vintage):
    drawn = rows(boundaries, level, vintage)
    shapes = gpd.GeoSeries(shapely.from_geojson(drawn["geometry"].to_numpy()), index=drawn["area_code"])
    theirs = Graph.build_contiguity(shapes, rook=False)
    ours = queen(drawn)
    assert {code: set(others) for code, others in ours.neighbours.items()} == {
        code: set(theirs[code].index) for code in theirs.unique_ids
    }


@pytest.mark.parametrize("level", ["district", "dong"])
def test_neighbourhood_is_symmetric_and_each_bank_is_connected(gu, dong, bank, level):
    areas = {"district": gu, "dong": dong}[level]
    assert all(code in areas.neighbours[other] for code in areas.codes for other in areas.neighbours[code])
    assert all(code not in areas.neighbours[code] for code in areas.codes)
    groups = graph(areas).component_labels
    side = pd.Series([bank[code[:4] + "0"] for code in areas.codes])
    assert pd.crosstab(groups.to_numpy(), side.to_numpy()).gt(0).to_numpy().sum() == groups.nunique() == 2


def test_a_dong_lies_on_the_bank_of_its_district(boundaries, dong, gu):
    assert len(dong.codes) == 425
    over_the_river = {tuple(sorted(code[:4] + "0" for code in pair)) for pair in dong.cut}
    assert over_the_river == set(gu.cut)
    name = rows(boundaries, "dong").set_index("area_code")["name_ko"]
    yeoui = name.index[name == "여의동"][0]
    # Yeouido is an island in the river, but belongs to Yeongdeungpo and to the southern bank.
    assert dong.bank[yeoui] == "south" and {code[:4] for code in dong.neighbours[yeoui]} == {"1119", "1120"}


# ── Islands, few areas, bad input ─────────────────────────────────────────────────────────────────


def test_an_island_is_joined_to_the_nearest_area_and_reported():
    drawn = pd.DataFrame(
        {
            "area_code": ["11010", "11020", "11030", "11040"],
            "geometry": [
                square(127.0, 37.5),
                square(127.01, 37.5),
                square(127.05, 37.5),
                square(126.9, 37.5),
            ],
        }
    )
    found = queen(drawn)
    assert found.joined == (("11030", "11020"), ("11040", "11010"))
    assert found.neighbours == {
        "11010": ("11020", "11040"),
        "11020": ("11010", "11030"),
        "11030": ("11020",),
        "11040": ("11010",),
    }


def test_an_island_of_the_river_is_joined_on_its_own_bank():
    """11030 touches only 11020, across the river; on its own bank the nearest is 11011, five times as far."""
    drawn = pd.DataFrame(
        {
            "area_code": ["11010", "11011", "11020", "11030"],
            "geometry": [
                square(127.0, 37.5),
                square(127.01, 37.5),
                square(127.05, 37.5),
                square(127.06, 37.5),
            ],
        }
    )
    bank = {"11010": "north", "11011": "north", "11020": "south", "11030": "north"}
    found = queen_within_banks(drawn, bank)
    assert found.cut == (("11020", "11030"),)
    # 11020 is the only area in the south, so it can only be joined across the river.
    assert found.joined == (("11020", "11030"), ("11030", "11011"))


def test_squares_that_share_only_a_corner_are_queen_neighbours():
    drawn = pd.DataFrame(
        {"area_code": ["11010", "11020"], "geometry": [square(127.0, 37.5), square(127.01, 37.51)]}
    )
    assert pairs(queen(drawn)) == {("11010", "11020")}


@pytest.mark.parametrize("count", [0, 1])
def test_no_area_and_one_area_have_no_neighbours_and_too_few_values(boundaries, bank, count):
    drawn = rows(boundaries, "district").head(count)
    found = queen_within_banks(drawn, bank)
    assert len(found.codes) == count and not pairs(found) and found.joined == ()
    values = dict.fromkeys(found.codes, 1.0)
    assert moran(values, found, seed=1).verdict == "too_few"
    local = local_moran(values, found, seed=1)
    assert local.verdict == "too_few" and len(local.table) == count and not local.any_reliable
    assert moran_rate(values, values, found, seed=1).verdict == "too_few"


def test_bad_boundaries_are_refused_with_the_area_named(boundaries, bank, districts):
    drawn = rows(boundaries, "district")
    with pytest.raises(ValueError, match="more than once: 11010"):
        queen(pd.concat([drawn, drawn.head(1)]))
    with pytest.raises(ValueError, match="one vintage"):
        queen(boundaries[boundaries["level"] == "district"])
    with pytest.raises(ValueError, match="one level"):
        queen(boundaries[boundaries["vintage"] == 2020])
    for broken in (None, "", "{", json.dumps({"type": "Polygon", "coordinates": []})):
        with pytest.raises(ValueError, match="without a readable shape: 11020"):
            queen(drawn.assign(geometry=drawn["geometry"].where(drawn["area_code"] != "11020", broken)))
    with pytest.raises(ValueError, match="area 11250 lies"):
        queen_within_banks(drawn, {code: side for code, side in bank.items() if code != "11250"})
    with pytest.raises(ValueError, match="not gangnam"):
        adjacency.banks(districts.assign(living_area="gangnam"))


def test_bad_values_are_refused_with_the_area_named(columbus, crime):
    with pytest.raises(ValueError, match="not on the map: 99"):
        local_moran({**crime, "99": 1.0}, columbus, seed=1)
    with pytest.raises(ValueError, match="more than once: 03"):
        moran(pd.concat([crime, crime[["03"]]]), columbus, seed=1)
    with pytest.raises(ValueError, match="Infinite value for area 07"):
        moran({**crime, "07": np.inf}, columbus, seed=1)
    with pytest.raises(ValueError, match="at least 0"):
        moran_rate({**crime, "07": -1}, crime, columbus, seed=1)


# ── Published values and PySAL's own ──────────────────────────────────────────────────────────────


def test_moran_of_columbus_crime_is_that_of_spdep(columbus, crime):
    """Case o09: spdep, docs/reference/moran.test, styles W and B; published digits, hence 5e-5."""
    row = moran(crime, columbus, seed=1, permutations=9)
    assert [row.index, row.expectation, row.variance, row.z] == pytest.approx(
        [0.510951264, -0.020833333, 0.008908762, 5.6341], abs=5e-5
    )
    binary = moran(crime, columbus, seed=1, permutations=9, row_standardised=False)
    assert [binary.index, binary.expectation, binary.variance, binary.z] == pytest.approx(
        [0.52063815, -0.02083333, 0.00759872, 6.2116], abs=5e-5
    )


def test_expectation_is_minus_one_24th_for_25_districts(gu):
    found = moran(dict(zip(gu.codes, np.sin(np.arange(25)), strict=True)), gu, seed=1, permutations=9)
    assert found.areas == 25 and found.expectation == pytest.approx(-1 / 24)  # metrics A9: -0.0417


def test_benjamini_hochberg_keeps_four_of_the_fifteen_of_1995():
    """Case o26: Benjamini and Hochberg 1995, example of 15 p-values; at 5 % four stay (Bonferroni: three)."""
    p = np.array([
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528,
        0.759, 1.0,
    ])  # fmt: skip
    kind, adjusted = classes(np.ones(15), np.ones(15), p)
    assert list(kind) == ["HH"] * 4 + ["none"] * 11
    # By hand: the fourth p times 15 / 4; the last is its own.
    assert adjusted[3] == pytest.approx(0.0095 * 15 / 4) and adjusted[-1] == 1.0


def test_global_and_local_statistics_are_those_of_esda(columbus, crime):
    weights = graph(columbus)
    theirs = Moran(crime.to_numpy(), weights, permutations=0)
    ours = moran(crime, columbus, seed=1, permutations=9)
    assert [ours.index, ours.variance] == pytest.approx([theirs.I, theirs.VI_rand], rel=1e-12)
    local = Moran_Local(crime.to_numpy(), weights, permutations=0)
    table = local_moran(crime, columbus, seed=1, permutations=9).table
    assert table["local_i"].to_numpy() == pytest.approx(local.Is, rel=1e-12)
    kind, _ = classes(table["z"].to_numpy(), table["lag"].to_numpy(), np.zeros(49))
    assert list(kind) == [{1: "HH", 2: "LH", 3: "LL", 4: "HL"}[quadrant] for quadrant in local.q]
    # Local I adds up to I: with row-standardised weights their mean is I (n-1)/n.
    assert table["local_i"].mean() == pytest.approx(ours.index * 48 / 49)


def test_rate_indices_are_those_of_esda_and_differ_from_raw_rates(columbus):
    rng = np.random.default_rng(5)
    people = rng.integers(50, 5000, size=49).astype(float)
    events = rng.binomial(people.astype(int), 0.1).astype(float)
    weights = graph(columbus)
    by_code = [dict(zip(columbus.codes, column, strict=True)) for column in (events, people)]
    ours = moran_rate(*by_code, columbus, seed=1, permutations=9)
    assert ours.index == pytest.approx(Moran_Rate(events, people, weights, permutations=0).I, rel=1e-12)
    raw = moran(dict(zip(columbus.codes, events / people, strict=True)), columbus, seed=1, permutations=9)
    assert abs(ours.index - raw.index) > 0.01
    local = local_moran_rate(*by_code, columbus, seed=1, permutations=9)
    theirs = Moran_Local_Rate(events, people, weights, permutations=0).Is
    assert local.table["local_i"].to_numpy() == pytest.approx(theirs, rel=1e-12)


# ── Permutation p ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.filterwarnings("ignore:The alternative hypothesis")  # esda announces that p_sim will double
def test_p_of_columbus_is_twice_that_of_esda(columbus, crime):
    """esda's p_sim is the smaller tail; both draw 19,999 times, so 0.02 is more than four standard errors."""
    theirs = Moran_Local(
        crime.to_numpy(), graph(columbus), permutations=19_999, seed=3, keep_simulations=False
    )
    ours = local_moran(crime, columbus, seed=1, permutations=19_999).table["p"].to_numpy()
    assert np.abs(ours - np.minimum(1, 2 * theirs.p_sim)).max() < 0.02
    assert (ours < 0.05).sum() > 5  # so the comparison covers small p, not only p near 1


def exact_two_sided(observed: float, everything: list[float]) -> float:
    values = np.array(everything)
    above, below = (values >= observed - 1e-9).mean(), (values <= observed + 1e-9).mean()
    return min(1.0, 2 * min(above, below))


def test_p_agrees_with_full_enumeration_ties_included():
    """Seven areas: all 5,040 orders for I, all sets of neighbours for each local I. 0.02 is over four SE."""
    touching = {"a": "bcd", "b": "ac", "c": "abde", "d": "ace", "e": "cdfg", "f": "e", "g": "e"}
    areas = network({code: list(others) for code, others in touching.items()})
    y = np.array([3.0, 3.0, 1.0, 4.0, 9.0, 2.0, 3.0])
    values = dict(zip(areas.codes, y, strict=True))
    z = (y - y.mean()) / y.std()
    around = [[areas.codes.index(o) for o in areas.neighbours[code]] for code in areas.codes]

    def index(order: np.ndarray) -> float:
        return float(np.mean([order[i] * order[others].mean() for i, others in enumerate(around)]))

    every = [index(z[list(order)]) for order in itertools.permutations(range(7))]
    assert moran(values, areas, seed=2).p == pytest.approx(exact_two_sided(index(z), every), abs=0.02)
    local = local_moran(values, areas, seed=2).table["p"]
    for i, others in enumerate(around):
        rest = [j for j in range(7) if j != i]
        sums = [z[i] * z[list(chosen)].sum() for chosen in itertools.combinations(rest, len(others))]
        assert local.iloc[i] == pytest.approx(exact_two_sided(z[i] * z[others].sum(), sums), abs=0.02)


def test_without_clustering_five_percent_of_districts_fall_below_five_percent(gu):
    """The smaller tail alone would put 10 % below 0.05, and p would never pass 0.5."""
    rng = np.random.default_rng(2026)
    maps = [dict(zip(gu.codes, rng.standard_normal(25), strict=True)) for _ in range(300)]
    local = [local_moran(values, gu, seed=k, permutations=999) for k, values in enumerate(maps)]
    p = np.concatenate([found.table["p"].to_numpy() for found in local])
    assert 0.04 < (p < 0.05).mean() < 0.06  # 7,500 areas; binomial SE 0.0025
    assert (p > 0.5).mean() == pytest.approx(0.5, abs=0.03)
    # 300 maps at 5 % keep the false discovery rate: at most 5 % of maps show anything, SE 1.3 points.
    assert np.mean([found.any_reliable for found in local]) < 0.08
    city = np.array([moran(values, gu, seed=k, permutations=199).p for k, values in enumerate(maps)])
    assert 0.02 < (city < 0.05).mean() < 0.08  # 300 maps; SE 0.013


def test_same_seed_same_p_whatever_numpys_global_state(columbus, crime):
    np.random.seed(1)
    before = np.random.get_state()[1].copy()
    first, again = (local_moran(crime, columbus, seed=7) for _ in range(2))
    assert np.array_equal(np.random.get_state()[1], before)
    pd.testing.assert_frame_equal(first.table, again.table)
    assert not local_moran(crime, columbus, seed=8).table["p"].equals(first.table["p"])
    city = [moran(crime, columbus, seed=seed, permutations=199) for seed in (7, 7, 8)]
    assert city[0] == city[1] and city[0].chance != city[2].chance


def test_order_of_rows_changes_nothing_and_other_names_change_no_statistic(boundaries, bank, crime, columbus):
    drawn = rows(boundaries, "district")
    assert queen(drawn) == queen(drawn.sample(frac=1, random_state=1))
    assert queen_within_banks(drawn, bank) == queen_within_banks(drawn.iloc[::-1], bank)
    straight = local_moran(crime, columbus, seed=1)
    pd.testing.assert_frame_equal(straight.table, local_moran(crime.iloc[::-1], columbus, seed=1).table)

    renamed = {code: f"{(int(code) * 20) % 49:02d}" for code in columbus.codes}  # 20 and 49 share no factor
    other = network({renamed[c]: [renamed[o] for o in columbus.neighbours[c]] for c in columbus.codes})
    moved = local_moran(crime.rename(renamed), other, seed=1).table.loc[[renamed[c] for c in columbus.codes]]
    assert moved["local_i"].to_numpy() == pytest.approx(straight.table["local_i"].to_numpy(), rel=1e-9)
    assert moved["p"].to_numpy() == pytest.approx(straight.table["p"].to_numpy(), abs=0.03)
    assert moran(crime.rename(renamed), other, seed=1).index == pytest.approx(
        moran(crime, columbus, seed=1).index
    )


def test_enough_permutations_that_one_strong_area_can_pass_the_correction(gu, dong):
    for areas, expected in ((gu, 9_999), (dong, 99_999)):
        values = dict(
            zip(areas.codes, np.random.default_rng(4).standard_normal(len(areas.codes)), strict=True)
        )
        found = local_moran(values, areas, seed=1)
        assert found.permutations == expected
        assert 2 / (found.permutations + 1) < found.alpha / len(areas.codes)
    assert 2 / (9_999 + 1) > 0.05 / 425  # which is why the dong need more


# ── Verdicts ──────────────────────────────────────────────────────────────────────────────────────


def test_a_planted_cluster_of_districts_is_found_and_its_shuffle_is_not(gu, named):
    """Gangbuk, Dobong, Nowon, Seongbuk and Jungnang stand 10 points above the rest, noise has SD 1."""
    rng = np.random.default_rng(11)
    values = pd.Series(rng.normal(30, 1, size=25), index=list(gu.codes))
    planted = ["11070", "11080", "11090", "11100", "11110"]
    values[planted] += 10
    found = local_moran(values, gu, seed=1)
    high = set(found.table.index[found.table["kind"] == "HH"])
    assert found.verdict == "reliable" and high and high <= set(planted)
    assert moran(values, gu, seed=1).verdict == "clustered"
    shuffled = pd.Series(rng.permutation(values.to_numpy()), index=values.index)
    none = local_moran(shuffled, gu, seed=1)
    assert none.verdict == "no_reliable_cluster" and not none.any_reliable
    assert set(none.table["kind"]) == {"none"}
    assert moran(shuffled, gu, seed=1).verdict == "none"


def test_a_planted_cluster_of_dong_rates_is_found_where_it_is(dong):
    rng = np.random.default_rng(12)
    people = pd.Series(rng.integers(3_000, 30_000, size=425), index=list(dong.codes))
    gwanak = [code for code in dong.codes if code.startswith("1121")]
    rate = pd.Series(0.05, index=people.index)
    rate[gwanak] = 0.08
    events = pd.Series(rng.binomial(people, rate), index=people.index)
    found = local_moran_rate(events, people, dong, seed=1)
    high = set(found.table.index[found.table["kind"] == "HH"])
    assert len(high & set(gwanak)) >= len(gwanak) / 2 and len(high - set(gwanak)) <= 5
    null = pd.Series(rng.binomial(people, 0.05), index=people.index)
    assert local_moran_rate(null, people, dong, seed=1).verdict == "no_reliable_cluster"


def test_a_chessboard_is_dispersed_and_its_areas_unlike_their_neighbours():
    """40 areas in a circle, 0 and 1 in turn; each has the six nearest of the other kind as neighbours."""
    names = [f"a{i:02d}" for i in range(40)]
    steps = (-5, -3, -1, 1, 3, 5)
    areas = network({names[i]: [names[(i + step) % 40] for step in steps] for i in range(40)})
    values = {code: float(i % 2) for i, code in enumerate(areas.codes)}
    assert moran(values, areas, seed=1).verdict == "dispersed"
    found = local_moran(values, areas, seed=1)
    assert list(found.table["kind"]) == ["LH", "HL"] * 20 and found.verdict == "reliable"
    # All six drawn from the 20 of the other kind among 39, times two for both tails: 0.0238.
    assert found.table["p"].to_numpy() == pytest.approx(2 * math.comb(20, 6) / math.comb(39, 6), abs=0.006)


def test_one_and_a_quarter_of_25_districts_are_expected_by_chance(gu):
    values = dict(zip(gu.codes, np.random.default_rng(3).standard_normal(25), strict=True))
    found = local_moran(values, gu, seed=1)
    assert found.expected_by_chance == pytest.approx(1.25)  # metrics A10
    assert found.uncorrected == (found.table["p"] < 0.05).sum()


def test_equal_values_are_no_variation_and_raise_no_warning(gu):
    same = dict.fromkeys(gu.codes, 0.3)
    people = dict(zip(gu.codes, np.arange(1000, 26000, 1000), strict=True))
    a_tenth = {code: count / 10 for code, count in people.items()}
    nothing = dict.fromkeys(gu.codes, 0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for city in (
            moran(same, gu, seed=1),
            *(moran_rate(e, people, gu, seed=1) for e in (a_tenth, nothing)),
        ):
            assert city.verdict == "no_variation" and np.isnan([city.index, city.z, city.p]).all()
        local = local_moran(same, gu, seed=1)
        assert local_moran_rate(a_tenth, people, gu, seed=1).verdict == "no_variation"
    assert local.verdict == "no_variation" and local.expected_by_chance == 0
    assert list(local.table["value"]) == [0.3] * 25 and set(local.table["kind"]) == {"none"}


def test_where_each_area_touches_all_others_nothing_can_be_found():
    areas = network({code: [other for other in "abcdef" if other != code] for code in "abcdef"})
    values = dict(zip("abcdef", [1.0, 2.0, 3.0, 4.0, 5.0, 9.0], strict=True))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        city = moran(values, areas, seed=1, permutations=99)
    assert city.index == pytest.approx(-1 / 5) and city.p == 1 and np.isnan(city.z)
    assert (local_moran(values, areas, seed=1, permutations=99).table["p"] == 1).all()


def test_an_area_without_value_is_missing_and_the_rest_stay(gu):
    rng = np.random.default_rng(6)
    values = pd.Series(rng.standard_normal(25), index=list(gu.codes))
    gone = "11220"  # Seocho
    without = values.where(values.index != gone)
    found = local_moran(without, gu, seed=1)
    assert found.missing == (gone,) and found.table.loc[gone, ["value", "p"]].isna().all()
    assert len(found.table) == 25 and found.expected_by_chance == pytest.approx(24 * 0.05)
    # Leaving the row out is the same as NaN.
    pd.testing.assert_frame_equal(found.table, local_moran(values.drop(gone), gu, seed=1).table)
    city = moran(without, gu, seed=1)
    assert city.areas == 24 and city.missing == (gone,) and city.expectation == pytest.approx(-1 / 23)
    # Gangnam keeps Songpa, its other neighbour on land: its lag is Songpa's z.
    assert set(gu.neighbours["11230"]) == {gone, "11240"}
    assert found.table.loc["11230", "lag"] == pytest.approx(found.table.loc["11240", "z"])


def test_an_area_that_loses_all_neighbours_is_joined_to_the_nearest_value_and_reported():
    names = "abcdefg"
    areas = network({code: [o for o in names if abs(ord(o) - ord(code)) == 1] for code in names})
    values = {**dict(zip(names, [5.0, 0, 2.0, 7.0, 1.0, 3.0, 8.0], strict=True)), "b": np.nan}
    for found in (moran(values, areas, seed=1, permutations=9), local_moran(values, areas, seed=1)):
        assert found.joined == (("a", "c"),) and found.missing == ("b",)
    table = local_moran(values, areas, seed=1).table
    assert table.loc["a", "lag"] == pytest.approx(table.loc["c", "z"])
    assert table.loc["c", "lag"] == pytest.approx(table.loc[["a", "d"], "z"].mean())


def test_an_area_without_people_is_missing_and_four_areas_are_too_few():
    areas = ring(6)
    events = dict.fromkeys(areas.codes, 5)
    people = {code: 100 * i for i, code in enumerate(areas.codes)}
    found = local_moran_rate(events, people, areas, seed=1)
    assert found.missing == ("a00",) and found.state == "ok"
    fewer = local_moran_rate(events, {**people, "a01": np.nan}, areas, seed=1)
    assert fewer.verdict == "too_few" and fewer.missing == ("a00", "a01") and not fewer.any_reliable


def test_importing_the_modules_loads_no_slow_library():
    code = (
        "import sys, geo.adjacency, geo.spatial;"
        "print({'esda', 'libpysal', 'sklearn', 'statsmodels', 'scipy.stats'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_two_maps_are_two_things_though_their_figures_agree(crime, columbus):
    one, other = (local_moran(crime, columbus, seed=1, permutations=9) for _ in range(2))
    assert one.table.equals(other.table) and one != other and len({one, other}) == 2
