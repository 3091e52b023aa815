"""What a control chart says, worked out from true counts for many series at once, and published as `answers.verdicts` has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from answers.reader import Reader, Rule
from answers.verdicts import UNDECIDED, Question, told
from data import queries
from metrics import spc
from metrics.spec import Metric

SIGNALS = Rule(
    "signals of a control chart",
    "by month a rule and a side, whether the target is met: words that leave every count five values",
    words=True,
)
_SIDES = ("low", "", "high")
_WORDS = np.array(
    [f"{cause}|{side}|{also}" for cause in spc.CAUSES for side in _SIDES for also in spc.CAUSES], dtype=object
)


class Said(NamedTuple):
    """What a chart says.

    Attributes:
        causes: (cause, side, also) of each known point, as `spc.special_causes`; the cause may be `UNDECIDED`.
        assurance: as `spc.assurance`, or `UNDECIDED`.
        firm: the verdicts are the same whether or not extreme moving ranges are screened out.
        outgrown: the target is passed more than twofold.
    """

    causes: list[tuple[str, str, str]]
    assurance: str
    firm: bool
    outgrown: bool


@dataclass(frozen=True)
class Asked:
    """What is asked of a series: where its points stand among the months, its phases, target and direction."""

    places: tuple[int, ...]
    months: int
    starts: tuple[int, ...]
    screen: bool
    target: float | None
    aim: float | None
    better: str
    scale: float

    @classmethod
    def of(
        cls,
        metric: Metric,
        series: pd.DataFrame,
        *,
        screen: bool = True,
        rebase: Sequence[spc.Rebase] = (),
        target: float | None = None,
        aim: float | None = None,
    ) -> Asked:
        """Of a metric's published months in order.

        Args:
            target: in its unit, that the limits are read against; aim: that the centre is read against (a year's by month).
        """
        places = tuple(int(p) for p in np.flatnonzero(series["value"].notna()))
        starts = tuple(sorted({r.index for r in rebase if r.index < len(series)}))
        return cls(places, len(series), starts, screen, target, aim, metric.better, metric.scale)

    def words(self, counts: np.ndarray) -> np.ndarray:
        """Of counts (draws, points, 1 or 2) one word per point, then assurance, firmness, and whether the target is outgrown."""
        value = np.full((*counts.shape[:-2], self.months), np.nan)
        top = counts[..., 0] if counts.shape[-1] == 1 else counts[..., 0] / counts[..., 1]
        value[..., list(self.places)] = top * self.scale
        (points, assurance, centre), other = (
            self._drawn(value, self.screen),
            self._drawn(value, not self.screen),
        )
        firm = (points[..., -1] == other[0][..., -1]) & (assurance == other[1])
        past = spc.uninformative(centre, self.aim, self.better)
        more = [assurance, np.where(firm, "firm", "depends"), np.where(past, "outgrown", "holds")]
        return np.concatenate([points, np.stack(more, axis=-1)], axis=-1, dtype=object)

    def _drawn(self, value: np.ndarray, screen: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """By point its cause, then the assurance of the latest limits and their centre."""
        points, edges = np.zeros(value.shape, dtype=int), [0, *self.starts, self.months]
        quiet = int(np.flatnonzero(_WORDS == "||")[0])
        points += quiet
        for lo, hi in zip(edges[:-1], edges[1:], strict=True):
            part, known = value[..., lo:hi], [p - lo for p in self.places if lo <= p < hi]
            # Since limits began anew no month may have a figure yet.
            centre = part[..., known].mean(axis=-1) if known else np.full(part.shape[:-1], np.nan)
            spread = spc.XMR * spc.mean_moving_range(part, screen)
            low, high = centre - spread, centre + spread
            enough = len(known) >= spc.FEWEST
            if enough:
                x = part[..., known]
                rule, side, also = spc.rules(
                    x, *(np.broadcast_to(v[..., None], x.shape) for v in (centre, low, high))
                )
                code = (rule * len(_SIDES) + side + 1) * len(spc.CAUSES) + also
                points[..., [lo + k for k in known]] = np.where(spread[..., None] > 0, code, quiet)
        said = spc.assurance(low, high, self.target if enough else None, self.better)
        return _WORDS[points[..., list(self.places)]], said, centre


def said(read: Reader, metric: Metric, series: pd.DataFrame, span: queries.Span, asked: Asked) -> Said:
    """What the chart of a metric's published months says, worked out from true sums."""
    known = series[series["value"].notna()]
    if known.empty:
        return Said([], "none", True, False)
    columns = ["numerator", "denominator"] if metric.is_ratio else ["numerator"]
    if metric.disclosure != "person" or metric.unit == "seconds":
        # No person is counted, or the mean is shown as it is: nothing was rounded that could turn a word.
        words = [str(word) for word in asked.words(known[columns].to_numpy(dtype=float)[None])[0]]
    else:
        raw = read.for_model(metric.metric_id, keys=("month_key",), where={"month_key": span}, level="city")
        question = Question(asked.words, tuple(columns), ("month_key",), part=metric.unit == "percent")
        words = told(read, SIGNALS, question, raw, known)
    *points, assurance, firm, outgrown = words
    return Said([_cause(word) for word in points], assurance, firm != "depends", outgrown == "outgrown")


def marked(chart: pd.DataFrame, found: Said) -> pd.DataFrame:
    """A chart as it is drawn with the signals of the true sums in the place of its own."""
    out, at = chart.copy(), chart["value"].notna()
    for place, name in enumerate(("cause", "side", "also")):
        out[name] = ""
        out.loc[at, name] = [cause[place] for cause in found.causes]
    return out


def _cause(word: str) -> tuple[str, str, str]:
    cause, side, also = (UNDECIDED, "", "") if word == UNDECIDED else word.split("|")
    return cause, side, also
