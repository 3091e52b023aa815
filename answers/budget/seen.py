"""What is looked at on the budget page, and how its won are said: every part is told through this."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from answers.answer import Column
from answers.budget import source, won
from answers.budget.source import Scope
from answers.reader import Reader
from locales import t


@dataclass(frozen=True, eq=False)
class Seen:
    """A scope, the chosen programme ('' for all), the unit of money and the language."""

    read: Reader
    scope: Scope
    prog: str
    unit: str
    lang: str

    def t(self, key: str, **words: Any) -> str:
        """One of the page's own texts."""
        return t(f"budget.{key}", self.lang, **words)

    def say(self, amount: float | None) -> str:
        """An amount in the unit, without naming it."""
        return won.say(amount, self.unit)

    def whole(self, amount: float) -> str:
        """An amount within a sentence, with its unit."""
        return won.whole(amount, self.unit, self.lang)

    def span(self, low: float, high: float) -> str:
        """Two amounts as the ends of an interval."""
        return f"{self.say(low)}–{self.say(high)}"

    @property
    def caption(self) -> str:
        """(단위: 억원)"""
        return won.caption(self.unit, self.lang)

    @property
    def unit_name(self) -> str:
        """억원"""
        return self.t(f"unit_{self.unit}")

    @cached_property
    def names(self) -> dict[str, str]:
        """Names of strategies, tasks and programmes by tree node."""
        return source.names(self.read, self.lang)

    def name_of(self, node: str) -> str:
        """A node in words."""
        return self.t("total") if node == "total" else self.names.get(node, node)

    @property
    def name(self) -> str:
        """What is chosen, in words."""
        return self.name_of(f"programme:{self.prog}" if self.prog else "total")

    @property
    def scope_words(self) -> str:
        """The chosen years in words."""
        return self.t("scope_plan") if self.scope.whole else self.t("scope_year", year=self.scope.code)

    def own(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The rows of the chosen programme, or all."""
        return rows[rows["programme_id"] == self.prog] if self.prog else rows

    def heads(
        self,
        prefix: str,
        names: Sequence[str],
        *,
        words: Sequence[str] = ("name",),
        money: Sequence[str] | None = (),
    ) -> list[Column]:
        """Columns by key; all but `words` are figures, of these `money` in the unit that the caption names (None: all)."""
        return [
            Column(
                self.t(f"{prefix}{name}"),
                name not in words,
                said=self.unit_name if name not in words and (money is None or name in money) else "",
            )
            for name in names
        ]


def seen(read: Reader, fy: str, prog: str, unit: str, lang: str) -> Seen:
    """What the codes of year, programme and unit ask for."""
    return Seen(read, source.scope(read, fy), prog, won.unit_of(unit, lang), lang)
