"""Statistical process control: XmR, p, u, c and g charts, their special causes, and what they say about a target.

Rules and constants are those of Making Data Count (metrics.md E): limits at 2.66 mean moving ranges (3 / 1.128),
four rules, assurance by where a target lies against the limits. A limit may vary from point to point. A missing
or suppressed period keeps its place and is skipped: no moving range spans it and no run counts it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike

from guards import number, numbers, one_of, table, takes

XMR, MR_LIMIT, D2 = 2.66, 3.267, 1.128
SIGMAS = 3.0
FEWEST, RUN, TREND = 12, 7, 7
FIRM = 20  # points from which limits are no longer provisional (NHS Making Data Count)
CAUSES = ("", "outside", "run", "trend", "two_of_three")
STATES = ("none", "trial", "no_variation", "ok")
COLUMNS = ("value", "centre", "lower", "upper", "phase", "reason", "cause", "side", "also", "state")


class Limits(NamedTuple):
    """A chart's lines, one number per point; `unheld` limits are those before they were held within the possible."""

    centre: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    unheld_lower: np.ndarray
    unheld_upper: np.ndarray


@dataclass(frozen=True)
class Rebase:
    """A recorded event from whose point on new limits are drawn; without a reason there is no rebasing."""

    index: int
    reason: str

    def __post_init__(self) -> None:
        if self.index < 1 or not self.reason.strip():
            raise ValueError("a rebase needs a point after the first and a recorded reason")


@takes(values=numbers("n", missing=True), freeze=number(low=2, whole=True, none=True))
def xmr(
    values: Any, screen: bool = False, freeze: int | None = None, *, rebase: Sequence[Rebase] = ()
) -> pd.DataFrame:
    """Individuals chart with limits at mean ± 2.66 × mean moving range.

    Args:
        values: one number per period in order; NaN for a missing or suppressed one.
        screen: drop moving ranges above 3.267 × their mean once before the limits are drawn (R package: yes,
            NHS Excel tool: no), unless only zeros would be left; state the choice beside the chart.
        freeze: draw the limits from the first `freeze` known points only.
        rebase: events after which limits are drawn anew; the earlier points keep theirs.

    Returns: value, centre, lower, upper, phase (0, 1 …), reason (of the phase), cause (one of `CAUSES`), side
        ('high', 'low', ''), also (a second rule that marks the point, see `special_causes`) and state (one of `STATES`:
        'trial' below 12 known points).

    Raises:
        ValueError: infinite values, or `freeze` below 2 points.
    """
    x = _numbers(values)

    def limits(part: np.ndarray) -> Limits:
        base = _baseline(part, freeze)
        centre = float(np.nanmean(base)) if np.isfinite(base).any() else np.nan
        spread = XMR * mean_moving_range(base, screen)
        low, high = centre - spread, centre + spread
        return Limits(*(np.full(len(part), v) for v in (centre, low, high, low, high)))

    return _phased(x, rebase, lambda lo, hi: limits(x[lo:hi]))


@takes(
    events=numbers("n", low=0, missing=True),
    trials=numbers("n", above=0, missing=True),
    freeze=number(low=2, whole=True, none=True),
)
def p_chart(
    events: Any, trials: Any, *, prime: bool = False, freeze: int | None = None, rebase: Sequence[Rebase] = ()
) -> pd.DataFrame:
    """Proportions with limits that follow each period's number of trials.

    Args:
        events, trials: counts per period; NaN where suppressed.
        prime: Laney's p' (limits widened by the variation between periods), for large and over-dispersed counts.

    Returns: as `xmr`, values as proportions; limits are held within 0 and 1.

    Raises:
        ValueError: more events than trials, or trials of 0.
    """
    x, n = _numbers(events), _numbers(trials)
    if (x > n).any():
        raise ValueError("events must not exceed trials")
    return _attribute(x, n, lambda p, size: np.sqrt(p * (1 - p) / size), 1.0, prime, freeze, rebase)


