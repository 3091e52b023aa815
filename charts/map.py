"""The choropleth: rates only, real boundaries by URL, classes frozen over time, missing and suppressed by sign."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from charts import bins, theme
from locales import numbers, t
from metrics.spec import Metric

# Wider than any one district: the whole city is drawn, in a frame that wastes no space.
WHOLE_CITY_DEG = 0.25


class RawCountOnMap(ValueError):
    """A raw count was offered as a map fill: it would map population, not need."""


def hover_rows(frame: pd.DataFrame, metric: Metric, lang: str) -> np.ndarray:
    """Per area: name, value, lower, upper, n, remark.

    Figures travel as short texts and the words around them once, in `hover_template`: a dong map has 425 rows.
    """
    hidden = frame["status"].isin(["suppressed", "missing"]).to_numpy()
    withheld = "status.withheld" if metric.is_ratio else "status.suppressed"
    words = {"suppressed": t(withheld, lang), "missing": t("status.missing", lang)}
    figures = [_short(frame, column, metric, lang) for column in ("value", "lower", "upper")]
    n = frame["n"].fillna(0).astype(int).tolist()
    notes = frame["note"].tolist() if "note" in frame else [""] * len(frame)
    rows: list[list[Any]] = []
    for i, (label, status) in enumerate(zip(frame["label"], frame["status"], strict=True)):
        note = f"<br>{notes[i]}" if notes[i] else ""
        if hidden[i]:
            rows.append([label, words[status], "", "", "", note])
        else:
            rows.append([label, *(column[i] for column in figures), n[i], note])
    # An object array, not lists: plotly copies and checks nested lists cell by cell, arrays at once.
    return np.array(rows, dtype=object).reshape(len(rows), 6)


def _short(frame: pd.DataFrame, column: str, metric: Metric, lang: str) -> list[str]:
    """Figures as text with the decimals that the row may show; nothing for nothing."""
    values = frame[column].to_numpy(dtype=float)
    if metric.unit != "percent":
        return ["" if np.isnan(v) else numbers.value(v, metric.unit, lang) for v in values]
    coarse = frame["digits"].eq(0).to_numpy() if "digits" in frame else np.zeros(len(frame), dtype=bool)
    # 1e-9: 40.45 must go up although its binary neighbour lies a hair below.
    tenths = np.floor(values * 10 + 0.5 + 1e-9) / 10
    pairs = zip(tenths, coarse, strict=True)
    return ["" if np.isnan(v) else f"{v:.0f}" if whole else f"{v:.1f}" for v, whole in pairs]


def hover_template(metric: Metric, caption: str, lang: str, *, figures: bool = True) -> str:
    """The words around a hover row; areas without a figure have no interval and no n to name."""
    unit = "%" if metric.unit == "percent" and figures else ""
    interval = f"<br>{t('hover.interval', lang)} %{{customdata[2]}}–%{{customdata[3]}}{unit}"
    middle = (interval if metric.interval != "none" else "") + "<br>n = %{customdata[4]:,}"
    value = f"%{{customdata[1]}}{unit}"
    return f"<b>%{{customdata[0]}}</b><br>{value}{middle if figures else ''}%{{customdata[5]}}<br>{caption}<extra></extra>"


def choropleth(
    frame: pd.DataFrame,
    *,
    metric: Metric,
    lang: str,
    dark: bool,
    geojson_url: str,
    caption: str,
    selected: str | None = None,
    names: pd.DataFrame | None = None,
    height: int = 480,
) -> dict[str, Any]:
    """A map figure of one metric frame.

    Args:
        frame: metric frame rows with `area_code`, `label`, `lon`, `lat` and optionally `note`.
        geojson_url: where the browser fetches the boundaries once; never sent with a rerun.
        caption: period, source and evidence, added to every hover.
        selected: area drawn with a heavy outline.
        names: label, lon, lat of names written on the map; the frame's own when absent.

    Raises:
        RawCountOnMap: the metric is not a ratio.
    """
    if not metric.is_ratio:
        raise RawCountOnMap(metric.metric_id)
    c = theme.colours(dark)
    known = frame[frame["value"].notna()]
    unknown = frame[frame["value"].isna()]
    template = hover_template(metric, caption, lang)
    common: dict[str, Any] = {
        "type": "choropleth", "geojson": geojson_url, "featureidkey": "id", "showscale": False,
        "hovertemplate": template, "marker": {"line": {"color": c["page"], "width": 0.8}},
        # A click selects; it must not fade every other district.
        "selected": {"marker": {"opacity": 1}}, "unselected": {"marker": {"opacity": 1}},
    }  # fmt: skip
    steps = len(metric.breaks)
    ramp = theme.sequential(dark)
    traces: list[dict[str, Any]] = [
        {
            **common, "locations": known["area_code"].to_numpy(dtype=object),
            "z": bins.classes(known["value"], metric.breaks).to_numpy(dtype=np.int8), "zmin": -0.5, "zmax": steps + 0.5,
            "colorscale": _stepped(ramp[: steps + 1]), "customdata": hover_rows(known, metric, lang),
        }
    ]  # fmt: skip
    if len(unknown):
        traces.append({
            **common, "locations": unknown["area_code"].to_numpy(dtype=object), "z": [0] * len(unknown),
            "colorscale": [[0, c["missing"]], [1, c["missing"]]], "customdata": hover_rows(unknown, metric, lang),
                "hovertemplate": hover_template(metric, caption, lang, figures=False),
            "marker": {"line": {"color": c["muted"], "width": 1}},
        })  # fmt: skip
    if selected is not None and (frame["area_code"] == selected).any():
        traces.append({
            **common, "locations": [selected], "z": [0], "colorscale": [[0, "rgba(0,0,0,0)"], [1, "rgba(0,0,0,0)"]],
            "marker": {"line": {"color": c["worse"], "width": 3.5}},
            "customdata": hover_rows(frame[frame["area_code"] == selected], metric, lang),
        })  # fmt: skip
    traces += _writing(frame if names is None else names, unknown, dark)
    geo: dict[str, Any] = {"visible": False, "bgcolor": "rgba(0,0,0,0)", "projection": {"type": "mercator"}}
    if len(frame) and frame["lon"].max() - frame["lon"].min() > WHOLE_CITY_DEG:
        geo |= {"lonaxis": {"range": [126.757, 127.19]}, "lataxis": {"range": [37.424, 37.706]}}
    else:
        geo["fitbounds"] = "locations"
    return {
        "data": traces,
        "layout": theme.layout(dark, height=height, geo=geo, margin={"l": 0, "r": 0, "t": 0, "b": 0}, clickmode="event+select"),
    }  # fmt: skip


def _stepped(ramp: tuple[str, ...]) -> list[list[Any]]:
    """A colour scale without blending: class k has exactly colour k."""
    scale: list[list[Any]] = []
    for index, colour in enumerate(ramp):
        scale += [[index / len(ramp), colour], [(index + 1) / len(ramp), colour]]
    return scale


def _writing(names: pd.DataFrame, unknown: pd.DataFrame, dark: bool) -> list[dict[str, Any]]:
    """Names on the map in an ink that reads on their class, and the signs of areas without a figure."""
    c = theme.colours(dark)
    base = {"type": "scattergeo", "mode": "text", "hoverinfo": "skip"}
    traces: list[dict[str, Any]] = []
    if "class_index" in names.columns:
        strong = names["class_index"].fillna(0) >= 3
        inks = [("#FFFFFF" if not dark else "#12181F") if s else c["ink"] for s in strong]
    else:
        inks = [c["ink"]] * len(names)
    sign = {"suppressed": " ×", "missing": " ∅"}
    if len(names):
        text = [
            f"{name}{sign.get(status, '')}"
            for name, status in zip(names["short"], names["status"], strict=True)
        ]
        traces.append({
            **base, "lon": names["lon"].tolist(), "lat": names["lat"].tolist(), "text": text,
            "textfont": {"family": theme.FONT, "size": 11, "color": inks},
        })  # fmt: skip
    elif len(unknown):
        traces.append({
            **base, "lon": unknown["lon"].tolist(), "lat": unknown["lat"].tolist(),
            "text": [sign[status].strip() for status in unknown["status"]],
            "textfont": {"family": theme.FONT, "size": 11, "color": c["muted"]},
        })  # fmt: skip
    return traces
