"""Load and staffing in one view: counsellors short by weekday and hour, with how sure the load behind it is."""

from __future__ import annotations

from typing import Any

import pandas as pd

from answers import say
from answers.answer import Table
from locales import numbers, t

SHOWN = 10
HALF = 0.5  # of a counsellor: the need is whole, so that less says nothing


def grid(found: pd.DataFrame, lang: str) -> tuple[pd.DataFrame, list[list[str]]]:
    """Counsellors short (0 where less than half a counsellor is missing) and the text of every cell."""
    gap = found["need"] - found["agents"]
    short = gap.where(gap > HALF, 0.0).where(found["agents"].notna())
    cells = found.assign(value=short).pivot(index="weekday", columns="hour", values="value")
    texts = [_hover(row, lang) for row in found.sort_values(["weekday", "hour"]).to_dict("records")]
    return cells, [texts[24 * d : 24 * (d + 1)] for d in range(7)]


def _hover(row: dict[Any, Any], lang: str) -> str:
    return t("hotline.hover_gap", lang, when=when(row, lang), days=row["days"], **_said(row))


def _said(row: dict[Any, Any]) -> dict[str, str]:
    on = "–" if pd.isna(row["agents"]) else numbers.number(row["agents"], 1)
    limits = f"{numbers.number(row['need_low'])}–{numbers.number(row['need_high'])}"
    load = {name: numbers.number(row[name], 1) for name in ("load", "low", "high")}
    return {**load, "now": on, "need": numbers.number(row["need"]), "range": limits}


def when(row: dict[Any, Any], lang: str) -> str:
    """An hour of the week in words."""
    day = t(f"hotline.day_{int(row['weekday'])}", lang)
    return t("hotline.hour_of", lang, day=day, hour=int(row["hour"]))


def surely_short(found: pd.DataFrame) -> pd.DataFrame:
    """Cells where even the lower limit of the load needs more counsellors than are there, the widest gap first."""
    gap = found["need_low"] - found["agents"]
    short = found.assign(gap=gap)[gap > HALF]
    return short.sort_values(["gap", "weekday", "hour"], ascending=[False, True, True])


def sentence(found: pd.DataFrame, lang: str) -> str:
    """How many of the week's hours are short, and how many of them surely."""
    return t("hotline.gap_sentence", lang, **counted(found))


def counted(found: pd.DataFrame) -> dict[str, int]:
    """Hours of the week that are short, and those that surely are."""
    short = int((found["need"] > found["agents"] + HALF).sum())
    return {"short": short, "sure": len(surely_short(found))}


def table(found: pd.DataFrame, lang: str) -> Table | None:
    """The hours that are surely short, in figures; None where there is none."""
    rows = surely_short(found).head(SHOWN)
    if rows.empty:
        return None
    body = []
    for row in rows.to_dict("records"):
        said = _said(row)
        load, need = f"{said['load']} ({said['low']}–{said['high']})", f"{said['need']} ({said['range']})"
        body.append((when(row, lang), numbers.number(row["days"]), load, said["now"], need))
    return Table(
        say.heads("hotline.gap_", ("when", "days", "load", "now", "need"), lang, words=("when",)), body
    )
