"""One look for every figure: roles, type, layout. Figures are plain dictionaries: plotly.express costs 27 ms each.

A figure names roles (`@ink`, `@seq3`), never colours; whoever shows it applies a palette last (`applied`), so that
one figure serves the light page, the dark page and paper. The sequential palette is five steps of one blue,
monotone in lightness so that it survives a black-and-white print and every common colour-vision deficiency; in the
dark theme it runs the other way, so that more is always further from the page. Direction is never told by colour
alone: words and shapes say it too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from charts import words

FONT = "Ieum, 'Ieum Rare', sans-serif"

INKS = ("#1B2733", "#FFFFFF")  # what is written on a fill: on a light one, on a dark one


def luminance(colour: str) -> float:
    """How light a colour looks, 0 to 255."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue


def _palette(
    named: Mapping[str, str], sequential: tuple[str, ...], diverging: tuple[str, ...]
) -> dict[str, str]:
    """Role -> colour. Each full colour also gives the ink that reads on it: `@on-seq0` is written on `@seq0`."""
    steps = {f"seq{n}": c for n, c in enumerate(sequential)} | {f"div{n}": c for n, c in enumerate(diverging)}
    plain = {**named, **steps, "clear": "rgba(0,0,0,0)"}
    inks = {f"on-{n}": INKS[0 if luminance(c) > 140 else 1] for n, c in plain.items() if c.startswith("#")}
    return {f"@{name}": colour for name, colour in (plain | inks).items()}


_LIGHT = {
    "page": "#FFFFFF",
    "ink": "#1B2733",
    "muted": "#5A6875",
    "line": "#D5DCE3",
    "grid": "#E8ECF0",
    "area": "#FFFFFF",
    "accent": "#0B5CAD",
    "better": "#0B6E5F",
    "worse": "#B3480B",
    "steady": "#5A6875",
    "missing": "#F1F3F5",
    "band": "rgba(11,92,173,0.16)",
    "beside": "rgba(120,133,145,0.20)",
    "past": "rgba(90,104,117,0.14)",
    "selected": "#1B2733",
}
_DARK = {
    "page": "#12181F",
    "ink": "#E9EEF3",
    "muted": "#A5B2BF",
    "line": "#3A4652",
    "grid": "#263039",
    "area": "#12181F",
    "accent": "#7DB4EA",
    "better": "#5CC9B4",
    "worse": "#F0A067",
    "steady": "#A5B2BF",
    "missing": "#232C35",
    "band": "rgba(125,180,234,0.22)",
    "beside": "rgba(120,133,145,0.20)",
    "past": "rgba(165,178,191,0.20)",
    "selected": "#FFFFFF",
}
# Without colour a copy tells only light from dark: what is worse is the darkest, what is better lighter than blue.
_PRINT = _LIGHT | {"better": "#2A8172", "worse": "#6E2A04", "missing": "#FFFFFF"}
_SEQUENTIAL = ("#E3EDF8", "#B4CFEA", "#7AA9D6", "#3B78B4", "#123F78")
_SEQUENTIAL_DARK = ("#1D3350", "#2C5688", "#4B82BF", "#86B4E3", "#D3E6F9")
# Five steps either side of nothing, readable with every common colour-vision deficiency; the word stands beside it.
_DIVERGING = ("#0B5CAD", "#9DBFE0", "#EEF1F4", "#EDB98C", "#B3480B")
_DIVERGING_DARK = ("#7DB4EA", "#3D6A9A", "#2A333C", "#8F5A34", "#F0A067")
# On paper both ends would be the same grey: there the steps run from light to dark.
_DIVERGING_PRINT = ("#DCE9F7", "#B3CCE6", "#AEB0B2", "#BF7A45", "#7F3206")

PALETTES: dict[str, dict[str, str]] = {
    "light": _palette(_LIGHT, _SEQUENTIAL, _DIVERGING),
    "dark": _palette(_DARK, _SEQUENTIAL_DARK, _DIVERGING_DARK),
    "print": _palette(_PRINT, _SEQUENTIAL, _DIVERGING_PRINT),
}

# Shape and word beside colour: a reader without colour, or a screen reader, gets the same verdict.
SYMBOLS = {"higher": "triangle-up", "lower": "triangle-down", "similar": "circle", "undecided": "circle-open"}

CONFIG = {
    "displayModeBar": False,
    "scrollZoom": False,
    "doubleClick": False,
    "topojsonURL": "/app/static/topojson/",  # plotly would fetch its base map from outside
}


