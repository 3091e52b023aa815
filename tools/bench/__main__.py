"""`python -m tools.bench [--only pages|sessions|facts|imports|people|budget|reisolation|door]`: measure, and say what is over its limit.

make bench                                         the stores of DATABASE_URL, else those beside var/ieum.db
make bench SCALE=10                                a demonstration city of ten times the rows, made once in var/scale-10
python -m tools.bench lake --rows 100000000 --engine duckdb|spark
python -m tools.bench load --sessions 50 --seconds 60
python -m tools.bench soak --sessions 20 --seconds 3600
python -m tools.bench sizing                       what a city of a size needs: docs/sizing.md
"""

from __future__ import annotations

import argparse
import sys

from tools.bench import budget, door, facts, imports, lake, pages, people, reisolation, sessions, sizing, soak


def main() -> int:
    """Run the parts that were asked for; 1 if a limit was missed."""
    if sys.argv[1:2] == ["lake"]:
        return lake.main(sys.argv[2:])
    if sys.argv[1:2] == ["load"]:
        return sessions.main(sys.argv[2:])
    if sys.argv[1:2] == ["soak"]:
        return soak.main(sys.argv[2:])
    if sys.argv[1:] == ["sizing"]:
        return sizing.main()
    parts = {
        "pages": pages.run,
        "sessions": sessions.run,
        "facts": facts.run,
        "imports": imports.run,
        "people": people.run,
        "budget": budget.run,
        "reisolation": reisolation.run,
        "door": door.run,
    }
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description="Measure the app.")
    parser.add_argument("--only", choices=list(parts), action="append", help="this part alone (repeatable)")
    parser.add_argument(
        "--seconds", type=float, default=sessions.SECONDS, help="length of each load of sessions"
    )
    asked = parser.parse_args()
    sessions.SECONDS = asked.seconds
    missed = [parts[name]() for name in asked.only or parts]
    return int(any(missed))


if __name__ == "__main__":
    raise SystemExit(main())
