"""Measures the counting of a detection lake: `python -m tools.bench lake --rows 100000000 --engine duckdb|spark`.

Signals of a year are generated (46 kinds, a household shows 1.15 a month on average; isolated ones more), rolled up into all three facts, once
more with a worker or the counting process killed in the middle, and once more with one month added. DuckDB has two threads, Spark a
master, two workers of one core and a Thrift server on this machine. Results go to docs/performance.md.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data.lake import engines, files
from data.lake.files import Place, publish
from data.lake.statements import DETECTION, OF_DETECTION
from tools import spark
from tools.bench import report
from tools.processes import repeatedly

FIRST = 202501
MONTHS = 12
MEAN, SIGNALS, FLAG_AT = 1.15, 46, 4
BYTES_A_ROW = 12  # of free disk that are asked for
RESULTS = np.array(["confirmed", "not_isolated", "refused", "not_reached", "enrolled"])
CODES = np.array([f"11{number:02d}0" for number in range(1, 26)])
SLICE = 500_000
ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Counted:
    """The facts, how long it took by the clock and of processor, and the most memory that was held."""

    facts: dict[str, pd.DataFrame]
    seconds: float
    processor_s: float
    memory_mb: float


@dataclass
class Found:
    """What a run measured."""

    engine: str
    rows: int
    months: int
    megabytes: float
    load: float
    seconds: list[float] = field(default_factory=list)
    processor_s: list[float] = field(default_factory=list)
    memory_mb: float = 0.0
    killed: str = ""
    killed_s: float = 0.0
    killed_same: bool = False
    same_as: str = ""
    same: bool = False
    one_month_s: float = 0.0
    one_month_processor_s: float = 0.0
    rows_of_month: int = 0


def main(arguments: list[str]) -> int:
    """Generate, measure, write the report; 1 where a result differs."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench lake", description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000_000, help="signal rows of a year")
    parser.add_argument("--engine", choices=("duckdb", "spark"), default="duckdb")
    parser.add_argument("--runs", type=int, default=3, help="times that the whole year is counted")
    parser.add_argument(
        "--folder",
        type=Path,
        help="where the lake is made and kept, for the other engine; else a folder that goes",
    )
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.child:
        return _child(*asked.child)
    free = shutil.disk_usage(tempfile.gettempdir()).free
    if free < asked.rows * BYTES_A_ROW:
        raise SystemExit(f"{asked.rows:,} rows need {asked.rows * BYTES_A_ROW / 1e9:.1f} GB of free disk")
    kept = nullcontext(asked.folder) if asked.folder else tempfile.TemporaryDirectory(prefix="ieum-lake-")
    with kept as folder:
        found = measure(Path(folder), asked.rows, asked.engine, asked.runs)
    print(json.dumps(asdict(found), indent=1))
    report.put(f"lake-{found.engine}", f"Detection lake on {found.engine}", lines(found))
    return int(not (found.same and found.killed_same))