def colour(role: str, palette: str) -> str:
    """A role's colour in a palette ('light', 'dark' or 'print'); what is no role (`var(--soft)`) stays as it is.

    Raises:
        ValueError: it begins with `@` and is no role.
    """
    if not role.startswith("@"):
        return role
    try:
        return PALETTES[palette][role]
    except KeyError:
        raise ValueError(f"no role {role!r} in palette {palette!r}") from None


def applied(figure: Mapping[str, Any], palette: str) -> dict[str, Any]:
    """A new figure with colours for roles and plotly's tags for our signs (`words`); the one given stays as it is.

    Roles are looked for only where plotly takes a colour: under keys that end in `color`, and in a `colorscale`.
    Texts, names, codes and places are no role, whatever they begin with, and hold no tag, whatever they look like. Arrays and lists of
    plain values are passed on, not copied.

    Raises:
        ValueError: where a colour stands, something begins with `@` that is no role.
    """
    return {
        key: (_coloured if key.endswith("color") or key == "colorscale" else _walked)(value, palette)
        for key, value in figure.items()
    }


def _walked(value: Any, palette: str) -> Any:
    if isinstance(value, dict):
        return applied(value, palette)
    if isinstance(value, list | tuple) and value and isinstance(value[0], dict):
        return [_walked(item, palette) for item in value]
    return words.marked_up(value)


def _coloured(value: Any, palette: str) -> Any:
    if isinstance(value, str):
        return colour(value, palette)
    if isinstance(value, np.ndarray) and value.dtype.kind in "OU":
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_coloured(item, palette) for item in value]
    return value


_NAMES = (*_LIGHT, "clear")


def colours() -> dict[str, str]:
    """Roles by name."""
    return {name: f"@{name}" for name in _NAMES}


def on(role: str) -> str:
    """The role of what is written on a fill."""
    return f"@on-{role[1:]}"


def sequential() -> tuple[str, ...]:
    """Five steps, least to most."""
    return tuple(f"@seq{n}" for n in range(5))


def diverging() -> tuple[str, ...]:
    """Less (blue) to more (orange) through the ground's grey."""
    return tuple(f"@div{n}" for n in range(5))


def layout(*, height: int, **more: Any) -> dict[str, Any]:
    """A figure layout: our type, transparent ground, no legend unless asked for."""
    font = {"family": FONT, "size": 13, "color": "@ink"}
    return {
        "height": height,
        "template": {},  # else plotly adds Streamlit's, four kilobytes of colours that we do not use
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "paper_bgcolor": "@clear",
        "plot_bgcolor": "@clear",
        "font": font,
        "hoverlabel": {"font": font, "bgcolor": "@page", "bordercolor": "@line", "align": "left"},
        "showlegend": False,
        "dragmode": False,
        "separators": ".,",
        **more,
    }


def axis(**more: Any) -> dict[str, Any]:
    """A quiet axis: hairline grid, no zero line, labels in the muted ink."""
    return {
        "gridcolor": "@grid",
        "linecolor": "@line",
        "zeroline": False,
        "automargin": True,
        "fixedrange": True,
        "tickfont": {"color": "@muted", "size": 12},
        **more,
    }


def titled(text: str) -> dict[str, Any]:
    """An axis' title in the muted ink: what it counts and in what unit; nothing for no text."""
    return {"title": {"text": text, "font": {"size": 12, "color": "@muted"}, "standoff": 6}} if text else {}


def measured(name: str, percent: bool) -> str:
    """A measure's name as an axis' title, with its unit."""
    return f"{name} (%)" if percent else name


def trends(better: str, *, ink: bool = False) -> dict[str, str]:
    """Kinds of change in the colour of what they mean (worse, better); where a measure has no direction, in blues.

    Args:
        better: the metric's direction.
        ink: for marks on the page instead of filled areas.
    """
    _, pale, nothing, _, _ = diverging()
    meant = {"lower": ("@worse", "@better"), "higher": ("@better", "@worse")}
    rising, falling = meant.get(better, ("@accent", pale))
    rest = ("@steady",) * 3 if ink else (nothing, "@missing", "@missing")
    return dict(
        zip(("rising", "falling", "none", "too_few", "withheld"), (rising, falling, *rest), strict=True)
    )


def clusters() -> dict[str, str]:
    """Local Moran's classes: like among like in full colour, odd ones out in its paler step."""
    less, pale_less, nothing, pale_more, more = diverging()
    return {"HH": more, "HL": pale_more, "none": nothing, "LH": pale_less, "LL": less, "missing": "@missing"}
