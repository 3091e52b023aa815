"""The smallest pieces that published figures tell apart, and the sensitive cells among what they leave.

The records of a fact are its atoms. Which places, programmes and providers go together is taken as known; how many people stand behind
is not. For a target in a district or of a provider all others are one: their published figures are added up, limits with them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sqlalchemy import func, select

from answers.store import Store
from data import tables as t
from data.batches import read_frame
from data.queries import Span
from tools.attack.collect import Grid
from tools.attack.families import DERIVED, Term

TIMES = ("month_key", "year")
# Part -> whole, by definition of the columns; whoever reads the dictionary knows it.
PARTS: dict[str, tuple[tuple[str, str], ...]] = {
    "hotline_monthly": (("offered", "attempts"), ("answered", "offered"), ("answered_in_20_s", "answered"), ("abandoned", "offered"),
                        ("short_abandoned", "abandoned"), ("referred", "answered")),
    "hotline_topic": (("referred", "answered"),),
    "hotline_caller": (("callers_answered", "callers"), ("callers", "attempts"), ("again_7", "again_30"), ("again_30", "answered")),
    "case_monthly": (("started_in_42_d", "started_in_126_d"), ("started_in_126_d", "started"), ("reached_8", "completed"),
                     ("completed", "ended"), ("dropped_out", "ended"), ("suspended", "ended")),
    "session_monthly": (("attended", "scheduled"), ("dna", "scheduled"), ("cancelled_client", "scheduled"),
                        ("cancelled_service", "scheduled")),
    "outcome_monthly": (("paired", "completed"), ("at_caseness", "completed"), ("recovered", "at_caseness"),
                        ("reliably_recovered", "recovered"), ("reliably_improved", "completed"), ("reliably_deteriorated", "completed")),
    "course_end": (("waited_42_d", "waited_126_d"), ("waited_126_d", "completed"), ("scored", "completed"),
                   ("at_caseness", "completed"), ("recovered", "at_caseness"), ("reliably_recovered", "recovered"),
                   ("reliably_improved", "completed"), ("reliably_deteriorated", "completed")),
    "case_course": (("started", "referred"), ("second", "started"), ("ended", "referred"), ("completed", "ended"), ("reached_8", "completed"),
                    ("followed_up", "ended"), ("dropped_out", "ended"), ("suspended", "ended"), ("paired", "completed"),
                    ("at_caseness", "completed"), ("recovered", "at_caseness"), ("reliably_recovered", "recovered"),
                    ("reliably_improved", "completed"), ("reliably_deteriorated", "completed")),
    "referral_monthly": (("accepted", "received"), ("accepted_in_14_d", "accepted")),
    "detection_monthly": (("contacted", "flagged"), ("confirmed", "contacted"), ("enrolled", "confirmed")),
    "return_monthly": (("to_reisolated", "person_days"),),
    "hotline_hourly": (("offered", "attempts"), ("answered", "offered"), ("answered_in_20_s", "answered"), ("abandoned", "offered")),
    "detection_count": (("contacted", "flagged"), ("flagged", "households"), ("confirmed", "contacted"), ("enrolled", "confirmed")),
    "thread_yearly": (("contacted", "known"), ("assessed", "contacted"), ("enrolled", "assessed"), ("completed", "enrolled"),
                      *((f"{what}_{step}", step) for step in ("known", "contacted", "assessed", "enrolled") for what in ("ended", "silent")),
                      ("scored", "completed"), ("better", "scored"), ("due_6", "completed"), ("due_12", "due_6"), ("due_24", "due_12"),
                      *((f"{what}_{m}", f"due_{m}") for m in (6, 12, 24) for what in ("connected", "apart")),
                      ("now_connected", "completed"), ("now_apart", "completed"), ("returned", "ever_connected"), ("came_back", "returned")),
    "thread_link": (("met", "people"),),
    "survey_area": (("lonely_respondents", "respondents"), ("isolated_respondents", "respondents")),
}  # fmt: skip
_CALLS = {
    name: name
    for name in ("attempts", "offered", "answered", "answered_in_20_s", "abandoned", "short_abandoned")
}
_ENDED = (
    "completed",
    "at_caseness",
    "recovered",
    "reliably_improved",
    "reliably_recovered",
    "reliably_deteriorated",
)
# Fact -> another one whose columns count the same records by the same keys: what is published of that one binds this one.
SAME: dict[str, dict[str, dict[str, str]]] = {
    "case_monthly": {"outcome_monthly": {"completed": "completed"}, "course_end": {"completed": "completed"}},
    "outcome_monthly": {"case_monthly": {"completed": "completed"}, "course_end": {name: name for name in _ENDED}},
    "course_end": {"case_monthly": {"completed": "completed"}, "outcome_monthly": {name: name for name in _ENDED}},
    "hotline_topic": {"hotline_monthly": {"answered": "answered", "referred": "referred"}},
}  # fmt: skip
NO_COUNT = (
    "_s",
    "_days",
    "weight",
    "weight_sq",
    "weight_lonely",
    "weight_isolated",
)  # sums of time and weights


@dataclass(frozen=True, eq=False)
class Fact:
    """The atoms of one fact: keys that some grid asks by, and the true columns; zero where nobody stands."""

    name: str
    keys: tuple[str, ...]
    atoms: pd.DataFrame

    def mask(self, where: Any) -> npt.NDArray[np.bool_]:
        """Which atoms a filter takes."""
        keep = np.ones(len(self.atoms), dtype=bool)
        for name, wanted in where:
            keep &= _matches(self.atoms[_column(name)], wanted)
        return keep

    def codes(self, grid: Grid) -> tuple[npt.NDArray[np.int64], pd.DataFrame]:
        """The row of the grid that each atom stands in (-1 for none), and the rows' keys."""
        keep = self.mask(grid.where)
        if not grid.keys:
            return np.where(keep, 0, -1).astype(np.int64), pd.DataFrame(index=[0])
        keyed = self.atoms.loc[keep, [_column(k) for k in grid.keys]].set_axis(list(grid.keys), axis=1)
        grouped = keyed.groupby(list(grid.keys), sort=True)
        codes = np.full(len(self.atoms), -1, dtype=np.int64)
        codes[keep] = grouped.ngroup().to_numpy()
        rows = keyed.drop_duplicates().sort_values(list(grid.keys)).reset_index(drop=True)
        return codes, rows

    def value(self, terms: tuple[Term, ...]) -> npt.NDArray[np.float64]:
        """The true sum of some terms, by atom."""
        out = np.zeros(len(self.atoms))
        for column, where, sign in terms:
            out += sign * np.where(self.mask(where), self.atoms[column].to_numpy(dtype=float), 0.0)
        return out


