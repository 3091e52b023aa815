"""Money to the won: random ledgers through tree, movement and breaks; published earned value; hand-made balances."""

import math

import ledgers
import pandas as pd
import proof
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.codes import CODES
from metrics import budget, execution, funding
from metrics.budget import earned_value

PROGRAMMES = pd.DataFrame({
    "programme_id": ["a", "b", "c"], "task_id": ["t1", "t1", "t2"], "strategy_id": ["s1", "s1", "s2"],
})  # fmt: skip


def cells(rows):
    """Cells from (year, month, programme, kind, won), city money of one line and no district."""
    full = [(y, y * 100 + m, p, "unknown", k, "city", "operating", won) for y, m, p, k, won in rows]
    return ledgers.frame(full)


def planned(**won):
    return pd.DataFrame(
        {"programme_id": list(won), "plan_original": list(won.values()), "plan_current": list(won.values())}
    )


@pytest.mark.proof
@settings(max_examples=proof.size(100, 1000))
@given(
    ledgers.entries("abc", ["11010", "11020", "unknown"], most=12),
    st.dictionaries(st.sampled_from("abc"), st.integers(0, 10**13)),
)
def test_random_ledgers_balance_to_the_won_at_every_level(entries, plan):
    frame = ledgers.frame(entries)
    nodes = budget.tree(frame, PROGRAMMES, planned(**plan), closed_before=2026)
    assert budget.tree_breaks(nodes) == []
    root = nodes.set_index("node").loc["total"]
    # Python's own integers, kind by kind, against the root.
    by_kind = {kind: sum(e[7] for e in entries if e[4] == kind) for kind in CODES["ledger_kind"]}
    for stage, signs in budget.STAGES.items():
        assert int(root[stage]) == sum(sign * by_kind[kind] for kind, sign in signs.items())
    assert int(root["current"]) == sum(int(root[name]) for name in budget.CLOSING)
    assert int(root["plan_original"]) == sum(plan.values())
    steps = budget.movement(frame, closed_before=2026)
    outturn = steps[-1]
    assert outturn.name == "outturn" and outturn.amount == int(root["expenditure"])
    assert sum(step.amount for step in steps if not step.is_total) == outturn.amount
    months = execution.line_months(frame)
    ends = months[months["month"] == 12]
    assert int(ends["spent"].sum()) == int(root["expenditure"]) and int(ends["budget"].sum()) == int(
        root["current"]
    )
    sources = funding.exposure(frame, closed_before=2026)
    assert int(sources[["national", "city", "district"]].to_numpy().sum()) == int(root["current"])
    links = funding.flows(frame, PROGRAMMES.set_index("programme_id")["strategy_id"], closed_before=2026)
    for level in ("fund:", "strategy:", "programme:"):
        assert sum(v for a, _, v in links if a.startswith(level)) == int(root["current"])


def test_every_ledger_kind_but_the_allotment_is_in_exactly_one_stage():
    used = [kind for name, signs in budget.STAGES.items() if name != "appropriated" for kind in signs]
    assert sorted(used) == sorted(set(CODES["ledger_kind"]) - {"allotment"})
    assert set(budget.STAGES["appropriated"]) < set(budget.SPENDABLE)


def test_current_budget_is_appropriation_carry_in_reserve_and_transfers():
    # 100 + 20 − 5 (추경 감액 as a negative) + 3 + 7 − 4 + 10 = 131; 90 − 2 paid, 30 carried out, 13 lapsed.
    rows = [(2025, 1, "a", "appropriation_original", 100), (2025, 6, "a", "appropriation_supplementary", 20),
            (2025, 8, "a", "appropriation_supplementary", -5), (2025, 5, "a", "reserve", 3), (2025, 4, "a", "transfer_in", 7),
            (2025, 9, "a", "transfer_out", 4), (2025, 1, "a", "carry_in_accident", 10), (2025, 3, "a", "allotment", 131),
            (2025, 3, "a", "commitment", 120), (2025, 3, "a", "disbursement", 90), (2025, 3, "a", "expenditure", 90),
            (2025, 12, "a", "refund", 2), (2025, 5, "a", "final_expenditure", 80), (2025, 12, "a", "carry_out_accident", 30)]  # fmt: skip
    root = budget.tree(cells(rows), PROGRAMMES, planned(), closed_before=2026).set_index("node").loc["total"]
    expected = {"appropriated": 115, "current": 131, "committed": 120, "disbursed": 90, "expenditure": 88,
                "final_expenditure": 80, "carry_out": 30, "lapsed": 13, "remaining": 0}  # fmt: skip
    assert {name: int(root[name]) for name in expected} == expected
    running = (
        budget.tree(cells(rows), PROGRAMMES, planned(), closed_before=2025).set_index("node").loc["total"]
    )
    assert (int(running["lapsed"]), int(running["remaining"])) == (0, 13)


