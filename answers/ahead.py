"""What every question answers before anything is chosen is made ahead and kept with the store: after a start or an import nobody waits.
A question may name a choice, as the profile its district, each of whose codes is answered ahead too.

The worker makes them once its studies are there. One that has not caught up, or whose ground has changed since, is passed
over: the answer is then made for whoever asks. Nothing else is kept this way, since what is chosen is made in milliseconds
once the process has met its page.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from answers import studies
from answers.answer import Answer
from answers.kept import Ground, ground, noted
from answers.packing import packed, unpacked
from answers.reader import Reader
from answers.rights import Rights
from answers.store import Store
from locales import LANGUAGES

if TYPE_CHECKING:
    from answers.registry import Question

_log = logging.getLogger("ieum.studies")
NAME = "first answers"
RIGHTS = Rights()  # of who comes without having asked for more
Key = tuple[str, tuple[tuple[str, str], ...]]
CODE = (*studies.CODE, "charts", "guards", "locales")  # texts and colours stand in answers, too


_OPENED: dict[tuple[str, str, Key], tuple[str, tuple[Answer, Ground]]] = {}  # (stamp, unpacked)


@dataclass(frozen=True)
class Kept:
    """The first answers in a language: the state of the data that they speak of, and each, packed, with what it rests on."""

    state: str
    answers: dict[Key, bytes]  # unpacked one by one: whoever opens a page waits for no other's


def answer(read: Reader, id: str, lang: str, codes: tuple[tuple[str, str], ...]) -> Answer | None:
    """The answer that was made ahead, where it still stands; it brings what it rests on."""
    if read.rights._replace(released=False) != RIGHTS:
        return None
    name = studies.full_name(NAME, (lang,))
    stamp = read.store.stamp(name)
    if not stamp:
        return None
    try:
        kept = studies.load(read.store, name, stamp)
    except studies.Pending:  # damaged, or gone this moment
        return None
    found = _opened((read.store.url, name, stamp), kept, (id, codes)) if kept.state == _state(read) else None
    if found is None or any(read.store.stamp(of) != seen for of, seen in found[1].studies.items()):
        return None
    ground().take(found[1])
    return found[0]


def _opened(place: tuple[str, str, str], kept: Kept, key: Key) -> tuple[Answer, Ground] | None:
    """An answer with its ground, unpacked once.

    Args:
        place: address, name and stamp of what was kept.
    """
    url, name, stamp = place
    known = _OPENED.get((url, name, key))
    if known is None or known[0] != stamp:
        if key not in kept.answers:
            return None
        _OPENED[url, name, key] = known = (stamp, unpacked(kept.answers[key]))
    return known[1]


def make_all(store: Store, *, said: Callable[[str], None] = lambda line: None) -> int:
    """Make what is missing or behind in each language; returns how many were made.

    Raises:
        StoreProblem: the store cannot serve, or cannot be written.
    """
    count = 0
    for lang in LANGUAGES:
        read = Reader(store, RIGHTS, patient=False)
        name, print_ = studies.full_name(NAME, (lang,)), _fingerprint(read)
        if store.study_state(name) == print_:
            continue
        began = time.perf_counter()
        made = Kept(_state(read), _answers(read, lang))
        took = time.perf_counter() - began
        studies.keep(read, name, print_, took, made)
        said(f"{name}: {len(made.answers)} in {took:.2f} s")
        count += len(made.answers)
    return count


def _answers(read: Reader, lang: str) -> dict[Key, bytes]:
    """Every question's answers, but for those that wait for a study or could not be packed."""
    from answers import registry

    found: dict[Key, bytes] = {}
    for one in registry.every():
        for given in _asked(one, read):
            try:
                codes = registry.codes_of(one.id, read, given)
                with noted() as rested:
                    made = registry.answer(one.id, read, lang, given)
                if made.pending or rested.late or rested.awaited or rested.failed:
                    continue
                content = packed((made, rested))
                unpacked(content)
            except Exception as error:  # whoever asks for it is told
                _log.info("%s is not made ahead: %s", one.id, type(error).__name__)
                continue
            found[(one.id, tuple(codes.items()))] = content
    return found


def _asked(one: Question, read: Reader) -> list[dict[str, str]]:
    """With what a question is asked ahead: nothing chosen, or each code of its choice `ahead`, of which the default is one."""
    if one.ahead is None:
        return [{}]
    return [{one.ahead.name: code} for code in one.ahead.offered(read, {})]


def _state(read: Reader) -> str:
    """Of what every kept answer depends on besides its own ground."""
    parts = (read.version, str(read.as_of), read.whose, studies.code_version(CODE))
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _fingerprint(read: Reader) -> str:
    """Of all that could change one of them."""
    stamps = sorted((name, stamp) for name, stamp in read.store.stamps().items() if not name.startswith(NAME))
    return hashlib.sha256(repr((_state(read), stamps)).encode()).hexdigest()[:16]
