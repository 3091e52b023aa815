"""Files from offices, into the record: read, recognised by their headers, converted, checked, loaded.

lookups = read_lookups(connection)
parsed = preview("실적.xlsx", content, lookups=lookups)      # nothing is written
report = load(engine, parsed, recorded_at=now, secret=key)   # one batch, one transaction
"""

from data.imports.derived import derive
from data.imports.lookups import Lookups, read_lookups
from data.imports.pipeline import preview
from data.imports.problems import Problem
from data.imports.reasons import Reason
from data.imports.report import ImportReport, Parsed, notes, problem_lines
from data.imports.store import import_files, load, pseudonym
from data.imports.templates import Template, template_csv, templates

__all__ = [
    "ImportReport",
    "Lookups",
    "Parsed",
    "Problem",
    "Reason",
    "Template",
    "derive",
    "import_files",
    "load",
    "notes",
    "preview",
    "problem_lines",
    "pseudonym",
    "read_lookups",
    "template_csv",
    "templates",
]
