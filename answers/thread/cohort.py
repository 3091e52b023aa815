"""One year's people: of those who became known in it, how many came how far, in what time, and where most are lost."""

from __future__ import annotations

import numpy as np
import pandas as pd

from answers import say
from answers.answer import Answer, Block, Column, Control, Figure, Go, Heading, Note, Table
from answers.ask import Ask
from answers.reader import Reader
from answers.registry import question
from answers.thread import common, source
from answers.thread.source import AFTER, GROUPS, LOST, STEP, STEPS, YEAR, YEAR_ON
from charts.steps import Step, funnel
from data import thread
from locales import numbers, t
from metrics.thread import Avoidable

WAYS = {"known": "hotline", "contacted": "detection", "assessed": "counselling", "enrolled": "counselling"}
SHOWN = ("known", "contacted", "enrolled", "completed")


@question("thread.cohort", choices=(YEAR, GROUPS, STEP), needs=thread.TABLES)
def cohort(ask: Ask, read: Reader) -> Answer:
    """The steps of the people of one year."""
    lang, year = ask.lang, int(ask["year"] or 0)
    if not year:
        return Answer(ask.t("thread.title"), ask.t("thread.nobody"), blocks=_start(read, lang))
    later = (name for names in AFTER.values() for name in names)
    sums = read.total(
        "thread_yearly", columns=(*STEPS, *LOST, "scored", "better", *later), where=source.where(ask)
    )
    if np.isnan(sums["known"]):
        return Answer(ask.t("thread.title"), ask.t("thread.few"), blocks=_start(read, lang))
    times = source.everybody(read, year)
    best = source.avoidable(read, year)
    period = ask.t("thread.year_of", year=year)
    blocks: list[Block] = [
        Heading(ask.t("thread.steps")),
        _figure(read, sums, lang),
        _steps(read, sums, times, lang),
        *_start(read, lang),
        Heading(ask.t("thread.after")),
        Note(ask.t("thread.after_note")),
        _afterwards(read, sums, lang),
        *_largest(read, best, lang),
        Heading(ask.t("thread.groups")),
        Control(GROUPS.name),
        _groups(ask, read),
        Control(STEP.name),
        _onward(ask, read),
        Heading(ask.t("thread.links")),
        *common.links(read, lang),
        say.figures(lang, *_spoken(read, sums, lang)),
        common.source_line(read, lang, period),
        common.how(lang),
    ]
    return Answer(
        ask.t("thread.title"),
        _sentence(ask, read, sums, lang),
        _lost(best, lang),
        blocks=tuple(blocks),
        period=period,
    )


def line(read: Reader, lang: str) -> str:
    """The thread in one line, for the overview; '' where there is none."""
    year = source.last_whole(read)
    if year is None:
        return ""
    sums = read.total("thread_yearly", columns=(*STEPS, *YEAR_ON), where={"year": year})
    if np.isnan(sums["known"]):
        return ""
    return t("thread.line", lang, year=year, **_counts(sums, lang), **_year_on(read, sums, lang))


def _counts(sums: pd.Series, lang: str) -> dict[str, str]:
    return {step: common.people(sums[step], lang) for step in STEPS}


def _year_on(read: Reader, sums: pd.Series, lang: str) -> dict[str, str]:
    """What is known of people twelve months after: how many are due, and the bounds of those connected."""
    edges, _ = common.between(read, sums[list(YEAR_ON)], lang)
    return {"due": common.people(sums["due_12"], lang), "edges": edges}


def _sentence(ask: Ask, read: Reader, sums: pd.Series, lang: str) -> str:
    share = {
        step: say.share_words(read, sums[step], sums["known"], lang)[0]
        for step in ("contacted", "enrolled", "completed")
    }
    key = "sentence" if sums["due_12"] >= source.FEWEST else "sentence_early"
    return t(
        f"thread.{key}",
        lang,
        year=ask["year"],
        **_counts(sums, lang),
        **{f"{step}_share": value for step, value in share.items()},
        **(_year_on(read, sums, lang) if key == "sentence" else {}),
    )


def _worst(best: dict[str, Avoidable]) -> tuple[str, Avoidable] | None:
    step = max(best, key=lambda one: best[one].people, default=None)
    return None if step is None else (step, best[step])


def _lost(best: dict[str, Avoidable], lang: str) -> str:
    """The step at which most would be kept, as arithmetic."""
    found = _worst(best)
    if found is None:
        return ""
    step, one = found
    return t("thread.largest", lang, arrow=source.arrow(step, lang), **_more(one, lang))


def _more(one: Avoidable, lang: str) -> dict[str, str]:
    return {
        "n": numbers.number(round(one.people)),
        "limits": numbers.limits(round(one.low), round(one.high), "count", digits=0),
        "best": numbers.percent(100 * one.best, 0),
    }


