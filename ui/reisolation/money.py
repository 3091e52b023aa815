"""What a scenario costs and what it buys: ratio, plane, acceptability, what moves the balance, the plan's money by year."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import streamlit as st

from charts import series, worth
from forecast.reisolation import cost
from forecast.reisolation.model import DRIFT
from forecast.reisolation.outcome import Outcome
from forecast.reisolation.project import Scenario
from locales import numbers, t
from ui import blocks, store, view
from ui.reisolation import levers, seen, source, words
from ui.reisolation.source import Register

DISCOUNTS = ("0", "3", "4.5", "6")
# Worth of one prevented re-isolation in units of 10,000 won, to choose from: a judgement that the page does not make.
WORTHS = ("500", "1000", "2000", "3000", "5000", "7000", "10000", "20000", "50000")
# Differences on common random numbers: few draws place a bar. By how many levers act on coming back.
TORNADO_DRAWS = (40, 40, 40, 20, 10, 6, 6)
PERCENTILES = 4001  # draws of an input from which its 10th and 90th percentile are read
DOTS = 300


def draw(found: Register, lang: str) -> None:
    """The scenario of the sliders against today's services."""
    scenario = levers.current(lang)
    if not scenario.active or levers.too_many(scenario):
        blocks.lead(t("reisolation.cost_none", lang))
        return
    first, second = st.columns(2)
    with first:
        rate = float(view.choose("discount", DISCOUNTS, label=t("reisolation.discount", lang), default="4.5", kind="segments", say=lambda v: f"{v}%")) / 100  # fmt: skip
    with second:
        willing = 10_000 * int(view.choose("worth", WORTHS, label=t("reisolation.willing", lang), default="5000", help=t("reisolation.willing_help", lang),
                                           say=lambda w: numbers.won(10_000 * int(w), lang)))  # fmt: skip
    if not source.acting(scenario):
        blocks.lead(t("reisolation.cost_intake", lang))
        return
    draws = source.FULL[source.acting(scenario)]
    with st.spinner(t("reisolation.reckoning", lang)):
        base, mine = (source.run(found, one, draws=draws) for one in (levers.reference(scenario), scenario))
    added = cost.added(base, mine, discount=rate)
    blocks.note(t("reisolation.cost_of", lang, levers=levers.said(scenario, lang)))
    if levers.reference(scenario).levers:
        blocks.note(t("reisolation.cost_same_intake", lang))
    _lead(added, lang)
    left, right = st.columns(2, gap="large")
    with left:
        blocks.heading(t("reisolation.plane", lang))
        blocks.note(t("reisolation.plane_note", lang, n=numbers.number(DOTS)))
        _plane(added, found, lang)
    with right:
        blocks.heading(t("reisolation.acceptability", lang))
        blocks.note(t("reisolation.acceptability_note", lang))
        _acceptability(added, found, willing, lang)
    blocks.heading(t("reisolation.by_year", lang))
    _by_year(mine, found, lang)
    blocks.heading(t("reisolation.tornado", lang))
    with st.spinner(t("reisolation.reckoning", lang)):
        _tornado(found, scenario, willing, rate, lang)
    blocks.heading(t("reisolation.worth", lang))
    _worth(scenario, mine, added, willing, lang)
    seen.source_line(found, lang)
    blocks.how_text(t("reisolation.cost_how_title", lang), t("reisolation.how_cost", lang), lang)


def _lead(added: cost.Added, lang: str) -> None:
    """Cost per prevented re-isolation and per isolation-free year, or that no ratio can be given."""
    per_case, per_year = (
        cost.icer(added.cost_krw, added.prevented),
        cost.icer(added.cost_krw, added.free_years),
    )
    ranges = t("reisolation.cost_ranges", lang, prevented=words.count_with_limits(added.prevented, lang), cost=words.won_limits(added.cost_krw, lang))  # fmt: skip
    if not per_case.reliable:
        said = t("reisolation.cost_unreliable", lang, cost=numbers.won(per_case.mean_cost, lang), chance=words.chance(added.prevented <= 0, lang))  # fmt: skip
        blocks.lead(said, ranges)
        return
    cells = {"case": (per_case, added.prevented), "year": (per_year, added.free_years)}
    said = {k: _ratio(one.ratio, added.cost_krw, effect, lang) for k, (one, effect) in cells.items()}
    blocks.lead(t("reisolation.cost_ratio", lang, **said), ranges)


