"""What the facts of counselling are: cohorts of courses, waits, sessions kept, score pairs, how courses ended."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Integer, Select, and_, case, cast, extract, func, literal, select, union_all

from data import tables as t
from data.batches import marked
from data.codes import UNKNOWN
from data.dialect import days_between, month_of
from data.rollups import (
    FIRST_WAIT_DAYS,
    Periods,
    Rollup,
    _attended,
    _count,
    _grouped,
    _known,
    cases_of,
    outcome_rules,
    scores_of,
    within,
)

OPEN = "open"


def _touched_cases(source: str, batch_id: int) -> Any:
    """Cases that a batch of cases, sessions, scores or follow-ups touches."""
    c = t.counselling_case.c
    if source != "follow_up":
        return c.case_id.in_(cases_of(source, batch_id))
    f = t.follow_up.c
    mine = marked(f, batch_id)
    return c.person_id.in_(select(f.person_id).where(mine))


def _months_of(moment: Any) -> Any:
    """Which months of a case's date a batch touches."""

    def touched(source: str, batch_id: int) -> Select[Any]:
        return (
            select(month_of(moment)).where(_touched_cases(source, batch_id), moment.is_not(None)).distinct()
        )

    return touched


def _case_course(periods: Periods | None) -> Select[Any]:
    c, f = t.counselling_case.c, t.follow_up.c
    attended, phq, gad = _attended(), scores_of("PHQ-9"), scores_of("GAD-7")
    seen = (
        select(f.person_id, func.max(f.achieved_on).label("last"))
        .where(f.superseded_by.is_(None), f.achieved_on.is_not(None))
        .group_by(f.person_id)
        .subquery("seen")
    )
    joined: Any = t.counselling_case
    for part in (attended, phq, gad):
        joined = joined.outerjoin(part, part.c.case_id == c.case_id)
    joined = joined.outerjoin(seen, seen.c.person_id == c.person_id)
    held, ended = func.coalesce(attended.c.attended, 0), c.ended_on.is_not(None)
    done = and_(ended, held >= 2)
    paired = and_(done, phq.c.last.is_not(None), gad.c.last.is_not(None))
    scores = {"PHQ-9": (phq.c.first, phq.c.last), "GAD-7": (gad.c.first, gad.c.last)}
    counts = {
        "started": c.first_session_on.is_not(None), "second": held >= 2, "ended": ended, "completed": done,
        "reached_8": held >= 8, "followed_up": and_(done, seen.c.last > c.ended_on),
        "dropped_out": and_(c.end_reason == "dropout", held >= 1), "suspended": c.end_reason == "suspended",
        "paired": paired, **outcome_rules(scores, began=done, judged=paired),
    }  # fmt: skip
    month = month_of(c.referred_on)
    keys = [month.label("month_key"), c.district_code, _known(c.provider_id), c.programme_id]
    sums = [func.count().label("referred"), *(_count(rule, name) for name, rule in counts.items())]
    return _grouped(keys, sums, joined, c.superseded_by.is_(None), within(month, periods))


def _counselling_wait(periods: Periods | None) -> Select[Any]:
    c, s = t.counselling_case.c, t.counselling_session.c
    month = month_of(c.referred_on)
    ranked = (
        select(s.case_id, s.scheduled_on,
               func.row_number().over(partition_by=s.case_id, order_by=(s.scheduled_on, s.session_id)).label("number"))
        .where(s.superseded_by.is_(None), s.status == "attended")
        .subquery("ranked")
    )  # fmt: skip
    joined = t.counselling_case
    with_second = joined.join(ranked, and_(ranked.c.case_id == c.case_id, ranked.c.number == 2))
    started, ended = c.first_session_on.is_not(None), c.ended_on.is_not(None)
    parts = (
        ("first", days_between(c.referred_on, c.first_session_on), joined, started),
        ("withdrew", days_between(c.referred_on, c.ended_on), joined, and_(~started, ended)),
        ("waiting", cast(extract("day", c.referred_on), Integer), joined, and_(~started, ~ended)),
        ("second", days_between(c.first_session_on, ranked.c.scheduled_on), with_second, started),
    )
    rows = union_all(*(
        select(month.label("month_key"), c.programme_id, literal(kind).label("kind"), days.label("days"))
        .select_from(source).where(c.superseded_by.is_(None), rule, within(month, periods))
        for kind, days, source, rule in parts
    )).subquery("waits")  # fmt: skip
    r = rows.c
    return _grouped([r.month_key, r.programme_id, r.kind, r.days], [func.count().label("cases")], rows)


