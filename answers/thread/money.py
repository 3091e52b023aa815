"""The money along the thread: what each step cost in a year, per person who reached it, by door and programme, to the won of the ledger."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from answers import periods, say, words
from answers import targets as plans
from answers.answer import Answer, Block, Column, Figure, Go, Heading, How, Note, Source, Table
from answers.ask import Ask, Choice
from answers.budget import won
from answers.kept import kept
from answers.reader import Reader, Rule
from answers.registry import question
from answers.rights import views
from answers.studies import study
from answers.thread import common, source
from charts.steps import Step, funnel
from data import ledger, queries, thread
from data.queries import Span
from locales import numbers, t
from metrics import budget
from metrics import thread_money as maths
from metrics.thread_money import BESIDE, STEPS, UNASSIGNED

AFTER = ("due", "connected", "apart")
REACHING = ("known", "contacted")  # the money of doors
DRAWS, SEED = 1000, 172
Limits = tuple[float, float]
NOTHING: Limits = (float("nan"), float("nan"))
COSTS = Rule(
    "money per person of the thread",
    "limits in two digits, and the change on the year before in whole percent, of 30 people or more",
)
# By programme, the records of a year that tell how its work is divided; keys of [minutes] in the rules.
RECORDS = {
    "referral_received": ("referral_monthly", "received"),
    "referral_accepted": ("referral_monthly", "accepted"),
    "case_started": ("case_monthly", "started"),
    "visit": ("attendance_monthly", "visits"),
}


@dataclass(frozen=True, eq=False)
class Money:
    """A year's won and what they bought.

    Attributes:
        cells: month (1–12), district_code, programme_id, won and a column of won for each step, beside the thread and not assigned.
        people: counts as shown of the whole year. doors, programmes: the same by door and by programme. new: programmes of the thread
            that had no money the year before, where that year is known at all.
        limits: of what a person cost, by what is said of: 'own' and 'upto' a step, a 'door' or a 'programme', and its code.
        change: by step, of the money up to it per person on the year before: percent with limits; missing where there is none.
    """

    year: int
    cells: pd.DataFrame
    people: pd.Series
    doors: pd.DataFrame
    programmes: pd.DataFrame
    new: tuple[str, ...]
    limits: dict[tuple[str, str], Limits]
    change: dict[str, tuple[float, float, float]]

    @cached_property
    def won(self) -> pd.Series:
        """Won by step, beside and not assigned."""
        return self.cells[[*STEPS, BESIDE, UNASSIGNED]].sum()

    @property
    def along(self) -> int:
        """Won of all steps."""
        return int(self.won[list(STEPS)].sum())

    def upto(self, step: str) -> int:
        """Won of a step and of those before it."""
        return int(self.won[list(_upto(step))].sum())


def _upto(step: str) -> tuple[str, ...]:
    return STEPS[: STEPS.index(step) + 1]


def _sum(cells: pd.DataFrame, steps: tuple[str, ...]) -> pd.Series:
    """Won of each cell for some steps."""
    return cells[list(steps)].sum(axis=1)


@kept
def years(read: Reader) -> tuple[int, ...]:
    """Years with both money and people."""
    paid = set(read.rows(ledger.cells)["fiscal_year"])
    return tuple(year for year in read.rows(queries.periods, fact="thread_reached") if year in paid)


YEAR = Choice(
    name="paid",
    options=lambda read, codes: [str(year) for year in years(read)],
    default=lambda read, codes: str(source.newest_over(read, years(read)) or ""),
    label="thread.money_year",
    say=lambda code, lang, read: words.period_label(int(code), lang) if code else "",
)


@kept
def found(read: Reader, year: int) -> Money:
    """The money of a fiscal year along the thread, with the limits of what a person cost; people as the reader may see them.

    Raises:
        Pending: as `source.studied`.
    """
    where = {"year": year}
    people = read.total("thread_reached", columns=(*STEPS, *AFTER), where=where)
    doors, programmes = (
        read.totals("thread_reached", columns=STEPS, keys=(key,), where=where).set_index(key)
        for key in ("door", "programme_id")
    )
    cells, new, limits, change = source.studied(
        read, "thread.money", year, older=lambda: _priced(read, read.study_view, year)
    )
    return Money(year, cells, people, doors, programmes, new, limits, change)


@study(
    "thread.money",
    reads=(
        *thread.SOURCES,
        "ledger_entry",
        "counselling_session",
        "attendance",
    ),
    over=lambda read: [(view, year) for view in views(read.whose) for year in years(read)],
    of_facts=True,
)
def _priced(read: Reader, view: str, year: int) -> tuple[Any, ...]:
    """What of `Money` takes long, and rests on true sums or on counts as a view has them: cells, new, limits, change."""
    read = read.seen_in(view)
    cells, before = paid(read, year), paid(read, year - 1) if year - 1 in years(read) else None
    new = () if before is None else tuple(sorted(_along(cells) - _along(before)))
    rows = [
        read.for_model(
            "thread_reached", columns=STEPS, keys=("month", "district_code", *more), where={"year": y}
        )
        for y, more in ((year, ("door",)), (year, ("programme_id",)), (year - 1, ()))
    ]
    # A year that is not over, and one in which other programmes were paid, are not set against the year before.
    alike = before is not None and not new and year < read.as_of.year
    limits, change = read.judged(COSTS, _judged, cells, before if alike else None, *rows)
    return cells, new, limits, change


def _along(cells: pd.DataFrame) -> set[str]:
    """Programmes whose money is for a step."""
    return set(cells.loc[(cells[list(STEPS)] != 0).any(axis=1), "programme_id"])


@kept
def _staged(read: Reader, year: int) -> pd.DataFrame:
    """The ledger's cells of a fiscal year with one column per stage."""
    rows = read.rows(ledger.cells)
    return budget.staged(rows[rows["fiscal_year"] == year], closed_before=read.as_of.year)


