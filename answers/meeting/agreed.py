"""What meetings agreed: who does what by when, what became of it, and what has no owner yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from answers import decisions, say
from answers.answer import Answer, Block, Callout, Cell, Column, Heading, Note, Piece, Table, Tone
from answers.ask import Ask
from answers.decisions import Decision
from answers.overview.overview import RECORDS
from answers.reader import Reader
from answers.registry import question
from data import resolutions
from locales import numbers, t

TONES: dict[str, Tone] = {"settled": "better", "over": "worse", "open": "steady"}
SHOWN = 8  # of what has no owner yet, before the rest folds


@dataclass(frozen=True)
class Form:
    """What the form offers: what needs a decision, and what can be taken off the list, as (id, words)."""

    due: tuple[tuple[str, str, str], ...]  # domain, key, name
    listed: tuple[tuple[int, str], ...]


@question("meeting.agreed", needs=RECORDS)
def agreed(ask: Ask, read: Reader) -> Answer:
    """What was agreed, and what became of it."""
    lang = ask.lang
    rows = read.own(resolutions.listing, "resolution")
    due = decisions.needed(read, lang)
    open_now = {(d.domain, d.key): d for d in due}
    latest = rows.drop_duplicates(["domain", "subject"])
    named = {(r["domain"], r["subject"]) for r in latest.to_dict("records")}
    without = [d for key, d in open_now.items() if key not in named]
    form = Form(
        tuple((d.domain, d.key, d.name) for d in due),
        tuple(
            (int(r["resolution_id"]), f"{r['owner']} · {r['agreed'][:40]}") for r in rows.to_dict("records")
        ),
    )
    return Answer(
        ask.t("meeting.agreed_title"),
        _sentence(latest, open_now, without, read, lang),
        ask.t("meeting.agreed_sure"),
        blocks=(
            *_listed(rows, latest, open_now, read, lang),
            *_without(without, lang),
            Piece("meeting.agree", form),
            say.how_text(ask.t("meeting.agreed_how_title"), ask.t("meeting.agreed_how")),
        ),
    )


def _listed(
    rows: pd.DataFrame, latest: pd.DataFrame, due: dict[tuple[str, str], Decision], read: Reader, lang: str
) -> list[Block]:
    if rows.empty:
        return []
    return [Heading(t("meeting.agreed_list", lang)), _table(rows, latest, due, read, lang)]


def _sentence(
    latest: pd.DataFrame,
    due: dict[tuple[str, str], Decision],
    without: list[Decision],
    read: Reader,
    lang: str,
) -> str:
    if latest.empty:
        return t("meeting.agreed_none", lang, due=len(due))
    states = [_state(row, due, read) for row in latest.to_dict("records")]
    return t(
        "meeting.agreed_lead",
        lang,
        n=len(latest),
        settled=states.count("settled"),
        over=states.count("over"),
        without=len(without),
    )


def _state(row: dict[Any, Any], due: dict[tuple[str, str], Decision], read: Reader) -> str:
    """settled (no decision is needed any more), over (its day has passed), open."""
    if (row["domain"], row["subject"]) not in due:
        return "settled"
    return "over" if pd.notna(row["due"]) and pd.Timestamp(row["due"]) < pd.Timestamp(read.as_of) else "open"


def _table(
    rows: pd.DataFrame, latest: pd.DataFrame, due: dict[tuple[str, str], Decision], read: Reader, lang: str
) -> Table:
    heads = [
        Column(t(f"meeting.col_{name}", lang)) for name in ("matter", "agreed", "owner", "due", "became")
    ]
    newest = set(latest["resolution_id"])
    body = [_row(row, row["resolution_id"] in newest, due, read, lang) for row in rows.to_dict("records")]
    return Table(heads, body, name="agreed")


def _row(
    row: dict[Any, Any], newest: bool, due: dict[tuple[str, str], Decision], read: Reader, lang: str
) -> tuple[str | Cell, ...]:
    now = due.get((row["domain"], row["subject"]))
    if newest:
        state = _state(row, due, read)
        became = Cell(
            t(f"meeting.became_{state}", lang), tone=TONES[state], more=now.item.text if now else ""
        )
    else:
        became = Cell(t("meeting.became_replaced", lang), quiet=True)
    matter = Cell(t(f"decide.domain_{row['domain']}", lang), strong=True, more=row["said"])
    noted = t("meeting.noted", lang, day=numbers.day(row["recorded_at"], lang), author=row["author"])
    day = numbers.day(row["due"], lang) if pd.notna(row["due"]) else "–"
    return matter, Cell(row["agreed"], more=noted), row["owner"], day, became


def _without(found: list[Decision], lang: str) -> list[Block]:
    if not found:
        return [Note(t("meeting.all_owned", lang))]
    return [
        Callout(
            [d.item for d in found],
            t("decide.rule", lang),
            shown=SHOWN,
            more=t("decide.more", lang, n=len(found) - SHOWN),
            title=t("meeting.without", lang),
        )
    ]