def _column(key: str) -> str:
    return "district_code" if key == "area_code" else key


def _matches(column: pd.Series, wanted: Any) -> npt.NDArray[np.bool_]:
    if isinstance(wanted, Span):
        return column.between(wanted.low, wanted.high).to_numpy()
    if isinstance(wanted, (list, tuple, set, frozenset)):
        return column.isin(list(wanted)).to_numpy()
    return (column == wanted).to_numpy()


def borrowed(grids: list[Grid]) -> list[Grid]:
    """Grids of other facts that count the same records, as grids of the fact that they bind."""
    found: dict[Any, Grid] = {}
    for fact, others in SAME.items():
        if not any(g.fact == fact for g in grids):
            continue
        known = {*t.FACTS[fact].info["keys"], "month_key"}
        for grid in grids:
            own = others.get(grid.fact)
            if own is None or not {_column(k) for k in (*grid.keys, *dict(grid.where))} <= known:
                continue
            sums = tuple(
                (name, tuple((own[c], where, sign) for c, where, sign in terms))
                for name, terms in grid.sums
                if all(c in own and {w for w, _ in where} <= known for c, where, _ in terms)
            )
            if sums:
                made = replace(grid, fact=fact, sums=sums, borrowed=True)
                found.setdefault(made.place, made)
    return list(found.values())