@kept
def paid(read: Reader, year: int) -> pd.DataFrame:
    """Won spent in a fiscal year by month, district and programme, assigned to steps by the rules."""
    rows = _staged(read, year)
    # Paid in the weeks after the year in which its books stay open: with its last month.
    month = rows["month_key"].where(rows["month_key"] // 100 == year, year * 100 + 12) % 100
    keys = ["month", "district_code", "programme_id"]
    spent = (
        rows.assign(month=month, district_code=rows["district_code"].fillna(""))
        .groupby(keys)["expenditure"]
        .sum()
    )
    spent = spent[spent != 0].rename("won").reset_index()
    return maths.assigned(spent, _records(read, year, sorted(spent["programme_id"].unique())))


def _records(read: Reader, year: int, programmes: Iterable[str]) -> dict[str, dict[str, float]]:
    """By programme, counts of a year's records as published; what is withheld counts as nothing."""
    shared = [code for code in programmes if code in maths.rules()["shared"]]
    span = Span(year * 100 + 1, min(year * 100 + 12, periods.key(read.as_of)))
    told: dict[str, dict[str, float]] = {code: {} for code in shared}
    for name, (fact, column) in RECORDS.items():
        rows = read.totals(
            fact, columns=(column,), keys=("month_key", "programme_id"), where={"month_key": span}
        )
        sums = rows.groupby("programme_id")[column].sum()
        for code in shared:
            told[code][name] = float(sums.get(code, 0.0))
    for code in (c for c in shared if told[c]["case_started"]):
        months = [
            read.total(
                "session_monthly", columns=("attended",), where={"programme_id": code, "month_key": key}
            )["attended"]
            for key in range(span.low, span.high + 1)
        ]
        told[code]["session_attended"] = float(np.nansum(months))
    return told


def _judged(
    cells: pd.DataFrame,
    before: pd.DataFrame | None,
    doors: pd.DataFrame,
    programmes: pd.DataFrame,
    last: pd.DataFrame,
) -> tuple[dict[tuple[str, str], Limits], dict[str, tuple[float, float, float]]]:
    """Limits of what a person cost, as `Money` has them, and the change on the year before where there is one."""
    rng = np.random.default_rng(SEED)
    limits: dict[tuple[str, str], Limits] = {}
    change = {}
    for step in STEPS:
        limits["own", step] = _outwards(_cost(cells, cells[step], doors, step, rng))
        upto = _cost(cells, _sum(cells, _upto(step)), doors, step, rng)
        limits["upto", step] = _outwards(upto)
        if before is not None and len(last):
            then = _cost(before, _sum(before, _upto(step)), last, step, rng)
            if np.isfinite([upto.low, then.low]).all():
                ratio = np.quantile(upto.draws / then.draws, [0.025, 0.975])
                middle, low, high = (
                    float(np.round(100 * (x - 1))) for x in (upto.value / then.value, *ratio)
                )
                change[step] = (middle, low, high)
    own = maths.rules()["doors"]
    rest = cells[~cells["programme_id"].isin(own)]
    whole = doors["contacted"].sum()
    for door, part in doors.groupby("door"):
        mine = cells[cells["programme_id"].isin([code for code, name in own.items() if name == door])]
        if mine.empty:  # shared out by people alone: that is a rule, and no estimate
            continue
        # The rest lies with people, as many won for each.
        each = _sum(rest, REACHING).sum() / whole if whole else 0.0
        limits["door", str(door)] = _outwards(
            _cost(mine, _sum(mine, REACHING), part, "contacted", rng, each=each)
        )
    for code, part in programmes.groupby("programme_id"):
        mine = cells[cells["programme_id"] == code]
        limits["programme", str(code)] = _outwards(_cost(mine, mine["won"], part, "enrolled", rng))
    return limits, change


def _cost(
    cells: pd.DataFrame,
    won: pd.Series,
    people: pd.DataFrame,
    step: str,
    rng: np.random.Generator,
    *,
    each: float = 0.0,
) -> maths.Cost:
    """What a person at a step cost over district-months, by the won of each cell and `each` more for everybody; nothing of fewer than 30 people."""
    if people[step].sum() < source.FEWEST:
        return maths.Cost(np.nan, np.nan, np.nan, np.full(DRAWS, np.nan))
    there = people.assign(people=people[step])
    return maths.cost(cells.assign(won=won), there, draws=DRAWS, rng=rng, each=each)


def _outwards(one: maths.Cost) -> Limits:
    """Limits in two digits, outwards."""
    if np.isnan(one.low) or one.low <= 0:
        return NOTHING
    return numbers.leading(one.low, 2, up=False), numbers.leading(one.high, 2, up=True)


# --- Words and tables ------------------------------------------------------------------------------------


@question("thread.money", choices=(YEAR,), needs=("ledger_monthly",))
def money(ask: Ask, read: Reader) -> Answer:
    """What each step of the thread cost."""
    lang = ask.lang
    if not ask["paid"]:
        return Answer(ask.t("thread.money_title"), ask.t("thread.money_none"))
    one = found(read, int(ask["paid"]))
    period = words.period_label(one.year, lang)
    blocks: list[Block] = [
        Heading(f"{ask.t('thread.money_steps')} {won.caption(won.unit_of('eok', lang), lang)}"),
        _figure(read, one, lang),
        _steps(read, one, lang),
        Heading(ask.t("thread.money_doors")),
        Note(ask.t("thread.money_doors_note")),
        _doors(read, one, lang),
        Heading(ask.t("thread.money_programmes")),
        _programmes(read, one, lang),
        say.figures(lang, *_spoken(one, lang)),
        Go("budget", ask.t("thread.way_budget")),
        Go("choice", ask.t("thread.way_choice")),
        Source((read.whose,), ask.t("thread.money_source", period=period, version=maths.rules()["version"])),
        How(paragraphs=(*(ask.t(f"thread.how_{key}") for key in ("money", "minutes", "cost")), _rule(lang)),
            note=t("how.release", lang)),
    ]  # fmt: skip
    return Answer(
        ask.t("thread.money_title"),
        _sentence(read, one, lang),
        _sure(one, lang),
        blocks=tuple(blocks),
        period=period,
    )


def _each(won: float, people: float, lang: str) -> str:
    """Won per person by the count as shown, in three digits; withheld where that is, or of too few."""
    if np.isnan(people):
        return t("status.withheld", lang)
    if people < source.FEWEST:
        return t("thread.money_few", lang)
    return numbers.won(numbers.leading(won / people, 3), lang)


def _span(limits: Limits, lang: str) -> str:
    low, high = limits
    return "" if np.isnan(low) else f"{numbers.won(low, lang)}–{numbers.won(high, lang)}"


def _with(won: float, people: float, limits: Limits, lang: str) -> str:
    told = _each(won, people, lang)
    return say.with_limits((told, _span(limits, lang))) if people >= source.FEWEST else told


def _connected(read: Reader, one: Money, lang: str) -> tuple[str, str]:
    """How many are connected a year after, as bounds, and what one of them cost, as bounds; nothing where too few are due, or can be."""
    counts = one.people[list(AFTER)].astype(float)
    if not counts["due"] >= source.FEWEST:
        return t("thread.not_due", lang), ""
    low, high, _ = common.edges(read, counts)
    people = numbers.limits(low, high, "count", digits=0)
    if high < source.FEWEST:
        return people, ""
    least = numbers.won(numbers.leading(one.along / high, 3), lang)
    if low < source.FEWEST:
        return people, t("thread.money_at_least", lang, least=least)
    return people, f"{least}–{numbers.won(numbers.leading(one.along / low, 3), lang)}"


def _sentence(read: Reader, one: Money, lang: str) -> str:
    said = {
        step: _each(one.upto(step), float(one.people[step]), lang)
        for step in ("contacted", "enrolled", "completed")
    }
    people, cost = _connected(read, one, lang)
    key = "money_sentence" if cost else "money_sentence_early"
    return t(f"thread.{key}", lang, year=one.year, won=numbers.won(one.along, lang), connected=cost, **said)


def _spoken(one: Money, lang: str) -> list[tuple[str, str]]:
    """Figures of the sentences that no table has in the same words."""
    new = (
        [(t("thread.money_new_count", lang, before=one.year - 1), numbers.number(len(one.new)))]
        if one.new
        else []
    )
    return [(t("thread.money_along", lang), numbers.won(one.along, lang)), *new]


def _sure(one: Money, lang: str) -> str:
    """What has changed on the year before beyond chance; that nothing has is an answer."""
    if one.new and not one.change:
        return t("thread.money_new", lang, year=one.year, before=one.year - 1, n=len(one.new))
    if not one.change:
        return ""
    sure = {step: c for step, c in one.change.items() if c[1] > 0 or c[2] < 0}
    if not sure:
        return t("thread.money_same", lang, year=one.year - 1)
    step = max(sure, key=lambda s: abs(sure[s][0]))
    return t(
        "thread.money_changed",
        lang,
        year=one.year - 1,
        step=t(f"thread.step_{step}", lang),
        change=_change(sure[step]),
    )


def _change(change: tuple[float, float, float]) -> str:
    middle, low, high = (f"{numbers.signed(x, plus=True)}%" for x in change)
    return f"{middle} ({low} ~ {high})"


def _figure(read: Reader, one: Money, lang: str) -> Figure:
    unit = won.unit_of("eok", lang)
    digits = won.UNITS[unit][1]
    steps = []
    for name in (*STEPS, BESIDE, UNASSIGNED):
        along = name in STEPS
        if along or one.won[name]:
            share = numbers.percent(100 * one.won[name] / one.along, 0) if along and one.along else ""
            note = t("thread.money_share", lang, share=share) if share else ""
            value = float(won.rounded(one.won[name], unit))
            steps.append(Step(t(f"thread.money_for_{name}", lang), value, note, left=not along))
    alt = " · ".join(f"{s.label} {numbers.number(s.value or 0, digits)} {s.note}".strip() for s in steps)
    drawn = funnel(steps, caption=t(f"evidence.{read.whose}", lang), digits=digits)
    return Figure("thread_money", drawn, f"{won.caption(unit, lang)} {alt}", shown=True)


def _steps(read: Reader, one: Money, lang: str) -> Table:
    """By step: its won, who reached it, and what one of them cost, of this step and of all up to it; adds to the ledger."""
    rows: list[tuple[str, ...]] = []
    for step in STEPS:
        people, (own, upto) = float(one.people[step]), (one.limits[kind, step] for kind in ("own", "upto"))
        each = _with(one.won[step], people, own, lang) if one.won[step] else ""
        together = _with(one.upto(step), people, upto, lang)
        name, change = t(f"thread.money_for_{step}", lang), one.change.get(step)
        rows.append(
            (
                name,
                numbers.number(one.won[step]),
                say.count_words(people, lang),
                each,
                together,
                _change(change) if change else "",
            )
        )
    connected, cost = _connected(read, one, lang)
    rows.append((t("thread.step_connected", lang, n=12), "", connected, "", cost, ""))
    sums = [
        ("along", one.along),
        *((f"for_{name}", one.won[name]) for name in (BESIDE, UNASSIGNED)),
        ("total", one.cells["won"].sum()),
    ]
    sums = [(name, amount) for name, amount in sums if amount]
    rows += [
        (t(f"thread.money_{name}", lang), numbers.number(amount), "", "", "", "") for name, amount in sums
    ]
    kinds = [*[""] * (len(STEPS) + 1), *("total" if name in ("along", "total") else "" for name, _ in sums)]
    names = ("won", "reached", "each", "upto", *(["change"] if one.change else []))
    return Table(
        [Column(t("thread.col_step", lang)), *say.heads("thread.col_", names, lang)],
        [row[: len(names) + 1] for row in rows],
        kinds,
        name="thread_money",
        caption=t("thread.money_steps", lang),
        footnotes=(t("thread.money_foot", lang),),
    )


def _doors(read: Reader, one: Money, lang: str) -> Table:
    """By door: what was paid for finding and reaching its people, and what one who was reached cost."""
    shares = by_door(one)
    rows = []
    for door in (d for d in source.DOORS if d in one.doors.index):
        reached, won = float(one.doors.loc[door, "contacted"]), float(shares.get(door, 0.0))
        each = _with(won, reached, one.limits.get(("door", door), NOTHING), lang)
        name = common.name_of("door", door, read, lang)
        rows.append((name, numbers.number(won), say.count_words(reached, lang), each))
    heads = say.heads("thread.col_", ("won_reach", "contacted", "each_reached"), lang)
    return Table([Column(t("thread.by_door", lang)), *heads], rows, name="thread_money_doors",
                 caption=t("thread.money_doors", lang), footnotes=(t("thread.money_doors_foot", lang),))  # fmt: skip


def by_door(one: Money) -> pd.Series:
    """Whole won of the first two steps by door: of a door's own programmes, the rest by people who were reached; they add to both steps."""
    own = maths.rules()["doors"]
    spent = one.cells.groupby("programme_id")[list(REACHING)].sum().sum(axis=1)
    mine = spent.groupby(spent.index.map(lambda code: own.get(code, ""))).sum()
    rest = int(mine.get("", 0))
    weights = one.doors["contacted"].fillna(0.0).astype(float)
    if rest and weights.sum():
        shared = pd.Series(maths.parts([rest], weights.to_numpy()[None, :])[0], index=weights.index)
    else:
        shared = pd.Series(0, index=weights.index)
    return shared.add(mine.drop("", errors="ignore"), fill_value=0)


def _programmes(read: Reader, one: Money, lang: str) -> Table:
    """By programme: won along the thread, who began through it and what one of them cost, against last year and the plan."""
    names = read.programme_names(lang)
    spent = one.cells.groupby("programme_id")["won"].sum()
    known = one.year - 1 in years(read)
    before = paid(read, one.year - 1).groupby("programme_id")["won"].sum() if known else {}
    rows = []
    for code in (c for c in names if spent.get(c, 0)):
        began = float(one.programmes["enrolled"].get(code, 0.0))
        limits = one.limits.get(("programme", code), NOTHING)
        rows.append((
            names[code], _steps_of(code, lang), numbers.number(spent[code]), numbers.number(before[code]) if code in before else won.NO_FIGURE if known else "",
            "" if began == 0 else say.count_words(began, lang),
            "" if began == 0 else _with(spent[code], began, limits, lang),
            *_plan(read, one, code, float(spent[code]), lang),
        ))  # fmt: skip
    heads = say.heads(
        "thread.col_", ("won", "won_before", "began", "each_began", "planned_each", "actual_each"), lang
    )
    columns = [Column(t("thread.by_programme", lang)), Column(t("thread.col_pays", lang)), *heads]
    return Table(columns, rows, name="thread_money_programmes", caption=t("thread.money_programmes", lang),
                 footnotes=(t("thread.money_programmes_foot", lang),))  # fmt: skip


def _steps_of(code: str, lang: str) -> str:
    """What a programme pays for, by the rules."""
    rule = maths.rules()
    if code in rule["direct"]:
        return t(f"thread.step_{rule['direct'][code]}", lang)
    if code in rule["shared"]:
        return "·".join(t(f"thread.step_{step}", lang) for step in rule["shared"][code])
    kind = (
        "overhead"
        if code in rule["overhead"]["programmes"]
        else BESIDE
        if code in rule["beside"]["programmes"]
        else UNASSIGNED
    )
    return t(f"thread.money_for_{kind}", lang)


def _plan(read: Reader, one: Money, code: str, won: float, lang: str) -> tuple[str, str]:
    """Won for one output as planned (budget by planned outputs) and as it came (spent by delivered outputs)."""
    found = plans.plans_of(read, code, one.year)
    if len(found) != 1 or not found[0]["planned"]:
        return "", ""
    rows = _staged(read, one.year)
    rows = rows[rows["programme_id"] == code]
    done, first = plans.delivered(read, found[0]), float(rows["appropriated"].sum())
    planned = numbers.won(first / found[0]["planned"], lang) if first > 0 else ""
    return planned, "" if done is None or not done > 0 else numbers.won(won / done, lang)


def _rule(lang: str) -> str:
    """The minutes of the rule file."""
    said = ", ".join(t(f"thread.minutes_{name}", lang, n=n) for name, n in maths.rules()["minutes"].items())
    return t("thread.how_minutes_list", lang, said=said)
