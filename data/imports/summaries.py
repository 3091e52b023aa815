"""Rows of a monthly summary against themselves: parts and their wholes, shares and their errors, days that lie ahead."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from data.imports.convert import Percent
from data.imports.dates import span_of
from data.imports.derived import ERROR, Misfit
from data.imports.lookups import Lookups
from data.imports.reasons import Reason
from data.tables import OPERATIONAL

PERCENTS = ("share_percent", "standard_error", "lower_percent", "upper_percent")
# Column -> the column that it is part of.
PARTS: dict[str, tuple[tuple[str, str], ...]] = {
    "hotline_summary": (
        ("offered", "attempts"), ("answered", "offered"), ("answered", "attempts"), ("answered_in_20_s", "answered"),
        ("abandoned", "offered"), ("short_abandoned", "abandoned"), ("referred", "answered"), ("at_risk", "answered"),
    ),
    "counselling_summary": (
        ("started_in_42_d", "started_in_126_d"), ("started_in_126_d", "started"), ("completed", "ended"),
        ("reached_8", "completed"), ("dropped_out", "ended"), ("suspended", "ended"), ("paired", "completed"),
        ("at_caseness", "completed"), ("recovered", "at_caseness"), ("reliably_recovered", "recovered"),
        ("reliably_recovered", "reliably_improved"), ("attended", "scheduled"), ("dna", "scheduled"),
    ),
    "attendance_summary": (("people", "visits"),),
    "detection_summary": (("contacted", "flagged"), ("confirmed", "contacted"), ("enrolled", "confirmed")),
    "budget_summary": (("committed_krw", "budget_krw"), ("spent_krw", "budget_krw")),
    "return_summary": (("returned", "connected"),),
}  # fmt: skip
# Columns that together are no more than another.
SHARED = {
    "hotline_summary": (("offered", ("answered", "abandoned")),),
    "counselling_summary": (("scheduled", ("attended", "dna", "cancelled_client", "cancelled_service")),),
    "return_summary": (("connected", ("returned", "died", "moved", "institution", "lost")),),
}


def misfits(table_name: str, frame: pd.DataFrame, lookups: Lookups) -> Iterator[Misfit]:
    """Rows that no reading makes right, each by its name."""
    yield from _parts(table_name, frame)
    if "period" in frame:
        yield from _ahead(frame, lookups)
    if table_name == "survey_estimate":
        yield from _errors(frame)
    if table_name == "return_summary":
        for place, (cohort, period) in enumerate(zip(frame["cohort"], frame["period"], strict=True)):
            if cohort is not None and period is not None and cohort > period[:7]:
                yield Misfit(place, "cohort", Reason.END_BEFORE_START, f"{cohort} > {period}")


def _parts(table_name: str, frame: pd.DataFrame) -> Iterator[Misfit]:
    columns = OPERATIONAL[table_name].c
    for whole, parts in (
        *((whole, (part,)) for part, whole in PARTS.get(table_name, ())),
        *SHARED.get(table_name, ()),
    ):
        for place, (most, *some) in enumerate(zip(*(frame[name] for name in (whole, *parts)), strict=True)):
            told = [value for value in some if value is not None]
            if most is not None and told and sum(told) > most:
                said = (
                    f"{' + '.join(columns[name].info[lang] for name in parts)} {sum(told):,} > "
                    f"{columns[whole].info[lang]} {most:,}"
                    for lang in ("ko", "en")
                )
                yield Misfit(place, parts[0], Reason.PARTS_AND_WHOLE, *said)


def _ahead(frame: pd.DataFrame, lookups: Lookups) -> Iterator[Misfit]:
    """A period that has not begun yet cannot have been counted."""
    if lookups.latest is None:
        return
    for place, period in enumerate(frame["period"]):
        if period is not None and span_of(period)[0] > lookups.latest:
            yield Misfit(place, "period", Reason.FUTURE_DAY, f"{lookups.latest}")


def _errors(frame: pd.DataFrame) -> Iterator[Misfit]:
    """A share is written as percent and says how far it may be off."""
    for place, row in enumerate(zip(*(frame[name] for name in ERROR), strict=True)):
        share, error, lower, upper, respondents = row
        if share is None or respondents is None:
            continue
        if not 0 <= share <= 100:
            yield Misfit(place, "share_percent", Reason.OUT_OF_RANGE, "0–100 %")
        elif 0 < share < 1 and not isinstance(share, Percent):
            yield Misfit(place, "share_percent", Reason.SHARE_OR_PERCENT, f"{share * 100:g}")
        elif error is None and (lower is None or upper is None):
            yield Misfit(place, "standard_error", Reason.NO_ERROR_TOLD)
        elif lower is not None and upper is not None and not lower <= share <= upper:
            yield Misfit(place, "lower_percent", Reason.PARTS_AND_WHOLE, f"{lower:g} – {share:g} – {upper:g}")
        elif not respondents:
            yield Misfit(place, "respondents", Reason.OUT_OF_RANGE, "1 –")
