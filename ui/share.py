"""The one button on every answer that takes it along: its link, its sentence, and files, which are made when they are asked for."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode
from weakref import WeakKeyDictionary

import streamlit as st

from answers import links, reasons, registry
from answers.answer import Answer, Go
from answers.reader import Unreleased
from answers.since import Since, compared
from locales import numbers, t
from reports import facts, made
from ui import draw, view

MOST = 24  # tables and figures that are listed by name; a workbook holds them all
_KEPT: WeakKeyDictionary[Answer, dict[tuple[str, str, bool, bool], str]] = WeakKeyDictionary()


def button(found: Answer) -> str:
    """The button of an answer and what it opens, as HTML (`ui/static/ieum.js` puts life into it); '' where there is nothing to take along yet."""
    if found.pending or not found.question:
        return ""
    who = view.viewer()
    seen = "analyst" if view.analyst() else ""
    asks = bool(seen) and reasons.asked(who, seen) and not reasons.given(who, found.question)
    whole = len(made.questions(found.question.partition(".")[0], who.may_ask)) > 1
    key = (st.get_option("server.baseUrlPath").strip("/"), seen, asks, whole)
    kept = _KEPT.setdefault(found, {})
    if key not in kept:
        kept[key] = _written(found, *key)
    return kept[key]


def _written(found: Answer, base: str, seen: str, asks: bool, whole: bool) -> str:
    lang, root = found.lang, f"/{base}" if base else ""
    address = f"{root}/api/answers/{found.question}?{urlencode(links.query(found, view=seen))}"

    def say(key: str) -> str:
        return draw.esc(t(f"share.{key}", lang))

    def file(kind: str, label: str, **more: str) -> str:
        # Nine times the same long address would be as much as all the rest: the script puts it before what is each file's own.
        return f'<a data-file="{draw.esc(urlencode({"format": kind, **more}))}" download>{label}</a>'

    def several(kind: str, part: str, names: list[str]) -> str:
        if len(names) == 1:
            return file(kind, say(kind), **{part: "0"})
        each = "".join(file(kind, draw.esc(name), **{part: str(n)}) for n, name in enumerate(names))
        return f"<details><summary>{say(kind)}</summary>{each}</details>"

    copies = f'<button type="button" data-copy-link="{draw.esc(root + links.path(found, view=seen))}">{say("copy_link")}</button>'
    if found.sentence:  # which stands on the page: it is copied from there
        copies += f'<button type="button" data-copy-sentence>{say("copy_sentence")}</button>'
    if asks:
        files = f'<p class="asks">{say("asks")}</p>'
    else:
        tables, figures = facts.table_names(found)[:MOST], facts.figure_names(found)[:MOST]
        listed = (("png", "figure", figures), ("svg", "figure", figures), ("csv", "table", tables))
        files = "".join(
            (
                file("xlsx", say("xlsx")),
                file("xlsx", say("page_xlsx"), whole="page") if whole else "",
                *(file(kind, say(kind)) for kind in ("pptx", "docx")),
                *(several(kind, part, names) for kind, part, names in listed if names),
            )
        )
    label = say("label")
    return (
        f'<div class="ieum-share ieum-opens"><button type="button" aria-expanded="false" aria-controls="ieum-share" aria-label="{label}" title="{label}">'
        f'<span class="word">{label}</span></button><div id="ieum-share" class="ieum-panel" data-address="{draw.esc(address)}" hidden>{copies}<p>{say("as_file")}</p>{files}'
        f'<span role="status" data-copied="{say("copied")}"></span></div></div>'
    )


def older(found: Answer) -> str:
    """What is said to whoever opened a link that was taken from an older state of the data; '' for everybody else."""
    given = st.query_params.get(links.VERSION, "")
    return t("share.newer", found.lang, version=given) if links.older(given, found) else ""


def since(found: Answer) -> None:
    """Say of an answer that is shown as published whether its figures are still those in force, and where the same months stand beside each other."""
    try:
        read = view.in_force()
    except Unreleased:
        return
    if found.pending:
        return
    lang = found.lang
    if read.release is not None and read.release.number == found.release:
        draw.status(t("release.since_latest", lang))
        return
    now = registry.answer(found.question, read, lang, dict(found.choices))
    if now.pending:
        return
    chosen = (("part", "published"), ("earlier", str(found.release)), (links.RELEASE, "0"))
    go = Go("meeting", t("release.since_months", lang), chosen)
    may = view.viewer().may_ask("meeting.published")
    draw.status(_since(compared(found, now), now), (go, found) if may else None)


def _since(told: Since, now: Answer) -> str:
    words = {"n": numbers.number(told.figures), "k": numbers.number(told.changed)}
    if not told.figures:
        return t("release.since_words", now.lang)
    if not told.changed:
        return t("release.since_same", now.lang, **words)
    key = "release.since_later" if told.later else "release.since_corrected"
    return t(key, now.lang, day=numbers.day(date.fromisoformat(now.as_of), now.lang), **words)
