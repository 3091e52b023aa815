"""What becomes of a contact, and how the published totals grew: volume says little about the service."""

from __future__ import annotations

from typing import Any

import pandas as pd

from answers import say, summaries
from answers.answer import Answer, Beside, Block, Figure, Heading, Lead, Note, Table
from answers.ask import Ask
from answers.facts import named, published_table
from answers.hotline.choices import CHANNEL, MONTHS, span, where
from answers.hotline.common import hotline
from answers.reader import Reader, Rule
from answers.registry import question
from charts import series
from charts.steps import Step, funnel
from data import queries
from locales import numbers, t
from metrics.intervals import byar

COLUMNS = ("attempts", "offered", "short_abandoned", "abandoned", "answered", "referred")
PUBLISHED: list[str] = named("hotline")["cumulative"]
TARGET: str = named("hotline")["target"]
UNSAID = {
    "short": "short_abandoned",
    "abandoned": "short_abandoned",
}  # the column that a step cannot be told without
RUNNING = Rule(
    "running total",
    "a sum since the opening, protected before it is shown, one point a week: no day of its own",
)


@question(
    "hotline.flow",
    choices=(MONTHS, CHANNEL),
    needs=("hotline_contact", "hotline_summary"),
    rest=summaries.told_so_far("hotline_summary", "answered"),
)
@hotline
def flow(ask: Ask, read: Reader) -> Answer:
    """The funnel, answer rates on three denominators, and the published points."""
    lang, months, channel = ask.lang, span(ask, read), ask["channel"]
    sums = read.total("hotline_monthly", columns=COLUMNS, where=where(ask, read))
    handled = read.total("hotline_handle", columns=("contacts",), where=where(ask, read))["contacts"]
    sent = {"month_key": months, "source": "hotline"}
    linked = read.total("referral_monthly", columns=("accepted",), where=sent)
    evidence = read.whose
    missing = summaries.untold(read, "hotline_monthly", COLUMNS, where(ask, read))
    if missing:
        missing |= {"handled"}  # counted from contacts alone: no part of what summaries tell
    if not read.has("referral_monthly", sent):
        missing |= {"linked"}
    steps = _steps(read, sums, handled, None if channel else linked["accepted"], missing, lang)
    alt = " · ".join(
        f"{s.label} {say.count_words(s.value, lang) if s.value is not None else s.note}" for s in steps
    )
    left = (
        Heading(t("hotline.flow", lang)),
        Figure(
            "hotline_funnel",
            funnel(steps, caption=t(f"evidence.{evidence}", lang)),
            alt,
            _table(read, sums, handled, None if channel else linked["accepted"], missing, lang),
        ),
        Note(t("hotline.flow_note", lang)),
        *summaries.needs(read, "hotline_monthly", COLUMNS, where(ask, read), "hotline_contact", lang),
        say.source(evidence, lang, period=say.span_words(months, lang)),
        say.how(lang, "hotline.how_flow"),
    )
    right = (
        Heading(t("hotline.denominators", lang)),
        *_rates(read, sums, missing, months, channel, lang),
        Note(t("hotline.comparators", lang)),
    )
    published = () if channel else _published(read, lang)
    spans = () if channel else summaries.spans(read, "hotline_summary", "answered", lang)
    return Answer(
        "",
        f"{say.span_words(months, lang)}: {_sentence(read, sums, missing, lang)}",
        blocks=(Beside((left, right), (6, 5)), *published, *spans),
        period=say.span_words(months, lang),
    )


def _sentence(read: Reader, sums: pd.Series, missing: frozenset[str], lang: str) -> str:
    if "offered" in missing:
        return t(
            "hotline.flow_sentence_answered", lang, answered=say.counted(sums["answered"], lang, "cases")
        )
    value, interval = say.share_words(read, sums["answered"], sums["offered"], lang)
    if missing & {"abandoned", "short_abandoned"}:
        offered = say.counted(sums["offered"], lang, "cases")
        return t("hotline.flow_sentence_told", lang, offered=offered, value=value, interval=interval)
    waited = sums["offered"] - sums["short_abandoned"]
    gone = say.share_said(read, sums["abandoned"] - sums["short_abandoned"], waited, lang)
    return t(
        "hotline.flow_sentence",
        lang,
        offered=say.counted(sums["offered"], lang, "cases"),
        value=value,
        interval=interval,
        waited=say.counted(waited, lang, "cases"),
        gone=gone,
    )


