"""How often the outturn's forecast was right before: by origin month, all lines together, and what is left out."""

from __future__ import annotations

from forecast.outturn import LEVELS
from locales import numbers, t
from ui import blocks
from ui.budget import pace, source


def show(lang: str) -> None:
    """Sentence, coverage and error of the lines by origin month, then of the total by year."""
    blocks.heading(t("budget.record_title", lang))
    found = source.record()
    if found is None:
        blocks.note(t("budget.record_short", lang))
        return
    rows = found.scores.to_dict("records")
    whole = rows[-1]
    blocks.lead(t("budget.record_lead", lang, first=found.years[0], last=found.years[1], n=int(whole["n"]),
                  inside=numbers.percent(whole["cover_80"], 0), error=numbers.number(whole["error"], 1),
                  naive=numbers.number(whole["naive_error"], 1), verdict=_verdict(rows[:-1], lang)))  # fmt: skip
    names = ("month", "n", "50", "80", "95", "error", "naive")
    heads = [(t(f"budget.record_{name}", lang), name != "month") for name in names]
    blocks.table(heads, [_row(row, lang) for row in rows], stacked=True,
                 classes=[*[""] * (len(rows) - 1), "total"])  # fmt: skip
    blocks.note(t("budget.record_note", lang, straight=numbers.number(found.straight, 1)))
    _total(found.totals.to_dict("records"), lang)
    # Lines that were given only a range are not in the table, but said.
    if found.ranged:
        held = numbers.percent(found.ranged_held, 0)
        blocks.note(t("budget.record_ranged", lang, n=found.ranged, held=held))


def _row(row: dict[str, float], lang: str) -> tuple[object, ...]:
    month = int(row["month"])
    name = t("budget.record_all", lang) if month == 0 else pace.month_name(month, lang)
    return (name, int(row["n"]), *(_cover(row, level, lang) for level in LEVELS), numbers.number(row["error"], 1),
            numbers.number(row["naive_error"], 1))  # fmt: skip


def _cover(row: dict[str, float], level: int, lang: str) -> str:
    low, high = row[f"low_{level}"], row[f"high_{level}"]
    said = (
        f"{numbers.percent(row[f'cover_{level}'], 0)} ({numbers.number(low, 0)}–{numbers.number(high, 0)}%)"
    )
    if low <= level <= high:
        return said
    return f"{said} {t('budget.record_wide' if low > level else 'budget.record_narrow', lang)}"


def _verdict(months: list[dict[str, float]], lang: str) -> str:
    """How many of the months' coverages agree with their level, in words."""
    agree = [row[f"low_{level}"] <= level <= row[f"high_{level}"] for row in months for level in LEVELS]
    return t("budget.record_agree" if all(agree) else "budget.record_differ", lang, n=len(agree), good=sum(agree))  # fmt: skip


def _total(years: list[dict[str, float]], lang: str) -> None:
    """All lines together: one end a year, so months are counted, not tested."""
    heads = [(t(f"budget.record_{name}", lang), name != "year")
             for name in ("year", "months", "in_50", "in_80", "in_95", "error", "naive")]  # fmt: skip
    rows = [(row["fiscal_year"], row["months"], *(row[f"in_{level}"] for level in LEVELS),
             *(numbers.number(row[name], 1) for name in ("error", "naive_error"))) for row in years]  # fmt: skip
    blocks.heading(t("budget.record_total_title", lang))
    blocks.table(heads, rows, stacked=True)
    blocks.note(t("budget.record_total_note", lang, n=len(rows)))
