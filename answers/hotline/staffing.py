"""Demand for the next two weeks, counsellors that it needs, their cost, and what N counsellors would give."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from answers import say
from answers.answer import Answer, Beside, Block, Column, Control, Figure, Heading, Lead, Note, Source, Table
from answers.ask import Ask, Choice
from answers.hotline import staff
from answers.hotline.choices import MONTHS, TARGET, span
from answers.hotline.common import hotline
from answers.hotline.staff import Demand, Observed
from answers.reader import Reader
from answers.registry import question
from answers.setup import noted
from answers.studies import Pending
from charts import series
from forecast.staffing import Queue
from locales import numbers, t

WAGE_KRW = 20_000  # an assumption, to be replaced on screen
WEEKS_A_MONTH = 52 / 12
METHODS = ("planner", "simulated", "erlang_a", "erlang_c")


def _planned(read: Reader, codes: Mapping[str, str]) -> pd.DataFrame:
    """The plan for a set of choices; empty where there is none or it is still being worked out."""
    try:
        seen = staff.observed(read, say.span(read, int(codes["months"]), of="hotline_contact"))
        if not seen.known:
            return pd.DataFrame()
        most = float(codes["abandon"]) / 100 if codes["abandon"] else 1.0
        return staff.plan(read, seen, int(codes["target_s"]), int(codes["level80"]) / 100, most)
    except Pending:
        return pd.DataFrame()


def _hour(planned: pd.DataFrame, codes: Mapping[str, str]) -> pd.Series | None:
    """The plan's row of the chosen kind of day and hour."""
    if planned.empty:
        return None
    cell = planned[
        (planned["rest"] == (codes["daykind"] == "rest")) & (planned["hour"] == int(codes["hour"]))
    ]
    return None if cell.empty else cell.iloc[0]


def _agents(read: Reader, codes: Mapping[str, str]) -> str:
    row = _hour(_planned(read, codes), codes)
    return "1" if row is None else str(max(1, int(row["agents"])))


LEVEL = Choice(
    name="level80",
    options=("70", "80", "90", "95"),
    default="80",
    label=lambda lang, codes: t("staffing.level", lang, s=codes["target_s"]),
    kind="segments",
    place="inline",
    say=lambda code, lang, read: f"{code}%",
)
ABANDON = Choice(
    name="abandon",
    options=("", "3", "5", "10"),
    default="",
    label="staffing.abandon",
    place="inline",
    say=lambda code, lang, read: f"{code}%" if code else t("staffing.no_limit", lang),
)
WAGE = Choice(
    name="wage",
    kind="number",
    low=0,
    high=200_000,
    step=1_000,
    default=str(WAGE_KRW),
    label="staffing.wage",
    help="staffing.wage_help",
    place="inline",
)
DAY_KIND = Choice(
    name="daykind",
    options=("weekday", "rest"),
    label="staffing.kind",
    say="staffing.line_",
    kind="segments",
    place="inline",
)
HOUR = Choice(
    name="hour",
    options=[str(h) for h in range(24)],
    default="22",
    label="staffing.hour",
    place="inline",
    say=lambda code, lang, read: t("hotline.hours_span", lang, a=int(code), b=int(code) + 1),
)
AGENTS = Choice(
    name="agents", kind="number", low=1, high=2000, default=_agents, label="staffing.agents", place="inline"
)


@question(
    "hotline.staffing",
    choices=(MONTHS, TARGET, LEVEL, ABANDON, WAGE, DAY_KIND, HOUR, AGENTS),
    needs=("hotline_contact",),
)
@hotline
def staffing(ask: Ask, read: Reader) -> Answer:
    """Forecast with its backtest, planner, and the what-if."""
    lang, months = ask.lang, span(ask, read)
    found = staff.ahead(read)
    seen = staff.observed(read, months)
    if found.hours is None or not seen.known:
        return Answer("", t("staffing.too_short", lang))
    planned = _planned(read, dict(ask.codes))
    sentence = t("staffing.forecast_sentence", lang, **_range(found))
    return Answer(
        "",
        sentence,
        blocks=(
            *_forecast(found, lang),
            Heading(t("staffing.plan", lang)),
            Beside(((Control("level80"),), (Control("abandon"),), (Control("wage"),))),
            *_plan(ask, planned, seen, staff.on_the_line(read, months), lang),
            *noted.staffing(read, "hotline", lang),
            *_what_if(ask, planned, seen, lang),
            say.how(lang, "staffing.how_forecast", "staffing.how_queue"),
        ),
        period=say.span_words(months, lang),
    )


