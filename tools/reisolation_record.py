"""What a change of the re-isolation model did to its record: the regression report, against the record that is kept.

    python -m tools.reisolation_record            prints each measure before and after; exit 1 where any is worse
    python -m tools.reisolation_record --accept   keeps the new record

The record is that of one demonstration register (seed 120), from every third month on which a year of leavers was known.
"""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

import pandas as pd

from forecast.reisolation import backtest, cohort
from tools import reisolation_study as study

FILE = Path(__file__).resolve().parent.parent / "docs" / "studies" / "reisolation_record.csv"
SEED, FIRST_ORIGIN = 120, date(2024, 11, 30)


def current() -> pd.Series:
    """The measures of the model as it stands."""
    _, spells, _ = study.register(SEED)
    rules = cohort.read_rules()
    record = backtest.backtest(spells, as_of=study.AS_OF, first_origin=FIRST_ORIGIN, seed=SEED, rules=rules)
    return backtest.measures(record).round(6)


def kept() -> pd.Series:
    """The measures that were kept."""
    return pd.read_csv(FILE, index_col="measure")["value"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accept", action="store_true", help="keep the record as it is now")
    now = current()
    if parser.parse_args().accept:
        now.rename_axis("measure").rename("value").to_csv(FILE)
        return 0
    report = backtest.regression_report(kept(), now)
    print(report.to_string())
    return int(report["worse"].any())


if __name__ == "__main__":
    raise SystemExit(main())