def test_money_carried_between_the_years_is_counted_once_over_all_of_them():
    rows = [(2025, 1, "a", "appropriation_original", 10), (2025, 1, "a", "carry_in_approved", 2),
            (2025, 12, "a", "carry_out_approved", 4), (2026, 1, "a", "carry_in_approved", 4),
            (2026, 1, "a", "appropriation_original", 20), (2026, 12, "a", "carry_out_approved", 3)]  # fmt: skip
    root = budget.tree(budget.consolidated(cells(rows)), PROGRAMMES, planned(), closed_before=2027).iloc[0]
    # 10 + 20 and the 2 brought into the first year; the 4 in between are neither new nor gone. 32 − 3 lapsed.
    assert (int(root["current"]), int(root["carry_out"]), int(root["lapsed"])) == (32, 3, 29)


def test_a_programme_without_entries_or_plan_stays_in_the_tree():
    nodes = budget.tree(cells([(2025, 1, "a", "reserve", 1)]), PROGRAMMES, planned(), closed_before=2026)
    assert {"programme:a", "programme:b", "programme:c", "task:t2", "strategy:s2"} <= set(nodes["node"])


def test_an_execution_rate_is_the_ratio_of_two_sums():
    # A district's published settlement: 30,519,863,840 of 564,653,140,916 won.
    assert budget.rate(30_519_863_840, 564_653_140_916) == pytest.approx(5.405, abs=5e-4)
    assert math.isnan(budget.rate(1, 0))


NO_TRANSFERS = pd.DataFrame({"fiscal_year": [], "document_no": [], "kind": [], "amount_krw": []})


def test_a_sound_ledger_has_no_break():
    rows = [(2024, 1, "a", "appropriation_original", 10), (2024, 12, "a", "carry_out_approved", 4),
            (2025, 1, "a", "carry_in_approved", 4), (2025, 5, "a", "expenditure", 4)]  # fmt: skip
    assert budget.movement_breaks(cells(rows), NO_TRANSFERS) == []


def test_each_broken_identity_is_named_with_its_won():
    rows = [(2024, 1, "a", "appropriation_original", 10), (2024, 12, "a", "carry_out_approved", 4),
            (2025, 1, "a", "carry_in_approved", 3), (2025, 5, "a", "expenditure", 5)]  # fmt: skip
    sides = pd.DataFrame({"fiscal_year": [2025, 2025], "document_no": ["T1", "T1"],
                          "kind": ["transfer_in", "transfer_out"], "amount_krw": [7, 9]})  # fmt: skip
    found = budget.movement_breaks(cells(rows), sides)
    assert [(b.rule, b.fiscal_year, b.key, b.difference) for b in found] == [
        ("overdrawn", 2025, "a", -2), ("transfer_sides", 2025, "T1", -2), ("carry_over", 2025, "a", -1),
    ]  # fmt: skip


def test_tree_breaks_name_node_column_and_won():
    nodes = budget.tree(cells([(2025, 1, "a", "reserve", 1)]), PROGRAMMES, planned(), closed_before=2026)
    nodes.loc[nodes["node"] == "task:t1", "current"] += 1
    assert budget.tree_breaks(nodes) == [("strategy:s1", "current", 1), ("task:t1", "current", -1)]


def test_earned_value_gives_the_published_examples():
    # Simplilearn's worked example: SV −833.33, SPI 0.9167, VAC −2,000 at EAC 12,000.
    one = earned_value(bac=10000, pv=10000, ev=9166.6667, ac=11000)
    assert (one.sv, one.spi, one.eac2, one.vac) == pytest.approx((-833.33, 0.9167, 12000, -2000), abs=0.005)
    # Project Management Question Bank's: SV −0.8, CV −1.4, CPI 0.53, TCPI 1.28.
    two = earned_value(bac=8, pv=2.4, ev=1.6, ac=3)
    assert (two.sv, two.cv, two.cpi, two.tcpi) == pytest.approx((-0.8, -1.4, 0.53, 1.28), abs=0.005)
    # By hand: 3 + 6.4; 8 / (1.6/3); 3 + 6.4 / (1.6/3 × 1.6/2.4).
    assert (two.eac1, two.eac2, two.eac3) == pytest.approx((9.4, 15, 21))


def test_earned_value_has_no_infinity():
    empty = earned_value(bac=0, pv=0, ev=0, ac=0)
    assert (empty.cv, empty.sv, empty.eac1) == (0, 0, 0)
    assert all(
        math.isnan(getattr(empty, name)) for name in ("cpi", "spi", "eac2", "eac3", "etc", "vac", "tcpi")
    )
    assert not any(math.isinf(v) for v in earned_value(bac=5, pv=0, ev=0, ac=5))


