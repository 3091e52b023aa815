"""Where the records behind a figure end, and whose they are: windows end with them, and a figure of a part says so.

A month that nobody has closed is a gap and not a zero: it stays out of sums, rates and series, above the line and below it. Where
some districts have closed a month and others not, the city's figures are those of the districts that closed all of the months that
are asked for; such figures are of a part, are said to be, and are the same districts' throughout. Books are not cut: what is
entered in the ledger is counted to the won, and only the day that it is judged on follows from its closed months.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import pandas as pd

from answers.periods import shifted
from data import coverage, facts
from data.codes import UNKNOWN
from data.coverage import WHOLE_CITY
from data.queries import Span
from data.summary_rollups import OUTCOMES
from data.tables import OPERATIONAL, metadata

BOOKS = frozenset({"ledger_entry"})
SUMMARIES = frozenset(name for name, table in OPERATIONAL.items() if table.info.get("summary"))
# Of facts that several tables make: which columns need a table; the others do without it. Who was referred is known without a session.
_SCORES = frozenset({"scored", *OUTCOMES})
_HELD = frozenset({"second", "completed", "reached_8", "dropped_out"})
_SEEN = frozenset({"followed_up"})
# Tables that tell months later what came of a month's cases: it is known where they go on, without a gap, as far as the cases do.
AFTERWARDS = frozenset({"follow_up"})
NEEDS: dict[str, dict[str, frozenset[str]]] = {
    "case_monthly": {"counselling_session": _HELD},
    "case_course": {"counselling_session": _HELD, "outcome_measure": _SCORES, "follow_up": _SEEN},
    "outcome_monthly": {"outcome_measure": _SCORES},
    "course_end": {"outcome_measure": _SCORES},
}


NOWHERE = "-"  # a district that no row has


@dataclass(frozen=True)
class Ends:
    """What is closed.

    Attributes:
        closed: table -> district ('' for rows without one) -> closed months; first: the same -> the month that came first. Both
            stay empty where all tables are whole up to one month, since then nothing is ever left out.
        whole: table -> its last month, of tables that every district has closed without a gap up to there.
        districts: how many the city has.
    """

    closed: Mapping[str, Mapping[str, frozenset[int]]]
    first: Mapping[str, Mapping[str, int]]
    whole: Mapping[str, int]
    districts: int

    @classmethod
    def of(cls, spans: pd.DataFrame, states: Callable[[], pd.DataFrame], *, districts: int) -> Ends:
        """Of `data.coverage.spans`, and of its `states` where some table is not whole."""
        whole: dict[str, int] = {}
        for table, rows in spans.groupby("table_name", sort=True):
            end = int(rows["last"].max())
            spanned = [len(coverage.months(int(first), end)) for first in rows["first"]]
            gapless = (rows["closed"] == spanned).all()
            named = int((rows["district_code"] != WHOLE_CITY).sum())
            if gapless and named in (0, districts) and not rows["worded"].astype(bool).any():
                whole[str(table)] = end
        if set(whole) == set(spans["table_name"]) and len(set(whole.values())) < 2:
            return cls({}, {}, whole, districts)
        closed: dict[str, dict[str, frozenset[int]]] = {}
        first: dict[str, dict[str, int]] = {}
        for (table, district), own in states().groupby(["table_name", "district_code"], sort=True):
            months = own.loc[own["state"] == "closed", "month_key"]
            closed.setdefault(str(table), {})[str(district)] = frozenset(int(m) for m in months)
            first.setdefault(str(table), {})[str(district)] = int(own["month_key"].min())
        return cls(closed, first, whole, districts)

    def until(self, tables: Sequence[str]) -> int | None:
        """The latest month that somebody has closed in each of the tables that have come at all; None where there is none."""
        ends = [self._last(table) for table in tables if table in self.whole or table in self.closed]
        return min(ends) or None if ends else None

    def _last(self, table: str) -> int:
        if table in self.whole:
            return self.whole[table]
        return max((max(months, default=0) for months in self.closed[table].values()), default=0)

    def all_of(self, tables: Sequence[str]) -> bool:
        """Whether nothing has to be left out of what rests on some tables: no gap, no missing district, one end."""
        return len({self.whole.get(table, 0) for table in tables}) == 1 and tables[0] in self.whole

    def cut(self, tables: Sequence[str], months: Sequence[int] | None, *, by_district: bool) -> Cut:
        """What may be counted of some months: those closed, and the districts that closed all of them.

        Args:
            months: ascending; None for all there are. by_district: whether the caller asks for districts of its own.
        """
        came = [table for table in tables if table in self.closed]
        if len(came) < len(tables):  # one source has never come: what needs it cannot be known
            return Cut((), (), gaps=())
        senders = [d for d in self.closed[came[0]] if all(d in self.closed[t] for t in came)]
        closed = {d: self._known(came, d) for d in senders}
        known = sorted(frozenset().union(*closed.values())) if closed else []
        asked = known if months is None else list(months)
        kept = [m for m in asked if m in set(known)]
        begun = min((self.first[t][d] for t in came for d in self.first[t]), default=0)
        # What is only known later leaves out months that are counted for all else: no gap of the answer.
        ending = known[-1] if known and not AFTERWARDS & set(came) else 0
        gaps = tuple(m for m in asked if m not in set(kept) and begun <= m <= ending)
        if by_district or not kept:
            return Cut(tuple(kept), None, gaps)
        throughout = [d for d in senders if closed[d] >= set(kept)]
        if not throughout:
            # Nobody has all of them: those of the last month, from where they all have every month on.
            throughout = [d for d in senders if kept[-1] in closed[d]]
            kept = [m for m in kept if all(m in closed[d] for d in throughout)]
        named = sum(d != WHOLE_CITY for d in throughout)
        everybody = named in (0, self.districts) and len(throughout) == len(senders)
        return Cut(tuple(kept), None if everybody else tuple(throughout), gaps)

    def _known(self, tables: Sequence[str], district: str) -> frozenset[int]:
        """The months of a district of which each of some tables tells."""
        at_once = [self.closed[t][district] for t in tables if t not in AFTERWARDS]
        later = [self.closed[t][district] for t in tables if t in AFTERWARDS]
        found = frozenset.intersection(*(at_once or later))
        for months in later if at_once and found else ():
            since = max(found)
            while since in months:
                since = shifted(since, -1)
            found = frozenset(m for m in found if m > since)
        return found


@dataclass(frozen=True)
class Cut:
    """Months and districts that count; districts are None where all do. gaps: months in between that nobody has closed."""

    months: tuple[int, ...]
    districts: tuple[str, ...] | None
    gaps: tuple[int, ...] = ()
    tables: tuple[str, ...] = ()  # that the figure rests on


@cache
def sources() -> dict[str, tuple[str, ...]]:
    """Fact -> the followed tables that it is rolled up from, books excepted."""
    # A summary's months are those of the tables that it tells of (`data.coverage`): it is no source more.
    followed = set(coverage.WAIT_DAYS) - BOOKS - SUMMARIES
    found = {fact: tuple(s for s in tables if s in followed) for fact, tables in facts.SOURCES.items()}
    return {fact: tables for fact, tables in found.items() if tables}


def tables_of(fact: str, columns: Sequence[str]) -> tuple[str, ...]:
    """The followed tables that some columns of a fact need."""
    needs = NEEDS.get(fact, {})
    return tuple(t for t in sources().get(fact, ()) if t not in needs or needs[t] & set(columns))


def has_come(ends: Ends, fact: str, column: str) -> bool:
    """Whether the tables that a column of a fact needs have come at all."""
    return set(tables_of(fact, (column,))) <= {*ends.whole, *ends.closed}


def lacking(ends: Ends, fact: str, columns: Sequence[str]) -> list[str]:
    """The columns that cannot be known since a table that they alone need has never come; none where nothing has come at all."""
    without = [c for c in columns if not has_come(ends, fact, c)]
    return without if len(without) < len(columns) else []


def within(
    ends: Ends, asked: Mapping[str, Sequence[str]], where: Mapping[str, Any]
) -> tuple[dict[str, Any], Cut | None]:
    """A filter cut to what may be counted, and the cut; no cut where nothing has to be left out.

    Args:
        asked: fact -> its columns that are asked for.
    """
    tables = tuple(dict.fromkeys(t for fact, columns in asked.items() for t in tables_of(fact, columns)))
    if (
        not tables
        or not all("month_key" in metadata.tables[fact].c for fact in asked if fact in metadata.tables)
        or "census" in asked
    ):
        return dict(where), None
    if ends.all_of(tables):
        return dict(where), None
    by_district = "area_code" in where or "district_code" in where
    named = tuple(t for t in tables if t in AFTERWARDS) or tables  # the others are whole for all else
    cut = replace(ends.cut(tables, _months(where.get("month_key")), by_district=by_district), tables=named)
    out = {**where, "month_key": cut.months}
    if cut.districts is not None and all("district_code" in metadata.tables[fact].c for fact in asked):
        out["area_code"] = tuple(d or UNKNOWN for d in cut.districts)
    return out, cut


def only(where: Mapping[str, Any], districts: tuple[str, ...]) -> dict[str, Any]:
    """A filter cut to some districts; one that asks for none of them finds nothing. A dong is its district's."""
    out = dict(where)
    for name in ("area_code", "district_code"):
        if name in where:
            wanted = [where[name]] if isinstance(where[name], str) else list(where[name])
            out[name] = tuple(c for c in wanted if c in districts or f"{c[:4]}0" in districts) or (NOWHERE,)
    if "area_code" not in out and "district_code" not in out:
        out["area_code"] = districts
    return out


def _months(wanted: Any) -> list[int] | None:
    if wanted is None:
        return None
    if isinstance(wanted, Span):
        return coverage.months(int(wanted.low), int(wanted.high)) if wanted.low <= wanted.high else []
    if isinstance(wanted, (list, tuple, set, frozenset)):
        return sorted(int(m) for m in wanted)
    return [int(wanted)]
