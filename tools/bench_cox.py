"""Prints how the hazard model does against lifelines' Cox regression with time-varying covariates on the same rows.

    make bench-cox

lifelines needs an older pandas than this project, so that it lives in an environment of its own (.venv-check) and this file
calls itself there; nothing of the project is imported on that side.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

AS_OF = date(2026, 10, 31)
SIZES, ALL, PATIENCE_S = (2_000, 5_000, 10_000, 20_000, 50_000), 500_000, 300
EDGES, RATES = np.array([0, 31, 92, 183, 366, 731]), np.array([0.030, 0.024, 0.018, 0.012, 0.008, 0.005])
TRUTH = {
    "age_40_64": 0.25,
    "age_65": -0.10,
    "male": 0.15,
    "alone": 0.35,
    "prior_any": 0.40,
    "aftercare": -0.35,
}
LIMITS = {"seconds": 20.0, "gigabytes": 4.0, "times": 20.0, "difference": 0.02}  # what is asked


def _where(first: Any, so: str | None, otherwise: str | None) -> np.ndarray:
    """Words or nothing, by a condition."""
    return np.where(first, np.array(so, dtype=object), np.array(otherwise, dtype=object))


def episodes(n: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Spells since leaving over 36 months at the rates of statistics.md Part C, and six months of aftercare for half of them.

    A spell's end is drawn by inverting the hazard accumulated over the stretches between bands' edges and aftercare's ends.
    """
    rng = np.random.default_rng(seed)
    start = np.datetime64("2023-11-01") + rng.integers(0, 1096, n)
    age, male, alone, prior = (
        rng.integers(0, 3, n),
        rng.random(n) < 0.5,
        rng.random(n) < 0.55,
        rng.integers(0, 2, n),
    )
    first = (start + rng.integers(0, 400, n)).astype("datetime64[M]") + 1
    opens, closes = ((m.astype("datetime64[D]") - start).astype(int) for m in (first, first + 6))
    opens = np.where(rng.random(n) < 0.5, opens, 10**6)
    closes = np.where(opens < 10**6, closes, 10**6)
    edge = np.sort(np.column_stack([np.broadcast_to(EDGES, (n, len(EDGES))), opens, closes]), axis=1)
    fixed = np.array([0, 0.25, -0.10])[age] + 0.15 * male + 0.35 * alone + 0.40 * prior
    helped = (edge >= opens[:, None]) & (edge < closes[:, None])
    rate = (
        RATES[np.searchsorted(EDGES, edge, side="right") - 1]
        * np.exp(fixed[:, None] - 0.35 * helped)
        / 30.4375
    )
    gathered = np.cumsum(rate[:, :-1] * np.diff(edge, axis=1), axis=1)
    gathered = np.column_stack([np.zeros(n), gathered])
    target = rng.exponential(1, n)
    place = (gathered <= target[:, None]).sum(axis=1) - 1
    row = np.arange(n)
    days = np.ceil(edge[row, place] + (target - gathered[row, place]) / rate[row, place]).astype(int)
    moved = np.ceil(rng.exponential(30.4375 / 0.008, n)).astype(int)
    end = start + np.minimum(days, moved)
    name = np.char.mod("p%d", row)
    spells = pd.DataFrame(
        {
            "person_id": name,
            "state": "connected",
            "started_on": start,
            "entered_on": start,
            "ended_on": end,
            "next_state": _where(days <= moved, "reisolated", None),
            "exit": _where(days <= moved, None, "moved"),
            "age_band": np.array(["19-39", "40-64", "65+"])[age],
            "sex": np.where(male, "male", "female"),
            "lives_alone": alone,
            "prior_reisolations": prior,
        }
    )
    got = opens < 10**6
    supports = pd.DataFrame(
        {
            "person_id": name[got],
            "programme_id": "care_corps",
            "starts_on": (start + opens)[got],
            "ends_on": (start + closes)[got],
        }
    )
    return spells, supports


