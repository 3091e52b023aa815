"""What needs a decision among the service measures: the one list that every page, sheet and digest takes."""

from __future__ import annotations

from answers.answer import Go, Item
from answers.kpi import measures, said
from answers.kpi.measures import Kpi
from answers.reader import Reader, evidence_of
from locales import t


def items(read: Reader, lang: str) -> list[Item]:
    """Measures that need a decision, most pressing first: what they say, why, who runs them, and where the remedy stands."""
    return [
        Item(said.sentence(k, lang), _reason(k, lang), "worse", k.metric.owner(lang), remedy(k, lang), mark=evidence_of(k.series))
        for k in measures.every(read) if k.decision
    ]  # fmt: skip


def remedy(kpi: Kpi, lang: str) -> Go:
    """The page that shows why a measure is as it is and what would help."""
    page, choices = kpi.watched.remedy
    return Go(page, t("kpi.remedy", lang, name=kpi.metric.name(lang)), choices)


def _reason(kpi: Kpi, lang: str) -> str:
    if kpi.variation == "concerning":
        return said.variation(kpi, lang)
    return said.assurance(kpi, lang) if kpi.missing_its_target else ""
