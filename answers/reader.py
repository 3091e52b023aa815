"""The only door to figures. What is shown, what only a model may take, and what lies between the two are three calls.

* `frame`, `city`, `totals`, `total`, `share`, `protected`: figures that may be shown to whoever asks.
* `rows`: lists without a count of persons (places, plan, ledger, published figures).
* `for_model`: true sums and person-level rows, closed in a `Raw`. Only `judged` opens one: a named rule makes a word, a
  smoothed estimate or a statistic of it and says how much of the true sums it gives away.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from answers import ends, periods
from answers.kept import ground, kept
from answers.rights import VIEWS, Rights, views
from answers.store import OWN, Frozen, Store
from data import (
    alerts,
    boundary_sets,
    census,
    coverage,
    grids,
    ledger,
    queries,
    release,
    setup,
    summaries,
    tables,
    wards,
)
from data.cities import DEMO
from data.imports import lookups
from data.queries import Span
from locales import t
from metrics import registry
from metrics.measure import measure, share_limits
from metrics.spec import Metric

Where = tuple[tuple[str, Any], ...]
# Queries whose rows hold no count of persons: they may be shown as they stand.
OPEN = frozenset(
    {
        queries.districts,
        queries.dong,
        queries.polygons,
        queries.published,
        queries.programmes,
        queries.events,
        queries.batches,
        queries.periods,
        queries.freshness,
        queries.instruments,
        queries.targets,
        queries.signal_names,
        queries.reliabilities,
        queries.output_targets,
        queries.indicator,
        queries.boundaries,
        alerts.rules,
        boundary_sets.listing,
        coverage.spans,
        coverage.states,
        summaries.untold,
        summaries.spans,
        ledger.baselines,
        ledger.cells,
        ledger.document,
        ledger.entries,
        ledger.entry_sums,
        ledger.others,
        ledger.outputs,
        ledger.programmes,
        ledger.targets,
        ledger.transfers,
        lookups.read_lookups,
        setup.in_force,
        setup.log,
        setup.versions,
        wards.listing,
    }
)


@dataclass(frozen=True)
class Rule:
    """A named way to make a word, a smoothed estimate or a statistic from true sums.

    Attributes:
        name: as answers list it. gives: how much of the true sums the outcome gives away, in one sentence.
        words: whether its outcome is words alone; a number among them is refused.
    """

    name: str
    gives: str
    words: bool = False


class Unreleased(Exception):
    """Nothing of a city has been released yet, and live figures are not for whoever asks; or there is no release of the number asked for."""

    def __init__(self, city: str, number: int = 0) -> None:
        super().__init__(f"the city {city!r} has no release {number or 'yet'}")
        self.city = city
        self.number = number

    def words(self, lang: str) -> str:
        """It in a sentence of a language."""
        return t("release.no_such", lang, n=self.number) if self.number else t("release.none", lang)


class Raw:
    """True sums or person-level rows on their way into a judgement. They cannot be shown; a word about them can."""

    __slots__ = ("_frame",)

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame

    @property
    def empty(self) -> bool:
        """Whether there is any row at all."""
        return bool(self._frame.empty)


class Reader:
    """Figures of one store, for somebody with certain rights. Results are shared: they are not to be changed."""

    def __init__(self, store: Store, rights: Rights | None = None, *, patient: bool = True) -> None:
        """Read a store. A patient reader waits for studies (command line, tests, worker); a face takes the last ones. Faces use `shown`.

        Raises:
            ValueError: rights to a view that the store's city is not shown in.
            Unreleased: live records of the office, for whom figures are released ones.
        """
        self.store = store
        self.rights = rights or Rights()
        self.whose = store.city  # the demonstration or the office
        if self.rights.view not in (VIEWS if self.rights.named else views(self.whose)):
            raise ValueError(f"the city {self.whose!r} is not shown in the view {self.rights.view!r}")
        self.release: Frozen | None = store.release
        if self.rights.released and self.release is None and self.whose != DEMO:
            raise Unreleased(self.whose)
        self.patient = patient
        self.as_of = store.as_of
        self.version = store.version()
        # What every kept thing depends on. The address first, the data's state second: `kept` reads them there.
        self.key = (store.url, self.version, self.as_of, self.rights, patient)

    def on(self, day: date) -> Reader:
        """The same reader on an earlier day: what is known now, up to that day. For books, and for series by month alone.

        Raises:
            ValueError: a day after the one that the data speak for.
        """
        if day > self.store.as_of:
            raise ValueError(f"{day} lies after {self.store.as_of}, the day that the data speak for")
        earlier = copy(self)
        earlier.as_of = day
        earlier.key = (*self.key[:2], day, *self.key[3:])
        return earlier

    def seen_in(self, view: str) -> Reader:
        """The reader that a study of a view is made with: whoever asks, it sees what everybody in that view does."""
        return Reader(self.store, Rights(view), patient=self.patient)

    @classmethod
    def shown(cls, city: str, rights: Rights, *, patient: bool = True, release: int = 0) -> Reader:
        """The reader of what whoever has these rights is shown of a city: its latest release, or the live records.

        Args:
            release: one of its releases, by number: as it was published, whoever asks.

        Raises:
            Unreleased: there is no release yet, and live records of the office are not shown to them; or none of this number.
        """
        store = Store.shown(city, rights, release)
        found = store.release
        if release and (found is None or found.number != release):
            raise Unreleased(city, release)
        return cls(store, Rights(released=rights.released) if release else rights, patient=patient)

    @property
    def analyst(self) -> bool:
        """Whether the publishing rule is lifted: over made rows, or for a person who signed in as an analyst."""
        return self.rights.view == "analyst"

    @property
    def free(self) -> bool:
        """Whether the rule is lifted wherever a count comes from; with a scope of districts it is lifted for sums of these alone."""
        return self.analyst and not self.rights.districts

    @property
    def study_view(self) -> str:
        """The view that studies of this reader are made in: none is made of what only one person may see."""
        only_theirs = self.rights.districts or self.rights.view not in views(self.whose)
        return VIEWS[0] if only_theirs else self.rights.view

    def mark(self, metric: Metric) -> str:
        """What a measure's figures rest on: public statistics, or what the city is made of."""
        return metric.evidence or self.whose

    def end(self, table: str) -> date:
        """The day on which a table's records end: the last one of its latest closed month; the store's own where none is closed."""
        month = _ends(self).until((table,))
        return self.as_of if month is None else min(coverage.last_day(month), self.as_of)

    # --- Metrics ----------------------------------------------------------------------------------------

    def frame(
        self,
        metric_id: str,
        *,
        keys: Sequence[str] = (),
        where: Mapping[str, Any] | None = None,
        level: str = "district",
        vintage: int | None = None,
        benchmark: float | None = None,
        on: date | None = None,
    ) -> pd.DataFrame:
        """The metric frame of one metric as this reader may see it."""
        return _frame(self, metric_id, tuple(keys), fixed(where), level, vintage, benchmark, on)

    def city(self, metric_id: str, **more: Any) -> pd.Series:
        """The city's row of a metric."""
        return self.frame(metric_id, level="city", **more).iloc[0]

    def published(
        self, sums: pd.DataFrame, metric: Metric, *, keys: Sequence[str], level: str
    ) -> pd.DataFrame:
        """Sums under the publishing rule; the analyst view lifts it."""
        grain = [f"{level}_code" if key == "area_code" else key for key in keys]
        safe = release.protect(sums, keys=grain, ratio=metric.is_ratio, additive=metric.unit != "seconds")
        if not self.analyst or not _own_alone(self, _asked(metric)):
            return safe
        raw = sums.assign(status="ok", digits=float("nan"), whole=False, slack=0.0)
        return raw.reindex(columns=safe.columns)

    def years(self, metric_id: str) -> list[int]:
        """Calendar years for which a metric has figures; a survey's are those of the instrument still in use."""
        return _years(self, metric_id)

    def year_filter(self, metric: Metric, year: int) -> dict[str, Any]:
        """How a calendar year is asked of the metric's facts."""
        if "year" in metric.grains:
            return {"year": year}
        if "fiscal_year" in metric.grains:
            return {"fiscal_year": year}
        # Not past the as-of month: "January to October" must not hold a row of November.
        return {"month_key": Span(year * 100 + 1, min(year * 100 + 12, periods.key(self.as_of)))}

    # --- Counts of the service facts ----------------------------------------------------------------------

    def totals(
        self,
        fact: str,
        *,
        columns: Sequence[str],
        keys: Sequence[str] = (),
        where: Mapping[str, Any] | None = None,
    ) -> pd.DataFrame:
        """Protected counts of a fact by keys.

        In the published view each count follows the publishing rule on its own: under 10 is missing, all else is
        rounded to 10. The analyst view lifts it.
        """
        return _totals(self, fact, tuple(columns), tuple(keys), fixed(where))

    def total(
        self, fact: str, *, columns: Sequence[str], where: Mapping[str, Any] | None = None
    ) -> pd.Series:
        """The one row of protected sums without keys."""
        return self.totals(fact, columns=columns, where=where).iloc[0]

    def holds(self, table: str) -> bool:
        """Whether a table has any current row."""
        return _holds(self, table)

    def records(self, fact: str, column: str, where: Mapping[str, Any] | None = None) -> bool:
        """Whether anything is known of a fact's column under a filter: its tables have come, and told of some of the months."""
        if not ends.has_come(_ends(self), fact, column):
            return False
        cut = ends.within(_ends(self), {fact: (column,)}, dict(where or {}))[1]
        return cut is None or bool(cut.months)

    def has(self, fact: str, where: Mapping[str, Any] | None = None) -> bool:
        """Whether the fact holds any row under a filter."""
        return _has(self, fact, fixed(where))

    @property
    def slack(self) -> float:
        """How far a shown count may lie from the true one."""
        return 0.0 if self.free else release.BASE / 2

    def protected(self, counts: Any) -> pd.Series:
        """Counts that were summed from several true rows, under the publishing rule."""
        series = counts if isinstance(counts, pd.Series) else pd.Series(counts, dtype=float)
        return series if self.free else release.rounded(series)

    def one(self, count: float) -> float:
        """One count under the publishing rule; NaN where it is under ten."""
        return float(self.protected([count]).iloc[0])

    @property
    def smallest(self) -> int:
        """The smallest count that may be shown."""
        return release.SMALL

    def compatible(self, counts: pd.Series) -> tuple[pd.Series, pd.Series]:
        """The least and the most true count that this reader is shown as each of these."""
        if self.free:
            return counts, counts
        low, high = release.compatible(counts)
        own = self._own_counts(counts)
        return low.mask(own, counts), high.mask(own, counts)

    def _own_counts(self, counts: pd.Series) -> pd.Series:
        """Which counts cannot be of the rule: raw ones of a reader's own districts. Others are taken for rounded, which covers them."""
        raw = counts.mod(release.BASE).ne(0) | counts.lt(release.SMALL)
        return counts.notna() & raw & self.analyst

    def step(self, size: float) -> float:
        """The share of so many cases that one step of rounding makes; 0 where counts may stand unrounded."""
        if self.free:
            return 0.0
        shown = self.one(size)
        return release.BASE / (release.SMALL if np.isnan(shown) else shown)

    def share(self, top: float, bottom: float) -> tuple[float, float, float]:
        """A share of protected counts with Wilson limits that cover the rounding; NaN where either is withheld."""
        if not np.isfinite([top, bottom]).all() or bottom <= 0:
            return (float("nan"),) * 3
        exact = self.free or bool(self._own_counts(pd.Series([top, bottom])).any())
        if not exact and release.tells_all(top, bottom):
            return (float("nan"),) * 3
        low, high = share_limits(top, bottom, slack=0.0 if exact else self.slack)
        return min(top / bottom, 1.0), low, high

    def share_digits(self, bottom: float) -> int:
        """Decimals that a percentage of so many may show."""
        return 0 if bottom < release.TENTHS_FROM and not self.free else 1

    # --- Lists ----------------------------------------------------------------------------------------------

    def rows(self, query: Callable[..., Any], **arguments: Any) -> Any:
        """The answer of a query whose rows hold no count of persons.

        Raises:
            ValueError: the query is not one of those; `for_model` takes it.
        """
        if query not in OPEN:
            raise ValueError(f"{query.__name__} holds counts of persons or person-level rows: ask for_model")
        return _rows(self, query, tuple(arguments.items()))

    def own(self, query: Callable[..., Any], table: str) -> Any:
        """Rows that the product itself writes (scenarios, edits of assumptions, kept forecasts), as they stand now.

        What is made of them falls when a row comes or is withdrawn.

        Raises:
            ValueError: the table is not one of those.
        """
        if table not in OWN:
            raise ValueError(f"{table} is not written by the product itself")
        name = f"@{table}"
        ground().studies[name] = self.store.stamp(name)
        return _own(self, query, self.store.stamp(name))

    def district_names(self, lang: str) -> dict[str, str]:
        """District code -> name, in code order."""
        return _names(self, queries.districts, "district_code", f"name_{lang}")

    def programme_names(self, lang: str) -> dict[str, str]:
        """Programme id -> name."""
        return _names(self, queries.programmes, "programme_id", f"name_{lang}")

    def dong_names(self) -> dict[str, str]:
        """English dong names by code."""
        return _names(self, queries.dong, "dong_code", "name_en")

    def facts(self, topic: str | None = None) -> pd.DataFrame:
        """Published figures of a topic, or all."""
        return self.rows(queries.published, topic=topic)

    def freshness(self, table: str) -> dict[str, Any] | None:
        """When a table last received rows."""
        return self.rows(queries.freshness, table_name=table)

    def events(self) -> pd.DataFrame:
        """Current events in date order."""
        return self.rows(queries.events)

    def polygons(self, vintage: int, level: str) -> pd.DataFrame:
        """Areas of a boundary vintage with their label points."""
        return self.rows(queries.polygons, vintage=vintage, level=level)

    def main_instrument(self) -> str:
        """The survey instrument whose series is still running: the one with the newest wave."""
        found = self.rows(queries.instruments)
        return max(found, key=lambda row: row[1])[0] if found else ""

    # --- Models and judgements ------------------------------------------------------------------------------

    def for_model(
        self,
        fact: str | Callable[..., Any],
        *,
        columns: Sequence[str] = (),
        keys: Sequence[str] = (),
        where: Mapping[str, Any] | None = None,
        **arguments: Any,
    ) -> Raw:
        """True figures, closed: sums of a fact's columns, a metric's sums (no columns), or a query's rows."""
        if callable(fact):
            return _raw_rows(self, fact, tuple(arguments.items()))
        if columns:
            return _raw(self, fact, tuple(columns), tuple(keys), fixed(where))
        return _raw_sums(self, fact, tuple(keys), fixed(where), arguments.get("level", "district"))

    def judged(self, rule: Rule, make: Callable[..., Any], *args: Any, **named: Any) -> Any:
        """What a named rule makes of true figures: every `Raw` among the arguments is opened for it alone."""
        ground().rules.add(rule.name)
        found = make(*(_opened(a) for a in args), **{k: _opened(v) for k, v in named.items()})
        if rule.words and not _only_words(found):
            raise TypeError(f"{rule.name} gives words alone, not {found!r}")
        return found

    def study(self, name: str, *args: Any) -> Any:
        """The last kept result of a study; None where none has been made yet."""
        from answers import studies

        if self.as_of != self.store.as_of:
            raise ValueError(f"study {name!r} is of the day that the data speak for, not of an earlier one")
        return studies.result(self, name, args)


