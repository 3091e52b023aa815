"""What the facts of the service pages are: the hotline's hours, topics and callers; counselling stands beside."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Select,
    and_,
    case,
    func,
    select,
    union,
)

from data import tables as t
from data.batches import marked, stands
from data.counselling_rollups import COUNSELLING_ROLLUPS
from data.dialect import days_between
from data.rollups import (
    Periods,
    Rollup,
    _by,
    _count,
    _grouped,
    _total,
    hotline_sums,
    within,
)


def _hotline_hourly(periods: Periods | None) -> Select[Any]:
    c = t.hotline_contact.c
    keys = [c.local_date.label("day"), c.month_key, c.hour, c.channel]
    sums = [s for s in hotline_sums(c) if s.name in t.hotline_hourly.c]
    where = (c.superseded_by.is_(None), within(c.local_date, periods))
    return _grouped(keys, sums, t.hotline_contact, *where)


def _hotline_topic(periods: Periods | None) -> Select[Any]:
    c = t.hotline_daily.c
    keys = [c.month_key, c.channel, c.topic, c.age_band]
    sums = [_total(c[name], name) for name in ("answered", "referred")]
    return _grouped(keys, sums, t.hotline_daily, c.answered > 0, within(c.month_key, periods))


def _before(month: Any) -> Any:
    """The month before, as a key."""
    return case((month % 100 == 1, month - 89), else_=month - 1)


def _after(month: int) -> int:
    return month + 89 if month % 100 == 12 else month + 1


def _caller_months(source: str, batch_id: int) -> Select[Any]:
    """A contact changes its own month and, as a renewed contact, the month before."""
    c = t.hotline_contact.c
    mine = marked(c, batch_id)
    found = union(select(c.month_key).where(mine), select(_before(c.month_key)).where(mine)).subquery()
    return select(found.c[0])


def _hotline_caller(periods: Periods | None) -> Select[Any]:
    c = t.hotline_contact.c
    # The month after is read too: a contact of the last days is renewed there.
    seen = None if periods is None else sorted({m for p in periods for m in (p, _after(p))})
    ordered = func.lead(c.local_date).over(partition_by=c.person_id, order_by=(c.attempted_at, c.contact_id))
    rows = (
        select(c.month_key, c.person_id, c.outcome, days_between(c.local_date, ordered).label("again"))
        .select_from(t.hotline_contact)
        .where(c.superseded_by.is_(None), c.person_id.is_not(None), within(c.month_key, seen))
        .subquery("renewed")
    )  # fmt: skip
    r = rows.c
    answered = r.outcome == "answered"
    sums = [
        func.count().label("attempts"), func.count(r.person_id.distinct()).label("callers"),
        func.count(case((answered, r.person_id)).distinct()).label("callers_answered"), _count(answered, "answered"),
        _count(and_(answered, r.again <= 7), "again_7"), _count(and_(answered, r.again <= 30), "again_30"),
    ]  # fmt: skip
    return _grouped([r.month_key], sums, rows, within(r.month_key, periods))


def _firsts(*where: Any) -> Any:
    """Known callers with the month of their first current contact."""
    c = t.hotline_contact.c
    return (
        select(c.person_id, func.min(c.month_key).label("month_key"))
        .select_from(t.hotline_contact)
        .where(c.superseded_by.is_(None), c.person_id.is_not(None), *where)
        .group_by(c.person_id)
        .subquery("firsts")
    )  # fmt: skip


def _first_months(source: str, batch_id: int) -> Select[Any]:
    """First months of the batch's callers, with its rows and, as they may have been before, without."""
    c = t.hotline_contact.c
    mine = select(c.person_id).where(marked(c, batch_id), c.person_id.is_not(None))
    now = _firsts(c.person_id.in_(mine))
    before = (
        select(func.min(c.month_key).label("month_key"))
        .where(c.person_id.in_(mine), stands(c, but=batch_id))
        .group_by(c.person_id)
        .subquery("before")
    )  # fmt: skip
    found = union(select(now.c.month_key), select(before.c.month_key)).subquery()
    return select(found.c[0])


def _hotline_first(periods: Periods | None) -> Select[Any]:
    r = _firsts().c
    return _grouped(
        [r.month_key], [func.count().label("callers")], r.month_key.table, within(r.month_key, periods)
    )


def _hotline_frequency(periods: Periods | None) -> Select[Any]:
    c = t.hotline_contact.c
    year = c.month_key // 100
    keys = [year.label("year"), c.person_id]
    where = (c.superseded_by.is_(None), c.person_id.is_not(None), within(year, periods))
    rows = _grouped(keys, [func.count().label("contacts")], t.hotline_contact, *where).subquery("by_caller")
    r = rows.c
    return _grouped([r.year, r.contacts], [func.count().label("callers")], rows)


_HOTLINE = ("hotline_contact",)
_h = t.hotline_contact

SERVICE_ROLLUPS: tuple[Rollup, ...] = (
    Rollup("hotline_hourly", _HOTLINE, _hotline_hourly, _by(_h, _h.c.local_date)),
    Rollup("hotline_topic", _HOTLINE, _hotline_topic, _by(_h, _h.c.month_key)),
    Rollup("hotline_caller", _HOTLINE, _hotline_caller, _caller_months),
    Rollup("hotline_first", _HOTLINE, _hotline_first, _first_months),
    Rollup("hotline_frequency", _HOTLINE, _hotline_frequency, _by(_h, _h.c.month_key // 100)),
    *COUNSELLING_ROLLUPS,
)
