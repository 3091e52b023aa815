"""What public functions of `metrics`, `geo` and `forecast` take: shape, finite, range, order, alignment, said in one line each.

    @takes(won=numbers("n"), outcomes=numbers("n", low=0, missing=True), ordered=("lower", "upper"))
    def f(won, outcomes, ...): ...

What does not fit raises a ValueError that names the argument. A value may be missing (NaN) only where its rule says so; the
function then says what comes of it. The rules stay readable as `f.takes`, from which the tests make what must be refused.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar

import numpy as np
import pandas as pd

P = ParamSpec("P")
R = TypeVar("R")
INF = float("inf")


@dataclass(frozen=True)
class Numbers:
    """A rule for one argument: numbers of a shape, within limits.

    Attributes:
        dims: names of its dimensions; arguments that share a name share the length. None: any shape, `()`: one number.
        low, high: limits that may be met; above, below: limits that may not.
        missing: whether NaN may stand for a value that is not known. whole: no fractions. none: None may be given.
        infinite: whether infinity may be given. some: whether it must hold something.
    """

    dims: tuple[str, ...] | None
    low: float = -INF
    high: float = INF
    above: float = -INF
    below: float = INF
    missing: bool = False
    whole: bool = False
    none: bool = False
    infinite: bool = False
    some: bool = False

    def check(self, name: str, given: Any) -> np.ndarray | None:
        """The numbers, or None where none are given.

        Raises:
            ValueError: naming the argument and the first value that does not fit.
        """
        if given is None and self.none:
            return None
        if (
            type(given) in (float, int) and not self.dims and self._plain(given)
        ):  # most calls by far: one number that fits
            return np.asarray(given, dtype=float)
        found = _floats(name, given)
        if self.dims is not None and found.ndim != len(self.dims):
            kind = "one number" if not self.dims else f"numbers in {len(self.dims)} dimension(s)"
            raise ValueError(f"{name} must be {kind}, not of shape {found.shape}")
        if self.some and not found.size:
            raise ValueError(f"{name} must not be empty")
        if not found.size or self._all_fit(given, found):
            return found
        wrong = found[~self._fits(found)]
        if wrong.size:
            raise ValueError(f"{name} must be {self.words()}, not {wrong.flat[0]:g}")
        return found

    def _plain(self, value: float) -> bool:
        """Whether a number surely fits; what does not, or is missing, is looked at in full."""
        return (
            self.low <= value <= self.high
            and (self.above < value or self.above == -INF)
            and (value < self.below or self.below == INF)
            and (self.infinite or -INF < value < INF)
            and (not self.whole or value in (INF, -INF) or value == value // 1)
        )

    def _all_fit(self, given: Any, found: np.ndarray) -> bool:
        """Whether all surely fit, by the least and the greatest."""
        if self.whole and getattr(getattr(given, "dtype", None), "kind", "") not in ("i", "u"):
            return False
        low, high = (
            (np.fmin, np.fmax) if self.missing else (np.minimum, np.maximum)
        )  # the second two keep NaN
        return self._plain(float(low.reduce(found, axis=None))) and self._plain(
            float(high.reduce(found, axis=None))
        )

    def _fits(self, found: np.ndarray) -> np.ndarray:
        with np.errstate(invalid="ignore"):
            good = (found >= self.low) & (found <= self.high)
            good &= (found > self.above) if self.above > -INF else True
            good &= (found < self.below) if self.below < INF else True
            if not self.infinite:
                good &= ~np.isinf(found)
            if self.whole:
                good &= np.isinf(found) | (found == np.floor(found))
        return good | (np.isnan(found) if self.missing else False)

    def words(self) -> str:
        """What is asked for."""
        limits = [
            (self.low, -INF, "of at least {:g}"),
            (self.above, -INF, "of more than {:g}"),
            (self.high, INF, "of at most {:g}"),
            (self.below, INF, "of less than {:g}"),
        ]
        said = [words.format(value) for value, free, words in limits if value != free]
        kind = ("" if self.infinite else "finite ") + ("whole " if self.whole else "")
        rest = ", or NaN where not known" if self.missing else ""
        return (
            f"{'a ' if self.dims == () else ''}{kind}number{'' if self.dims == () else 's'} {' and '.join(said)}".rstrip()
            + rest
        )


@dataclass(frozen=True)
class Table:
    """A rule for a frame: the columns that it must have, with rules for numbers among them, and what tells rows apart."""

    columns: tuple[str, ...]
    rules: Mapping[str, Numbers] = field(default_factory=dict)
    unique: tuple[str, ...] = ()

    def check(self, name: str, given: Any) -> None:
        """
        Raises:
            ValueError: naming the argument and the column.
        """
        if not isinstance(given, pd.DataFrame):
            raise ValueError(f"{name} must be a DataFrame, not {type(given).__name__}")
        lacking = [c for c in (*self.columns, *self.rules) if c not in given.columns]
        if lacking:
            raise ValueError(f"{name} lacks {', '.join(lacking)}")
        for column, rule in self.rules.items():
            rule.check(f"{name}: {column}", given[column])
        if self.unique and given.duplicated(list(self.unique)).any():
            twice = given.loc[given.duplicated(list(self.unique)), list(self.unique)].iloc[0].tolist()
            raise ValueError(f"{name} has more than one row for {dict(zip(self.unique, twice, strict=True))}")


@dataclass(frozen=True)
class Choice:
    """A rule for a word."""

    allowed: tuple[str, ...]

    def check(self, name: str, given: Any) -> None:
        """
        Raises:
            ValueError: naming the argument and what it may be.
        """
        if given not in self.allowed:
            raise ValueError(f"{name} must be one of {', '.join(self.allowed)}, not {given!r}")


Rule = Numbers | Table | Choice


def numbers(*dims: str, **limits: Any) -> Numbers:
    """Numbers whose dimensions have these names (`numbers("n")`), or of any shape (`numbers()`)."""
    return Numbers(dims or None, **limits)


def number(**limits: Any) -> Numbers:
    """One number."""
    return Numbers((), **limits)


def table(*columns: str, unique: tuple[str, ...] = (), **rules: Numbers) -> Table:
    """A frame with these columns."""
    return Table(columns, rules, unique)


def one_of(*allowed: str) -> Choice:
    """One of these words."""
    return Choice(allowed)


def takes(*, ordered: tuple[str, ...] = (), **rules: Rule) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Check a function's arguments before it runs.

    Args:
        ordered: names of arguments of which none may exceed the next, where both are known.
        rules: one per argument.
    """

    def guard(function: Callable[P, R]) -> Callable[P, R]:
        names = list(inspect.signature(function).parameters)
        strange = set(rules) - set(names)
        if strange:
            raise TypeError(f"{function.__name__} takes no {', '.join(sorted(strange))}")

        @functools.wraps(function)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            given = dict(zip(names, args, strict=False)) | kwargs
            check(rules, {name: given[name] for name in rules if name in given}, ordered)
            return function(*args, **kwargs)

        checked.takes = dict(rules)  # type: ignore[attr-defined]
        return checked

    return guard


