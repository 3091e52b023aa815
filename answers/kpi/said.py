"""A measure in words: what its chart says, its target, its age, and how far its limits can be trusted."""

from __future__ import annotations

import pandas as pd

from answers import say, words
from answers.kpi import alarms
from answers.kpi.measures import Kpi
from answers.reader import Reader
from answers.studies import Pending
from answers.verdicts import UNDECIDED
from locales import numbers, t
from metrics import spc
from metrics.counselling import PAIRED_GATE

SIGNS = {
    "concerning": "▼",
    "improving": "▲",
    "change": "◆",
    "common": "●",
    UNDECIDED: "?",
    "trial": "…",
    "no_variation": "=",
    "none": "–",
}
AIMS = {"meets": "✓", "misses": "✕", "hit_or_miss": "≈", UNDECIDED: "?"}


def lead(found: tuple[Kpi, ...], lang: str) -> str:
    """How many need a decision, and which."""
    due = [k for k in found if k.decision]
    if not due:
        return t("kpi.lead_none", lang, n=len(found))
    names = ", ".join(k.metric.name(lang) for k in due[:3])
    key = "kpi.lead" if len(due) <= 3 else "kpi.lead_more"
    return t(key, lang, n=len(due), total=len(found), names=names)


def speaks(kpi: Kpi) -> bool:
    """Whether its chart shows a signal, or its process misses what it is held against."""
    return kpi.variation in ("concerning", "improving", "change") or kpi.assurance == "misses"


def variation(kpi: Kpi, lang: str) -> str:
    """What its latest month says, as sign and word."""
    return f"{SIGNS[kpi.variation]} {t(f'kpi.variation_{kpi.variation}', lang)}"


def assurance(kpi: Kpi, lang: str) -> str:
    """Whether it will meet its target, as sign and word; '' where that cannot be said."""
    return (
        ""
        if kpi.assurance == "none"
        else f"{AIMS[kpi.assurance]} {t(f'kpi.assurance_{kpi.assurance}', lang)}"
    )


def plain(kpi: Kpi, lang: str) -> str:
    """One line of plain explanation: what the chart says and, where it matters, what the target says."""
    if kpi.latest is None:
        return t("kpi.plain_withheld" if kpi.withheld else "kpi.plain_none", lang)
    if kpi.gated or kpi.gate:
        return t("kpi.plain_gated" if kpi.gated else "kpi.plain_gate", lang)
    known = kpi.chart[kpi.chart["value"].notna()]
    if kpi.variation in ("concerning", "improving", "change"):
        said = _signal(known.iloc[-1], lang)
    else:  # a single month has a figure, but no variation yet
        variation = "trial" if kpi.variation == "none" else kpi.variation
        said = t(f"kpi.plain_{variation}", lang, n=len(known))
    if kpi.assurance == "misses":
        said = f"{said} {t('kpi.plain_misses', lang)}"
    if kpi.unsure:
        said = f"{said} {t('kpi.plain_unsure', lang)}"
    elif kpi.watched.pairs and float(kpi.latest["value"]) < 100 * PAIRED_GATE:
        said = f"{said} {t('kpi.plain_gate_open', lang)}"
    return said if kpi.firm else f"{said} {t('kpi.plain_depends', lang)}"


def _signal(last: pd.Series, lang: str) -> str:
    """The rules that mark the last point: a trend beside a run goes its way, a run beside a trend lies on the other side."""
    said = t(f"kpi.plain_{last['cause']}_{last['side']}", lang)
    if not last["also"]:
        return said
    also, side = last["also"], last["side"]
    if also == "run":
        side = "low" if side == "high" else "high"
    return f"{said} {t(f'kpi.plain_also_{also}_{side}', lang)}"


def sentence(kpi: Kpi, lang: str) -> str:
    """The chart in words: latest value, limits, verdict."""
    if kpi.latest is None:
        return plain(kpi, lang)
    last = kpi.chart[kpi.chart["value"].notna()].iloc[-1]
    digits = 0 if kpi.annual else 1
    limits = (
        ""
        if pd.isna(last["lower"])
        else numbers.limits(last["lower"], last["upper"], kpi.metric.unit, digits=digits)
    )
    return t(
        "kpi.sentence",
        lang,
        name=kpi.metric.name(lang),
        month=numbers.month(int(kpi.latest["month_key"]), lang),
        value=words.value_of(kpi.latest, kpi.metric, lang),
        limits=limits or "–",
        plain=plain(kpi, lang),
    )


def age(read: Reader, kpi: Kpi, lang: str) -> str:
    """How old the figure is: days from the end of its month to the day that the data speak for."""
    if kpi.latest is None:
        return "–"
    month = int(kpi.latest["month_key"])
    end = pd.Timestamp(month // 100, month % 100, 1) + pd.offsets.MonthEnd(0)
    days = (pd.Timestamp(read.as_of) - end).days
    return t("kpi.age_now" if days == 0 else "kpi.age", lang, n=days)


def target(kpi: Kpi, lang: str) -> str:
    """A target set for it, or a yardstick, by name."""
    unit = words.unit_of(kpi.metric, lang)
    amount = numbers.value(kpi.target or 0.0, kpi.metric.unit, lang, counted=unit, digits=0)
    return t("kpi.reference" if kpi.yardstick else "kpi.target", lang, value=amount)


def basis(kpi: Kpi, lang: str) -> str:
    """Who set the target and where it is written."""
    row = kpi.target_row or {}
    return t("kpi.basis", lang, basis=say.half(row["basis"], lang), author=row["author"])


def family(read: Reader, found: tuple[Kpi, ...], lang: str) -> str:
    """The false-alarm rate of the table as a whole."""
    try:
        expected, charts = alarms.false_alarm_share(read, found)
    except Pending as problem:
        return problem.words(lang)
    if not charts:
        return ""
    said = t("kpi.family", lang, n=charts, expected=numbers.number(expected, 1))
    alike = [k.metric.name(lang) for k in found if alarms.alike(k) is not None]
    return f"{said} {t('kpi.family_alike', lang, k=len(alike), names=', '.join(alike))}" if alike else said


def points(read: Reader, kpi: Kpi, lang: str, *, screen: bool) -> str:
    """How many months the latest limits stand on, whether that is enough, and whether neighbours resemble each other."""
    mine = kpi.chart[kpi.chart["phase"] == kpi.chart["phase"].iloc[-1]]
    n = int(mine["value"].notna().sum())
    size = "few" if n < spc.FEWEST else "provisional" if n < spc.FIRM else "firm"
    said = t(f"kpi.points_{size}", lang, n=n, few=spc.FEWEST, firm=spc.FIRM)
    r = alarms.alike(kpi)
    if r is None:
        return said
    try:
        share = numbers.percent(100 * alarms.alarm_of(read, kpi, r, screen=screen), 0)
    except Pending as problem:
        return f"{said} {problem.words(lang)}"
    return f"{said} {t('kpi.points_alike', lang, r=numbers.number(r, 2), share=share)}"
