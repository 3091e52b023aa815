"""`python -m geo build --out var/boundaries.parquet`: write the boundaries that the store is filled from."""

from __future__ import annotations

import argparse
import sys

from geo.boundaries import build


def main(arguments: list[str] | None = None) -> int:
    """Run the command: 0 on success; 1 and one sentence on standard error if boundaries cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m geo")
    commands = parser.add_subparsers(dest="command", required=True)
    building = commands.add_parser("build", help="repair and simplify the boundaries into one Parquet file")
    building.add_argument(
        "--out", default="var/boundaries.parquet", help="file to write (default: %(default)s)"
    )
    chosen = parser.parse_args(arguments)
    try:
        build(chosen.out, progress=lambda line: print(line, flush=True))
    except (OSError, ValueError) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
