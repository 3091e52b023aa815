"""The district map's questions: sentences that agree with their tables, sensible screens at every edge, guards."""

import json
import re
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom
from screen import html, place, specs
from screen import launched as opened
from small import add, make
from sqlalchemy import delete, insert, text

from answers import registry as questions
from answers import words
from answers.districts import (
    change,
    cluster,
    clusters,
    compare,
    estimates,
    funnel,
    gap,
    level,
    mapview,
    measures,
    newest,
    ranks,
    reached,
    trends,
    years,
)  # fmt: skip
from answers.kept import SHELF
from answers.profile import parts, peers, standing
from answers.reader import Raw, Reader, census_notes
from answers.rights import Rights
from answers.store import Store
from charts import map as maps
from charts import theme
from charts.dots import comparison
from data import boundary_sets, cities, facts, queries, tables
from data.engine import make_engine, writing
from geo import borrowing
from locales import t
from metrics import registry
from metrics.reach import SURE

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("ko", "en")
QUESTIONS = [q.part for q in questions.page("district_map")[1]]
GU = [f"11{n:02d}0" for n in range(1, 26)]


def reading(url, view="published"):
    """The door to a store's figures."""
    return Reader(Store.of(url), Rights(view))


def lead(app):
    return re.search(r'<p class="ieum-lead">(.*?)(?: <span|</p>)', html(app)).group(1)


# ── Sentences agree with their tables ─────────────────────────────────────────────────────────────


@st.composite
def areas(draw):
    """25 districts with values, intervals and some without a figure, as a metric frame."""
    rows = []
    for code in GU:
        value = draw(st.floats(0, 30))
        low, high = draw(st.floats(0, 6)), draw(st.floats(0, 6))
        status = draw(st.sampled_from(["ok"] * 6 + ["suppressed", "missing"]))
        known = status == "ok"
        rows.append({"area_code": code, "label": f"d{code}", "value": value if known else np.nan, "status": status,
                     "lower": max(value - low, 0) if known else np.nan, "upper": value + high if known else np.nan})  # fmt: skip
    return pd.DataFrame(rows)


def numbers_in(said):
    return [int(n) for n in re.findall(r"\b(\d+) \(", said)]


def named(said):
    return re.findall(r"d(11\d\d0)", said)


@settings(max_examples=80, deadline=None)
@given(areas(), st.floats(1, 29))
def test_the_level_sentence_counts_and_names_what_the_table_shows(frame, city):
    metric = registry.get("isolation_prevalence")
    said = words.areas_sentence(frame, pd.Series({"value": city}), metric, lang="en")
    known = frame[frame["value"].notna()]
    if known.empty:
        assert said == words.nothing_sentence(frame, "en")
        return
    hidden = int((frame["status"] == "suppressed").sum())
    if hidden > words.MOST_WITHHELD * len(frame):  # the rest are no picture of the whole
        assert said == t("map.sentence_selected", "en", total=25, n=len(known))
        return
    kinds = comparison(known, city)
    higher, lower = known[kinds == "higher"], known[kinds == "lower"]
    assert f"of {len(known)} districts" in said.lower()
    counts = re.search(r"above the city: (none|\d+).*below: (none|\d+)", said)
    if len(higher) + len(lower) == 0:
        assert counts is None
    else:
        expected = [str(n) if n else "none" for n in (len(higher), len(lower))]
        assert list(counts.groups()) == expected
        first = re.search(r"above the city: (.*?); clearly below", said).group(1)
        assert set(named(first)) <= set(higher["area_code"]) and len(named(first)) == min(len(higher), 4)
    sure = words.sure_sentence(frame, metric, lang="en")
    assert (t("map.sentence_no_rank", "en") in sure) != words.separate(frame)
    assert (t("map.sentence_missing", "en", n=hidden) in sure) == (hidden > 0)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["rising", "falling", "none", "withheld"]), min_size=25, max_size=25),
       st.lists(st.floats(0.1, 5), min_size=25, max_size=25))  # fmt: skip
def test_the_change_sentence_counts_and_names_what_the_table_shows(verdicts, sizes):
    sign = {"rising": 1, "falling": -1, "none": 0, "withheld": np.nan}
    frame = pd.DataFrame({"area_code": GU, "label": [f"d{c}" for c in GU], "verdict": verdicts,
                          "value": [sign[v] * s for v, s in zip(verdicts, sizes, strict=True)]})  # fmt: skip
    metric = registry.get("isolation_prevalence")
    shown = trends.Change(metric, frame, pd.Series(dtype=float), ("2022", "2024", "2026"), "demo", "year")
    said = change.sentence(shown, "en")
    for kind, pattern in (
        ("rising", r"clearly rising (none|\d+)"),
        ("falling", r"clearly falling (none|\d+)"),
    ):
        n = verdicts.count(kind)
        assert re.search(pattern, said).group(1) == (str(n) if n else "none")
    assert f"of {25 - verdicts.count('withheld')} districts" in said
    assert set(named(said)) <= set(frame.loc[frame["verdict"].isin(["rising", "falling"]), "area_code"])
    if "withheld" in verdicts:
        assert str(verdicts.count("withheld")) in change.sure(shown, "en")