def facts(store: Store, grids: list[Grid]) -> dict[str, Fact]:
    """The atoms of every fact that a grid asks."""
    found: dict[str, Fact] = {}
    for name in sorted({g.fact for g in grids}):
        mine = [g for g in grids if g.fact == name]
        table = t.FACTS[name]
        asked = {_column(k) for g in mine for k in (*g.keys, *(w for w, _ in g.where))}
        asked |= {w for g in mine for _, terms in g.sums for term in terms for w, _ in term[1]}
        own = {k: v for k, v in DERIVED.get(name, {}).items() if k in asked}
        asked |= {need for needs, _ in own.values() for need in needs}
        keys = tuple(k for k in dict.fromkeys((*table.info["keys"], "month_key")) if k in asked)
        columns = sorted({term[0] for g in mine for _, terms in g.sums for term in terms})
        with store.connect() as connection:
            by = [table.c[k] for k in keys]
            rows = read_frame(
                connection, select(*by, *(func.sum(table.c[c]).label(c) for c in columns)).group_by(*by)
            )
        # Days are not filled up: which of them have nobody is then taken as known.
        atoms = (
            rows.assign(day=pd.to_datetime(rows["day"])) if "day" in keys else _filled(rows, keys, columns)
        )
        atoms = atoms.assign(**{key: make(atoms) for key, (_, make) in own.items()})
        found[name] = Fact(name, (*keys, *own), atoms)
    return found


def _filled(rows: pd.DataFrame, keys: tuple[str, ...], columns: list[str]) -> pd.DataFrame:
    """Every time with every combination of the other keys that occurs, zeros put in."""
    times, others = [k for k in keys if k in TIMES], [k for k in keys if k not in TIMES]
    if not times or not others or rows.empty:
        return rows.fillna(dict.fromkeys(columns, 0))
    every = rows[times].drop_duplicates().merge(rows[others].drop_duplicates(), how="cross")
    return every.merge(rows, on=list(keys), how="left").fillna(dict.fromkeys(columns, 0))


@dataclass(frozen=True)
class Target:
    """A sensitive cell: a signed sum of rows of grids with a true count of 1 to 9.

    Attributes:
        rows: (grid's number, sum's name, row's number, sign). kind: how it is reached. true: its count.
    """

    fact: str
    rows: tuple[tuple[int, str, int, int], ...]
    kind: str
    label: str
    true: int


def targets(fact: Fact, grids: list[Grid]) -> Iterator[Target]:
    """Sensitive cells of a fact: rows, parts left over of a whole, and differences of grids of which one lies in the other."""
    made = [sums(fact, g) for g in grids]
    for n, (grid, (rows, sums_of)) in enumerate(zip(grids, made, strict=True)):
        if grid.borrowed:  # attacked as the other fact's
            continue
        for name, true in sums_of.items():
            for r in np.flatnonzero((true >= 1) & (true <= 9)):
                yield Target(
                    fact.name, ((n, name, int(r), 1),), "cell", _label(grid, name, rows, int(r)), int(true[r])
                )
        for part, whole in pairs(fact.name, grid):
            left = sums_of[whole] - sums_of[part]
            for r in np.flatnonzero((left >= 1) & (left <= 9)):
                told = (n, whole, int(r), 1), (n, part, int(r), -1)
                yield Target(
                    fact.name, told, "rest", _label(grid, f"{whole}−{part}", rows, int(r)), int(left[r])
                )
    for a, b in product(range(len(grids)), repeat=2):
        if a != b and not (grids[a].borrowed and grids[b].borrowed) and _within(grids[b], grids[a]):
            yield from _differences(fact, grids, made, a, b)


