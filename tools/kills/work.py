"""What is killed: a process that loads files, undoes them, keeps studies or makes releases, and says each thing that it was told is done.

python -m tools.kills.work import|undo|study|release ADDRESS SEED
"""

from __future__ import annotations

import sys
from datetime import datetime

from data import releases, undo
from data.engine import make_engine
from data.imports import load, preview, read_lookups

AT = datetime(2026, 11, 1)
ROWS = 400
HEAD = "세부사업,자치구,이용일,연령대,성별,이용 건수"


def file_of(number: int) -> bytes:
    """A file of `ROWS` rows whose visits tell its number."""
    days = [f"2026-{1 + n // 28:02d}-{1 + n % 28:02d}" for n in range(ROWS // 4)]
    lines = [
        f"서울마음편의점,{place},{day},19-39,{sex},{number}"
        for day in days
        for place in ("종로구", "중구")
        for sex in ("여성", "남성")
    ]
    return "\r\n".join([HEAD, *lines, ""]).encode()


def acknowledged(line: str) -> None:
    """What whoever asked was told."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(what: str, address: str, seed: int) -> None:
    engine = make_engine(address, wait_ms=20_000)
    number = seed
    acknowledged("ready")
    while True:
        number += 1
        if what == "release":
            acknowledged(f"release {releases.make(engine, at=AT).number}")
            continue
        if what == "study":
            _study(engine, number)
            acknowledged(f"study {number}")
            continue
        with engine.connect() as connection:
            parsed = preview(
                "a.csv", file_of(number), template="attendance", lookups=read_lookups(connection)
            )
        report = load(engine, parsed, recorded_at=AT, secret="a secret of the kills")
        acknowledged(f"import {report.batch_id} {number}")
        if what == "undo":
            done = undo.undo(engine, report.batch_id, recorded_at=AT)
            acknowledged(f"undo {done.batch_id} {done.of}")


def _study(engine: object, number: int) -> None:
    """Keep a result as the worker does: the former one goes in the same transaction."""
    from sqlalchemy import delete, insert

    from data.engine import writing
    from data.tables import study

    content = bytes([number % 256]) * 200_000
    with writing(engine) as connection:  # type: ignore[arg-type]
        connection.execute(delete(study).where(study.c.name == "killed"))
        connection.execute(insert(study).values(
            name="killed", fingerprint=str(number), data_version=1, as_of=AT.date(), made_at=f"{number:012d}", seconds=1.0, content=content,
        ))  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
