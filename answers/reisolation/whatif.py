"""What becomes of those who left isolation, with today's services and with more of something: sentence, fan, reasons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from answers import say
from answers.answer import (
    Answer,
    Banner,
    Block,
    Column,
    Control,
    Download,
    Figure,
    Fold,
    Heading,
    Later,
    Lead,
    Note,
    Piece,
    Table,
)
from answers.ask import Ask, Choice
from answers.kept import kept
from answers.reader import Reader
from answers.registry import question
from answers.reisolation import choices, levers, seen, source, words
from answers.reisolation.common import how, source_line
from answers.reisolation.source import Register
from charts import fan
from forecast.reisolation.outcome import NUMBERS, Outcome
from forecast.reisolation.project import BASELINE, Scenario
from locales import numbers, t

ANCHORS = (33.3, 45.6, 58.8)
NUMBER = Choice(
    name="number",
    options=NUMBERS,
    kind="segments",
    place="inline",
    label="reisolation.number",
    say="reisolation.number_",
)


@dataclass(frozen=True)
class Moving:
    """What the levers on a screen make anew with every move: the ask, its reader, the register and the scenario."""

    ask: Ask
    read: Reader
    found: Register
    scenario: Scenario


@dataclass(frozen=True, eq=False)
class Composed:
    """The answer to a scenario on so many draws; `below` is what only the full run says."""

    leads: Sequence[Lead]
    figure: Figure
    note: Note
    below: Sequence[Block]

    @property
    def blocks(self) -> list[Any]:
        """All of it in reading order."""
        return [*self.leads, Control(NUMBER.name), self.figure, self.note, *self.below]


@question("reisolation.whatif", choices=(*choices.SLIDERS, NUMBER), needs=("spell",))
@choices.forecast
def whatif(ask: Ask, read: Reader, found: Register) -> Answer:
    """Today's services in one sentence, then the levers and what they change."""
    lang, scenario = ask.lang, choices.current(ask, read)
    moving = Moving(ask, read, found, scenario)
    base = source.run(read, found, BASELINE, draws=source.FULL[0])
    sentence, sure = words.baseline(base, lang), words.sure(base, lang)
    if levers.too_many(scenario):
        error = Banner(t("reisolation.too_many", lang), "error")
        return Answer("", sentence, sure, blocks=(error, Piece("reisolation.levers", moving)))
    intake = any(lever.acts_on == "intake" for lever in scenario.active)
    anchors = t("reisolation.anchors", lang, low=ANCHORS[0], middle=ANCHORS[1], high=ANCHORS[2])
    return Answer(
        "",
        sentence,
        sure,
        blocks=(
            Piece("reisolation.levers", moving, Later(lambda: _written(moving))),
            *((Note(t("reisolation.intake_note", lang)),) if intake else ()),
            source_line(read, found, lang),
            say.figures(lang, (t("figures.now_share", lang), words.now(base))),
            Note(anchors),
            how(found, lang, t("reisolation.how_title", lang), t("reisolation.how_model", lang)),
        ),
    )


def _written(moving: Moving) -> list[Any]:
    """The full answer for faces without sliders."""
    ask, read = moving.ask, moving.read
    cut = choices.cut_words(read, dict(ask.codes), ask.lang)
    full = compose(ask, read, moving.found, moving.scenario, source.FULL)
    why = reasons(read, ask.lang, moving.scenario)
    return [*([Note(cut)] if cut else []), *full.blocks, *why]


def wanted(scenario: Scenario, draws: Sequence[int]) -> list[tuple[Scenario, int]]:
    """The runs behind a scenario's answer on a ladder of draws, with their draws: today's services, kept in full, first."""
    many = draws[source.acting(scenario)]
    mine = [(scenario, many), (levers.reference(scenario), many)] if scenario.active else []
    return [(BASELINE, source.FULL[0]), *mine]


def ready(found: Register, scenario: Scenario, draws: Sequence[int]) -> bool:
    """Whether an answer on so many draws costs next to nothing."""
    return all(source.ready(found, one, draws=n) for one, n in wanted(scenario, draws))


def compose(
    ask: Ask,
    read: Reader,
    found: Register,
    scenario: Scenario,
    draws: Sequence[int],
    on_part: Callable[[int, int], None] | None = None,
) -> Composed:
    """The answer to a scenario on a ladder of draws, by how many levers act on coming back.

    Args:
        draws: `source.QUICK` or `source.FULL`; only the latter brings tables and reasons. on_part: as in `source.run`.
    """
    for one, n in wanted(scenario, draws):
        source.run(read, found, one, draws=n, on_part=on_part)
    full = draws is source.FULL
    return _composed(read, ask.lang, ask[NUMBER.name], scenario, tuple(draws), full)


@kept
def _composed(
    read: Reader, lang: str, number: str, scenario: Scenario, ladder: tuple[int, ...], full: bool
) -> Composed:
    found = source.register(read)
    base, *others = (source.run(read, found, one, draws=n) for one, n in wanted(scenario, ladder))
    mine, against = others if others else (None, None)
    leads: list[Lead] = []
    below: list[Block] = []
    if mine is not None and against is not None:
        leads = [Lead(words.effect(against, mine, lang), words.effect_sure(against, mine, lang))]
    table = _table(base, mine, lang)
    if full:
        below.append(_fold(found, table, lang))
    spec = _fan(read, found, number, base, mine, lang)
    chart = Figure("reisolation_fan", spec, words.baseline(base, lang), table=table, shown=True)
    drawn = base if mine is None else mine
    return Composed(leads, chart, Note(t("reisolation.draws", lang, n=numbers.number(drawn.draws))), below)


