"""What needs a decision first: broken sums, lines outside their expected profile, silent lines, stopped programmes."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from data import ledger
from locales import numbers, t
from metrics import budget, execution
from ui import blocks, store, words
from ui.budget import clicks, source, tree, won
from ui.budget.source import Scope

STALE_MONTHS = 3
LEAST_PAST = 4  # line-years below which no profile is expected
SHOWN = 6
BAND_MISS = 0.2  # part of lines outside an 80 % band by chance alone


@dataclass(frozen=True)
class Item:
    """One thing to decide on: what, whose, how many won it concerns; `opens` is what its entries are of."""

    kind: str  # over, under, stale, stopped
    opens: str  # as `tree.pick` reads it
    text: str
    owner: str
    gap: int


def standing(scope: Scope) -> pd.DataFrame:
    """Every line of the year at its last month beside what past years lead to expect.

    Returns: programme_id, line_type, spent, budget, share, low, median, high, n, stale (months), state (over, under,
        within, stale, short), gap (won beyond the band).
    """
    return _standing(scope.code, store.version(), store.url())


@st.cache_resource(max_entries=32, show_spinner=False)
def _standing(code: str, version: int, address: str) -> pd.DataFrame:
    scope = source.scope(code)
    now = scope.lines[(scope.lines["fiscal_year"] == scope.year) & (scope.lines["month"] == scope.month)]
    now = now[now["budget"] > 0]
    expected = execution.profile(scope.lines, before=scope.year)
    out = now.merge(
        expected[expected["month"] == scope.month].drop(columns="month"), on="line_type", how="left"
    )
    out["share"] = 100 * out["spent"] / out["budget"]
    year = source.read(ledger.cells)
    silent = execution.stale_months(year[year["fiscal_year"] == scope.year], month=scope.month)
    out["stale"] = [
        int(silent.get((p, k), scope.month))
        for p, k in zip(out["programme_id"], out["line_type"], strict=True)
    ]
    low, high = (out[name] / 100 * out["budget"] for name in ("low", "high"))
    out["gap"] = (out["spent"] - high).clip(lower=0) - (low - out["spent"]).clip(lower=0)
    out["state"] = "within"
    out.loc[out["gap"] > 0, "state"] = "over"
    out.loc[out["gap"] < 0, "state"] = "under"
    out.loc[out["stale"] >= STALE_MONTHS, "state"] = "stale"
    out.loc[~(out["n"] >= LEAST_PAST), "state"] = "short"
    return out


def items(scope: Scope, lang: str) -> list[Item]:
    """The list, largest sum first; stopped programmes with money left lead it."""
    programmes = source.read(ledger.programmes).set_index("programme_id")
    names = source.names(lang)
    found: list[Item] = []
    unit = won.unit()
    left = scope.nodes[scope.nodes["level"] == "programme"].set_index("key")["remaining"]
    for key, row in programmes[programmes["status"] != "active"].iterrows():
        if left.get(key, 0) > 0:
            text = t("budget.item_stopped", lang, name=row[f"name_{lang}"], status=t(f"budget.status_{row['status']}", lang),
                     day=numbers.day(row["status_on"], lang), won=won.whole(left[key], unit, lang))  # fmt: skip
            owner = words.owner(str(row["owner_unit"]), lang)
            found.append(Item("stopped", f"programme:{key}", text, owner, int(left[key])))
    lines = standing(scope)
    lines = lines[lines["state"].isin(["over", "under", "stale"])]
    for row in lines.assign(size=lines["gap"].abs()).sort_values("size", ascending=False).to_dict("records"):
        key = row["programme_id"]
        text = t(f"budget.item_{row['state']}{_closed(scope)}", lang, name=names[f"programme:{key}"], line=won.line_name(row["line_type"], lang),
                 share=won.percent(row["spent"], row["budget"]), low=numbers.number(row["low"], 1),
                 high=numbers.percent(row["high"], 1), won=won.whole(abs(row["gap"]), unit, lang), months=row["stale"])  # fmt: skip
        owner = words.owner(str(programmes.at[key, "owner_unit"]), lang)
        found.append(Item(row["state"], f"programme:{key}.{row['line_type']}", text, owner, int(row["gap"])))
    return found


def _closed(scope: Scope) -> str:
    """The ending of a text's key: of a year whose books are closed there is nothing left to decide."""
    return "_closed" if scope.code != source.WHOLE and scope.year < scope.closed_before else ""