def _session_held(periods: Periods | None) -> Select[Any]:
    c = t.counselling_case.c
    attended = _attended()
    joined = t.counselling_case.join(attended, attended.c.case_id == c.case_id)
    month = month_of(c.first_session_on)
    ending = case((c.ended_on.is_(None), OPEN), else_=func.coalesce(c.end_reason, UNKNOWN))
    keys = [month.label("month_key"), c.programme_id, attended.c.attended.label("held"), ending.label("ending")]  # fmt: skip
    where = (c.superseded_by.is_(None), c.first_session_on.is_not(None), within(month, periods))
    return _grouped(keys, [func.count().label("cases")], joined, *where)


def _score_pair(periods: Periods | None) -> Select[Any]:
    c = t.counselling_case.c
    attended = _attended()
    month = month_of(c.ended_on)
    parts = []
    for instrument in ("PHQ-9", "GAD-7", "UCLA-20"):
        scores = scores_of(instrument)
        joined = t.counselling_case.join(attended, attended.c.case_id == c.case_id)
        parts.append(
            select(month.label("month_key"), literal(instrument).label("instrument"), scores.c.first.label("first"),
                   scores.c.last.label("last"))
            .select_from(joined.join(scores, scores.c.case_id == c.case_id))
            .where(c.superseded_by.is_(None), c.ended_on.is_not(None), attended.c.attended >= 2,
                   scores.c.last.is_not(None), within(month, periods))
        )  # fmt: skip
    rows = union_all(*parts).subquery("pairs")
    r = rows.c
    return _grouped([r.month_key, r.instrument, r.first, r.last], [func.count().label("cases")], rows)


def _course_end(periods: Periods | None) -> Select[Any]:
    """Completed courses by month of ending: their first wait, and outcomes with the last known score carried forward."""
    c = t.counselling_case.c
    attended, phq, gad = _attended(), scores_of("PHQ-9"), scores_of("GAD-7")
    joined = t.counselling_case.join(attended, attended.c.case_id == c.case_id)
    for part in (phq, gad):
        joined = joined.outerjoin(part, part.c.case_id == c.case_id)
    # A score that was never taken again stays where it was: no change, for better or for worse.
    scores = {
        name: (s.c.first, func.coalesce(s.c.last, s.c.first)) for name, s in (("PHQ-9", phq), ("GAD-7", gad))
    }
    scored = and_(*(first.is_not(None) for first, _ in scores.values()))
    counts = {"scored": scored, **outcome_rules(scores, began=scored, judged=scored)}
    wait = days_between(c.referred_on, c.first_session_on)
    month = month_of(c.ended_on)
    keys = [month.label("month_key"), c.programme_id]
    sums = [
        func.count().label("completed"), *(_count(wait <= d, f"waited_{d}_d") for d in FIRST_WAIT_DAYS),
        *(_count(rule, name) for name, rule in counts.items()),
    ]  # fmt: skip
    where = (
        c.superseded_by.is_(None),
        c.ended_on.is_not(None),
        attended.c.attended >= 2,
        within(month, periods),
    )
    return _grouped(keys, sums, joined, *where)


_CASES = ("counselling_case", "counselling_session")
_c = t.counselling_case.c

COUNSELLING_ROLLUPS: tuple[Rollup, ...] = (
    Rollup(
        "case_course", (*_CASES, "outcome_measure", "follow_up"), _case_course, _months_of(_c.referred_on)
    ),
    Rollup("counselling_wait", _CASES, _counselling_wait, _months_of(_c.referred_on)),
    Rollup("session_held", _CASES, _session_held, _months_of(_c.first_session_on)),
    Rollup("score_pair", (*_CASES, "outcome_measure"), _score_pair, _months_of(_c.ended_on)),
    Rollup("course_end", (*_CASES, "outcome_measure"), _course_end, _months_of(_c.ended_on)),
)
