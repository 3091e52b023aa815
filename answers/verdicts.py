"""Words about counts that are shown rounded: worked out from the true sums, published where nobody can turn them back into counts.

A verdict (a signal, a gate, a side of a limit) is made from true sums, for rounding may turn it: 212 of 234 are 90.6 %,
shown as 210 of 235 they would be 89.4 %. The word narrows what the true counts may be. How far is found out from what is
published alone, so that a refusal tells nothing either: row by row, every true count that is shown as the published one
takes its place, the other rows as published. A word may be published if each word that could come out, together with those
already told of the same rows, leaves every count, and what is left of a whole beside its part, at least `LEAST` values: as many as the publishing rule itself leaves where it leaves fewest (10 is shown for 10 to 14).
Where one of them would leave fewer, a coarser word is tried if there is one; else the page says that the published figure
cannot decide.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from answers.reader import Raw, Reader, Rule

LEAST = 5
UNDECIDED = "undecided"
# Of true counts (draws, rows, columns), words (draws, words).
Words = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Question:
    """What is asked of rows of counts.

    Attributes:
        words: of true counts (draws, rows, columns), the words (draws, words).
        columns: of the counts. key: of the rows; none where there is one row.
        apart: the words are one per row, each about its own row. part: the first column is part of the second.
        truth: what is asked of the true counts, where limits that rest on all rows are those of the true ones.
        coarser: words that stand for others where these would give too much away; what it leaves out stands for itself.
    """

    words: Words
    columns: tuple[str, ...]
    key: tuple[str, ...] = ()
    apart: bool = False
    part: bool = False
    truth: Words | None = None
    coarser: Mapping[str, str] | None = None


def told(
    read: Reader, rule: Rule, asked: Question, raw: Raw | Sequence[Raw], shown: pd.DataFrame
) -> list[str]:
    """Words about rows of counts; `UNDECIDED` where the published counts cannot decide.

    Args:
        rule: one that gives words alone.
        raw: the true counts, of one or several facts. shown: the same as published, one row per row that is judged, none
            missing.
    """
    if not len(shown):
        return []
    ranges = [read.compatible(shown[c]) for c in asked.columns]
    low, high = (np.column_stack([pair[i].to_numpy(dtype=float) for pair in ranges]) for i in (0, 1))
    printed = shown[list(asked.columns)].to_numpy(dtype=float)
    if read.as_of != read.store.as_of:
        return settled(asked, printed, low, high)
    may = publishable(asked, printed, low, high)
    found: list[str] = read.judged(rule, _true, asked, raw, shown, may)
    return found


def settled(asked: Question, shown: np.ndarray, low: np.ndarray, high: np.ndarray) -> list[str]:
    """Words that come out alike whatever count of a row stands behind the published one; `UNDECIDED` for all others.

    They follow from what is published, so that the same rows may be asked for as of any number of earlier days: what words of
    so many charts would leave together is worked out nowhere.
    """
    tried = [_grid(a, b, part=asked.part) for a, b in zip(low, high, strict=True)]
    row = np.repeat(np.arange(len(shown)), [len(t) for t in tried])
    counts = np.repeat(shown[None], len(row), axis=0)
    counts[np.arange(len(row)), row] = np.concatenate(tried)
    found = asked.words(counts).astype(str)
    if asked.apart:
        kinds = [set(found[row == at, at]) for at in range(found.shape[1])]
    else:
        kinds = [set(words) for words in found.T]
    return [next(iter(kind)) if len(kind) == 1 else UNDECIDED for kind in kinds]


def publishable(
    asked: Question, shown: np.ndarray, low: np.ndarray, high: np.ndarray
) -> list[dict[str, str]]:
    """By word that is asked for: what may be published, as what; nothing where the published counts cannot decide.

    Args:
        shown: published counts (rows, columns); low, high: the least and the most true count behind each.
    """
    tried = [_grid(a, b, part=asked.part) for a, b in zip(low, high, strict=True)]
    # Where a release keeps a part as it was it may stand above its whole: of that row nothing is told.
    told = [len(t) > 0 for t in tried]
    tried = [t if len(t) else np.full((1, len(b)), max(b[-1], 1.0)) for t, b in zip(tried, high, strict=True)]
    # Who is not in the part is a count as well, and often the smaller one.
    counted = [np.column_stack([t, t[:, 1] - t[:, 0]]) if asked.part else t for t in tried]
    if asked.apart:  # all rows are tried at once
        most = max(map(len, tried))
        counts = np.stack([t[np.arange(most) % len(t)] for t in tried], axis=1)
        found = asked.words(counts)
        return [
            _allowed(found[: len(t), at], t, asked.coarser) if told[at] else {}
            for at, t in enumerate(counted)
        ]
    row = np.repeat(np.arange(len(shown)), [len(t) for t in tried])
    counts = np.repeat(shown[None], len(row), axis=0)
    counts[np.arange(len(row)), row] = np.concatenate(tried)
    return _together(asked.words(counts), row, {at: t for at, t in enumerate(counted) if told[at]})


def _allowed(found: np.ndarray, counts: np.ndarray, coarser: Mapping[str, str] | None) -> dict[str, str]:
    """Of the words that come out for a row's counts, those that may be published, and as what."""
    for said in ({}, coarser) if coarser else ({},):
        if _leaves_enough(np.array([said.get(w, w) for w in found], dtype=object), counts):
            return {str(word): said.get(word, str(word)) for word in found}
    return {}


