"""The choropleth: rates only, real boundaries by URL, classes frozen over time, missing and suppressed by sign."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from charts import bins, theme
from locales import numbers, t
from metrics.spec import Metric

# Wider than any one district: the whole city is drawn, in a frame that wastes no space.
WHOLE_CITY_DEG = 0.25
SEOUL_SOUTH = 37.0  # what lies south of it is no map of Seoul but the tile map, which stands at the equator


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
        note = f"\n{notes[i]}" if notes[i] else ""
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
    interval = f"\n{t('hover.interval', lang)} %{{customdata[2]}}–%{{customdata[3]}}{unit}"
    middle = (interval if metric.interval != "none" else "") + "\nn = %{customdata[4]:,}"
    value = f"%{{customdata[1]}}{unit}"
    return f"\ue000%{{customdata[0]}}\ue001\n{value}{middle if figures else ''}%{{customdata[5]}}\n{caption}\ue002"


def line_template(caption: str) -> str:
    """A hover of two cells, name and what is said of it."""
    return f"\ue000%{{customdata[0]}}\ue001\n%{{customdata[1]}}\n{caption}\ue002"


def choropleth(
    frame: pd.DataFrame,
    *,
    metric: Metric,
    lang: str,
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
    known, unknown = frame[frame["value"].notna()], frame[frame["value"].isna()]
    ramp = theme.sequential()[: len(metric.breaks) + 1]
    traces = [
        fill(
            known,
            bins.classes(known["value"], metric.breaks).to_numpy(dtype=np.int8),
            ramp,
            geojson_url,
            hover_rows(known, metric, lang),
            hover_template(metric, caption, lang),
        )
    ]
    if len(unknown):
        template = hover_template(metric, caption, lang, figures=False)
        traces.append(blank(unknown, geojson_url, hover_rows(unknown, metric, lang), template))
    traces += outline(frame, selected, geojson_url)
    traces += _writing(frame if names is None else names, unknown)
    return {"data": traces, "layout": ground(frame, height)}


def categories(
    frame: pd.DataFrame,
    *,
    kinds: Sequence[str],
    palette: dict[str, str],
    hover: np.ndarray,
    template: str,
    geojson_url: str,
    selected: str | None = None,
    height: int = 480,
) -> dict[str, Any]:
    """A map of kinds (rising, falling, cluster …), each with its role and, in `frame.sign`, its sign beside the name.

    Args:
        frame: rows with `area_code`, `short`, `lon`, `lat`, `kind` and `sign`.
        kinds: every kind, in the legend's order; `palette` names their roles.
        hover: one object row per area, name first, filled into `template`.
    """
    index = frame["kind"].map({kind: number for number, kind in enumerate(kinds)}).to_numpy(dtype=np.int8)
    ramp = tuple(palette[kind] for kind in kinds)
    traces = [fill(frame, index, ramp, geojson_url, hover, template)]
    traces += outline(frame, selected, geojson_url)
    inks = [theme.on(palette[kind]) for kind in frame["kind"]]
    text = [f"{name}{sign}" for name, sign in zip(frame["short"], frame["sign"], strict=True)]
    traces.append(_names(frame["lon"], frame["lat"], text, inks))
    return {"data": traces, "layout": ground(frame, height)}


def fill(
    frame: pd.DataFrame,
    index: np.ndarray,
    ramp: Sequence[str],
    geojson_url: str,
    hover: np.ndarray,
    template: str,
) -> dict[str, Any]:
    """Areas in the colour of their class: class k of `index` has exactly colour k of `ramp`."""
    return {
        **_common(geojson_url),
        "locations": frame["area_code"].to_numpy(dtype=object),
        "z": index,
        "zmin": -0.5,
        "zmax": len(ramp) - 0.5,
        "colorscale": _stepped(ramp),
        "customdata": hover,
        "hovertemplate": template,
    }


def blank(frame: pd.DataFrame, geojson_url: str, hover: np.ndarray, template: str) -> dict[str, Any]:
    """Areas without a figure, in the ground's grey with a visible border."""
    return {
        **_common(geojson_url),
        "locations": frame["area_code"].to_numpy(dtype=object),
        "z": [0] * len(frame),
        "colorscale": [[0, "@missing"], [1, "@missing"]],
        "customdata": hover,
        "hovertemplate": template,
        "marker": {"line": {"color": "@muted", "width": 1}},
    }


