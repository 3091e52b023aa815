"""What a release takes anew and what it leaves as it was published: a correction of one to nine records would tell itself.

Facts that are made of the same tables are one family. Family by month (or by year, for facts of years) is the unit: where its live
figures differ from the former release's by fewer than ten records, all of them stay as they were; where by ten or more, or where the
former release has none, all are taken, but for a sum that itself changed by one to nine: the one missed session among two dozen that
went would be told by what turns and what does not. What is compared is the figures themselves, so that differences add up from release
to release until they are taken, a change that was taken back is none, and files, lakes, undo and erasure are all alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Table, except_, select

from data import facts
from data.batches import read_frame
from data.release import SMALL
from data.tables import FACTS, OPERATIONAL

# Units of sums to which a record adds one at most; time, weights and money are none of these.
COUNTS = frozenset({"contacts", "cases", "sessions", "visits", "referrals", "exits", "households", "people"})
# A record stands in two rows of a fact and month at most (a spell that passes a band of duration), before a correction and after it.
ROWS_OF_ONE = 4
ROWS = "rows"  # beside the counts of a fact: how many records differ by its rows
# Of days, hours and single traits: no answer reads them, and a row of theirs is hardly more than a person's.
LEFT_OUT = frozenset({"hotline_daily", "attendance_daily"})
# A sum of time and the count that it is divided by: they stay together.
MEAN_OF = {"wait_s": "answered", "handle_s": "answered"}
TOGETHER = (("detection_monthly", "detection_pair", "detection_count"),)  # of one lake


@dataclass(frozen=True)
class Unit:
    """A family of facts in a period (a month, or a year), named by its first table."""

    family: str
    period: int


@dataclass(frozen=True)
class Held:
    """What keeps the figures of release `since`; `records` says by how many the live ones differ at least.

    Attributes:
        sum: "fact.column" where the unit was taken anew and this sum alone stays; else "", the whole unit.
    """

    family: str
    period: int
    records: int
    since: int
    sum: str = ""


@cache
def kept_facts() -> tuple[str, ...]:
    """The facts that a release holds."""
    return tuple(name for name in FACTS if name not in LEFT_OUT)


@cache
def families() -> Mapping[str, str]:
    """Fact of persons -> its family, by its first table. Facts of years stand for themselves: their records are those of many months."""
    people = [name for name in kept_facts() if counts(FACTS[name])]
    found = {name: name for name in people}
    for one, other in combinations([name for name in people if period_of(FACTS[name]) == "month_key"], 2):
        if _tables(one) & _tables(other) or any({one, other} <= set(some) for some in TOGETHER):
            found = {name: found[one] if of == found[other] else of for name, of in found.items()}
    first = {of: min(_tables(of), default=of) for of in found.values() if period_of(FACTS[of]) == "month_key"}
    return {name: first.get(of, of) for name, of in found.items()}


def _tables(fact: str) -> frozenset[str]:
    return frozenset(facts.SOURCES.get(fact, ()))


def tables_of(family: str) -> frozenset[str]:
    """The tables of the record that a family is made of."""
    return frozenset().union(*(_tables(fact) for fact, of in families().items() if of == family))


def named(family: str, lang: str) -> str:
    """A family in words: its first table, or its fact."""
    table = OPERATIONAL[family] if family in OPERATIONAL else FACTS[family]
    return str(table.info[lang])


def counts(fact: Table) -> list[str]:
    """The sums of a fact to which a record adds one at most."""
    return [c.name for c in fact.c if c.name not in fact.info["keys"] and c.info.get("unit") in COUNTS]


def period_of(fact: Table) -> str:
    """The column of a fact's published period: of facts of days the month."""
    return "month_key" if "month_key" in fact.c else "year"


@dataclass(frozen=True)
class Weighed:
    """What was decided.

    Attributes:
        held: units that stay, with their records. taken: units that are taken anew or are new; all others are alike.
        sums: (fact, column, period) of units that are taken, but for this sum, with its records.
    """

    held: Mapping[Unit, int]
    taken: frozenset[Unit]
    sums: Mapping[tuple[str, str, int], int]

    def touched(self, tables: frozenset[str]) -> str:
        """'taken' where some unit of families of these tables is, 'held' where some is held and none taken, else ''."""
        mine = {of for of in families().values() if tables_of(of) & tables}
        if any(unit.family in mine for unit in self.taken):
            return "taken"
        return "held" if any(unit.family in mine for unit in self.held) else ""


