"""What is told of a file beside what is wrong with it: units, rows, columns and sheets as they were understood."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from data.codes import CODES
from data.imports.problems import Problem
from data.imports.templates import templates
from data.imports.totals import Uneven
from data.imports.units import WON, unit_key

if TYPE_CHECKING:
    from data.imports.report import Parsed

EXCLUDED = {
    "blank": ("빈 행", "blank rows"),
    "example": ("예시 행", "example rows"),
    "note": ("각주 행", "footnotes"),
    "subtotal": ("합계 행", "total rows"),
    "duplicate": ("똑같이 겹친 행", "identical repeated rows"),
}
# What a file brings beside its table, and what was done with it.
REMARKS = {
    "external": (
        "다른 파일을 참조하는 수식이 있어 저장된 값만 읽었습니다. 최신 값인지 확인하세요.",
        "Some formulas point to other files: only their saved values were read. Check that they are current.",
    ),
    "objects": (
        "파일에 끼워 넣은 개체(OLE)가 있어 표의 값만 읽었습니다.",
        "The file has embedded objects (OLE): only the values of its cells were read.",
    ),
    "months_across": (
        "달이 옆으로 펼쳐진 표를 달마다 한 행으로 읽었습니다. 빈칸은 0이 아니라 기록 없음입니다.",
        "Months stand across the table: each was read as a row. An empty cell is no record, not zero.",
    ),
    "period_from_caption": (
        "기간은 표의 제목이나 파일 이름에서 읽었습니다.",
        "The month was read from the caption or the file's name.",
    ),
    "programme_from_caption": (
        "사업은 표의 제목이나 파일 이름에서 읽었습니다.",
        "The programme was read from the caption or the file's name.",
    ),
    "district_from_caption": (
        "자치구는 표의 제목이나 파일 이름에서 읽었습니다.",
        "The district was read from the caption or the file's name.",
    ),
    "body_from_caption": (
        "제목에 적힌 기관의 장부로 읽었습니다. 시 장부에 더하지 않고, 시 장부의 검산에도 넣지 않습니다.",
        "Read as the books of the body that the caption names: not added to the city's, nor checked with them.",
    ),
}
# Where a unit stands that neither header nor caption names.
UNIT_PLACES = {
    "footnote": ("각주", "a footnote"),
    "sheet": ("시트 이름", "the sheet's name"),
    "file": ("파일 이름", "the file's name"),
    "column": ("단위 열", "the column of units"),
}
SHOWN_PROBLEMS = 20
SHOWN_ROWS = 10


def notes(parsed: Parsed, lang: str) -> list[str]:
    """What was understood or left out without being wrong: unit, rows, columns, sheets."""
    korean = lang == "ko"
    lines: list[str] = []
    if parsed.unit is not None:
        lines.append(_unit_note(parsed, korean))
    if parsed.turned:
        lines.append(
            f"△로 적은 감액 {parsed.turned:,}건은 나간 금액으로 읽었습니다."
            if korean
            else f"{parsed.turned:,} decreases written with △ are read as amounts that went out."
        )
    if parsed.table_name == "ledger_entry" and parsed.ok:
        sums = parsed.frame["amount_krw"].groupby(parsed.frame["kind"]).sum()
        told = [
            f"{CODES['ledger_kind'][kind][0 if korean else 1]} {sums[kind]:,}"
            for kind in CODES["ledger_kind"]
            if kind in sums
        ]
        lines.append(("단계별 금액(원): " if korean else "Won by stage: ") + " · ".join(told))
    left_out = [f"{EXCLUDED[kind][0 if korean else 1]} {n:,}" for kind, n in parsed.excluded.items() if n]
    if left_out:
        lines.append(("제외: " if korean else "Left out: ") + ", ".join(left_out))
    lines += [_uneven_note(total, korean) for total in parsed.uneven]
    lines += _seen(parsed, korean)
    if parsed.ignored_columns:
        lines.append(
            ("읽지 않은 열: " if korean else "Columns not read: ") + ", ".join(parsed.ignored_columns)
        )
    if parsed.ignored_sheets:
        lines.append(
            ("읽지 않은 시트: " if korean else "Sheets not read: ") + ", ".join(parsed.ignored_sheets)
        )
    if parsed.assumed and parsed.table_name is not None:
        labels = ", ".join(templates()[parsed.table_name].label(name, lang) for name in parsed.assumed)
        lines.append(
            f"열이 없어 ‘미상’으로 둠: {labels}" if korean else f"Absent, taken as 'not known': {labels}"
        )
    return lines


def _uneven_note(total: Uneven, korean: bool) -> str:
    """A printed total and what its rows come to."""
    won = (("원", " won") if total.money else ("", ""))[0 if korean else 1]
    if korean:
        return (
            f"합계 검산: {total.row}행 {total.header}에 적힌 {total.printed:,}{won}이 "
            f"그 행들의 합 {total.summed:,}{won}과 다릅니다."
        )
    return f"Total checked: row {total.row}, {total.header}: {total.printed:,}{won} are printed, its rows sum to {total.summed:,}."


def _seen(parsed: Parsed, korean: bool) -> list[str]:
    """What a person sees otherwise in the file: hidden rows and columns, marks, scaled counts, columns without a header."""
    lines: list[str] = []
    for header, unit in parsed.scales:
        lines.append(f"{header}: {unit} 단위로 읽었습니다." if korean else f"{header}: read in {unit}.")
    if parsed.hidden_rows:
        shown = ", ".join(f"{sheet} {row}".strip() for sheet, row in parsed.hidden_rows[:SHOWN_ROWS])
        shown += " …" if len(parsed.hidden_rows) > SHOWN_ROWS else ""
        n = len(parsed.hidden_rows)
        lines.append(
            f"{'필터로 가려진' if parsed.filtered else '숨긴'} 행 {n:,}개도 읽었습니다({shown}행). 빼려면 지우고 다시 보내세요."
            if korean
            else f"{n:,} rows {'hidden by a filter' if parsed.filtered else 'that are hidden'} were read too (rows {shown}). "
            "To leave them out, delete them and send the file again."
        )
    if parsed.hidden_columns:
        named = ", ".join(parsed.hidden_columns)
        lines.append(f"숨긴 열도 읽었습니다: {named}" if korean else f"Hidden columns were read too: {named}")
    if parsed.hidden_sheets:
        named = ", ".join(parsed.hidden_sheets)
        lines.append(
            f"숨긴 시트는 읽지 않았습니다: {named}" if korean else f"Hidden sheets were not read: {named}"
        )
    if parsed.unlabelled:
        named = ", ".join(f"{sheet} {letter}".strip() for sheet, letter in parsed.unlabelled)
        lines.append(
            f"머리글이 없는 열은 읽지 않았습니다: {named}"
            if korean
            else f"Columns without a header were not read: {named}"
        )
    if parsed.marked:
        lines.append(
            f"각주 표시를 떼고 읽은 칸 {parsed.marked:,}개"
            if korean
            else f"{parsed.marked:,} cells were read without their footnote marks"
        )
    if parsed.by_dong:
        lines.append(
            f"동 이름이나 동 코드로 적은 칸 {parsed.by_dong:,}개는 그 동의 자치구로 읽었습니다."
            if korean
            else f"{parsed.by_dong:,} cells name a dong and were read as its district."
        )
    return lines + [REMARKS[name][0 if korean else 1] for name in parsed.remarks]


def _unit_note(parsed: Parsed, korean: bool) -> str:
    """In what unit money was read, and by whose word: a file that names none may be a thousandfold off."""
    if parsed.unit_stated:
        where = UNIT_PLACES.get(parsed.unit_place)
        if korean:
            return f"금액 단위: {parsed.unit}" + (f" ({where[0]}에서 찾음)" if where else "")
        return f"Money read in: {parsed.unit}" + (f" (named in {where[1]})" if where else "")
    largest = f"{parsed.largest:,}"
    if korean:
        how = "고르신 대로" if parsed.unit_chosen else "원으로 보고"
        unit = f" {parsed.unit}으로" if parsed.unit_chosen else ""
        return f"파일에 단위 표시가 없어 {how}{unit} 읽었습니다. 가장 큰 금액은 {largest}원입니다."
    how = (
        f"read in {parsed.unit} (KRW {WON[unit_key(parsed.unit or '')]:,}) as you chose"
        if parsed.unit_chosen
        else "read as won"
    )
    return f"No unit in the file: {how}. The largest amount is KRW {largest}."


def problem_lines(found: Sequence[Problem], lang: str, *, limit: int = SHOWN_PROBLEMS) -> list[str]:
    """The first problems as sentences, and how many more there are."""
    lines = [problem.sentence(lang) for problem in found[:limit]]
    more = len(found) - limit
    if more > 0:
        lines.append(f"… 그 밖에 {more:,}건" if lang == "ko" else f"… and {more:,} more")
    return lines
