"""How a few typed signs meet a name: case, blanks and marks do not count, half-typed syllables and initial consonants do."""

from __future__ import annotations

import unicodedata

INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_FIRST, _LAST, _PER_INITIAL = 0xAC00, 0xD7A3, 588
_CHOSEONG = 0x1100
# Initial consonant as it is typed alone -> as it stands at the head of a syllable.
_HEADS = {ord(one): chr(_CHOSEONG + n) for n, one in enumerate(INITIALS)}
EXACT, START, WORD, WITHIN, SCATTERED, NONE = range(6)


def plain(text: str) -> str:
    """Text without case, blanks and marks, its syllables taken apart: what is half typed is the beginning of the whole."""
    parts = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text.translate(_HEADS)).casefold())
    return "".join(sign for sign in parts if sign.isalnum())


def words(text: str) -> list[str]:
    """The words of a text, each as `plain` has it."""
    loose = "".join(sign if sign.isalnum() else " " for sign in unicodedata.normalize("NFC", text))
    return [found for word in loose.split() if (found := plain(word))]


def initials(text: str) -> str:
    """The initial consonants of a text's syllables: '관악구' is 'ㄱㅇㄱ'."""
    signs = unicodedata.normalize("NFC", text)
    return "".join(INITIALS[(ord(s) - _FIRST) // _PER_INITIAL] for s in signs if _FIRST <= ord(s) <= _LAST)


def only_initials(text: str) -> str:
    """The text without blanks where it is nothing but initial consonants, at least two; else ''."""
    signs = text.replace(" ", "")
    return signs if len(signs) > 1 and all(sign in INITIALS for sign in signs) else ""


def fit(typed: str, name: str) -> int:
    """How well what was typed fits a name: EXACT, START of it, start of a WORD, WITHIN, its words SCATTERED, or NONE."""
    if heads := only_initials(typed):
        found = initials(name)
        return START if found.startswith(heads) else WITHIN if heads in found else NONE
    asked, whole = plain(typed), plain(name)
    if not asked:
        return NONE
    if asked == whole:
        return EXACT
    if whole.startswith(asked):
        return START
    if any(word.startswith(asked) for word in words(name)):
        return WORD
    if asked in whole:
        return WITHIN
    return SCATTERED if all(word in whole for word in words(typed)) else NONE
