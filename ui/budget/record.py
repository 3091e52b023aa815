"""How often the outturn's forecast was right before: by origin month, all lines together, and what is left out."""

from __future__ import annotations

import pandas as pd

from forecast.backtest import inside, told
from forecast.outturn import RANGES
from locales import numbers, t
from metrics.intervals import wilson
from ui import blocks
from ui.budget import pace, source

LEVELS = (50, 80, 95)


def show(lang: str) -> None:
    """Sentence, coverage and error of the lines by origin month, then of the total by year."""
    blocks.heading(t("budget.record_title", lang))
    tested, table = source.past_errors()
    if table.empty:
        blocks.note(t("budget.record_short", lang))
        return
    whole = table[table["month"] == 0].iloc[0]
    years = sorted({int(y) for y in tested["fiscal_year"]})
    blocks.lead(t("budget.record_lead", lang, first=years[0], last=years[-1], n=int(whole["n"]),
                  inside=numbers.percent(whole["cover_80"], 0), error=numbers.number(whole["error"], 1),
                  naive=numbers.number(whole["naive_error"], 1), verdict=_verdict(table, lang)))  # fmt: skip
    names = ("month", "n", "50", "80", "95", "error", "naive")
    heads = [(t(f"budget.record_{name}", lang), name != "month") for name in names]
    blocks.table(heads, [_row(row, lang) for row in table.to_dict("records")], stacked=True,
                 classes=["total" if row == 0 else "" for row in table["month"]])  # fmt: skip
    blocks.note(t("budget.record_note", lang, straight=_straight(tested)))
    _total(tested[tested["method"] == "total"], lang)
    _ranged(tested[tested["method"].isin(RANGES)], lang)


def _limits(row: dict[str, float], level: int) -> tuple[float, float]:
    """Wilson limits of a coverage, in percent; line-years are the trials."""
    low, high = wilson(row[f"cover_{level}"] / 100 * row["n"], row["n"])
    return 100 * low, 100 * high


def _row(row: dict[str, float], lang: str) -> tuple[object, ...]:
    month = int(row["month"])
    name = t("budget.record_all", lang) if month == 0 else pace.month_name(month, lang)
    return (name, int(row["n"]), *(_cover(row, level, lang) for level in LEVELS), numbers.number(row["error"], 1),
            numbers.number(row["naive_error"], 1))  # fmt: skip


def _cover(row: dict[str, float], level: int, lang: str) -> str:
    low, high = _limits(row, level)
    said = (
        f"{numbers.percent(row[f'cover_{level}'], 0)} ({numbers.number(low, 0)}–{numbers.number(high, 0)}%)"
    )
    if low <= level <= high:
        return said
    return f"{said} {t('budget.record_wide' if low > level else 'budget.record_narrow', lang)}"


def _verdict(table: pd.DataFrame, lang: str) -> str:
    """How many of the months' coverages agree with their level, in words."""
    months = table[table["month"] > 0].to_dict("records")
    agree = [
        low <= level <= high for row in months for level in LEVELS for low, high in [_limits(row, level)]
    ]
    return t("budget.record_agree" if all(agree) else "budget.record_differ", lang, n=len(agree), good=sum(agree))  # fmt: skip


def _straight(tested: pd.DataFrame) -> str:
    lines = told(tested)
    error = (lines["straight"] - lines["actual"]) / lines["budget"]
    return numbers.number(float(error.pow(2).mean() ** 0.5) * 100, 1)


def _total(tested: pd.DataFrame, lang: str) -> None:
    """All lines together: one end a year, so months are counted, not tested."""
    heads = [(t(f"budget.record_{name}", lang), name != "year")
             for name in ("year", "months", "in_50", "in_80", "in_95", "error", "naive")]  # fmt: skip
    rows = []
    for year, own in tested.groupby("fiscal_year"):
        errors = (
            float(((own[name] - own["actual"]) / own["budget"]).pow(2).mean() ** 0.5 * 100)
            for name in ("estimate", "naive")
        )
        rows.append((int(year), len(own), *(int(inside(own, level).sum()) for level in LEVELS),
                     *(numbers.number(error, 1) for error in errors)))  # fmt: skip
    blocks.heading(t("budget.record_total_title", lang))
    blocks.table(heads, rows, stacked=True)
    blocks.note(t("budget.record_total_note", lang, n=len(rows)))


def _ranged(tested: pd.DataFrame, lang: str) -> None:
    """Lines that were given only a range: not in the table, but said."""
    if tested.empty:
        return
    ends = tested.drop_duplicates(["fiscal_year", "programme_id", "line_type"])
    blocks.note(t("budget.record_ranged", lang, n=len(ends), held=numbers.percent(100 * inside(tested, 95).mean(), 0)))  # fmt: skip