def check(rules: Mapping[str, Rule], given: Mapping[str, Any], ordered: tuple[str, ...] = ()) -> None:
    """
    Raises:
        ValueError: an argument that does not fit its rule; lengths that differ where a dimension is shared; Series whose
            indexes differ, which would be taken by position; an argument above the one that it may not exceed, or of another shape.
    """
    found: dict[str, np.ndarray] = {}
    for name, value in given.items():
        array = rules[name].check(name, value)
        if array is not None:
            found[name] = array
    lengths: dict[str, tuple[str, int]] = {}
    for name, array in found.items():
        dims = getattr(rules[name], "dims", None)
        for dim, length in zip(dims or (), array.shape if dims else (), strict=True):
            first, other = lengths.setdefault(dim, (name, length))
            if other != length:
                raise ValueError(f"{name} and {first} differ in length: {length} and {other}")
    aligned({name: given[name] for name in found})
    for small, large in zip(ordered, ordered[1:], strict=False):
        if small not in found or large not in found:
            continue
        narrow, wide = found[small].shape, found[large].shape
        if narrow and wide and narrow != wide:
            raise ValueError(f"{small} and {large} differ in shape: {narrow} and {wide}")
        if np.any(found[small] > found[large]):
            raise ValueError(f"{small} must not exceed {large}")


def aligned(given: Mapping[str, Any]) -> None:
    """
    Raises:
        ValueError: two Series (or frames) of one length whose indexes differ: their values would be paired by position.
    """
    indexed = {name: v.index for name, v in given.items() if isinstance(v, (pd.Series, pd.DataFrame))}
    for name, index in list(indexed.items())[1:]:
        first = next(iter(indexed))
        if len(index) == len(indexed[first]) and not index.equals(indexed[first]):
            raise ValueError(f"{name} and {first} have other indexes: bring them into one order first")


def _floats(name: str, given: Any) -> np.ndarray:
    try:
        if isinstance(given, pd.Series) and not isinstance(given.dtype, np.dtype):
            return given.to_numpy(dtype=float, na_value=np.nan)
        return np.asarray(given.to_numpy() if isinstance(given, pd.Series) else given, dtype=float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be numbers") from error
