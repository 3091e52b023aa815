"""Crisis signals of a household sample, and what came of the households that they flag. All ours (46 types: F014).

A panel of households, a sample of the city's one-person households, shows signals month by month; isolated ones more
often. Four signals in one month flag a household, at most once in six months; then it is contacted, assessed and, if
confirmed and willing, enrolled. Frames are made panel slice by panel slice so that memory stays bounded.

`crisis_signal` (household, district_code, signal 1 to 46, value) lies in folders `month=YYYYMM` of the month observed,
`detection_action` (household, district_code, flagged_on, contacted_on, assessed_on, result, programme_id) in those of
the month flagged. The result `enrolled` includes being confirmed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from data.demo import survey
from data.demo.city import City, coded, dates, month_span, months, pick
from data.lake.files import Place, publish

FIRST_MONTH = date(2025, 1, 1)
SIGNALS, PANEL, SLICE = 46, 30_000, 100_000
MEAN_SIGNALS = 1.15  # per household and month where nobody is isolated
FLAG_AT, PAUSE_MONTHS = 4, 6
CONTACTED, ASSESSED, SENSITIVITY, FALSE_ALARM, ENROLLED = 0.78, 0.85, 0.90, 0.06, 0.55
ISOLATED = (
    2.5  # isolation among one-person households in the panel, against the district's share of all citizens
)
RESULTS = ("confirmed", "not_isolated", "refused", "not_reached", "enrolled")
TABLES = ("crisis_signal", "detection_action")
PROGRAMMES = ("local_bodies", "connection_prescription", "care_corps", "isolation_prevention_center")


@dataclass
class Panel:
    """The households of the sample: district position and whether someone isolated lives there."""

    home: np.ndarray
    isolated: np.ndarray


def rates(city: City) -> tuple[np.ndarray, np.ndarray]:
    """Monthly chance of each signal in ordinary households, and how many times likelier in isolated ones."""
    rng = city.rng("signals")
    chance = rng.dirichlet(np.full(SIGNALS, 1.2)) * MEAN_SIGNALS
    return np.minimum(chance, 0.2), np.exp(rng.uniform(0.0, np.log(6.0), SIGNALS))


def size(city: City) -> int:
    """Households in the panel: 30,000 times scale, at most all one-person households."""
    return int(min(PANEL * city.scale, city.one_person.sum()))


def make_panel(city: City) -> Panel:
    """Homes in proportion to one-person households, isolation by the district's true prevalence."""
    rng = city.rng("panel")
    home = pick(rng, city.living_alone, size(city)).astype(np.int8)
    wave = survey.WAVES[-1]
    chance = np.minimum(survey.prevalence(city, wave[2], wave[3])[0] * ISOLATED, 0.9)
    return Panel(home, rng.random(len(home)) < chance[home])


def write(city: City, folder: Path) -> None:
    """Write every month's two partitions and remove months that this city does not have."""
    panel = make_panel(city)
    # Some were flagged before the first month, or the whole panel would pause and return in step.
    last_flag = city.rng("earlier-flags").integers(-PAUSE_MONTHS, 0, len(panel.home))
    keys = months(FIRST_MONTH, city.as_of)
    place = Place.at(folder)
    for number, month in enumerate(keys):
        signals, count = _signals(city, panel, month)
        flagged = (count >= FLAG_AT) & (last_flag <= number - PAUSE_MONTHS)
        last_flag[flagged] = number
        publish(place, "crisis_signal", month, signals)
        actions = _actions(city, panel, np.flatnonzero(flagged), month)
        publish(place, "detection_action", month, pa.Table.from_pandas(actions, preserve_index=False))
    _keep_only(folder, keys)


def partition(folder: Path, table: str, month: int) -> Path:
    """The file of one table and month."""
    return folder / table / f"month={month}" / "part-0.parquet"


def _keep_only(folder: Path, months: list[int]) -> None:
    """Remove the months of an earlier, longer city; files and folders of others stay."""
    kept = {f"month={month}" for month in months}
    for table in TABLES:
        for part in (folder / table).glob("month=*/part-0.parquet"):
            if part.parent.name not in kept:
                part.unlink()


def _signals(city: City, panel: Panel, month: int) -> tuple[pa.Table, np.ndarray]:
    """A month's signals and how many each household showed."""
    chance, ratio = rates(city)
    count = np.zeros(len(panel.home), dtype=np.int16)
    parts = []
    for start in range(0, len(panel.home), SLICE):
        rng = city.rng("signal-draws", month, start // SLICE)
        isolated = panel.isolated[start : start + SLICE, None]
        shown = rng.random((len(isolated), SIGNALS), dtype=np.float32) < chance * np.where(
            isolated, ratio, 1.0
        )
        household, signal = np.nonzero(shown)
        count[start : start + SLICE] = shown.sum(axis=1)
        parts.append(
            pa.table(
                {
                    "household": _pseudonym(household + start),
                    "district_code": pa.DictionaryArray.from_arrays(
                        pa.array(panel.home[household + start]), pa.array(city.codes)
                    ),
                    "signal": (signal + 1).astype(np.int16),
                    "value": rng.integers(1, 7, len(signal)).astype(
                        np.int16
                    ),  # months in arrears, or times seen
                }
            )
        )
    return pa.concat_tables(parts), count


def _actions(city: City, panel: Panel, who: np.ndarray, month: int) -> pd.DataFrame:
    """What was done for the flagged households, as far as known at `as_of`."""
    rng = city.rng("actions", month)
    n = len(who)
    first, after = month_span(month)
    days = int((min(after, city.today + 1) - first).astype(int))
    flagged = first + rng.integers(0, days, n)
    contacted = flagged + rng.integers(1, 22, n)
    assessed = contacted + rng.integers(3, 30, n)
    reached, agreed = rng.random(n) < CONTACTED, rng.random(n) < ASSESSED
    found = rng.random(n) < np.where(panel.isolated[who], SENSITIVITY, FALSE_ALARM)
    result = np.select([~reached, ~agreed, found], [3, 2, 0], 1)
    known = np.where(reached & agreed, assessed, contacted) <= city.today
    enrolled = known & (result == 0) & (rng.random(n) < ENROLLED)
    result = np.where(enrolled, 4, result)
    nothing = np.datetime64("NaT", "D")
    return pd.DataFrame(
        {
            "household": _pseudonym(who),
            "district_code": coded(panel.home[who], city.codes),
            "flagged_on": dates(flagged),
            "contacted_on": _days(np.where(reached & (contacted <= city.today), contacted, nothing)),
            "assessed_on": _days(np.where(reached & agreed & (assessed <= city.today), assessed, nothing)),
            "result": coded(np.where(known, result, -1), RESULTS),
            "programme_id": coded(np.where(enrolled, pick(rng, (0.5, 0.2, 0.2, 0.1), n), -1), PROGRAMMES),
        }
    )


def _days(days: np.ndarray) -> pd.Series:
    # An Arrow type of its own: a month without any date would otherwise be written without a type.
    return pd.Series(dates(days), dtype=pd.ArrowDtype(pa.date32()))


def _pseudonym(number: np.ndarray) -> np.ndarray:
    """A 63-bit number that does not show the order of the panel (multiplicative hashing; one to one)."""
    mixed = (number.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    return (mixed >> np.uint64(1)).astype(np.int64)
