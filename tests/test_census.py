"""The census facts agree with the published city figures, and nothing is lost on the way to the map."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pandas as pd
import pytest

from data import census
from data.census.source import CODE_LENGTH, seoul_rows

ONE, ALL = "one_person_households", "households"


@pytest.fixture(scope="module")
def facts() -> pd.DataFrame:
    return census.census_facts()


@pytest.fixture(scope="module")
def links() -> pd.DataFrame:
    return census.crosswalk()


def value(facts: pd.DataFrame, *, area: str, year: int, indicator: str) -> int:
    chosen = facts.query("area_code == @area and year == @year and indicator == @indicator")
    assert len(chosen) == 1
    return int(chosen["value"].iloc[0])


@pytest.mark.parametrize(
    ("year", "one_person", "households"),
    [(2015, 1_115_744, 3_784_490), (2020, 1_387_443, 3_967_930), (2025, 1_699_910, 4_194_215)],
)
def test_city_one_person_households_are_the_reference_figures(facts, year, one_person, households):
    assert value(facts, area=census.CITY, year=year, indicator=ONE) == one_person
    assert value(facts, area=census.CITY, year=year, indicator=ALL) == households


def test_city_share_of_2025_is_40_5_percent(facts):
    share = value(facts, area="11", year=2025, indicator=ONE) / value(
        facts, area="11", year=2025, indicator=ALL
    )
    assert round(100 * share, 1) == 40.5


def test_gwanak_is_highest_and_yangcheon_lowest_in_2025(facts):
    rows = facts.query("level == 'district' and year == 2025 and indicator in [@ONE, @ALL]")
    wide = rows.pivot(index="area_code", columns="indicator", values="value")
    share = (100 * wide[ONE] / wide[ALL]).round(1)
    names = census.districts().set_index("district_code")["name_en"]
    assert len(share) == 25
    assert (names[share.idxmax()], share.max()) == ("Gwanak-gu", 59.2)
    assert (names[share.idxmin()], share.min()) == ("Yangcheon-gu", 29.2)


def test_a_missing_name_leaves_nobody_out(facts):
    """The 425 dong with a name have 1,689,075 of 4,173,971; the two without one add 10,835 of 20,244 (decision 13)."""
    rows = facts.query("level == 'dong' and year == 2025 and indicator in [@ONE, @ALL]")
    unnamed = rows["area_code"].isin({code for _, code in census.UNNAMED})
    assert (
        set(rows.loc[unnamed, "note_id"]) == {"unnamed_dong"} and rows.loc[~unnamed, "note_id"].isna().all()
    )
    assert rows[unnamed].groupby("indicator")["value"].sum().to_dict() == {ALL: 20_244, ONE: 10_835}
    assert rows[~unnamed].groupby("indicator")["value"].sum().to_dict() == {ALL: 4_173_971, ONE: 1_689_075}
    assert value(facts, area="11060", year=2025, indicator=ALL) == 163_744


def test_the_two_dong_are_called_what_they_are():
    names = census.dong().set_index("dong_code")
    for _, code in census.UNNAMED:
        assert names.loc[code, "name_ko"] == f"원자료에 이름 없음({code})"
        assert names.loc[code, "name_en"] == f"Name not in the source ({code})"


def test_oryu_2_dong_is_all_that_the_city_of_2020_lacks(facts):
    """3,982,290 general households of the census less its 14,360; the share is 35.0 % and not the 34.9 % printed (F319)."""
    one, every = (value(facts, area="11", year=2020, indicator=name) for name in (ONE, ALL))
    assert every + 14_360 == 3_982_290 and round(100 * one / every, 1) == 35.0
    said = census.notes().set_index("note_id").loc["no_household_size_row_city"]
    assert all("35.0" in said[c] and "34.9" in said[c] for c in ("note_ko", "note_en"))


def test_population_of_the_unnamed_dong_is_counted(facts):
    # The city's register population of 2015 and 2020 as Statistics Korea prints it.
    assert value(facts, area="11", year=2015, indicator="population") == 9_904_312
    assert value(facts, area="11", year=2020, indicator="population") == 9_586_195
    assert value(facts, area="11", year=2025, indicator="population") == 9_315_066


def test_districts_and_city_are_the_sums_of_their_dong(facts):
    rows = facts[facts["indicator"].isin(census.DONG_INDICATORS)]
    dong = rows[rows["level"] == "dong"]
    dong = dong.assign(area_code=dong["area_code"].str[:4] + "0")
    keys = ["area_code", "year", "indicator"]
    expected = dong.groupby(keys)["value"].sum().sort_index()
    district = rows[rows["level"] == "district"].set_index(keys)["value"].sort_index()
    pd.testing.assert_series_equal(district, expected)
    city = rows[rows["level"] == "city"].set_index(["year", "indicator"])["value"].sort_index()
    pd.testing.assert_series_equal(city, expected.groupby(["year", "indicator"]).sum().sort_index())


def test_every_area_year_and_indicator_appears_once_and_districts_are_complete(facts):
    assert not facts.duplicated(["area_code", "year", "indicator"]).any()
    assert (facts["value"] >= 0).all()
    counts = facts[facts["level"] == "district"].groupby(["year", "indicator"]).size()
    assert set(counts) == {25}


def test_dong_counts_are_424_425_427(facts):
    population = facts.query("level == 'dong' and indicator == 'population'").groupby("year").size()
    assert population.to_dict() == {2015: 424, 2020: 425, 2025: 427}
    households = facts.query("level == 'dong' and indicator == @ALL").groupby("year").size()
    assert households.to_dict() == {2015: 424, 2020: 424, 2025: 427}


def test_men_and_women_add_up_to_the_population(facts):
    rows = facts[facts["indicator"].str.startswith("population")]
    wide = rows.pivot(index=["area_code", "year"], columns="indicator", values="value")
    assert (wide["population_male"] + wide["population_female"] == wide["population"]).all()


def test_both_copies_of_the_2020_population_agree():
    rows = seoul_rows().query("year == 2020 and type == 'population' and `class1` == 'all households'")
    rows = rows[rows["dong_code"].notna()]
    assert len(rows[rows["class2"] == "total"]) == 851
    own = rows["dong_code"].str.len() == CODE_LENGTH[2020]
    ours = rows[own].set_index(["dong_code", "class2"])["value"]
    other = rows[~own].drop_duplicates(["dong_code", "class2"])
    other = other.assign(dong_code=other["dong_code"].str[:7]).set_index(["dong_code", "class2"])["value"]
    assert ours.sort_index().equals(other.sort_index())


def test_a_sum_that_lacks_a_dong_says_so(facts):
    sums = facts[(facts["level"] != "dong") & (facts["indicator"] == ONE)].set_index(["area_code", "year"])[
        "note_id"
    ]
    assert (sums["11170", 2020], sums["11", 2020]) == ("no_household_size_row", "no_household_size_row_city")
    others = sums.drop([("11170", 2020), ("11", 2020)])
    assert set(others) == {"sum_of_dong"}
    assert set(facts["note_id"].dropna()) <= set(census.notes()["note_id"])


def test_recipients_are_the_sum_of_men_and_women(facts):
    for name in ("basic_livelihood_recipients", "basic_pension_recipients"):
        city = facts.query("area_code == '11' and year == 2020")
        whole = city.set_index("indicator")["value"]
        assert whole[name] == whole[f"{name}_male"] + whole[f"{name}_female"]
    assert value(facts, area="11", year=2020, indicator="psychiatrists") == 955


@pytest.mark.parametrize(
    ("year", "vintage", "dong", "polygons"),
    [(2015, 2015, 424, 424), (2020, 2020, 425, 425), (2025, 2020, 427, 425)],
)
def test_crosswalk_places_every_census_dong_and_reaches_every_polygon(links, year, vintage, dong, polygons):
    rows = links[(links["census_year"] == year) & (links["boundary_vintage"] == vintage)]
    assert rows["census_code"].nunique() == len(rows) == dong
    assert rows["boundary_code"].nunique() == polygons


def test_relations_are_of_the_closed_list(links):
    assert set(links["relation"]) <= {"same", "renamed", "split", "merged", "unknown"}


def test_crosswalk_never_leaves_the_district(links):
    assert (links["census_code"].str[:4] == links["boundary_code"].str[:4]).all()


def test_gaepo_3_dong_is_not_taken_for_sinsa_dong(links):
    rows = links.query("census_year == 2025").set_index("census_code")["boundary_code"]
    assert rows["11230510"] == "1123051"
    assert rows["11230511"] == "1123074"
    names = census.dong().set_index("dong_code")["name_ko"]
    assert (names["11230510"], names["11230511"], names["1123074"]) == ("신사동", "개포3동", "일원2동")


@pytest.mark.parametrize("vintage", [2015, 2020])
def test_crosswalk_conserves_counts(facts, links, vintage):
    """What is drawn is all that there is, but for the dong that covers several polygons."""
    drawn = census.census_on_boundaries(facts, links, vintage=vintage)
    on_map = drawn.groupby(["year", "indicator"])["value"].sum()
    placed = links[links["boundary_vintage"] == vintage]
    rows = facts[(facts["level"] == "dong") & facts["year"].isin(placed["census_year"])]
    if vintage == 2020:  # Oryu 2-dong of 2015, the one census dong that spans two polygons
        rows = rows[(rows["year"] != 2015) | (rows["area_code"] != "1117068")]
    counted = rows.groupby(["year", "indicator"])["value"].sum()
    assert on_map.to_dict() == counted.to_dict()


def test_every_polygon_has_a_value_or_a_reason(facts, links):
    drawn = census.polygon_facts(facts)
    polygons = drawn.groupby(["year", "indicator"]).size().unstack("year")
    assert polygons.drop_duplicates().to_dict("records") == [{2015: 424, 2020: 425, 2025: 425}]
    missing = drawn[drawn["value"].isna()]
    assert set(drawn["note_id"].dropna()) <= set(census.notes()["note_id"])
    found = set(missing[["year", "area_code", "note_id"]].itertuples(index=False, name=None))
    assert found == {(2020, "1117073", "no_household_size_row")}
    remarks = drawn[drawn["value"].notna() & drawn["note_id"].notna()]
    told = set(remarks[["year", "area_code", "note_id"]].itertuples(index=False, name=None))
    assert told == {(2025, "1106081", "unnamed_dong_drawn")}


def test_parts_of_a_divided_dong_are_added_and_marked(facts, links):
    drawn = census.polygon_facts(facts).query("year == 2025").set_index(["area_code", "indicator"])
    assert drawn.loc[("1125051", ALL), "value"] == 13_447 + 5_174  # Gangil-dong and Sangil 2-dong
    assert drawn.loc[("1125052", ALL), "value"] == 13_049  # Sangil 1-dong, renamed
    marked = set(drawn[drawn["redefined"]].index.get_level_values("area_code"))
    assert marked == {"1106081", "1116064", "1116072", "1125051"}
    assert (
        drawn.loc[("1106081", ONE), "value"] == 10_835
    )  # the two dong without a name, on the former Yongsin-dong


def test_a_dong_that_covers_two_polygons_is_missing_on_both(facts, links):
    drawn = census.census_on_boundaries(facts, links, vintage=2020)
    rows = drawn.query("year == 2015 and indicator == @ALL")
    missing = rows[rows["value"].isna()]
    assert set(missing["area_code"]) == {"1117073", "1117074"}
    assert set(missing["note_id"]) == {"covers_several_polygons"}


def test_dong_names_are_bare_and_codes_unique():
    dong = census.dong()
    assert dong["dong_code"].is_unique
    assert not dong["name_ko"].str.contains("서울").any()
    assert set(dong.loc[dong["name_ko"].str.contains(" "), "dong_code"]) == {"11060920", "11060930"}
    assert dong.loc[dong["vintage"] >= 2015, "name_en"].notna().all()
    assert set(dong["district_code"]) == set(census.districts()["district_code"])
    assert dong["valid_to_year"].isna().sum() == 427
    names = dong.set_index("dong_code")["name_ko"]
    assert names["1121058"] == names["11210580"] == "낙성대동"


def test_districts_have_two_code_systems_five_areas_and_a_tile_each():
    districts = census.districts()
    assert len(districts) == 25
    for column in ("district_code", "mois_code", "name_ko", "name_en"):
        assert districts[column].is_unique
    assert list(districts["district_code"]) == [str(code) for code in range(11010, 11251, 10)]
    assert districts["mois_code"].iloc[[0, -1]].tolist() == ["11110", "11740"]
    sizes = districts["living_area"].value_counts().to_dict()
    assert sizes == {"dongbuk": 8, "seonam": 7, "dongnam": 4, "dosim": 3, "seobuk": 3}
    assert not districts.duplicated(["tile_row", "tile_col"]).any()


def test_a_spelling_names_one_district():
    districts = census.districts()
    spellings = districts["aliases"].str.split(";").explode()
    everything = pd.concat([spellings, districts["name_ko"], districts["name_en"]])
    assert everything.is_unique


def test_every_source_is_declared_in_both_languages(facts):
    path = Path(census.__file__).parents[1] / "sources.toml"
    sources = tomllib.loads(path.read_text(encoding="utf-8"))
    assert set(facts["source_id"]) <= set(sources)
    for entry in sources.values():
        assert {
            "title_ko",
            "title_en",
            "publisher_ko",
            "publisher_en",
            "licence_ko",
            "licence_en",
            "note_ko",
            "note_en",
        } <= set(entry)
