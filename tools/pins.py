"""Resolves the ranges of pyproject.toml into requirements.txt, requirements-test.txt and requirements-spark.txt (`make pins`).

The pins are those of Python 3.11 on Linux; what another system needs besides, pip adds by itself. The other two
list only what the tests, or Spark, need on top, at versions that agree with those before. None names an index or
a path.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUNTIME, TESTING, SPARK = (ROOT / f"requirements{of}.txt" for of in ("", "-test", "-spark"))
HEADER = "# Resolved from pyproject.toml by `make pins`; edit the ranges there.\n"


def resolve(ranges: list[str], *constraints: Path) -> str:
    """The pinned closure of `ranges`, one `name==version` a line."""
    command = [sys.executable, "-m", "uv", "pip", "compile", "-", "--quiet", "--upgrade"]
    command += ["--python-version=3.11", "--python-platform=linux", "--no-header", "--no-annotate"]
    command += [f"--constraint={constraint}" for constraint in constraints]
    done = subprocess.run(command, input="\n".join(ranges), stdout=subprocess.PIPE, text=True, check=True)
    return HEADER + done.stdout


def main() -> None:
    """Rewrites the files."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    RUNTIME.write_text(resolve(project["dependencies"]), encoding="utf-8")
    more = project["optional-dependencies"]
    TESTING.write_text(resolve(more["test"], RUNTIME), encoding="utf-8")
    SPARK.write_text(resolve(more["spark"], RUNTIME, TESTING), encoding="utf-8")
    for file in (RUNTIME, TESTING, SPARK):
        print(f"{file.name}: {sum('==' in line for line in file.open(encoding='utf-8'))} pins")


if __name__ == "__main__":
    main()
