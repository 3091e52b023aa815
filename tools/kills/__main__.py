"""`python -m tools.kills`: kill processes that write, 200 times on both databases, and look at what stands; exit 1 where it is wrong.

python -m tools.kills                      100 on SQLite, 100 on PostgreSQL
python -m tools.kills --kills 12 --seed 7  others
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine, func, select

from data import releases, soundness
from data.engine import make_engine
from data.tables import arrival, attendance, batch, refused_row, study
from tools.kills.work import ROWS
from tools.postgres import temporary_server

ROOT = Path(__file__).resolve().parent.parent.parent
WHAT = ("import", "undo", "study", "release")
LATEST_S = 1.2  # after a process was ready


@dataclass
class Told:
    """What was acknowledged: batch -> number of its file, batch -> the one that it undid, the newest study and release."""

    imports: dict[int, int] = field(default_factory=dict)
    undone: dict[int, int] = field(default_factory=dict)
    study: int = 0
    release: int = 0
    things: int = 0

    def take(self, lines: Sequence[str]) -> None:
        """Note what a process said before it was killed."""
        for line in lines:
            said = line.split()
            if len(said) < 2 or not line.endswith("\n"):
                continue
            self.things += 1
            if said[0] == "import":
                self.imports[int(said[1])] = int(said[2])
            elif said[0] == "undo":
                self.undone[int(said[2])] = int(said[1])
            elif said[0] == "release":
                self.release = max(self.release, int(said[1]))
            else:
                self.study = max(self.study, int(said[1]))


def kill_one(what: str, address: str, seed: int, after_s: float) -> list[str]:
    """Start a process that works, kill it some time after it was ready, and return what it had said."""
    command = [sys.executable, "-m", "tools.kills.work", what, address, str(seed)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()  # ready
    time.sleep(after_s)
    process.send_signal(signal.SIGKILL)
    said = process.stdout.readlines()
    process.wait()
    return said


def wrong(engine: Engine, told: Told) -> list[str]:
    """What stands that must not, and what was acknowledged and does not stand."""
    # Its findings hold that each release that is listed stands whole, as it was published.
    found = [f"{kind} {detail}" for kind, detail in soundness.findings(engine) if kind != "mode"]
    with engine.connect() as connection:
        b, a = batch.c, attendance.c
        rows = {
            n: (int(count), int(least), int(most))
            for n, count, least, most in connection.execute(
                select(a.batch_id, func.count(), func.min(a.visits), func.max(a.visits)).group_by(a.batch_id)
            )
        }
        known = {row.batch_id: row for row in connection.execute(select(batch))}
        for number, row in known.items():
            if row.kind != "import":
                continue
            count, least, most = rows.get(number, (0, 0, 0))
            if count != ROWS or row.rows_accepted != ROWS or least != most:
                found.append(f"batch {number} is there in part: {count} rows of {row.rows_accepted}")
        found += [f"rows without a batch: {n}" for n in rows if n not in known]
        for number, visits in told.imports.items():
            if number not in known or rows.get(number, (0, 0, 0))[1] != visits:
                found.append(f"acknowledged import {number} is lost")
        for number, by in told.undone.items():
            if number not in known or known[number].undone_by != by:
                found.append(f"acknowledged undo {by} is lost")
        current = select(func.count()).where(a.superseded_by.is_(None))
        standing = select(func.count()).where(b.kind == "import", b.undone_by.is_(None))
        if (connection.execute(standing).scalar() or 0) > 0 and connection.execute(current).scalar() != ROWS:
            found.append(f"{connection.execute(current).scalar()} rows are current")
        lost = select(func.count()).where(refused_row.c.batch_id.not_in(select(b.batch_id)))
        late = select(func.count()).where(arrival.c.batch_id.not_in(select(b.batch_id)))
        if connection.execute(lost).scalar() or connection.execute(late).scalar():
            found.append("lines without a batch")
        kept = connection.execute(
            select(study.c.made_at, study.c.content).where(study.c.name == "killed")
        ).all()
        if told.study and (len(kept) != 1 or int(kept[0].made_at) < told.study):
            found.append(f"acknowledged study {told.study} is lost")
        listed = [one.number for one in releases.listing(connection)]
        if listed != list(range(len(listed), 0, -1)) or len(listed) < told.release:
            found.append(f"acknowledged release {told.release} is lost: {listed} are listed")
        found += ["a study is there in part" for row in kept if len(row.content) != 200_000 or len(set(row.content)) != 1]  # fmt: skip
    return found


def run(address: str, kills: int, seed: int) -> tuple[int, list[str]]:
    """So many kills on a small store at an address, which is looked at after each; what was acknowledged, and what is wrong."""
    chance, told, found = random.Random(seed), Told(), list[str]()
    engine = make_engine(address)
    for number in range(kills):
        what = WHAT[number % len(WHAT)]
        after_s = chance.uniform(0.0, LATEST_S)
        told.take(kill_one(what, address, 1000 * (number + 1), after_s))
        found += [f"kill {number} ({what}, {after_s:.3f} s): {one}" for one in wrong(engine, told)]
    engine.dispose()
    return told.things, found


def main() -> int:
    asked = argparse.ArgumentParser(prog="python -m tools.kills", description=__doc__)
    asked.add_argument("--kills", type=int, default=200)
    asked.add_argument("--seed", type=int, default=120)
    args = asked.parse_args()
    sys.path.insert(0, str(ROOT / "tests"))
    from small import make

    bad: list[str] = []
    with tempfile.TemporaryDirectory(prefix="ieum-kills-") as name, temporary_server() as server:
        for kind, address in (
            ("sqlite", f"sqlite:///{Path(name) / 'k.db'}"),
            ("postgresql", f"{server}/postgres"),
        ):
            make(address).dispose()
            things, found = run(address, args.kills // 2, args.seed)
            bad += found
            sys.stdout.write(
                f"{kind}: {args.kills // 2} kills, {things} things acknowledged, {len(found)} wrong\n"
            )
            for line in found:
                sys.stdout.write(f"  {line}\n")
            sys.stdout.flush()
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
