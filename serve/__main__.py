"""`python -m serve`: start the app on this machine.

python -m serve                   address and port of .streamlit/config.toml
python -m serve --port 8600
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from serve.server import Unavailable, run

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to stop; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m serve", description="Start the app on this machine.")
    parser.add_argument(
        "--port", type=int, help="0 takes any free port (default: server.port of config.toml)"
    )
    parser.add_argument("--address", help="where to listen (default: server.address of config.toml)")
    parser.add_argument("--app", type=Path, default=ROOT / "app.py", help="the file that makes `app`")
    asked = parser.parse_args(arguments)
    try:
        return run(asked.app, address=asked.address, port=asked.port)
    except Unavailable as problem:
        print(problem, file=sys.stderr)
        return 1


if __name__ == "__main__":
    raise SystemExit(main())
