"""The table of service measures: what needs a decision first, icons with words, one line that explains each."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from charts import control
from charts.trend import spark, spark_summary
from locales import numbers, t
from metrics import registry, spc
from ui import blocks, kpis, services, shell, targets, view, words
from ui.hotline import waits
from ui.kpis import Kpi

SIGNS = {
    "concerning": "▼",
    "improving": "▲",
    "change": "◆",
    "common": "●",
    "trial": "…",
    "no_variation": "=",
    "none": "–",
}
AIMS = {"meets": "✓", "misses": "✕", "hit_or_miss": "≈", "none": "–"}
CLASSES = {"concerning": "worse", "improving": "better"}


def lead(found: list[Kpi], lang: str) -> str:
    """How many need a decision, and which."""
    due = [k for k in found if k.decision]
    if not due:
        return t("kpi.lead_none", lang, n=len(found))
    names = ", ".join(k.metric.name(lang) for k in due[:3])
    return t(
        "kpi.lead" if len(due) <= 3 else "kpi.lead_more", lang, n=len(due), total=len(found), names=names
    )


def remedies(found: list[Kpi], lang: str) -> None:
    """For each measure that needs a decision, the page that shows why and what would help."""
    for kpi in found:
        if kpi.decision:
            page, params = kpis.REMEDIES[kpi.watched.table]
            shell.link(page, t("kpi.remedy", lang, name=kpi.metric.name(lang)), **params)


def family(found: list[Kpi], lang: str) -> str:
    """The false-alarm rate of the table as a whole."""
    expected, charts = kpis.false_alarm_share(found)
    said = t("kpi.family", lang, n=charts, expected=numbers.number(expected, 1))
    alike = [k.metric.name(lang) for k in found if kpis.alarm_of(k, screen=True)]
    if not alike:
        return said
    return f"{said} {t('kpi.family_alike', lang, k=len(alike), names=', '.join(alike))}"


def points_words(kpi: Kpi, lang: str, *, screen: bool) -> str:
    """How many months the latest limits stand on, whether that is enough, and whether neighbours resemble each other."""
    mine = kpi.chart[kpi.chart["phase"] == kpi.chart["phase"].iloc[-1]]
    n = int(mine["value"].notna().sum())
    size = "few" if n < spc.FEWEST else "provisional" if n < spc.FIRM else "firm"
    said = t(f"kpi.points_{size}", lang, n=n, few=spc.FEWEST, firm=spc.FIRM)
    alike = kpis.alarm_of(kpi, screen=screen)
    if alike is None:
        return said
    r, share = alike
    return (
        f"{said} {t('kpi.points_alike', lang, r=numbers.number(r, 2), share=numbers.percent(100 * share, 0))}"
    )


def table(found: list[Kpi], lang: str) -> None:
    """All measures as a table that folds into cards on a phone."""
    heads = ("name", "latest", "variation", "target", "spark", "age", "owner")
    top = "".join(f'<th scope="col">{blocks.esc(t(f"kpi.col_{h}", lang))}</th>' for h in heads)
    body, shown = [], None
    for kpi in found:
        if kpi.group != shown:
            shown = kpi.group
            label = t(f"kpi.group_{shown}", lang)
            body.append(
                f'<tr class="group"><th colspan="{len(heads)}" scope="colgroup">{blocks.esc(label)}</th></tr>'
            )
        body.append(_row(kpi, lang))
    st.html(f'<table class="ieum kpi"><thead><tr>{top}</tr></thead><tbody>{"".join(body)}</tbody></table>')


def _row(kpi: Kpi, lang: str) -> str:
    last = kpi.latest
    none = t("status.withheld" if kpi.withheld else "status.missing", lang)
    value = none if last is None else words.value_of(last, kpi.metric, lang)
    when = "" if last is None else numbers.month(int(last["month_key"]), lang)
    interval = "" if last is None else words.interval_of(last, kpi.metric, lang)
    picture = spark(
        kpi.series["value"].tolist(), label=blocks.esc(spark_summary(kpi.series, kpi.metric, lang))
    )
    kind = CLASSES.get(kpi.variation, "steady")
    cells = (
        ("name", f'<strong>{blocks.esc(kpi.metric.name(lang))}</strong><span class="why">{blocks.esc(plain(kpi, lang))}</span>'),
        ("latest", f'<strong>{blocks.esc(value)}</strong><span class="ieum-meta">{blocks.esc(when)}</span><span class="ieum-meta whole">{blocks.esc(interval or _beside(kpi, lang))}</span>'),
        ("variation", f'<span class="ieum-state {kind}">{SIGNS[kpi.variation]} {blocks.esc(t(f"kpi.variation_{kpi.variation}", lang))}</span>'),
        ("target", _target(kpi, lang)), ("spark", picture), ("age", blocks.esc(kpis.age_words(kpi, lang))),
        ("owner", blocks.esc(kpi.metric.owner(lang))),
    )  # fmt: skip
    marked = "".join(
        f'<td data-label="{blocks.esc(t(f"kpi.col_{name}", lang))}" class="{name}">{html}</td>'
        for name, html in cells
    )
    return f"<tr{' class=gated' if kpi.gated else ''}>{marked}</tr>"


def _target(kpi: Kpi, lang: str) -> str:
    if kpi.target is None or kpi.target_row is None:
        return f'<span class="ieum-meta">{blocks.esc(t("kpi.no_target", lang))}</span>'
    amount = numbers.value(
        kpi.target, kpi.metric.unit, lang, counted=words.unit_of(kpi.metric, lang), digits=0
    )
    if kpi.target_row["group_key"] == "plan":
        said = targets.plan_words(kpi.target_row, lang)
        mark = blocks.mark("synthetic", lang) if kpi.target_row["synthetic"] else ""
        return f"{blocks.esc(said)} {mark}"
    key = "kpi.reference" if kpi.target_row["group_key"] == "reference" else "kpi.target"
    kind = {"misses": "worse", "meets": "better"}.get(kpi.assurance, "steady")
    said = (
        ""
        if kpi.assurance == "none"
        else f"{AIMS[kpi.assurance]} {t(f'kpi.assurance_{kpi.assurance}', lang)}"
    )
    idle = (
        f'<span class="ieum-state steady">{blocks.esc(t("kpi.outgrown", lang))}</span>'
        if kpi.outgrown
        else ""
    )
    return f'{blocks.esc(t(key, lang, value=amount))}<span class="ieum-state {kind}">{blocks.esc(said)}</span>{idle}'


def _beside(kpi: Kpi, lang: str) -> str:
    """Median and P90 beside a mean wait, which a few long waits move (C5)."""
    if kpi.metric.metric_id != "average_wait" or kpi.latest is None:
        return ""
    month = {"month_key": int(kpi.latest["month_key"])}
    found = waits.summary(services.raw("hotline_wait", columns=("contacts",), keys=("outcome", "wait_s"), where=month))  # fmt: skip
    if pd.isna(found["median"]):
        return ""
    return t("kpi.beside_mean", lang, median=numbers.duration(found["median"], lang), p90=numbers.duration(found["p90"], lang))  # fmt: skip


def plain(kpi: Kpi, lang: str) -> str:
    """One line of plain explanation: what the chart says and, where it matters, what the target says."""
    if kpi.latest is None:
        return t("kpi.plain_withheld" if kpi.withheld else "kpi.plain_none", lang)
    if kpi.gated or kpi.gate:
        return t("kpi.plain_gated" if kpi.gated else "kpi.plain_gate", lang)
    chart = kpi.chart
    known = chart[chart["value"].notna()]
    cause = str(known["cause"].iloc[-1]) if len(known) else ""
    if kpi.variation in ("concerning", "improving", "change"):
        said = t(f"kpi.plain_{cause}_{known['side'].iloc[-1]}", lang)
    else:
        said = t(f"kpi.plain_{kpi.variation}", lang, n=len(known))
    if kpi.assurance == "misses":
        said = f"{said} {t('kpi.plain_misses', lang)}"
    return said if kpi.firm else f"{said} {t('kpi.plain_depends', lang)}"


def detail(lang: str) -> None:
    """One measure's control chart; limits may be drawn anew from a recorded event, the old ones stay."""
    ids = [w.metric_id for w in kpis.WATCHED]
    left, middle, right = st.columns([4, 4, 3])
    with left:
        chosen = view.choose("kpi", ids, label=t("kpi.pick", lang), say=lambda code: registry.get(code).name(lang))  # fmt: skip
    listed = next(k for k in kpis.every() if k.metric.metric_id == chosen)
    events = kpis.events_of(listed, lang)
    with middle:
        event = view.choose("rebase", ["", *events], label=t("kpi.rebase", lang), default="",
                            say=lambda code: events[code][1] if code else t("kpi.rebase_none", lang))  # fmt: skip
    with right:
        screen = view.choose("screen", ["yes", "no"], label=t("kpi.screen", lang), say=lambda code: t(f"kpi.screen_{code}", lang), help=t("kpi.screen_help", lang))  # fmt: skip
    rebase = (spc.Rebase(*events[event]),) if event else ()
    kpi = listed
    if rebase or screen == "no":
        # Whether too few scores stand behind it is known of the table as a whole.
        own = kpis.one(chosen, screen=screen == "yes", rebase=rebase)
        kpi = replace(own, gated=listed.gated, gate=listed.gate)
    blocks.lead(sentence(kpi, lang))
    if kpi.latest is None:
        return
    evidence = blocks.evidence_of(kpi.series)
    months = [int(m) for m in kpi.series["month_key"]]
    label = (
        ""
        if kpi.target is None
        else t("kpi.target_line", lang, value=numbers.value(kpi.target, kpi.metric.unit, lang, digits=0))
    )
    figure = control.control(
        kpi.chart, months, metric=kpi.metric, lang=lang, caption=t(f"evidence.{evidence}", lang),
        target=None if kpi.annual else kpi.target, target_label=label,
    )  # fmt: skip
    blocks.note(t("kpi.chart_key", lang))
    blocks.note(points_words(kpi, lang, screen=screen == "yes"))
    blocks.chart(figure, key="kpi_chart", alt=spark_summary(kpi.series, kpi.metric, lang))
    span = f"{numbers.month(months[0], lang)} – {numbers.month(months[-1], lang)}"
    blocks.source_line(kpi.metric, evidence, lang, period=span)
    if kpi.target_row is not None and kpi.target_row["group_key"] == "plan":
        blocks.note(t("kpi.basis_plan", lang, said=targets.plan_words(kpi.target_row, lang)))
    elif kpi.target_row is not None:
        ko, _, en = str(kpi.target_row["basis"]).partition(" / ")
        blocks.note(
            t("kpi.basis", lang, basis=ko if lang == "ko" or not en else en, author=kpi.target_row["author"])
        )
    blocks.how(kpi.metric, lang, period=span, table=kpi.watched.table)


def sentence(kpi: Kpi, lang: str) -> str:
    """The chart in words: latest value, limits, verdict."""
    if kpi.latest is None:
        return plain(kpi, lang)
    last = kpi.chart[kpi.chart["value"].notna()].iloc[-1]
    limits = (
        ""
        if pd.isna(last["lower"])
        else numbers.limits(last["lower"], last["upper"], kpi.metric.unit, digits=0 if kpi.annual else 1)
    )
    return t("kpi.sentence", lang, name=kpi.metric.name(lang), month=numbers.month(int(kpi.latest["month_key"]), lang),
             value=words.value_of(kpi.latest, kpi.metric, lang), limits=limits or "–", plain=plain(kpi, lang))  # fmt: skip
