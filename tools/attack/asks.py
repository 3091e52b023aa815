"""Every question with the choices that may reach other records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from answers import registry
from answers.ask import Choice
from answers.reader import Reader
from answers.registry import Question

# Books are public to the won; these answers hold no count of persons.
PUBLIC = ("budget", "budget.moves", "budget.pace", "budget.end", "budget.plan", "budget.flow", "about")
# Choices that draw the same figures in another way.
LOOKS = ("shape", "banks", "boundary", "peerby", "hour", "daykind", "number", "order")
ALONE = ("district_map.cluster",)  # figures that another question shows with all of its choices
WHOLE = ("kpi", "thread.cohort")  # whose inline choices tell something of their own with each other
MOST = 12  # a choice with more codes (a district to look at) is tried by itself
TOGETHER = 2000


def every(read: Reader, only: tuple[str, ...] = ()) -> Iterator[tuple[str, dict[str, str]]]:
    """Question and codes: all codes of the choices at the top with each other, every other choice's with each of the first of these.

    Args:
        only: pages or questions; all that hold counts of persons where none is named.
    """
    for one in registry.every():
        if one.id in PUBLIC or only and not {one.page, one.id} & set(only):
            continue
        yield one.id, {}
        yield from ((one.id, codes) for codes in _codes(one, read))


def singly(read: Reader, only: tuple[str, ...] = ()) -> Iterator[tuple[str, dict[str, str]]]:
    """As `every`, with one choice at a time."""
    seen = set()
    for id, codes in every(read, only):
        usual = registry.codes_of(id, read, {})
        other = {name: code for name, code in codes.items() if code != usual.get(name)}
        if len(other) < 2 and (id, str(other)) not in seen:
            seen.add((id, str(other)))
            yield id, other


def _codes(one: Question, read: Reader) -> Iterator[dict[str, str]]:
    base = registry.codes_of(one.id, read, {})
    offered = {
        c.name: c.offered(read, base)
        for c in one.choices
        if _chosen(c) and not (c.name == "gu" and one.page == "district_map")
    }
    if one.id in WHOLE:
        yield from _each_way(one, read, filter(_chosen, one.choices))
        return
    place = {c.name: c.place for c in one.choices}
    together = {
        name: codes
        for name, codes in offered.items()
        if place[name] == "top" and len(codes) <= MOST and one.id not in ALONE
    }
    while _size(together) > TOGETHER:
        together.popitem()
    yield from _each_way(one, read, [c for c in one.choices if c.name in together])
    # Every other one with each code of the first at the top: an estimate of each measure, a measure by each of its places.
    first = [c for c in one.choices if c.name in together][:1]
    for choice in one.choices:
        if choice.name in offered and choice.name not in together:
            yield from _each_way(one, read, [*first, choice])


def _each_way(one: Question, read: Reader, choices: Iterable[Choice]) -> Iterator[dict[str, str]]:
    """All codes of some choices with each other, each offered as the ones before it stand."""
    found: list[dict[str, str]] = [{}]
    for choice in choices:
        found = [
            {**codes, choice.name: code}
            for codes in found
            for code in choice.offered(read, registry.codes_of(one.id, read, codes))
            if registry.codes_of(one.id, read, {**codes, choice.name: code})[choice.name] == code
        ]
    yield from found


def _chosen(choice: Choice) -> bool:
    # Peers and the district looked at closer pick from what is asked for all; a profile asks for its own district.
    return (
        choice.kind not in ("text", "number")
        and not choice.name.startswith("peers_")
        and choice.name not in LOOKS
    )


def _size(offered: dict[str, list[str]]) -> int:
    size = 1
    for codes in offered.values():
        size *= max(1, len(codes))
    return size
