"""Words that the questions on the choice share."""

from __future__ import annotations

from typing import cast

import numpy as np

from answers.ask import Ask, Codes
from answers.reisolation import levers, words
from forecast.reisolation.allocation import Goal, Mix
from locales import numbers, t

UNSURE = 0.025  # chance of no gain above which a mix cannot be told from today's services


def goal_of(codes: Ask | Codes) -> Goal:
    """The goal that codes name: they are `GOALS`."""
    return cast(Goal, codes["goal"])


def told_apart(gain: np.ndarray) -> bool:
    """Whether the 95 % interval of what a mix gains lies above nothing."""
    return float(np.quantile(gain, UNSURE)) > 0


def gain(draws: np.ndarray, goal: Goal, lang: str) -> str:
    """What a mix gains, with its 95 % limits and its unit."""
    return t(f"choice.gain_{goal}", lang, n=words.count_with_limits(draws, lang))


def amount(value: float, goal: Goal, lang: str) -> str:
    """A number of the goal's unit, without limits or direction."""
    return t(f"choice.amount_{goal}", lang, n=numbers.number(value))


def said(mix: Mix, lang: str) -> str:
    """A mix in words: '사후 돌봄 월 150명, 동료 상담 월 75명'; nothing more than today where it is empty."""
    parts = [
        t("reisolation.a_month", lang, lever=levers.plain_name(name, lang), n=numbers.number(n))
        for name, n in zip(mix.levers, mix.starts, strict=True)
        if n >= 0.5
    ]
    return ", ".join(parts) or t("choice.nothing", lang)
