"""Kinds that are told by other rows, other files or the file's own name."""

from __future__ import annotations

from typing import Any

from data.imports import Reason as R
from tools.catalogue.kind import Case, Kind
from tools.office_files import VISITS, csv, table, visit, workbook

BY_AGE = [*VISITS[:3], "연령대", "성별", VISITS[3]]


def first() -> bytes:
    return csv(["기준일: 2026-09-15"], VISITS, visit(5), visit(7, "2026-09-02"))


BEFORE = (("9월.csv", first),)
VISITS_5: dict[str, Any] = {"column": "visits", "values": (5,)}

RECORD: tuple[Kind, ...] = (
    Kind(39, "똑같은 행", "the same row twice", (
        Case("한 파일 안", "within a file", lambda: csv(VISITS, visit(5), visit(5)), "A", told="똑같이 겹친 행 1", **VISITS_5),
    )),
    Kind(40, "어긋나는 행", "rows that contradict", (
        Case("같은 항목, 다른 값", "same key, other values", lambda: csv(VISITS, visit(5), visit(6)), "R", reasons=(R.KEY_CONFLICT, R.KEY_CONFLICT),
             rows=(2, 3)),
    )),
    Kind(41, "같은 파일", "the same file", (
        Case("다시 보냄", "sent again", first, "A", name="9월.csv", before=BEFORE, change="none", told="이미 처리된"),
    )),
    Kind(42, "같은 행, 다른 모양", "same rows, other form", (
        Case("순서와 형식이 다름", "other order and format", lambda: workbook(table(VISITS, visit("7건", "2026. 9. 2."), visit("5.0"))), "A", name="9월.xlsx",
             before=BEFORE, change="none"),
    )),
    Kind(43, "고쳐 다시 보냄", "a corrected file", (
        Case("더 새 기준일", "of a newer day", lambda: csv(["기준일: 2026-09-30"], VISITS, visit(6)), "A", before=BEFORE, change="corrected"),
    )),
    Kind(44, "새 파일 뒤의 옛 파일", "an older file after a newer", (
        Case("더 옛 기준일", "of an older day", lambda: csv(["기준일: 2026-09-10"], VISITS, visit(6)), "F", before=BEFORE, reasons=(R.OLDER_FILE,)),
    )),
    Kind(45, "다른 나눔의 같은 날", "the same days by another breakdown", (
        Case("총계 뒤의 연령별", "by age after totals", lambda: csv(BY_AGE, [*visit(5)[:3], "청년", "여성", 5]), "F", before=BEFORE, reasons=(R.OTHER_SCOPE,)),
        Case("연령별 뒤의 총계", "totals after ages", lambda: csv(VISITS, visit(5)), "F",
             before=(("연령별.csv", lambda: csv(BY_AGE, [*visit(5)[:3], "청년", "여성", 5])),), reasons=(R.OTHER_SCOPE,)),
    )),
    Kind(60, "이름과 다른 내용", "contents other than the name says", (
        Case("이름은 2026년 8월, 행은 9월", "named August, rows of September", lambda: csv(VISITS, visit(5)), "F", name="이용실적_2026년 8월.csv",
             reasons=(R.STATED_MONTH,)),
        Case("제목은 8월, 행은 9월", "titled August, rows of September", lambda: csv(["2026년 8월 이용 실적"], VISITS, visit(5)), "F",
             reasons=(R.STATED_MONTH,)),
        Case("이름은 관악구, 행은 강남구", "named Gwanak, rows of Gangnam", lambda: csv(VISITS, visit(5)), "F", name="관악구_실적.csv",
             reasons=(R.STATED_DISTRICT,)),
    )),
)  # fmt: skip