def _spoken(read: Reader, sums: pd.Series, lang: str) -> list[tuple[str, str]]:
    """Figures of the sentences that no table beneath them has in the same words."""
    rows = [
        (t(f"thread.step_{step}", lang), say.share_said(read, sums[step], sums["known"], lang))
        for step in STEPS[1:]
    ]
    return [(t("thread.of_known", lang, step=name), value) for name, value in rows]


def _figure(read: Reader, sums: pd.Series, lang: str) -> Figure:
    """Bars from the known to those connected a year after; isolated residents are said and not drawn, being of another size."""
    steps = [_isolated(read, lang)]
    for before, step in zip(("", *STEPS), STEPS, strict=False):
        label = t(f"thread.step_{step}", lang)
        if not source.recorded(read, step):
            steps.append(Step(label, None, t("thread.not_recorded", lang)))
        elif np.isnan(sums[step]):
            steps.append(Step(label, None, t("services.few_people", lang)))
        else:
            share = say.share_words(read, sums[step], sums[before], lang)[0] if before else ""
            steps.append(
                Step(label, float(sums[step]), t("thread.of_before", lang, share=share) if share else "")
            )
    for months, names in AFTER.items():
        label = t("thread.step_connected", lang, n=months)
        if not source.recorded(read, "connected"):
            steps.append(Step(label, None, t("thread.not_recorded", lang)))
            continue
        due, yes, no = sums[list(names)].astype(float)
        edges, _ = common.between(read, (due, yes, no), lang)
        enough = not np.isnan(due) and due >= source.FEWEST
        note = t("thread.between_of", lang, edges=edges, n=common.people(due, lang)) if enough else edges
        steps.append(Step(label, None if np.isnan(yes) or not enough else yes, note))
    alt = " · ".join(
        " ".join(p for p in (s.label, "" if s.value is None else numbers.number(s.value), s.note) if p)
        for s in steps
    )
    return Figure("thread_steps", funnel(steps, caption=t(f"evidence.{read.whose}", lang)), alt, shown=True)


def _isolated(read: Reader, lang: str) -> Step:
    found = source.isolated(read)
    if found is None:
        return Step(t("thread.step_isolated", lang), None, t("thread.no_survey", lang))
    said = common.isolated(found)
    return Step(t("thread.step_isolated_in", lang, **said), None, t("thread.isolated_note", lang, **said))


def _steps(read: Reader, sums: pd.Series, times: dict[str, source.Time], lang: str) -> Table:
    """Every step: who is there, who came from the step before and in what time, and where those are who went no further."""
    isolated = _isolated(read, lang)
    rows: list[tuple[str, ...]] = [(isolated.label, isolated.note, "", "", "", "", "", "")]
    for number, step in enumerate(STEPS):
        name, before = t(f"thread.step_{step}", lang), STEPS[number - 1] if number else ""
        if not source.recorded(read, step):
            rows.append((name, t("thread.not_recorded", lang), "", "", "", "", "", ""))
            continue
        share = say.with_limits(say.share_cells(read, sums[step], sums[before], lang)) if before else ""
        last = number + 1 == len(STEPS)
        gone = ("", "", "") if last else (
            say.count_words(sums[f"ended_{step}"], lang),
            say.count_words(sums[f"silent_{step}"], lang),
            say.count_words(read.one(source.staying(sums, step)), lang),
        )  # fmt: skip
        rows.append(
            (name, say.count_words(sums[step], lang), share, *common.arrow(times.get(step), lang), *gone)
        )
    if source.recorded(read, "better"):
        edges, _ = common.between(
            read, (sums["completed"], sums["better"], _not(sums["scored"], sums["better"])), lang
        )
        rows.append(
            (t("thread.step_better", lang), say.count_words(sums["better"], lang), edges, "", "", "", "", "")
        )
    else:
        rows.append((t("thread.step_better", lang), t("thread.not_recorded", lang), "", "", "", "", "", ""))
    columns = [
        Column(t("thread.col_step", lang)),
        *say.heads("thread.col_", ("count", "share", "in_year", "half", "ended", "silent", "still"), lang),
    ]
    return Table(
        columns,
        rows,
        name="thread_steps",
        caption=t("thread.steps", lang),
        footnotes=(t("thread.steps_foot", lang),),
    )


def _not(whole: float, part: float) -> float:
    """Those of a whole who are not in a part, by the counts as shown."""
    return float("nan") if np.isnan([whole, part]).any() else max(float(whole) - float(part), 0.0)


