"""What the choice stands on: surfaces of what levers do, made ahead, the districts they are shared out over, and the mixes on them."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import wraps
from typing import Any

import numpy as np
import pandas as pd

from answers.answer import Answer
from answers.ask import Ask, Choice
from answers.kept import kept
from answers.profile import standing
from answers.reader import Reader
from answers.reisolation import choices, levers
from answers.reisolation import source as forecast
from answers.reisolation.source import REGISTER, Register
from answers.studies import Pending, study
from data import queries
from forecast.reisolation import allocation, backtest, cohort
from forecast.reisolation.allocation import Areas, Every, Goal, Mix, Surface, Terms
from forecast.reisolation.model import group_codes, groups
from forecast.reisolation.outcome import Outcome
from forecast.reisolation.project import Scenario
from locales import numbers, t

DRAWS = 200  # as few as bear a 95 % interval: forty runs stand behind a surface
RECENT_MONTHS = 12  # whose leavers tell where the next ones will be
FEW = 30  # people of a district below which its people are taken to be as the city's
SHARE_STEP, RISK_STEP = 0.005, 0.05  # so that no district's count can be read off its share
LEAST = 0.5  # minimum service: part of its proportional share that a district has of every lever
NEED, NEED_SHARE = "isolation_prevalence", 0.75  # equity floor: districts above this quantile
HUNDRED_MILLION = 100_000_000
SUMS = ("10", "50", "100", "200", "500", "left")  # hundreds of millions of won over five years
USUAL = "100"
SPLITS = ("free", "least", "need")

GOAL = Choice(
    name="goal", options=allocation.GOALS, kind="segments", label="choice.goal", say="choice.goal_", width=4.0
)
SUM = Choice(
    name="sum",
    options=SUMS,
    default=USUAL,
    label="choice.sum",
    say=lambda code, lang, read: (
        t("choice.sum_left", lang) if code == "left" else numbers.won(int(code) * HUNDRED_MILLION, lang)
    ),
)
SPLIT = Choice(name="split", options=SPLITS, label="choice.split", say="choice.split_", width=3.0)


@dataclass(frozen=True)
class Surfaces:
    """One surface a goal."""

    returns: Surface
    years: Surface

    def of(self, goal: Goal) -> Surface:
        """The surface of a goal."""
        return self.returns if goal == "returns" else self.years


def version(read: Reader) -> str:
    """Eight signs that change when a lever of the register is edited: surfaces of other levers are other studies."""
    said = json.dumps([asdict(one) for one in levers.in_force(read).values()], sort_keys=True)
    return f"{zlib.crc32(said.encode()):08x}"


def _versions(read: Reader) -> list[tuple[Any, ...]]:
    return [(version(read),)] if read.holds("spell") else []


@study(
    "choice.surfaces",
    reads=("spell",),
    over=_versions,
    rests_on=("reisolation.register", "reisolation.record"),
    apart=True,
)
def make_surfaces(read: Reader, _of: str) -> Surfaces | None:
    """Runs of every lever at a few sizes and of every pair; None where there is no model, or nobody may see what it says."""
    found, record = forecast.register(read), forecast.record(read)
    if found.model is None or found.intake is None or record is None or not record.verdict.published:
        return None
    known, places = list(levers.in_force(read).values()), levers.ends(read)
    made = allocation.surfaces(
        found.model,
        found.intake,
        known,
        places,
        first_month=found.start_month,
        seed=forecast.SEED,
        draws=DRAWS,
        months=forecast.MONTHS,
    )
    return Surfaces(made["returns"], made["years"])


@study("choice.districts", reads=("spell",), over=lambda read: [()] if read.holds("spell") else [])
def make_districts(read: Reader) -> pd.DataFrame:
    """By district: share of those who are connected or left lately, and how much more often such people come back; rounded."""
    found = forecast.register(read)
    raw = read.for_model(queries.spells)
    rows: pd.DataFrame = read.judged(REGISTER, _districts, raw, found, read.end("spell"))
    return rows


def _districts(raw: pd.DataFrame, found: Register, as_of: date) -> pd.DataFrame:
    empty = pd.DataFrame(columns=["share", "risk"], dtype=float)
    if found.model is None or found.intake is None:
        return empty
    spells = cohort.confirmed(backtest.known_on(raw, as_of), cohort.read_rules())
    today = pd.Timestamp(as_of)
    entered, ended = pd.to_datetime(spells["entered_on"]), pd.to_datetime(spells["ended_on"])
    here = (entered <= today) & (ended.isna() | (ended > today))
    lately = entered > today - pd.DateOffset(months=RECENT_MONTHS)
    mine = spells[(spells["state"] == "connected") & (here | lately) & spells["district_code"].notna()]
    if mine.empty:
        return empty
    mix = found.intake.mix
    draws = allocation.group_risk(found.model, groups(), mix, seed=forecast.SEED, draws=DRAWS)
    of_group = draws.mean(axis=0)
    people = mine.groupby("district_code").size()
    risk = pd.Series(of_group[group_codes(mine)], index=mine.index).groupby(mine["district_code"]).mean()
    risk = (risk / (risk * people).sum() * people.sum()).where(people >= FEW, 1.0)
    share = (people / people.sum() / SHARE_STEP).round().clip(lower=1) * SHARE_STEP
    return pd.DataFrame({"share": share, "risk": (risk / RISK_STEP).round() * RISK_STEP})


def surfaces(read: Reader) -> Surfaces | None:
    """The kept surfaces of the levers as they stand."""
    found: Surfaces | None = read.study("choice.surfaces", version(read))
    return found


def areas(read: Reader) -> Areas:
    """Districts that starts are shared out over; the whole city as one where nobody's district is on record."""
    rows: pd.DataFrame = read.study("choice.districts")
    if rows.empty:
        return allocation.ONE
    need = standing.known(read).measures.get(NEED)
    level = pd.Series(dtype=float) if need is None else need.areas["value"].astype(float)
    high = set(level[level >= level.quantile(NEED_SHARE)].index) if level.notna().any() else set()
    codes = tuple(map(str, rows.index))
    share = rows["share"].to_numpy() / rows["share"].sum()
    return Areas(codes, share, rows["risk"].to_numpy(), np.array([c in high for c in codes]))


