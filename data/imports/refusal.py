"""The exception by which a file or a value is refused."""

from __future__ import annotations

from collections.abc import Sequence

from data.imports.people import KINDS, Kind
from data.imports.reasons import Reason


class Refused(Exception):
    """A file or a value is refused. `row` is the spreadsheet row, where the file as a whole is meant; `also` names more
    places of the same file."""

    def __init__(
        self,
        reason: Reason,
        detail: str = "",
        *,
        detail_en: str = "",
        sheet: str = "",
        row: int | None = None,
        column: str = "",
        also: Sequence[Refused] = (),
    ) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.detail = detail
        self.detail_en = detail_en
        self.sheet = sheet
        self.row = row
        self.column = column
        self.also = also


def personal(
    kind: Kind,
    *,
    sheet: str = "",
    row: int | None = None,
    column: str = "",
    part: str = "",
    also: Sequence[Refused] = (),
) -> Refused:
    """The refusal of a file that tells who somebody is: its place and kind, never the value.

    Args:
        part: where it stands, if not in a cell: a part of the workbook, or words of ours.
    """
    number = kind in (Kind.RESIDENT, Kind.FOREIGNER)
    ko, en = (f"{label} ({part})" if part else label for label in KINDS[kind])
    reason = Reason.RESIDENT_NUMBER if number else Reason.PERSONAL
    return Refused(reason, ko, detail_en=en, sheet=sheet, row=row, column=column, also=also)