def _ratio(ratio: float, money: np.ndarray, effect: np.ndarray, lang: str) -> str:
    """A cost per unit of effect with its limits; no upper one where too many draws have no effect."""
    if np.isnan(ratio):
        return "–"
    low, high = cost.ratio_limits(money, effect)
    top = numbers.won(high, lang) if np.isfinite(high) else t("reisolation.no_upper", lang)
    return t("services.with_limits", lang, value=numbers.won(ratio, lang), limits=words.between(numbers.won(low, lang), top, lang))  # fmt: skip


def _plane(added: cost.Added, found: Register, lang: str) -> None:
    unit = 1e8 if lang == "ko" else 1e6
    some = slice(0, DOTS)
    figure = worth.plane(
        np.round(added.prevented[some], 1).tolist(), np.round(added.cost_krw[some] / unit, 3).tolist(),
        labels=(t("reisolation.axis_prevented", lang), t("reisolation.axis_cost", lang)),
        middle=(float(added.prevented.mean()), float(added.cost_krw.mean() / unit)), caption=t(f"evidence.{found.evidence}", lang),
    )  # fmt: skip
    blocks.chart(figure, key="reisolation_plane", alt=t("reisolation.plane", lang))


def _acceptability(added: cost.Added, found: Register, willing: int, lang: str) -> None:
    top = max(2 * willing, 2 * float(added.cost_krw.mean()) / max(float(added.prevented.mean()), 1.0), 1e6)
    worths = np.linspace(0, min(top, 1e9), 41)
    share = 100 * cost.acceptability(added.cost_krw, added.prevented, worths)
    hover = [t("reisolation.acceptability_hover", lang, worth=numbers.won(w, lang), share=numbers.percent(s, 0)) for w, s in zip(worths, share, strict=True)]  # fmt: skip
    figure = series.lines(
        (worths / 1e4).tolist() if lang == "ko" else (worths / 1e6).tolist(), [series.Line(t("reisolation.acceptability", lang), share.tolist(), hover)],
        caption=t(f"evidence.{found.evidence}", lang), suffix="%", height=320, x_title=t("reisolation.axis_worth", lang),
    )  # fmt: skip
    figure["layout"]["yaxis"]["range"] = [0, 100]
    figure["layout"]["xaxis"]["tickformat"] = ",~f"
    blocks.chart(figure, key="reisolation_ceac", alt=t("reisolation.acceptability", lang))


def _by_year(mine: Outcome, found: Register, lang: str) -> None:
    """Undiscounted cost by calendar year beside what remains of the plan's money."""
    left = source.money_left()
    table = cost.budget_check(mine.cost_krw, str(found.start_month), left)
    blocks.note(t("reisolation.by_year_note", lang, last=max(left, default=store.as_of().year)))
    rows = []
    for row in table.to_dict("records"):
        inside = row["year"] in left
        rows.append((
            str(row["year"]), numbers.won(row["cost"], lang), words.between(numbers.won(row["lower"], lang), numbers.won(row["upper"], lang), lang),
            numbers.won(row["remaining"], lang) if inside else t("reisolation.no_plan_year", lang),
            numbers.percent(100 * row["exceeded"], 0) if inside else "–",
        ))  # fmt: skip
    blocks.table([(t(f"reisolation.year_{c}", lang), c != "year") for c in ("year", "cost", "limits", "left", "over")], rows, stacked=True)  # fmt: skip
    beyond = [str(int(y)) for y in table["year"] if y not in left]
    if beyond:
        blocks.note(t("reisolation.beyond_plan", lang, years=", ".join(beyond)))
    over = table[(table["exceeded"] > 0.05) & table["year"].isin(left)]
    if len(over):
        st.warning(t("reisolation.over_budget", lang, years=", ".join(str(y) for y in over["year"])))


