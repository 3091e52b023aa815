"""Reading the store: additive sums at a grain, places, boundaries, lists. No ratio and no label is made here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import pandas as pd
from sqlalchemy import Connection, and_, case, func, or_, select

from data import tables as t
from data.batches import read_frame
from data.coverage import with_summaries


class Span(NamedTuple):
    """A closed range in a filter."""

    low: Any
    high: Any


class TermLike(Protocol):
    """What a metric's term looks like from here (metrics.spec.Term)."""

    @property
    def fact(self) -> str: ...
    @property
    def column(self) -> str: ...
    @property
    def where(self) -> tuple[tuple[str, tuple[str | int, ...]], ...]: ...
    @property
    def sign(self) -> int: ...


def sums(
    connection: Connection,
    terms: Mapping[str, Sequence[TermLike]],
    *,
    keys: Sequence[str] = (),
    where: Mapping[str, Any] | None = None,
    level: str = "district",
    vintage: int | None = None,
) -> pd.DataFrame:
    """Sums of a metric's terms, one row per key.

    Args:
        terms: sum name (numerator, denominator …) -> terms.
        keys: columns to keep; `area_code` stands for the place at the asked level.
        where: column -> value, list of values or Span.
        level: city, district or dong (census only).
        vintage: boundary vintage of a dong census map; without one, dong are coded as their census year codes them.

    Returns: keys and one column per sum name; for census at dong level also `redefined`, `note_id`.

    Raises:
        ValueError: a filter or a key that a fact lacks. What a metric can be asked by stands in its `grains`.
    """
    facts = sorted({term.fact for group in terms.values() for term in group})
    parts = [_one_fact(connection, fact, terms, keys, where or {}, level, vintage) for fact in facts]
    if not keys:
        merged = pd.concat(parts, axis=1)
    else:
        merged = parts[0]
        for part in parts[1:]:
            # A fact without some key (a plan has no district) joins on the keys that both have.
            shared = [key for key in keys if key in merged and key in part]
            if not shared:
                raise ValueError(f"{facts} share none of {list(keys)}: the metric has no such grain")
            merged = merged.merge(part, on=shared, how="outer", suffixes=("", "_more"))
    return _combined(merged, list(terms), list(keys))


def _combined(merged: pd.DataFrame, names: list[str], keys: list[str]) -> pd.DataFrame:
    out = merged[[k for k in keys if k in merged]].copy()
    for name in names:
        columns = [c for c in merged.columns if c.startswith(f"{name}@")]
        # Missing stays missing: only where no term of a sum has a figure is the sum missing.
        several = len(columns) != 1  # a row-wise sum costs ten times a column
        out[name] = (
            merged[columns].apply(pd.to_numeric).sum(axis=1, min_count=1)
            if several
            else pd.to_numeric(merged[columns[0]])
        )
    for extra in ("redefined", "note_id"):
        if extra in merged:
            out[extra] = merged[extra]
    return out


