"""How the year and the five years will end, and how often this forecast was right before."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from charts.scurve import year_bars
from forecast.outturn import RANGES
from forecast.plan_end import PlanForecast
from locales import numbers, t
from metrics import budget
from ui import blocks
from ui.budget import clicks, record, source, tree, won
from ui.budget.source import Scope


def show(scope: Scope, lang: str) -> None:
    """This year by programme, the five years, and the record of past errors."""
    _this_year(scope, lang)
    _five_years(lang)
    record.show(lang)


def _this_year(scope: Scope, lang: str) -> None:
    blocks.heading(t("budget.end_year", lang, year=scope.year))
    if scope.year < scope.closed_before:
        blocks.note(t("budget.end_closed", lang, year=scope.year))
        return
    end = source.year_end(scope.year, scope.month)
    if end.programmes.empty:
        blocks.note(t("budget.no_year", lang))
        return
    unit = won.unit()
    total = end.total
    spans = {f"{name}_range": f"{won.whole(total[f'{name}_low'], unit, lang)}–{won.whole(total[f'{name}_high'], unit, lang)}"
             for name in ("carry", "lapse")}  # fmt: skip
    blocks.lead(t("budget.end_lead", lang, estimate=won.whole(total["estimate"], unit, lang),
                  rate=won.percent(total["estimate"], total["budget"]), low=won.whole(total["low_95"], unit, lang),
                  high=won.whole(total["high_95"], unit, lang), carry=won.whole(total["carry"], unit, lang),
                  lapse=won.whole(total["lapse"], unit, lang), **spans))  # fmt: skip
    rows = [{"programme_id": "", "method": "sum", **total}, *end.programmes.to_dict("records")]
    clicks.table(_table(rows, unit, lang), key="budget_ends", on_pick=tree.pick)
    blocks.note(t("budget.end_method", lang))


def _table(rows: list[dict], unit: str, lang: str) -> str:
    names = source.names(lang)
    heads = [(t(f"budget.end_{name}", lang), name not in ("name", "how"))
             for name in ("name", "current", "spent", "estimate_rate", "50", "80", "95", "carry", "lapse", "how")]  # fmt: skip
    top = "".join(
        f'<th scope="col"{" class=num" if num else ""}>{blocks.esc(text)}</th>' for text, num in heads
    )
    body = []
    for row in rows:
        key = f"programme:{row['programme_id']}" if row["programme_id"] else "total"
        label = blocks.esc(names.get(key, t("budget.total", lang)))
        ranged = row["method"] in RANGES
        share = won.percent(row["estimate"], row["budget"])
        cells = [won.say(row["budget"], unit), won.say(row["spent"], unit),
                 won.NO_FIGURE if ranged else f"{won.say(row['estimate'], unit)}<br><small>{share}</small>"]  # fmt: skip
        cells += [won.NO_FIGURE if ranged and level != 95 else _span(row, unit, f"low_{level}", f"high_{level}")
                  for level in (50, 80, 95)]  # fmt: skip
        cells += [_left(row, name, unit, ranged=ranged) for name in ("carry", "lapse")]
        # A phone shows the widest interval of a programme only; the total keeps all three.
        minor = (3, 4) if row["programme_id"] else ()
        figures = "".join(
            f'<td class="num{" minor" if place in minor else ""}" data-label="{blocks.esc(name)}">{cell}</td>'
            for place, (cell, (name, _)) in enumerate(zip(cells, heads[1:-1], strict=True))
        )
        method = blocks.esc(t(f"budget.method_{row['method']}", lang))
        body.append(
            f'<tr class="{"total" if not row["programme_id"] else ""}"><th scope="row">{clicks.pick(key, label)}</th>{figures}<td data-label="{blocks.esc(heads[-1][0])}">{method}</td></tr>'
        )
    caption = blocks.esc(won.caption(unit, lang))
    return (f'<p class="ieum-source">{blocks.mark("modelled", lang)} {caption}</p><div class="ieum-scroll" tabindex="0"><table class="ieum stacked tight">'
            f"<thead><tr>{top}</tr></thead><tbody>{''.join(body)}</tbody></table></div>")  # fmt: skip


def _span(row: dict, unit: str, low: str, high: str) -> str:
    return f"{won.say(row[low], unit)}–{won.say(row[high], unit)}"


def _left(row: dict, name: str, unit: str, *, ranged: bool) -> str:
    """Carry-over or lapse: the median above its 95 % interval; where only a range is known, the range alone."""
    span = _span(row, unit, f"{name}_low", f"{name}_high")
    return span if ranged else f"{won.say(row[name], unit)}<br><small>{span}</small>"


def _five_years(lang: str) -> None:
    blocks.heading(t("budget.five_title", lang))
    found = source.plan_end()
    if found is None:
        blocks.note(t("budget.five_short", lang))
        return
    unit = won.unit()
    total, years = found.total, found.years
    blocks.lead(t("budget.five_lead", lang, estimate=won.whole(total["estimate"], unit, lang), low=won.whole(total["low_95"], unit, lang),
                  high=won.whole(total["high_95"], unit, lang),
                  rate=won.percent(total["estimate"], budget.PLAN_TOTAL_KRW), above=_chance(found.above, lang),
                  below=_chance(found.below_85, lang)))  # fmt: skip
    rows = source.plan(source.ends()[1])
    planned = rows.groupby("fiscal_year")["planned_krw"].sum()
    size = won.UNITS[unit][0]
    bars = [
        {name: float(row[name]) / size for name in ("estimate", "low_95", "high_95")}
        for row in years.to_dict("records")
    ]
    said = [t("budget.five_hover", lang, year=int(row["fiscal_year"]), estimate=won.say(row["estimate"], unit),
              low=won.say(row["low_95"], unit), high=won.say(row["high_95"], unit)) for row in years.to_dict("records")]  # fmt: skip
    labels = [str(int(year)) for year in years["fiscal_year"]]
    figure = year_bars(labels, bars, said, planned=[float(planned.get(int(y), 0)) / size for y in labels],
                       labels={"planned": t("budget.col_plan_current", lang)})  # fmt: skip
    st.html(f'<div class="ieum-legend"><span>{blocks.esc(won.caption(unit, lang))}</span><span class="key"><i style="background:{blocks.colour("@missing")};'
            f'border-color:{blocks.colour("@muted")}"></i>{blocks.esc(t("budget.five_planned", lang))}</span><span class="key">◆ {blocks.esc(t("budget.five_outturn", lang))}</span></div>')  # fmt: skip
    blocks.chart(figure, key="budget_five", alt=t("budget.five_alt", lang, summary=" ".join(said)))
    _by_programme(found, rows, unit, lang)
    blocks.note(t("budget.five_method", lang))


def _by_programme(found: PlanForecast, baselines: pd.DataFrame, unit: str, lang: str) -> None:
    """Five years by programme beside its current plan."""
    names = source.names(lang)
    plan = baselines.groupby("programme_id")["planned_krw"].sum()
    keys = ("end_name", "col_plan_current", "end_estimate", "end_50", "end_80", "end_95")
    heads = [(t(f"budget.{key}", lang), key != "end_name") for key in keys]
    ordered = found.programmes.sort_values("estimate", ascending=False).to_dict("records")
    rows = [_five_row(t("budget.total", lang), int(plan.sum()), found.total, unit)]
    for row in ordered:
        key = str(row["programme_id"])
        rows.append(_five_row(names.get(f"programme:{key}", key), int(plan.get(key, 0)), row, unit))
    with st.expander(f"{t('budget.five_programmes', lang)} {won.caption(unit, lang)}"):
        blocks.table(heads, rows, stacked=True)


def _five_row(name: str, planned: int, row: dict[str, float], unit: str) -> tuple[str, ...]:
    spans = (_span(row, unit, f"low_{level}", f"high_{level}") for level in (50, 80, 95))
    return (name, won.say(planned, unit), won.say(row["estimate"], unit), *spans)


def _chance(share: float, lang: str) -> str:
    """A simulated probability; the ends are not certain."""
    if share < 0.01:
        return t("budget.chance_low", lang)
    if share > 0.99:
        return t("budget.chance_high", lang)
    return numbers.percent(100 * share, 0)