def _steps(
    read: Reader, sums: pd.Series, handled: float, linked: float | None, missing: frozenset[str], lang: str
) -> list[Step]:
    def step(key: str, value: float, base: str = "", bottom: float = 0.0, *, left: bool = False) -> Step:
        label = t(f"hotline.step_{key}", lang)
        if UNSAID.get(key, key) in missing:
            return Step(label, None, t("summary.not_told", lang), left)
        if pd.notna(value) and base and pd.isna(bottom):
            return Step(label, float(value), "", left)
        if pd.isna(value):
            return Step(label, None, t("status.suppressed", lang), left)
        if not base:
            return Step(label, float(value), "")
        share = say.share_words(read, value, bottom, lang)[0]
        of = t("hotline.of", lang, base=t(f"hotline.step_{base}", lang))
        # What leaves is not of the step before: its base is named beside the figure.
        if left:
            return Step(label, float(value), f"{share} {of}", left)
        return Step(label, float(value), share, left, of)

    offered, answered = sums["offered"], sums["answered"]
    gone = sums["abandoned"] - sums["short_abandoned"]
    found = [
        step("attempts", sums["attempts"]),
        step("offered", offered, "attempts", sums["attempts"]),
        step("short", sums["short_abandoned"], "offered", offered, left=True),
        # The base of the sentence above and of the measure.
        step("abandoned", gone, "waited", offered - sums["short_abandoned"], left=True),
        step("answered", answered, "offered", offered),
        step("handled", handled, "answered", answered),
        step("referred", sums["referred"], "answered", answered),
    ]
    if linked is None:
        found.append(Step(t("hotline.step_linked", lang), None, t("hotline.not_by_channel", lang)))
    else:
        found.append(step("linked", linked, "referred", sums["referred"]))
    return found


def _table(
    read: Reader, sums: pd.Series, handled: float, linked: float | None, missing: frozenset[str], lang: str
) -> Table:
    """The funnel's steps with the limits of each share."""
    offered, answered = sums["offered"], sums["answered"]
    waited = offered - sums["short_abandoned"]
    found = [
        ("attempts", sums["attempts"], "", 0.0),
        ("offered", offered, "attempts", sums["attempts"]),
        ("short", sums["short_abandoned"], "offered", offered),
        ("abandoned", sums["abandoned"] - sums["short_abandoned"], "waited", waited),
        ("answered", answered, "offered", offered),
        ("handled", handled, "answered", answered),
        ("referred", sums["referred"], "answered", answered),
        *([] if linked is None else [("linked", linked, "referred", sums["referred"])]),
    ]

    def said(name: str) -> str:
        return t(f"hotline.step_{name}", lang) if name else ""

    untold = [said(name) for name, *_ in found if UNSAID.get(name, name) in missing]
    untold += [said("waited")] if "short_abandoned" in missing else []
    return say.steps_table(read, [(said(n), v, said(b), bottom) for n, v, b, bottom in found], lang, untold)


def _rates(
    read: Reader, sums: pd.Series, missing: frozenset[str], months: queries.Span, channel: str, lang: str
) -> list[Block]:
    """Answered over offered, over attempts, and callers reached over callers; the headline is the first."""
    rows = []
    for key, bottom in (("offered", sums["offered"]), ("attempts", sums["attempts"])):
        if key in missing:
            rows.append((t(f"hotline.rate_{key}", lang), t("summary.not_told", lang), "", ""))
            continue
        value, interval = say.share_cells(read, sums["answered"], bottom, lang)
        rows.append((t(f"hotline.rate_{key}", lang), value, interval, say.count_words(bottom, lang)))
    columns = say.heads("hotline.rate_col_", ("name", "value", "interval", "base"), lang, words=("name",))
    if channel:
        rows.append((t("hotline.rate_callers", lang), t("hotline.not_by_channel", lang), "", ""))
        return [Table(columns, rows)]
    if not read.has("hotline_caller", {"month_key": months.high}):
        return [Table(columns, rows), summaries.needs_record("hotline_contact", lang)]
    # Callers are counted once within a month and cannot be added up: the last month stands for itself.
    month = numbers.month(months.high, lang)
    callers = read.total(
        "hotline_caller",
        columns=("callers", "callers_answered", "attempts"),
        where={"month_key": months.high},
    )
    value, interval = say.share_cells(read, callers["callers_answered"], callers["callers"], lang)
    rows.append(
        (
            t("hotline.rate_callers_month", lang, month=month),
            value,
            interval,
            say.count_words(callers["callers"], lang),
        )
    )
    redial = callers["attempts"] / callers["callers"] if callers["callers"] else float("nan")
    said = "–" if pd.isna(redial) else numbers.number(redial, 2)
    return [Table(columns, rows), Note(t("hotline.redial", lang, month=month, value=said))]