def _one_fact(
    connection: Connection,
    fact: str,
    terms: Mapping[str, Sequence[TermLike]],
    keys: Sequence[str],
    where: Mapping[str, Any],
    level: str,
    vintage: int | None,
) -> pd.DataFrame:
    if fact == "census":
        return _census(connection, terms, keys, where, level, vintage)
    table = t.metadata.tables[fact]
    operational = table.info["kind"] == "operational"
    conditions: list[Any] = [table.c.superseded_by.is_(None)] if operational else []
    unknown = [k for k in keys if _column_name(k) not in table.c]
    if unknown:
        raise ValueError(f"{fact} has no {', '.join(unknown)} to be shown by: there is no such grain")
    own = [key for key in keys if _column_name(key) in table.c]
    grouped = [table.c[_column_name(key)].label(key) for key in own]
    lacks = {name for name in where if _column_name(name) not in table.c}
    if lacks:
        raise ValueError(f"{fact} has no {', '.join(sorted(lacks))} to filter by")
    conditions += [
        matches(table.c[_column_name(c)], v) for c, v in where.items() if _column_name(c) in table.c
    ]
    mine = [term for group in terms.values() for term in group if term.fact == fact]
    # A summary that does not tell what stands above the line is no part of what stands below it.
    needed = {term.column for term in mine if table.c[term.column].nullable}
    conditions += [table.c[name].is_not(None) for name in sorted(needed)]
    if all(term.where for term in mine):
        # Rows that no term counts must not make a district with nothing look like a district with zero.
        conditions.append(or_(*(_codes(table, term) for term in mine)))
    columns = [
        func.sum(_term(table, term)).label(f"{name}@{fact}{number}")
        for name, group in terms.items()
        for number, term in enumerate(group)
        if term.fact == fact
    ]
    statement = select(*grouped, *columns).select_from(table).where(*conditions)
    if grouped:
        statement = statement.group_by(*(column.element for column in grouped))
    return read_frame(connection, statement)


def _column_name(key: str) -> str:
    return "district_code" if key == "area_code" else key


def _term(table: Any, term: TermLike) -> Any:
    value = table.c[term.column] * term.sign
    if not term.where:
        return value
    return case((_codes(table, term), value), else_=0)


def _codes(table: Any, term: TermLike) -> Any:
    return and_(*(table.c[column].in_(codes) for column, codes in term.where))


def matches(column: Any, wanted: Any) -> Any:
    """A column held against a value, several values or a span."""
    if isinstance(wanted, Span):
        return column.between(wanted.low, wanted.high)
    if isinstance(wanted, (list, tuple, set)):
        return column.in_(list(wanted))
    return column == wanted


def _census(
    connection: Connection,
    terms: Mapping[str, Sequence[TermLike]],
    keys: Sequence[str],
    where: Mapping[str, Any],
    level: str,
    vintage: int | None,
) -> pd.DataFrame:
    on_polygons = level == "dong" and vintage is not None
    table = t.polygon_fact if on_polygons else t.census_fact
    own = [table.c[key].label(key) for key in keys if key in ("area_code", "year")]
    lacks = sorted(set(where) - set(table.c.keys()))
    if lacks:
        raise ValueError(f"the census has no {', '.join(lacks)} to filter by")
    conditions = [matches(table.c[name], value) for name, value in where.items()]
    conditions.append(table.c.vintage == vintage if on_polygons else table.c.level == level)
    wanted = {term.column for group in terms.values() for term in group}
    conditions.append(table.c.indicator.in_(sorted(wanted)))
    # No ELSE: an indicator that an area lacks stays NULL, which is missing, not zero.
    columns = [
        func.sum(case((table.c.indicator == term.column, table.c.value * term.sign))).label(
            f"{name}@census{number}"
        )
        for name, group in terms.items()
        for number, term in enumerate(group)
    ]
    extras = [func.max(table.c.note_id).label("note_id")]
    if on_polygons:
        extras.append(func.max(case((table.c.redefined, 1), else_=0)).label("redefined"))
    statement = (
        select(*own, *columns, *extras).where(*conditions).group_by(*(column.element for column in own))
    )
    return read_frame(connection, statement)


def indicator(connection: Connection, *, name: str, level: str) -> pd.DataFrame:
    """One census indicator at one level, every year: area_code, year, value."""
    c = t.census_fact.c
    columns = (c.area_code, c.year, c.value)
    return read_frame(
        connection,
        select(*columns).where(c.indicator == name, c.level == level).order_by(c.area_code, c.year),
    )


def districts(connection: Connection) -> pd.DataFrame:
    """The 25 districts in code order."""
    return read_frame(connection, select(t.district).order_by(t.district.c.district_code))


def dong(connection: Connection) -> pd.DataFrame:
    """Every dong code of every census year."""
    return read_frame(connection, select(t.dong).order_by(t.dong.c.dong_code))


