"""What a crisis signal is called: its name once a code list was brought in, in the demonstration its kind, else its number."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from answers.reader import Reader
from answers.say import half
from data import queries
from data.cities import DEMO
from locales import t


@cache
def _published() -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads(Path(__file__).with_name("kinds.toml").read_text(encoding="utf-8"))
    return found


def kinds(read: Reader, lang: str) -> dict[str, list[int]]:
    """Signals by the published kind that they stand for; nothing where names were brought in, or records are no demonstration."""
    if read.whose != DEMO or len(read.rows(queries.signal_names)):
        return {}
    return {str(kind[lang]): list(kind["signals"]) for kind in _published()["kind"]}


def naming(read: Reader, lang: str) -> Callable[[int], str]:
    """A signal's label by number; English falls back on the Korean name."""
    rows = read.rows(queries.signal_names)
    english = rows["name_en"].fillna(rows["name_ko"])
    names = dict(zip(rows["signal"].astype(int), rows["name_ko"] if lang == "ko" else english, strict=True))

    of_kind = {n: f"{k} {i}" for k, mine in kinds(read, lang).items() for i, n in enumerate(mine, 1)}

    def label(signal: int) -> str:
        if signal in of_kind:
            return of_kind[signal]
        number = t("detection.signal", lang, n=signal)
        return f"{number} · {names[signal]}" if signal in names else number

    return label


def pair(label: Callable[[int], str], signal: int, other: int, lang: str) -> str:
    """Two signals as one label; the word for signal is said once: 'Signal 8 + 25'."""
    return f"{label(signal)} + {label(other).removeprefix(t('detection.signal', lang, n=''))}"


def note(read: Reader, lang: str, signals: Sequence[int]) -> str:
    """Where the names come from, or that they are not published and how to bring them in."""
    rows = read.rows(queries.signal_names)
    known = set(rows["signal"].astype(int)) & set(signals)
    if kinds(read, lang):
        source = str(_published()["source"])
        return t("detection.by_kinds", lang, n=len(signals), source=half(source, lang))
    if not known:
        return t("detection.unnamed", lang, n=len(signals))
    source = ", ".join(sorted(set(rows["source"].dropna()))) or t("detection.no_source", lang)
    key = "detection.named" if len(known) == len(signals) else "detection.partly_named"
    return t(key, lang, n=len(known), all=len(signals), source=source)
