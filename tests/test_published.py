"""What is shown as published was printed somewhere, has an address, and says where sources disagree."""

from __future__ import annotations

import re

import pytest

from answers.facts import published_table
from data import census, published
from locales import t


def test_nothing_weak_or_derived_is_returned_as_published():
    everything = published.all_facts()
    assert {"published", "derived"} <= set(everything["quality"])
    shown = published.published_facts()
    assert set(shown["quality"]) == {"published"}
    assert set(shown["evidence"]) == {"published"}
    hidden = set(everything.loc[everything["quality"] != "published", "fact_id"])
    assert "F052" in hidden  # the plan's yearly average is our division
    for topic in everything["topic"].unique():
        assert not hidden & set(published.published(topic=topic)["fact_id"])


def test_every_published_row_has_an_address_a_source_and_a_korean_name():
    shown = published.published_facts()
    assert shown["source_url"].str.match(r"https?://\S+$").all()
    assert (shown["source_title"] != "").all()
    assert shown["name_ko"].str.contains("[가-힣]").all()
    assert shown["fact_id"].is_unique


def test_both_languages_are_filled_together():
    frame = published.all_facts()
    for english, korean in (("note", "note_ko"), ("breakdown", "breakdown_ko"), ("unit", "unit_ko")):
        assert (frame[english].isna() == frame[korean].isna()).all()
    assert (frame["geography_ko"] != "").all()


def test_periods_are_dates_or_intervals():
    day = r"\d{4}(-\d\d(-\d\d)?)?"
    periods = published.all_facts()["period"].dropna()
    assert all(re.fullmatch(f"{day}(/{day})?", period) for period in periods)


def test_conflicting_figures_name_each_other():
    frame = published.all_facts().set_index("fact_id")
    named = frame["conflict_with"].dropna()
    assert all(frame.loc[other, "conflict_with"] == one for one, other in named.items())
    values = {frozenset((frame.loc[one, "value"], frame.loc[other, "value"])) for one, other in named.items()}
    assert {
        frozenset(("15565", "13000")),
        frozenset(("22000", "20000")),
        frozenset(("75046", "17000")),
        frozenset(("34.9", "20.0")),  # two surveys of 2022
    } <= values


def test_yearly_chances_of_isolation_again_are_called_chances():
    """1 − (1 − p)^¼ of a share within four years, as 9.6, 14.1 and 19.9 %: a probability, and not what a model takes."""
    frame = published.all_facts().set_index("fact_id").loc[["F353", "F354", "F355"]]
    ever = {"F353": 0.333, "F354": 0.456, "F355": 0.588}
    for fact, row in frame.iterrows():
        assert round(100 * (1 - (1 - ever[fact]) ** 0.25), 1) == row["value_number"]
        assert (row["indicator"].split(" ")[0], "확률" in row["name_ko"]) == ("Probability", True)
    assert (
        not frame["indicator"].str.contains("hazard").any()
        and not frame["name_ko"].str.contains("위험").any()
    )


def test_plan_budget_and_hotline_anchors_are_the_printed_ones():
    number = published.published_facts().set_index("fact_id")["value_number"]
    assert number["F050"] == 451_300_000_000
    hotline = published.published(topic="hotline", indicator="Hotline: cumulative consultations")
    assert {3088, 15565, 28774, 33148} <= set(hotline["value_number"])
    survey = published.published(topic="need", geography="Seoul").set_index("fact_id")["value_number"]
    assert (survey["F227"], survey["F229"]) == (46.6, 7.7)


def test_older_people_living_alone_in_2016_add_up_to_the_city():
    rows = published.all_facts().query("indicator == 'Older people living alone (65+)' and period == '2016'")
    districts = rows[rows["geography"] != "Seoul"]
    assert set(districts["geography"]) == set(census.districts()["name_en"])
    assert districts["value_number"].sum() == 288_599
    assert districts.set_index("geography").loc["Mapo-gu", "quality"] == "derived"


def test_printed_one_person_households_of_2020_agree_with_the_census():
    facts = census.census_facts().query("year == 2020 and indicator == 'one_person_households'")
    counts = facts.set_index("area_code")["value"]
    names = census.districts().set_index("name_en")["district_code"]
    printed = published.published(topic="district", indicator="One-person households")
    printed = printed[printed["period"] == "2020"]
    assert len(printed) == 3
    for row in printed.itertuples():
        # Printed in thousands, some rounded and some cut.
        assert abs(counts[names[row.geography]] - row.value_number) < 1000


@pytest.mark.parametrize(("lang", "other", "why"), [("ko", "다른 출처는 20%", "문항"), ("en", "another source: 20%", "question")])  # fmt: skip
def test_a_contested_figure_prints_the_other_one_and_the_reason(lang, other, why):
    rows = published_table(published.published_facts(), lang).rows
    (said,) = [str(value) for _, value, *_ in rows if str(value).startswith("34.9%")]
    assert other in said and why in said
    alone = published.published_facts().query("fact_id == 'F225'")
    assert t("about.conflict", lang) in str(published_table(alone, lang).rows[0][1])
