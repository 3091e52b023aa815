"""What the office's alerts say now, and what they found with earlier batches."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd

from answers import alerts, say
from answers.alerts import FIRES, OFF, Sight
from answers.answer import Answer, Block, Callout, Cell, Column, Go, Heading, Item, Note, Table
from answers.ask import Ask
from answers.meeting.changes import RECORDS
from answers.reader import Reader
from answers.registry import question
from data.alerts import Found, Key, listing
from locales import numbers, t
from metrics import registry

SHOWN, KEPT = 8, 40  # alerts before the rest folds, and rows of the record


@question("meeting.alerts", needs=RECORDS)
def listed(ask: Ask, read: Reader) -> Answer:
    """Which rules fire now, since when, and the record of all that fired."""
    lang = ask.lang
    seen = alerts.seen(read)
    rows = read.own(listing, "alert")
    since = {_key(row): row for row in rows[rows["ended_at"].isna()].to_dict("records")}
    firing = [one for one in seen if one.state == FIRES]
    return Answer(
        ask.t("alerts.title"),
        sentence(read, seen, lang),
        ask.t("alerts.sure"),
        blocks=(
            *([callout(read, firing, since, lang)] if firing else []),
            *_rules(read, seen, lang),
            *_record(read, rows, {one.rule.key: one for one in seen}, lang),
            Go("setup", ask.t("alerts.set"), (("part", "alerts"),)),
            say.how_text(ask.t("alerts.how_title"), ask.t("alerts.how")),
        ),
    )


def sentence(read: Reader, seen: tuple[Sight, ...], lang: str) -> str:
    """How many rules there are, how many fire, and which."""
    firing = [one for one in seen if one.state == FIRES]
    on = [one for one in seen if one.state != OFF]
    if not on:
        return t("alerts.lead_no_rule", lang)
    if not firing:
        return t("alerts.lead_none", lang, n=len(on))
    names = [
        t(
            "alerts.named",
            lang,
            name=one.rule.metric.name(lang),
            place=alerts.place_words(read, one.rule.place, lang),
        )
        for one in firing
    ]
    return t(
        "alerts.lead" if len(names) <= 3 else "alerts.lead_more",
        lang,
        n=len(on),
        firing=len(firing),
        names=", ".join(names[:3]),
    )


def callout(read: Reader, firing: list[Sight], since: dict[Key, dict[Any, Any]], lang: str) -> Callout:
    """What fires now, each with its measure's owner and the way to its page."""
    return Callout(
        [item(read, one, since.get(one.rule.key), lang) for one in firing],
        t("alerts.rule", lang),
        shown=SHOWN,
        more=t("decide.more", lang, n=len(firing) - SHOWN),
        title=t("alerts.firing", lang),
    )


def item(read: Reader, one: Sight, noted: dict[Any, Any] | None, lang: str) -> Item:
    """One alert: what it says, whose the measure is, and since when it holds."""
    meta = [one.rule.metric.owner(lang)]
    if noted is not None:
        meta.append(t("alerts.since", lang, day=_day(noted["fired_at"], lang)))
    return Item(
        alerts.sentence(read, one, lang),
        t(f"alerts.kind_{one.rule.kind}", lang),
        "worse",
        " · ".join(part for part in meta if part),
        alerts.way(read, one.rule, lang),
    )


def _rules(read: Reader, seen: tuple[Sight, ...], lang: str) -> list[Block]:
    """Every rule with what it says now and why it was set."""
    if not seen:
        return []
    heads = [Column(t(f"alerts.col_{name}", lang)) for name in ("rule", "now", "why")]
    body = [
        (
            Cell(
                alerts.rule_words(read, one.rule, lang),
                strong=one.state == FIRES,
                go=alerts.way(read, one.rule, lang),
            ),
            alerts.state(one, lang),
            Cell(say.half(one.rule.reason, lang), more=say.half(one.rule.author, lang)),
        )
        for one in seen
    ]
    return [
        Heading(t("alerts.rules", lang)),
        Table(heads, body, name="alert_rules", caption=t("alerts.rules", lang)),
    ]


def _record(read: Reader, rows: pd.DataFrame, now: dict[Key, Sight], lang: str) -> list[Block]:
    """What fired with which batch, with the figure of then, and what became of it."""
    if rows.empty:
        return [Note(t("alerts.record_none", lang))] if now else []
    heads = [Column(t(f"alerts.col_{name}", lang)) for name in ("rule", "fired", "figure", "became")]
    body = [_row(read, row, now, lang) for row in rows.head(KEPT).to_dict("records")]
    left = [Note(t("alerts.record_more", lang, n=len(rows) - KEPT))] if len(rows) > KEPT else []
    return [
        Heading(t("alerts.record", lang)),
        Table(heads, body, name="alerts", caption=t("alerts.record", lang)),
        *left,
    ]


def _row(read: Reader, row: dict[Any, Any], now: dict[Key, Sight], lang: str) -> tuple[str | Cell, ...]:
    found, metric = noted(row), registry.get(row["metric_id"])
    limits = ""
    if found.lower is not None:
        digits = 0 if float(found.value).is_integer() and metric.unit == "percent" else 1
        limits = numbers.interval(found.lower, found.upper, metric.unit, lang, digits=digits)
    period = (
        numbers.month(found.period, lang)
        if found.period > 9999
        else t("meeting.year", lang, year=found.period)
    )
    if pd.isna(row["ended_at"]):
        sight = now.get(found.key)
        became = Cell(
            t("alerts.became_holds", lang),
            tone="worse",
            more="" if sight is None or sight.row is None else alerts.figure_words(sight, lang),
        )
    else:
        became = Cell(
            t("alerts.became_ended", lang),
            tone="better",
            more=t("alerts.on_batch", lang, day=_day(row["ended_at"], lang), n=int(row["ended_batch"])),
        )
    return (
        Cell(alerts.rule_words(read, found, lang), strong=True),
        Cell(_day(row["fired_at"], lang), more=t("alerts.batch", lang, n=int(row["batch_id"]))),
        Cell(
            alerts.value_words(found.value, metric, lang),
            found.value,
            more=" · ".join(x for x in (period, limits) if x),
        ),
        became,
    )


def noted(row: dict[Any, Any]) -> Found:
    """A row of the record as what was found."""
    plain = {name: None if pd.isna(row[name]) else row[name] for name in ("threshold", "lower", "upper")}
    return Found(
        row["metric_id"],
        row["place"],
        row["kind"],
        period=int(row["period"]),
        value=float(row["value"]),
        **plain,
    )


def _key(row: dict[Any, Any]) -> Key:
    return noted(row).key


def _day(at: datetime, lang: str) -> str:
    return numbers.day(at, lang)