def _differences(fact: Fact, grids: list[Grid], made: list[Any], a: int, b: int) -> Iterator[Target]:
    rows, whole = made[a]
    others, mine = made[b]
    shared = {_terms(grids[b], n): n for n in mine}
    for name, true in whole.items():
        same = shared.get(_terms(grids[a], name))
        if same is None:
            continue
        keys = list(grids[a].keys)
        if keys:
            at = rows.reset_index(names="_a").merge(others.reset_index(names="_b"), on=keys)
        else:
            at = pd.DataFrame({"_a": 0, "_b": np.arange(len(others))})
        for x, y in zip(at["_a"], at["_b"], strict=True):
            left = int(true[x] - mine[same][y])
            if 1 <= left <= 9:
                told = (a, name, int(x), 1), (b, same, int(y), -1)
                yield Target(fact.name, told, "difference", _label(grids[a], name, rows, int(x)) + " − " +
                             _label(grids[b], same, others, int(y)), left)  # fmt: skip


def _within(inner: Grid, outer: Grid) -> bool:
    """Whether a grid's rows lie in another's: one more condition or key, or fewer months."""
    a, b = dict(outer.where), dict(inner.where)
    if not set(outer.keys) <= set(inner.keys) or not set(a) <= set(b):
        return False
    more = len(inner.keys) - len(outer.keys) + len(set(b) - set(a))
    for name, wanted in a.items():
        if wanted != b[name]:
            if not (isinstance(wanted, Span) and isinstance(b[name], Span)):
                return False
            if not (wanted.low <= b[name].low and b[name].high <= wanted.high):
                return False
            more += 1
    return more == 1


def _terms(grid: Grid, name: str) -> tuple[Term, ...]:
    return dict(grid.sums)[name]


def sums(fact: Fact, grid: Grid) -> tuple[pd.DataFrame, dict[str, npt.NDArray[np.float64]]]:
    """A grid's rows and its true sums of people."""
    codes, rows = fact.codes(grid)
    inside = codes >= 0
    return rows, {
        name: np.bincount(codes[inside], fact.value(terms)[inside], minlength=len(rows)).astype(float)
        for name, terms in grid.sums
        if counts_people(terms)
    }


def counts_people(terms: tuple[Term, ...]) -> bool:
    """Whether a sum is one of people, contacts or households and not of time or weights."""
    return not any(column.endswith(NO_COUNT) for column, _, _ in terms)


def pairs(fact: str, grid: Grid) -> Iterator[tuple[str, str]]:
    """Sums of a grid, (part, whole), of which one is part of the other by definition of columns or by a narrower condition."""
    single = {
        name: terms[0]
        for name, terms in grid.sums
        if len(terms) == 1 and terms[0][2] == 1 and counts_people(terms)
    }
    whole_of = wholes(fact)
    for (name, (column, where, _)), (other, (whole, wider, _)) in product(single.items(), repeat=2):
        inside = column == whole and where != wider or whole in whole_of.get(column, ())
        if inside and all(_holds(wanted, dict(where).get(key)) for key, wanted in wider):
            yield name, other


def _holds(wider: Any, wanted: Any) -> bool:
    """Whether whoever fits one condition fits the wider one."""
    if wanted is None or wider == wanted:
        return wanted is not None
    if isinstance(wider, Span):
        return isinstance(wanted, Span) and bool(wider.low <= wanted.low and wanted.high <= wider.high)
    return isinstance(wider, tuple) and isinstance(wanted, tuple) and set(wanted) <= set(wider)


@cache
def wholes(fact: str) -> dict[str, frozenset[str]]:
    """Column -> every column that it is part of, straight or through others."""
    direct = PARTS.get(fact, ())
    found = {part: {w for p, w in direct if p == part} for part, _ in direct}
    for _ in direct:
        for part, some in found.items():
            found[part] = some | {w for whole in some for w in found.get(whole, ())}
    return {part: frozenset(some) for part, some in found.items()}


def _label(grid: Grid, name: str, rows: pd.DataFrame, row: int) -> str:
    at = ", ".join(f"{k}={rows[k].iloc[row]}" for k in grid.keys)
    where = ", ".join(f"{k}={tuple(v) if isinstance(v, Span) else v}" for k, v in grid.where)
    return f"{grid.fact}.{name}[{at}|{where}]"
