"""What follows from a row's own values: derived columns, and relations that must hold between columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import pandas as pd

from data.codes import CODES
from data.imports.cells import value_key
from data.imports.dates import SEOUL, span_of
from data.imports.reasons import Reason
from data.measures import ALERTS, PLACES, place_kind
from data.programmes import code_of
from data.spells import BAND_EDGES, BAND_NAMES
from data.tables import OPERATIONAL

# Columns that must not decrease along a row.
ORDER: dict[str, tuple[tuple[str, ...], ...]] = {
    "hotline_contact": (("attempted_at", "offered_at", "answered_at", "ended_at"),),
    "referral": (("received_on", "accepted_on", "closed_on"),),
    "counselling_case": (("referred_on", "first_session_on", "ended_on"),),
    "spell": (("started_on", "entered_on", "ended_on"),),
    "support_period": (("starts_on", "ends_on"),),
    "target": (("valid_from", "valid_to"),),
    "programme_entry": (("starts_on", "ends_on"),),
    "survey_design": (("starts_on", "ends_on"),),
    "staffing": (("valid_from", "valid_to"),),
    "unit_cost": (("valid_from", "valid_to"),),
}
# Kinds of entry whose amount may be lowered; the other kinds say themselves which way their money goes.
DECREASE = "transfer_out"
MAY_BE_LOWERED = frozenset(("appropriation_supplementary", "reserve", "allotment", "commitment"))
# Highest score that an instrument can give, over its versions.
HIGHEST_SCORE = {"PHQ-9": 27, "GAD-7": 21, "UCLA-20": 80, "LSNS-6": 30}


def coded(table_name: str, frame: pd.DataFrame, programmes: Mapping[str, str]) -> pd.DataFrame:
    """The frame with a code for each programme that has a name alone: the one that is registered under it, else one of its own.

    Args:
        programmes: names as a file may spell them -> codes (`Lookups.programmes`).
    """
    if table_name != "programme_entry":
        return frame
    codes = [
        code or (None if name is None else programmes.get(value_key(name)) or code_of(name))
        for code, name in zip(frame["code"], frame["name_ko"], strict=True)
    ]
    return frame.assign(code=_objects(codes, frame))


def derive(table_name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Add the table's derived columns: fiscal_year, month_key, local_date, hour, wait_s, handle_s.

    Instants are naive UTC; days, months and hours are Seoul's. A contact waits from being offered (from the
    attempt, where that is not noted) until it is answered or abandoned; it is handled from answer to end, plus
    the wrap-up where that is noted.
    """
    out = frame.copy()
    if "period" in out:
        _spans(out)
    if table_name == "budget_summary":
        out["fiscal_year"] = _objects(once(_year, out["from_on"].tolist()), out)
    elif table_name == "survey_estimate":
        out["effective"] = _objects(
            [effective(*row) for row in zip(*(out[name] for name in ERROR), strict=True)], out
        )
    elif table_name == "return_summary":
        out["duration_band"] = _objects(list(map(_band, out["cohort"], out["from_on"])), out)
        out["exposure_days"] = _objects([_exposure(row) for row in out.to_dict("records")], out)
    elif table_name == "ledger_entry":
        booked = out["booked_on"].tolist()
        out["fiscal_year"] = _objects(once(_year, booked), out)
        out["month_key"] = _objects(once(_month, booked), out)
    elif table_name in ("hotline_contact", "agent_interval"):
        start = out["attempted_at" if table_name == "hotline_contact" else "starts_at"]
        local = [moment + SEOUL for moment in start.tolist()]
        out["local_date"] = _objects([moment.date() for moment in local], out)
        out["month_key"] = _objects([_month(moment) for moment in local], out)
        out["hour"] = _objects([moment.hour for moment in local], out)
    if table_name == "hotline_contact":
        times = ("outcome", "attempted_at", "offered_at", "answered_at", "ended_at")
        waits = zip(*(out[name] for name in times), strict=True)
        handled = zip(*(out[name] for name in ("outcome", "answered_at", "ended_at", "wrap_s")), strict=True)
        out["wait_s"] = _objects([_wait(*row) for row in waits], out)
        out["handle_s"] = _objects([_handle(*row) for row in handled], out)
    return out


ERROR = ("share_percent", "standard_error", "lower_percent", "upper_percent", "respondents")
NORMAL_95 = 1.959964


def _spans(frame: pd.DataFrame) -> None:
    """First and last day of each period, and its month where it is one."""
    days = [span_of(period) for period in frame["period"]]
    frame["from_on"] = _objects([first for first, _ in days], frame)
    frame["to_on"] = _objects([last for _, last in days], frame)
    months = [
        None if "/" in period else _month(first)
        for period, (first, _) in zip(frame["period"], days, strict=True)
    ]
    frame["month_key"] = _objects(months, frame)


def effective(
    share: float, error: float | None, lower: float | None, upper: float | None, respondents: int
) -> float:
    """The size of a simple sample as exact as an estimate says it is: p (1 − p) ÷ SE², all in percent.

    Without a standard error it is read off the 95 % interval; a share of 0 or 100 %, or an error of 0, is taken for a simple
    sample of its respondents. An estimate is never taken for more exact than twice such a sample.
    """
    if error is None and lower is not None and upper is not None:
        error = (upper - lower) / (2 * NORMAL_95)
    spread = share * (100 - share)
    if not error or spread <= 0:
        return float(respondents)
    return round(min(spread / error**2, 2.0 * respondents), 6)


def _band(cohort: str, month: date) -> str:
    """The band of months that people connected in one month have been so in another."""
    year, first = (int(part) for part in cohort.split("-"))
    since = (month.year - year) * 12 + month.month - first
    return BAND_NAMES[max(place for place, edge in enumerate(BAND_EDGES) if edge <= max(since, 0))]