def show(scope: Scope, lang: str) -> None:
    """The list, each with its owner and a way to its entries, and how many chance alone would bring."""
    found = items(scope, lang)
    lines = standing(scope)
    compared = lines[lines["n"] >= LEAST_PAST]
    rule = t("budget.decide_rule", lang, n=len(compared), chance=numbers.number(BAND_MISS * len(compared)),
             found=int(compared["state"].isin(["over", "under"]).sum()), short=len(lines) - len(compared))  # fmt: skip
    rows = "".join(_item(item, lang) for item in found[:SHOWN])
    rest = found[SHOWN:]
    more = ""
    if rest:
        label = t("budget.decide_more", lang, n=len(rest))
        more = f"<details><summary>{blocks.esc(label)}</summary><ol start={SHOWN + 1}>{''.join(_item(i, lang) for i in rest)}</ol></details>"
    body = (
        f"<ol>{rows}</ol>{more}"
        if found
        else f"<p>{blocks.esc(t(f'budget.decide_none{_closed(scope)}', lang))}</p>"
    )
    quiet = "" if found else " quiet"
    html = f'<div class="ieum-attention{quiet}">{body}<p class="rule">{blocks.esc(rule)}</p></div>'
    blocks.heading(t(f"budget.decide_title{_closed(scope)}", lang))
    clicks.table(html, key="budget_decide", on_pick=tree.pick)


_SHAPES = {"over": "▲", "under": "▼", "stale": "■", "stopped": "■"}


def _item(item: Item, lang: str) -> str:
    kind = "steady" if item.kind in ("stale", "stopped") else "worse"
    owner = blocks.esc(t("budget.owner", lang, owner=item.owner))
    link = clicks.pick(blocks.esc(item.opens), blocks.esc(t("budget.see_entries", lang)))
    return (
        f'<li><span class="ieum-state {kind}">{_SHAPES[item.kind]} {blocks.esc(t(f"budget.kind_{item.kind}", lang))}</span> '
        f'{blocks.esc(item.text)} <span class="ieum-meta">{owner}</span> {link}</li>'
    )


def lead(scope: Scope, lang: str) -> str:
    """The page in one sentence: what may be spent, what is spent, how the year will end."""
    total = scope.total
    unit = won.unit()
    if scope.code == source.WHOLE:
        return t("budget.lead_plan", lang, plan=won.whole(budget.PLAN_TOTAL_KRW, unit, lang), spent=won.whole(total["expenditure"], unit, lang),
                 progress=won.percent(total["expenditure"], budget.PLAN_TOTAL_KRW), current=won.whole(total["current"], unit, lang))  # fmt: skip
    amounts = {name: won.whole(total[name], unit, lang) for name in ("current", "carry_out", "lapsed")}
    said = t(f"budget.lead{_closed(scope)}", lang, scope=scope_words(scope, lang), **amounts,
             spent=won.whole(total["expenditure"], unit, lang), rate=won.percent(total["expenditure"], total["current"]))  # fmt: skip
    if _closed(scope) or not total["current"]:
        return said
    end = source.year_end(scope.year, scope.month).total
    low, high = (won.percent(end[name], end["budget"]) for name in ("low_95", "high_95"))
    return f"{said} " + t("budget.lead_end", lang, end=won.whole(end["estimate"], unit, lang), low=low.rstrip("%"),
                          high=high, rate=won.percent(end["estimate"], end["budget"]))  # fmt: skip


def scope_words(scope: Scope, lang: str) -> str:
    """The chosen years in words."""
    if scope.code == source.WHOLE:
        return t("budget.scope_plan", lang)
    return t("budget.scope_year", lang, year=scope.code)