@takes(
    events=numbers("n", low=0, missing=True),
    exposure=numbers("n", above=0, missing=True),
    freeze=number(low=2, whole=True, none=True),
)
def u_chart(
    events: Any,
    exposure: Any,
    *,
    prime: bool = False,
    freeze: int | None = None,
    rebase: Sequence[Rebase] = (),
) -> pd.DataFrame:
    """Rates per unit of exposure; `prime` is Laney's u'. Returns and raises as `p_chart`."""
    x, n = _numbers(events), _numbers(exposure)
    return _attribute(x, n, lambda rate, size: np.sqrt(rate / size), np.inf, prime, freeze, rebase)


@takes(counts=numbers("n", low=0, missing=True), freeze=number(low=2, whole=True, none=True))
def c_chart(counts: Any, *, freeze: int | None = None, rebase: Sequence[Rebase] = ()) -> pd.DataFrame:
    """Counts over equal periods. On counts with more than Poisson variation it alarms falsely: use `xmr` there."""
    x = _numbers(counts)
    ones = np.where(np.isnan(x), np.nan, 1.0)
    return _attribute(x, ones, lambda rate, size: np.sqrt(rate / size), np.inf, False, freeze, rebase)


@takes(between=numbers("n", low=0, missing=True), freeze=number(low=2, whole=True, none=True))
def g_chart(between: Any, *, freeze: int | None = None, rebase: Sequence[Rebase] = ()) -> pd.DataFrame:
    """Cases between rare events: geometric limits mean + 3 √(mean (mean + 1)), lower limit 0 (Benneyan 2001).

    The centre line is the median: a geometric count lies below its mean in 63 % of cases, so that runs on one side of the
    mean would be called of a process that does not change (Provost and Murray 2011).

    Args:
        between: counts of at least 0, one per event in order; NaN where unknown.

    Returns: as `xmr`; centre is the median of the known counts.

    Raises:
        ValueError: negative or infinite counts, or `freeze` below 2 points.
    """
    x = _numbers(between)
    if (x < 0).any():
        raise ValueError("cases between events must be at least 0")

    def limits(lo: int, hi: int) -> Limits:
        base = _baseline(x[lo:hi], freeze)
        known = bool(np.isfinite(base).any())
        mean, middle = (float(np.nanmean(base)), float(np.nanmedian(base))) if known else (np.nan, np.nan)
        reach = SIGMAS * np.sqrt(mean * (mean + 1))
        return Limits(
            *(np.full(hi - lo, v) for v in (middle, 0.0 * mean, mean + reach, mean - reach, mean + reach))
        )

    return _phased(x, rebase, limits)


def mean_moving_range(values: np.ndarray, screen: bool = False) -> Any:
    """Mean absolute step between neighbouring known points of the last axis; NaN where there are no two neighbours."""
    steps = np.abs(np.diff(values, axis=-1))
    known = np.isfinite(steps)
    mean = _mean(steps, known)
    if not screen:
        return mean
    kept = _mean(steps, known & (steps <= MR_LIMIT * np.expand_dims(mean, -1)))
    # Nothing but zeros left: the screened-out steps are all the variation that there is.
    return np.where((mean > 0) & (kept > 0), kept, mean)[()]


def _mean(values: np.ndarray, which: np.ndarray) -> Any:
    """Mean of the marked values of the last axis; NaN of none."""
    n = which.sum(axis=-1)
    return np.where(n > 0, np.where(which, values, 0.0).sum(axis=-1) / np.maximum(n, 1), np.nan)[()]


