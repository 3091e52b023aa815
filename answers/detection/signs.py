"""Which signals, alone and together, find isolated households more often than the rest: yield, lift, cost."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from answers import say
from answers.answer import Answer, Beside, Block, Figure, Fold, Heading, Note, Table
from answers.ask import Ask
from answers.detection.common import COST, MONTHS, STEPS, detection, span, won
from answers.detection.names import kinds, naming, note, pair
from answers.empty import LAKE
from answers.reader import Reader, Rule
from answers.registry import question
from answers.verdicts import UNDECIDED, Question, told
from charts.intervals import interval_dots
from data import queries
from locales import numbers, t
from metrics.lift import cut, sides, yields

FDR = 0.05
FEWEST = 30
SHOWN_PAIRS = 15
SIDES = Rule(
    "signs above and below the rest",
    "by sign whether it finds more or less often: words that leave its contacted and its confirmed five values each",
    words=True,
)
_COUNTS = ("confirmed", "contacted")


@question("detection.signs", choices=(MONTHS, COST), needs=(LAKE,))
@detection
def signs(ask: Ask, read: Reader) -> Answer:
    """Signals one by one with intervals, then the pairs that differ."""
    lang, months, cost = ask.lang, span(ask, read), ask.number("contact_cost")
    every = by_signal(read, months)
    whole, each = every[every["signal"] == 0].iloc[0], every[every["signal"] > 0]
    single = measured(read, months, each, whole, cost)
    evidence = read.whose
    base = say.share_words(read, whole["confirmed"], whole["contacted"], lang)[0]
    said = single["side"].value_counts()
    few, unsure = len(each) - len(single), int(said.get(UNDECIDED, 0))
    label = naming(read, lang)
    labels = [label(int(s)) for s in single["signal"]]
    notes = (
        Note(t("detection.by_signal_note", lang, n=int(single["q"].notna().sum()))),
        Note(note(read, lang, [int(s) for s in each["signal"]])),
    )
    dots = _dots(single, labels, float(whole["confirmed"] / whole["contacted"]), evidence, lang)
    each_table = Fold(t("detection.signs_table", lang), (_table(single, labels, "sign", lang),))
    if of_kind := kinds(read, lang):  # ten kinds are read at a glance; the signals behind them on demand
        left: tuple[Block, ...] = (
            Heading(t("detection.by_kind", lang)),
            _kinds(single, of_kind, lang),
            notes[1],
        )
        rest: tuple[Block, ...] = (Fold(t("detection.by_signal", lang), (notes[0], dots)), each_table)
    else:
        left, rest = (Heading(t("detection.by_signal", lang)), *notes, dots), (each_table,)
    right = (Heading(t("detection.by_pair", lang)), *_pairs(read, months, whole, cost, lang))
    return Answer(
        "",
        t(
            "detection.signs_sentence",
            lang,
            n=len(single),
            base=base,
            above=int(said.get("higher", 0)),
            below=int(said.get("lower", 0)),
        ),
        blocks=(
            *((Note(t("detection.signs_few", lang, all=len(each), few=few, least=FEWEST)),) if few else ()),
            *((Note(t("detection.signs_undecided", lang, n=unsure)),) if unsure else ()),
            Beside((left, right), (5, 7)),
            say.figures(lang, (t("figures.confirmed", lang), base)),
            *rest,
            say.source(evidence, lang, period=say.span_words(months, lang)),
            say.how(lang, "detection.how_signs"),
        ),
        period=say.span_words(months, lang),
    )


def _kinds(single: pd.DataFrame, of_kind: dict[str, list[int]], lang: str) -> Table:
    """By kind how many signals find clearly more, clearly less, and neither."""
    side = dict(zip(single["signal"].astype(int), single["side"], strict=True))
    names = ("higher", "lower", "other")
    rows = []
    for name, mine in of_kind.items():
        found = [side[n] for n in mine if n in side]
        counts = [found.count(n) for n in names[:2]]
        counts.append(len(mine) - sum(counts))
        rows.append((name, len(mine), *(n or "–" for n in counts)))
    columns = say.heads("detection.kind_", ("name", "signals", *names), lang, words=("name",))
    return Table(columns, rows, stacked=False, name="kinds")


def by_signal(read: Reader, months: queries.Span) -> pd.DataFrame:
    """Households by signal, those of all signals together under 0."""
    return read.totals("detection_monthly", columns=STEPS, keys=("signal",), where={"month_key": months})


def measured(
    read: Reader, months: queries.Span, rows: pd.DataFrame, whole: pd.Series, cost: float
) -> pd.DataFrame:
    """Rows with enough contacts, their yields, and whether they differ after the correction for many.

    Args:
        rows: of `by_signal`, without that of all; or pairs, with `other`.
    """
    kept = rows[rows["confirmed"].notna() & (rows["contacted"] >= FEWEST)].reset_index(drop=True)
    found = yields(
        kept["confirmed"].clip(upper=kept["contacted"]),
        kept["contacted"],
        all_found=whole["confirmed"],
        all_tried=whole["contacted"],
        unit_cost=cost,
        slack=read.slack,
    )
    out = pd.concat([kept, found], axis=1).assign(side=_sides(read, months, kept, whole))
    return out.sort_values("yield", ascending=False, ignore_index=True)


def _sides(read: Reader, months: queries.Span, kept: pd.DataFrame, whole: pd.Series) -> list[str]:
    """Which signs differ from the rest, by their true counts."""
    keys = ("signal", "other") if "other" in kept else ("signal",)
    fact = "detection_pair" if "other" in kept else "detection_monthly"
    raw = read.for_model(fact, columns=_COUNTS, keys=keys, where={"month_key": months})
    every = {"all_found": float(whole["confirmed"]), "all_tried": float(whole["contacted"])}

    def by(counts: np.ndarray, base: np.ndarray) -> np.ndarray:
        """With what is a difference for many signs at once as `base` has it."""
        return sides(*_columns(counts), **every, cut=cut(*_columns(base), **every, rate=FDR))

    shown = kept[list(_COUNTS)].to_numpy(dtype=float)
    asked = Question(
        lambda counts: by(counts, shown),
        _COUNTS,
        keys,
        apart=True,
        part=True,
        truth=lambda counts: by(counts, counts[0]),
    )
    return told(read, SIDES, asked, raw, kept)


def _columns(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Found, no more than tried, and tried."""
    return np.minimum(counts[..., 0], counts[..., 1]), counts[..., 1]