def _only_words(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return all(_only_words(v) for v in value)
    return value is None or isinstance(value, (str, bool))


def _opened(value: Any) -> Any:
    if isinstance(value, Raw):
        return value._frame
    if isinstance(value, (list, tuple)) and any(isinstance(v, Raw) for v in value):
        return type(value)(_opened(v) for v in value)
    if isinstance(value, dict) and any(isinstance(v, Raw) for v in value.values()):
        return {k: _opened(v) for k, v in value.items()}
    return value


def fixed(where: Mapping[str, Any] | None) -> Where:
    """A filter as part of a key: lists become tuples."""
    plain = {k: tuple(v) if isinstance(v, list) else v for k, v in (where or {}).items()}
    return tuple(sorted(plain.items(), key=lambda item: item[0]))


@kept
def _frame(
    read: Reader,
    metric_id: str,
    keys: tuple[str, ...],
    where: Where,
    level: str,
    vintage: int | None,
    benchmark: float | None,
    on: date | None,
) -> pd.DataFrame:
    metric = registry.get(metric_id)
    asked = _asked(metric)
    if metric.disclosure == "person":
        _published_grid(read, asked.keys() - {"census"}, keys, dict(where))
    filtered = _within(read, asked, dict(where))
    with read.store.connect() as connection:
        sums = queries.sums(
            connection, metric.terms(), keys=keys, where=filtered, level=level, vintage=vintage
        )
    if metric.disclosure == "person":
        sums = read.published(sums, metric, keys=keys, level=level)
    return measure(metric, sums, benchmark=benchmark, on=on)


@kept
def _years(read: Reader, metric_id: str) -> list[int]:
    metric = registry.get(metric_id)
    fact = metric.numerator[0].fact
    if fact == "census":
        with read.store.connect() as connection:
            found = queries.sums(connection, metric.terms(), keys=("area_code", "year"))
        good = found[found["numerator"].notna() & found["denominator"].notna()]
        return sorted({int(y) for y in good["year"]})
    where = {"instrument_id": read.main_instrument()} if metric.interval == "wilson_effective" else None
    with read.store.connect() as connection:
        known = queries.periods(connection, fact, where=where)
    return sorted({int(p) // 100 if p > 9999 else int(p) for p in known})


@kept
def _sums(
    read: Reader, fact: str, columns: tuple[str, ...], keys: tuple[str, ...], where: Where
) -> pd.DataFrame:
    unknown = ends.lacking(_ends(read), fact, columns)
    known = tuple(name for name in columns if name not in unknown)
    filtered = _within(read, {fact: known}, dict(where))
    with read.store.connect() as connection:
        found = queries.totals(connection, fact, columns=known, keys=keys, where=filtered)
    return found.assign(**dict.fromkeys(unknown, float("nan"))) if unknown else found


@kept
def _ends(read: Reader) -> ends.Ends:
    districts = len(read.rows(queries.districts))
    return ends.Ends.of(read.rows(coverage.spans), lambda: read.rows(coverage.states), districts=districts)


def _by_month(keys: Sequence[str], where: Mapping[str, Any]) -> bool:
    """Whether sums are of single months of the city."""
    month = where.get("month_key")
    one = isinstance(month, int) or (isinstance(month, Span) and month[0] == month[1])
    return set(keys) <= {"month_key"} and (one or bool(keys))


def _published_grid(
    read: Reader, facts: Collection[str], keys: tuple[str, ...], where: Mapping[str, Any]
) -> None:
    """Refuse counts of people that are not on the list of published grids; it is lifted for what this reader sees raw.

    An earlier day would make other spans of the same length: of it there are single months alone.
    """
    if read.as_of != read.store.as_of and facts and not _by_month(keys, where):
        raise ValueError("of an earlier day there are figures by month alone")
    if not read.analyst or not _own_alone(read, facts):
        for fact in sorted(facts):
            grids.check(fact, keys, where, _last_months(read))


@kept
def _last_months(read: Reader) -> frozenset[int]:
    """Months with which windows may end: the last closed ones of each table, and that of the day the screens speak for."""
    ends_of = _ends(read)
    tables = {*ends_of.whole, *ends_of.closed}
    return frozenset({periods.closed(read.end(table)) for table in tables} | {periods.key(read.as_of)})


def _asked(metric: Metric) -> dict[str, list[str]]:
    """Fact -> the columns of it that a metric takes."""
    found: dict[str, list[str]] = {}
    for group in metric.terms().values():
        for term in group:
            found.setdefault(term.fact, []).append(term.column)
    return found


def _within(read: Reader, asked: Mapping[str, Sequence[str]], where: Mapping[str, Any]) -> dict[str, Any]:
    """A filter cut to closed months and the districts that closed them; what was left out is noted for the answer to say."""
    found, cut = ends.within(_ends(read), asked, where)
    if cut is not None:
        ground().gaps.update(cut.gaps)
        if cut.districts:  # where nothing has come there is no part to speak of either
            ground().parts.add((cut.tables, cut.districts))
    if read.rights.districts and _own_alone(read, asked):
        found = ends.only(found, read.rights.districts)
        ground().parts.add((tuple(sorted(set(asked) - {"census"})), read.rights.districts))
    return found


def _own_alone(read: Reader, asked: Iterable[str]) -> bool:
    """Whether facts can be cut to the districts that this reader sees raw; always where it sees all."""
    known = tables.metadata.tables
    return not read.rights.districts or all("district_code" in known[f].c for f in asked if f in known)


@kept
def _holds(read: Reader, table: str) -> bool:
    if read.release is not None and table in read.release.gone:
        return True
    with read.store.connect() as connection:
        return queries.any_row(connection, table)


@kept
def _has(read: Reader, fact: str, where: Where) -> bool:
    with read.store.connect() as connection:
        return queries.has_rows(connection, fact, where=where)


def _raw(read: Reader, fact: str, columns: tuple[str, ...], keys: tuple[str, ...], where: Where) -> Raw:
    return Raw(_sums(read, fact, columns, keys, where))


@kept
def _raw_sums(read: Reader, metric_id: str, keys: tuple[str, ...], where: Where, level: str) -> Raw:
    metric = registry.get(metric_id)
    filtered = _within(read, _asked(metric), dict(where))
    with read.store.connect() as connection:
        return Raw(queries.sums(connection, metric.terms(), keys=keys, where=filtered, level=level))


@kept
def _raw_rows(read: Reader, query: Callable[..., Any], arguments: Where) -> Raw:
    with read.store.connect() as connection:
        return Raw(query(connection, **dict(arguments)))


@kept
def _totals(
    read: Reader, fact: str, columns: tuple[str, ...], keys: tuple[str, ...], where: Where
) -> pd.DataFrame:
    _published_grid(read, (fact,), keys, dict(where))
    found = _sums(read, fact, columns, keys, where)
    release.check_grain("district_code" if key == "area_code" else key for key in keys)
    if read.analyst and _own_alone(read, (fact,)):
        return found
    return found.assign(**{name: release.rounded(found[name]) for name in columns})


@kept
def _rows(read: Reader, query: Callable[..., Any], arguments: Where) -> Any:
    with read.store.connect() as connection:
        return query(connection, **dict(arguments))


@kept
def _own(read: Reader, query: Callable[..., Any], stamp: str) -> Any:
    with read.store.connect() as connection:
        return query(connection)


@kept
def _names(read: Reader, query: Callable[..., Any], key: str, name: str) -> dict[str, str]:
    rows = read.rows(query)
    named = rows[rows[name].notna()]
    return dict(zip(named[key], named[name], strict=True))


def census_notes(lang: str) -> dict[str, str]:
    """Remarks on census rows: note_id -> sentence."""
    rows = census.notes()
    return dict(zip(rows["note_id"], rows[f"note_{lang}"], strict=True))