@takes(values=numbers("n", missing=True))
def special_causes(
    values: Any, centre: Any, lower: Any, upper: Any, *, unheld: tuple[Any, Any] | None = None
) -> pd.DataFrame:
    """The four Making Data Count rules, the first that applies to each point.

    (1) outside the limits; (2) seven on one side of the centre; (3) seven rising or falling; (4) two of three beyond
    two thirds of the way to one limit, all three on that side.

    A point may be part of a run and of a trend at once. Where they point the same way the run is the cause and the trend
    stands in `also`. Where they do not (seven rising months below the centre), the run began first: the trend is the later
    signal, is the cause and names the side, and the run stands in `also`.

    Args:
        values: one number per point; NaN points are skipped.
        centre, lower, upper: scalars or one number per point.
        unheld: (lower, upper) before they were held within what is possible (0, or 0 and 1). Rule 4 measures its two
            thirds on these: towards a limit moved in to 0 they would lie too near to the centre.

    Returns: cause (one of `CAUSES`), side ('high', 'low' or '') and also ('', 'run' or 'trend') per point.

    Raises:
        ValueError: infinite values, or limits that are neither scalars nor one number per point.
    """
    every = _numbers(values)
    given = {"centre": centre, "lower": lower, "upper": upper}
    given["unheld lower"], given["unheld upper"] = (lower, upper) if unheld is None else unheld
    c, lo, up, low, high = (_beside(every, name, v) for name, v in given.items())
    cause, side, also = causes(every, c, lo, up, unheld=(low, high))
    return pd.DataFrame({"cause": cause, "side": side, "also": also}, dtype=object)


def _beside(every: np.ndarray, name: str, given: Any) -> np.ndarray:
    found = np.asarray(given, dtype=float)
    if found.shape not in ((), every.shape):
        raise ValueError(f"{name} must be one number or {every.size}, not {found.size}")
    return np.broadcast_to(found, every.shape)