def ours(n: int, file: Path | None) -> dict[str, Any]:
    """Processor seconds of cutting and of fitting n episodes, and the coefficients; writes the rows to `file`."""
    from forecast.reisolation.hazard import Spec, expand, fit, traits

    spells, supports = episodes(n, seed=n)
    begun = time.process_time()  # one thread's work, whatever else the machine does
    rows = traits(expand(spells, supports, as_of=AS_OF))
    cut = time.process_time()
    table = fit(rows, Spec("connected", "reisolated", covariates=tuple(TRUTH), season=False)).table()
    done = time.process_time()
    if file:
        same = rows[list(TRUTH)].assign(
            id=rows["person"],
            start=rows["clock"],
            stop=rows["clock"] + rows["months"],
            event=(rows["to"] == "reisolated").astype(int),
        )
        same.to_parquet(file)
    gigabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    return {
        "rows": len(rows),
        "cut": cut - begun,
        "fit": done - cut,
        "gigabytes": gigabytes,
        "coefficients": table.loc[list(TRUTH), "coefficient"].to_dict(),
    }


def cox(file: str) -> None:
    """In the checking environment: fits the file's rows and prints seconds and coefficients as JSON."""
    from lifelines import CoxTimeVaryingFitter

    rows = pd.read_parquet(file)
    begun = time.process_time()
    fitted = CoxTimeVaryingFitter().fit(
        rows, id_col="id", event_col="event", start_col="start", stop_col="stop"
    )
    print(json.dumps({"fit": time.process_time() - begun, "coefficients": fitted.params_.to_dict()}))


def checked(python: str, file: Path) -> dict[str, Any] | None:
    """`cox` in the other environment; None when patience ends."""
    command = [python, str(Path(__file__).resolve()), "--cox", str(file)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=True)
    except subprocess.TimeoutExpired:
        return None
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def compare(python: str, said: Callable[[str], None]) -> bool:
    """Says a row per size; returns whether the largest that lifelines finished keeps what is asked."""
    said("| episodes | rows | cut, s | fit, s | Cox, s | Cox ÷ fit | largest difference of a coefficient |")
    said("|---:|---:|---:|---:|---:|---:|---:|")
    times, difference = 0.0, np.inf
    for n in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "rows.parquet"
            own = ours(n, file)
            other = checked(python, file)
        if other is None:
            said(f"| {n:,} | {own['rows']:,} | {own['cut']:.2f} | {own['fit']:.2f} | over {PATIENCE_S} | | |")
            break
        times = other["fit"] / own["fit"]
        difference = max(abs(own["coefficients"][c] - other["coefficients"][c]) for c in TRUTH)
        said(
            f"| {n:,} | {own['rows']:,} | {own['cut']:.2f} | {own['fit']:.2f} | {other['fit']:.1f} | {times:.0f} "
            f"| {difference:.4f} |"
        )
    return times >= LIMITS["times"] and difference <= LIMITS["difference"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cox", metavar="FILE")
    parser.add_argument("--python", default=".venv-check/bin/python")
    asked = parser.parse_args()
    if asked.cox:
        cox(asked.cox)
        return 0
    from tools.bench import report

    lines = [
        f"Processor seconds of one thread, on the same rows as lifelines' CoxTimeVaryingFitter. {report.machine()}",
        "",
    ]

    def said(line: str) -> None:
        print(line, flush=True)
        lines.append(line)

    kept = compare(asked.python, said)
    own = ours(ALL, None)
    seconds = own["cut"] + own["fit"]
    lines.append("")
    said(
        f"{ALL:,} episodes, {own['rows']:,} rows: cut in {own['cut']:.1f} s and fitted in {own['fit']:.1f} s (limit 20 s), "
        f"{own['gigabytes']:.1f} GB at most (limit 4)."
    )
    report.put("hazard", "The model of coming back, beside Cox", lines)
    within = seconds <= LIMITS["seconds"] and own["gigabytes"] <= LIMITS["gigabytes"]
    print("Kept." if kept and within else "Missed.")
    return int(not (kept and within))


if __name__ == "__main__":
    sys.exit(main())
