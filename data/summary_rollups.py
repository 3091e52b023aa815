"""What monthly summaries add to the facts: the same columns as case rows give, NULL for what a summary does not tell.

A summary of a span that is no calendar month (`month_key` NULL) stands in no fact: it is shown with its span. A column that a
summary leaves open ('all') stands under 'unknown' in the facts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import (
    BigInteger,
    Float,
    Numeric,
    Select,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)

from data import tables as t
from data.batches import marked
from data.codes import ALL, UNKNOWN
from data.rollups import Periods, Rollup, _by, within

Build = Callable[[Periods | None], Select[Any]]
NO_LINE = "unknown"


def _open(column: Any, name: str | None = None) -> Any:
    """A column's code, 'unknown' where the summary is of everybody together."""
    return case((column == ALL, UNKNOWN), else_=column).label(name or column.name)


def _sums(table: Any, names: Sequence[str]) -> list[Any]:
    """Sums by column; NULL where any row of the cell lacks it."""
    c = table.c
    return [_whole(c[name]).label(name) for name in names]


def _whole(value: Any) -> Any:
    return case((func.count(value) == func.count(), func.sum(value)))


def _of_months(
    table: Any, keys: Sequence[Any], sums: Sequence[Any], periods: Periods | None, *where: Any
) -> Select[Any]:
    c = table.c
    bare = [key.element if hasattr(key, "element") else key for key in keys]
    return (
        select(c.month_key, *keys, *sums)
        .where(c.superseded_by.is_(None), c.month_key.is_not(None), within(c.month_key, periods), *where)
        .group_by(c.month_key, *bare)
    )


def _unknown(name: str) -> Any:
    return literal(UNKNOWN).label(name)


def _any_of(table: Any, names: Sequence[str]) -> Any:
    """Rows that tell at least one of the counts."""
    return or_(*(table.c[name].is_not(None) for name in names))


def hotline_monthly(periods: Periods | None) -> Select[Any]:
    """Contacts by month, district and channel; seconds are mean × answered."""
    table = t.hotline_summary
    c = table.c
    keys = [_open(c.district_code), _open(c.channel)]
    named = ("attempts", "offered", "answered", "answered_in_20_s", "abandoned", "short_abandoned", "referred",
             "at_risk")  # fmt: skip
    seconds = [
        cast(func.round(_whole(c[f"mean_{kind}_s"] * c.answered)), BigInteger).label(f"{kind}_s")
        for kind in ("wait", "handle")
    ]
    found = _of_months(table, keys, [*_sums(table, named), *seconds], periods).subquery("told")
    f = found.c
    return select(
        f.month_key, f.district_code, _unknown("age_band"), _unknown("sex"), f.channel, *(f[name] for name in named),
        f.wait_s, f.handle_s,
    )  # fmt: skip


def _people(names: Sequence[str], table: Any = t.counselling_summary) -> Build:
    def build(periods: Periods | None) -> Select[Any]:
        c = table.c
        keys = [_open(c.district_code), c.programme_id, _open(c.age_band), _open(c.sex)]
        return _of_months(table, keys, _sums(table, names), periods, _any_of(table, names))

    return build


case_monthly = _people(("referred", "started", "started_in_42_d", "started_in_126_d", "ended", "completed", "reached_8",
                        "dropped_out", "suspended"))  # fmt: skip
attendance_monthly = _people(("visits",), t.attendance_summary)
OUTCOMES = (
    "paired",
    "at_caseness",
    "recovered",
    "reliably_improved",
    "reliably_recovered",
    "reliably_deteriorated",
)


def outcome_monthly(periods: Periods | None) -> Select[Any]:
    """Outcomes of completed courses, where a summary tells any."""
    table = t.counselling_summary
    c = table.c
    keys = [_open(c.district_code), c.programme_id, _open(c.age_band), _open(c.sex)]
    return _of_months(table, keys, _sums(table, ("completed", *OUTCOMES)), periods, _any_of(table, OUTCOMES))