def boundaries(connection: Connection, *, vintage: int, level: str) -> pd.DataFrame:
    """Boundary rows of one vintage and level, with the GeoJSON geometry as text."""
    c = t.boundary.c
    return read_frame(
        connection, select(t.boundary).where(c.vintage == vintage, c.level == level).order_by(c.area_code)
    )


def polygons(connection: Connection, *, vintage: int, level: str) -> pd.DataFrame:
    """Codes, names and label points of one vintage and level, without geometry."""
    c = t.boundary.c
    columns = (c.area_code, c.name_ko, c.lon, c.lat, c.area_km2)
    return read_frame(
        connection, select(*columns).where(c.vintage == vintage, c.level == level).order_by(c.area_code)
    )


def published(connection: Connection, *, topic: str | None = None) -> pd.DataFrame:
    """Published figures, of one topic or all."""
    statement = select(t.published_fact).order_by(t.published_fact.c.fact_id)
    if topic is not None:
        statement = statement.where(t.published_fact.c.topic == topic)
    return read_frame(connection, statement)


def programmes(connection: Connection) -> pd.DataFrame:
    """Programmes with their task and strategy."""
    joined = t.programme.join(t.task, t.task.c.task_id == t.programme.c.task_id)
    listed = select(t.programme, t.task.c.strategy_id).select_from(joined).where(t.programme.c.listed)
    return read_frame(connection, listed)


def events(connection: Connection) -> pd.DataFrame:
    """Current events in date order."""
    c = t.event.c
    return read_frame(
        connection, select(t.event).where(c.superseded_by.is_(None)).order_by(c.happened_on, c.event_id)
    )


def batches(connection: Connection) -> pd.DataFrame:
    """Every batch, newest first."""
    return read_frame(connection, select(t.batch).order_by(t.batch.c.batch_id.desc()))


def periods(connection: Connection, fact: str, *, where: Mapping[str, Any] | None = None) -> list[int]:
    """The periods (month keys or years) that a fact holds, ascending."""
    table = t.metadata.tables[fact]
    column = table.c["month_key"] if "month_key" in table.c else table.c["year"]
    conditions = [matches(table.c[name], value) for name, value in (where or {}).items()]
    return [
        int(v)
        for v in connection.execute(select(column).where(*conditions).distinct().order_by(column)).scalars()
    ]


