"""Load and staffing in one view: counsellors short by weekday and hour, with how sure the load behind it is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st
from scipy.special import stdtrit

from data import queries
from locales import numbers, t
from ui import blocks, services, store
from ui.hotline import staff
from ui.hotline.staff import Observed

SHOWN = 10
HALF = 0.5  # of a counsellor: the need is whole, so that less says nothing


def by_hour_of_week(months: queries.Span) -> pd.DataFrame:
    """Load with its limits, counsellors on the line and needed, by weekday and hour. Shared: not to be changed.

    Returns: weekday, hour, days, load, low, high (contacts an hour and their 95 % limits over days), agents (mean on the
        line), need, need_low, need_high (for 80 % in 20 s at that load and its limits); empty without roster or contacts.
    """
    return _by_hour_of_week(months, staff.observed(months), store.version(), store.url())


@st.cache_resource(max_entries=16, show_spinner=False)
def _by_hour_of_week(months: queries.Span, seen: Observed, version: int, address: str) -> pd.DataFrame:
    where = {"month_key": months}
    calls = services.raw("hotline_hourly", columns=("offered",), keys=("day", "hour"), where=where)
    line = services.raw("agent_daily", columns=("available_s", "handling_s", "wrap_s"), keys=("day", "hour"), where=where)  # fmt: skip
    if calls.empty or line.empty or not seen.known:
        return pd.DataFrame()
    load = _table(calls["day"], calls["hour"], calls["offered"])
    agents = _table(
        line["day"], line["hour"], line[["available_s", "handling_s", "wrap_s"]].sum(axis=1) / 3600
    )
    grouped = load.groupby(["weekday", "hour"])["value"]
    out = grouped.agg(days="size", load="mean", sd="std").reset_index()
    half = stdtrit(np.maximum(out["days"] - 1, 1), 0.975) * out.pop("sd").fillna(0) / np.sqrt(out["days"])
    out["low"], out["high"] = np.maximum(0, out["load"] - half), out["load"] + half
    out["agents"] = agents.groupby(["weekday", "hour"])["value"].mean().reindex(list(zip(out["weekday"], out["hour"], strict=True))).to_numpy()  # fmt: skip
    for name, rate in (("need", "load"), ("need_low", "low"), ("need_high", "high")):
        out[name] = [
            staff.required(round(r, 1), seen, staff.TARGET_S, staff.LEVEL, 1.0).agents for r in out[rate]
        ]
    return out


def _table(day: pd.Series, hour: pd.Series, value: pd.Series) -> pd.DataFrame:
    """One row per day of the calendar and hour: a day or hour without a row is a zero."""
    at = pd.to_datetime(day)
    every = pd.MultiIndex.from_product([pd.date_range(at.min(), at.max()), range(24)], names=["day", "hour"])
    known = pd.Series(
        value.to_numpy(dtype=float), index=pd.MultiIndex.from_arrays([at, hour], names=every.names)
    )
    out = known.reindex(every, fill_value=0.0).rename("value").reset_index()
    return out.assign(weekday=out["day"].dt.day_of_week)


def grid(found: pd.DataFrame, lang: str) -> tuple[pd.DataFrame, list[list[str]]]:
    """Counsellors short (0 where less than half a counsellor is missing) and the text of every cell."""
    gap = found["need"] - found["agents"]
    short = gap.where(gap > HALF, 0.0).where(found["agents"].notna())
    cells = found.assign(value=short).pivot(index="weekday", columns="hour", values="value")
    texts = [_hover(row, lang) for row in found.sort_values(["weekday", "hour"]).to_dict("records")]
    return cells, [texts[24 * d : 24 * (d + 1)] for d in range(7)]


def _hover(row: dict, lang: str) -> str:
    return t("hotline.hover_gap", lang, when=_when(row, lang), days=row["days"], **_said(row))


def _said(row: dict) -> dict[str, str]:
    on = "–" if pd.isna(row["agents"]) else numbers.number(row["agents"], 1)
    return {"load": numbers.number(row["load"], 1), "low": numbers.number(row["low"], 1), "high": numbers.number(row["high"], 1), "now": on,
            "need": numbers.number(row["need"]), "range": f"{numbers.number(row['need_low'])}–{numbers.number(row['need_high'])}"}  # fmt: skip


def _when(row: dict, lang: str) -> str:
    return t(
        "hotline.hour_of", lang, day=t(f"hotline.day_{int(row['weekday'])}", lang), hour=int(row["hour"])
    )


def surely_short(found: pd.DataFrame) -> pd.DataFrame:
    """Cells where even the lower limit of the load needs more counsellors than are there, the widest gap first."""
    gap = found["need_low"] - found["agents"]
    return found.assign(gap=gap)[gap > HALF].sort_values(
        ["gap", "weekday", "hour"], ascending=[False, True, True]
    )


def sentence(found: pd.DataFrame, lang: str) -> str:
    """How many of the week's hours are short, and how many of them surely."""
    short = int((found["need"] > found["agents"] + HALF).sum())
    return t("hotline.gap_sentence", lang, short=short, sure=len(surely_short(found)))


def table(found: pd.DataFrame, lang: str) -> None:
    """The hours that are surely short, in figures."""
    rows = surely_short(found).head(SHOWN)
    if rows.empty:
        return
    heads = [(t(f"hotline.gap_{c}", lang), c != "when") for c in ("when", "days", "load", "now", "need")]
    body = []
    for row in rows.to_dict("records"):
        said = _said(row)
        body.append((_when(row, lang), numbers.number(row["days"]), f"{said['load']} ({said['low']}–{said['high']})", said["now"],
                     f"{said['need']} ({said['range']})"))  # fmt: skip
    blocks.table(heads, body, stacked=True)
