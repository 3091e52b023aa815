"""What each fact is: one SELECT over current rows (`superseded_by IS NULL`), and the periods that a batch touches.

`data/facts.py` runs these. The definitions C1 to D14 of the field are read off here: what counts as offered, as
completed, as recovered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Numeric,
    Select,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)

from data import tables as t
from data.batches import marked
from data.codes import UNKNOWN
from data.dialect import days_between, month_of

SHORT_ABANDON_S = 10
SERVICE_LEVEL_S = 20
HANDLE_BIN_S = 30
FIRST_WAIT_DAYS = (42, 126)
# Caseness and reliable change of the NHS talking-therapies outcome definitions (D4, D5).
CASENESS = {"PHQ-9": 10, "GAD-7": 8}
RELIABLE = {"PHQ-9": 6, "GAD-7": 4}

Periods = Sequence[Any]


@dataclass(frozen=True)
class Rollup:
    """How one fact is made: its SELECT, and the periods that a batch of a source touches.

    Attributes:
        also: what monthly summaries add to it. mine: the rows of the fact that this makes, where something else makes others.
    """

    fact: str
    sources: tuple[str, ...]
    build: Callable[[Periods | None], Any]
    touched: Callable[[str, int], Select[Any]]
    also: Callable[[Periods | None], Any] | None = None
    mine: Callable[[Any], Any] | None = None


def _count(condition: Any, name: str) -> Any:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0).label(name)


def _total(column: Any, name: str) -> Any:
    return func.coalesce(func.sum(column), 0).label(name)


def _known(column: Any, name: str | None = None) -> Any:
    return func.coalesce(column, UNKNOWN).label(name or column.name)


def _grouped(keys: Sequence[Any], sums: Sequence[Any], source: Any, *where: Any) -> Select[Any]:
    bare = [getattr(key, "element", key) for key in keys]
    return select(*keys, *sums).select_from(source).where(*where).group_by(*bare)


def within(column: Any, periods: Periods | None) -> Any:
    return literal(True) if periods is None else column.in_(list(periods))


def _by(table: Any, period: Any) -> Callable[[str, int], Select[Any]]:
    """Periods touched by a batch in the table itself: rows that it added and rows that it superseded."""

    def touched(_source: str, batch_id: int) -> Select[Any]:
        mine = marked(table.c, batch_id)
        return select(period).where(mine, period.is_not(None)).distinct()

    return touched


# --- Hotline --------------------------------------------------------------------------------------------


def hotline_sums(c: Any) -> list[Any]:
    answered = c.outcome == "answered"
    abandoned = c.outcome == "abandoned"
    return [
        func.count().label("attempts"),
        _count(c.outcome != "busy", "offered"),
        _count(answered, "answered"),
        _count(and_(answered, c.wait_s <= SERVICE_LEVEL_S), "answered_in_20_s"),
        _count(abandoned, "abandoned"),
        _count(and_(abandoned, c.wait_s <= SHORT_ABANDON_S), "short_abandoned"),
        _count(c.referred, "referred"),
        _count(c.risk, "at_risk"),
        _total(case((answered, c.wait_s), else_=0), "wait_s"),
        _total(c.handle_s, "handle_s"),
    ]


def _hotline_daily(periods: Periods | None) -> Select[Any]:
    c = t.hotline_contact.c
    keys = [c.local_date.label("day"), c.month_key, c.hour, _known(c.district_code), c.age_band, c.sex,
            c.channel, _known(c.topic)]  # fmt: skip
    where = (c.superseded_by.is_(None), within(c.local_date, periods))
    return _grouped(keys, hotline_sums(c), t.hotline_contact, *where)


def _hotline_monthly(periods: Periods | None) -> Select[Any]:
    c = t.hotline_daily.c
    keys = [c.month_key, c.district_code, c.age_band, c.sex, c.channel]
    names = ("attempts", "offered", "answered", "answered_in_20_s", "abandoned", "short_abandoned", "referred",
             "at_risk", "wait_s", "handle_s")  # fmt: skip
    return _grouped(
        keys, [_total(c[name], name) for name in names], t.hotline_daily, within(c.month_key, periods)
    )


def _hotline_wait(periods: Periods | None) -> Select[Any]:
    c = t.hotline_contact.c
    keys = [c.month_key, _known(c.district_code), c.channel, c.outcome, c.wait_s]
    where = (c.superseded_by.is_(None), c.wait_s.is_not(None), within(c.month_key, periods))
    return _grouped(keys, [func.count().label("contacts")], t.hotline_contact, *where)


def _hotline_handle(periods: Periods | None) -> Select[Any]:
    c = t.hotline_contact.c
    bin_start = (c.handle_s - c.handle_s % HANDLE_BIN_S).label("handle_bin_s")
    keys = [c.month_key, _known(c.district_code), c.channel, bin_start]
    where = (c.superseded_by.is_(None), c.handle_s.is_not(None), within(c.month_key, periods))
    return _grouped(keys, [func.count().label("contacts")], t.hotline_contact, *where)


def _agent_daily(periods: Periods | None) -> Select[Any]:
    c = t.agent_interval.c
    keys = [c.local_date.label("day"), c.month_key, c.hour]
    sums = [
        _total(c.paid_agents * 900, "paid_s"),
        *(_total(c[n], n) for n in ("available_s", "handling_s", "wrap_s")),
    ]
    where = (c.superseded_by.is_(None), within(c.local_date, periods))
    return _grouped(keys, sums, t.agent_interval, *where)


# --- Counselling ----------------------------------------------------------------------------------------


def _attended() -> Any:
    """Attended sessions per case, current rows."""
    c = t.counselling_session.c
    return (
        select(c.case_id, func.count().label("attended"))
        .where(c.superseded_by.is_(None), c.status == "attended")
        .group_by(c.case_id)
        .subquery("attended")
    )


def cases_of(source: str, batch_id: int) -> Any:
    """Case ids that a batch in the case, session or measure table touches."""
    table = t.OPERATIONAL[source]
    mine = marked(table.c, batch_id)
    return select(table.c.case_id).where(mine, table.c.case_id.is_not(None))


def _case_months(source: str, batch_id: int) -> Select[Any]:
    c = t.counselling_case.c
    cases = c.case_id.in_(cases_of(source, batch_id))
    months = [
        select(month_of(d)).where(cases, d.is_not(None))
        for d in (c.referred_on, c.first_session_on, c.ended_on)
    ]
    found = union_all(*months).subquery()
    return select(found.c[0]).distinct()


def _case_monthly(periods: Periods | None) -> Select[Any]:
    c = t.counselling_case.c
    attended = _attended()
    held = func.coalesce(attended.c.attended, 0)
    wait = days_between(c.referred_on, c.first_session_on)
    joined = t.counselling_case.outerjoin(attended, attended.c.case_id == c.case_id)
    one, none = literal(1), literal(0)

    def when(condition: Any) -> Any:
        return case((condition, 1), else_=0)

    names = ("referred", "started", "started_in_42_d", "started_in_126_d", "ended", "completed", "reached_8",
             "dropped_out", "suspended")  # fmt: skip
    moments = (
        (c.referred_on, (one, none, none, none, none, none, none, none, none)),
        (c.first_session_on, (none, one, when(wait <= FIRST_WAIT_DAYS[0]), when(wait <= FIRST_WAIT_DAYS[1]),
                              none, none, none, none, none)),
        (c.ended_on, (none, none, none, none, one, when(held >= 2), when(held >= 8),
                      when(and_(c.end_reason == "dropout", held >= 1)), when(c.end_reason == "suspended"))),
    )  # fmt: skip
    parts = [
        select(
            month_of(moment).label("month_key"), c.district_code, c.programme_id, c.age_band, c.sex,
            *(value.label(name) for name, value in zip(names, values, strict=True)),
        )
        .select_from(joined)
        .where(c.superseded_by.is_(None), moment.is_not(None), within(month_of(moment), periods))
        for moment, values in moments
    ]  # fmt: skip
    rows = union_all(*parts).subquery("moments")
    r = rows.c
    keys = [r.month_key, r.district_code, r.programme_id, r.age_band, r.sex]
    return _grouped(keys, [_total(r[name], name) for name in names], rows)


def _session_months(source: str, batch_id: int) -> Select[Any]:
    c = t.counselling_session.c
    month = month_of(c.scheduled_on)
    if source == "counselling_session":
        return _by(t.counselling_session, month)(source, batch_id)
    return select(month).where(c.case_id.in_(cases_of(source, batch_id))).distinct()


def _session_monthly(periods: Periods | None) -> Select[Any]:
    c, k = t.counselling_session.c, t.counselling_case.c
    joined = t.counselling_session.outerjoin(
        t.counselling_case, and_(k.case_id == c.case_id, k.superseded_by.is_(None))
    )
    month = month_of(c.scheduled_on)
    keys = [month.label("month_key"), _known(k.district_code, "district_code"), k.programme_id, c.mode,
            c.counsellor_type]  # fmt: skip
    sums = [func.count().label("scheduled"), *(_count(c.status == s, s) for s in
            ("attended", "dna", "cancelled_client", "cancelled_service"))]  # fmt: skip
    where = (c.superseded_by.is_(None), k.programme_id.is_not(None), within(month, periods))
    return _grouped(keys, sums, joined, *where)


def scores_of(instrument: str, *which: Any) -> Any:
    """First and last score per case for one instrument; `last` is NULL when there is only one date.

    Args:
        which: conditions on the rows; current ones where left out.
    """
    c = t.outcome_measure.c
    which = which or (c.superseded_by.is_(None),)
    ranked = (
        select(
            c.case_id, c.score, c.measured_on,
            func.row_number().over(partition_by=c.case_id, order_by=c.measured_on).label("up"),
            func.row_number().over(partition_by=c.case_id, order_by=c.measured_on.desc()).label("down"),
            func.count().over(partition_by=c.case_id).label("n"),
        ).where(*which, c.instrument == instrument, c.case_id.is_not(None))
    ).subquery()  # fmt: skip
    r = ranked.c
    return (
        select(
            r.case_id,
            func.max(case((r.up == 1, r.score))).label("first"),
            func.max(case((and_(r.down == 1, r.n > 1), r.score))).label("last"),
        )
        .group_by(r.case_id)
        .subquery(f"scores_{instrument.replace('-', '').lower()}")
    )


def outcome_rules(scores: Mapping[str, tuple[Any, Any]], *, began: Any, judged: Any) -> dict[str, Any]:
    """Which courses count as what (metrics D4 to D7), from the first and last score of each instrument.

    Args:
        scores: instrument -> (first, last).
        began: whose start counts towards the denominator. judged: whose end may count as an outcome.
    """
    starts = or_(*(first >= CASENESS[name] for name, (first, _) in scores.items()))
    below = and_(*(last < CASENESS[name] for name, (_, last) in scores.items()))
    falls = or_(*(first - last >= RELIABLE[name] for name, (first, last) in scores.items()))
    rises = or_(*(last - first >= RELIABLE[name] for name, (first, last) in scores.items()))
    recovered, improved = and_(judged, starts, below), and_(judged, falls, ~rises)
    return {
        "at_caseness": and_(began, starts), "recovered": recovered, "reliably_improved": improved,
        "reliably_recovered": and_(recovered, improved), "reliably_deteriorated": and_(judged, rises, ~falls),
    }  # fmt: skip


def _outcome_monthly(periods: Periods | None) -> Select[Any]:
    c = t.counselling_case.c
    attended, phq, gad = _attended(), scores_of("PHQ-9"), scores_of("GAD-7")
    joined = (
        t.counselling_case.join(attended, attended.c.case_id == c.case_id)
        .outerjoin(phq, phq.c.case_id == c.case_id)
        .outerjoin(gad, gad.c.case_id == c.case_id)
    )
    paired = and_(phq.c.last.is_not(None), gad.c.last.is_not(None))
    scores = {"PHQ-9": (phq.c.first, phq.c.last), "GAD-7": (gad.c.first, gad.c.last)}
    counts = {"paired": paired, **outcome_rules(scores, began=true(), judged=paired)}
    month = month_of(c.ended_on)
    keys = [month.label("month_key"), c.district_code, c.programme_id, c.age_band, c.sex]
    sums = [func.count().label("completed"), *(_count(rule, name) for name, rule in counts.items())]
    where = (
        c.superseded_by.is_(None),
        c.ended_on.is_not(None),
        attended.c.attended >= 2,
        within(month, periods),
    )
    return _grouped(keys, sums, joined, *where)


# --- Attendance, referral, money, survey ----------------------------------------------------------------


def _attendance_daily(periods: Periods | None) -> Select[Any]:
    c = t.attendance.c
    keys = [c.attended_on.label("day"), month_of(c.attended_on).label("month_key"), c.district_code,
            c.programme_id, c.age_band, c.sex]  # fmt: skip
    where = (c.superseded_by.is_(None), within(c.attended_on, periods))
    return _grouped(keys, [_total(c.visits, "visits")], t.attendance, *where)


def _attendance_monthly(periods: Periods | None) -> Select[Any]:
    c = t.attendance_daily.c
    keys = [c.month_key, c.district_code, c.programme_id, c.age_band, c.sex]
    return _grouped(keys, [_total(c.visits, "visits")], t.attendance_daily, within(c.month_key, periods))


def _referral_monthly(periods: Periods | None) -> Select[Any]:
    c = t.referral.c
    month = month_of(c.received_on)
    keys = [month.label("month_key"), c.district_code, c.programme_id, c.source]
    in_time = days_between(c.received_on, c.accepted_on) <= 14
    sums = [func.count().label("received"), _count(c.accepted_on.is_not(None), "accepted"),
            _count(in_time, "accepted_in_14_d")]  # fmt: skip
    where = (c.superseded_by.is_(None), within(month, periods))
    return _grouped(keys, sums, t.referral, *where)


def _ledger_monthly(periods: Periods | None) -> Select[Any]:
    c = t.ledger_entry.c
    keys = [c.month_key, c.fiscal_year, c.programme_id, _known(c.district_code), c.kind, c.funding, c.line_type]  # fmt: skip
    sums = [_total(c.amount_krw, "amount_krw"), func.count().label("entries")]
    where = (c.superseded_by.is_(None), c.managing_body == "city", within(c.month_key, periods))
    return _grouped(keys, sums, t.ledger_entry, *where)


def _ledger_other(periods: Periods | None) -> Select[Any]:
    c = t.ledger_entry.c
    keys = [c.month_key, c.fiscal_year, c.programme_id, _known(c.district_code), c.managing_body, c.kind]
    where = (c.superseded_by.is_(None), c.managing_body != "city", within(c.month_key, periods))
    return _grouped(keys, [_total(c.amount_krw, "amount_krw")], t.ledger_entry, *where)


def _return_monthly(periods: Periods | None) -> Select[Any]:
    c = t.spell_monthly.c
    keys = [c.month_key, c.district_code, c.duration_band, c.age_band, c.sex]
    sums = [_total(c.person_days, "person_days"), _total(c.to_reisolated, "to_reisolated")]
    return _grouped(keys, sums, t.spell_monthly, c.state == "connected", within(c.month_key, periods))


def _survey_area(periods: Periods | None) -> Select[Any]:
    c = t.survey_response.c

    def weight(value: Any, name: str) -> Any:
        # Rounded so that the order in which the engine adds floats cannot show in the stored bytes; PostgreSQL
        # rounds numerics only.
        return func.round(cast(func.sum(value), Numeric(20, 6)), 6).label(name)

    keys = [c.year, c.instrument_id, c.district_code, c.age_band, c.sex, c.household_type]
    sums = [
        func.count().label("respondents"), _count(c.lonely, "lonely_respondents"),
        _count(c.isolated, "isolated_respondents"), weight(c.weight, "weight"),
        weight(c.weight * c.weight, "weight_sq"), weight(case((c.lonely, c.weight), else_=0.0), "weight_lonely"),
        weight(case((c.isolated, c.weight), else_=0.0), "weight_isolated"),
    ]  # fmt: skip
    where = (c.superseded_by.is_(None), within(c.year, periods))
    return _grouped(keys, sums, t.survey_response, *where)


# --- The list -------------------------------------------------------------------------------------------

_hotline = t.hotline_contact
_CASES = ("counselling_case", "counselling_session", "outcome_measure")

ROLLUPS: tuple[Rollup, ...] = (
    Rollup("hotline_daily", ("hotline_contact",), _hotline_daily, _by(_hotline, _hotline.c.local_date)),
    Rollup("hotline_monthly", ("hotline_contact",), _hotline_monthly, _by(_hotline, _hotline.c.month_key)),
    Rollup("hotline_wait", ("hotline_contact",), _hotline_wait, _by(_hotline, _hotline.c.month_key)),
    Rollup("hotline_handle", ("hotline_contact",), _hotline_handle, _by(_hotline, _hotline.c.month_key)),
    Rollup("agent_daily", ("agent_interval",), _agent_daily, _by(t.agent_interval, t.agent_interval.c.local_date)),
    Rollup("case_monthly", _CASES[:2], _case_monthly, _case_months),
    Rollup("session_monthly", _CASES[:2], _session_monthly, _session_months),
    Rollup("outcome_monthly", _CASES, _outcome_monthly, _case_months),
    Rollup("attendance_daily", ("attendance",), _attendance_daily, _by(t.attendance, t.attendance.c.attended_on)),
    Rollup("attendance_monthly", ("attendance",), _attendance_monthly,
           _by(t.attendance, month_of(t.attendance.c.attended_on))),
    Rollup("referral_monthly", ("referral",), _referral_monthly, _by(t.referral, month_of(t.referral.c.received_on))),
    Rollup("ledger_monthly", ("ledger_entry",), _ledger_monthly, _by(t.ledger_entry, t.ledger_entry.c.month_key)),
    Rollup("ledger_other", ("ledger_entry",), _ledger_other, _by(t.ledger_entry, t.ledger_entry.c.month_key)),
    Rollup("survey_area", ("survey_response",), _survey_area, _by(t.survey_response, t.survey_response.c.year)),
    # The spells themselves are rolled up before (`data/spells.py`); every month of theirs may change.
    Rollup("return_monthly", (), _return_monthly, _by(t.spell, literal(0))),
)  # fmt: skip
