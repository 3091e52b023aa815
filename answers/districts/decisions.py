"""What districts ask to be decided, in the words that the map says: need high and reach low at once, and far outside chance."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from answers import words
from answers.answer import Go, Item
from answers.districts import funnel, gap, measures, reached
from answers.districts.funnel import FunnelView
from answers.reader import Reader
from locales import t
from metrics import registry

# Wide limits that allow for districts that differ by nature: what is beyond them is no matter of chance or of many looks.
SPREAD = "additive"
WATCHED = tuple(m for m in funnel.MEASURES if registry.get(m).better in ("higher", "lower"))


@dataclass(frozen=True)
class Decision:
    """One thing to decide on: what it is about, its name, what is said, and how far the farthest district lies off, in half widths."""

    key: str
    name: str
    item: Item
    size: float


def items(read: Reader, lang: str) -> list[Decision]:
    """The list; a measure whose figures allow no verdict has none."""
    found = [_corner(read, lang)]
    for indicator in WATCHED:
        years = measures.periods_of(read, registry.get(indicator))
        shown = funnel.build(read, indicator, years[0], "all", SPREAD, lang) if years else None
        found.append(None if shown is None else _outside(shown, lang))
    return [one for one in found if one is not None]


def _corner(read: Reader, lang: str) -> Decision | None:
    """Districts that surely stand where need is high and reach low."""
    found = reached.newest(read, lang)
    rows = None if found is None else gap.named(found)
    if found is None or rows is None or rows.empty:
        return None
    half = ((rows["need_upper"] - rows["need_lower"]) / 2).astype(float)
    size = ((rows["need"] - found.city_need) / half)[half > 0].max()
    way = Go("district_map", t("decide.open_map", lang), (("q", "gap"),))
    name = t("decide.corner", lang, names=words.listed(rows["label"].tolist(), lang))
    item = Item(gap.sentence(found, lang), t("decide.kind_corner", lang), "worse", go=way)
    return Decision("gap", name, item, 0.0 if pd.isna(size) else float(size))


def _outside(shown: FunnelView, lang: str) -> Decision | None:
    """Districts beyond a measure's outer limits on its bad side."""
    metric = shown.metric
    side, bound = ("low", "lower_998") if metric.better == "higher" else ("high", "upper_998")
    rows = shown.points[shown.points["verdict"] == f"{side}_998"]
    if rows.empty:
        return None
    size = ((rows["value"] - shown.target).abs() / (rows[bound] - shown.target).abs()).max()
    names = words.listed(rows["label"].tolist(), lang)
    text = t("decide.outside", lang, name=metric.name(lang), when=shown.when, n=len(rows), names=names)
    way = Go(
        "district_map",
        t("decide.open_map", lang),
        (("q", "funnel"), ("indicator", metric.metric_id), ("spread", SPREAD)),
    )
    item = Item(text, t("decide.kind_outside", lang), "worse", metric.owner(lang), way)
    return Decision(metric.metric_id, f"{metric.short(lang)} ({names})", item, float(size))