def _exposure(row: Mapping[Any, Any]) -> int:
    """Person-days of a month: as told, else those who were there at its start for all of it, those who left for half."""
    if row["person_days"] is not None:
        return int(row["person_days"])
    left = sum(row[name] or 0 for name in ("returned", "died", "moved", "institution", "lost"))
    days = (row["to_on"] - row["from_on"]).days + 1
    return int(row["connected"] * days - left * days / 2)


def _objects(values: Sequence[Any], frame: pd.DataFrame) -> pd.Series:
    """Python objects as they are: an integer column with gaps must not turn into floats."""
    return pd.Series(values, index=frame.index, dtype=object)


def once(read: Callable[[Any], Any], values: Sequence[Any]) -> list[Any]:
    """What is read of each value; days repeat, so that each is read once."""
    known = {value: read(value) for value in set(values)}
    return list(map(known.__getitem__, values))


def _year(day: Any) -> int:
    return int(day.year)


def _month(day: Any) -> int:
    return int(day.year * 100 + day.month)


def _wait(
    outcome: str,
    attempted: datetime,
    offered: datetime | None,
    answered: datetime | None,
    ended: datetime | None,
) -> int | None:
    until = {"answered": answered, "abandoned": ended}.get(outcome)
    return None if until is None else int((until - (offered or attempted)).total_seconds())


def _handle(
    outcome: str, answered: datetime | None, ended: datetime | None, wrap_s: int | None
) -> int | None:
    if outcome != "answered" or answered is None or ended is None:
        return None
    return int((ended - answered).total_seconds()) + (wrap_s or 0)


def turn_decreases(table_name: str, frame: pd.DataFrame) -> int:
    """Read △100 beside 'transfer out' as 100 that went out, in place; returns how many rows were written so."""
    if table_name != "ledger_entry":
        return 0
    rows = [place for place in _negative(frame) if frame.at[place, "kind"] == DECREASE]
    for place in rows:
        frame.at[place, "amount_krw"] = -frame.at[place, "amount_krw"]
    return len(rows)


def _negative(frame: pd.DataFrame) -> list[int]:
    """Positions of the entries below zero."""
    return [place for place, won in enumerate(frame["amount_krw"].tolist()) if won is not None and won < 0]


class Misfit(NamedTuple):
    """A row whose values contradict each other: its position, the column, why, and the detail in both languages."""

    place: int
    column: str
    reason: Reason
    detail: str = ""
    detail_en: str = ""


def _entry_kinds() -> tuple[str, str]:
    listed = [both for kind, both in CODES["ledger_kind"].items() if kind != "current_budget"]
    return ", ".join(both[0] for both in listed), ", ".join(both[1] for both in listed)


def misfits(table_name: str, frame: pd.DataFrame) -> Iterator[Misfit]:
    """Rows whose values contradict each other."""
    table = OPERATIONAL[table_name]
    for chain in ORDER.get(table_name, ()):
        latest: list[Any] = [None] * len(frame)
        for name in chain:
            info = table.c[name].info
            for place, value in enumerate(frame[name]):
                if value is None:
                    continue
                if latest[place] is not None and value < latest[place][0]:
                    before = latest[place][1]
                    said = (f"{before[lang]} → {info[lang]}" for lang in ("ko", "en"))
                    yield Misfit(place, name, Reason.END_BEFORE_START, *said)
                latest[place] = (value, info)
    if table_name == "ledger_entry":
        for place in (frame["kind"] == "current_budget").to_numpy().nonzero()[0].tolist():
            yield Misfit(place, "kind", Reason.UNKNOWN_CODE, *_entry_kinds())
        for place in _negative(frame):
            kind = frame.at[place, "kind"]
            if kind is not None and kind not in (*MAY_BE_LOWERED, DECREASE):
                yield Misfit(place, "amount_krw", Reason.NEGATIVE_AMOUNT, *CODES["ledger_kind"][kind][:2])
    if table_name == "alert_rule":
        yield from _alerts(frame)
    if table_name == "baseline":
        for place, (version, reason) in enumerate(zip(frame["version"], frame["reason"], strict=True)):
            if version is not None and version > 1 and reason is None:
                # A later version says why it replaces the one before.
                yield Misfit(place, "reason", Reason.MISSING_VALUE)
    if table_name == "outcome_measure":
        for place, (instrument, score) in enumerate(zip(frame["instrument"], frame["score"], strict=True)):
            if instrument in HIGHEST_SCORE and score is not None and score > HIGHEST_SCORE[instrument]:
                highest = f"0–{HIGHEST_SCORE[instrument]}"
                yield Misfit(place, "score", Reason.OUT_OF_RANGE, highest)


def _alerts(frame: pd.DataFrame) -> Iterator[Misfit]:
    """Rules that could never fire: a measure that is not made there, a decision that nobody is asked for, a threshold that lacks."""
    for place, (metric, where, kind, threshold) in enumerate(
        zip(frame["metric_id"], frame["place"], frame["kind"], frame["threshold"], strict=True)
    ):
        if metric is None or where is None or kind is None:
            continue
        offered = ALERTS[metric]
        if (of := place_kind(where)) not in offered:
            said = (", ".join(PLACES[name][lang] for name in offered) for lang in (0, 1))
            yield Misfit(place, "place", Reason.NOT_WATCHED_THERE, *said)
        elif kind == "decision" and not offered[of]:
            yield Misfit(place, "kind", Reason.NO_DECISION_THERE)
        elif (kind == "decision") != (threshold is None):
            yield Misfit(place, "threshold", Reason.NO_THRESHOLD)