def _dots(single: pd.DataFrame, labels: list[str], base: float, evidence: str, lang: str) -> Figure:
    hover = [_hover(label, row, lang) for label, row in zip(labels, single.to_dict("records"), strict=True)]
    value, low, high = ((100 * single[c]).tolist() for c in ("yield", "lower", "upper"))
    figure = interval_dots(
        labels,
        value,
        low,
        high,
        side=single["side"].tolist(),
        hover=hover,
        caption=t(f"evidence.{evidence}", lang),
        yardstick=100 * base,
        yardstick_label=t("detection.all_flagged", lang, value=numbers.percent(100 * base, 0)),
    )
    table = _table(single, labels, "sign", lang)
    return Figure("signal_dots", figure, t("detection.by_signal", lang), table=table, shown=True)


def _hover(label: str, row: dict[Any, Any], lang: str) -> str:
    limits = numbers.limits(100 * row["lower"], 100 * row["upper"], "percent", digits=0)
    return t(
        "detection.hover_signal",
        lang,
        name=label,
        value=numbers.percent(100 * row["yield"], 0),
        limits=limits,
        lift=numbers.number(row["lift"], 2),
        n=numbers.number(row["contacted"]),
        cost=_cost(row, lang),
    )


def _cost(row: dict[Any, Any], lang: str, *, unit: bool = True) -> str:
    """Cost of one confirmed household with the limits that its yield leaves; none where nobody was confirmed."""
    if pd.isna(row["cost"]):
        return "–"
    most = "…" if pd.isna(row["cost_upper"]) else won(row["cost_upper"])
    limits = f"{won(row['cost_lower'])}–{most}"
    return (
        t("detection.won", lang, n=won(row["cost"]), limits=limits)
        if unit
        else f"{won(row['cost'])} ({limits})"
    )


def _pairs(read: Reader, months: queries.Span, whole: pd.Series, cost: float, lang: str) -> list[Block]:
    columns = ("contacted", "confirmed")
    rows = read.totals(
        "detection_pair", columns=columns, keys=("signal", "other"), where={"month_key": months}
    )
    if rows.empty:
        return [Note(t("detection.missing_lake", lang))]
    found = measured(read, months, rows, whole, cost)
    above = found[found["side"] == "higher"]
    # By the lower limit: the highest estimates of many are mostly the luckiest.
    shown = above.sort_values("lower", ascending=False).head(SHOWN_PAIRS)
    label = naming(read, lang)
    named = [pair(label, int(a), int(b), lang) for a, b in zip(shown["signal"], shown["other"], strict=True)]
    said = t(
        "detection.pairs_sentence", lang, all=len(rows), n=len(found), above=len(above), shown=len(shown)
    )
    return [Note(said), _table(shown, named, "pair", lang)]


def _table(found: pd.DataFrame, named: list[str], kind: str, lang: str) -> Table:
    """Contacted, yield, lift and cost per confirmed household of each row, with their limits."""
    body = [
        (
            name,
            numbers.number(row["contacted"]),
            f"{numbers.percent(100 * row['yield'], 0)} ({numbers.limits(100 * row['lower'], 100 * row['upper'], 'percent', digits=0)})",
            f"{numbers.number(row['lift'], 2)} ({numbers.number(row['lift_lower'], 2)}–{numbers.number(row['lift_upper'], 2)})",
            _cost(row, lang, unit=False),
        )
        for name, row in zip(named, found.to_dict("records"), strict=True)
    ]
    first = say.heads(f"detection.{kind}_", ("name",), lang, words=("name",))
    return Table([*first, *say.heads("detection.pair_", ("n", "yield", "lift", "cost"), lang)], body)
