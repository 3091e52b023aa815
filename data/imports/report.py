"""What came of a file: as read (`Parsed`) and as loaded (`ImportReport`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from data.imports.places import Places
from data.imports.problems import MASK, Problem
from data.imports.pseudonyms import COLUMNS
from data.imports.telling import SHOWN_PROBLEMS, notes, problem_lines
from data.imports.templates import templates
from data.imports.totals import Uneven
from data.tables import OPERATIONAL


@dataclass
class Parsed:
    """A file as read, before anything is stored.

    Attributes:
        table_name: the table it is for; None when the file is refused before that is known.
        frame: accepted rows, columns as the table names them (derived ones included); offices' numbers still plain.
        problems: what was refused and why, in row order.
        refused: how many rows were refused.
        excluded: rows left out that are no data, by kind (keys of `telling.EXCLUDED`).
        unit: how money was read (원, 천원 …); None when the table has none.
        unit_stated: whether the file names that unit; unit_chosen: whether the reader did.
        turned: decreases written as △ that were read as the amount that went out.
        headers: column name -> header in the file.
        ignored_columns, ignored_sheets: what was not read, since no template knows it.
        assumed: columns that the file lacks and that were filled with 'not known'.
        places: (sheet, spreadsheet row) of each accepted row.
        uneven: printed totals that differ from the sum of their rows.
        unit_place: where the unit of money stands (header, caption, or a key of `telling.UNIT_PLACES`).
        scales: what counts were multiplied by, as (header, unit).
        told: what a reader must look at although nothing of it is refused.
        hidden_rows: (sheet, row) of rows that are hidden in the file and were read; filtered: whether a filter hides them.
        hidden_columns, hidden_sheets: headers of hidden columns that were read; names of hidden sheets, which were not.
        unlabelled: (sheet, column letter) of columns without a header, which were not read.
        marked: cells read without the footnote marks behind them.
        remarks: keys of `telling.REMARKS`.
        by_dong: cells that name a dong and were read as its district.
        stands_for: the day (ISO) as of which the file says that it stands, empty where it says none.
        spans: the first and the last day (ISO) that it says it tells of, empty where it says none.
        books_stated: whether a file of money says whose books it is; books: whose its sender says they are, where it does not.
    """

    file_name: str
    sha256: str
    table_name: str | None = None
    frame: pd.DataFrame = field(default_factory=pd.DataFrame)
    problems: list[Problem] = field(default_factory=list)
    refused: int = 0
    excluded: Mapping[str, int] = field(default_factory=dict)
    unit: str | None = None
    unit_stated: bool = True
    unit_chosen: bool = False
    turned: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    ignored_columns: list[str] = field(default_factory=list)
    ignored_sheets: list[str] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)
    places: Places = field(default_factory=Places)
    uneven: list[Uneven] = field(default_factory=list)
    unit_place: str = ""
    scales: list[tuple[str, str]] = field(default_factory=list)
    told: list[Problem] = field(default_factory=list)
    hidden_rows: list[tuple[str, int]] = field(default_factory=list)
    filtered: bool = False
    hidden_columns: list[str] = field(default_factory=list)
    hidden_sheets: list[str] = field(default_factory=list)
    unlabelled: list[tuple[str, str]] = field(default_factory=list)
    marked: int = 0
    remarks: list[str] = field(default_factory=list)
    by_dong: int = 0
    stands_for: str = ""
    spans: tuple[str, ...] = ()
    books_stated: bool = True
    books: str | None = None

    @property
    def ok(self) -> bool:
        """Whether there is anything to load."""
        return len(self.frame) > 0 and not any(problem.whole_file for problem in self.problems)

    @property
    def largest(self) -> int:
        """The largest accepted amount of money, in won, by size."""
        if self.table_name is None:
            return 0
        columns = OPERATIONAL[self.table_name].c
        money = [name for name in self.frame.columns if columns[name].info["unit"] == "KRW"]
        return max((abs(won) for name in money for won in self.frame[name] if won is not None), default=0)

    def shown(self, lang: str, *, rows: int = 20) -> pd.DataFrame:
        """The first accepted rows under readable headers, offices' numbers of people masked."""
        if self.table_name is None or self.frame.empty:
            return pd.DataFrame()
        template = templates()[self.table_name]
        head = self.frame.head(rows).copy()
        for name in COLUMNS & set(head.columns):
            head[name] = [None if value is None else MASK for value in head[name]]
        return head.rename(columns={name: template.label(name, lang) for name in head.columns})


