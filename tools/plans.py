"""How PostgreSQL reaches the rows of the main queries: `python -m tools.plans` writes docs/plans.md, a test compares.

On a store of a year of made contacts, with statistics. Kept are the ways to the rows (which index, or the whole table), without costs and
counts, which depend on the machine: a lost index or a query that no longer meets one shows as a changed line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Engine, event, func, insert, select, text

from data import audit, batches, coverage, facts, queries, rollups
from data import tables as t
from data.engine import make_engine, migrate, set_state, writing
from data.imports.store import compare
from tools.postgres import temporary_server

FILE = Path(__file__).resolve().parent.parent / "docs" / "plans.md"
ROWS, LATEST, PEOPLE, FIRST, DISTRICTS = 24_000, 60, 3_000, date(2025, 7, 1), ("11010", "11020", "11210")
WAYS = ("Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan", "Bitmap Index Scan")
HEAD = """# Ways to the rows on PostgreSQL

Written by `python -m tools.plans`, compared by `tests/test_postgresql.py`: how PostgreSQL 15 reaches the rows of the main queries in a store with a year of 24,000 contacts. A table of a few hundred rows is read whole, rightly.
"""


def contacts() -> pd.DataFrame:
    """A year of contacts, the same each time."""
    rng = np.random.default_rng(120)
    days = rng.integers(0, 365, ROWS)
    local = [FIRST + timedelta(days=int(day)) for day in days]
    return pd.DataFrame(
        {
            "contact_id": [f"c{number:06d}" for number in range(ROWS)], "channel": "phone",
            "attempted_at": [datetime(day.year, day.month, day.day, 3) for day in local], "outcome": "answered",
            "person_id": [f"p{number:05d}" for number in rng.integers(0, PEOPLE, ROWS)],
            "district_code": np.array(DISTRICTS)[rng.integers(0, len(DISTRICTS), ROWS)], "age_band": "40-64", "sex": "female",
            "topic": "loneliness", "risk": False, "referred": False, "wrap_s": 5, "local_date": local,
            "month_key": [day.year * 100 + day.month for day in local], "hour": 12, "wait_s": rng.integers(0, 90, ROWS),
            "handle_s": rng.integers(60, 3_000, ROWS),
        }
    )  # fmt: skip


def fill(engine: Engine) -> None:
    """Lay out a store and bring in the contacts a batch a month, then a small one."""
    migrate(engine)
    frame = contacts()
    with writing(engine) as connection:
        for code in DISTRICTS:
            row = {"district_code": code, "mois_code": code, "name_ko": code, "name_en": code, "living_area": "dosim", "tile_row": 1, "tile_col": int(code)}  # fmt: skip
            connection.execute(insert(t.district).values(**row))
        set_state(connection, as_of="2026-06-30", built="yes", city="office")
        parts = [(str(month), rows) for month, rows in frame[:-LATEST].groupby("month_key")]
        for name, rows in [*parts, ("the latest", frame[-LATEST:])]:
            at = datetime(2026, 7, 1)
            batch_id = batches.open_batch(connection, kind="import", table_name="hotline_contact", source_name=name,
                                          content_sha256=name, recorded_at=at)  # fmt: skip
            batches.append_frame(connection, t.hotline_contact, rows, batch_id=batch_id)
            audit.written(connection, "import", audit.LOCAL, at=at, batch=batch_id)
        facts.rebuild(connection)
        connection.execute(text("ANALYZE"))


def _compared(connection: Connection) -> object:
    frame = contacts().head(50)
    return compare(connection, t.hotline_contact, frame, may_correct=True)


def _of_day(name: str) -> Callable[[Connection], object]:
    built = next(rollup for rollup in rollups.ROLLUPS if rollup.fact == name)
    return lambda connection: connection.execute(built.build([date(2026, 3, 9)])).all()


MAIN: dict[str, Callable[[Connection], object]] = {
    "figures of a month by district": lambda c: queries.totals(
        c, "hotline_monthly", columns=["answered"], keys=["district_code"], where={"month_key": 202603}
    ),
    "a quarter of days": lambda c: queries.totals(
        c, "hotline_daily", columns=["answered"], keys=["day"], where={"day": queries.Span(date(2026, 1, 1), date(2026, 3, 31))}
    ),
    "waits of a month": lambda c: queries.totals(
        c, "hotline_wait", columns=["contacts"], keys=["wait_s"], where={"month_key": 202603}
    ),
    "a file of 50 contacts against the record": _compared,
    "a day is rolled up": _of_day("hotline_daily"),
    "what a batch touched": lambda c: facts.touched(c, "hotline_contact", batch_id=13),
    "where the records end": coverage.frame,
    "the newest state of the data": lambda c: c.execute(select(func.max(t.batch.c.batch_id))).all(),
    "the audit trail's last link": lambda c: c.execute(
        select(t.audit_entry).order_by(t.audit_entry.c.entry_id.desc()).limit(1)
    ).all(),
}  # fmt: skip


def lines(engine: Engine) -> list[str]:
    """The document: each main query with the ways that its statements take."""
    out = [HEAD]
    for name, asked in MAIN.items():
        told: list[tuple[str, Any]] = []
        with engine.connect() as connection:

            def note(
                _c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any, told: Any = told
            ) -> None:
                told.append((statement, parameters))

            event.listen(connection, "before_cursor_execute", note)
            asked(connection)
            event.remove(connection, "before_cursor_execute", note)
            ways: list[str] = []
            for statement, parameters in told:
                plan = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).scalar()
                ways += _ways(plan[0]["Plan"]) if plan else ()
        out += [f"**{name}**", "", *(f"- {way}" for way in dict.fromkeys(ways)), ""]
    return out


def _ways(node: dict[str, Any]) -> Iterator[str]:
    if node["Node Type"] in WAYS and node["Node Type"] != "Bitmap Heap Scan":
        index = node.get("Index Name")
        by = node.get("Index Cond", "").count("=") or "<" in node.get("Index Cond", "")
        yield f"`{index}`{'' if by else ', in its order'}" if index else f"whole `{node['Relation Name']}`"
    for inner in node.get("Plans", []):
        yield from _ways(inner)


def main() -> None:
    """Write docs/plans.md."""
    with temporary_server() as url:
        engine = make_engine(f"{url}/postgres")
        fill(engine)
        FILE.write_text("\n".join(lines(engine)), encoding="utf-8")
        engine.dispose()


if __name__ == "__main__":
    main()