def freshness(connection: Connection, table_name: str) -> dict[str, Any] | None:
    """When a table, or a summary of the same, last received rows, and from what: recorded_at, source_name of the batch."""
    c = t.batch.c
    row = connection.execute(
        select(c.recorded_at, c.source_name)
        .where(c.table_name.in_(with_summaries([table_name])))
        .order_by(c.batch_id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else dict(row._mapping)


def instruments(connection: Connection) -> list[tuple[str, int]]:
    """Survey instruments with their newest year."""
    c = t.survey_area.c
    rows = connection.execute(select(c.instrument_id, func.max(c.year)).group_by(c.instrument_id))
    return [(str(name), int(year)) for name, year in rows]


def totals(
    connection: Connection,
    fact: str,
    *,
    columns: Sequence[str],
    keys: Sequence[str] = (),
    where: Mapping[str, Any] | Sequence[tuple[str, Any]] = (),
) -> pd.DataFrame:
    """Additive columns of a fact summed by keys; missing where a summary does not tell its part of the sum."""
    table = t.FACTS[fact]
    grouped = [table.c[_column_name(key)].label(key) for key in keys]
    conditions = [matches(table.c[_column_name(name)], value) for name, value in dict(where).items()]
    statement = (
        select(*grouped, *(_whole_sum(table.c[name]).label(name) for name in columns))
        .select_from(table)
        .where(*conditions)
    )
    if grouped:
        bare = [column.element for column in grouped]
        statement = statement.group_by(*bare).order_by(*bare)
    out = read_frame(connection, statement)
    out[list(columns)] = out[list(columns)].apply(pd.to_numeric).astype(float)
    return out


def _whole_sum(column: Any) -> Any:
    total = func.sum(column)
    return case((func.count(column) == func.count(), total)) if column.nullable else total


def has_rows(
    connection: Connection, fact: str, *, where: Mapping[str, Any] | Sequence[tuple[str, Any]] = ()
) -> bool:
    """Whether a fact holds any row under a filter."""
    table = t.FACTS[fact]
    conditions = [matches(table.c[_column_name(name)], value) for name, value in dict(where).items()]
    return connection.execute(select(1).select_from(table).where(*conditions).limit(1)).first() is not None


def any_row(connection: Connection, table: str) -> bool:
    """Whether a table holds any current row; of a summary one of a month, since a span fills no series."""
    found = t.metadata.tables[table]
    where = [found.c.superseded_by.is_(None)] if "superseded_by" in found.c else []
    if found.info.get("summary") and "month_key" in found.c:
        where.append(found.c.month_key.is_not(None))
    return connection.execute(select(1).select_from(found).where(*where).limit(1)).first() is not None


def targets(connection: Connection) -> pd.DataFrame:
    """Current targets by metric, group and first day."""
    c = t.target.c
    return read_frame(
        connection,
        select(t.target).where(c.superseded_by.is_(None)).order_by(c.metric_id, c.group_key, c.valid_from),
    )


def signal_names(connection: Connection) -> pd.DataFrame:
    """Names of crisis signals that an office has brought in, by number; none unless it has."""
    c = t.signal_name.c
    return read_frame(connection, select(t.signal_name).where(c.superseded_by.is_(None)).order_by(c.signal))


def reliabilities(connection: Connection) -> pd.DataFrame:
    """Measured reliabilities of scales, the newest first."""
    c = t.scale_reliability.c
    current = select(t.scale_reliability).where(c.superseded_by.is_(None))
    return read_frame(connection, current.order_by(c.instrument, c.measured_on.desc()))


def output_targets(connection: Connection) -> pd.DataFrame:
    """Current yearly outputs by programme."""
    c = t.output_target.c
    current = select(t.output_target).where(c.superseded_by.is_(None))
    return read_frame(connection, current.order_by(c.programme_id, c.fiscal_year))


def spells(connection: Connection) -> pd.DataFrame:
    """Current spells, for models; pseudonyms never reach a screen.

    Returns: the columns of `spell` without its bookkeeping, and `zone`: 1 in `crowded_districts`.
    """
    spell = t.spell
    columns = [c for c in spell.c if c.name not in ("row_id", "batch_id", "superseded_by")]
    current = select(*columns).where(spell.c.superseded_by.is_(None))
    rows = read_frame(connection, current.order_by(spell.c.spell_id))
    return rows.assign(zone=rows["district_code"].isin(crowded_districts(connection)).astype(int))


def supports(connection: Connection) -> pd.DataFrame:
    """Current support periods, for models: person_id, programme_id, starts_on, ends_on."""
    c = t.support_period.c
    return read_frame(
        connection,
        select(c.person_id, c.programme_id, c.starts_on, c.ends_on).where(c.superseded_by.is_(None)),
    )


def crowded_districts(connection: Connection) -> list[str]:
    """Districts whose share of one-person households is above that of all districts in the newest census."""
    alone, every = (
        indicator(connection, name=name, level="district").set_index(["year", "area_code"])["value"]
        for name in ("one_person_households", "households")
    )
    both = pd.DataFrame({"alone": alone, "every": every}).dropna()
    if both.empty:
        return []
    newest = both.loc[both.index.get_level_values("year").max()]
    return sorted(
        newest.index[newest["alone"] / newest["every"] > newest["alone"].sum() / newest["every"].sum()]
    )
