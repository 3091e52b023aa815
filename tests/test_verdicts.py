"""Words about rounded counts: worked out from true sums, published where nobody can turn them back into counts."""

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest

from answers import gate, periods
from answers.districts import funnel
from answers.gate import CLOSED, OPEN, PAIRS, passes
from answers.kpi import measures, signals
from answers.reader import Raw, Reader, Rule
from answers.store import Store
from answers.verdicts import LEAST, UNDECIDED, Question, publishable, settled, told
from data import release
from data.queries import Span
from geo.rates import funnel_limits, standing
from metrics import spc
from metrics.watched import WATCHED

PAIR = Question(passes, ("paired", "completed"), part=True)


@pytest.fixture
def read(store):
    return Reader(Store.of(store))


def behind(*shown: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One row of published counts with the least and the most true count behind each."""
    counts = pd.Series(shown, dtype=float)
    low, high = release.compatible(counts)
    return counts.to_numpy()[None], low.to_numpy()[None], high.to_numpy()[None]


def test_the_counts_behind_a_published_one_are_those_that_are_rounded_to_it():
    every = pd.Series(range(400), dtype=float)
    shown = release.rounded(every)
    low, high = release.compatible(shown)
    for count in (float("nan"), 10, 20, 200, 390):
        mine = every[shown.isna() if np.isnan(count) else shown == count]
        at = mine.index[0]
        assert (low[at], high[at]) == (mine.min(), mine.max())


def test_210_of_234_fail_though_they_are_published_as_210_of_230(read):
    """89.7 % reads 91.3 % under the publishing rule."""
    shown = pd.DataFrame({"paired": [210.0], "completed": [230.0]})
    assert float(shown["paired"].iloc[0] / shown["completed"].iloc[0]) > 0.9
    for true, word in (((212, 234), OPEN), ((206, 232), CLOSED), ((210, 233), OPEN), ((210, 234), CLOSED)):
        assert release.rounded(pd.Series(true, dtype=float)).tolist() == [210, 230]
        raw = Raw(pd.DataFrame([true], columns=["paired", "completed"]))
        assert told(read, PAIRS, PAIR, raw, shown) == [word]


def test_the_demonstrations_last_month_passes_by_its_true_counts(read):
    month = Span(202610, 202610)
    shown = read.total("outcome_monthly", columns=("paired", "completed"), where={"month_key": month})
    assert (shown["paired"], shown["completed"]) == (210, 230)
    assert gate.gate(read, month).word == OPEN
    kpi = measures.listed(read, "paired_completeness")
    assert float(kpi.latest["value"]) == 91 and not kpi.gate and not kpi.decision
    assert not any(k.gated or k.unsure for k in measures.every(read))


def test_a_page_of_twelve_months_never_reads_what_a_page_of_the_last_of_them_does_not(read, monkeypatch):
    words = {202610: CLOSED, 202511: OPEN}
    monkeypatch.setattr(gate, "_of", lambda read, where: words[where["month_key"].low])
    assert gate.gate(read, Span(202610, 202610)).word == CLOSED
    found = gate.gate(read, Span(202511, 202610))
    assert (found.whole, found.newest, found.word) == (OPEN, CLOSED, CLOSED)


def test_every_word_that_is_published_leaves_each_count_and_the_rest_five_values():
    """By enumerating, for every published share, all true counts behind it: in both directions of the rule."""
    published = refused = 0
    for bottom, top in ((n, x) for n in (10, 15, 30, 50, 235, 1000) for x in range(10, n + 1, 5)):
        shown, low, high = behind(top, bottom)
        (may,) = publishable(PAIR, shown, low, high)
        by_word: dict[str, list[tuple[int, int]]] = {}
        for x, n in product(*(range(int(a), int(b) + 1) for a, b in zip(low[0], high[0], strict=True))):
            if x <= n:
                by_word.setdefault(CLOSED if x / n < 0.9 else OPEN, []).append((x, n))
        every = [pair for pairs in by_word.values() for pair in pairs]
        enough = all(
            len({count(x, n) for x, n in pairs}) >= min(LEAST, len({count(x, n) for x, n in every}))
            for pairs in by_word.values()
            for count in (lambda x, n: x, lambda x, n: n, lambda x, n: n - x)
        )
        if may:
            published += 1
            assert set(may) == set(by_word) and all(may[word] == word for word in may)
            assert len(by_word) == 1 or enough
        else:
            refused += 1
            assert len(by_word) == 2 and not enough
    assert published > 200 and refused > 3


def test_refusing_follows_from_what_is_published_alone(read):
    """40 of 50: of the counts behind it some words would leave four values; then none of them is told, whatever is true."""
    shown, low, high = behind(40, 50)
    (may,) = publishable(PAIR, shown, low, high)
    frame = pd.DataFrame(shown, columns=["paired", "completed"])
    said = {
        tuple(told(read, PAIRS, PAIR, Raw(pd.DataFrame([pair], columns=["paired", "completed"])), frame))
        for pair in product(range(35, 45), range(45, 55))
    }
    assert said == {(UNDECIDED,)} and not may
    edge = Question(lambda c: np.where(c[..., 0] >= 44, "high", "low").astype(object), ("x",))
    assert publishable(edge, *behind(40)) == [{}]
    middle = Question(lambda c: np.where(c[..., 0] >= 41, "high", "low").astype(object), ("x",))
    assert publishable(middle, *behind(40)) == [{}]  # 41 to 44 are four
    halves = Question(lambda c: np.where(c[..., 0] >= 40, "high", "low").astype(object), ("x",))
    assert publishable(halves, *behind(40)) == [{"high": "high", "low": "low"}]  # five and five
    calm = Question(lambda c: np.where(c[..., 0] >= 45, "high", "low").astype(object), ("x",))
    assert publishable(calm, *behind(40)) == [
        {"low": "low"}
    ]  # whatever is true, it is low: that gives nothing away


def test_words_that_are_harmless_alone_but_not_together_are_not_both_told():
    """Of 43 to 47: 'at least 45' and 'at most 45' leave three values each, both together leave 45 alone: the last is told."""

    def words(counts: np.ndarray) -> np.ndarray:
        x = counts[..., 0]
        return np.stack([np.where(x >= 46, "b", "a"), np.where(x >= 45, "d", "c")], axis=-1)[:, 0].astype(
            object
        )

    wide = np.array([[45.0]]), np.array([[40.0]]), np.array([[50.0]])
    both = Question(words, ("x",))
    (first, last) = publishable(both, *wide)
    assert first == {} and last == {"c": "c", "d": "d"}
    alone = Question(lambda counts: words(counts)[:, :1], ("x",))
    assert publishable(alone, *wide) == [{"a": "a", "b": "b"}]


def test_a_coarser_word_stands_where_the_fine_one_would_give_a_count_away():
    def words(counts: np.ndarray) -> np.ndarray:
        return np.select([counts[..., 0] >= 47, counts[..., 0] >= 46], ["far", "high"], "inside").astype(
            object
        )

    fine = Question(words, ("x",), apart=True, coarser={"inside": "near", "high": "near"})
    assert publishable(fine, *behind(45)) == [{}]
    soft = Question(words, ("x",), apart=True, coarser={"inside": "near", "high": "near", "far": "near"})
    assert publishable(soft, *behind(45)) == [{"inside": "near", "high": "near", "far": "near"}]


def test_a_rule_of_words_gives_words_alone(read):
    words = Rule("t.words", "words", words=True)
    raw = Raw(pd.DataFrame({"x": [212.0]}))
    assert read.judged(words, lambda frame: ["high", None, True], raw) == ["high", None, True]
    for leak in (lambda frame: frame["x"].iloc[0], lambda frame: ["high", 212], lambda frame: {"n": 212}):
        with pytest.raises(TypeError, match=r"t\.words"):
            read.judged(words, leak, raw)


@pytest.mark.parametrize("seed", range(12))
def test_words_of_many_charts_are_those_of_one_chart_at_a_time(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(9, 25))
    counts = np.column_stack([rng.integers(60, 90, n), rng.integers(95, 105, n)]).astype(float)
    if seed % 3 == 0:
        counts[n // 2 :, 0] += 12  # a shift, so that there are signals
    series = pd.DataFrame({"value": counts[:, 0] / counts[:, 1]})
    series.loc[rng.choice(n, 2, replace=False), "value"] = np.nan
    known = series["value"].notna().to_numpy()
    rebase = (spc.Rebase(n // 2, "an event"),) if seed % 2 else ()
    metric = next(w.metric for w in WATCHED if w.metric.unit == "percent" and w.metric.better == "higher")
    for screen in (True, False):
        asked = signals.Asked.of(metric, series, screen=screen, rebase=rebase, target=80.0, aim=80.0)
        *points, assurance, firm, _ = asked.words(counts[known][None])[0]
        charts = [spc.xmr(series["value"] * 100, screen=s, rebase=rebase) for s in (screen, not screen)]
        marks = charts[0][known]
        assert points == [
            f"{c}|{s}|{a}" for c, s, a in zip(marks["cause"], marks["side"], marks["also"], strict=True)
        ]
        if charts[0]["state"].iloc[-1] == "ok":
            said = [spc.verdicts(chart, 80.0, "higher") for chart in charts]
            assert assurance == said[0][1] and (firm == "firm" or said[0] != said[1] or points[-1] != "||")


def test_all_words_of_a_chart_together_leave_each_count_more_than_one_value(read):
    """Of the demonstration's charts, with the other months as they truly are: no word and no two give a count away."""
    tried = 0
    for watched in WATCHED:
        metric, kpi = watched.metric, measures.one(read, watched.id)
        if kpi.latest is None or metric.disclosure != "person" or metric.unit == "seconds":
            continue
        end = periods.closed(read.as_of, watched.lag)
        where = {"month_key": Span(periods.shifted(end, 1 - measures.MONTHS), end)}
        columns = ["numerator", "denominator"] if metric.is_ratio else ["numerator"]
        sums = read.for_model(metric.metric_id, keys=("month_key",), where=where, level="city")._frame
        shown = kpi.series[kpi.series["value"].notna()]
        true = sums.set_index("month_key").loc[shown["month_key"], columns].to_numpy(dtype=float)
        aim = None if kpi.target is None else kpi.target / (12 if kpi.annual else 1)
        asked = signals.Asked.of(metric, kpi.series, target=None if kpi.annual else kpi.target, aim=aim)
        told_ = [
            *(
                c[0] != UNDECIDED
                for c in signals.said(read, metric, kpi.series, where["month_key"], asked).causes
            )
        ]
        base = asked.words(true[None])[0][: len(told_)][told_]
        for row in range(len(true)):
            low, high = (v.tolist() for v in release.compatible(release.rounded(pd.Series(true[row]))))
            own = np.array(list(product(*(np.arange(a, b + 1) for a, b in zip(low, high, strict=True)))))
            own = own[own[:, 0] <= own[:, 1]] if metric.unit == "percent" else own
            counts = np.repeat(true[None], len(own), axis=0)
            counts[:, row] = own
            same = own[(asked.words(counts)[:, : len(told_)][:, told_] == base).all(axis=1)]
            for column in range(len(columns)):
                left = len(set(same[:, column]))
                assert left >= 2, (watched.id, shown["month_key"].iloc[row])
                tried += 1
    assert tried > 500


def test_a_funnels_words_are_those_of_its_true_counts():
    """33 of 40 about 96 % lies below 99.8 %; published as 35 of 40 it would lie inside."""
    n = np.array([40.0, 400.0, 900.0])
    drawn = funnel_limits([35, 384, 864], n, target=0.96)
    assert drawn.areas["verdict"].iloc[0] == "low_95"
    assert standing([33.0], [40.0], drawn).tolist() == ["low_998"]
    asked = Question(lambda c: standing(c[..., 0], c[..., 1], drawn), ("x", "n"), apart=True, part=True)
    shown, low, high = behind(35, 40)
    (may,) = publishable(asked, shown, low, high)
    assert may == {} or set(may) >= {"low_998"}


def test_a_funnel_on_screen_is_judged_by_true_counts(read):
    shown = funnel.build(read, "recovery_rate", 2025, "all", "none", "en")
    assert set(shown.points["verdict"]) <= {
        "inside",
        "high_95",
        "low_95",
        "high_998",
        "low_998",
        "near",
        UNDECIDED,
    }
    sums = read.for_model(
        "recovery_rate", keys=("area_code",), where={"month_key": Span(202501, 202512)}
    )._frame
    true = sums.set_index("area_code").loc[shown.points["area_code"]]
    exact = funnel_limits(true["numerator"], true["denominator"], target=shown.target / 100).areas["verdict"]
    said = shown.points["verdict"]
    decided = ~said.isin([UNDECIDED, funnel.NEAR])
    assert decided.sum() >= 10 and (said[decided].to_numpy() == exact[decided.to_numpy()].to_numpy()).all()
    assert not exact[(said == funnel.NEAR).to_numpy()].str.endswith("998").any()


def test_words_of_an_earlier_day_follow_from_what_is_published():
    """45 of 50 as published stand for 45 to 54 of each: nobody knows whether nine in ten are reached; 100 of 100 against half are."""
    shown = np.array([[50.0, 50.0], [200.0, 400.0]])
    low, high = np.maximum(shown - 5, 10), shown + 4
    asked = Question(
        lambda counts: np.where(counts[..., 0] >= 0.9 * counts[..., 1], "high", "low").astype(object),
        ("top", "bottom"),
        ("month_key",),
        apart=True,
    )
    assert settled(asked, shown, low, high) == [UNDECIDED, "low"]
    whole = replace(
        asked, words=lambda c: np.where(c[..., 1].sum(axis=1) >= 300, "many", "few")[:, None], apart=False
    )
    assert settled(whole, shown, low, high) == ["many"]
    edge = replace(whole, words=lambda c: np.where(c[..., 1].sum(axis=1) >= 450, "many", "few")[:, None])
    assert settled(edge, shown, low, high) == [UNDECIDED]


def test_of_a_part_that_stands_above_its_whole_nothing_is_told_and_of_the_others_what_may_be():
    """A release may keep 40 paired courses of a provider beside 30 that are completed now."""
    shown = np.array([[40.0, 30.0], [60.0, 100.0], [80.0, 90.0]])
    low, high = shown - 5, shown + 4
    apart = replace(PAIR, apart=True)
    others = publishable(apart, shown[1:], low[1:], high[1:])
    assert publishable(apart, shown, low, high) == [{}, *others] and any(others)
    assert settled(apart, shown, low, high)[1:] == settled(apart, shown[1:], low[1:], high[1:])
    assert len(publishable(PAIR, shown, low, high)) == len(shown)
