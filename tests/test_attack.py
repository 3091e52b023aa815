"""The attack on the published view: what it must work out where less protects, and what it must not."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from answers.counselling import waits
from answers.districts import trends
from answers.reader import Reader
from answers.rights import Rights
from answers.store import Store
from answers.verdicts import Question
from data import grids, release
from data.queries import Span
from metrics import registry
from metrics.waits import Wait, wait_summary
from tools.attack import cells, charts, percentiles, report, solve
from tools.attack.cells import Fact, Target
from tools.attack.collect import Chart, Grid, collected
from tools.attack.invert import OTHERS, OURS, bounds
from tools.attack.solve import Attack, Limit

MONTHS = Span(202511, 202610)


@pytest.fixture(scope="module")
def found(store):
    return collected(Store.of(store), ("counselling.providers", "counselling.cascade"))


def grid(*keys: str, months: Span = MONTHS) -> Grid:
    return Grid(
        "case_course",
        (("started", (("started", (), 1),)),),
        keys,
        (("month_key", months),),
        pd.DataFrame(),
        "by hand",
    )


def solved(
    atoms: dict[tuple[str, int], int],
    shown: Sequence[tuple[Grid, Sequence[tuple[float, float]]]],
    target: int,
) -> tuple[int, int]:
    """The range of one provider's count by hand-made limits."""
    rows = pd.DataFrame(
        [(p, m, n) for (p, m), n in atoms.items()], columns=["provider_id", "month_key", "started"]
    )
    fact = Fact("case_course", ("month_key", "provider_id"), rows)
    limits = [
        Limit(g, "started", *(np.array(side, dtype=float) for side in zip(*ends, strict=True)))
        for g, ends in shown
    ]
    attack = Attack(fact, limits)
    assert attack.untrue() == []
    cell = Target("case_course", ((0, "started", target, 1),), "cell", "", 0)
    return attack.candidates(cell, [g for g, _ in shown])


def test_a_withheld_part_beside_its_total_is_worked_out_by_hand():
    """Parts 40, 40 and a withheld one under a total of 83: exact counts leave 3; rounded to ten they leave 0 to 9."""
    atoms = {("a", 202610): 40, ("b", 202610): 40, ("c", 202610): 3}
    exact = [(40, 40), (40, 40), (0, 9)]
    assert solved(atoms, [(grid("provider_id"), exact), (grid(), [(83, 83)])], 2) == (3, 3)
    tens = [(35, 44), (35, 44), (0, 9)]
    assert solved(atoms, [(grid("provider_id"), tens), (grid(), [(75, 84)])], 2) == (0, 9)


def test_nested_windows_leave_their_difference():
    """Twelve months shown as 20 and six of them as 20: at most 24 less at least 15, and never below nothing."""
    atoms = {("a", 202511): 2, ("a", 202610): 18}
    half = grid("provider_id", months=Span(202605, 202610))
    rows = pd.DataFrame(
        [(p, m, n) for (p, m), n in atoms.items()], columns=["provider_id", "month_key", "started"]
    )
    fact = Fact("case_course", ("month_key", "provider_id"), rows)
    limits = [Limit(g, "started", np.array([15.0]), np.array([24.0])) for g in (grid("provider_id"), half)]
    told = (0, "started", 0, 1), (1, "started", 0, -1)
    assert Attack(fact, limits).candidates(
        Target("case_course", told, "difference", "", 2), [grid("provider_id"), half]
    ) == (0, 9)


@pytest.mark.parametrize(
    ("word", "first", "left"),
    [
        (
            lambda total: total >= 40,
            (35, 44),
            5,
        ),  # high or low: whatever the part is, the other makes up for it
        (lambda total: total, (35, 44), 5),
        (lambda total: total, (37, 37), 1),  # the total told, and the other part known: nothing else fits
    ],
)
def test_counts_that_give_the_same_words_of_a_chart_are_looked_for(word, first, left):
    """Parts 37 and 3 of a month shown as 40; no more than five values of the second are asked for."""
    rows = pd.DataFrame(
        [("a", 202610, 37), ("b", 202610, 3)], columns=["provider_id", "month_key", "started"]
    )
    fact = Fact("case_course", ("month_key", "provider_id"), rows)
    parts, month = grid("provider_id"), grid("month_key")
    asked = Question(
        lambda counts: word(counts[..., 0]).astype(str).astype(object), ("started",), ("month_key",)
    )
    said = asked.words(np.array([[[40.0]]]))[0].tolist()
    shown = pd.DataFrame({"month_key": [202610], "started": [40.0]})
    every = {str(word(np.float64(n))): str(word(np.float64(n))) for n in range(35, 45)}
    (known,) = charts.known(
        [Chart(asked, ((month, "started"),), shown, [every], said)], {"case_course": fact}
    )
    limits = [
        Limit(parts, "started", np.array([first[0], 0.0]), np.array([first[1], 9.0])),
        Limit(month, "started", np.array([35.0]), np.array([44.0])),
    ]
    target = Target("case_course", ((0, "started", 1, 1),), "cell", "", 3)
    assert charts.proven(Attack(fact, limits), target, [parts, month], [known], (0, 9), 5) == left