def _fan(
    read: Reader, found: Register, number: str, base: Outcome, mine: Outcome | None, lang: str
) -> dict[str, Any]:
    """The fan of one of the three numbers; what was observed as points beneath the first."""
    share = number != "per_leaver"
    scale = 100 if share else 1
    paths = [_path(base, number, t("reisolation.today", lang), scale, accent=mine is None)]
    if mine is not None:
        paths.append(_path(mine, number, t("reisolation.current", lang), scale, accent=True))
    # The third number runs over calendar months: what rests on assumption there grows with them and is said in words.
    known = base.months if number == "share_now" else base.last_clock
    points = seen.points(read, found) if number == "first_incidence" else None
    labels = {name: t(f"reisolation.fan_{name}", lang) for name in ("month", "band", "seen", "beyond")}
    years = [_year(k, lang) if k else t("reisolation.fan_now", lang) for k in range(base.months // 12 + 1)]
    return fan.fan(
        paths,
        known_to=known,
        seen=points,
        labels=labels,
        years=years,
        suffix="%" if share else t("reisolation.times", lang),
        caption=t(f"evidence.{found.evidence}", lang),
    )


def _year(number: int, lang: str) -> str:
    return t("reisolation.fan_year", lang, n=number)


def _path(found: Outcome, number: str, name: str, scale: float, *, accent: bool) -> fan.Path:
    bands = {level: (scale * low, scale * high) for level, (low, high) in found.fan(number).items()}
    return fan.Path(name, scale * np.median(found.path(number), axis=0), bands, accent)


def _table(base: Outcome, mine: Outcome | None, lang: str) -> Table:
    """The three numbers by year."""
    rows = []
    for number in NUMBERS:
        cell = words.rate if number == "per_leaver" else words.share
        for who, one in (("today", base), ("current", mine)):
            if one is not None:
                cells = [cell(one.at(number, month), lang) for month in range(12, one.months + 1, 12)]
                rows.append((t(f"reisolation.number_{number}", lang), t(f"reisolation.{who}", lang), *cells))
    columns = [Column(t("reisolation.number", lang)), Column(t("reisolation.arm", lang))]
    columns += [Column(_year(k, lang), number=True) for k in range(1, base.months // 12 + 1)]
    return Table(columns, rows)


def _fold(found: Register, table: Table, lang: str) -> Fold:
    """The table, and the same as a file that says what it stands on."""
    stands_on = {
        "map.col_evidence": t(f"evidence.{found.evidence}", lang),
        "reisolation.log_day": numbers.day(found.as_of, lang),
        "reisolation.kept_model": found.model_version,
        "reisolation.kept_data": found.data_version,
    }
    columns = [*table.columns, *(Column(t(key, lang)) for key in stands_on)]
    file = Table(columns, [(*row, *stands_on.values()) for row in table.rows])
    name = f"reisolation_{found.as_of:%Y%m%d}_{found.evidence}"
    return Fold(t("reisolation.as_table", lang), [table, Download(name, file)])


@kept
def reasons(read: Reader, lang: str, scenario: Scenario) -> list[Block]:
    """Why the answer moves: who starts, what holds it back, what each lever would do alone, on the same draws.

    A run for each lever: it comes after the answer, which does not wait for it.
    """
    if not scenario.active:
        return []
    found = source.register(read)
    _, mine, against = (source.run(read, found, one, draws=n) for one, n in wanted(scenario, source.FULL))
    rows, alone = [], np.zeros(mine.draws)
    for place, lever in enumerate(scenario.active):
        single = replace(scenario, levers=(lever,))
        own, plain = (source.run(read, found, one, draws=mine.draws) for one in (single, BASELINE))
        prevented = own.prevented(plain)
        alone += prevented if lever.acts_on == "return" else 0.0
        starts = mine.starts[:, :, place]
        rows.append(
            (
                levers.plain_name(lever.lever_id, lang),
                numbers.number(starts.sum(axis=1).mean()),
                words.held_back(lever, starts, lang),
                words.assumed(lever, lang),
                words.count_with_limits(prevented, lang),
            )
        )
    names = ("lever", "starts", "held", "assumed", "alone")
    columns = say.heads("reisolation.reason_", names, lang, words=("lever", "held", "assumed"))
    found_blocks: list[Block] = [Heading(t("reisolation.reasons", lang)), Table(columns, rows)]
    if source.acting(scenario) > 1:
        together = mine.prevented(against)
        said = {"together": together, "alone": alone, "gap": alone - together}
        limits = {name: words.count_with_limits(draws, lang) for name, draws in said.items()}
        overlap = numbers.percent(100 * scenario.overlap, 0)
        found_blocks.append(Note(t("reisolation.overlap_note", lang, **limits, overlap=overlap)))
    return found_blocks