@dataclass
class ImportReport:
    """What a file changed in the store.

    Attributes:
        batch_id: the batch that was written; None when nothing was.
        already: the same file, or nothing but rows that the store has, came before.
        added: rows new to the store; corrected: rows that supersede a recorded one;
        unchanged: rows that stand already.
        facts: fact name -> how many of its periods, of spells and threads rows, were rolled up again.
        unbalanced: entries that would break the books; then nothing of the file was stored.
        unchecked: entries that were taken although nothing on record can be held against them.
        balanced: programme-years that balance to the won after a ledger file; unopened: those of it that have no recorded
            opening to balance with, in Korean and English.
        months: months that were over when the file came -> whether it closes them; none for a table whose months are not followed.
    """

    parsed: Parsed
    batch_id: int | None = None
    already: bool = False
    added: int = 0
    corrected: int = 0
    unchanged: int = 0
    facts: Mapping[str, int] = field(default_factory=dict)
    unbalanced: list[Problem] = field(default_factory=list)
    unchecked: list[Problem] = field(default_factory=list)
    balanced: int = 0
    unopened: list[tuple[str, str]] = field(default_factory=list)
    months: Mapping[int, bool] = field(default_factory=dict)

    @property
    def file_name(self) -> str:
        return self.parsed.file_name

    @property
    def table_name(self) -> str | None:
        return self.parsed.table_name

    @property
    def problems(self) -> list[Problem]:
        return [*self.unbalanced, *self.parsed.problems]

    @property
    def refused(self) -> int:
        return self.parsed.refused

    @property
    def accepted(self) -> int:
        """Rows that the batch took."""
        return self.added + self.corrected

    @property
    def ok(self) -> bool:
        """Whether the file was taken: loaded, or known already. Single rows may still have been refused."""
        return self.already or self.batch_id is not None

    def lines(self, lang: str, *, problems: int = SHOWN_PROBLEMS) -> list[str]:
        """The report as lines of text in Korean (`ko`) or English, the first problems in full."""
        return [
            *self._outcome(lang),
            *self._closed(lang),
            *notes(self.parsed, lang),
            *problem_lines(self.problems, lang, limit=problems),
            *problem_lines(self.parsed.told, lang, limit=problems),
            *problem_lines(self.unchecked, lang, limit=problems),
            *self._checked(lang),
        ]

    def _closed(self, lang: str) -> list[str]:
        """Which months the file closed, and which it left open although they were over."""
        if self.batch_id is None:
            return []
        said = (
            (True, "마감한 달", "closed"),
            (False, "끝난 달이지만 마감하지 않은 달", "over, but left open"),
        )
        lines = []
        for closes, ko, en in said:
            some = ", ".join(
                f"{m // 100}-{m % 100:02d}" for m, closed in self.months.items() if closed is closes
            )
            if some:
                lines.append(f"{ko if lang == 'ko' else en}: {some}")
        return lines

    def _checked(self, lang: str) -> list[str]:
        """Which books were checked after a ledger file, and which could not be."""
        lines: list[str] = []
        if self.balanced:
            lines.append(
                f"검산: 사업·연도 {self.balanced:,}개의 예산현액, 전용 양쪽, 이월이 원 단위까지 맞습니다."
                if lang == "ko"
                else f"Checked: {self.balanced:,} programme-years, their transfers and carry-over balance to the won."
            )
        if self.unopened:
            named = ", ".join(names[lang != "ko"] for names in self.unopened[:SHOWN_PROBLEMS])
            more = len(self.unopened) - SHOWN_PROBLEMS
            if more > 0:
                named += f" 외 {more:,}" if lang == "ko" else f" and {more:,} more"
            lines.append(
                f"예산이 기록되지 않아 검산하지 못한 사업·연도: {named}"
                if lang == "ko"
                else f"Not checked, since no budget is recorded for them: {named}"
            )
        return lines

    def _outcome(self, lang: str) -> list[str]:
        korean = lang == "ko"
        title = f"{self.file_name}"
        if self.table_name is not None:
            title += f" → {templates()[self.table_name].title(lang)}"
        if self.already:
            return [
                f"{title}: "
                + (
                    "이미 처리된 내용입니다. 바뀐 것이 없습니다."
                    if korean
                    else "already imported; nothing changed."
                )
            ]
        if self.batch_id is None:
            return [f"{title}: " + ("반입하지 않았습니다." if korean else "not imported.")]
        counts = (
            (self.added, "새 행", "new"),
            (self.corrected, "고친 행", "corrected"),
            (self.unchanged, "그대로인 행", "unchanged"),
            (self.refused, "거절한 행", "refused"),
        )
        told = [
            f"{ko} {n:,}" if korean else f"{n:,} {en}"
            for n, ko, en in counts
            if n or ko in ("새 행", "거절한 행")
        ]
        return [f"{title}: " + ", ".join(told)]
