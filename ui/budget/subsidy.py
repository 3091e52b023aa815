"""Where the money comes from, and what a cut of the national subsidy would still reach: open and later years only."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from data import ledger
from locales import t
from metrics import funding
from ui import blocks, store, view
from ui.budget import source, won
from ui.budget.source import Scope

CUTS = ("10", "20", "40", "100")


def show(scope: Scope, lang: str) -> None:
    """Mix, the chosen cut with the local money matched to it, and the assumptions behind both."""
    blocks.heading(t("budget.funding_title", lang))
    mix, _ = _exposed(scope.code, 0, store.version(), store.url())
    if mix.empty:
        blocks.note(t("budget.no_year", lang))
        return
    whole = scope.code == source.WHOLE
    if not whole and scope.year < scope.closed_before:
        blocks.lead(_mix(mix, lang))
        blocks.note(t("budget.funding_closed", lang, year=scope.year))
        _table(mix, ("national", "city", "district"), lang)
        return
    cut = view.choose("cut", CUTS, label=t("budget.cut_label", lang), say=lambda code: f"{code}%", default="40", kind="segments")  # fmt: skip
    found, without = _exposed(scope.code, int(cut), store.version(), store.url())
    unit = won.unit()
    sums = {name: won.whole(float(found[name].sum()), unit, lang)
            for name in ("national_left", "national_cut", "matched_left", "matched_cut")}  # fmt: skip
    key = "funding_lead_plan" if whole else "funding_lead"
    blocks.lead(f"{_mix(mix, lang)} {t(f'budget.{key}', lang, cut=cut, **sums)}")
    exposed = found.set_index("programme_id").drop(columns=list(funding.FUNDING))
    table = mix[["programme_id", *funding.FUNDING]].join(exposed, on="programme_id").fillna(0)
    _table(table, (*funding.FUNDING, *exposed.columns), lang)
    blocks.note(t("budget.funding_note", lang))
    if whole:
        blocks.note(t("budget.funding_later", lang, year=scope.year, without=won.whole(without, unit, lang)))


@st.cache_resource(max_entries=32, show_spinner=False)
def _exposed(code: str, cut: int, version: int, address: str) -> tuple[pd.DataFrame, float]:
    """The scope's mix and exposure, with later plans where a cut of the whole plan is asked for, and the won of later
    plans whose funding is not known."""
    scope = source.scope(code)
    cells, without = scope.cells, 0.0
    if code == source.WHOLE and cut:
        every, planned = source.read(ledger.cells), source.plan(source.ends()[1])
        later = funding.later_cells(every, planned, year=scope.year)
        known = planned.loc[planned["fiscal_year"] > scope.year, "planned_krw"].sum()
        without = float(known - later["amount_krw"].sum())
        cells = pd.concat([every[every["fiscal_year"] == scope.year], later], ignore_index=True)
    return funding.exposure(cells, closed_before=scope.closed_before, share=cut / 100), without


def _mix(mix: pd.DataFrame, lang: str) -> str:
    total = mix[list(funding.FUNDING)].sum()
    return t(
        "budget.funding_mix",
        lang,
        **{name: won.percent(total[name], total.sum()) for name in funding.FUNDING},
    )


def _table(found: pd.DataFrame, columns: tuple[str, ...], lang: str) -> None:
    names, unit = source.names(lang), won.unit()
    heads = [(t(f"budget.funding_{name}", lang), name != "name") for name in ("name", *columns)]
    # Only a programme with national money can lose any: the others stand together in one row.
    exposed, rest = found[found["national"] != 0], found[found["national"] == 0]
    rows = [(t("budget.total", lang), *(won.say(float(found[name].sum()), unit) for name in columns))]
    rows += [(names[f"programme:{row['programme_id']}"], *(won.say(row[name], unit) for name in columns))
             for row in exposed.sort_values("national", ascending=False).to_dict("records")]  # fmt: skip
    if len(rest):
        label = t("budget.funding_rest", lang, n=len(rest))
        rows.append((label, *(won.say(float(rest[name].sum()), unit) for name in columns)))
    blocks.note(won.caption(unit, lang))
    blocks.table(heads, rows, classes=["total", *[""] * (len(rows) - 1)], stacked=True)