def test_two_waves_are_called_a_difference_not_a_trend():
    metric = registry.get("basic_livelihood_rate")
    shown = trends.Change(metric, pd.DataFrame(), pd.Series(dtype=float), ("2015", "2020"), "census", "year")
    assert "difference, not a trend" in change.sentence(shown, "en")
    assert "추세가 아닙니다" in change.sentence(shown, "ko")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=25, max_size=25))
def test_the_need_by_reach_sentence_names_exactly_the_sure_ones(chances):
    frame = pd.DataFrame({"area_code": GU, "label": [f"d{c}" for c in GU], "both": chances})
    found = reached.Reach(None, frame, 7.4, 2026)
    said = gap.sentence(found, "en")
    sure = frame[frame["both"] >= SURE].sort_values(["both", "area_code"], ascending=[False, True])
    if sure.empty:
        best = frame.sort_values(["both", "area_code"], ascending=[False, True]).iloc[0]
        assert named(said) == [best["area_code"]] and said.startswith("No district")
    else:
        assert named(said) == sure["area_code"].tolist()[:5]
        assert f": {len(sure)} (" in said


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(["inside", "high_95", "low_95", "high_998", "low_998"]), min_size=25, max_size=25),
       st.floats(0.5, 8))  # fmt: skip
def test_the_funnel_sentence_counts_what_lies_outside(verdicts, phi):
    points = pd.DataFrame(
        {"area_code": GU, "label": [f"d{c}" for c in GU], "verdict": verdicts, "value": 50.0}
    )
    shown = funnel.FunnelView(
        registry.get("answer_rate"), points, pd.DataFrame(), 50, phi, False, "2026", "demo", pd.DataFrame()
    )
    said = funnel.sentence(shown, "en")
    inner = sum(v != "inside" for v in verdicts)
    outer = {c for c, v in zip(GU, verdicts, strict=True) if v.endswith("998")}
    assert f"of 25 districts {inner} lie outside the 95% limits (chance alone: about 1.3)" in said
    assert re.search(r"99.8% limits: (none|\d+)", said).group(1) == (str(len(outer)) if outer else "none")
    assert set(named(said)) <= outer
    assert ("before blaming one" in said) == (phi > 2)


class Whole:
    """What the sentence reads of a global Moran."""

    state, verdict, index, chance, p = "ok", "none", 0.1, (-0.3, 0.3), 0.4


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(["none"] * 6 + ["HH", "LL", "HL", "LH"]), min_size=25, max_size=25))
def test_the_cluster_sentence_names_what_stays_or_says_that_nothing_does(kinds):
    frame = pd.DataFrame({"area_code": GU, "label": [f"d{c}" for c in GU], "kind": kinds, "value": 1.0})
    shown = clusters.Clusters(
        registry.get("one_person_share"), frame, Whole, 10, (), 2020, "2025", "census", "direct"
    )
    said = cluster.sentence(shown, "en")
    assert (t("district.cluster_nothing", "en") in said) == all(k == "none" for k in kinds)
    assert set(named(said)) <= set(frame.loc[frame["kind"] != "none", "area_code"])
    assert sum(numbers_in(said.split("correction:")[-1])) == sum(k != "none" for k in kinds)


def test_a_place_is_only_ever_an_interval():
    order = pd.DataFrame(
        {"median": [3.0], "lower": [1.0], "upper": [14.0], "top_five": [0.62]}, index=["11210"]
    )
    assert "places 1 and 14 of 1" in ranks.sentence(order, "11210", "en") and "62%" in ranks.sentence(
        order, "11210", "en"
    )
    assert ranks.sentence(order, "11010", "en") == t("district.rank_unknown", "en")


def test_korean_particles_follow_the_last_syllable():
    assert words.with_particle("관악구", "은/는", "ko") == "관악구는"
    assert words.with_particle("고립률", "이/가", "ko") == "고립률이"
    assert words.with_particle("GAD-7", "이/가", "ko") == "GAD-7이(가)"
    assert words.with_particle("Gwanak-gu", "은/는", "en") == "Gwanak-gu"


# ── What the demonstration city shows ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_opens_with_an_answer_and_a_chart(monkeypatch, store, question, lang):
    app = opened(monkeypatch, store, "district_map", q=question, lang=lang, gu="11210", cmp="11210.11150")
    assert not app.exception and t("app.error", lang) not in [e.value for e in app.error]
    assert len(lead(app)) > 20 and specs(app)
    assert t(f"district.title_{question}", lang) in html(app)