def test_only_verified_outputs_earn_and_none_earns_more_than_its_budget():
    outputs = pd.DataFrame({
        "programme_id": ["a", "a", "b", "c"], "planned": [10, 10, 10, 10], "delivered": [5, 30, 9, None],
        "verified_on": ["2025-12-31", "2025-12-31", None, None],
    })  # fmt: skip
    found = budget.earned(outputs, pd.Series({"a": 200, "b": 100}))
    # Half of one target and all of the other: (0.5 + 1) / 2 of 200. b is delivered but not verified.
    assert found.to_dict("records") == [{"programme_id": "a", "share": 0.75, "ev": 150.0}]


def test_the_expected_profile_is_the_median_of_past_years_and_knows_no_later_one():
    rows = [row for year, won in ((2021, 10), (2022, 20), (2023, 90)) for row in
            ((year, 1, "a", "appropriation_original", 100), (year, 3, "a", "expenditure", won))]  # fmt: skip
    found = execution.profile(execution.line_months(cells(rows)), before=2023).set_index("month")
    assert found.loc[2, "median"] == 0 and found.loc[3, "median"] == 15 and found.loc[3, "n"] == 2


def test_december_alone_gives_a_burst_of_twelve_and_an_even_year_one():
    even = [(2024, month, "a", "expenditure", 5) for month in range(1, 13)]
    found = execution.burst_index(execution.line_months(cells([*even, (2025, 12, "a", "expenditure", 7)])))
    assert found["burst"].tolist() == pytest.approx([1, 12])


def test_a_line_is_stale_since_its_last_payment():
    rows = [
        (2026, 1, "a", "appropriation_original", 1),
        (2026, 4, "a", "expenditure", 1),
        (2026, 1, "b", "reserve", 1),
    ]
    found = execution.stale_months(cells(rows), month=10)
    assert found["a", "operating"] == 6 and found["b", "operating"] == 10


def test_a_subsidy_cut_reaches_what_is_left_and_the_money_matched_to_it():
    base = cells([(2026, 1, "a", "appropriation_original", 50), (2026, 1, "a", "appropriation_original", 30),
                  (2026, 5, "a", "expenditure", 10), (2026, 1, "b", "appropriation_original", 9)])  # fmt: skip
    base.loc[[0, 2], "funding"] = "national"
    found = funding.exposure(base, closed_before=2026).set_index("programme_id")
    assert found.loc["a", ["national", "city", "national_left", "matched_left"]].tolist() == [50, 30, 40, 30]
    assert found.loc["b", ["national", "city", "national_left", "matched_left"]].tolist() == [0, 9, 0, 0]


def test_matched_local_money_is_exposed_in_proportion_to_the_cut():
    # 50 national and 30 city, 10 national spent. A cut of 40 % takes 20 of 50; with it 30/50 of 20 = 12 city won.
    base = cells([(2026, 1, "a", "appropriation_original", 50), (2026, 1, "a", "appropriation_original", 30),
                  (2026, 5, "a", "expenditure", 10)])  # fmt: skip
    base.loc[[0, 2], "funding"] = "national"
    found = funding.exposure(base, closed_before=2026, share=0.4).iloc[0]
    assert (found["national_cut"], found["matched_cut"]) == (20, 12)
    # A whole cut reaches only the 40 that are left, and 24 of the 30 beside them.
    found = funding.exposure(base, closed_before=2026, share=1.0).iloc[0]
    assert (found["national_cut"], found["matched_cut"]) == (40, 24)
    # Local money of another line of the same programme is not matched to it.
    base.loc[1, "line_type"] = "personnel"
    assert funding.exposure(base, closed_before=2026, share=1.0).iloc[0]["matched_cut"] == 0


def test_a_cut_does_not_reach_a_closed_year():
    base = cells([(2025, 1, "a", "appropriation_original", 50), (2025, 5, "a", "expenditure", 10),
                  (2026, 1, "a", "appropriation_original", 20)])  # fmt: skip
    base["funding"] = "national"
    found = funding.exposure(base, closed_before=2026, share=0.5).iloc[0]
    # Both years are in the mix; only 2026 is left, and half of its 20 is cut, not half of 70.
    assert (found["national"], found["national_left"], found["national_cut"]) == (70, 20, 10)


def test_later_plans_are_divided_as_this_years_budget():
    base = cells([(2026, 1, "a", "appropriation_original", 30), (2026, 1, "a", "appropriation_original", 10)])
    base.loc[0, "funding"] = "national"
    plan = pd.DataFrame(
        [("a", 2026, 40), ("a", 2027, 100), ("b", 2027, 7)],
        columns=["programme_id", "fiscal_year", "planned_krw"],
    )
    later = funding.later_cells(base, plan, year=2026)
    # 30 : 10 of 100; b has no budget in 2026, so its 7 have no known mix; 2026 itself is no later year.
    assert later.set_index("funding")["amount_krw"].to_dict() == {"national": 75, "city": 25}
    assert set(later["fiscal_year"]) == {2027}