@dataclass(frozen=True)
class Input:
    """One assumption of the tornado: its low, base and high value, and how it reads."""

    name: str
    low: float
    base: float
    high: float
    kind: str  # ratio, percent, won, months, plain


def inputs(scenario: Scenario, rate: float, lang: str) -> dict[str, Input]:
    """What the balance rests on: each at its 10th and 90th percentile, at half and one and a half times, or its stated range."""
    found: dict[str, Input] = {}
    rng = np.random.default_rng(source.SEED)
    for lever in scenario.active:
        label = levers.plain_name(lever.lever_id, lang)

        rows = {"cost": (*_tails(lever.unit_cost(PERCENTILES, rng)), lever.unit_cost_krw, "won")}
        if lever.acts_on == "return":
            months = {"duration": lever.duration_months, "half_life": lever.half_life_months}
            rows |= {
                "ratio": (*_tails(np.exp(lever.log_ratio(PERCENTILES, rng))), lever.hazard_ratio[0], "ratio"),
                "uptake": (*_tails(lever.uptake_share(PERCENTILES, rng)), lever.mean_uptake, "percent"),
                **{item: (0.5 * value, 1.5 * value, value, "months") for item, value in months.items()},
            }
        for item, (low, high, base, kind) in rows.items():
            named = t(f"reisolation.input_{item}", lang, lever=label)
            found[f"{lever.lever_id}.{item}"] = Input(named, low, float(base), high, kind)
    if source.acting(scenario) > 1:
        found["overlap"] = Input(t("reisolation.input_overlap", lang), 0.5, scenario.overlap, 1.0, "percent")
    found["drift"] = Input(t("reisolation.input_drift", lang), DRIFT[0] - 1.2816 * DRIFT[1], DRIFT[0], DRIFT[0] + 1.2816 * DRIFT[1], "plain")  # fmt: skip
    found["discount"] = Input(t("reisolation.input_discount", lang), 0.0, rate, 0.06, "percent")
    return found


def _tails(draws: np.ndarray) -> tuple[float, float]:
    """10th and 90th percentile."""
    low, high = np.quantile(draws, [0.1, 0.9])
    return float(low), float(high)


def balance(found: Register, scenario: Scenario, values: dict[str, float]) -> tuple[float, float]:
    """(added cost, prevented) with every assumption at a given value and the model's own draws."""
    fixed = []
    for lever in scenario.active:
        own = {item.split(".")[1]: v for item, v in values.items() if item.startswith(f"{lever.lever_id}.")}
        lever = replace(lever, unit_cost_krw=own["cost"], cost_cv=0.0)
        if lever.acts_on == "return":
            ratio, sure = own["ratio"], 1e9
            lever = replace(lever, hazard_ratio=(ratio, ratio, ratio), uptake=(own["uptake"] * sure, sure), duration_months=own["duration"], half_life_months=own["half_life"])  # fmt: skip
        fixed.append(lever)
    set_at = replace(scenario, levers=tuple(fixed), overlap=values.get("overlap", scenario.overlap))
    drift = (values["drift"], 0.0)
    draws = TORNADO_DRAWS[source.acting(scenario)]
    base = source.run(found, levers.reference(set_at), draws=draws, drift=drift)
    mine = source.run(found, set_at, draws=draws, drift=drift)
    added = cost.added(base, mine, discount=values["discount"])
    return float(added.cost_krw.mean()), float(added.prevented.mean())