def outline(frame: pd.DataFrame, selected: str | None, geojson_url: str) -> list[dict[str, Any]]:
    """The picked area's heavy outline; nothing where it is not drawn."""
    if selected is None or not (frame["area_code"] == selected).any():
        return []
    return [
        {
            **_common(geojson_url),
            "locations": [selected],
            "z": [0],
            "colorscale": [[0, "@clear"], [1, "@clear"]],
            "marker": {"line": {"color": "@worse", "width": 3.5}},
            "hoverinfo": "skip",
        }
    ]


def ground(frame: pd.DataFrame, height: int) -> dict[str, Any]:
    """The map's layout: the whole city in a frame that wastes no space, or a tight one around fewer areas."""
    return theme.layout(
        height=height, geo=geo(frame), margin={"l": 0, "r": 0, "t": 0, "b": 0}, clickmode="event+select"
    )


def geo(frame: pd.DataFrame) -> dict[str, Any]:
    """The frame of one map."""
    drawn: dict[str, Any] = {"visible": False, "bgcolor": "@clear", "projection": {"type": "mercator"}}
    in_seoul = len(frame) and frame["lat"].min() > SEOUL_SOUTH
    if in_seoul and frame["lon"].max() - frame["lon"].min() > WHOLE_CITY_DEG:
        return drawn | {"lonaxis": {"range": [126.757, 127.19]}, "lataxis": {"range": [37.424, 37.706]}}
    return drawn | {"fitbounds": "locations"}


def _common(geojson_url: str) -> dict[str, Any]:
    return {
        "type": "choropleth",
        "geojson": geojson_url,
        "featureidkey": "id",
        "showscale": False,
        "marker": {"line": {"color": "@page", "width": 0.8}},
        # A click selects; it must not fade every other district.
        "selected": {"marker": {"opacity": 1}},
        "unselected": {"marker": {"opacity": 1}},
    }


def _stepped(ramp: Sequence[str]) -> list[list[Any]]:
    """A colour scale without blending: class k has exactly colour k."""
    scale: list[list[Any]] = []
    for index, colour in enumerate(ramp):
        scale += [[index / len(ramp), colour], [(index + 1) / len(ramp), colour]]
    return scale


def _writing(names: pd.DataFrame, unknown: pd.DataFrame) -> list[dict[str, Any]]:
    """Names on the map in an ink that reads on their class, and the signs of areas without a figure."""
    sign = {"suppressed": " ×", "missing": " ∅"}
    if len(names):
        # A class without a figure is drawn in the ground's grey, where the plain ink reads.
        ramp = theme.sequential()
        inks = [
            "@ink" if pd.isna(index) else theme.on(ramp[int(index)])
            for index in (names["class_index"] if "class_index" in names else [float("nan")] * len(names))
        ]
        text = [
            f"{name}{sign.get(status, '')}"
            for name, status in zip(names["short"], names["status"], strict=True)
        ]
        return [_names(names["lon"], names["lat"], text, inks)]
    if len(unknown):
        text = [sign[status].strip() for status in unknown["status"]]
        return [_names(unknown["lon"], unknown["lat"], text, ["@muted"] * len(unknown))]
    return []


def _names(lon: pd.Series, lat: pd.Series, text: list[str], inks: list[str]) -> dict[str, Any]:
    return {
        "type": "scattergeo",
        "mode": "text",
        "hoverinfo": "skip",
        "lon": lon.tolist(),
        "lat": lat.tolist(),
        "text": text,
        "textfont": {"family": theme.FONT, "size": 11, "color": inks},
    }
