"""Choices of the budget's questions. `line`, `kind`, `doc`, `exact` and `sheet` are set by clicks in the ledger."""

from __future__ import annotations

from answers.ask import Choice, Codes
from answers.budget import source, won
from answers.reader import Reader
from data import ledger
from data.codes import CODES
from locales import t
from metrics.budget import STAGES

KINDS = tuple(CODES["ledger_kind"])
# The ledger's columns as they stand on a screen: the name of a row and six more are what a sheet and a desk hold uncut.
COLUMN_SETS = {
    "spent": ("rate", "current", "committed", "expenditure", "final_expenditure", "remaining"),
    "plan": ("plan_original", "plan_current", "appropriated", "disbursed", "carry_out", "lapsed"),
}
PARTS = ("moves", "pace", "end", "value", "need", "plan", "flow")
BARS = {
    name: tuple(STAGES[stage]) for name, stage in (("current", "current"), ("outturn", "expenditure"))
}  # sums of kinds


def _year(code: str, lang: str, read: Reader) -> str:
    return t("budget.scope_plan", lang) if code == source.WHOLE else t("budget.scope_year", lang, year=code)


def _programmes(read: Reader, codes: Codes) -> list[str]:
    return ["", *(str(p) for p in read.rows(ledger.programmes)["programme_id"])]


def _lines(read: Reader, codes: Codes) -> list[str]:
    prog = codes.get("prog", "")
    return ["", *(f"{prog}.{line}" for line in CODES["line_type"] if prog)]


def can_cut(read: Reader, codes: Codes) -> bool:
    """Whether a cut of the subsidy can be asked about: in years whose books are open."""
    return codes.get("part", "value") == "value" and not source.scope(read, codes["fy"]).closed


FY = Choice(
    name="fy", options=lambda read, codes: source.years(read), label="budget.year", say=_year, width=3.0
)
PROG = Choice(
    name="prog",
    options=_programmes,
    default="",
    label="budget.programme",
    width=4.5,
    say=lambda code, lang, read: source.names(read, lang).get(f"programme:{code}", t("budget.total", lang)),
)
UNIT = Choice(
    name="unit", options=won.CHOICES, label="budget.unit", say="budget.unit_", kind="segments", width=4.5
)
PART = Choice(
    name="part", options=PARTS, label="budget.part", say="budget.part_", kind="segments", place="inline"
)
COLS = Choice(
    name="cols",
    options=tuple(COLUMN_SETS),
    label="budget.cols",
    say="budget.cols_",
    kind="segments",
    place="inline",
)
CUT = Choice(
    name="cut",
    options=("10", "20", "40", "100"),
    default="40",
    label="budget.cut_label",
    kind="segments",
    say=lambda code, lang, read: f"{code}%",
    place="inline",
    when=can_cut,
)
LINE = Choice(name="line", options=_lines, default="", label="budget.line_type", place="link")
KIND = Choice(
    name="kind",
    options=KINDS,
    default="",
    label="budget.entry_kind",
    kind="many",
    most=len(KINDS),
    place="link",
)
DOC = Choice(name="doc", default="", label="budget.entry_document", kind="text", place="link")
EXACT = Choice(name="exact", options=("", "won"), label="budget.exact", place="link")
SHEET = Choice(
    name="sheet", default="0", label="budget.sheet_number", kind="number", high=99_999, place="link"
)