def causes(
    every: np.ndarray,
    c: np.ndarray,
    lo: np.ndarray,
    up: np.ndarray,
    unheld: tuple[np.ndarray, np.ndarray] | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`special_causes` on arrays of one length: cause, side, also."""
    cause, where, beside = (np.full(len(every), "", dtype=object) for _ in range(3))
    known = np.flatnonzero(np.isfinite(every) & np.isfinite(c) & np.isfinite(lo) & np.isfinite(up))
    far_low, far_high = (lo, up) if unheld is None else unheld
    rule, side, also = rules(
        *(v[known] for v in (every, c, lo, up)), unheld=(far_low[known], far_high[known])
    )
    names = np.array(CAUSES, dtype=object)
    cause[known], beside[known] = names[rule], names[also]
    where[known] = np.array(["", "high", "low"], dtype=object)[side]
    return cause, where, beside


@takes(x=numbers(), c=numbers(), lo=numbers(), up=numbers())
def rules(
    x: np.ndarray,
    c: np.ndarray,
    lo: np.ndarray,
    up: np.ndarray,
    *,
    unheld: tuple[np.ndarray, np.ndarray] | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The four rules on known points along the last axis.

    Args:
        x: (…, n) values. c, lo, up: centre and limits, of that shape or one that broadcasts to it, such as (…, 1).
        unheld: as `special_causes`.

    Returns: per point the place in `CAUSES` of the rule that is its cause (0 for none), 1 for high and -1 for low, and the
        place of the other of run and trend where both hold.

    Raises:
        ValueError: values or limits that are missing or infinite.
    """
    found, side, also = (np.zeros(x.shape, dtype=int) for _ in range(3))
    outside, run, trend, two = 1, 2, 3, 4
    far_low, far_high = (lo, up) if unheld is None else unheld

    def mark(rule: int, which: Any, sign: int) -> None:
        free = which & (found == 0)
        found[free], side[free] = rule, sign

    size = x.shape[-1]
    mark(outside, x > up, 1)
    mark(outside, x < lo, -1)
    for sign in (1, -1):
        mark(run, _spread(np.all(_windows(sign * (x - c) > 0, RUN), axis=-1), RUN, size), sign)
    for sign in (1, -1):
        steps = _spread(np.all(_windows(sign * np.diff(x, axis=-1) > 0, TREND - 1), axis=-1), TREND, size)
        also[steps & (found == run)] = trend
        # Within a run on the other side every earlier point of the trend lies on that side too: the run began first.
        against = steps & (found == run) & (side != sign)
        also[against], found[against] = run, 0
        mark(trend, steps, sign)
    for sign, limit in ((1, far_high), (-1, far_low)):
        far = sign * (x - (c + (limit - c) * 2 / 3)) > 0
        hit = (_windows(far, 3).sum(axis=-1) >= 2) & np.all(_windows(sign * (x - c) > 0, 3), axis=-1)
        mark(two, far & _spread(hit, 3, size), sign)
    return found, side, also


@takes(chart=table("value", "cause", "side", "state"), better=one_of("higher", "lower", "neither"))
def variation(chart: pd.DataFrame, better: str) -> str:
    """What the latest known point says.

    Args:
        chart: as `xmr` returns it.
        better: 'higher', 'lower' or 'neither', from the registry.

    Returns: 'improving', 'concerning', 'change' (special cause without a good direction), 'common', 'no_variation',
        'trial' (too few points) or 'none'.
    """
    state = str(chart["state"].iloc[-1]) if len(chart) else "none"
    if state != "ok":
        return state
    last = chart[chart["value"].notna()].iloc[-1]
    if not last["cause"]:
        return "common"
    if better == "neither":
        return "change"
    return "improving" if (last["side"] == "high") == (better == "higher") else "concerning"


@takes(
    lower=numbers(missing=True),
    upper=numbers(missing=True),
    target=number(missing=True, none=True),
    better=one_of("higher", "lower", "neither"),
    ordered=("lower", "upper"),
)
def assurance(lower: ArrayLike, upper: ArrayLike, target: float | None, better: str) -> np.ndarray:
    """Whether the process, left as it is, will meet a target; of one pair of limits, or of many at once.

    Args:
        lower, upper: (…,) limits, NaN where there are none.

    Returns: (…,) 'meets' (target beyond the unfavourable limit), 'misses' (beyond the favourable one), 'hit_or_miss'
        (between), or 'none' without a target, limits or a good direction. Where both limits coincide the value
        itself is compared.
    """
    low, high = np.broadcast_arrays(np.asarray(lower, dtype=float), np.asarray(upper, dtype=float))
    if target is None or better not in ("higher", "lower") or not np.isfinite(target):
        return np.full(low.shape, "none")
    bad, good, aim = (low, high, target) if better == "higher" else (-high, -low, -target)
    found: np.ndarray = np.select(
        [~(np.isfinite(low) & np.isfinite(high)), (low == high) & (bad >= aim), (low == high) | (aim > good), aim < bad],
        ["none", "meets", "misses", "meets"],
        "hit_or_miss",
    )  # fmt: skip
    return found


@takes(
    chart=table("value", "cause", "side", "state", "lower", "upper"),
    target=number(missing=True, none=True),
    better=one_of("higher", "lower", "neither"),
)
def verdicts(chart: pd.DataFrame, target: float | None, better: str) -> tuple[str, str]:
    """`variation` of a chart and `assurance` of its latest limits.

    Args:
        chart: as `xmr` returns it. target: in the unit of its values; without one, or NaN, there is no assurance.

    Raises:
        ValueError: a chart that lacks a column, an infinite target, or another direction.
    """
    last = chart.iloc[-1] if len(chart) else None
    if last is None or last["state"] not in ("ok", "no_variation"):
        return variation(chart, better), "none"
    return variation(chart, better), str(assurance(last["lower"], last["upper"], target, better))


@takes(
    centre=numbers(missing=True),
    target=number(missing=True, none=True),
    better=one_of("higher", "lower", "neither"),
)
def uninformative(centre: ArrayLike, target: float | None, better: str) -> np.ndarray:
    """(…,) whether a target no longer tells anything: the process, of (…,) centres, is past it more than twofold."""
    at = np.asarray(centre, dtype=float)
    if target is None or not np.isfinite(target) or target <= 0:
        return np.zeros(at.shape, dtype=bool)
    return np.asarray(at > 2 * target if better != "lower" else at < target / 2)


def _numbers(values: Any) -> np.ndarray:
    found = np.asarray(values, dtype=float).ravel()
    if np.isinf(found).any():
        raise ValueError("values must be finite; NaN stands for a missing period")
    return found


def _baseline(part: np.ndarray, freeze: int | None) -> np.ndarray:
    if freeze is None:
        return part
    if freeze < 2:
        raise ValueError("a baseline needs at least 2 points")
    known = np.flatnonzero(np.isfinite(part))
    return part if len(known) <= freeze else part[: known[freeze - 1] + 1]


def _attribute(
    x: np.ndarray,
    n: np.ndarray,
    sigma: Any,
    ceiling: float,
    prime: bool,
    freeze: int | None,
    rebase: Sequence[Rebase],
) -> pd.DataFrame:
    if (x < 0).any() or (n <= 0).any():
        raise ValueError("counts must be at least 0, and trials or exposure more than 0")
    value = x / n

    def limits(lo: int, hi: int) -> Limits:
        base = slice(lo, lo + len(_baseline(value[lo:hi], freeze)))
        both = np.isfinite(x[base]) & np.isfinite(n[base])
        if not both.any():
            return Limits(*(np.full(hi - lo, np.nan) for _ in range(5)))
        centre = x[base][both].sum() / n[base][both].sum()
        spread = sigma(centre, n[lo:hi])
        if prime:
            error = sigma(centre, n[base])
            z = np.where(error > 0, (value[base] - centre) / np.where(error > 0, error, 1), np.nan)
            between = mean_moving_range(z) / D2  # Laney 2002
            spread = spread * (between if np.isfinite(between) else 1.0)
        middle = np.full(hi - lo, centre)
        low, high = middle - SIGMAS * spread, middle + SIGMAS * spread
        return Limits(middle, np.maximum(0, low), np.minimum(ceiling, high), low, high)

    return _phased(value, rebase, limits)


def _phased(x: np.ndarray, rebase: Sequence[Rebase], limits: Any) -> pd.DataFrame:
    """Each phase with its own limits and rules; joined, so that old limits stay beside the new ones."""
    starts = sorted((r for r in rebase if r.index < len(x)), key=lambda r: r.index)
    edges = [0, *(r.index for r in starts), len(x)]
    reasons = ["", *(r.reason for r in starts)]
    parts = []
    for phase, (lo, hi) in enumerate(zip(edges[:-1], edges[1:], strict=True)):
        at = limits(lo, hi)
        value = x[lo:hi]
        state = _state(value, at.lower, at.upper)
        marks = (_words("", hi - lo),) * 3
        if state == "ok":
            marks = causes(value, at.centre, at.lower, at.upper, unheld=(at.unheld_lower, at.unheld_upper))
        same = np.full(hi - lo, phase), _words(reasons[phase], hi - lo)
        parts.append((value, at.centre, at.lower, at.upper, *same, *marks, _words(state, hi - lo)))
    return pd.DataFrame(dict(zip(COLUMNS, map(np.concatenate, zip(*parts, strict=True)), strict=True)))


def _words(word: str, n: int) -> np.ndarray:
    return np.full(n, word, dtype=object)


def _state(value: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> str:
    known = np.isfinite(value) & np.isfinite(lower)
    if not known.any():
        return "none"
    if known.sum() < FEWEST:
        return "trial"
    return "no_variation" if (upper[known] == lower[known]).all() else "ok"


def _windows(flags: np.ndarray, width: int) -> np.ndarray:
    if flags.shape[-1] < width:
        return np.zeros((*flags.shape[:-1], 0, width), dtype=bool)
    return sliding_window_view(flags, width, axis=-1)


def _spread(hits: np.ndarray, width: int, length: int) -> np.ndarray:
    """A hit marks every point of its window."""
    out = np.zeros((*hits.shape[:-1], length), dtype=bool)
    windows = hits.shape[-1]
    for offset in range(width if windows else 0):
        out[..., offset : offset + windows] |= hits
    return out
