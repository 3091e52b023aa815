"""Concentration curve and index: a published worked example, hand arithmetic, invariants; and the page that stands on them."""

from __future__ import annotations

import numpy as np
import pytest

from answers import registry
from answers.budget import need
from answers.reader import Reader
from answers.store import Store
from metrics import equity

# World Bank, Technical Note 7 (and O'Donnell et al. 2008, table 8.1): births 1982-92 in India by wealth, under-five deaths per 1,000.
BIRTHS = [29939, 28776, 26528, 24689, 19739]
U5MR = [154.7, 152.9, 119.5, 86.9, 54.3]


def test_the_published_example() -> None:
    deaths = np.multiply(BIRTHS, U5MR)
    assert equity.concentration_index(BIRTHS, deaths, range(5)) == pytest.approx(-0.1694, abs=5e-5)


def test_by_hand_and_at_the_ends() -> None:
    assert equity.concentration_index([1, 1], [1, 3], [0, 1]) == pytest.approx(
        0.25
    )  # ½ · ¼ = area .125 below the line
    assert equity.concentration_index([1, 1], [1, 3], [1, 0]) == pytest.approx(-0.25)
    assert equity.concentration_index([2, 3, 5], [4, 6, 10], [3, 1, 2]) == pytest.approx(0)
    p, share = equity.concentration_curve([1, 1], [1, 3], [0, 1])
    assert p.tolist() == [0, 0.5, 1] and share.tolist() == [0, 0.25, 1]
    n = 50
    assert equity.concentration_index(np.ones(n), np.eye(n)[-1], range(n)) == pytest.approx(1 - 1 / n)


def test_a_split_changes_nothing_and_units_do_not_matter() -> None:
    rng = np.random.default_rng(1)
    w, v, r = rng.uniform(1, 9, 7), rng.uniform(1, 9, 7), rng.normal(size=7)
    whole = equity.concentration_index(w, v, r)
    assert equity.concentration_index(w * 3, v * 1e8, np.exp(r)) == pytest.approx(whole)
    halves = [np.repeat(x, 2) / k for x, k in ((w, 2), (v, 2), (r, 1))]
    assert equity.concentration_index(*halves) == pytest.approx(whole)


def test_draws_have_the_limits_that_were_given() -> None:
    drawn = equity.rate_draws([0.07], [0.05], [0.11], 40_000, np.random.default_rng(2))[:, 0]
    assert np.quantile(drawn, [0.025, 0.5, 0.975]) == pytest.approx([0.05, 0.07, 0.11], abs=0.001)
    for bad in (([0.07], [0.08], [0.11]), ([0.07], [0.0], [0.11]), ([0.07], [0.05], [1.0])):
        with pytest.raises(ValueError, match="in order between 0 and 1"):
            equity.rate_draws(*bad, 10, np.random.default_rng(1))
    with pytest.raises(ValueError, match="people"):
        equity.concentration_index([0, 0], [1, 1], [0, 1])


def test_a_split_by_need_keeps_every_won_and_the_sentence_follows_its_interval(store: str) -> None:
    read = Reader(Store.of(store))
    have = need.found(read, 2025)
    assert have is not None and len(have.rows) == 25
    assert have.rows["by_need"].sum() == pytest.approx(have.rows["won"].sum())
    assert (have.rows["isolated_low"] < have.rows["isolated"]).all() and 0 < have.placed < 1
    assert (
        have.index[1] < have.index[0] < have.index[2] and have.kakwani[1] < have.kakwani[0] < have.kakwani[2]
    )
    assert 1 - 2 * np.trapezoid(have.money.mean(axis=0), need.GRID) == pytest.approx(have.index[0], abs=0.01)
    said = registry.answer("budget", read, "en", {"part": "need", "fy": "2025"})
    lead = next(b.text for b in said.every() if getattr(b, "text", "").startswith("In 2025,"))
    told = "cannot be told" not in lead
    assert told == (have.index[1] > 0 or have.index[2] < 0)
    assert 25 in [len(t.rows) for t in said.tables() if t.name == "budget_need"]


def test_without_districts_on_vouchers_the_page_says_where_to_begin(office: str) -> None:
    assert need.found(Reader(Store.of(office)), 2025) is None
