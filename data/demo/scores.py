"""Scores of the counselling cases: depression, anxiety and loneliness, before and after."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from data.demo.city import City, coded, dates, whole

INSTRUMENTS = ("PHQ-9", "GAD-7", "UCLA-20")
VERSIONS = ("9", "7", "3")
LOWEST, HIGHEST = (0, 0, 20), (27, 21, 80)
MEAN, SD = (12.6, 10.2, 52.0), (5.2, 4.6, 9.5)
SHARED = (0.90, 0.90, 0.55)  # loading on the person's common distress
FALL = (6.8, 6.1, 6.0)  # mean fall over a full course
FALL_PER_POINT = (0.45, 0.45, 0.25)  # higher starters fall further: regression to the mean, not only effect
FALL_SD = (3.9, 3.4, 7.0)
RETEST_R, RETEST_PEOPLE, RETEST_ON = 0.88, 160, date(2025, 5, 12)  # of the loneliness scale, two weeks apart
PAIRED = (0.95, 0.82, 0.0, 0.45)  # chance of a last score by reason of ending: completed … suspended


def rows(city: City, month: int, cases: dict[str, np.ndarray]) -> pd.DataFrame:
    """First scores at the first attended session; last ones at the last, where the course ended and was scored."""
    rng = city.rng("scores", month)
    n = len(cases["case_id"])
    common = rng.normal(size=n)
    started = ~np.isnat(cases["first"])
    ended = ~np.isnat(cases["ended"]) & (cases["attended"] >= 2) & (cases["last"] > cases["first"])
    paired = ended & (rng.random(n) < np.take(PAIRED, np.maximum(cases["reason"], 0)))
    dose = np.sqrt(np.minimum(cases["attended"], 8) / 8)
    found = []
    for number in range(len(INSTRUMENTS)):
        load = SHARED[number]
        own = load * common + np.sqrt(1 - load**2) * rng.normal(size=n)
        before = _score(MEAN[number] + SD[number] * own, number)
        fall = FALL[number] + FALL_PER_POINT[number] * (before - MEAN[number])
        after = _score(before - dose * fall + rng.normal(0, FALL_SD[number], n), number)
        found += [(number, started, cases["first"], before), (number, paired, cases["last"], after)]
    return pd.concat([_frame(cases, *part) for part in found], ignore_index=True)


def reliability(city: City) -> pd.DataFrame:
    """Columns of `scale_reliability`: a retest study of the loneliness scale, its correlation drawn, not set."""
    rng = city.rng("retest")
    steady = np.sqrt(RETEST_R) * rng.normal(size=RETEST_PEOPLE)
    once, again = (steady + np.sqrt(1 - RETEST_R) * rng.normal(size=RETEST_PEOPLE) for _ in range(2))
    rows = pd.DataFrame(
        {
            "instrument": ["UCLA-20"],
            "method": ["retest"],
            "value": [round(float(np.corrcoef(once, again)[0, 1]), 3)],
            "people": [RETEST_PEOPLE],
            "items": whole(np.array([20])),
            "measured_on": [RETEST_ON],
            "author": ["정신건강과 / Mental Health Division"],
            "source": ["합성 재검사 연구 / synthetic retest study"],
        }
    )
    return rows[rows["measured_on"] <= city.as_of]


def _score(values: np.ndarray, number: int) -> np.ndarray:
    return np.clip(np.round(values), LOWEST[number], HIGHEST[number]).astype(int)


def _frame(
    cases: dict[str, np.ndarray], number: int, mask: np.ndarray, on: np.ndarray, score: np.ndarray
) -> pd.DataFrame:
    same = np.full(int(mask.sum()), number)
    return pd.DataFrame(
        {
            "person_id": cases["person_id"][mask],
            "case_id": cases["case_id"][mask],
            "instrument": coded(same, INSTRUMENTS),
            "instrument_version": coded(same, VERSIONS),
            "measured_on": dates(on[mask]),
            "score": whole(score[mask]),
        }
    )
