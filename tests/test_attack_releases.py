"""The attack on pairs of releases: what it must work out where counts are printed as they are, and what it must not where they are rounded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from proof import FULL

from answers.store import Store
from data.queries import Span
from tools.attack import releases
from tools.attack.cells import Fact
from tools.attack.collect import Grid
from tools.attack.invert import OTHERS, OURS, Policy
from tools.attack.releases import AFTER, BEFORE, joined
from tools.attack.solve import Attack, Limit

YEAR, HALF = Span(202511, 202610), Span(202605, 202610)


def fact(counts: dict[int, int]) -> Fact:
    rows = pd.DataFrame(list(counts.items()), columns=["month_key", "started"])
    return Fact("case_course", ("month_key",), rows)


def ranges(before: dict[int, int], after: dict[int, int], policy: Policy) -> list[tuple[int, int, int]]:
    """True difference and its range of each window that two releases have published by a rule."""
    both = joined(fact(before), fact(after))
    grids, limits = [], []
    for side in (BEFORE, AFTER):
        for months in (YEAR, HALF):
            terms = (("started", (("started", (), 1),)),)
            one = Grid("case_course", terms, (), (("month_key", months),), pd.DataFrame(), "by hand")
            grids.append(releases._sided(one, side))
            true = np.array([float(both.atoms.loc[both.mask(grids[-1].where), "started"].sum())])
            limits.append(Limit(grids[-1], "started", *policy.bounds(policy.print(true))))
    attack = Attack(both, limits)
    assert attack.untrue() == []
    found = [target for target in releases.targets(both, grids) if target.kind == "between"]
    return [(target.true, *attack.candidates(target, grids)) for target in found]


def test_what_no_month_changed_in_is_the_same_count_in_both():
    both = joined(fact({202511: 30, 202610: 24}), fact({202511: 30, 202610: 27}))
    told = {
        (int(m), side): int(n) for m, n, side in both.atoms[["month_key", "started", "release"]].to_numpy()
    }
    assert told == {(202511, "both"): 30, (202610, BEFORE): 24, (202610, AFTER): 27}


def test_a_correction_of_three_is_worked_out_of_exact_counts_and_not_of_rounded_ones():
    """Twelve months of 54, then 57, six of them 24, then 27: printed so they differ by 3; as 50, 60 and 20, 30 by 1 to 19."""
    before, after = {202511: 30, 202610: 24}, {202511: 30, 202610: 27}
    assert ranges(before, after, OTHERS["none"]) == [(3, 3, 3)] * 2
    assert ranges(before, after, OURS) == [(3, 1, 19)] * 2


def test_windows_that_both_hold_the_corrected_month_narrow_the_difference_to_no_fewer_than_nine():
    """54 and 57 are shown as 50 and 60 (1 to 19 more), 21 and 24 both as 20 (9 fewer to 9 more): 1 to 9 are left."""
    assert ranges({202511: 33, 202610: 21}, {202511: 33, 202610: 24}, OURS) == [(3, 1, 9)] * 2


@pytest.mark.proof
@pytest.mark.skipif(not FULL, reason="minutes of solving: make proof")
def test_two_releases_with_corrections_between_them_leave_five_candidates(store, tmp_path: Path):
    """Whole by `python -m tools.attack --parts releases`."""
    for kind in releases.KINDS:
        both = releases.pair(Store.of(store), kind, tmp_path)
        out = releases.attacked(both, cells_asked=150, only=("counselling", "hotline.flow"))
        assert len(out.tried) > 20 and not out.untrue and not out.wrong and not out.few
        held = {one.period for one in both.made.held}
        assert held == ({202608} if kind == "three corrections" else set())
        both.before.engine.dispose()
        both.after.engine.dispose()
