"""`python -m serve`: start the app on this machine.

python -m serve                   address and port of .streamlit/config.toml
python -m serve --port 8600
python -m serve config            what is set, and whether it can be right (`serve.settings`)
python -m serve people list                                            who may sign in (`serve.people`)
python -m serve people add kim@seoul.go.kr --name 김주무 --role manager --districts 11010,11020
python -m serve people role kim@seoul.go.kr --role analyst
python -m serve people revoke kim@seoul.go.kr
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from serve.server import Unavailable, run

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to stop; returns the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["people"]:
        from serve.people import main as people

        return people(words[1:])
    if words[:1] == ["config"]:
        from serve.settings import main as config

        return config(words[1:])
    parser = argparse.ArgumentParser(prog="python -m serve", description="Start the app on this machine.")
    parser.add_argument(
        "--port", type=int, help="0 takes any free port (default: server.port of config.toml)"
    )
    parser.add_argument("--address", help="where to listen (default: server.address of config.toml)")
    parser.add_argument("--app", type=Path, default=ROOT / "app.py", help="the file that makes `app`")
    asked = parser.parse_args(words)
    try:
        return run(asked.app, address=asked.address, port=asked.port)
    except Unavailable as problem:
        print(problem, file=sys.stderr)
        return 1


if __name__ == "__main__":
    raise SystemExit(main())