@pytest.mark.parametrize("question", ["need", "change", "cluster", "years", "funnel"])
@pytest.mark.parametrize("group", ["age-65", "female", "one-person"])
def test_groups_are_asked_where_the_measure_has_them(monkeypatch, store, question, group):
    app = opened(
        monkeypatch,
        store,
        "district_map",
        q=question,
        lang="en",
        group=group,
        indicator="loneliness_prevalence",
    )
    assert not app.exception and t("app.error", "en") not in [e.value for e in app.error]
    assert t(f"group.{group}", "en") in html(app) or question == "change"


def test_smoothed_values_carry_their_mark_raw_value_and_weight(monkeypatch, store):
    app = opened(monkeypatch, store, "district_map", lang="en", year="2024", show_table="1")
    assert t("evidence.modelled", "en") in html(app) and t("evidence.demo", "en") in html(app)
    shown = mapview.build(
        reading(store),
        "isolation_prevalence",
        period=2024,
        level="district",
        district="",
        lang="en",
        estimate="smoothed",
    )
    rows = level.rows(shown, "en")
    assert set(rows[t("district.col_method", "en")]) == {t("district.method_fay_herriot", "en")}
    raw = rows[t("district.col_raw", "en")]
    assert (raw == t("status.withheld", "en")).sum() == shown.areas["raw_value"].isna().sum() > 0
    weight = shown.areas["shrinkage"]
    assert (
        weight.notna().equals(shown.areas["raw_value"].notna())
        and weight.dropna().between(0, 1).all()
        and weight.std() > 0
    )
    columns = list(rows.columns)  # the interval stands together, what was made of it behind
    assert columns.index(t("map.col_upper", "en")) == columns.index(t("map.col_lower", "en")) + 1
    # Whole percentage points: a figure of so few answers is shown no finer, modelled or not.
    assert (shown.areas["value"] % 1 == 0).all()


def test_smoothed_values_agree_with_the_city(store):
    read = reading(store, "analyst")  # unrounded
    metric = registry.get("isolation_prevalence")
    known = estimates.areas(
        read, "isolation_prevalence", where=measures.where(read, metric, 2024), estimate="smoothed", year=2024
    )
    weight = estimates.population(reading(store), 2024).reindex(known.values.index)
    # The benchmark makes the weighted mean of the districts the published 7.7 %.
    assert np.average(known.values, weights=weight) == pytest.approx(7.7, abs=0.02)
    assert known.method == "fay_herriot" and known.se.gt(0).all()


def test_withheld_values_cannot_be_reached_through_ranks_clusters_weights_or_reach(monkeypatch, store):
    read = reading(store)
    metric = registry.get("isolation_prevalence")
    known = estimates.areas(
        read, "isolation_prevalence", where=measures.where(read, metric, 2024), estimate="smoothed", year=2024
    )
    hidden = known.frame["raw_value"].isna().to_numpy()
    assert hidden.sum() >= 5 and known.frame.loc[hidden, "shrinkage"].isna().all()
    # All that is derived starts from whole points: equal shown values give equal z, whatever lies behind them.
    assert (known.values % 1 == 0).all()
    found = clusters.build(
        reading(store), "isolation_prevalence", 2024, "all", "smoothed", "banks", 0, "en"
    ).areas
    assert found.groupby("value")["z"].nunique().max() == 1
    both = reached.build(reading(store), 2024, 0, "en")
    people = estimates.population(reading(store), 2024)
    served = both.view.areas.set_index("area_code")["numerator"]
    values = both.view.areas.set_index("area_code")["value"]
    need = known.values.reindex(values.index)
    assert (100 * served / (need / 100 * people.reindex(values.index)) - values).abs().max() <= 0.051


def test_counts_of_a_selected_few_are_not_set_against_the_city(monkeypatch, store):
    # Re-isolation of one age group: most districts have too few events, and those left are the high ones.
    app = opened(
        monkeypatch, store, "district_map", indicator="reisolation_rate", group="age-19-39", lang="en"
    )
    assert "can be published" in lead(app) and "clearly above the city" not in lead(app)
    app = opened(monkeypatch, store, "district_map", q="cluster", indicator="reisolation_rate", lang="en")
    assert "no cluster is looked for" in lead(app)


def test_the_funnel_stands_on_the_city_and_not_on_the_districts_that_are_left(store):
    shown = funnel.build(reading(store), "reisolation_rate", 2026, "all", "none", "en")
    city = mapview.build(
        reading(store), "reisolation_rate", period=2026, level="district", district="", lang="en"
    ).city
    assert shown.target == pytest.approx(city["value"]) and len(shown.withheld) > 0


def test_the_age_standardised_rate_lies_beside_the_crude_one(store):
    shown = mapview.build(
        reading(store),
        "reisolation_rate",
        period=2025,
        level="district",
        district="",
        lang="en",
        estimate="standardised",
    )
    both = shown.areas[shown.areas["value"].notna()]
    assert shown.method == "standardised" and len(both) > 5
    assert (both["lower"] < both["value"]).all() and (both["value"] < both["upper"]).all()
    assert (both["value"] / both["raw_value"]).between(0.5, 2).all()


