"""Programmes that were suspended, merged or dropped: when, why, and an account of where their money went."""

from __future__ import annotations

import pandas as pd

from answers.answer import Block, Column, Heading, Note, Picked, Table
from answers.budget import pieces, source
from answers.budget.seen import Seen
from answers.kept import kept
from answers.reader import Reader
from data import ledger
from locales import numbers
from metrics import stopped
from metrics.registry import PLAN_YEARS


def blocks(seen: Seen) -> list[Block]:
    """One account per stopped programme, over all years of the plan."""
    made: list[Block] = [Heading(seen.t("stopped_title"))]
    rows = [row for row in source.programmes(seen.read).values() if row["status"] != "active"]
    if not rows:
        return [*made, Note(seen.t("stopped_none"))]
    for row in rows:
        key = str(row["programme_id"])
        head = seen.t(
            "stopped_head",
            name=row[f"name_{seen.lang}"],
            status=seen.t(f"status_{row['status']}"),
            day=numbers.day(row["status_on"], seen.lang),
        )
        why = source.side(str(row["status_reason"] or ""), seen.lang)
        picked = Picked(head, more=why, pick=f"programme:{key}", pick_label=seen.t("see_entries"))
        made.append(pieces.opening(f"budget_stopped_{key}", picked))
        made += _account(seen, key)
    return made


@kept
def account(read: Reader, programme: str, closed_before: int) -> list[stopped.Part]:
    """`metrics.stopped.account` of the store's plan and ledger."""
    cells, moves = read.rows(ledger.cells), read.rows(ledger.transfers)
    numbers_of = sorted({int(v) for v in read.rows(ledger.baselines)["version"]})
    plans = [source.plan(read, v).assign(version=v) for v in numbers_of]
    return stopped.account(
        cells[cells["fiscal_year"].isin(PLAN_YEARS)],
        moves[moves["fiscal_year"].isin(PLAN_YEARS)],
        pd.concat(plans, ignore_index=True) if plans else source.plan(read, 1),
        programme=programme,
        year=read.end("ledger_entry").year,
        closed_before=closed_before,
    )


def _account(seen: Seen, programme: str) -> list[Block]:
    parts = account(seen.read, programme, seen.scope.closed_before)
    if not parts:
        return [Note(seen.t("stopped_nowhere"))]
    columns = [
        Column(seen.t("stopped_where")),
        Column(seen.t("stopped_won"), True, said=seen.unit_name),
        Column(seen.t("stopped_by")),
    ]
    rows = [(way(part, seen), seen.say(part.amount), _documents(part, programme, seen)) for part in parts]
    rows.append((seen.t("stopped_sum"), seen.say(sum(part.amount for part in parts)), ""))
    splits = source.splits(seen.read, source.ends(seen.read)[0], PLAN_YEARS)
    ours = f" · {seen.t('stopped_illustrative')}" if splits.get(programme) == "illustrative" else ""
    table = Table(columns, rows, classes=[*[""] * len(parts), "total"])
    return [Note(f"{seen.caption}{ours}"), table, Note(seen.t("stopped_note"))]


def way(part: stopped.Part, seen: Seen) -> str:
    """A part in words: with the programme it went to, or the source it was cut from."""
    if part.way == "amended":
        return seen.t(f"way_{'cut' if part.amount > 0 else 'raised'}", to=seen.t(f"funding_{part.to}"))
    if part.way == "transferred" and not part.to:
        return seen.t("way_transferred_unnamed")
    if part.way == "unappropriated" and part.amount < 0:
        return seen.t("way_overappropriated")
    return seen.t(f"way_{part.way}", to=seen.names.get(f"programme:{part.to}", part.to))


def _documents(part: stopped.Part, programme: str, seen: Seen) -> str:
    """The dated documents or the plan version behind a part."""
    if part.way == "transferred":
        moves = seen.read.rows(ledger.transfers)
        own = moves[
            (moves["programme_id"] == programme)
            & (moves["kind"] == "transfer_out")
            & (moves["counterpart"].fillna("") == part.to)
            & moves["fiscal_year"].isin(PLAN_YEARS)
        ]
        return ", ".join(
            f"{number} ({numbers.day(day, seen.lang)})"
            for number, day in zip(own["document_no"], own["booked_on"], strict=True)
        )
    if part.way in ("replanned", "left_plan", "unknown"):
        return seen.t("stopped_version", version=source.ends(seen.read)[1])
    return ""
