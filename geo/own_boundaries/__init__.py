"""Boundaries from a file of one's own: read, matched by code, checked, repaired, made ready to store.

source = receive("구경계.zip", content)              # nothing but the file is known
column = seek(source, known)                        # the column that holds area codes, by its content
report, drawing = examine(source, known, column=column)  # what is wrong, what was mended, rows for the store

Each works in a process of its own (`door`); `read`, `find_column` and `check` are the same without one.

Everything that stops the file as a whole is a `Refused` with a kind that names a sentence; everything else
is a `Problem` of the report. A report with a problem that blocks has no rows.
"""

from geo.own_boundaries.check import Report, check
from geo.own_boundaries.codes import Known, find_column
from geo.own_boundaries.door import examine, receive, seek
from geo.own_boundaries.files import CRS_CHOICES, MAX_BYTES, Refused, Source, crs_label, read
from geo.own_boundaries.outline import Outline, outline
from geo.own_boundaries.problems import BLOCKING, KINDS, MENDED, REPORTED, Problem

__all__ = [
    "BLOCKING",
    "CRS_CHOICES",
    "KINDS",
    "MAX_BYTES",
    "MENDED",
    "REPORTED",
    "Known",
    "Outline",
    "Problem",
    "Refused",
    "Report",
    "Source",
    "check",
    "crs_label",
    "examine",
    "find_column",
    "outline",
    "read",
    "receive",
    "seek",
]