def test_nothing_of_a_withheld_districts_answers_goes_into_a_modelled_value(store, monkeypatch):
    """Their true answers, weights and sizes changed at will, every district's modelled value stays as it is."""
    read, year = reading(store), 2026
    where = measures.where(read, registry.get("isolation_prevalence"), year, "all")
    asked = {"where": where, "estimate": "smoothed", "year": year}
    shown = estimates.areas(read, "isolation_prevalence", **asked).frame
    hidden = read.frame("isolation_prevalence", keys=("area_code",), where=where)
    hidden = set(hidden.loc[hidden["status"] == "suppressed", "area_code"])
    assert 3 < len(hidden) < 25 and shown["value"].notna().all()
    true = Reader.for_model

    def changed(self, fact, **more):
        raw = true(self, fact, **more)
        frame = raw._frame.copy()
        mine = frame["area_code"].isin(hidden)
        for column in ("numerator", "denominator", "squares", "base", "cases"):
            frame[column] = frame[column].astype(float).mask(mine, frame[column].astype(float) * 3 + 7)
        return Raw(frame)

    monkeypatch.setattr(Reader, "for_model", changed)
    SHELF.clear()
    again = estimates.areas(read, "isolation_prevalence", **asked).frame
    pd.testing.assert_frame_equal(shown, again)
    SHELF.clear()


def test_smoothed_and_standardised_rates_of_services_are_made_of_published_counts_alone(store, monkeypatch):
    read = reading(store)
    where = measures.where(read, registry.get("reisolation_rate"), 2025, "all")

    def refused(self, *args, **more):
        raise AssertionError("true counts are asked for")

    SHELF.clear()
    monkeypatch.setattr(Reader, "for_model", refused)
    direct = read.frame("reisolation_rate", keys=("area_code",), where=where)
    for estimate in ("smoothed", "standardised"):
        made = estimates.areas(read, "reisolation_rate", where=where, estimate=estimate, year=2025).frame
        same = direct.set_index("area_code").loc[made["area_code"], "value"].isna()
        missing = made["value"].isna().to_numpy()
        assert missing[same.to_numpy()].all() and (~missing).sum() > 5 and (made["lower"].dropna() >= 0).all()
    SHELF.clear()


def test_what_is_expected_of_few_is_the_mean_of_what_stays_under_ten():
    """Of 20 at one in ten: a binomial cut at nine, mean 1.9999…; of 200 nine at most."""
    found = borrowing.Few({"a": 20.0, "b": 200.0, "c": 4.5}, 10, 0.1).answers()
    assert (
        found["a"] == pytest.approx(2, abs=0.01) and 8 < found["b"] < 9 and found["c"] == pytest.approx(0.4)
    )


@pytest.mark.parametrize("n", [0, 1, 9, 12, 500])
@pytest.mark.parametrize("share", [0.0, 0.001, 0.2, 0.97, 1.0])
@pytest.mark.parametrize("below", [1, 5, 10])
def test_what_is_expected_of_few_is_the_sum_over_a_cut_binomial(n, share, below):
    """The closed form against every count with its chance by scipy.stats; where no chance is left, the most there may be."""
    counts = np.arange(min(below, n + 1))
    chance = binom.pmf(counts, n, share)
    expected = counts @ chance / chance.sum() if chance.sum() > 0 else counts[-1]
    assert borrowing.Few({"a": n}, below, share).answers()["a"] == pytest.approx(expected, rel=1e-9)


def test_inequality_is_computed_from_raw_values_with_its_interval(monkeypatch, store):
    found = estimates.slope(reading(store), "one_person_share", 2025, "all")
    assert found.sii_lower < found.sii < found.sii_upper and found.rii_lower < found.rii < found.rii_upper
    app = opened(monkeypatch, store, "district_map", lang="en", indicator="one_person_share")
    assert "Inequality" in html(app)


def test_the_city_reach_is_a_ratio_of_sums_and_not_a_mean_of_districts(store):
    found = reached.build(reading(store), 2025, 0, "en")
    with make_engine(store).connect() as connection:
        served = connection.execute(
            text("SELECT SUM(people) FROM served_yearly WHERE service = 'any' AND year = 2025")
        ).scalar()
        people = connection.execute(text("SELECT SUM(value) FROM census_fact WHERE indicator = 'population' AND year = 2025 AND level = 'district'")).scalar()  # fmt: skip
        isolated = connection.execute(text("SELECT SUM(weight_isolated) / SUM(weight) FROM survey_area "
                                           "WHERE year = 2026 AND instrument_id = 'seoul-welfare-survey'")).scalar()  # fmt: skip
    assert found.wave == 2026  # nearest wave; of two equally near, the later
    by_hand = 100 * (round(served / 10) * 10) / (isolated * people)
    assert found.view.city["value"] == pytest.approx(by_hand, rel=1e-6)
    assert found.view.city["lower"] < by_hand < found.view.city["upper"]