def _range(found: Demand) -> dict[str, str]:
    assert found.hours is not None
    daily = found.hours["mean"].resample("D").sum()
    return {"low": numbers.number(daily.min()), "high": numbers.number(daily.max())}


def _forecast(found: Demand, lang: str) -> list[Block]:
    test, hours = found.test, found.hours
    assert test is not None and hours is not None
    said = {
        "skill": numbers.percent(100 * test.skill, 0) if pd.notna(test.skill) else "–",
        "coverage": numbers.percent(100 * test.coverage, 0) if pd.notna(test.coverage) else "–",
        "interval": numbers.limits(100 * test.low, 100 * test.high, "percent", digits=0)
        if pd.notna(test.low)
        else "–",
    }
    key = f"staffing.refused_{test.reason}" if found.refused else "staffing.passed"
    # Two weeks of hours: the sentence goes once, with places for each hour's figures.
    sentence = t(
        "staffing.hover",
        lang,
        day="%{x|%Y. %-m. %-d.}" if lang == "ko" else "%{x|%-d %b %Y}",
        hour="%{x|%-H}",
        mean="%{y:,.1f}",
        low="%{customdata[0]:,}",
        high="%{customdata[1]:,}",
    )
    hover = hours[["lower80", "upper80"]].round().astype(int).to_numpy().tolist()
    name = t("staffing.line_naive" if found.refused else "staffing.line_forecast", lang)
    figure = series.lines(
        [f"{at:%Y-%m-%d %H}" for at in hours.index],
        [series.Line(name, hours["mean"].tolist(), hover, template=sentence)],
        caption=t("evidence.modelled", lang),
        kind="date",
        band=(hours["lower80"].tolist(), hours["upper80"].tolist()),
        tick=t("services.tick_day", lang),
        height=260,
    )
    days = f"{numbers.day(hours.index[0], lang)} – {numbers.day(hours.index[-1], lang)}"
    return [
        Heading(t("staffing.forecast", lang)),
        Note(t(key, lang, **said)),
        Figure("staff_forecast", figure, t("staffing.forecast", lang)),
        say.figures(lang, *((t(f"figures.staff_{name}", lang), v) for name, v in _range(found).items())),
        Source(("modelled", found.evidence), f"{days} · {t('staffing.band', lang)}"),
    ]


def _plan(ask: Ask, planned: pd.DataFrame, seen: Observed, now: pd.DataFrame, lang: str) -> list[Block]:
    clock = list(range(24))
    drawn = []
    for rest in (False, True):
        part = planned[planned["rest"] == rest].set_index("hour").reindex(clock)
        label = t("staffing.line_rest" if rest else "staffing.line_weekday", lang)
        hover = [
            t(
                "staffing.hover_plan",
                lang,
                kind=label,
                hour=h,
                n=_n(part["agents"][h]),
                roster=_n(part["scheduled"][h]),
            )
            for h in clock
        ]
        drawn.append(series.hours(label, part["agents"].tolist(), hover))
    if len(now):
        hover = [t("hotline.hover_now", lang, hour=h, n=numbers.number(now["agents"][h], 1)) for h in clock]
        drawn.append(series.hours(t("hotline.line_now", lang), now["agents"].tolist(), hover))
    figure = series.lines(
        [*clock, 24],
        drawn,
        caption=t("evidence.modelled", lang),
        height=300,
        x_title=t("hotline.axis_hour", lang),
    )
    inputs = t(
        "staffing.inputs",
        lang,
        aht=numbers.duration(seen.aht_s, lang),
        patience=numbers.duration(seen.patience_s, lang),
        shrinkage=numbers.percent(100 * seen.shrinkage, 0),
    )
    said, cost = _plan_said(ask, planned, now, lang)
    unmet = () if planned["met"].all() else (Note(t("staffing.unmet", lang)),)
    return [
        Lead(said),
        Note(inputs),
        Figure("staff_plan", figure, t("staffing.plan", lang)),
        say.figures(lang, *((t(f"figures.staff_{name}", lang), v) for name, v in cost.items())),
        *unmet,
    ]