def test_what_lies_between_two_sums_of_a_chain_keeps_five_values_whatever_they_are():
    """Every sum printed is part of the next: of a difference of 1 to 9 at least five values fit both prints."""
    low, high = release.compatible(release.rounded(pd.Series(range(400), dtype=float)))
    for first in range(300):
        for more in range(1, 10):
            last = first + more
            least, most = max(0.0, low[last] - high[first]), high[last] - low[first]
            assert least <= more <= most and most - least + 1 >= 5


def test_a_narrower_condition_is_part_of_a_wider_one_and_a_column_of_its_whole():
    days = {name: (("days", Span(0, most)),) for name, most in (("d42", 42), ("d126", 126))}
    sums = tuple((name, (("cases", where, 1),)) for name, where in days.items())
    one = Grid("counselling_wait", (*sums, ("every", (("cases", (), 1),))), (), (), pd.DataFrame(), "by hand")
    assert set(cells.pairs("counselling_wait", one)) == {("d42", "d126"), ("d42", "every"), ("d126", "every")}


@pytest.mark.parametrize("policy", [OURS, *OTHERS.values()], ids=lambda p: p.name)
def test_what_a_print_may_stand_for_is_what_is_printed_so(policy):
    true = np.arange(0, 300, dtype=float)
    shown = policy.print(true)
    low, high = policy.bounds(shown)
    for x, a, b in zip(true, low, high, strict=True):
        alike = true[(shown == shown[int(x)]) | (np.isnan(shown) & np.isnan(shown[int(x)]))]
        if alike.max() < 280:
            assert (a, b) == (alike.min(), alike.max())


def test_our_print_is_the_projects_own():
    true = pd.Series(range(3000), dtype=float)
    assert np.array_equal(OURS.print(true.to_numpy()), release.rounded(true).to_numpy(), equal_nan=True)


def test_the_attack_keeps_what_the_reader_gave_and_holds_it_true(store, found):
    assert found.answers > 20 and len(found.grids) > 15
    one = next(g for g in found.grids.values() if g.keys == ("provider_id",))
    fact = cells.facts(Store.of(store), [one])["case_course"]
    rows, true = cells.sums(fact, one)
    low, high = bounds(OURS, one, "started" if "started" in true else next(iter(true)), rows.assign(**true))
    assert (high - low >= 4).all()


def test_no_count_of_the_providers_is_left_fewer_than_five_candidates(store, found):
    out = report.attacked(Store.of(store), found, cells_asked=45)
    assert len(out.tried) == 45 and not out.untrue and not out.wrong
    assert not out.exact and not out.few


def test_where_less_protects_the_attack_works_the_counts_out(store, found):
    """Without a rule every one; with small counts withheld and nothing else done a fifth of these few grids (of all of them
    44 %, by the command)."""
    made = {
        name: report.attacked(Store.of(store), found, cells_asked=45, policy=OTHERS[name])
        for name in ("none", "primary")
    }
    assert len(made["none"].exact) == 45
    assert len(made["primary"].exact) >= 45 / 5
    assert all(not out.wrong and not out.untrue for out in made.values())


def test_few_free_counts_prove_no_more_than_all_of_them_allow(store, found):
    """What a cell can be while most others are as in truth lies within what it can be at all, and holds the true count."""
    grids = [g for g in found.grids.values() if g.fact == "case_course"]
    fact = cells.facts(Store.of(store), grids)["case_course"]
    attack = Attack(fact, [limit for g in grids for limit in report._limits(fact, g, OURS)])
    tried = list(cells.targets(fact, grids))[::40]
    assert len(tried) > 5
    for target in tried:
        made, goal = attack.posed(target, grids)
        few, part, others = solve._around(made, goal)
        low, high = (end + others for end in solve._range(few, part, whole=False))
        least, most = solve._range(*solve._connected(made, goal), whole=False)
        assert least <= low <= target.true <= high <= most
        fewest, greatest = solve._range(*solve._connected(*solve._alone(made, goal)), whole=False)
        assert fewest <= least and most <= greatest
        assert few.size < made.size


