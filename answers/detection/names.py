"""What a crisis signal is called: its number, and its name once a code list was brought in."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from answers.reader import Reader
from data import queries
from locales import t


def naming(read: Reader, lang: str) -> Callable[[int], str]:
    """A signal's label by number; English falls back on the Korean name."""
    rows = read.rows(queries.signal_names)
    english = rows["name_en"].fillna(rows["name_ko"])
    names = dict(zip(rows["signal"].astype(int), rows["name_ko"] if lang == "ko" else english, strict=True))

    def label(signal: int) -> str:
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
    if not known:
        return t("detection.unnamed", lang, n=len(signals))
    source = ", ".join(sorted(set(rows["source"].dropna()))) or t("detection.no_source", lang)
    key = "detection.named" if len(known) == len(signals) else "detection.partly_named"
    return t(key, lang, n=len(known), all=len(signals), source=source)
