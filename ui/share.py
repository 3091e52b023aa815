"""The one button on every answer that takes it along: its link, its sentence, and files, which are made when they are asked for."""

from __future__ import annotations

from datetime import date
from typing import Any
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
_NAMES: WeakKeyDictionary[Answer, tuple[list[str], list[str]]] = WeakKeyDictionary()

_JS = """
export default ({ data, parentElement }) => {
    const box = parentElement.querySelector('.share'), open = box.querySelector('.open'), list = box.querySelector('.list');
    const said = box.querySelector('[role=status]');
    open.setAttribute('aria-label', data.label); open.title = data.label;
    box.querySelector('.word').textContent = data.label;
    const show = (on) => { list.hidden = !on; open.setAttribute('aria-expanded', on); if (!on) said.textContent = ''; };
    const copy = async (text) => {
        try { await navigator.clipboard.writeText(text); }
        catch {  // a page that is not served securely has no clipboard of its own
            const field = document.createElement('textarea');
            field.value = text; field.style.position = 'fixed'; field.style.opacity = '0';
            document.body.append(field); field.select(); document.execCommand('copy'); field.remove();
        }
        said.textContent = data.copied;
    };
    if (box.ieumTold !== JSON.stringify(data)) {
        box.ieumTold = JSON.stringify(data);
        const button = (text, act) => {
            const b = document.createElement('button'); b.type = 'button'; b.textContent = text; b.onclick = act; return b;
        };
        const link = (file) => {
            const a = document.createElement('a'); a.textContent = file.label; a.href = `${data.address}&${file.more}`; a.setAttribute('download', ''); return a;
        };
        const head = document.createElement('p'); head.textContent = data.as_file; head.id = 'ieum-share-files';
        const made = [button(data.copy_link, () => copy(location.origin + data.link))];
        if (data.sentence) made.push(button(data.copy_sentence, () => copy(data.sentence)));
        const several = (group) => {
            if (group.items.length === 1) return link({ ...group.items[0], label: group.label });
            const more = document.createElement('details'), name = document.createElement('summary');
            name.textContent = group.label; more.append(name, ...group.items.map(link)); return more;
        };
        made.push(head, ...data.files.map(several));
        if (data.asks) { const p = document.createElement('p'); p.textContent = data.asks; p.className = 'asks'; made.push(p); }
        list.replaceChildren(...made, said);
    }
    open.onclick = () => { show(list.hidden); if (!list.hidden) list.querySelector('button').focus(); };
    box.onkeydown = (event) => { if (event.key === 'Escape' && !list.hidden) { show(false); open.focus(); } };
    const outside = (event) => { if (!event.composedPath().includes(box)) show(false); };
    document.addEventListener('pointerdown', outside);
    return () => document.removeEventListener('pointerdown', outside);
}
"""
_HTML = """<div class="share"><button type="button" class="open" aria-expanded="false" aria-controls="ieum-share"><svg width="18" height="18" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="M12 15V3M8 7l4-4 4 4M5 12v8h14v-8"/></svg><span class="word">공유 · Share</span></button>
<div class="list" id="ieum-share" hidden><span role="status"></span></div></div>"""
_CSS = """
.share { position: relative; display: flex; justify-content: flex-end; font: inherit; }
.share button, .share a, .share summary { font: inherit; font-size: .92rem; color: inherit; cursor: pointer; }
.open { display: inline-flex; align-items: center; gap: .4rem; min-width: 2.75rem; min-height: 2.75rem; justify-content: center; padding: 0 .6rem; background: none; border: 1px solid transparent; border-radius: 6px; }
.open:hover, .open[aria-expanded=true] { border-color: currentColor; }
.list { position: absolute; z-index: 50; top: 100%; right: 0; width: max-content; min-width: 14rem; max-width: min(20rem, 88vw); max-height: 70vh; overflow-y: auto; padding: .35rem; background: var(--st-background-color, Canvas); border: 1px solid var(--st-border-color, currentColor); border-radius: 8px; box-shadow: 0 6px 20px rgba(0,0,0,.18); }
.list[hidden] { display: none; }
.list > button, .list a { display: flex; align-items: center; width: 100%; box-sizing: border-box; min-height: 2.75rem; padding: .2rem .7rem; border: 0; border-radius: 5px; background: none; text-align: left; text-decoration: none; }
.list summary { box-sizing: border-box; min-height: 2.75rem; padding: .2rem .7rem; line-height: 2.3rem; }
.list details a { padding-left: 1.5rem; min-height: 2.4rem; }
.list > button:hover, .list a:hover, .list summary:hover { text-decoration: underline; text-underline-offset: .2em; }
.share :focus-visible { outline: 2px solid currentColor; outline-offset: -2px; }
.list p { margin: .3rem .7rem .1rem; font-size: .82rem; opacity: .8; } .list p.asks { max-width: 17rem; }
.list [role=status]:not(:empty) { display: block; margin: .2rem .7rem .3rem; font-size: .85rem; font-weight: 600; }
@media (max-width: 640px) { .word { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); } }
"""
_SHARE = st.components.v2.component("ieum_share", html=_HTML, css=_CSS, js=_JS)


def button(found: Answer) -> None:
    """The button of an answer; none where there is nothing to take along yet."""
    if found.pending or not found.question:
        return
    lang, who = found.lang, view.viewer()
    seen = "analyst" if view.analyst() else ""
    asks = bool(seen) and reasons.asked(who, seen) and not reasons.given(who, found.question)
    base = st.get_option("server.baseUrlPath").strip("/")
    root = f"/{base}" if base else ""

    def file(kind: str, label: str, **more: str) -> dict[str, str]:
        return {"label": label, "more": urlencode({"format": kind, **more})}

    def group(kind: str, *items: dict[str, str]) -> dict[str, Any]:
        return {"label": t(f"share.{kind}", lang), "items": list(items)}

    tables, figures = _named(found)
    groups = [group(kind, file(kind, "")) for kind in ("xlsx", "pptx", "docx")]
    if len(made.questions(found.question.partition(".")[0], who.may_ask)) > 1:
        groups.insert(1, group("page_xlsx", file("xlsx", "", whole="page")))
    groups += [
        group(kind, *(file(kind, name, **{part: str(n)}) for n, name in enumerate(names)))
        for kind, part, names in (
            ("png", "figure", figures),
            ("svg", "figure", figures),
            ("csv", "table", tables),
        )
        if names
    ]
    with st.container(key="share"):
        _SHARE(
            data={
                "label": t("share.label", lang),
                "copy_link": t("share.copy_link", lang),
                "copy_sentence": t("share.copy_sentence", lang),
                "copied": t("share.copied", lang),
                "as_file": t("share.as_file", lang),
                "link": f"{root}{links.path(found, view=seen)}",
                "sentence": " ".join(part for part in (found.sentence, found.sure) if part),
                "address": f"{root}/api/answers/{found.question}?{urlencode(links.query(found, view=seen))}",
                "files": [] if asks else groups,
                "asks": t("share.asks", lang) if asks else "",
            },
            key=f"share_{found.question}",
        )


def _named(found: Answer) -> tuple[list[str], list[str]]:
    """The names of an answer's tables and figures by their number on the wire, worked out once."""
    if found not in _NAMES:
        _NAMES[found] = facts.table_names(found)[:MOST], facts.figure_names(found)[:MOST]
    return _NAMES[found]


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
