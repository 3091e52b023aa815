"""Rows held against each other and against what is known: people and visits, outcomes and their times, days and programmes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd

from data.codes import CODES
from data.imports import histories, summaries
from data.imports.cells import value_key
from data.imports.convert import Percent
from data.imports.dates import SEOUL
from data.imports.derived import Misfit, once
from data.imports.lookups import Lookups, dong_key
from data.imports.reasons import Reason
from data.measures import MEASURES
from data.tables import OPERATIONAL

# What cannot have happened after the day of the import. Bookings and plans may lie ahead: they are only told.
OBSERVED: dict[str, tuple[str, ...]] = {
    "attendance": ("attended_on",),
    "hotline_contact": ("attempted_at", "answered_at", "ended_at"),
    "agent_interval": ("starts_at",),
    "referral": ("received_on", "accepted_on", "closed_on"),
    "counselling_case": ("referred_on", "first_session_on", "ended_on"),
    "counselling_session": ("scheduled_on",),
    "outcome_measure": ("measured_on",),
    "spell": ("started_on", "entered_on", "ended_on"),
    "follow_up": ("achieved_on",),
    "scale_reliability": ("measured_on",),
    "output_target": ("verified_on",),
}
BOOKED = {"ledger_entry": ("booked_on",), "support_period": ("starts_on",), "event": ("happened_on",)}
# Which day of a row must not lie before its programme's first.
BEGUN = {"attendance": "attended_on", "referral": "received_on", "counselling_case": "referred_on",
         "hotline_contact": "attempted_at", "agent_interval": "starts_at"}  # fmt: skip
MONTHLY = {"attendance": "attended_on", "ledger_entry": "booked_on", "hotline_contact": "attempted_at",
           "agent_interval": "starts_at", "counselling_session": "scheduled_on", "referral": "received_on"}  # fmt: skip
HOTLINE = "hotline"  # the programme of the tables that name none
# Nothing that this record is of began earlier; a state may have.
FIRST_DAY, FIRST_STATE = date(2000, 1, 1), date(1950, 1, 1)
LONGEST = timedelta(hours=4)
INTERVAL_S = 900
TIMES = ("outcome", "offered_at", "attempted_at", "answered_at", "ended_at")


def misfits(
    table_name: str, frame: pd.DataFrame, places: Sequence[tuple[str, int]], lookups: Lookups
) -> Iterator[Misfit]:
    """Rows that no reading makes right, each by its name.

    Args:
        frame: converted rows, None where a value is missing or was refused; places: (sheet, spreadsheet row) of each.
    """
    yield from _days(table_name, frame, lookups)
    if table_name == "attendance":
        yield from _more_people_than_visits(frame)
    elif table_name == "hotline_contact":
        yield from _outcome_against_times(frame)
    elif table_name == "agent_interval":
        yield from _more_time_than_paid(frame)
    elif table_name == "spell":
        yield from histories.spells(frame, places)
    elif table_name == "support_period":
        yield from histories.supports(frame, places)
    elif table_name == "counselling_case":
        yield from histories.ends(frame, "ended_on", "end_reason")
    elif table_name == "follow_up":
        yield from _result_against_day(frame)
    elif table_name == "target":
        yield from _target_values(frame)
    elif table_name == "ward":
        yield from _dong_elsewhere(frame, lookups)
    elif table_name == "programme_entry":
        yield from _names_taken(frame, lookups)
    elif OPERATIONAL[table_name].info.get("summary"):
        yield from summaries.misfits(table_name, frame, lookups)


def _dong_elsewhere(frame: pd.DataFrame, lookups: Lookups) -> Iterator[Misfit]:
    """A dong that its district does not have: the same name stands in more than one district."""
    for place, (code, name) in enumerate(zip(frame["district_code"], frame["dong"], strict=True)):
        if code is None or name is None or code in lookups.dongs.get(dong_key(name), ()):
            continue
        there = ", ".join(sorted(dong for dong, codes in lookups.dongs.items() if code in codes))
        yield Misfit(place, "dong", Reason.UNKNOWN_DONG, there)


def _names_taken(frame: pd.DataFrame, lookups: Lookups) -> Iterator[Misfit]:
    """Two programmes of one name: a file that names it could not be read."""
    first: dict[str, str] = {}
    for place, (code, ko, en) in enumerate(
        zip(frame["code"], frame["name_ko"], frame["name_en"], strict=True)
    ):
        for name in (ko, en):
            if name is None:
                continue
            other = lookups.programmes.get(value_key(name)) or first.setdefault(value_key(name), code)
            if code is not None and other != code:
                yield Misfit(place, "name_ko", Reason.NAME_TAKEN, other)
                break


def _more_people_than_visits(frame: pd.DataFrame) -> Iterator[Misfit]:
    for place, (visits, people) in enumerate(zip(frame["visits"], frame["people"], strict=True)):
        if people is not None and visits is not None and (people > visits or (visits and not people)):
            yield Misfit(place, "people", Reason.PEOPLE_AND_VISITS, f"{visits:,}")


def _outcome_against_times(frame: pd.DataFrame) -> Iterator[Misfit]:
    for place, (outcome, answered) in enumerate(zip(frame["outcome"], frame["answered_at"], strict=True)):
        if outcome is not None and (outcome == "answered") != (answered is not None):
            yield Misfit(place, "answered_at", Reason.OUTCOME_TIMES, *CODES["contact_outcome"][outcome][:2])


def _more_time_than_paid(frame: pd.DataFrame) -> Iterator[Misfit]:
    columns = (frame[name] for name in ("paid_agents", "available_s", "handling_s", "wrap_s"))
    for place, (paid, *spent) in enumerate(zip(*columns, strict=True)):
        if paid is not None and None not in spent and sum(spent) > paid * INTERVAL_S:
            yield Misfit(place, "handling_s", Reason.ABOVE_PAID, f"{sum(spent):,} > {paid * INTERVAL_S:,}")


def _result_against_day(frame: pd.DataFrame) -> Iterator[Misfit]:
    for place, (result, achieved) in enumerate(zip(frame["result"], frame["achieved_on"], strict=True)):
        if result is not None and (result == "not_reached") == (achieved is not None):
            yield Misfit(place, "achieved_on", Reason.OUTCOME_TIMES, *CODES["follow_up_result"][result][:2])


def _target_values(frame: pd.DataFrame) -> Iterator[Misfit]:
    """Targets of a share are written as percent: 0.95 may be 95 % or less than one."""
    for place, (metric, value) in enumerate(zip(frame["metric_id"], frame["value"], strict=True)):
        if metric is None or value is None:
            continue
        ko, en, unit, _ = MEASURES[metric]
        if unit != "percent":
            if isinstance(value, Percent):
                yield Misfit(place, "value", Reason.NO_SHARE, ko, en)
        elif value > 100:
            yield Misfit(place, "value", Reason.OUT_OF_RANGE, "0–100 %")
        elif 0 < value < 1 and not isinstance(value, Percent):
            yield Misfit(place, "value", Reason.SHARE_OR_PERCENT, f"{value * 100:g}")


# ── Days ────────────────────────────────────────────────────────────────────────────────────────────────


def _days(table_name: str, frame: pd.DataFrame, lookups: Lookups) -> Iterator[Misfit]:
    """Days that lie ahead of the import, before the programme, or before anything that is recorded."""
    limit = lookups.latest
    starts = {name: date.fromisoformat(day) for name, day in lookups.starts.items()}
    for column in (*OBSERVED.get(table_name, ()), *BOOKED.get(table_name, ())):
        first = FIRST_STATE if (table_name, column) == ("spell", "started_on") else FIRST_DAY
        last = limit if column in OBSERVED.get(table_name, ()) else None
        begun = starts if BEGUN.get(table_name) == column else {}
        days = once(_day, frame[column].tolist())
        known = set(days) - {None}
        earliest = max([first, *begun.values()])
        if not known or (min(known) >= earliest and (last is None or max(known) <= last)):
            continue
        programmes = frame["programme_id"] if "programme_id" in frame else [HOTLINE] * len(frame)
        missed = _not_held(table_name, frame)
        for place, (day, programme) in enumerate(zip(days, programmes, strict=True)):
            if day is None:
                continue
            if last is not None and day > last and place not in missed:
                yield Misfit(place, column, Reason.FUTURE_DAY, f"{last}")
            elif day < max(first, begun.get(programme, first)):
                yield Misfit(place, column, Reason.BEFORE_START, f"{max(first, begun.get(programme, first))}")


def _not_held(table_name: str, frame: pd.DataFrame) -> set[int]:
    """Sessions that were called off may have been planned for a later day."""
    if table_name != "counselling_session":
        return set()
    return {place for place, status in enumerate(frame["status"]) if status not in ("attended", "dna")}


def _day(value: Any) -> date | None:
    return (value + SEOUL).date() if isinstance(value, datetime) else value


def told(table_name: str, frame: pd.DataFrame, lookups: Lookups) -> Iterator[Misfit]:
    """Rows that are taken and must be looked at: one for each kind of thing, at the first row that shows it.

    Args:
        frame: the accepted rows.
    """
    yield from _after_closed(table_name, frame, lookups)
    if table_name == "hotline_contact":
        long = [
            (place, longest)
            for place, times in enumerate(zip(*(frame[name] for name in TIMES[1:]), strict=True))
            if (longest := _longest(*times)) > LONGEST
        ]
        if long:
            place, longest = max(long, key=lambda entry: entry[1])
            hours = f"{longest / timedelta(hours=1):,.0f}"
            yield Misfit(
                place,
                "ended_at",
                Reason.LONG_CONTACT,
                f"{hours}시간, {len(long):,}행",
                f"{hours} h, {len(long):,} rows",
            )


def _longest(
    offered: datetime | None, attempted: datetime | None, answered: datetime | None, ended: datetime | None
) -> timedelta:
    """The longer of the wait and the talk of a contact."""
    begun = offered or attempted
    until = answered or ended
    wait = until - begun if begun and until else timedelta()
    talk = ended - answered if answered and ended else timedelta()
    return max(wait, talk)


def month_column(table_name: str) -> str | None:
    """The column by which a row belongs to one month; None for tables of periods and plans."""
    return MONTHLY.get(table_name)


def month_of(value: Any) -> int | None:
    """The month of a day or instant as 202609."""
    day = _day(value)
    return None if day is None else day.year * 100 + day.month


def _after_closed(table_name: str, frame: pd.DataFrame, lookups: Lookups) -> Iterator[Misfit]:
    """Days after the last one that the screens speak for."""
    closed = lookups.closed
    column = next(iter((*OBSERVED.get(table_name, ()), *BOOKED.get(table_name, ()))), None)
    if closed is None or column is None:
        return
    days = once(_day, frame[column].tolist())
    late = [place for place, day in enumerate(days) if day is not None and day > closed]
    if late:
        n = len(late)
        yield Misfit(late[0], column, Reason.AFTER_CLOSED, f"{closed}, {n:,}행", f"{closed}, {n:,} rows")


def shown(value: Any) -> str | None:
    """A day or number as it may be shown with what is wrong with it; nothing for texts, which may name a person."""
    if isinstance(value, (date, datetime)):
        return f"{_day(value)}"
    return f"{value:,}" if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def settled(table_name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with plain numbers: how a share was written has been judged."""
    if table_name == "survey_estimate":
        for name in summaries.PERCENTS:
            values = [None if value is None else float(value) for value in frame[name]]
            frame[name] = pd.Series(values, index=frame.index, dtype=object)
    if table_name == "target":
        values = [None if value is None else float(value) for value in frame["value"]]
        frame["value"] = pd.Series(values, index=frame.index, dtype=object)
    return frame
