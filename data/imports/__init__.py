"""Files from offices, into the record: read, recognised by their headers, converted, checked, loaded.

lookups = read_lookups(connection)
parsed = receive("실적.xlsx", content, lookups=lookups)      # in a process of its own; nothing is written
report = load(engine, parsed, recorded_at=now, secret=key)   # one batch, one transaction

Each name is imported when it is first asked for: pages that only tidy a title must not load the spreadsheet readers.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from data.imports.derived import derive
    from data.imports.door import receive, warm
    from data.imports.lookups import Lookups, read_lookups
    from data.imports.pipeline import preview
    from data.imports.problems import Problem
    from data.imports.pseudonyms import pseudonym
    from data.imports.reasons import Reason
    from data.imports.report import ImportReport, Parsed
    from data.imports.store import compare, import_files, load, rehearse, write
    from data.imports.telling import notes, problem_lines
    from data.imports.templates import Template, template_csv
    from data.imports.workbook import template_xlsx

_PLACES = {
    "ImportReport": "data.imports.report",
    "Lookups": "data.imports.lookups",
    "Parsed": "data.imports.report",
    "Problem": "data.imports.problems",
    "Reason": "data.imports.reasons",
    "Template": "data.imports.templates",
    "compare": "data.imports.store",
    "derive": "data.imports.derived",
    "import_files": "data.imports.store",
    "load": "data.imports.store",
    "notes": "data.imports.telling",
    "preview": "data.imports.pipeline",
    "problem_lines": "data.imports.telling",
    "pseudonym": "data.imports.pseudonyms",
    "receive": "data.imports.door",
    "rehearse": "data.imports.store",
    "read_lookups": "data.imports.lookups",
    "template_csv": "data.imports.templates",
    "template_xlsx": "data.imports.workbook",
    "warm": "data.imports.door",
    "write": "data.imports.store",
}

__all__ = [
    "ImportReport",
    "Lookups",
    "Parsed",
    "Problem",
    "Reason",
    "Template",
    "compare",
    "derive",
    "import_files",
    "load",
    "notes",
    "preview",
    "problem_lines",
    "pseudonym",
    "read_lookups",
    "receive",
    "rehearse",
    "template_csv",
    "template_xlsx",
    "warm",
    "write",
]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_PLACES[name]), name)
