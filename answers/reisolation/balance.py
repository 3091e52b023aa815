"""What moves the balance of a scenario most: each assumption at its low and high value, the others at their base."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from answers import say
from answers.answer import Block, Figure, Lead, Note, Table
from answers.reader import Reader
from answers.reisolation import levers, source
from answers.reisolation.source import Register
from charts import worth
from forecast.reisolation import cost as money
from forecast.reisolation.model import DRIFT
from forecast.reisolation.parameters import Lever
from forecast.reisolation.project import Scenario
from locales import numbers, t

# Differences on common random numbers: few draws place a bar. By how many levers act on coming back.
DRAWS = (40, 40, 40, 20, 10, 6, 6)
PERCENTILES = 4001  # draws of an input from which its 10th and 90th percentile are read
SHOWN = 10
TENTH = 1.2816  # standard errors from the middle to the 10th and the 90th percentile
SURE = 1e9  # people on whom a willingness rests that is held at one value


@dataclass(frozen=True)
class Input:
    """One assumption: its low, base and high value, and how it reads."""

    name: str
    low: float
    base: float
    high: float
    kind: str  # ratio, percent, won, months, plain


def unit(lang: str) -> float:
    """Won of an axis of money: 억 or million."""
    return 1e8 if lang == "ko" else 1e6


def blocks(
    read: Reader, found: Register, scenario: Scenario, willing: int, rate: float, lang: str
) -> list[Block]:
    """Sentence, chart, table, and where the balance changes its sign."""
    given = inputs(scenario, rate, lang)
    table = money.tornado(
        lambda values: balance(read, found, scenario, values),
        {k: (i.low, i.base, i.high) for k, i in given.items()},
        willing,
    )
    top = table.head(SHOWN)
    base_cost, base_effect = balance(read, found, scenario, {k: i.base for k, i in given.items()})
    drawn, rows = _rows(given, top, lang)
    figure = worth.tornado(
        [row[0] for row in rows],
        (top["net_low"] / unit(lang)).tolist(),
        (top["net_high"] / unit(lang)).tolist(),
        centre=(willing * base_effect - base_cost) / unit(lang),
        said=drawn,
        label=t("reisolation.axis_net", lang),
        sides=(t("reisolation.tornado_low", lang), t("reisolation.tornado_high", lang)),
        caption=t(f"evidence.{found.evidence}", lang),
    )
    switches = [
        t(
            "reisolation.switch",
            lang,
            name=given[row["input"]].name,
            value=_said(row["switch"], given[row["input"]].kind, lang),
        )
        for row in table.to_dict("records")
        if pd.notna(row["switch"])
    ]
    return [
        Lead(t("reisolation.tornado_lead", lang, name=rows[0][0], worth=numbers.won(willing, lang))),
        Figure("reisolation_tornado", figure, t("reisolation.tornado", lang), shown=True),
        Table(say.heads("reisolation.tornado_", ("input", "low", "high"), lang, words=("input",)), rows),
        Note(" ".join(switches) or t("reisolation.no_switch", lang)),
    ]


def _rows(
    given: Mapping[str, Input], top: pd.DataFrame, lang: str
) -> tuple[list[str], list[tuple[str, ...]]]:
    """Of each assumption: what stands at its bar, and its row of the table."""
    drawn, rows = [], []
    for row in top.to_dict("records"):
        one = given[row["input"]]
        low, high = (_said(v, one.kind, lang) for v in (one.low, one.high))
        net_low, net_high = (numbers.won(row[c], lang) for c in ("net_low", "net_high"))
        drawn.append(
            t("reisolation.tornado_hover", lang, low=low, high=high, net_low=net_low, net_high=net_high)
        )
        ends = (
            t("reisolation.tornado_end", lang, at=at, net=net)
            for at, net in ((low, net_low), (high, net_high))
        )
        rows.append((one.name, *ends))
    return drawn, rows


def inputs(scenario: Scenario, rate: float, lang: str) -> dict[str, Input]:
    """What the balance rests on: each at its 10th and 90th percentile, at half and one and a half times, or its stated range."""
    found: dict[str, Input] = {}
    rng = np.random.default_rng(source.SEED)
    for lever in scenario.active:
        label = levers.plain_name(lever.lever_id, lang)
        for item, (low, base, high, kind) in _of_lever(lever, rng).items():
            named = t(f"reisolation.input_{item}", lang, lever=label)
            found[f"{lever.lever_id}.{item}"] = Input(named, low, float(base), high, kind)
    if source.acting(scenario) > 1:
        found["overlap"] = Input(t("reisolation.input_overlap", lang), 0.5, scenario.overlap, 1.0, "percent")
    mean, spread = DRIFT[0], TENTH * DRIFT[1]
    found["drift"] = Input(t("reisolation.input_drift", lang), mean - spread, mean, mean + spread, "plain")
    found["discount"] = Input(t("reisolation.input_discount", lang), 0.0, rate, 0.06, "percent")
    return found


def _of_lever(lever: Lever, rng: np.random.Generator) -> dict[str, tuple[float, float, float, str]]:
    """(low, base, high, kind) of what is assumed of one lever."""
    low, high = _tails(lever.unit_cost(PERCENTILES, rng))
    rows = {"cost": (low, lever.unit_cost_krw, high, "won")}
    if lever.acts_on == "return":
        low, high = _tails(np.exp(lever.log_ratio(PERCENTILES, rng)))
        rows["ratio"] = (low, lever.hazard_ratio[0], high, "ratio")
        low, high = _tails(lever.uptake_share(PERCENTILES, rng))
        rows["uptake"] = (low, lever.mean_uptake, high, "percent")
        for item, value in (("duration", lever.duration_months), ("half_life", lever.half_life_months)):
            rows[item] = (0.5 * value, value, 1.5 * value, "months")
    return rows


def _tails(draws: np.ndarray) -> tuple[float, float]:
    """10th and 90th percentile."""
    low, high = np.quantile(draws, [0.1, 0.9])
    return float(low), float(high)


def balance(
    read: Reader, found: Register, scenario: Scenario, values: Mapping[str, float]
) -> tuple[float, float]:
    """(added cost, prevented) with every assumption at a given value and the model's own draws."""
    fixed = []
    for lever in scenario.active:
        own = {item.split(".")[1]: v for item, v in values.items() if item.startswith(f"{lever.lever_id}.")}
        lever = replace(lever, unit_cost_krw=own["cost"], cost_cv=0.0)
        if lever.acts_on == "return":
            lever = replace(
                lever,
                hazard_ratio=(own["ratio"],) * 3,
                uptake=(own["uptake"] * SURE, SURE),
                duration_months=own["duration"],
                half_life_months=own["half_life"],
            )
        fixed.append(lever)
    set_at = replace(scenario, levers=tuple(fixed), overlap=values.get("overlap", scenario.overlap))
    draws, drift = DRAWS[source.acting(scenario)], (values["drift"], 0.0)
    base, mine = (
        source.run(read, found, one, draws=draws, drift=drift) for one in (levers.reference(set_at), set_at)
    )
    added = money.added(base, mine, discount=values["discount"])
    return float(added.cost_krw.mean()), float(added.prevented.mean())


def _said(value: float, kind: str, lang: str) -> str:
    """A value of an assumption in its own unit."""
    if kind == "won":
        return numbers.won(value, lang)
    if kind == "percent":
        return numbers.percent(100 * value, 0 if value > 0.1 else 1)
    if kind == "months":
        return t("reisolation.months_n", lang, n=numbers.number(value, 0 if value >= 3 else 1))
    return numbers.signed(value, 2)
