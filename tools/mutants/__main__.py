"""Changes the code one operator, number or decision at a time and asks whether a test notices.

    make mutants                                600 changes, drawn with seed 120; goes on where it stopped
    python -m tools.mutants --sample 40 --seed 7
    python -m tools.mutants --at metrics/spc.py:275 geo/rates.py
    python -m tools.mutants --again     asks again about what survived (after new tests); --fresh about everything

What was found is kept in var/mutants. Writes docs/studies/mutants.md.
"""

from __future__ import annotations

import argparse
import difflib
import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tools.mutants import draw

ROOT = Path(__file__).resolve().parent.parent.parent
PART = 600  # changes asked about at a time: their tests are collected once
SLOWEST = "data/imports"  # whose tests start processes of their own: last
KEPT = ROOT / "var/mutants"


def shown(change: dict[str, Any]) -> list[str]:
    """The lines that a change takes out and puts in."""
    before = (ROOT / change["path"]).read_text(encoding="utf-8").splitlines()
    lines = difflib.unified_diff(before, change["code"].splitlines(), lineterm="", n=0)
    return [line[0] + line[1:].strip() for line in lines if line[:2] not in ("--", "++", "@@")]


def drawn(sample: int, seed: int, at: list[str]) -> list[dict[str, Any]]:
    """The sample as `draw` makes it, with what each change shows; kept until a source changes."""
    texts = b"".join(path.read_bytes() for path in [*draw.sources(), Path(draw.__file__)])
    wish = f"{sample} {seed} {' '.join(at)}".encode()
    kept = KEPT / f"drawn.{hashlib.sha256(texts + wish).hexdigest()[:16]}.json"
    if not kept.exists():
        command: list[str | Path] = [ROOT / ".venv-mutants/bin/python", draw.__file__, str(sample), str(seed)]
        listed = subprocess.run([*command, *at], stdout=subprocess.PIPE, check=True)
        KEPT.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(listed.stdout)
    return [{**change, "shown": shown(change)} for change in json.loads(kept.read_bytes())]


def found_before(file: Path) -> dict[str, dict[str, Any]]:
    """What was found, by name of the change; the last line about it holds."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return {row["name"]: row for row in map(json.loads, lines)}


def written(sample: list[dict[str, Any]], file: Path, seed: int) -> None:
    """Writes the page of what was found of a sample so far."""
    from tools import study
    from tools.mutants import page

    now = found_before(file)
    asked = [c for c in sample if c["name"] in now and now[c["name"]]["shown"] == c["shown"]]
    lines = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    lived = {row["name"] for row in lines if row["survives"]}
    rows = [{**now[c["name"]], "line": c["line"], "lived": c["name"] in lived} for c in asked]
    (study.FOLDER / "mutants.md").write_text(page.text(rows, seed, len(sample)), encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sample", type=int, default=600)
    parser.add_argument("--seed", type=int, default=120)
    parser.add_argument(
        "--at", nargs="+", default=[], help="FILE or FILE:LINE: changes of these alone; no page"
    )
    parser.add_argument("--again", action="store_true", help="asks again about what survived before")
    parser.add_argument(
        "--page", action="store_true", help="asks nothing, writes the page of what was found so far"
    )
    parser.add_argument("--fresh", action="store_true", help="asks again about everything")
    asked = parser.parse_args(arguments)
    os.environ["OMP_NUM_THREADS"] = "1"
    from tools.mutants import page, run

    for name in run.LIBRARIES:
        __import__(name)
    terminal = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    file = KEPT / "found.jsonl"
    sample = drawn(asked.sample, asked.seed, asked.at)
    if asked.page:
        written(sample, file, asked.seed)
        return 0
    known = run.Known(KEPT / "calls", lambda line: print(line, file=terminal))
    before = {} if asked.fresh else found_before(file)
    kept = [c for c in sample if (row := before.get(c["name"])) and row["shown"] == c["shown"]]
    same = page.reasons()
    open_again = {
        c["name"] for c in kept if asked.again and before[c["name"]]["survives"] and page.key(c) not in same
    }
    settled = {c["name"] for c in kept} - open_again
    left = [change for change in sample if change["name"] not in settled]
    left.sort(key=lambda change: str(change["path"]).startswith(SLOWEST))
    print(f"{len(sample)} changes, {len(left)} to ask about", file=terminal)

    def told(change: dict[str, Any], survives: bool, seconds: float) -> None:
        row = {key: change[key] for key in ("name", "path", "line", "operator", "shown")}
        row |= {"survives": survives, "seconds": round(seconds, 2), "at": int(time.time())}
        with file.open("a", encoding="utf-8") as out:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
        word = "survives" if survives else "noticed"
        print(f"{word} {change['path']}:{change['line']} {seconds:.1f} s", file=terminal)
        if survives:
            print("    " + "\n    ".join(change["shown"]), file=terminal)

    for first in range(0, len(left), PART):
        run.run_all(left[first : first + PART], known, told)
    if not asked.at:
        written(sample, file, asked.seed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