def test_the_profile_says_each_part_and_its_dong(monkeypatch, store):
    for lang in LANGUAGES:
        app = opened(monkeypatch, store, "district_profile", gu="11210", lang=lang)
        said = html(app)
        assert not app.exception and t("app.error", lang) not in [e.value for e in app.error]
        for part in ("need", "services", "outcomes", "changes", "served", "visits", "money", "peers", "dong"):
            assert t(f"profile.{part}", lang) in said
        assert "59.2%" in said
        drawn = [trace for figure in specs(app) for trace in figure["data"] if trace["type"] == "choropleth"]
        assert sum(len(trace["locations"]) for trace in drawn) == 21


def test_money_per_resident_is_the_ledgers_sum_over_the_census(store):
    read = reading(store)
    table = next(
        b
        for b in questions.answer("district_profile", read, "en", {"gu": "11210"}).every()
        if getattr(b, "name", "") == "money"
    )
    with make_engine(store).connect() as connection:
        spent, city = (connection.execute(text("SELECT SUM(CASE kind WHEN 'refund' THEN -amount_krw ELSE amount_krw END) FROM ledger_monthly WHERE fiscal_year = 2025 AND kind IN ('expenditure', 'refund') AND "
                                               f"district_code {where}")).scalar() for where in ("= '11210'", "LIKE '11%'"))  # fmt: skip
        people, everyone = (connection.execute(text("SELECT SUM(value) FROM census_fact WHERE indicator = 'population' AND year = 2025 "
                                                    f"AND level = 'district' {where}")).scalar() for where in ("AND area_code = '11210'", ""))  # fmt: skip
    row = next(row for row in table.rows if row[0] == "2025")
    assert row[2:4] == tuple(
        f"KRW {round(w / n / 100) * 100:,}" for w, n in ((spent, people), (city, everyone))
    )
    assert table.rows[0][0] == "2026 (to Oct)"


def test_peers_follow_the_covariates_that_the_reader_chooses(monkeypatch, store):
    monkeypatch.setenv("DATABASE_URL", place(store))
    read = reading(store)
    by_share = peers.nearest(read, "11210", ("one_person_share",))
    shares = estimates.covariate(read, "one_person_share", 2025)
    # By one covariate alone, nearest is simply the smallest difference.
    assert by_share.index[0] == (shares.drop("11210") - shares["11210"]).abs().idxmin()
    assert list(by_share.index) != list(peers.nearest(read, "11210", ("population", "density")).index)
    assert peers.nearest(read, "11210", ()).empty
    app = opened(monkeypatch, store, "district_profile", gu="11210", lang="en", peers_11210="11150.11230")
    html_of = next(b for b in (e.proto.body for e in app.get("html")) if "Distance (SD)" in b)
    table = next(part for part in html_of.split("<table") if "Distance (SD)" in part)
    assert "Yangcheon-gu" in table and "Gangnam-gu" in table and "Nowon-gu" not in table


def test_the_trend_of_the_map_is_that_of_hand_written_sums(store):
    found = trends.build(reading(store), "loneliness_prevalence", "all", 0, "en")
    with make_engine(store).connect() as connection:
        rows = pd.DataFrame(connection.execute(text(
            "SELECT year, SUM(lonely * weight) AS yes, SUM(weight) AS w, SUM(weight * weight) AS w2 FROM survey_response "
            "WHERE superseded_by IS NULL AND instrument_id = 'seoul-welfare-survey' AND district_code = '11210' GROUP BY year "
            "ORDER BY year")).mappings())  # fmt: skip
    n, p, year = rows["w"] ** 2 / rows["w2"], rows["yes"] / rows["w"], rows["year"].astype(float)
    centre = (n * year).sum() / n.sum()
    slope = (n * (year - centre) * p).sum() / (n * (year - centre) ** 2).sum()
    row = found.areas.set_index("area_code").loc["11210"]
    assert row["value"] == round(100 * slope, 1) and found.said == ("2022", "2024", "2026")


def test_a_withheld_districts_change_is_a_word_without_a_figure(store):
    found = trends.build(reading(store), "isolation_prevalence", "all", 0, "en").areas
    shown = mapview.build(
        reading(store), "isolation_prevalence", period=2024, level="district", district="", lang="en"
    ).areas
    withheld = set(shown.loc[shown["status"] == "suppressed", "area_code"])
    rows = found[found["area_code"].isin(withheld)]
    assert len(rows) and rows[["value", "lower", "upper", "q_value"]].isna().all(axis=None)
    assert set(rows["verdict"]) <= {"rising", "falling", "none"}


