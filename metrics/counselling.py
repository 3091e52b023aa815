"""Outcomes of counselling: reliable change, recovery, waits to the first session and how many sessions people keep.

Definitions D1 to D9. The unit is the course (case). Caseness and reliable change of PHQ-9 and GAD-7 are those of the
NHS talking therapies; other scales get theirs from their own spread and reliability. Nothing here shows an effect:
there is no comparison group.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import scipy  # its parts come when they are first called

from guards import number, numbers, table, takes
from metrics import spc
from metrics.intervals import wilson

CASENESS: Mapping[str, int] = {"PHQ-9": 10, "GAD-7": 8}
RELIABLE: Mapping[str, int] = {"PHQ-9": 6, "GAD-7": 4}
PAIRED_GATE = 0.90  # below it, outcome figures are greyed (D9)
Z95 = 1.96
FIRST_WAIT_DAYS = (42, 126)


@dataclass(frozen=True)
class ClinicalChange:
    """Jacobson and Truax (1991): reliable change and the three cut-offs between two populations."""

    standard_error: float
    s_diff: float
    index: np.ndarray
    reliable: np.ndarray
    a: float  # two SD from the clinical mean, towards the healthy one
    b: float  # two SD from the healthy mean, towards the clinical one
    c: float  # where a score is equally likely to come from either


@takes(sd=number(above=0), reliability=number(low=0, below=1))
def difference_error(sd: float, reliability: float) -> float:
    """Standard error of the difference of two scores: SD √2 √(1 − reliability).

    Raises:
        ValueError: an SD of 0 or less, or a reliability outside 0 to 1.
    """
    if not sd > 0 or not 0 <= reliability < 1:
        raise ValueError("sd must be more than 0 and reliability at least 0 and below 1")
    return float(sd * np.sqrt(2 * (1 - reliability)))


@takes(
    pre=numbers(missing=True),
    post=numbers(missing=True),
    sd=number(above=0),
    reliability=number(low=0, below=1),
)
def reliable_change(pre: Any, post: Any, sd: float, reliability: float) -> np.ndarray:
    """Reliable change index (post − pre) ÷ S_diff; beyond ±1.96 the change exceeds measurement error.

    Args:
        pre, post: scores, one per person; NaN gives NaN.
        sd: of the scores before treatment. reliability: of the scale in the same population.

    Raises:
        ValueError: as `difference_error`.
    """
    change = np.asarray(post, dtype=float) - np.asarray(pre, dtype=float)
    return np.atleast_1d(change / difference_error(sd, reliability))


@takes(sd=number(above=0), reliability=number(low=0, below=1))
def smallest_reliable(sd: float, reliability: float) -> float:
    """The change in points that must be exceeded to be reliable (D8): 1.96 SD √2 √(1 − reliability)."""
    return Z95 * difference_error(sd, reliability)


@takes(pairs=table(cases=numbers("n", low=0, whole=True), first=numbers("n"), last=numbers("n")))
def spread(pairs: pd.DataFrame) -> tuple[float, float]:
    """SD of first scores (in points) and their correlation with last ones, over weighted pairs.

    Args:
        pairs: first and last score, and how many cases have both.

    Returns: NaN for both under two cases, and for the correlation where either score never varies.

    Raises:
        ValueError: scores that are missing, or cases that are no whole numbers of at least 0.
    """
    w, first, last = (pairs[c].to_numpy(dtype=float) for c in ("cases", "first", "last"))
    if w.sum() < 2:
        return float("nan"), float("nan")
    cov = np.cov(np.stack([first, last]), fweights=w.astype(int))
    both = float(np.sqrt(cov[0, 0] * cov[1, 1]))
    return float(np.sqrt(cov[0, 0])), float(cov[0, 1] / both) if both else float("nan")


def reliability_interval(
    value: float, *, method: str, people: int, items: int | None = None
) -> tuple[float, float]:
    """95 % limits of a measured reliability.

    Args:
        value: the coefficient. method: 'retest' (a correlation: Fisher's z) or 'alpha' (Feldt 1965, which needs `items`).
        people: how many were measured.

    Returns: lower and upper limit; NaN where `items` is needed and missing.

    Raises:
        ValueError: a coefficient outside 0 to 1, under 4 people, or another method.
    """
    if not 0 < value < 1 or people < 4 or method not in ("retest", "alpha"):
        raise ValueError(
            "value, a reliability, lies between 0 and 1; people are 4 or more; method is retest or alpha"
        )
    if method == "retest":
        half = Z95 / np.sqrt(people - 3)
        return float(np.tanh(np.arctanh(value) - half)), float(np.tanh(np.arctanh(value) + half))
    if not items or items < 2:
        return float("nan"), float("nan")
    free = people - 1, (people - 1) * (items - 1)
    low, high = (1 - (1 - value) * scipy.special.fdtri(*free, q) for q in (0.975, 0.025))
    return max(0.0, float(low)), float(high)


@takes(
    pre=numbers(missing=True),
    post=numbers(missing=True),
    sd=number(above=0),
    reliability=number(low=0, below=1),
    clinical_mean=number(),
    normal_mean=number(),
    normal_sd=number(above=0, none=True),
)
def jacobson_truax(
    pre: Any,
    post: Any,
    *,
    sd: float,
    reliability: float,
    clinical_mean: float,
    normal_mean: float,
    normal_sd: float | None = None,
) -> ClinicalChange:
    """Reliable change with the cut-offs a, b and c of Jacobson and Truax (1991, J Consult Clin Psychol 59:12-19).

    Args:
        clinical_mean, normal_mean: means of the two populations; which way is better follows from them.
        normal_sd: SD of the healthy population; that of the clinical one unless given.

    Raises:
        ValueError: as `difference_error`.
    """
    index = reliable_change(pre, post, sd, reliability)
    healthy = sd if normal_sd is None else normal_sd
    way = 1.0 if normal_mean > clinical_mean else -1.0
    return ClinicalChange(
        standard_error=float(sd * np.sqrt(1 - reliability)),
        s_diff=difference_error(sd, reliability),
        index=index,
        reliable=np.abs(index) > Z95,
        a=clinical_mean + way * 2 * sd,
        b=normal_mean - way * 2 * healthy,
        c=(sd * normal_mean + healthy * clinical_mean) / (sd + healthy),
    )


@takes(
    cases=table(
        "case_id",
        "referred_on",
        "first_session_on",
        "ended_on",
        attended=numbers("n", low=0, missing=True),
        unique=("case_id",),
    ),
    measures=table("case_id", "instrument", "measured_on", score=numbers("n", missing=True)),
)
def outcomes(cases: pd.DataFrame, measures: pd.DataFrame) -> pd.DataFrame:
    """Waits and outcomes of courses with their Wilson limits.

    Args:
        cases: one row per course with case_id, attended (sessions), referred_on, first_session_on, ended_on (missing
            where it has not come to that).
        measures: case_id, instrument, measured_on, score; instruments without a caseness are left out.

    Returns: one row per outcome, index `outcome`: numerator, denominator, value, lower, upper (shares; missing over
        0 courses) and `gated` (paired scores under 90 %, so the outcome must be greyed). Rows: first_wait_42 and
        first_wait_126 (of finished courses, two sessions or more, as NHS talking therapies count), completed, paired, recovery, reliable_improvement,
        reliable_recovery, reliable_deterioration.
    """
    ended = cases["ended_on"].notna()
    completed = cases[ended & (cases["attended"] >= 2)]
    wait = (pd.to_datetime(completed["first_session_on"]) - pd.to_datetime(completed["referred_on"])).dt.days
    marks = _marks(completed, measures)
    counts = {f"first_wait_{d}": (int((wait <= d).sum()), len(completed)) for d in FIRST_WAIT_DAYS}
    counts |= {
        "completed": (len(completed), int(ended.sum())),
        "paired": (int(marks["paired"].sum()), len(completed)),
        "recovery": (int(marks["recovered"].sum()), int(marks["starts"].sum())),
        "reliable_improvement": (int(marks["improved"].sum()), len(completed)),
        "reliable_recovery": (
            int((marks["recovered"] & marks["improved"]).sum()),
            int(marks["starts"].sum()),
        ),
        "reliable_deterioration": (int(marks["worsened"].sum()), len(completed)),
    }
    return shares(counts)


def shares(counts: Mapping[str, tuple[float, float]]) -> pd.DataFrame:
    """(numerator, denominator) by outcome as shares with Wilson limits, and the paired-data gate."""
    out = pd.DataFrame.from_dict(counts, orient="index", columns=["numerator", "denominator"]).astype(float)
    out.index.name = "outcome"
    bottom = out["denominator"].where(out["denominator"] > 0)
    out["value"] = out["numerator"] / bottom
    out["lower"], out["upper"] = wilson(out["numerator"].to_numpy(), bottom.to_numpy())
    paired = out["value"].get("paired", np.nan)
    out["gated"] = out.index.isin(GATED) & bool(paired < PAIRED_GATE)
    return out


GATED = ("recovery", "reliable_improvement", "reliable_recovery", "reliable_deterioration")


def _marks(completed: pd.DataFrame, measures: pd.DataFrame) -> pd.DataFrame:
    """Per completed course: both scores there, at caseness at the start, recovered, improved, worsened."""
    kept = measures[
        measures["instrument"].isin(list(CASENESS)) & measures["case_id"].isin(completed["case_id"])
    ]
    kept = kept.sort_values("measured_on", kind="stable")
    grouped = kept.groupby(["case_id", "instrument"])["score"]
    pairs = grouped.agg(first="first", last="last", n="size").unstack("instrument")
    pairs = pairs.reindex(completed["case_id"])
    out = pd.DataFrame(
        {"paired": True, "starts": False, "below": True, "falls": False, "rises": False}, index=pairs.index
    )
    for name, cut in CASENESS.items():
        first, last, n = (_column(pairs, part, name) for part in ("first", "last", "n"))
        out["paired"] &= n > 1
        out["starts"] |= first >= cut
        out["below"] &= last < cut
        out["falls"] |= first - last >= RELIABLE[name]
        out["rises"] |= last - first >= RELIABLE[name]
    # D4: who was at caseness at the start stays in the denominator, with or without a score at the end.
    out["recovered"] = out["paired"] & out["starts"] & out["below"]
    out["improved"] = out["paired"] & out["falls"] & ~out["rises"]
    out["worsened"] = out["paired"] & out["rises"] & ~out["falls"]
    return out


def _column(pairs: pd.DataFrame, part: str, instrument: str) -> pd.Series:
    key = (part, instrument)
    return pairs[key] if key in pairs.columns else pd.Series(np.nan, index=pairs.index)


@takes(days=numbers("n"), cases=numbers("n", low=0))
def incidence(
    days: Any, kind: Any, cases: Any, *, event: str, competing: tuple[str, ...] = ()
) -> pd.DataFrame:
    """Cumulative incidence of an event with competing ends and censoring (Aalen and Johansen 1978).

    Args:
        days: time of each row; kind: what ended it, anything but `event` and `competing` is censored;
        cases: how many courses the row stands for.

    Returns: one row per time at which something ended: time, at_risk, events, incidence, error (standard error,
        delta method of Marubini and Valsecchi 1995), survival (nothing has happened yet).
    """
    time, at = np.unique(np.asarray(days), return_inverse=True)
    n, what = np.asarray(cases, dtype=float), np.asarray(kind, dtype=object)
    here = np.bincount(at, n, len(time))
    d = np.bincount(at, np.where(what == event, n, 0.0), len(time))
    both = d + np.bincount(at, np.where(np.isin(what, competing), n, 0.0), len(time))
    at_risk = here[::-1].cumsum()[::-1]
    after = np.cumprod(1 - both / at_risk)
    before = np.r_[1.0, after[:-1]] if len(after) else after
    found = np.cumsum(before * d / at_risk)
    return pd.DataFrame(
        {
            "time": time,
            "at_risk": at_risk,
            "events": d,
            "incidence": found,
            "error": _incidence_error(at_risk, d, both, before, found),
            "survival": after,
        }
    )


def _incidence_error(
    n: np.ndarray, d: np.ndarray, both: np.ndarray, before: np.ndarray, found: np.ndarray
) -> np.ndarray:
    """Delta-method standard error of a cumulative incidence."""
    safe = np.maximum(n * (n - both), 1e-300)
    one = np.where(n > both, both / safe, 0.0)
    two = before**2 * (n - d) / n * d / n**2
    three = before * d / n**2
    s1, s2, s3 = np.cumsum(one), np.cumsum(found * one), np.cumsum(found**2 * one)
    spread = found**2 * s1 - 2 * found * s2 + s3 + np.cumsum(two)
    spread -= 2 * (found * np.cumsum(three) - np.cumsum(found * three))
    return np.sqrt(np.maximum(spread, 0.0))


@takes(days=numbers("n"), cases=numbers("n", low=0), least=number(above=0))
def merged_times(days: Any, event: Any, cases: Any, *, least: int) -> np.ndarray:
    """Ends of the steps into which times are merged until each holds enough events; too few at the end join the last.

    Args:
        days: time of each row; event: whether it is the event; cases: how many courses the row stands for.

    Returns: ascending times; none where there are fewer than `least` events in all.
    """
    n = pd.Series(np.where(np.asarray(event, dtype=bool), np.asarray(cases, dtype=float), 0.0))
    by_time = n.groupby(np.asarray(days)).sum()
    by_time = by_time[by_time > 0]
    ends: list[float] = []
    held = 0.0
    for time, count in by_time.items():
        held += float(count)
        if held >= least:
            ends.append(float(time))
            held = 0.0
    if held and ends:
        ends[-1] = float(by_time.index[-1])
    return np.asarray(ends)


@takes(curve=table(time=numbers("n"), incidence=numbers("n", missing=True)), share=number(low=0, high=1))
def reached_by(curve: pd.DataFrame, share: float) -> float:
    """The first time by which a share of all has had the event; NaN if that share is not reached."""
    hit = curve[curve["incidence"] >= share - 1e-12]
    return float(hit["time"].iloc[0]) if len(hit) else float("nan")


@takes(
    ended=numbers(low=0, missing=True),
    paired=numbers(low=0, missing=True),
    completed=numbers(above=0, missing=True),
    ordered=("paired", "completed"),
)
def bulk_closures(ended: Any, paired: Any, completed: Any) -> np.ndarray:
    """Months in which closures lie above their upper limit while paired scores lie below their lower one (D14).

    Limits are those of `spc.xmr` with screened ranges and of `spc.p_chart`.

    Args:
        ended, paired, completed: (…, months) closures, courses with both scores (no more than completed), completed courses;
            NaN where a month is withheld: it is never one of those named.
    """
    ended, paired, completed = (np.asarray(v, dtype=float) for v in (ended, paired, completed))
    if not ended.shape == paired.shape == completed.shape:
        raise ValueError("ended, paired and completed must have one shape")
    share = paired / completed
    most = np.nanmean(ended, axis=-1) + spc.XMR * spc.mean_moving_range(ended, True)
    centre = (np.nansum(share * completed, axis=-1) / np.nansum(completed, axis=-1))[..., None]
    least = np.maximum(centre - spc.SIGMAS * np.sqrt(centre * (1 - centre) / completed), 0.0)
    found: np.ndarray = (ended > most[..., None]) & (share < least)
    return found