def test_a_column_is_held_below_the_next_that_is_known():
    """a is part of b, which is part of c: with b there, a ≤ c says nothing more; without b it has to be said."""
    of = {"a": frozenset("bc"), "b": frozenset("c")}
    assert solve._next("a", of, "abc") == ["b"] and solve._next("a", of, "ac") == ["c"]
    assert solve._next("c", of, "abc") == []


def test_cells_are_tried_alike_by_one_process_and_by_two():
    targets = [Target("f", (), "cell", str(n), n) for n in range(7)]

    def tried(target: Target) -> tuple[int, int, bool]:
        return target.true, target.true + 9, target.true > 3

    one, two = (dict(report.each(tried, targets, workers)) for workers in (1, 2))
    assert one == two == {t: tried(t) for t in targets}


# ── Percentiles ────────────────────────────────────────────────────────────────────────────────────


def waited(counts: dict[int, int]) -> tuple[Fact, Wait]:
    """Answered calls of a month by their wait, and what is told of them."""
    rows = pd.DataFrame({"wait_s": list(counts), "contacts": list(counts.values())}).assign(
        outcome="answered", month_key=202610, channel="phone"
    )
    keys = ("month_key", "channel", "outcome", "wait_s")
    return Fact("hotline_wait", keys, rows), wait_summary(rows)


def limits_of(fact: Fact, left: percentiles.Left) -> tuple[Grid, list[Limit]]:
    one = Grid("hotline_wait", left.sums, (), left.where, pd.DataFrame([{}]), "by hand")
    sides = zip(left.sums, left.low, left.high, strict=True)
    return one, [Limit(one, name, np.array([low]), np.array([high])) for (name, _), low, high in sides]


@pytest.mark.parametrize("seed", range(8))
def test_what_a_percentile_says_is_true_of_the_counts_that_it_was_made_of(seed):
    rng = np.random.default_rng(seed)
    fact, told = waited(
        dict(zip(rng.permutation(90)[:40].tolist(), rng.integers(0, 4, 40).tolist(), strict=True))
    )
    for left in percentiles.of("a month's waits", told, ()):
        _, limits = limits_of(fact, left)
        assert Attack(fact, limits).untrue() == []
    every = {
        "all": told,
        "channels": {"phone": told, "chat": wait_summary(fact.atoms.iloc[:0])},
        "months": {202610: told},
    }
    found = list(percentiles.of("wait percentiles", every, (fact.atoms, "")))
    assert len(found) == 4
    for left in found:
        assert Attack(fact, limits_of(fact, left)[1]).untrue() == []


@pytest.mark.parametrize(("n", "p90", "above"), [(40, 10, (0, 4)), (39, None, (0, 9)), (60, 10, (0, 6))])
def test_nine_in_ten_leave_those_above_them_five_values_or_stay_untold(n, p90, above):
    """Those above 10 s are withheld as fewer than ten; told that 10 s is the ninth of ten of forty, they are 4 at most."""
    fact, told = waited({5: n - 10, 10: 8, 30: 2})
    assert told.p90 == 10 if p90 else np.isnan(told.p90)
    (left,) = percentiles.of("a month's waits", told, ())
    one, limits = limits_of(fact, left)
    within = (("outcome", "answered"), ("wait_s", Span(11, 10**9)))
    grids = [Grid("hotline_wait", ((name, (("contacts", where, 1.0),)),), (), (), pd.DataFrame(), "by hand")
             for name, where in (("above", within), ("all", (("outcome", "answered"),)))]  # fmt: skip
    limits += [Limit(grids[0], "above", np.array([0.0]), np.array([9.0])), Limit(grids[1], "all", *(np.array([float(x)]) for x in (n, n)))]  # fmt: skip
    cell = Target("hotline_wait", ((0, "above", 0, 1),), "cell", "", 2)
    assert Attack(fact, limits).candidates(cell, grids) == above


@pytest.mark.parametrize("day", [date(2026, 10, 31), date(2026, 3, 1)])
def test_days_of_those_who_still_wait_are_counted_from_their_referral(day):
    rng = np.random.default_rng(3)
    since = [day - timedelta(days=int(n)) for n in rng.integers(0, 200, 60)]
    rows = pd.DataFrame({"month_key": [d.year * 100 + d.month for d in since], "days": [d.day for d in since], "kind": "waiting", "cases": 1})  # fmt: skip
    made = waits.waiting_now(rows, day)
    (left,) = percentiles.of(waits.WAITING.name, made, (rows, day))
    fact = Fact(
        "counselling_wait", ("month_key", "kind", "days"), rows.assign(cases=rows["cases"].astype(float))
    )
    _, limits = limits_of(fact, left)
    assert (
        Attack(fact, [replace(x, grid=replace(x.grid, fact="counselling_wait")) for x in limits]).untrue()
        == []
    )


