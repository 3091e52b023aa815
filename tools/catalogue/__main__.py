"""Writes the table of the sixty kinds into docs/import.md; a test keeps it current."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from data.imports.sentences import SENTENCES
from tools.catalogue.kind import Case, Kind, Seen, run
from tools.catalogue.kinds import KINDS

FILE = Path(__file__).resolve().parent.parent.parent / "docs" / "import.md"
BEGINS = "<!-- begins: python -m tools.catalogue -->"
ENDS = "<!-- ends -->"
_DETAIL = re.compile(r"\s?\([^()]{0,40}\{detail\}[^()]{0,10}\)|: \{detail\}")
CHANGES = {
    "none": ("바뀐 것 없음", "nothing changed"),
    "corrected": ("고쳐짐, 이력 보존", "corrected, history kept"),
    "added": ("더해짐", "added"),
}


def line(kind: Kind, case: Case, seen: Seen, *, first: bool) -> str:
    """A row of the table: the kind once, each file, its outcome and what is said."""
    head = f"| {kind.number if first else ''} | {f'{kind.ko} · {kind.en}' if first else ''} "
    named = case.ko if case.ko == case.en else f"{case.ko} · {case.en}"
    return f"{head}| {named} | {seen.outcome} | {_what(case, seen)} |"


def _what(case: Case, seen: Seen) -> str:
    if seen.reasons:
        first = seen.report.problems[0]
        ko, _, en, _ = SENTENCES[first.reason]
        code = ", ".join(f"`{reason}`" for reason in dict.fromkeys(seen.reasons))
        return f"{code} {_said(ko, first.detail)} · {_said(en, first.detail_en or first.detail)}"
    parts = []
    if case.change:
        parts.append(" · ".join(CHANGES[case.change]))
    if case.column:
        parts.append(f"`{case.column}` = " + ", ".join("∅" if v is None else str(v) for v in case.values))
    else:
        parts.append(f"{seen.rows:,}행 · {seen.rows:,} rows")
    if case.told:
        parts.append(f"알림 · told: “{case.told}”")
    return "; ".join(parts).replace("|", "\\|")


def _said(sentence: str, detail: str) -> str:
    """What is wrong, without the lists that stand behind it."""
    return _DETAIL.sub("", sentence).format(detail=detail).rstrip(" .:")


def table() -> tuple[str, list[str]]:
    """The table as Markdown, and everything that is not as declared."""
    out = [
        "| # | 종류 · kind | 파일 · file | 결과 · outcome | 말하는 것 · what is said |",
        "|---|---|---|---|---|",
    ]
    wrong: list[str] = []
    for kind in KINDS:
        for place, case in enumerate(kind.cases):
            seen = run(case)
            out.append(line(kind, case, seen, first=place == 0))
            wrong += [f"{kind.number} {case.en}: {said}" for said in seen.wrong]
    return "\n".join(out), wrong


def page(old: str, made: str) -> str:
    """The document with the table in its place."""
    before, _, rest = old.partition(BEGINS)
    _, _, after = rest.partition(ENDS)
    return f"{before}{BEGINS}\n\n{made}\n\n{ENDS}{after}"


def main() -> int:
    made, wrong = table()
    FILE.write_text(page(FILE.read_text(encoding="utf-8"), made), encoding="utf-8")
    files = sum(len(kind.cases) for kind in KINDS)
    print(f"{FILE.name}: {len(KINDS)} kinds, {files} files, {len(wrong)} not as declared")
    for said in wrong:
        print(" ", said)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