def terms(read: Reader, surface: Surface, goal: Goal, money: str, split: str = SPLITS[0]) -> Terms:
    """What a mix of these choices has to keep to. The plan's years have ceilings; those after it have none that is known."""
    left = {year: float(krw) for year, krw in forecast.money_left(read).items() if year in surface.years}
    krw = sum(left.values()) if money == "left" else float(int(money) * HUNDRED_MILLION)
    # People whom more detection brings out can only come back more often: no mix against returns wants it.
    intake = [one.lever_id for one in levers.in_force(read).values() if one.acts_on == "intake"]
    drop = tuple(intake) if goal == "returns" else ()
    return Terms(krw, left, LEAST if split == "least" else 0.0, split == "need", drop)


@kept
def best(read: Reader, goal: Goal, money: str, split: str) -> tuple[Terms, Areas, Mix]:
    """The best mix of three choices, with what it had to keep to.

    Raises:
        Pending: the surfaces are in the making.
    """
    surface = sized(read, goal)
    over, within = areas(read), terms(read, surface, goal, money, split)
    return within, over, allocation.best(surface, within, over)


@kept
def sized(read: Reader, goal: Goal) -> Surface:
    """The surface of a goal at the sizes that a mix may have."""
    found = surfaces(read)
    if found is None:
        raise Pending("choice.surfaces")
    return found.of(goal).at(allocation.SIZES)


@kept
def every(read: Reader, goal: Goal, money: str) -> Every:
    """Every coarse mix of two choices, its starts lying over districts as people do."""
    surface = sized(read, goal)
    return allocation.every(surface, terms(read, surface, goal, money))


def scenario(read: Reader, mix: Mix, lang: str) -> Scenario:
    """The mix as a scenario of whole people a month, which a link opens beside the sliders."""
    return levers.made(t("choice.title", lang), starts(mix), levers.in_force(read))


def starts(mix: Mix) -> dict[str, int]:
    """Whole people a month by lever, those in the mix alone."""
    return {name: round(float(n)) for name, n in zip(mix.levers, mix.starts, strict=True) if n >= 0.5}


@study(
    "choice.outcome",
    reads=("spell",),
    over=_versions,
    rests_on=("choice.surfaces", "choice.districts", "reisolation.baseline"),
)
def make_outcome(read: Reader, _of: str) -> tuple[str, Outcome, Outcome] | None:
    """The runs behind what the page shows first, with the mix's link: made ahead, so that nobody waits for them."""
    if surfaces(read) is None:
        return None
    first = best(read, allocation.GOALS[0], USUAL, SPLITS[0])[2]
    wanted = scenario(read, first, "ko")
    return (levers.written_link(starts(first)), *_runs(read, wanted)) if wanted.active else None


def _runs(read: Reader, wanted: Scenario) -> tuple[Outcome, Outcome]:
    """Today's services and a scenario on as many draws as the page of the sliders runs it on: both pages say the same."""
    found, draws = forecast.register(read), forecast.FULL[forecast.acting(wanted)]
    base, mine = (forecast.run(read, found, one, draws=draws) for one in (levers.BASELINE, wanted))
    return base, mine


def outcome(read: Reader, mix: Mix, lang: str) -> tuple[Outcome, Outcome]:
    """Today's services and the mix as the model itself runs them, on the same draws."""
    try:
        made: tuple[str, Outcome, Outcome] | None = read.study("choice.outcome", version(read))
    except Pending:
        made = None
    if made is not None and made[0] == levers.written_link(starts(mix)):
        return made[1], made[2]
    return _runs(read, scenario(read, mix, lang))


def choice(make: Callable[[Ask, Reader, Register], Answer]) -> Callable[[Ask, Reader], Answer]:
    """An answer on the choice: the forecast's rule holds (withheld where it failed its record), the title is the page's own."""
    held = choices.forecast(make)

    @wraps(make)
    def made(ask: Ask, read: Reader) -> Answer:
        return replace(held(ask, read), title=ask.t("choice.title"))

    return made