def _together(found: np.ndarray, row: np.ndarray, of_row: Mapping[int, np.ndarray]) -> list[dict[str, str]]:
    """Of several words about all rows, those that may be published side by side: the last ones first, as they matter most."""
    out: list[dict[str, str]] = [{} for _ in range(found.shape[1])]
    parts, tried = [found[row == r] for r in of_row], list(of_row.values())
    told = [np.zeros(len(t), dtype=int) for t in tried]  # by row, what the words so far tell apart
    for at in reversed(range(found.shape[1])):
        finer = [_finer(before, part[:, at]) for before, part in zip(told, parts, strict=True)]
        if all(_leaves_enough(codes, counts) for codes, counts in zip(finer, tried, strict=True)):
            told = finer
            out[at] = {word: word for word in set(found[:, at].astype(str))}
    return out


def _finer(before: np.ndarray, words: np.ndarray) -> np.ndarray:
    """What is told apart by what was told before and by a word more."""
    kinds = sorted(set(words))
    return before if len(kinds) < 2 else before * len(kinds) + np.searchsorted(kinds, words.astype(str))


def _grid(low: np.ndarray, high: np.ndarray, *, part: bool) -> np.ndarray:
    """Every combination of true counts of one row."""
    tried = np.array(list(product(*(np.arange(a, b + 1) for a, b in zip(low, high, strict=True)))))
    return tried[tried[:, 0] <= tried[:, 1]] if part else tried


def _leaves_enough(found: np.ndarray, counts: np.ndarray) -> bool:
    """Whether each word leaves every count of the row enough values; a word that comes out for all gives nothing away."""
    kinds = set(found)
    if len(kinds) < 2:
        return True
    return all(
        len(set(counts[found == kind, c])) >= min(LEAST, len(set(every)))
        for kind in kinds
        for c, every in enumerate(counts.T)
    )


def _true(
    asked: Question,
    true: pd.DataFrame | Sequence[pd.DataFrame],
    shown: pd.DataFrame,
    may: list[dict[str, str]],
) -> list[str]:
    facts = [true] if isinstance(true, pd.DataFrame) else list(true)
    if keys := list(asked.key):
        facts = [shown[keys].merge(fact, on=keys, how="left", validate="one_to_one") for fact in facts]
    counts = np.column_stack(
        [next(fact[c] for fact in facts if c in fact).to_numpy(dtype=float) for c in asked.columns]
    )
    found = (asked.truth or asked.words)(counts[None])[0]
    return [allowed.get(str(word), UNDECIDED) for word, allowed in zip(found, may, strict=True)]