def test_no_view_over_time_holds_a_smoothed_value(monkeypatch, store):
    monkeypatch.setenv("DATABASE_URL", place(store))
    assert all(v.method == "direct" for v in years.build(reading(store), "isolation_prevalence", "all", "en"))
    series = parts.series(standing.known(reading(store)), "isolation_prevalence", "11210", "en")
    assert set(series["estimate"]) == {"direct"}
    direct = estimates.areas(
        reading(store), "isolation_prevalence", estimate="direct", year=2026,
        where=measures.where(reading(store), registry.get("isolation_prevalence"), 2026),
    ).frame.set_index("area_code")  # fmt: skip
    assert series.set_index("period").loc[2026, "value"] == direct.loc["11210", "value"]
    _, where = trends.asked(reading(store), registry.get("isolation_prevalence"), "all")
    assert where["instrument_id"] == "seoul-welfare-survey"


def test_small_multiples_share_their_classes_and_name_their_boundaries(monkeypatch, store):
    app = opened(
        monkeypatch, store, "district_map", q="years", indicator="one_person_share", lang="en", gu="11210"
    )
    fills = [figure["data"][0] for figure in specs(app)]
    assert len(fills) == 3 and len({json.dumps(f["colorscale"]) for f in fills}) == 1
    assert all(len(f["locations"]) == 25 for f in fills)
    assert all(
        f"{year} ({vintage} boundaries)" in html(app)
        for year, vintage in ((2015, 2015), (2020, 2020), (2025, 2020))
    )
    assert "Gwanak-gu" in html(app) and "2015 43.9%" in html(app)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_a_household_total_lacks_is_said_where_it_is_shown(monkeypatch, store, lang):
    said = census_notes(lang)["no_household_size_row_city"]
    shown = {"lang": lang, "indicator": "one_person_share"}
    assert said in html(opened(monkeypatch, store, "district_map", year="2020", **shown))
    assert said in html(opened(monkeypatch, store, "district_map", q="years", **shown))
    assert said in html(
        opened(monkeypatch, store, "district_profile", gu="11210", lang=lang)
    )  # the city beside
    of_guro = census_notes(lang)["no_household_size_row"]
    assert of_guro in html(opened(monkeypatch, store, "district_profile", gu="11170", lang=lang))
    newest_year = html(opened(monkeypatch, store, "district_map", year="2025", **shown))
    assert said not in newest_year and of_guro not in newest_year


@pytest.mark.parametrize("lang", LANGUAGES)
def test_two_dong_without_a_name_are_drawn_together_and_say_so(store, lang):
    of = {"period": 2025, "lang": lang}
    shown = mapview.build(reading(store), "one_person_share", level="dong", district="11060", **of)
    areas = shown.areas.set_index("area_code")
    drawn = areas.loc["1106081"]
    assert (drawn["numerator"], drawn["denominator"]) == (10_835, 20_244)
    name = {"ko": "원자료에 이름 없음", "en": "name not in the source"}[lang]
    assert name in drawn["note"] and "11060920" in drawn["note"] and t("map.redefined", lang) in drawn["note"]
    assert (
        drawn["label"] in {"용신동", "Yongsin-dong"}
        and name in shown.sentence
        and "11060930" in shown.sentence
    )
    assert areas["note"].drop("1106081").eq("").all() and areas["value"].notna().all()
    own = mapview.picked(shown, "11060")
    assert (own["numerator"], own["denominator"], own["note"]) == (73_639, 163_744, "")


def test_tiles_are_25_equal_squares_that_do_not_touch(monkeypatch, store):
    from shapely import from_geojson

    from geo.areas import tile_shapes

    with make_engine(store).connect() as connection:
        tiles = tile_shapes(queries.districts(connection))
    shapes = [from_geojson(g) for g in tiles["geometry"]]
    assert len(shapes) == 25 and {round(s.area, 9) for s in shapes} == {round(0.047**2, 9)}
    assert not any(a.intersects(b) for i, a in enumerate(shapes) for b in shapes[:i])
    app = opened(monkeypatch, store, "district_map", lang="en", indicator="one_person_share", shape="tile")
    assert "/tile_" in specs(app)[0]["data"][0]["geojson"]


def test_the_pages_charts_hold_no_figure_finer_than_the_publishing_rule(monkeypatch, store):
    for question in ("need", "reach", "gap", "change"):
        app = opened(monkeypatch, store, "district_map", q=question, lang="en")
        text_ = json.dumps(specs(app))
        # Shares of isolation and reach: at most four decimals of a slope or one of a share ever leave the server.
        for value in re.findall(
            r"\d+\.(\d+)", json.dumps([trace.get("x", []) for s in specs(app) for trace in s["data"]])
        ):
            assert len(value) <= 4
        assert "weight_isolated" not in text_


def imported(url, level, rows):
    """The store with one imported boundary set; returns its vintage."""
    engine = make_engine(url)
    saved = boundary_sets.save(
        engine, rows, level=level, year=2026, title="Reshaped <b>2026</b>", source_name="a.geojson", content_sha256="a" * 64,
        crs="EPSG:4326", repaired=0, recorded_at=datetime(2026, 11, 1), about={},
    )  # fmt: skip
    engine.dispose()
    return str(saved.vintage)


