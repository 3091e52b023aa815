"""The plan's tree as reference: 3 strategies, 7 core tasks, their programmes, dated events, published targets, split of the money.

Names of strategies and tasks are published. Where a programme stands under a task, and dates of which only a
month or a year is published, the files `reference/plan_*.csv` say so row by row (`task_basis`, `date_basis`):
"ours" is our own placing. `source` names rows of `reference/published_facts.csv` or an address.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd

from data import tables as t

OFFICE = "돌봄고독정책관"
TOTAL_KRW = 451_300_000_000  # published (F050)
FOLDER = Path(__file__).parent / "reference"
DATES = ("starts_on", "ends_on", "status_on", "happened_on", "valid_from", "valid_to")


def strategies() -> pd.DataFrame:
    """The three strategies: columns of the `strategy` table."""
    return _only(read("strategies"), "strategy")


def tasks() -> pd.DataFrame:
    """The seven core tasks: columns of the `task` table."""
    return _only(read("tasks"), "task")


def programmes() -> pd.DataFrame:
    """Every programme that the plan names, suspended ones too: columns of the `programme` table.

    Dates are `datetime.date`, None where none is published.
    """
    return _only(read("programmes"), "programme")


def owners() -> pd.DataFrame:
    """The offices that answer for the plan's programmes: columns of the `owner_unit` table."""
    return _only(read("owners").assign(note=None), "owner_unit")


def registrations() -> pd.DataFrame:
    """The plan's programmes as what is set up of them: columns of the `programme_entry` table."""
    return _only(read("programmes").rename(columns={"programme_id": "code"}), "programme_entry")


def events() -> pd.DataFrame:
    """Dated launches, suspensions and reports: columns of the `event` table, in date order."""
    return _only(read("events"), "event").sort_values(["happened_on", "event_id"], ignore_index=True)


def targets() -> pd.DataFrame:
    """Published targets with basis, author and reason: columns of the `target` table."""
    return _only(read("targets"), "target").assign(value=lambda frame: frame["value"].astype(float))


def split() -> pd.DataFrame:
    """The plan's total by programme and year, columns of the `baseline` table: our split, marked `illustrative`.

    Only the total is published. Fiscal years 2025 to 2029 are taken as the plan's five.
    """
    rows = read("split").astype({"fiscal_year": int, "planned_krw": int})
    return rows.assign(
        version=1,
        split="illustrative",
        author=OFFICE,
        reason="최초 계획. 총액만 공표되었고 배분은 예시 / First plan; only its total is published",
        decided_on=date(2024, 10, 21),
    )


def documents(as_of: date) -> dict[str, pd.DataFrame]:
    """What is published of the plan up to a day, by table: owners, programmes, events, targets, the illustrative split."""
    dated = {
        "event": (events(), "happened_on"),
        "target": (targets(), "valid_from"),
        "baseline": (split(), "decided_on"),
    }
    known = {name: rows[rows[day] <= as_of].reset_index(drop=True) for name, (rows, day) in dated.items()}
    return {"owner_unit": owners(), "programme_entry": registrations(), **known}


def read(name: str) -> pd.DataFrame:
    """One `plan_*.csv` with every column: text, dates as `datetime.date`, None where there is nothing."""
    frame = pd.read_csv(FOLDER / f"plan_{name}.csv", dtype=str, keep_default_na=False, encoding="utf-8")
    frame = frame.astype(object).where(frame != "", None)
    for column in DATES:
        if column in frame:
            days = [None if text is None else pd.Timestamp(text).date() for text in frame[column]]
            frame[column] = pd.Series(days, dtype=object)
    return frame


def _only(frame: pd.DataFrame, table: str) -> pd.DataFrame:
    return frame[[column.name for column in t.metadata.tables[table].columns if column.name in frame]]
