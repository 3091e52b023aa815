"""Every programme that the plan names: outputs, targets with their basis, trend, owner; what is not published is said."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from charts.trend import spark
from data import queries
from data.codes import label
from locales import numbers, t
from ui import access, blocks, services, store, targets, view, words

# Published figures of a programme, by fact id; programmes without any stay without, and the page says so.
PUBLISHED: dict[str, tuple[str, ...]] = {
    "hotline": ("F072", "F071", "F069", "F066", "F065", "F089", "F092"),
    "mind_store": ("F113", "F104", "F114", "F116", "F117"),
    "mind_counselling": ("F062", "F063", "F207", "F211"), "counselling_voucher": ("F208", "F217", "F218"),
    "challenge_365": ("F123", "F124", "F119", "F120", "F122"), "connection_prescription": ("F134", "F133", "F136", "F138"),
    "local_bodies": ("F144", "F142", "F145", "F143"), "care_corps": ("F157", "F156", "F155", "F154"),
    "smart_check_in": ("F161", "F162", "F164", "F166"), "youth_stretch_center": ("F173", "F174"),
    "crisis_detection": ("F014",), "isolation_prevention_center": ("F017",),
}  # fmt: skip
MONTHS = 24


def table(lang: str) -> None:
    """One row per programme; on a phone each becomes a card."""
    rows = access.read(queries.programmes)
    trends = _trends()
    facts = access.published_facts().set_index("fact_id")
    heads = ("name", "output", "target", "spark", "published", "owner")
    top = "".join(f'<th scope="col">{blocks.esc(t(f"programmes.col_{h}", lang))}</th>' for h in heads)
    body = "".join(_row(row, trends, facts, lang) for row in rows.to_dict("records"))
    st.html(f'<table class="ieum kpi"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>')


def lead(lang: str) -> str:
    """How many programmes there are, have records, have published results, and have neither."""
    ids = access.read(queries.programmes)["programme_id"].tolist()
    recorded, published = set(_trends()), {p for p in ids if _numbers_of(p)}
    neither = [p for p in ids if p not in recorded and p not in published]
    return t(
        "programmes.lead",
        lang,
        n=len(ids),
        recorded=len(recorded & set(ids)),
        published=len(published),
        neither=len(neither),
    )


def synthetic() -> bool:
    """Whether any trend holds synthetic rows."""
    rows = services.raw("attendance_monthly", columns=("visits",))
    return bool(rows["synthetic"].any())


def _numbers_of(programme: str) -> tuple[str, ...]:
    facts = access.published_facts()
    return tuple(f for f in PUBLISHED.get(programme, ()) if f in set(facts["fact_id"]))


def _trends() -> dict[str, tuple[str, list[float], str]]:
    """Programme -> what is counted, its last months, evidence; programmes without records are absent."""
    span = services.span(MONTHS)
    where = {"month_key": span}
    found: dict[str, tuple[str, list[float], str]] = {}

    def take(rows: pd.DataFrame, column: str, key: str) -> None:
        for programme, part in rows.groupby("programme_id"):
            if programme not in found:
                kind = "synthetic" if (part["evidence"] == "synthetic").any() else "recorded"
                found[str(programme)] = (key, part.sort_values("month_key")[column].tolist(), kind)

    calls = services.totals("hotline_monthly", columns=("answered",), keys=("month_key",), where=where)
    if len(calls):
        take(calls.assign(programme_id="hotline"), "answered", "contacts")
    signs = services.totals(
        "detection_monthly", columns=("flagged",), keys=("month_key",), where={**where, "signal": 0}
    )
    if len(signs):
        take(signs.assign(programme_id="crisis_detection"), "flagged", "households")
    # The delivery-app check keeps no visits of its own: what it sends on is recorded as referrals from it.
    sent = services.totals("referral_monthly", columns=("received",), keys=("month_key",), where={**where, "source": "delivery_app"})  # fmt: skip
    if len(sent):
        take(sent.assign(programme_id="delivery_app_check"), "received", "sent")
    for fact, column, key in (("attendance_monthly", "visits", "visits"), ("case_monthly", "started", "started"), ("referral_monthly", "received", "received")):  # fmt: skip
        take(
            services.totals(fact, columns=(column,), keys=("programme_id", "month_key"), where=where),
            column,
            key,
        )
    return found


def _row(
    row: dict[str, Any], trends: dict[str, tuple[str, list[float], str]], facts: pd.DataFrame, lang: str
) -> str:
    programme = row["programme_id"]
    status = label("programme_status", row["status"], lang)
    reason = _half(row["status_reason"], lang)
    state = "worse" if row["status"] == "suspended" else "steady"
    name = f'<strong>{blocks.esc(row[f"name_{lang}"])}</strong><span class="why"><span class="ieum-state {state}">{blocks.esc(status)}</span> {blocks.esc(reason)}</span>'
    if programme in trends:
        key, values, kind = trends[programme]
        last = values[-1]
        output = f'<strong>{blocks.esc(t(f"programmes.count_{key}", lang, n=services.counted(last, lang, "households" if key == "households" else "cases")))}</strong><span class="ieum-meta">{blocks.esc(numbers.month(services.span(MONTHS).high, lang))}</span> {blocks.mark(kind, lang)}'
        picture = spark(values, label=blocks.esc(t("programmes.spark", lang, name=row[f"name_{lang}"])))
    else:
        output, picture = f'<span class="ieum-meta">{blocks.esc(t("programmes.no_record", lang))}</span>', ""
    cells = (("name", name), ("output", output), ("target", _targets(programme, lang)), ("spark", picture),
             ("published", _published(programme, facts, lang)), ("owner", blocks.esc(words.owner(row["owner_unit"], lang))))  # fmt: skip
    marked = "".join(
        f'<td data-label="{blocks.esc(t(f"programmes.col_{n}", lang))}" class="{n}">{html}</td>'
        for n, html in cells
    )
    return f"<tr>{marked}</tr>"


def _targets(programme: str, lang: str) -> str:
    """Published targets with basis and what became of them; then yearly outputs against what was planned."""
    parts = [
        f'<div>{blocks.esc(_half(goal["basis"], lang))}<span class="ieum-state steady">{blocks.esc(_half(goal["reason"], lang))}</span></div>'
        for goal in targets.set_for(programme)
    ]
    for plan in targets.plans_of(programme, store.as_of().year):
        mark = blocks.mark("synthetic", lang) if plan["synthetic"] else ""
        parts.append(f"{blocks.esc(targets.plan_words(plan, lang))} {mark}")
    return (
        "<br>".join(parts) or f'<span class="ieum-meta">{blocks.esc(t("programmes.no_target", lang))}</span>'
    )


def _published(programme: str, facts: pd.DataFrame, lang: str) -> str:
    ids = _numbers_of(programme)
    if not ids:
        return f'<span class="ieum-meta">{blocks.esc(t("programmes.not_published", lang))}</span>'
    fact = facts.loc[ids[0]]  # the first named is the one that says most
    name = fact["name_ko"] if lang == "ko" else fact["indicator"]
    value, unit = blocks.published_value(
        str(fact["value"]), str((fact["unit_ko"] if lang == "ko" else fact["unit"]) or ""), lang
    )
    place = fact["geography_ko"] if lang == "ko" else fact["geography"]
    about = [
        str(fact["period"]).replace("/", " – ") if isinstance(fact["period"], str) else "",
        "" if place in ("서울", "Seoul") else str(place),
    ]
    when = " · ".join(part for part in about if part)
    link = f'<a href="{blocks.esc(fact["source_url"])}" rel="noopener">{blocks.esc(fact["source_title"])}</a>'
    return f'{blocks.esc(name)} <strong>{blocks.esc(value)} {blocks.esc(unit)}</strong><span class="why">{blocks.esc(when)}{" · " if when else ""}{link}</span>'


def _half(text: object, lang: str) -> str:
    """One language of a note kept as 'Korean / English'."""
    if not isinstance(text, str):
        return ""
    ko, _, en = text.partition(" / ")
    return ko if lang == "ko" or not en else en


def detail(lang: str) -> None:
    """All published figures of one programme, as published, with their sources."""
    names = access.programme_names(lang)
    if not names:
        return
    chosen = view.choose("prog", list(names), label=t("programmes.pick", lang), say=names.__getitem__)
    ids = _numbers_of(chosen)
    if not ids:
        blocks.lead(t("programmes.nothing", lang, name=names[chosen]))
        return
    blocks.published_table(access.published_facts().set_index("fact_id").loc[list(ids)].reset_index(), lang)