# ── The closed list ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("keys", "where"),
    [
        (("provider_id",), {"month_key": Span(202604, 202610)}),  # seven months
        (("provider_id",), {"month_key": Span(202511, 202609)}),
        (("provider_id",), {"month_key": Span(202510, 202609)}),  # twelve that end a month before
        (("provider_id", "area_code"), {"month_key": MONTHS}),
        (("provider_id",), {"month_key": MONTHS, "area_code": "11010"}),
        (("provider_id",), {"month_key": MONTHS, "programme_id": "peer_counselling"}),
        (("provider_id",), {"month_key": MONTHS, "programme_id": "peer_counselling", "area_code": "11010"}),
        (("provider_id", "month_key"), {"month_key": MONTHS}),
        (("provider_id",), {}),
        (("provider_id",), {"month_key": Span(202411, 202610)}),
    ],
)
def test_what_is_not_on_the_list_is_refused_in_the_published_view(store, keys, where):
    read = Reader(Store.of(store))
    with pytest.raises(release.GrainError, match=r"case_course is not published"):
        read.totals("case_course", columns=("started",), keys=keys, where=where)
    analyst = Reader(Store.of(store), Rights("analyst"))
    assert not analyst.totals("case_course", columns=("started",), keys=keys, where=where).empty


def test_what_is_on_the_list_is_shown(store):
    read = Reader(Store.of(store))
    for keys in ((), ("provider_id",), ("area_code",)):
        assert not read.totals(
            "case_course", columns=("started",), keys=keys, where={"month_key": MONTHS}
        ).empty
    peers = {"month_key": MONTHS, "programme_id": "peer_counselling"}
    assert not read.totals("case_course", columns=("started",), where=peers).empty


@pytest.mark.parametrize(
    ("end", "span", "kinds"),
    [
        (202610, Span(202601, 202612), {"year"}),
        (202610, Span(202601, 202610), {"year"}),
        (202610, Span(202601, 202609), set()),  # a part of the year that ends where no table does
        (202610, Span(202607, 202609), {"quarter"}),
        (202610, Span(202608, 202610), {"window"}),
        (202610, Span(202606, 202608), set()),
        (202610, Span(202610, 202610), {"month"}),
        (202610, 202610, {"month"}),
        (202610, Span(202311, 202610), {"window"}),
        (202610, Span(202511, 202610), {"last 12"}),
        (202610, (202608, 202610), set()),
        # What is a quarter or a year of the calendar may be the last months, too.
        (202609, Span(202607, 202609), {"quarter", "window"}),
        (202612, Span(202601, 202612), {"year", "last 12"}),
        (202601, Span(202601, 202601), {"month", "year"}),
    ],
)
def test_spans_of_time_have_kinds_or_none(end, span, kinds):
    assert grids.spans_of({"month_key": span}, frozenset(), {end}) == kinds


@pytest.mark.parametrize(("end", "months"), [(202609, 3), (202512, 12), (202603, 3), (202602, 3)])
def test_the_last_months_are_published_whichever_month_they_end_with(end, months):
    """Handling times stand in the list for the last months alone."""
    span = Span(grids.before(end, months - 1), end)
    grids.check("hotline_handle", (), {"month_key": span}, {end})
    with pytest.raises(grids.GrainError):
        grids.check("hotline_handle", (), {"month_key": span}, {grids.before(end, -1)})


def test_every_listed_grid_is_one_of_its_fact():
    from data import tables as t

    for fact, listed in grids.listed().items():
        columns = set(t.FACTS[fact].c.keys())
        for grid in listed:
            assert grid.by | grid.of | grid.always <= columns, fact
            assert grid.spans <= {"month", "window", "last 12", "quarter", "year", "ever"}
            # A district is never shown by month.
            assert not ({"district_code", "month_key"} <= grid.by), fact


@pytest.mark.parametrize("small", [False, True])
def test_the_citys_slope_is_given_to_a_tenth_and_not_where_a_quarter_is_withheld(store, small):
    """In an office of one district the city is that district, whose slope is not told either."""
    quarters = [202507, 202510, 202601, 202604, 202607]
    counts = [12, 17, 21, 26, 4 if small else 33]
    sums = pd.DataFrame({"month_key": quarters, "numerator": counts, "denominator": [61, 67, 70, 71, 73]})
    metric = registry.get("recovery_rate")
    found = trends._of_city(Reader(Store.of(store)), metric, sums)
    slopes = found[["value", "lower", "upper"]].astype(float)
    assert slopes.isna().all() if small else np.allclose(slopes * 10, (slopes * 10).round())
    assert found["verdict"] in ("rising", "none")
