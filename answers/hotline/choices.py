"""Choices that the hotline's questions share."""

from __future__ import annotations

from typing import Any

from answers import say
from answers.ask import Ask, Choice
from answers.reader import Reader
from data import queries
from locales import t

MONTHS = Choice(
    name="months",
    options=("3", "12", "24"),
    default="12",
    label="services.period",
    say=lambda code, lang, read: t("services.months", lang, n=code),
)
CHANNEL = Choice(
    name="channel",
    options=("", "phone", "chat"),
    default="",
    label="hotline.channel",
    say=lambda code, lang, read: t(f"hotline.channel_{code or 'all'}", lang),
)
TARGET = Choice(
    name="target_s",
    options=("10", "20", "30", "60"),
    default="20",
    label="hotline.target_s",
    say=lambda code, lang, read: t("hotline.seconds", lang, n=code),
)


def span(ask: Ask, read: Reader) -> queries.Span:
    """The months asked for."""
    return say.span(read, ask.number("months"), of="hotline_contact")


def where(ask: Ask, read: Reader) -> dict[str, Any]:
    """The filter of months and channel."""
    channel = ask["channel"]
    return {"month_key": span(ask, read)} | ({"channel": channel} if channel else {})
