"""Sentences of the re-isolation page, each made from the numbers beside it."""

from __future__ import annotations

import numpy as np

from answers.words import between as between
from forecast.reisolation.cost import UNRELIABLE
from forecast.reisolation.outcome import Outcome
from forecast.reisolation.parameters import Lever
from locales import numbers, t
from metrics.intervals import wilson

FIRM = 200  # draws from which a 95 % interval and a share near 0 can be stated; with fewer they are said to be rough


def share(values: tuple[float, float, float], lang: str) -> str:
    """A share with its 95 % limits: '23.0%(21.2–24.8%)'."""
    middle, low, high = (100 * v for v in values)
    return t(
        "services.with_limits",
        lang,
        value=numbers.percent(middle),
        limits=numbers.limits(low, high, "percent"),
    )


def rate(values: tuple[float, float, float], lang: str) -> str:
    """A number of times per leaver with its limits."""
    middle, low, high = values
    return t(
        "services.with_limits",
        lang,
        value=numbers.number(middle, 2),
        limits=numbers.limits(low, high, "", digits=2),
    )


def baseline(found: Outcome, lang: str) -> str:
    """The first of the three numbers in one sentence."""
    return t(
        "reisolation.baseline",
        lang,
        one=share(found.at("first_incidence", 12), lang),
        five=share(found.at("first_incidence", found.months), lang),
    )


def now(found: Outcome) -> str:
    """The share of those who left that is isolated again today."""
    return numbers.percent(100 * found.at("share_now", 0)[0])


def sure(found: Outcome, lang: str) -> str:
    """The other two numbers, apart, and how much of all rests on assumption."""
    return t(
        "reisolation.sure",
        lang,
        times=rate(found.at("per_leaver", found.months), lang),
        now=now(found),
        then=share(found.at("share_now", found.months), lang),
        months=numbers.number(found.last_clock),
        late=numbers.percent(100 * found.beyond_data_share(found.months), 0),
        drift=numbers.percent(100 * found.drift_share("first_incidence", found.months), 0),
    )


def effect(base: Outcome, mine: Outcome, lang: str) -> str:
    """What a scenario changes, and what it costs."""
    before, after, saved = base.onsets.sum(axis=1), mine.onsets.sum(axis=1), mine.prevented(base)
    key = "reisolation.effect_fewer" if saved.mean() >= 0 else "reisolation.effect_more"
    return t(
        key,
        lang,
        before=numbers.number(before.mean()),
        after=numbers.number(after.mean()),
        n=numbers.number(abs(saved.mean())),
        limits=limits(saved if saved.mean() >= 0 else -saved, lang),
        cost=numbers.won(float(mine.cost_krw.sum(axis=(1, 2)).mean()), lang),
    )


def effect_sure(base: Outcome, mine: Outcome, lang: str) -> str:
    """How likely it is that the scenario prevents nothing at all; on few draws that this is a rough answer."""
    none = mine.prevented(base) <= 0
    if rough(none):
        return rough_words(none, lang)
    key = "reisolation.effect_unsure" if none.mean() > UNRELIABLE else "reisolation.effect_likely"
    return t(key, lang, chance=chance(none, lang))


def rough(draws: np.ndarray) -> bool:
    """Whether there are too few draws for a firm word."""
    return len(draws) < FIRM


def rough_words(none: np.ndarray, lang: str) -> str:
    """That an answer stands on few draws, with the chance of no effect as far as they tell it."""
    return t("reisolation.rough", lang, draws=numbers.number(len(none)), chance=chance(none, lang))


def chance_limits(hits: int, draws: int) -> tuple[float, float]:
    """95 % limits of a chance of which so many draws were hits: 0 of 50 may still be 7.1 %."""
    low, high = wilson(hits, draws)
    return float(low), float(high)


def chance(hits: np.ndarray, lang: str) -> str:
    """A share of the draws with what it stands on: '3%(1,000번 가운데 29번)'; with its limits where the draws are few."""
    said = {
        "share": numbers.percent(100 * hits.mean(), 0),
        "hits": numbers.number(hits.sum()),
        "draws": numbers.number(len(hits)),
    }
    if not rough(hits):
        return t("reisolation.chance", lang, **said)
    low, high = (100 * v for v in chance_limits(int(hits.sum()), len(hits)))
    if not hits.any():
        return t("reisolation.chance_none", lang, **said, most=numbers.percent(high))
    return t("reisolation.chance_rough", lang, **said, limits=numbers.limits(low, high, "percent"))


def limits(draws: np.ndarray, lang: str, digits: int = 0) -> str:
    """95 % limits of a number that may be negative: '−30~250', '−30 to 250'; about, where the draws are few."""
    low, high = np.quantile(draws, [0.025, 0.975])
    said = between(numbers.signed(float(low), digits), numbers.signed(float(high), digits), lang)
    return about(said, draws, lang)


def about(said: str, draws: np.ndarray, lang: str) -> str:
    """Limits as they may be said of so many draws."""
    return t("reisolation.about", lang, limits=said) if rough(draws) else said


def won_limits(draws: np.ndarray, lang: str) -> str:
    """95 % limits of an amount."""
    low, high = np.quantile(draws, [0.025, 0.975])
    return about(between(numbers.won(float(low), lang), numbers.won(float(high), lang), lang), draws, lang)


def count_with_limits(draws: np.ndarray, lang: str) -> str:
    """A mean number with its 95 % limits."""
    return t(
        "services.with_limits", lang, value=numbers.signed(float(draws.mean())), limits=limits(draws, lang)
    )


def assumed(lever: Lever, lang: str) -> str:
    """The effect that is assumed of a lever."""
    if lever.acts_on == "intake":
        return t("reisolation.reason_intake", lang)
    ratio, low, high = (numbers.number(v, 2) for v in lever.hazard_ratio)
    return t(
        "reisolation.reason_ratio",
        lang,
        ratio=ratio,
        limits=between(low, high, lang),
        grade=t(f"reisolation.evidence_{lever.evidence}", lang),
    )


def held_back(lever: Lever, starts: np.ndarray, lang: str) -> str:
    """Whether places or willingness set the number of starts."""
    running = starts[:, lever.lag_months :].mean() if starts.shape[1] > lever.lag_months else 0.0
    if lever.acts_on == "intake":
        return t("reisolation.held_lag", lang, months=lever.lag_months)
    key = "places" if running > 0.98 * lever.capacity else "takers"
    return t(
        f"reisolation.held_{key}",
        lang,
        share=numbers.percent(100 * running / lever.capacity, 0),
        months=lever.lag_months,
    )