def session_monthly(periods: Periods | None) -> Select[Any]:
    """Sessions by month; a summary tells no mode and no kind of counsellor."""
    table = t.counselling_summary
    c = table.c
    names = ("scheduled", "attended", "dna", "cancelled_client", "cancelled_service")
    found = _of_months(
        table, [_open(c.district_code), c.programme_id], _sums(table, names), periods, _any_of(table, names)
    ).subquery("told")
    f = found.c
    keys = (f.month_key, f.district_code, f.programme_id, _unknown("mode"), _unknown("counsellor_type"))
    return select(*keys, *(f[name] for name in names))


def detection_monthly(periods: Periods | None) -> Select[Any]:
    """Households flagged and what came of them, over all signals."""
    table = t.detection_summary
    c = table.c
    names = ("flagged", "contacted", "confirmed", "enrolled")
    found = _of_months(table, [_open(c.district_code)], _sums(table, names), periods).subquery("told")
    f = found.c
    keys = (f.month_key, f.district_code, literal(0).label("signal"), literal("summary").label("counted"))
    return select(*keys, *(f[name] for name in names))


def _budget(periods: Periods | None) -> Any:
    """Each stage of the money by programme and month, as what it grew by since the summary before it in the year."""
    c = t.budget_summary.c
    parts = []
    for kind, column in (
        ("current_budget", c.budget_krw),
        ("commitment", c.committed_krw),
        ("disbursement", c.disbursed_krw),
        ("expenditure", c.spent_krw),
        ("final_expenditure", c.final_krw),
    ):
        before = func.lag(column).over(
            partition_by=(c.programme_id, c.managing_body, c.fiscal_year), order_by=c.month_key
        )
        parts.append(
            select(
                c.month_key, c.fiscal_year, c.programme_id, c.managing_body, literal(kind).label("kind"),
                (column - func.coalesce(before, 0)).label("amount_krw"),
            ).where(c.superseded_by.is_(None), c.month_key.is_not(None), column.is_not(None))
        )  # fmt: skip
    rows = union_all(*parts).subquery("grown")
    return select(rows).where(rows.c.amount_krw != 0, within(rows.c.month_key, periods)).subquery("grown_in")


def ledger_monthly(periods: Periods | None) -> Select[Any]:
    """The city's books as a summary by programme and month tells them."""
    f = _budget(periods).c
    return select(
        f.month_key, f.fiscal_year, f.programme_id, _unknown("district_code"), f.kind,
        literal(NO_LINE).label("funding"), literal(NO_LINE).label("line_type"), f.amount_krw,
        cast(null(), BigInteger).label("entries"),
    ).where(f.managing_body == "city")  # fmt: skip


def ledger_other(periods: Periods | None) -> Select[Any]:
    """The same of districts' and foundations' books."""
    f = _budget(periods).c
    return select(
        f.month_key, f.fiscal_year, f.programme_id, _unknown("district_code"), f.managing_body, f.kind, f.amount_krw
    ).where(f.managing_body != "city")  # fmt: skip