def boundary_rows(url, level):
    engine = make_engine(url)
    with engine.connect() as connection:
        rows = queries.boundaries(connection, vintage=2020, level=level)
    engine.dispose()
    return rows.drop(columns=["vintage", "level"])


def test_a_map_on_imported_boundaries_says_so_and_draws_no_other(monkeypatch, tmp_path, store_copy):
    url = store_copy(tmp_path / "own.db")
    rows = boundary_rows(url, "district")
    vintage = imported(url, "district", rows[rows["area_code"] != "11250"])
    app = opened(monkeypatch, url, "district_map", lang="en", indicator="one_person_share", boundary=vintage)
    drawn = [t_ for t_ in specs(app)[0]["data"] if t_["type"] == "choropleth"]
    assert sum(len(t_["locations"]) for t_ in drawn) == 24 and all(
        f"_{vintage}_" in t_["geojson"] for t_ in drawn
    )
    assert "imported boundaries: Reshaped &lt;b&gt;2026&lt;/b&gt;" in html(app)
    for question in ("change", "reach", "cluster"):
        app = opened(
            monkeypatch,
            url,
            "district_map",
            q=question,
            lang="en",
            indicator="one_person_share",
            boundary=vintage,
        )
        assert not app.exception and t("app.error", "en") not in [e.value for e in app.error]
        assert "imported boundaries: Reshaped" in html(app)
    # Without the choice, the period's own boundaries are drawn as before.
    app = opened(monkeypatch, url, "district_map", lang="en", indicator="one_person_share")
    assert "2020 boundaries" in html(app) and len(specs(app)[0]["data"][0]["locations"]) == 25


def test_imported_dong_with_the_census_years_own_codes_carry_that_years_values(
    monkeypatch, tmp_path, store_copy
):
    url = store_copy(tmp_path / "own.db")
    shape = boundary_rows(url, "dong").iloc[[0]]
    code = "11010530"
    vintage = imported(url, "dong", shape.assign(area_code=code))
    shown = mapview.build(
        reading(url), "one_person_share", period=2025, level="dong", district="", lang="ko", own=int(vintage)
    )
    with make_engine(url).connect() as connection:
        alone, all_ = (connection.execute(text("SELECT value FROM census_fact WHERE area_code = :c AND year = 2025 AND indicator = :i"),
                                          {"c": code, "i": i}).scalar() for i in ("one_person_households", "households"))  # fmt: skip
    assert shown.areas["area_code"].tolist() == [code]
    assert shown.areas["value"].iloc[0] == pytest.approx(100 * alone / all_)


# ── Edges: a sensible screen each ─────────────────────────────────────────────────────────────────


def respondents(district, n, isolated, year=2024):
    return [
        {"respondent_id": f"{district}-{year}-{i}", "instrument_id": "seoul-welfare-survey", "year": year, "district_code": district,
         "stratum": "a", "weight": 1.0, "age_band": "40-64", "sex": "female", "household_type": "other",
         "lonely": i < isolated, "isolated": i < isolated} for i in range(n)
    ]  # fmt: skip


def edge(kind, folder, store_copy):
    """A store at one of the edges."""
    file = folder / f"{kind}.db"
    if kind == "all_equal":
        url = store_copy(file)
        engine = make_engine(url)
        with writing(engine) as connection:
            connection.execute(text("UPDATE survey_area SET weight_isolated = weight * 0.2, weight_lonely = weight * 0.2, "
                                    "isolated_respondents = respondents / 5, lonely_respondents = respondents / 5"))  # fmt: skip
            connection.execute(
                text(
                    "UPDATE census_fact SET value = 1000 WHERE level = 'district' AND indicator = 'households'"
                )
            )
            connection.execute(
                text(
                    "UPDATE census_fact SET value = 400 WHERE level = 'district' AND indicator = 'one_person_households'"
                )
            )
        engine.dispose()
        return url
    url = cities.address(cities.OFFICE, f"sqlite:///{file}")
    engine = make(url)
    with writing(engine) as connection:
        if kind == "no_district":
            connection.execute(delete(tables.district))
        elif kind == "one_district":
            connection.execute(delete(tables.district).where(tables.district.c.district_code != "11210"))
            add(connection, "survey_response", respondents("11210", 120, 30))
        elif kind == "all_suppressed":
            for code in ("11010", "11020", "11210"):
                add(connection, "survey_response", respondents(code, 60, 3), sha=code)
        for number, code in enumerate(("11010", "11020", "11210")):
            place = {"area_code": code, "vintage": 2020, "level": "district", "name_ko": code, "area_km2": 10.0,
                     "lon": 126.9 + number / 50, "lat": 37.5, "geometry": square(126.9 + number / 50)}  # fmt: skip
            if kind not in ("no_district", "one_district") or (kind == "one_district" and code == "11210"):
                connection.execute(insert(tables.boundary).values(**place))
        facts.rebuild(connection)
    engine.dispose()
    return url


