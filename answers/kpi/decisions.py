"""What needs a decision among the service measures: the one list that every page, sheet and digest takes."""

from __future__ import annotations

from answers.answer import Go, Item
from answers.kpi import measures, said
from answers.kpi.measures import Kpi
from answers.reader import Reader
from locales import t
from metrics.counselling import PAIRED_GATE


def due(read: Reader) -> list[Kpi]:
    """Measures that need a decision, most pressing first."""
    return [k for k in measures.every(read) if k.decision]


def items(read: Reader, lang: str) -> list[Item]:
    """What each measure that needs a decision says, why, who runs it, and where its remedy stands."""
    return [
        Item(
            said.sentence(k, lang),
            _reason(k, lang),
            "worse",
            k.metric.owner(lang),
            remedy(k, lang),
        )
        for k in due(read)
    ]


def missed(kpi: Kpi) -> bool:
    """Whether a target, or what outcomes need to be read at all, is missed; else its latest months lie outside its limits."""
    return kpi.missing_its_target or kpi.gate


def size(kpi: Kpi) -> float:
    """How far it lies off what it misses, in half widths of its own limits; 0 where it has none."""
    last = kpi.chart[kpi.chart["value"].notna()].iloc[-1]
    half = float(last["upper"] - last["centre"])
    if not half > 0:
        return 0.0
    if kpi.gate:
        return abs(100 * PAIRED_GATE - float(last["value"])) / half
    if kpi.missing_its_target and kpi.target is not None:
        return abs(float(last["centre"]) - kpi.target / (12 if kpi.annual else 1)) / half
    return abs(float(last["value"] - last["centre"])) / half


def remedy(kpi: Kpi, lang: str) -> Go:
    """The page that shows why a measure is as it is and what would help."""
    page, choices = kpi.watched.remedy
    return Go(page, t("kpi.remedy", lang, name=kpi.metric.name(lang)), choices)


def _reason(kpi: Kpi, lang: str) -> str:
    if kpi.gate:
        return f"{said.AIMS['misses']} {t('kpi.below_gate', lang)}"
    if kpi.variation == "concerning":
        return said.variation(kpi, lang)
    return said.assurance(kpi, lang) if kpi.missing_its_target else ""
