"""Where the records end: table × month for the city, district × month for one table, what is late, and a reminder to send."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from answers import say
from answers.answer import Answer, Block, Cell, Column, Control, Go, Heading, Note, Piece, Prose, Table
from answers.ask import Ask, Choice, Codes
from answers.reader import Reader
from answers.registry import question
from data import coverage as records
from data.cities import OFFICE
from data.tables import OPERATIONAL
from locales import numbers, t

MONTHS = 12  # that are shown, up to the latest that anything has come for


def _tables(read: Reader, codes: Codes) -> list[str]:
    return ["", *records.FOLLOWED]


def named(table: str, lang: str) -> str:
    """A table in words."""
    return str(OPERATIONAL[table].info[lang]) if table else t("coverage.every", lang)


TABLE = Choice(
    name="records",
    options=_tables,
    default="",
    label="coverage.table",
    place="inline",
    say=lambda code, lang, read: named(code, lang),
)


@dataclass(frozen=True)
class Late:
    """Months of a table that a district owes: over, behind its first and no later than what others have closed."""

    table: str
    district: str
    months: tuple[int, ...]


@question("coverage", choices=(TABLE,))
def coverage(ask: Ask, read: Reader) -> Answer:
    """What has come and what is late."""
    lang, cells = ask.lang, read.rows(records.states)
    cells = cells[cells["table_name"].isin(records.FOLLOWED)]
    if cells.empty:
        go = Go("import_data", ask.t("decide.open_import"))
        return Answer(
            ask.t("coverage.title"), ask.t("coverage.nothing"), ask.t("coverage.nothing_do"), blocks=(go,)
        )
    owed = late(cells)
    chosen = ask[TABLE.name]
    shown = _by_district(read, cells, chosen, lang) if chosen else _by_table(cells, lang)
    blocks: list[Block] = [
        *_owed(read, owed, lang),
        Control(TABLE.name),
        shown,
        Note(ask.t("coverage.legend")),
        Heading(ask.t("coverage.rule_title")),
        Prose(_rule(lang)),
        *([Piece("coverage.close")] if read.whose == OFFICE else []),
    ]
    return Answer(
        ask.t("coverage.title"), _sentence(cells, owed, lang), ask.t("coverage.sure"), blocks=tuple(blocks)
    )


def late(cells: pd.DataFrame) -> list[Late]:
    """What is owed, the longest first.

    Args:
        cells: as `data.coverage.states` has them.
    """
    found = []
    for table in cells["table_name"].unique():
        mine = cells[cells["table_name"] == table]
        last = records.closed_until(mine, table)
        if last is None:
            continue
        for district, own in mine.groupby("district_code", sort=True):
            closed = set(own.loc[own["state"] == "closed", "month_key"])
            first = int(own["month_key"].min())
            missing = (
                tuple(m for m in records.months(first, last) if m not in closed) if first <= last else ()
            )
            if missing:
                found.append(Late(table, str(district), missing))
    return sorted(found, key=lambda one: (-len(one.months), one.table, one.district))


def _sentence(cells: pd.DataFrame, owed: list[Late], lang: str) -> str:
    ends = {table: records.closed_until(cells, table) for table in cells["table_name"].unique()}
    known = [end for end in ends.values() if end is not None]
    if not known:
        return t("coverage.none_closed", lang)
    last = max(known)
    said = {
        "month": numbers.month(last, lang),
        "n": numbers.number(sum(end == last for end in known)),
        "all": numbers.number(len(ends)),
        "late": numbers.number(len(owed)),
    }
    return t("coverage.lead_late" if owed else "coverage.lead", lang, **said)


def _owed(read: Reader, owed: list[Late], lang: str) -> list[Block]:
    if not owed:
        return []
    heads = [Column(t(f"coverage.col_{name}", lang)) for name in ("district", "table", "months")]
    rows = [
        (_place(read, one.district, lang), named(one.table, lang), say.month_runs(one.months, lang))
        for one in owed
    ]
    return [
        Heading(t("coverage.late", lang)),
        Table(heads, rows, name="late"),
        Piece("coverage.reminder", reminder(read, owed, lang)),
    ]


def reminder(read: Reader, owed: list[Late], lang: str) -> str:
    """A text to send to who is late, district by district."""
    lines = [t("coverage.reminder_head", lang)]
    for district in dict.fromkeys(one.district for one in owed):
        lines.append(f"\n{_place(read, district, lang)}")
        lines += [
            f"- {named(o.table, lang)}: {say.month_runs(o.months, lang)}"
            for o in owed
            if o.district == district
        ]
    return "\n".join([*lines, "", t("coverage.reminder_foot", lang)])


def _place(read: Reader, district: str, lang: str) -> str:
    return read.district_names(lang).get(district, district) if district else t("coverage.whole_city", lang)


def _columns(cells: pd.DataFrame) -> list[int]:
    """The last months that anything has come for, the newest first: that is where something is missing."""
    return records.months(int(cells["month_key"].min()), int(cells["month_key"].max()))[: -MONTHS - 1 : -1]


def _by_table(cells: pd.DataFrame, lang: str) -> Table:
    """A row a table: of the districts that send it, how many have closed the month."""
    months = _columns(cells)
    rows = []
    for table in records.FOLLOWED:
        mine = cells[cells["table_name"] == table]
        senders = mine["district_code"].nunique()
        closed = mine[mine["state"] == "closed"].groupby("month_key")["district_code"].nunique()
        some = set(mine["month_key"])
        rows.append((
            named(table, lang),
            *(_share(int(closed.get(m, 0)), senders, m in some, lang) for m in months),
        ))  # fmt: skip
    heads = [Column(t("coverage.col_table", lang)), *(Column(short(m), number=True) for m in months)]
    return Table(heads, rows, name="coverage", stacked=False, caption=t("coverage.by_table", lang))


def short(month: int) -> str:
    """A month as a narrow header: 26.10."""
    return f"{month // 100 % 100:02d}.{month % 100:02d}"


def _share(closed: int, senders: int, some: bool, lang: str) -> Cell:
    if not senders or not (closed or some):
        return Cell(t("coverage.absent", lang), quiet=True)
    full = closed == senders
    return Cell(f"{closed}/{senders}", strong=not full, quiet=full)


def _by_district(read: Reader, cells: pd.DataFrame, table: str, lang: str) -> Table | Note:
    """A row a district: the state of each month."""
    mine = cells[cells["table_name"] == table]
    if mine.empty:
        return Note(t("coverage.table_nothing", lang, table=named(table, lang)))
    months, known = _columns(mine), mine.set_index(["district_code", "month_key"])["state"].to_dict()
    senders = sorted(mine["district_code"].unique())
    rows = [
        (_place(read, d, lang), *(_state(known.get((d, m), "absent"), lang) for m in months)) for d in senders
    ]
    heads = [Column(t("coverage.col_district", lang)), *(Column(short(m)) for m in months)]
    silent = len(read.district_names(lang)) - len([d for d in senders if d])
    notes = [t("coverage.silent", lang, n=numbers.number(silent))] if senders != [""] and silent else []
    return Table(heads, rows, name=f"coverage_{table}", stacked=False, footnotes=notes)


def _state(state: str, lang: str) -> Cell:
    return Cell(t(f"coverage.{state}", lang), strong=state == "partial", quiet=state == "closed")


def _rule(lang: str) -> str:
    days = records.WAIT_DAYS["ledger_entry"]
    return t(
        "coverage.rule",
        lang,
        days=numbers.number(days),
        share=numbers.percent(100 * records.SHARE, 0),
        fewest=numbers.number(records.FEWEST),
    )