def _afterwards(read: Reader, sums: pd.Series, lang: str) -> Table:
    """Six, twelve and twenty-four months after completing: on record as connected, as not, and neither."""
    rows: list[tuple[str, ...]] = []
    for months, names in AFTER.items():
        name = t("thread.step_connected", lang, n=months)
        if not source.recorded(read, "connected"):
            rows.append((name, t("thread.not_recorded", lang), "", "", "", "", ""))
            continue
        due, yes, no = sums[list(names)].astype(float)
        silent = _not(due, np.nansum([yes, no]))
        edges, outer = common.between(read, (due, yes, no), lang)
        told = common.of_told(read, yes, no, lang)
        rows.append(
            (
                name,
                *(say.count_words(n, lang) for n in (due, yes, no, read.one(silent))),
                say.with_limits((edges, outer)),
                told,
            )
        )
    heads = say.heads("thread.col_", ("due", "yes", "no", "neither", "bounds", "of_told"), lang)
    columns = [Column(t("thread.col_step", lang)), *heads]
    return Table(
        columns,
        rows,
        name="thread_after",
        caption=t("thread.after", lang),
        footnotes=(t("thread.after_foot", lang),),
    )


def _largest(read: Reader, best: dict[str, Avoidable], lang: str) -> list[Block]:
    """By step, what the best quarter's share would add; the way to the page of the largest."""
    found = _worst(best)
    if found is None:
        return [Heading(t("thread.loss", lang)), Note(t("thread.loss_none", lang))]
    rows = []
    for step, one in best.items():
        said = _more(one, lang)
        rows.append((source.arrow(step, lang), said["best"], say.with_limits((said["n"], said["limits"]))))
    columns = [Column(t("thread.col_arrow", lang)), *say.heads("thread.col_", ("best", "more"), lang)]
    return [
        Heading(t("thread.loss", lang)),
        Note(t("thread.loss_note", lang)),
        Table(columns, rows, name="thread_loss", caption=t("thread.loss", lang)),
        Go(WAYS[found[0]], t(f"thread.way_{WAYS[found[0]]}", lang)),
        Go("thread", t("thread.way_money", lang), (("part", "money"),)),
        Go("choice", t("thread.way_choice", lang)),
    ]


def _groups(ask: Ask, read: Reader) -> Table:
    """The same steps by door, age, sex, district or programme; no order of merit, since groups differ in whom they meet."""
    lang, by = ask.lang, ask["by"]
    key = source.BY[by]
    found = read.totals("thread_yearly", columns=(*SHOWN, *YEAR_ON), keys=(key,), where=source.where(ask))
    rows = []
    for row in found.to_dict("records"):
        sums = pd.Series(row)
        shares = [
            say.with_limits(say.share_cells(read, sums[step], sums["known"], lang)) for step in SHOWN[1:]
        ]
        name, known = common.name_of(by, str(row[key]), read, lang), say.count_words(sums["known"], lang)
        due, edges = say.count_words(sums["due_12"], lang), common.between(read, sums[list(YEAR_ON)], lang)[0]
        rows.append((name, known, *shares, due, edges))
    heads = say.heads("thread.col_", ("known", "contacted", "enrolled", "completed", "due", "year_on"), lang)
    return Table(
        [Column(t(f"thread.by_{by}", lang)), *heads], rows, name="thread_groups", caption=t("thread.groups", lang),
        footnotes=(t("thread.groups_foot", lang),),
    )  # fmt: skip


def _onward(ask: Ask, read: Reader) -> Table:
    """One step by the same groups: who went on, in what time, and where those are who did not."""
    lang, by, step = ask.lang, ask["by"], ask["step"]
    key, after = source.BY[by], source.next_of(step)
    gone = (f"ended_{step}", f"silent_{step}")
    found = read.totals("thread_yearly", columns=(step, after, *gone), keys=(key,), where=source.where(ask))
    times = source.times(read, int(ask["year"]), key)
    rows = []
    for row in found.to_dict("records"):
        sums = pd.Series(row)
        half = common.arrow(times.get(str(row[key]), {}).get(after), lang)[1]
        share = say.with_limits(say.share_cells(read, sums[after], sums[step], lang))
        left = (*(sums[name] for name in gone), read.one(source.staying(sums, step)))
        rows.append(
            (
                common.name_of(by, str(row[key]), read, lang),
                say.count_words(sums[step], lang),
                share,
                half,
                *(say.count_words(n, lang) for n in left),
            )
        )
    heads = say.heads("thread.col_", ("at_step", "went_on", "half", "ended", "silent", "still"), lang)
    return Table(
        [Column(t(f"thread.by_{by}", lang)), *heads],
        rows,
        name="thread_onward",
        caption=source.arrow(step, lang),
        footnotes=(t("thread.onward_foot", lang),),
    )


def _start(read: Reader, lang: str) -> list[Block]:
    """Which record to begin with, where a step has none."""
    missing = [
        step for step in (*STEPS, "better", "connected", "returned") if not source.recorded(read, step)
    ]
    if not missing:
        return []
    first = missing[0]
    return [Note(t(f"thread.begin_{first}", lang))]