def weigh(connection: Connection, live: Mapping[str, Table], former: Mapping[str, Table]) -> Weighed:
    """Compare the live facts with a former release's, unit by unit.

    Args:
        live, former: fact -> its table there.
    """
    records: dict[Unit, int] = {}
    known: set[Unit] = set()
    few: dict[tuple[str, str, int], int] = {}
    for name, family in families().items():
        new, old = (
            read_frame(connection, except_(select(one), select(other)))
            for one, other in ((live[name], former[name]), (former[name], live[name]))
        )
        period = former[name].c[period_of(FACTS[name])]
        mine = {int(p) for p in connection.execute(select(period).distinct()).scalars()}
        known |= {Unit(family, at) for at in mine}
        for at, least in differing(FACTS[name], new, old).iterrows():
            unit = Unit(family, int(at))
            records[unit] = max(records.get(unit, 0), int(least.max()))
            if mine:  # a fact that the former release lacks as a whole is taken as it is
                few |= {
                    (name, c, int(at)): int(least[c]) for c in counts(FACTS[name]) if 0 < least[c] < SMALL
                }
    held = {unit: n for unit, n in records.items() if n < SMALL and unit in known}
    taken = frozenset(records.keys() - held.keys())
    anew = taken & known
    sums = {one: n for one, n in few.items() if Unit(families()[one[0]], one[2]) in anew}
    return Weighed(held, taken, sums)


def differing(fact: Table, new: pd.DataFrame, old: pd.DataFrame) -> pd.DataFrame:
    """The least number of records by which two states of a fact differ, by period: of each count, and of all by how many rows differ.

    Periods that are alike are not in it.

    Args:
        new, old: the rows of each that are not in the other.

    A sum of persons that went up by n over all rows, or down by n, needs n records; n rows that differ need a quarter of that.
    """
    period = period_of(fact)
    if new.empty and old.empty:
        return pd.DataFrame(columns=[ROWS, *counts(fact)])
    keys = list(dict.fromkeys([*fact.info["keys"], period]))
    sums = [c.name for c in fact.c if c.name not in keys and c.name != "fiscal_year"]
    both = []
    for frame, sign in ((new, 1.0), (old, -1.0)):
        values = frame[sums].apply(pd.to_numeric).astype(float)
        told = values.notna().add_suffix("?").astype(float)  # what is not told is not a zero
        both.append(pd.concat([frame[keys].astype(str), sign * values.fillna(0.0), sign * told], axis=1))
    left = pd.concat(both, ignore_index=True).groupby(keys, sort=False, dropna=False).sum()
    left = left[(left.abs() > 1e-6).any(axis=1)]
    by = left.index.get_level_values(period)
    rows = np.ceil(left.groupby(by).size() / ROWS_OF_ONE).rename(ROWS)
    up, down = ((sign * left[counts(fact)]).clip(lower=0.0).groupby(by).sum() for sign in (1.0, -1.0))
    least = pd.concat([rows, np.maximum(up, down)], axis=1)
    return np.ceil(least - 1e-6).astype(int).set_axis(least.index.astype(int))


def units(weighed: Weighed) -> Iterator[tuple[str, str, list[int]]]:
    """Fact, the column of its period, and its periods that are held."""
    for name, family in families().items():
        periods = sorted(unit.period for unit in weighed.held if unit.family == family)
        if periods:
            yield name, period_of(FACTS[name]), periods


def staying(weighed: Weighed) -> Iterator[tuple[str, int, list[str]]]:
    """Fact, period, and the sums that stay there while its other ones are taken anew; with a count the time that it divides."""
    for name, at in sorted({(name, at) for name, _, at in weighed.sums}):
        few = [c for c in counts(FACTS[name]) if (name, c, at) in weighed.sums]
        yield name, at, few + [c for c, of in MEAN_OF.items() if c in FACTS[name].c and of in few]


def with_former(fact: Table, new: pd.DataFrame, old: pd.DataFrame, sums: Sequence[str]) -> pd.DataFrame:
    """The rows of a fact with some sums as they were: rows that it had and has no more stand for these sums alone."""
    keys = [
        c.name for c in fact.c if c.name in fact.info["keys"] or c.name in ("fiscal_year", period_of(fact))
    ]
    both = new.drop(columns=list(sums)).merge(old[[*keys, *sums]], on=keys, how="outer", indicator=True)
    gone, come = both["_merge"].eq("right_only"), both["_merge"].eq("left_only")
    others = [c for c in new.columns if c not in keys and c not in sums]
    told = [c for c in new.columns if new[c].notna().any()]  # what nobody told is not a zero
    both.loc[gone, [c for c in others if c in told]] = 0
    both.loc[come, [c for c in sums if c in told]] = 0
    nobody = gone & both[list(sums)].fillna(0).eq(0).all(axis=1)
    return both.loc[~nobody, new.columns]