def survey_area(periods: Periods | None) -> Select[Any]:
    """Published shares as weighted sums: an area weighs as many people as live there, shared out over its rows by respondents.

    The squared weights are such that the effective sample is the one that the standard error or interval tells; of two
    measures the smaller counts.
    """
    c = t.survey_estimate.c
    newest = (
        select(func.max(t.census_fact.c.year))
        .where(t.census_fact.c.indicator == "population")
        .scalar_subquery()
    )
    people = (
        select(t.census_fact.c.area_code, t.census_fact.c.value)
        .where(t.census_fact.c.indicator == "population", t.census_fact.c.level == "district",
               t.census_fact.c.year == newest)
        .subquery("people")
    )  # fmt: skip
    keys = (c.year, c.instrument_id, c.district_code, c.age_band, c.sex, c.household_type)

    def of(measure: str, value: Any) -> Any:
        return func.max(case((c.measure == measure, value)))

    rows = (
        select(*keys, func.max(c.respondents).label("n"), func.min(c.effective).label("effective"),
               of("lonely", c.share_percent).label("lonely"), of("isolated", c.share_percent).label("isolated"))
        .where(c.superseded_by.is_(None), within(c.year, periods))
        .group_by(*keys)
        .subquery("told")
    )  # fmt: skip
    r = rows.c
    area_n = func.sum(r.n).over(partition_by=(r.year, r.instrument_id, r.district_code))
    weight = func.coalesce(people.c.value, area_n) * cast(r.n, Float) / area_n
    weighed = (
        select(*r, weight.label("weight"))
        .select_from(rows.outerjoin(people, people.c.area_code == r.district_code))
        .subquery("weighed")
    )
    w = weighed.c

    def exact(value: Any, name: str) -> Any:
        return func.round(cast(value, Numeric(24, 6)), 6).label(name)

    def people_of(share: Any, name: str) -> Any:
        return cast(func.round(share * w.n / 100), BigInteger).label(name)

    return select(
        w.year, w.instrument_id, _open(w.district_code), _open(w.age_band), _open(w.sex), _open(w.household_type),
        w.n.label("respondents"), people_of(w.lonely, "lonely_respondents"), people_of(w.isolated, "isolated_respondents"),
        exact(w.weight, "weight"), exact(w.weight * w.weight / w.effective, "weight_sq"),
        exact(w.weight * w.lonely / 100, "weight_lonely"), exact(w.weight * w.isolated / 100, "weight_isolated"),
    )  # fmt: skip


def return_monthly(periods: Periods | None) -> Select[Any]:
    """Returns to isolation by cohort, put into the band of months since they were connected."""
    table = t.return_summary
    c = table.c
    sums = [_whole(c.exposure_days).label("person_days"), _whole(c.returned).label("to_reisolated")]
    found = _of_months(table, [_open(c.district_code), c.duration_band], sums, periods).subquery("told")
    f = found.c
    return select(f.month_key, f.district_code, f.duration_band, _unknown("age_band"), _unknown("sex"), f.person_days,
                  f.to_reisolated)  # fmt: skip


# --- The list -------------------------------------------------------------------------------------------


def _budget_months(_source: str, batch_id: int) -> Select[Any]:
    """Every month of the years that a batch touches: a later month is what it grew by since the one before."""
    c = t.budget_summary.c
    mine = marked(c, batch_id)
    years = select(c.fiscal_year).where(mine)
    return select(c.month_key).where(c.fiscal_year.in_(years), c.month_key.is_not(None)).distinct()


# Fact -> (summary, what it adds, the periods that a batch of it touches).
SUMMARIES: dict[str, tuple[str, Build, Callable[[str, int], Select[Any]]]] = {
    fact: (table.name, build, touched)
    for fact, table, build, touched in (
        *(
            (fact, table, build, _by(table, table.c.month_key))
            for fact, table, build in (
                ("hotline_monthly", t.hotline_summary, hotline_monthly),
                ("case_monthly", t.counselling_summary, case_monthly),
                ("outcome_monthly", t.counselling_summary, outcome_monthly),
                ("session_monthly", t.counselling_summary, session_monthly),
                ("attendance_monthly", t.attendance_summary, attendance_monthly),
                ("return_monthly", t.return_summary, return_monthly),
            )
        ),
        ("ledger_monthly", t.budget_summary, ledger_monthly, _budget_months),
        ("ledger_other", t.budget_summary, ledger_other, _budget_months),
        ("survey_area", t.survey_estimate, survey_area, _by(t.survey_estimate, t.survey_estimate.c.year)),
    )
}
DETECTION = Rollup(
    "detection_monthly",
    ("detection_summary",),
    detection_monthly,
    _by(t.detection_summary, t.detection_summary.c.month_key),
    mine=lambda fact: fact.c.counted == "summary",
)


def joined(rollup: Rollup) -> Rollup:
    """A fact's rollup with what summaries add to it."""
    if rollup.fact not in SUMMARIES:
        return rollup
    name, build, of_summary = SUMMARIES[rollup.fact]

    def touched(source: str, batch_id: int) -> Select[Any]:
        return of_summary(source, batch_id) if source == name else rollup.touched(source, batch_id)

    return replace(rollup, sources=(*rollup.sources, name), also=build, touched=touched)