def _plan_said(ask: Ask, planned: pd.DataFrame, now: pd.DataFrame, lang: str) -> tuple[str, dict[str, str]]:
    """Hours a week that the plan pays, beside those paid today, and their cost a month: in a sentence, and by name."""
    hours = staff.weekly_hours(planned)
    paid = float(now["paid"].sum() * 7) if len(now) else float("nan")
    wage, known = ask.number("wage"), pd.notna(paid)
    gap = abs(hours - paid)
    key = (
        "staffing.plan_unknown"
        if not known
        else "staffing.plan_more"
        if hours > paid
        else "staffing.plan_less"
    )
    found = {
        "hours": numbers.number(hours),
        "now": numbers.number(paid) if known else "–",
        "gap": numbers.number(gap) if known else "–",
        "cost": numbers.won(hours * wage * WEEKS_A_MONTH, lang),
        "extra": numbers.won(gap * wage * WEEKS_A_MONTH, lang) if known else "–",
    }
    return t(key, lang, level=ask["level80"], s=ask["target_s"], **found), found


def _n(value: float) -> str:
    return "–" if pd.isna(value) else numbers.number(value)


def _what_if(ask: Ask, planned: pd.DataFrame, seen: Observed, lang: str) -> list[Block]:
    """What N counsellors would give in one hour, by Erlang C, Erlang A and a discrete-event run."""
    controls = Beside(((Control("daykind"),), (Control("hour"),), (Control("agents"),)))
    top: list[Block] = [Heading(t("staffing.what_if", lang)), controls]
    row = _hour(planned, dict(ask.codes))
    if row is None:
        return top
    agents, target_s = ask.number("agents"), ask.number("target_s")
    found, limits = staff.given(round(float(row["mean"]), 2), seen, agents, target_s)
    real, (low, high) = found["simulated"], limits["service_level"]
    said = t(
        "staffing.gives",
        lang,
        n=agents,
        rate=numbers.number(row["mean"], 1),
        s=target_s,
        level=numbers.percent(100 * real.service_level, 1),
        limits=numbers.limits(100 * low, 100 * high, "percent", digits=1),
        gone=numbers.percent(100 * real.p_abandon, 1),
        busy=numbers.percent(100 * real.occupancy, 1),
    )
    rows: list[tuple[str, ...]] = []
    for name in METHODS:
        method = t(f"staffing.{name}", lang)
        if not found[name].stable:
            rows.append((method, t("staffing.unstable", lang), "–", "–", "–", "–"))
            continue
        known = limits if name == "simulated" else {}
        rows.append((method, *_cells(found[name], known, lang, patient=name == "erlang_c")))
    names = ("method", "level", "wait", "asa", "abandon", "busy")
    columns = [Column(t(f"staffing.col_{c}", lang, s=target_s), c != "method") for c in names]
    return [*top, Lead(said), Table(columns, rows), Note(t("staffing.methods_note", lang))]


def _cells(queue: Queue, limits: Mapping[str, tuple[float, float]], lang: str, *, patient: bool) -> list[str]:
    """A queue's figures, with Monte Carlo limits where it was simulated; nobody hangs up where all are patient."""
    cells = []
    for field in ("service_level", "p_wait", "asa_s", "p_abandon", "occupancy"):
        value, (low, high) = getattr(queue, field), limits.get(field, (0.0, 0.0))
        known = field in limits
        if field == "p_abandon" and patient:
            cells.append("–")
        elif field == "asa_s":
            between = f" ({numbers.duration(low, lang)}–{numbers.duration(high, lang)})" if known else ""
            cells.append(numbers.duration(value, lang) + between)
        else:
            between = f" ({numbers.limits(100 * low, 100 * high, 'percent')})" if known else ""
            cells.append(numbers.percent(100 * value, 1 if known else 0) + between)
    return cells
