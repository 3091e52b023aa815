"""Workbooks of Excel 97 to 2003 against a file that Excel wrote, and against what the same rows give as XLSX."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import statsmodels

from data.imports import Reason, xls
from tools.office_files import LEDGER, VISITS, compound, csv, entry, old_excel, read, table, visit, workbook


def test_a_workbook_that_excel_wrote_reads_as_its_published_figures():
    """US series of 1985 to July 2016 that statsmodels ships with its tests: payrolls (thousand) and unemployment (BLS)."""
    folder = (
        Path(statsmodels.__file__).parent / "tsa/statespace/tests/results/frbny_nowcast/Nowcasting/data/US"
    )
    (sheet,) = xls.read((folder / "2016-07-29.xls").read_bytes())
    head, *rows = sheet.rows
    assert len(rows) == 31 * 12 + 7 and (rows[0][0], rows[-1][0]) == ("1985-01-01", "2016-07-01")
    payrolls, unemployment = head.index("PAYEMS"), head.index("UNRATE")
    by_month = {row[0]: row for row in rows}
    assert [by_month[f"1985-0{m}-01"][unemployment] for m in (1, 2, 3)] == ["7.3", "7.2", "7.2"]
    assert by_month["1985-01-01"][payrolls] == "96373" and by_month["2009-10-01"][unemployment] == "10"


def test_the_same_rows_read_alike_as_old_and_as_new_workbooks_and_as_csv():
    rows = table(VISITS, visit(5), visit(7, "2026-09-02"))
    frames = [read(content, name).frame for content, name in
              ((old_excel(rows), "실적.xls"), (workbook(rows), "실적.xlsx"), (csv(*rows), "실적.csv"))]  # fmt: skip
    assert frames[0]["visits"].tolist() == [5, 7]
    assert frames[0].equals(frames[1]) and frames[0].equals(frames[2])


def test_formats_calendar_and_hidden_rows_of_an_old_workbook_are_seen():
    rows = [[*LEDGER[:5], "금액(천원)", *LEDGER[6:]], [1, 46266, *entry(0)[2:5], 12_345_000, *entry(0)[6:]]]
    content = old_excel(
        rows,
        formats=['"A-"0000', "yyyy-mm-dd", "#,##0,"],
        styled={(1, 0): 1, (1, 1): 2, (1, 5): 3},
        hide_rows=(1,),
    )
    parsed = read(content, "원장.xls")
    assert parsed.problems == [] and parsed.hidden_rows == [("9월", 2)]
    assert parsed.frame[["entry_id", "booked_on", "amount_krw"]].values.tolist() == [
        ["A-0001", date(2026, 9, 1), 12_345_000]
    ]
    mac = read(old_excel(table(VISITS, visit(5, 44804)), mac=True), "실적.xls")
    assert mac.frame["attended_on"].tolist() == [date(2026, 9, 1)]


def test_long_texts_that_go_on_in_the_next_record_are_whole():
    remarks = [f"{n:04d}" + "가나다라마바사" * 40 for n in range(40)]  # more than one record of texts holds
    rows = [
        [*VISITS, "비고"],
        *(
            [*visit(n, f"2026-{8 + n // 30:02d}-{n % 30 + 1:02d}"), remark]
            for n, remark in enumerate(remarks, 1)
        ),
    ]
    (sheet,) = xls.read(old_excel(rows))
    assert [row[4] for row in sheet.rows[1:]] == remarks


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (old_excel(table(VISITS, visit(5)), before=b"\x2f\0\x02\0\0\0"), Reason.PASSWORD),
        (compound({"_VBA_PROJECT_CUR": b"x", "Workbook": b"x"}), Reason.MACRO),
        (compound({"Book": b"x"}), Reason.WRONG_KIND),
        (compound({"Workbook": b"\x09\x08\x04\0\0\x05\x05\0"}), Reason.WRONG_KIND),
        (old_excel(table(VISITS, visit(5), visit(7, "2026-09-02")))[:-600], Reason.BROKEN),
        (old_excel([*table(VISITS, visit(5)), [None] * 250 + [1]]), Reason.TOO_WIDE),
        (old_excel(table([*VISITS, "비고"], [*visit(5), "900101-1234568"])), Reason.RESIDENT_NUMBER),
    ],
)  # fmt: skip
def test_an_old_workbook_that_cannot_be_read_is_refused_by_name(content, reason):
    (problem,) = read(content, "실적.xls").problems
    assert problem.reason is reason and problem.whole_file


def test_a_chain_that_turns_back_ends():
    content = bytearray(old_excel(table(VISITS, visit(5))))
    content[512 + 4 * 3 : 512 + 4 * 4] = (2).to_bytes(
        4, "little"
    )  # the stream's second sector leads to its first
    assert (
        read(bytes(content), "실적.xls").problems[0].reason is Reason.WRONG_KIND
        or read(bytes(content), "실적.xls").problems[0].whole_file
    )
