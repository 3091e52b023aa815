"""What a metric is: sums above the line, sums below it, and everything a reader may ask about it.

Direction of good, minimum denominator, source and target basis have no defaults: nothing turns green by
accident.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

Unit = Literal["percent", "count", "KRW", "seconds", "per_100_person_years"]
Better = Literal["higher", "lower", "neither"]
Interval = Literal["wilson", "wilson_effective", "byar", "mover", "none"]
Disclosure = Literal["public", "person"]
Topic = Literal["map", "budget", "hotline", "counselling", "reisolation", "services"]

UNITS_SCALE: dict[str, float] = {
    "percent": 100.0,
    "count": 1.0,
    "KRW": 1.0,
    "seconds": 1.0,
    "per_100_person_years": 100 * 365.25,  # person-days below the line
}


@dataclass(frozen=True, kw_only=True)
class Text:
    """One sentence or label in both languages."""

    ko: str
    en: str

    def __call__(self, lang: str) -> str:
        return self.ko if lang == "ko" else self.en


@dataclass(frozen=True, kw_only=True)
class Term:
    """An additive column of a fact, summed; `where` restricts it to codes, `sign` adds or takes away."""

    fact: str
    column: str
    where: tuple[tuple[str, tuple[str | int, ...]], ...] = ()
    sign: Literal[1, -1] = 1


@dataclass(frozen=True, kw_only=True)
class Target:
    """A target in force between two dates, with its basis: who set it, where it is written."""

    value: float
    valid_from: date
    valid_to: date | None
    basis: Text
    author: str
    source_id: str


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A ratio of sums (or a plain sum when `denominator` is empty), declared once.

    Args:
        numerator, denominator: terms added up; a ratio is always sum over sum at whatever grain is asked.
        base: unweighted respondents behind a weighted ratio (small-n rules apply to it).
        cases: unweighted respondents who answered yes; few of them, or few others, hide the share.
        squares: sum of squared weights, for Kish's effective sample size.
        counted: what the numerator counts; contacts are never called people.
        grains: keys at which the metric may be shown.
        evidence: fixed for public statistics; None means that the store's city says what its rows are.
        disclosure: 'person' passes through the publishing rule, 'public' does not.
    """

    metric_id: str
    topic: Topic
    name: Text
    short: Text
    definition: Text
    formula: Text
    counted: Text
    numerator: tuple[Term, ...]
    denominator: tuple[Term, ...]
    base: Term | None = None
    cases: Term | None = None
    squares: Term | None = None
    unit: Unit
    better: Better
    grains: tuple[str, ...]
    interval: Interval
    interval_reason: Text | None = None
    minimum_denominator: int
    target: Target | None
    no_target_reason: Text | None = None
    disclosure: Disclosure
    owner: Text
    source_id: str
    caveat: Text
    evidence: Literal["census", "published"] | None = None
    breaks: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.target is None and self.no_target_reason is None:
            raise ValueError(f"{self.metric_id}: a target or the reason that there is none")
        if self.interval == "none" and self.interval_reason is None:
            raise ValueError(f"{self.metric_id}: an interval or the reason that there is none")
        if self.interval == "wilson_effective" and None in (self.base, self.cases, self.squares):
            raise ValueError(f"{self.metric_id}: a weighted interval needs base, cases and squares")
        if not self.numerator:
            raise ValueError(f"{self.metric_id}: no numerator")

    @property
    def scale(self) -> float:
        return UNITS_SCALE[self.unit]

    @property
    def is_ratio(self) -> bool:
        return bool(self.denominator)

    def terms(self) -> dict[str, tuple[Term, ...]]:
        """Sum name -> terms, for whoever reads the store."""
        found = {"numerator": self.numerator, "denominator": self.denominator}
        if self.base is not None:
            found["base"] = (self.base,)
        if self.cases is not None:
            found["cases"] = (self.cases,)
        if self.squares is not None:
            found["squares"] = (self.squares,)
        return {name: terms for name, terms in found.items() if terms}
