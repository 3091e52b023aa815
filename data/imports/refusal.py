"""The exception by which a file or a value is refused."""

from __future__ import annotations

from data.imports.reasons import Reason


class Refused(Exception):
    """A file or a value is refused. `row` is the spreadsheet row, where the file as a whole is meant."""

    def __init__(
        self,
        reason: Reason,
        detail: str = "",
        *,
        detail_en: str = "",
        sheet: str = "",
        row: int | None = None,
        column: str = "",
    ) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.detail = detail
        self.detail_en = detail_en
        self.sheet = sheet
        self.row = row
        self.column = column
