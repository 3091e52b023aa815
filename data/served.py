"""How many different people a year's services began to reach: the numerator of reach (A13).

A person counts once a year, in the district of the year's first service, so districts add up to the city. Three doors
count: an accepted referral, a first counselling session, the start of a support. Hotline contacts are not among
them: a contact is no person, and most callers leave no pseudonym.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Integer, Select, and_, cast, extract, func, literal, select, union_all

from data import tables as t
from data.batches import marked
from data.codes import UNKNOWN
from data.rollups import Periods, Rollup, within

ANY = "any"


def _year(day: Any) -> Any:
    return cast(extract("year", day), Integer)


def _home() -> Any:
    """Person -> district of the register: a support period names none."""
    c = t.spell.c
    return (
        select(c.person_id, func.min(c.district_code).label("district_code"))
        .where(c.superseded_by.is_(None))
        .group_by(c.person_id)
        .subquery("home")
    )


def _doors() -> dict[str, tuple[Any, Any, Any]]:
    """Service -> (table, day on which it began, district)."""
    r, c, s, home = t.referral.c, t.counselling_case.c, t.support_period.c, _home()
    return {
        "referral": (t.referral, r.accepted_on, r.district_code),
        "counselling": (t.counselling_case, c.first_session_on, c.district_code),
        "support": (
            t.support_period.outerjoin(home, home.c.person_id == s.person_id),
            s.starts_on,
            func.coalesce(home.c.district_code, UNKNOWN),
        ),
    }


def _served_yearly(periods: Periods | None) -> Select[Any]:
    tables = {"referral": t.referral, "counselling": t.counselling_case, "support": t.support_period}
    parts = []
    for service, (source, day, district) in _doors().items():
        table = tables[service]
        for counted_as in (service, ANY):
            parts.append(
                select(
                    literal(counted_as).label("service"),
                    _year(day).label("year"),
                    day.label("day"),
                    district.label("district_code"),
                    table.c.person_id.label("person_id"),
                )
                .select_from(source)
                .where(table.c.superseded_by.is_(None), day.is_not(None), within(_year(day), periods))
            )
    began = union_all(*parts).subquery("began")
    b = began.c
    first = func.row_number().over(
        partition_by=(b.service, b.year, b.person_id), order_by=(b.day, b.district_code)
    )
    ranked = select(b.service, b.year, b.district_code, first.label("turn")).subquery("ranked")
    k = ranked.c
    return (
        select(k.year, k.district_code, k.service, func.count().label("people"))
        .where(k.turn == 1)
        .group_by(k.year, k.district_code, k.service)
    )


def _touched(source: str, batch_id: int) -> Select[Any]:
    """Years in which a batch changes who was served; a spell moves its person's supports to another district."""
    if source == "spell":
        c, s = t.spell.c, t.support_period.c
        people = select(c.person_id).where(marked(c, batch_id))
        return select(_year(s.starts_on)).where(s.person_id.in_(people)).distinct()
    table = t.OPERATIONAL[source]
    day = {"referral": "accepted_on", "counselling_case": "first_session_on", "support_period": "starts_on"}[
        source
    ]
    mine = marked(table.c, batch_id)
    return select(_year(table.c[day])).where(and_(mine, table.c[day].is_not(None))).distinct()


SERVED = Rollup(
    "served_yearly", ("referral", "counselling_case", "support_period", "spell"), _served_yearly, _touched
)