def square(west):
    ring = [[west, 37.49], [west + 0.02, 37.49], [west + 0.02, 37.51], [west, 37.51], [west, 37.49]]
    return json.dumps({"type": "Polygon", "coordinates": [ring]})


@pytest.fixture(scope="module")
def edges(tmp_path_factory, store_copy):
    folder = tmp_path_factory.mktemp("edges")
    return {kind: edge(kind, folder, store_copy) for kind in
            ("no_district", "one_district", "no_survey", "all_suppressed", "all_equal")}  # fmt: skip


@pytest.mark.parametrize("kind", ["no_district", "one_district", "no_survey", "all_suppressed", "all_equal"])
@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_says_something_sensible_at_the_edges(monkeypatch, edges, kind, question):
    for indicator in ("isolation_prevalence", "one_person_share"):
        app = opened(monkeypatch, edges[kind], "district_map", q=question, indicator=indicator, gu="11210", lang="ko",
                     cmp="11210.11010")  # fmt: skip
        assert not app.exception and t("app.error", "ko") not in [e.value for e in app.error]
        assert len(lead(app)) > 5
        assert "nan" not in re.sub(r"<[^>]+>", " ", html(app)).lower()


@pytest.mark.parametrize("kind", ["no_district", "one_district", "no_survey", "all_suppressed", "all_equal"])
def test_the_profile_says_something_sensible_at_the_edges(monkeypatch, edges, kind):
    app = opened(monkeypatch, edges[kind], "district_profile", gu="11210", lang="ko")
    assert not app.exception and t("app.error", "ko") not in [e.value for e in app.error]
    assert "nan" not in re.sub(r"<[^>]+>", " ", html(app)).lower()


def test_equal_districts_differ_in_nothing_and_cannot_cluster(monkeypatch, edges):
    said = lead(
        opened(
            monkeypatch, edges["all_equal"], "district_map", q="need", indicator="one_person_share", lang="en"
        )
    )
    assert "None of 25 districts" in said
    said = lead(
        opened(
            monkeypatch,
            edges["all_equal"],
            "district_map",
            q="cluster",
            indicator="one_person_share",
            lang="en",
        )
    )
    assert "no cluster" in said


def test_suppressed_districts_show_their_sign_and_no_figure(monkeypatch, edges):
    app = opened(monkeypatch, edges["all_suppressed"], "district_map", q="need", estimate="direct", lang="en")
    assert t("map.sentence_all_withheld", "en", total=3) in lead(app)
    assert f"{t('map.legend_suppressed', 'en')} (3)" in html(app) or not specs(app)[0]["data"]


def test_a_year_that_no_survey_has_falls_back_to_one_that_it_has(monkeypatch, store):
    app = opened(monkeypatch, store, "district_map", q="need", year="2023", lang="en")
    assert "2026" in lead(app)


# ── Guards ────────────────────────────────────────────────────────────────────────────────────────


def test_a_raw_count_is_never_a_map_fill():
    metric = registry.get("hotline_answered")
    with pytest.raises(maps.RawCountOnMap):
        maps.choropleth(pd.DataFrame(), metric=metric, lang="ko", geojson_url="", caption="")


def test_every_measure_on_a_map_is_a_ratio_with_frozen_classes():
    for indicator in (*measures.INDICATORS, registry.REACH.metric_id):
        metric = registry.REACH if indicator == registry.REACH.metric_id else registry.get(indicator)
        assert metric.is_ratio and len(metric.breaks) == len(theme.sequential()) - 1


def test_no_overall_league_table_is_made(monkeypatch, store):
    # Nothing adds different measures up into one score: the comparison keeps each on its own scale and says so.
    app = opened(monkeypatch, store, "district_map", q="compare", lang="en", cmp="11210.11150")
    assert "No overall ranking is made" in html(app)
    rows = compare.rows(newest.views(reading(store), "en"), ["11210", "11150"], "en")
    assert len(rows) == 2 * len(newest.views(reading(store), "en")) and not any(
        "rank" in c.lower() or "score" in c.lower() for c in rows
    )


def test_colours_of_kinds_can_be_told_apart_and_words_stand_beside_them():
    assert set(theme.clusters()) == set(clusters.KINDS)
    for palette in theme.PALETTES:
        assert len({theme.colour(role, palette) for role in theme.diverging()}) == 5
        lower, higher, neither = (
            {kind: theme.colour(role, palette) for kind, role in theme.trends(better).items()}
            for better in ("lower", "higher", "neither")
        )
        assert set(lower) == set(trends.KINDS)
        # A rise is worse for one measure and better for another, and wears the colour of what it means.
        assert (lower["rising"], lower["falling"]) == (higher["falling"], higher["rising"])
        assert neither["rising"] != lower["rising"]
    assert all(trends.SIGNS[k] for k in ("rising", "falling")) and all(
        clusters.SIGNS[k] for k in ("HH", "LL", "HL", "LH")
    )
