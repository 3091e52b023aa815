"""What needs a decision first: broken sums, lines outside their expected profile, silent lines, stopped programmes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from answers import say, words
from answers.answer import Block, Callout, Heading, Item, Tone
from answers.budget import source, won
from answers.budget.seen import Seen
from answers.budget.source import Scope
from answers.kept import kept
from answers.reader import Reader
from answers.studies import Pending
from data import ledger
from locales import numbers, t
from metrics import budget, execution
from metrics.execution import BAND_MISS, LEAST_PAST

SHOWN = 6
SHAPES = {"over": "▲", "under": "▼", "stale": "■", "stopped": "■"}


@dataclass(frozen=True)
class Decision:
    """One thing to decide on: what, whose, how many won it concerns; `opens` is what its entries are of."""

    kind: str  # over, under, stale, stopped
    opens: str  # 'programme:ID' or, of one of its lines, 'programme:ID.LINE_TYPE'
    text: str
    owner: str
    gap: int
    size: float  # over, under: won beyond the expected band in widths of the band; stale, stopped: won that lie still
    name: str  # of the programme


@kept
def standing(read: Reader, code: str) -> pd.DataFrame:
    """`metrics.execution.standing` of a scope's year at its last month."""
    scope = source.scope(read, code)
    return execution.standing(scope.lines, read.rows(ledger.cells), year=scope.year, month=scope.month)


def items(read: Reader, scope: Scope, lang: str, unit: str = "eok") -> list[Decision]:
    """The list, largest sum first; stopped programmes with money left lead it."""
    programmes, names = source.programmes(read), source.names(read, lang)
    found: list[Decision] = []
    left = scope.nodes[scope.nodes["level"] == "programme"].set_index("key")["remaining"]
    for key, row in programmes.items():
        if row["status"] != "active" and left.get(key, 0) > 0:
            name = str(row[f"name_{lang}"])
            text = t(
                "budget.item_stopped",
                lang,
                name=name,
                status=t(f"budget.status_{row['status']}", lang),
                day=numbers.day(row["status_on"], lang),
                won=won.whole(left[key], unit, lang),
            )
            owner = words.owner(str(row["owner_unit"]), lang, read)
            found.append(
                Decision("stopped", f"programme:{key}", text, owner, int(left[key]), float(left[key]), name)
            )
    rows = standing(read, scope.code)
    rows = rows[rows["state"].isin(["over", "under", "stale"])]
    for row in rows.assign(size=rows["gap"].abs()).sort_values("size", ascending=False).to_dict("records"):
        key = row["programme_id"]
        name = names[f"programme:{key}"]
        text = t(
            f"budget.item_{row['state']}{_closed(scope)}",
            lang,
            name=name,
            line=won.line_name(row["line_type"], lang),
            share=won.percent(row["spent"], row["budget"]),
            low=numbers.number(row["low"], 1),
            high=numbers.percent(row["high"], 1),
            won=won.whole(abs(row["gap"]), unit, lang),
            months=row["stale"],
        )
        owner = words.owner(str(programmes[key]["owner_unit"]), lang, read)
        opens = f"programme:{key}.{row['line_type']}"
        found.append(Decision(row["state"], opens, text, owner, int(row["gap"]), _size(row), name))
    return found


def _size(row: dict[Any, Any]) -> float:
    if row["state"] == "stale":
        return float(row["budget"] - row["spent"])
    band = (row["high"] - row["low"]) / 100 * row["budget"]
    return float(abs(row["gap"]) / band) if band > 0 else 0.0


def entries(one: Decision) -> tuple[tuple[str, str], ...]:
    """The choices that open what a decision is about, for a link."""
    programme, _, line = one.opens.removeprefix("programme:").partition(".")
    return (("prog", programme), *((("line", f"{programme}.{line}"),) if line else ()))


def _closed(scope: Scope) -> str:
    """The ending of a text's key: of a year whose books are closed there is nothing left to decide."""
    return "_closed" if scope.closed else ""


def heading(seen: Seen) -> Heading:
    """What the list is called."""
    return Heading(seen.t(f"decide_title{_closed(seen.scope)}"))


def callout(seen: Seen) -> Callout:
    """The list, each with its owner and a way to its entries, and how many chance alone would bring."""
    found = items(seen.read, seen.scope, seen.lang, seen.unit)
    lines = standing(seen.read, seen.scope.code)
    compared = lines[lines["n"] >= LEAST_PAST]
    rule = seen.t(
        "decide_rule",
        n=len(compared),
        chance=numbers.number(BAND_MISS * len(compared)),
        found=int(compared["state"].isin(["over", "under"]).sum()),
        short=len(lines) - len(compared),
    )
    return Callout(
        [_item(one, seen) for one in found],
        rule,
        quiet=seen.t(f"decide_none{_closed(seen.scope)}"),
        shown=SHOWN,
        more=seen.t("decide_more", n=len(found) - SHOWN),
    )


def _item(one: Decision, seen: Seen) -> Item:
    tone: Tone = "steady" if one.kind in ("stale", "stopped") else "worse"
    return Item(
        one.text,
        f"{SHAPES[one.kind]} {seen.t(f'kind_{one.kind}')}",
        tone,
        seen.t("owner", owner=one.owner),
        pick=one.opens,
        pick_label=seen.t("see_entries"),
    )


def ending(seen: Seen) -> dict[str, str]:
    """How the running year is expected to end, in words; empty where nothing can be said, or not yet."""
    scope = seen.scope
    if scope.whole or scope.closed or not scope.total["current"]:
        return {}
    try:
        end = source.outlook(seen.read).year.total
    except Pending:
        return {}
    low, high = (numbers.percent(100 * end[f"rate_{name}"]) for name in ("low_95", "high_95"))
    rate = numbers.percent(100 * end["rate"])
    return {"end": seen.whole(end["estimate"]), "low": low.rstrip("%"), "high": high, "rate": rate}


def lead(seen: Seen) -> str:
    """The page in one sentence: what may be spent, what is spent, how the year will end."""
    scope, total = seen.scope, seen.scope.total
    if scope.whole:
        return seen.t(
            "lead_plan",
            plan=seen.whole(budget.PLAN_TOTAL_KRW),
            spent=seen.whole(total["expenditure"]),
            progress=won.percent(total["expenditure"], budget.PLAN_TOTAL_KRW),
            current=seen.whole(total["current"]),
        )
    amounts = {name: seen.whole(total[name]) for name in ("current", "carry_out", "lapsed")}
    said = seen.t(
        f"lead{_closed(scope)}",
        scope=seen.scope_words,
        **amounts,
        spent=seen.whole(total["expenditure"]),
        rate=won.percent(total["expenditure"], total["current"]),
    )
    end = ending(seen)
    return f"{said} {seen.t('lead_end', **end)}" if end else said


def figures(seen: Seen) -> list[Block]:
    """The figures of the lead that stand in no table of the page."""
    end = ending(seen)
    if not end:
        return []
    rows = (
        (t("figures.end", seen.lang), end["end"]),
        (t("figures.end_rate", seen.lang), end["rate"]),
        (t("figures.interval", seen.lang), f"{end['low']}–{end['high']}"),
    )
    return [say.figures(seen.lang, *rows)]