def measure(folder: Path, rows: int, engine: str, runs: int) -> Found:
    """Make a lake of so many rows and have it counted."""
    place = Place.at(folder)
    made = sum(month(place, FIRST + number, rows // MONTHS) for number in range(MONTHS))
    months = [FIRST + number for number in range(MONTHS)]
    size = sum(file.stat().st_size for key in months for file in folder.glob(f"*/month={key}/*")) / 1e6
    found = Found(engine, made, MONTHS, size, os.getloadavg()[0])
    print(f"{made:,} rows in {MONTHS} months, {size:,.0f} MB, load {found.load:.1f}", flush=True)
    with counter(engine) as counting:
        for _ in range(runs):
            first = counting.count(place, months)
            found.seconds.append(first.seconds)
            found.processor_s.append(first.processor_s)
            found.memory_mb = max(found.memory_mb, first.memory_mb)
            print(
                f"year: {first.seconds:.1f} s, {first.memory_mb:,.0f} MB, load {os.getloadavg()[0]:.1f}",
                flush=True,
            )
        added = FIRST + 100  # the same month a year later
        found.rows_of_month = month(place, added, rows // MONTHS)
        one = counting.count(place, [added])
        found.one_month_s, found.one_month_processor_s = one.seconds, one.processor_s
        again = counting.interrupted(place, months, min(found.seconds) / 2)
        found.killed, found.killed_s = counting.victim, again.seconds
        found.killed_same = engines.same(first.facts, again.facts)
        found.same_as, other = counting.yardstick(place, [*months, added])
        both = {name: pd.concat([frame, one.facts[name]]) for name, frame in first.facts.items()}
        found.same = engines.same(both, other)
    return found


def month(place: Place, key: int, rows: int) -> int:
    """Write a month of about so many signal rows and its actions, if it does not stand; returns how many."""
    standing = Path(place.partition("detection_action", key), files.PART)
    if standing.exists():
        return pq.read_metadata(f"{place.partition('crisis_signal', key)}/{files.PART}").num_rows
    households = round(rows / MEAN)
    rng = np.random.default_rng(key)
    weight = np.cumsum(rng.dirichlet(np.full(SIGNALS, 1.2)))
    parts, flagged, home = [], [], rng.integers(0, len(CODES), households).astype(np.int8)
    for start in range(0, households, SLICE):
        some = min(SLICE, households - start)
        shown = rng.poisson(MEAN * rng.choice([0.85, 1.6], some, p=[0.8, 0.2]))
        household = np.repeat(np.arange(start, start + some), shown)
        kind = np.minimum(np.searchsorted(weight, rng.random(len(household))), SIGNALS - 1)
        pair = np.unique(household * SIGNALS + kind)  # a signal once a month
        household = pair // SIGNALS
        flagged.append(np.flatnonzero(np.bincount(household - start, minlength=some) >= FLAG_AT) + start)
        code = pa.DictionaryArray.from_arrays(pa.array(home[household]), pa.array(CODES))
        parts.append(
            pa.table(
                {
                    "household": _pseudonym(household),
                    "district_code": code,
                    "signal": (pair % SIGNALS + 1).astype(np.int16),
                    "value": rng.integers(1, 7, len(pair)).astype(np.int16),
                }
            )
        )
    signals = pa.concat_tables(parts)
    publish(place, "crisis_signal", key, signals)
    who = np.concatenate(flagged)
    who = who[rng.random(len(who)) < 0.3]
    day = pa.array(np.full(len(who), np.datetime64("2025-06-01")), mask=rng.random(len(who)) < 0.2)
    result = pa.array(RESULTS[rng.integers(0, 5, len(who))], mask=rng.random(len(who)) < 0.3)
    actions = {
        "household": _pseudonym(who),
        "district_code": CODES[home[who]],
        "contacted_on": day,
        "result": result,
    }
    publish(place, "detection_action", key, pa.table(actions))
    return len(signals)


def _pseudonym(number: np.ndarray) -> np.ndarray:
    """A number that does not show the order of households, as a pseudonym: else neighbours would lie together."""
    return ((number.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(1)).astype(
        np.int64
    )


class _DuckDB:
    """DuckDB in a process of its own, so that its memory is its own and it can be killed."""

    victim = "the counting process"

    def count(self, place: Place, months: list[int]) -> Counted:
        """Facts, seconds of counting and most memory held."""
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "counted.pickle"
            process = self._begun(place, months, out)
            _, status, used = os.wait4(process.pid, 0)
            if status:
                raise SystemExit("DuckDB could not count")
            facts, seconds, busy = pd.read_pickle(out)
            return Counted(facts, seconds, busy, used.ru_maxrss / 1e3)

    def interrupted(self, place: Place, months: list[int], after: float) -> Counted:
        """As `count`; a first process is killed in the middle of it and leaves nothing, the time until then is added."""
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "counted.pickle"
            process = self._begun(place, months, out)
            time.sleep(after)
            process.kill()
            process.wait()
            assert not out.exists()
        again = self.count(place, months)
        return replace(again, seconds=after + again.seconds)

    def _begun(self, place: Place, months: list[int], out: Path) -> subprocess.Popen[bytes]:
        """A process that has loaded what it needs and now counts."""
        keys = ",".join(map(str, months))
        command = [sys.executable, "-m", "tools.bench.lake", "--child", place.path, keys, str(out)]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        return process

    def yardstick(self, place: Place, months: list[int]) -> tuple[str, dict[str, pd.DataFrame]]:
        """The same counted by Arrow and NumPy, without SQL."""
        return "pyarrow and NumPy", by_numpy(place, months)


class _Spark:
    """A cluster on this machine."""

    victim = "one of the two workers with its executor"

    def __init__(self, cluster: spark.Cluster) -> None:
        self.cluster = cluster

    def count(self, place: Place, months: list[int]) -> Counted:
        """Facts, seconds, and most memory that all of the cluster's processes held."""
        most = [0.0]

        def look() -> None:
            most[0] = max(most[0], self.cluster.resident_mb())

        started, busy = time.perf_counter(), self.cluster.processor_s()
        with repeatedly(look, every_s=0.5):
            facts = engines.rolled(place, OF_DETECTION, months, DETECTION, url=self.cluster.url)
            seconds = time.perf_counter() - started
            return Counted(facts, seconds, self.cluster.processor_s() - busy, most[0])

    def interrupted(self, place: Place, months: list[int], after: float) -> Counted:
        """As `count`, with a worker killed in the middle."""
        killer = threading.Timer(after, self.cluster.kill_worker, [0])
        killer.start()
        try:
            return self.count(place, months)
        finally:
            killer.join()

    def yardstick(self, place: Place, months: list[int]) -> tuple[str, dict[str, pd.DataFrame]]:
        """The same counted by DuckDB."""
        return "DuckDB", engines.rolled(place, OF_DETECTION, months, DETECTION, url="")


@contextmanager
def counter(engine: str) -> Iterator[_DuckDB | _Spark]:
    with spark.cluster() if engine == "spark" else nullcontext() as cluster:
        yield _DuckDB() if cluster is None else _Spark(cluster)


def _child(folder: str, keys: str, out: str) -> int:
    print("begun", flush=True)
    started, busy = time.perf_counter(), time.process_time()
    months = [int(key) for key in keys.split(",")]
    facts = engines.rolled(Place.at(folder), OF_DETECTION, months, DETECTION, url="")
    pd.to_pickle((facts, time.perf_counter() - started, time.process_time() - busy), out)
    return 0


def by_numpy(place: Place, months: list[int]) -> dict[str, pd.DataFrame]:
    """The three facts by a table of households by signals and its products, one month at a time."""
    rows: dict[str, list[tuple[object, ...]]] = {name: [] for name in OF_DETECTION}
    for key in months:
        signals = files.read(place, "crisis_signal", key)
        acted = files.read(place, "detection_action", key).to_pandas()
        household, number = np.unique(signals["household"].to_numpy(), return_inverse=True)
        shown = np.zeros((len(household), SIGNALS + 1), dtype=bool)
        shown[number, signals["signal"].to_numpy()] = True
        many = shown.sum(axis=1)
        steps = np.column_stack(
            [
                np.ones(len(acted)),
                acted["contacted_on"].notna(),
                acted["result"].isin(["confirmed", "enrolled"]),
                acted["result"] == "enrolled",
            ]
        ).astype(np.int64)
        at = np.searchsorted(household, acted["household"])
        mine = shown[at].astype(np.int64)
        for n in np.unique(many):
            of = steps[many[at] == n].sum(axis=0)
            rows["detection_count"].append((key, int(n), int((many == n).sum()), *map(int, of)))
        for code, places in acted.groupby("district_code").indices.items():
            for s in range(SIGNALS + 1):
                with_it = steps[places] if s == 0 else steps[places][mine[places, s] == 1]
                if len(with_it):
                    rows["detection_monthly"].append((key, code, s, "lake", *map(int, with_it.sum(axis=0))))
        pairs = [(mine * steps[:, [step]]).T @ mine for step in range(steps.shape[1])]
        for first in range(1, SIGNALS + 1):
            for second in range(first + 1, SIGNALS + 1):
                if pairs[0][first, second]:
                    rows["detection_pair"].append(
                        (key, first, second, *(int(of[first, second]) for of in pairs))
                    )
    return {name: pd.DataFrame(some) for name, some in rows.items()}


def lines(found: Found) -> list[str]:
    """What the report says."""
    middle, busy = statistics.median(found.seconds), statistics.median(found.processor_s)
    every = ", ".join(f"{one:.1f}" for one in found.seconds)
    engine = "DuckDB, two threads" if found.engine == "duckdb" else "Spark, two workers of one core"
    cluster = "" if found.engine == "duckdb" else ", all processes of the cluster"
    share = found.rows_of_month / found.rows
    return [
        f"{engine}; {found.rows:,} signal rows in {found.months} months, {found.megabytes:,.0f} MB of Parquet; two cores shared with other "
        f"programs, load {found.load:.1f} at the start: of the processor is the steadier measure.",
        "",
        "| what | measured |",
        "|---|---|",
        f"| the year into three facts, median of {len(found.seconds)} | {busy:.1f} s of processor, {middle:.1f} s by the clock ({every}); "
        f"{found.rows / busy / 1e6:.1f} million rows per processor second |",
        f"| most memory held | {found.memory_mb:,.0f} MB{cluster} |",
        f"| {found.killed} killed in the middle | {found.killed_s:.1f} s by the clock; {_told(found.killed_same)} |",
        f"| against {found.same_as} | {_told(found.same)} |",
        f"| one month more ({found.rows_of_month:,} rows, {share:.1%} of the year) | {found.one_month_processor_s:.1f} s of processor "
        f"({found.one_month_processor_s / busy:.1%} of the year's), {found.one_month_s:.1f} s by the clock |",
    ]


def _told(same: bool) -> str:
    return "equal to the last unit" if same else "NOT EQUAL"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