def _published(read: Reader, lang: str) -> list[Block]:
    """Answered contacts added up since the opening, with the four published totals on them."""
    facts = read.facts("hotline").set_index("fact_id")
    if not set(PUBLISHED) <= set(facts.index):
        return []
    points = [(_end(str(facts.loc[f, "period"])), float(facts.loc[f, "value"])) for f in PUBLISHED]
    if not read.has("hotline_hourly"):
        return []  # a running total needs the days of the contacts
    daily = read.for_model("hotline_hourly", columns=("answered",), keys=("day",))
    running = read.protected(read.judged(RUNNING, _running, daily, [day for day, _ in points])).dropna()
    said = [
        f"{numbers.day(d, lang)}\n\ue000{numbers.number(v)}\ue001 ({t('evidence.published', lang)})"
        for d, v in points
    ]
    hover = [f"{numbers.day(day, lang)}\n\ue000{numbers.number(v)}\ue001" for day, v in running.items()]
    evidence = read.whose
    figure = series.lines(
        [f"{d:%Y-%m-%d}" for d in running.index],
        [series.Line(t(f"hotline.line_{evidence}", lang), running.tolist(), hover)],
        caption=t("services.source", lang),
        kind="date",
        tick=t("services.tick_month", lang),
        events=_events(read, lang, points[-1][0]),
        height=320,
        extra=[
            (
                [f"{d:%Y-%m-%d}" for d, _ in points],
                series.Line(t("hotline.line_published", lang), [v for _, v in points], said, points=True),
            )
        ],
    )
    alt = " · ".join(f"{numbers.day(d, lang)} {numbers.number(v)}" for d, v in points)
    return [
        Heading(t("hotline.published", lang)),
        Lead(
            t(
                "hotline.published_sentence",
                lang,
                total=numbers.number(points[-1][1]),
                target=numbers.number(float(facts.loc[TARGET, "value"])),
                day=numbers.day(points[0][0], lang),
                first=numbers.number(points[0][1]),
            )
        ),
        Figure("hotline_published", figure, alt),
        *_between(points, lang),
        published_table(facts.loc[[*PUBLISHED, TARGET]].reset_index(), lang),
    ]


def _running(daily: pd.DataFrame, days: list[pd.Timestamp]) -> pd.Series:
    """The running total of answered contacts on Sundays and on the published days."""
    told = pd.DatetimeIndex(pd.to_datetime(daily["day"]))
    running = pd.Series(daily["answered"].cumsum().to_numpy(dtype=float), index=told)
    running = running[running.index <= days[-1]]
    # One point a week and the published days: a year of days would weigh more than the page.
    return running[(running.index.day_of_week == 6) | running.index.isin(days)]


def _end(period: str) -> pd.Timestamp:
    """The last day of a published period such as 2025-04/2025-11."""
    last = period.split("/")[-1]
    day = pd.Timestamp(last)
    return day if last.count("-") == 2 else day + pd.offsets.MonthEnd(0)


def _events(read: Reader, lang: str, until: pd.Timestamp) -> pd.DataFrame:
    rows = read.events()
    day = pd.to_datetime(rows["happened_on"])
    # That the target was passed is said in the sentence.
    keep = rows["programme_id"].eq("hotline") & (day <= until) & rows["event_id"].ne("hotline-target-passed")
    return rows[keep].assign(happened_on=day, title=rows[f"title_{lang}"])[["happened_on", "title"]]


def _between(points: list[tuple[pd.Timestamp, float]], lang: str) -> list[Block]:
    """Published totals as rates between two of them, with a Poisson interval: a first and a last day say more than a sum."""
    rows: list[tuple[Any, ...]] = []
    before, since = 0.0, pd.Timestamp("2025-03-31")
    for day, value in points:
        n, days = value - before, (day - since).days
        low, high = byar(n, days)
        first = since + pd.Timedelta(1, "D")
        rows.append(
            (
                f"{numbers.day(first, lang)} – {numbers.day(day, lang)}",
                numbers.number(n),
                numbers.number(n / days, 1),
                f"{numbers.number(low, 1)}–{numbers.number(high, 1)}",
            )
        )
        before, since = value, day
    columns = say.heads("hotline.between_", ("span", "n", "rate", "interval"), lang, words=("span",))
    return [Table(columns, rows), Note(t("hotline.between_note", lang))]
