"""One look for every figure: palette, type, layout. Figures are plain dictionaries: plotly.express costs 27 ms each.

The sequential palette is five steps of one blue, monotone in lightness so that it survives a black-and-white
print and every common colour-vision deficiency; in the dark theme it runs the other way, so that more is
always further from the page. Direction is never told by colour alone: words and shapes say it too.
"""

from __future__ import annotations

from typing import Any

FONT = "Ieum, 'Ieum Rare', sans-serif"

LIGHT = {
    "page": "#FFFFFF", "ink": "#1B2733", "muted": "#5A6875", "line": "#D5DCE3", "grid": "#E8ECF0", "area": "#FFFFFF",
    "accent": "#0B5CAD", "better": "#0B6E5F", "worse": "#B3480B", "steady": "#5A6875", "missing": "#F1F3F5",
    "band": "rgba(11,92,173,0.16)", "selected": "#1B2733",
}  # fmt: skip
DARK = {
    "page": "#12181F", "ink": "#E9EEF3", "muted": "#A5B2BF", "line": "#3A4652", "grid": "#263039", "area": "#12181F",
    "accent": "#7DB4EA", "better": "#5CC9B4", "worse": "#F0A067", "steady": "#A5B2BF", "missing": "#232C35",
    "band": "rgba(125,180,234,0.22)", "selected": "#FFFFFF",
}  # fmt: skip
SEQUENTIAL_LIGHT = ("#E3EDF8", "#B4CFEA", "#7AA9D6", "#3B78B4", "#123F78")
SEQUENTIAL_DARK = ("#1D3350", "#2C5688", "#4B82BF", "#86B4E3", "#D3E6F9")

# Shape and word beside colour: a reader without colour, or a screen reader, gets the same verdict.
SYMBOLS = {"higher": "triangle-up", "lower": "triangle-down", "similar": "circle"}

CONFIG = {
    "displayModeBar": False,
    "scrollZoom": False,
    "doubleClick": False,
    "topojsonURL": "/app/static/topojson/",  # plotly would fetch its base map from outside
}


def colours(dark: bool) -> dict[str, str]:
    """Named colours of a theme."""
    return DARK if dark else LIGHT


def sequential(dark: bool) -> tuple[str, ...]:
    """Five steps, least to most."""
    return SEQUENTIAL_DARK if dark else SEQUENTIAL_LIGHT


def layout(dark: bool, *, height: int, **more: Any) -> dict[str, Any]:
    """A figure layout: our type, transparent ground, no legend unless asked for."""
    c = colours(dark)
    return {
        "height": height,
        "template": {},  # else plotly adds Streamlit's, four kilobytes of colours that we do not use
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 13, "color": c["ink"]},
        "hoverlabel": {
            "font": {"family": FONT, "size": 13, "color": c["ink"]},
            "bgcolor": c["page"], "bordercolor": c["line"], "align": "left",
        },
        "showlegend": False,
        "dragmode": False,
        "separators": ".,",
        **more,
    }  # fmt: skip


def axis(dark: bool, **more: Any) -> dict[str, Any]:
    """A quiet axis: hairline grid, no zero line, labels in the muted ink."""
    c = colours(dark)
    return {
        "gridcolor": c["grid"], "linecolor": c["line"], "zeroline": False, "automargin": True, "fixedrange": True,
        "tickfont": {"color": c["muted"], "size": 12}, **more,
    }  # fmt: skip


# Five steps either side of nothing, readable with every common colour-vision deficiency; the word stands beside it.
DIVERGING_LIGHT = ("#0B5CAD", "#9DBFE0", "#EEF1F4", "#EDB98C", "#B3480B")
DIVERGING_DARK = ("#7DB4EA", "#3D6A9A", "#2A333C", "#8F5A34", "#F0A067")


def diverging(dark: bool) -> tuple[str, ...]:
    """Less (blue) to more (orange) through the ground's grey."""
    return DIVERGING_DARK if dark else DIVERGING_LIGHT


def trends(dark: bool, better: str, *, ink: bool = False) -> dict[str, str]:
    """Kinds of change in the colour of what they mean (worse, better); where a measure has no direction, in blues.

    Args:
        better: the metric's direction.
        ink: for marks on the page instead of filled areas.
    """
    c = colours(dark)
    _, pale, nothing, _, _ = diverging(dark)
    meant = {"lower": (c["worse"], c["better"]), "higher": (c["better"], c["worse"])}
    rising, falling = meant.get(better, (c["accent"], pale))
    rest = (c["steady"],) * 3 if ink else (nothing, c["missing"], c["missing"])
    return dict(
        zip(("rising", "falling", "none", "too_few", "withheld"), (rising, falling, *rest), strict=True)
    )


def clusters(dark: bool) -> dict[str, str]:
    """Local Moran's classes: like among like in full colour, odd ones out in its paler step."""
    less, pale_less, nothing, pale_more, more = diverging(dark)
    return {"HH": more, "HL": pale_more, "none": nothing, "LH": pale_less, "LL": less, "missing": colours(dark)["missing"]}  # fmt: skip
