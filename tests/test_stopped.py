"""Where a stopped programme's money went: the parts sum to its original plan, and no won is credited twice."""

import numpy as np
import pandas as pd
import proof
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.codes import CODES
from metrics.stopped import Part, account, replanned

PLAN = ["version", "programme_id", "fiscal_year", "planned_krw"]
CELLS = ["fiscal_year", "month_key", "programme_id", "kind", "funding", "line_type", "amount_krw"]
MOVES = ["fiscal_year", "programme_id", "kind", "counterpart", "amount_krw"]


def made(rows, columns):
    return pd.DataFrame(rows, columns=columns).astype(
        {
            c: np.int64
            for c in columns
            if c in ("amount_krw", "planned_krw", "fiscal_year", "version", "month_key")
        }
    )


won = st.integers(0, 10**12)
entry = st.tuples(
    st.sampled_from([2025, 2026]), st.just(202506), st.sampled_from("abc"), st.sampled_from(list(CODES["ledger_kind"])),
    st.sampled_from(["national", "city", "district"]), st.just("operating"), won,
)  # fmt: skip
plan = st.dictionaries(
    st.tuples(st.sampled_from("abc"), st.sampled_from([2025, 2026, 2027])), won, min_size=1
)


@pytest.mark.proof
@settings(max_examples=proof.size(60, 300))
@given(st.lists(entry, max_size=12), st.lists(plan, min_size=1, max_size=3))
def test_every_way_out_sums_to_the_original_plan_to_the_won(entries, versions):
    standing, rows = {}, []
    for number, stated in enumerate(versions, start=1):
        standing |= stated
        rows += [(number, p, y, amount) for (p, y), amount in standing.items()]
    plans = made(rows, PLAN)
    moves = [(y, p, k, to, v) for (y, _, p, k, _, _, v), to in zip(entries, "bcabcabcabca", strict=False) if k.startswith("transfer")]  # fmt: skip
    for programme in "abc":
        parts = account(made(entries, CELLS), made(moves, MOVES), plans, programme=programme, year=2026, closed_before=2026)  # fmt: skip
        first = plans[(plans["version"] == 1) & (plans["programme_id"] == programme)]["planned_krw"].sum()
        assert sum(part.amount for part in parts) == first


@pytest.mark.proof
@settings(max_examples=proof.size(60, 300))
@given(st.lists(st.dictionaries(st.sampled_from("abcd"), won, min_size=4), min_size=2, max_size=2))
def test_no_won_that_a_programme_gained_is_credited_to_two(versions):
    before, after = (pd.Series(version, dtype="int64") for version in versions)
    gain = (after - before).clip(lower=0)
    for to in "abcd":
        credited = sum(p.amount for one in "abcd" for p in replanned([before, after], one) if p.to == to)
        assert credited <= gain[to]


def test_one_loser_gave_to_those_who_gained_and_the_rest_left_the_plan():
    # a loses 100; b gains 60, c 25: 15 went to no programme.
    parts = replanned([pd.Series({"a": 100, "b": 10, "c": 0}), pd.Series({"a": 0, "b": 70, "c": 25})], "a")
    assert set(parts) == {Part("replanned", "b", 60), Part("replanned", "c", 25), Part("left_plan", "", 15)}


def test_with_two_losers_nobody_can_say_who_received():
    versions = [pd.Series({"a": 100, "b": 50, "c": 0}), pd.Series({"a": 0, "b": 0, "c": 150})]
    assert replanned(versions, "a") == [Part("unknown", "", 100)]
    assert replanned(versions, "b") == [Part("unknown", "", 50)]


def test_a_suspended_year_is_spent_cut_transferred_carried_and_lapsed():
    # Planned 100 + 40: 98 appropriated, 20 cut by the nation, 8 to b, 60 − 5 spent, 3 carried out; 12 lapse. 2026's 40 go to b.
    entries = [(2025, 202501, "a", "appropriation_original", "city", "transfer", 98),
               (2025, 202508, "a", "appropriation_supplementary", "national", "transfer", -20),
               (2025, 202509, "a", "transfer_out", "city", "transfer", 8), (2025, 202506, "a", "expenditure", "city", "transfer", 60),
               (2025, 202512, "a", "refund", "city", "transfer", 5), (2025, 202512, "a", "carry_out_approved", "city", "transfer", 3)]  # fmt: skip
    plans = [(1, "a", 2025, 100), (1, "a", 2026, 40), (1, "b", 2026, 10), (2, "a", 2025, 100), (2, "a", 2026, 0), (2, "b", 2026, 50)]  # fmt: skip
    moves = [(2025, "a", "transfer_out", "b", 8)]
    found = account(made(entries, CELLS), made(moves, MOVES), made(plans, PLAN), programme="a", year=2026, closed_before=2026)  # fmt: skip
    assert found == [
        Part("spent", "", 55), Part("carried", "", 3), Part("lapsed", "", 12), Part("transferred", "b", 8),
        Part("amended", "national", 20), Part("unappropriated", "", 2), Part("replanned", "b", 40),
    ]  # fmt: skip