def _tornado(found: Register, scenario: Scenario, willing: int, rate: float, lang: str) -> None:
    given = inputs(scenario, rate, lang)
    table = cost.tornado(lambda values: balance(found, scenario, values), {k: (i.low, i.base, i.high) for k, i in given.items()}, willing)  # fmt: skip
    unit = 1e8 if lang == "ko" else 1e6
    top = table.head(10)
    names = [given[k].name for k in top["input"]]
    ends = [
        (_say(given[k].low, given[k].kind, lang), _say(given[k].high, given[k].kind, lang))
        for k in top["input"]
    ]
    said = [
        t("reisolation.tornado_hover", lang, low=a, high=b, net_low=numbers.won(row["net_low"], lang), net_high=numbers.won(row["net_high"], lang))
        for (a, b), row in zip(ends, top.to_dict("records"), strict=True)
    ]  # fmt: skip
    base_cost, base_effect = balance(found, scenario, {k: i.base for k, i in given.items()})
    blocks.lead(t("reisolation.tornado_lead", lang, name=names[0], worth=numbers.won(willing, lang)))
    figure = worth.tornado(
        names, (top["net_low"] / unit).tolist(), (top["net_high"] / unit).tolist(), centre=(willing * base_effect - base_cost) / unit,
        said=said, label=t("reisolation.axis_net", lang), sides=(t("reisolation.tornado_low", lang), t("reisolation.tornado_high", lang)), caption=t(f"evidence.{found.evidence}", lang),
    )  # fmt: skip
    blocks.chart(figure, key="reisolation_tornado", alt=t("reisolation.tornado", lang))
    rows = [
        (name, *(t("reisolation.tornado_end", lang, at=at, net=numbers.won(net, lang)) for at, net in zip(pair, (row["net_low"], row["net_high"]), strict=True)))
        for name, pair, row in zip(names, ends, top.to_dict("records"), strict=True)
    ]  # fmt: skip
    blocks.table(
        [(t(f"reisolation.tornado_{c}", lang), c != "input") for c in ("input", "low", "high")],
        rows,
        stacked=True,
    )
    switches = [
        t("reisolation.switch", lang, name=given[row["input"]].name, value=_say(row["switch"], given[row["input"]].kind, lang))
        for row in table.to_dict("records") if pd.notna(row["switch"])
    ]  # fmt: skip
    blocks.note(" ".join(switches) if switches else t("reisolation.no_switch", lang))


def _say(value: float, kind: str, lang: str) -> str:
    if kind == "won":
        return numbers.won(value, lang)
    if kind == "percent":
        return numbers.percent(100 * value, 0 if value > 0.1 else 1)
    if kind == "months":
        return t("reisolation.months_n", lang, n=numbers.number(value, 0 if value >= 3 else 1))
    return numbers.signed(value, 2)


def _worth(scenario: Scenario, mine: Outcome, added: cost.Added, willing: int, lang: str) -> None:
    """What knowing more would be worth, and which study would change the decision."""
    net = willing * added.prevented - added.cost_krw
    options = np.column_stack([np.zeros_like(net), net])
    perfect = cost.evpi(options)
    acting = [lever for lever in scenario.active if lever.acts_on == "return"]
    known = {f"{lever.lever_id}.ratio": mine.log_ratios[:, k] for k, lever in enumerate(acting)} | {
        "drift": mine.drift
    }
    for place, lever in enumerate(scenario.active):
        starts = mine.starts[:, :, place].sum(axis=1)
        known[f"{lever.lever_id}.cost"] = mine.cost_krw[:, :, place].sum(axis=1) / np.maximum(starts, 1e-12)
    single = cost.evppi(options, known)
    floor = cost.noise_floor(options, np.random.default_rng(source.SEED))
    case = cost.icer(added.cost_krw, added.prevented)
    if case.mean_effect > 0:
        blocks.note(
            t("reisolation.break_even", lang, worth=numbers.won(case.mean_cost / case.mean_effect, lang))
        )
    choice = t("reisolation.choice_yes" if net.mean() > 0 else "reisolation.choice_no", lang)
    if perfect <= 0 or single.iloc[0] <= floor:
        blocks.lead(
            t(
                "reisolation.evpi_none",
                lang,
                worth=numbers.won(willing, lang),
                choice=choice,
                evpi=numbers.won(perfect, lang),
            )
        )
        return
    lever_id, _, item = str(single.index[0]).partition(".")
    study = t("reisolation.study_drift", lang) if not item else t(f"reisolation.study_{item}", lang, lever=levers.plain_name(lever_id, lang))  # fmt: skip
    blocks.lead(t("reisolation.evpi", lang, worth=numbers.won(willing, lang), choice=choice, evpi=numbers.won(perfect, lang),
                  study=study, value=numbers.won(float(single.iloc[0]), lang)), t("reisolation.evpi_sure", lang))  # fmt: skip
