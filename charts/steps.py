"""Steps of a service as bars from one start: what is kept, what leaves on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from charts import theme
from locales import numbers


@dataclass(frozen=True)
class Step:
    """One step: its count (None where withheld or missing), what stands beside the bar, whether it leaves, hover text."""

    label: str
    value: float | None
    note: str
    left: bool = False
    detail: str = ""


def funnel(steps: Sequence[Step], *, caption: str, digits: int = 0) -> dict[str, Any]:
    """Horizontal bars in reading order, each beneath its name, so that long names leave room on a phone.

    What leaves is hollow, so that it reads without colour. Values stand with so many decimals.
    """
    c = theme.colours()
    order = [step.label for step in steps]
    values = [step.value or 0 for step in steps]
    text = [
        " · ".join(p for p in ("" if s.value is None else numbers.number(s.value, digits), s.note) if p)
        for s in steps
    ]
    hover = [f"{beside} {step.detail}".strip() for beside, step in zip(text, steps, strict=True)]
    top = max(values, default=0) or 1
    trace = {
        "type": "bar",
        "orientation": "h",
        "y": order,
        "x": values,
        "width": 0.4,
        "marker": {
            "color": [c["clear"] if s.left else c["accent"] for s in steps],
            "line": {"color": [c["worse"] if s.left else c["accent"] for s in steps], "width": 1.6},
        },
        "text": text,
        "textposition": "outside",
        "cliponaxis": False,
        "textfont": {"color": c["ink"], "size": 12},
        "customdata": hover,
        "hovertemplate": f"%{{y}}\n%{{customdata}}\n{caption}\ue002",
    }
    names = [
        {
            "text": label,
            "x": 0,
            "y": label,
            "xanchor": "left",
            "yanchor": "bottom",
            "yshift": 9,
            "showarrow": False,
            "font": {"size": 12, "color": c["ink"]},
        }
        for label in order
    ]
    layout = theme.layout(
        height=20 + 46 * len(order),
        margin={"l": 4, "r": 12, "t": 14, "b": 4},
        annotations=names,
        xaxis=theme.axis(visible=False, range=[0, top * 2.0]),
        yaxis=theme.axis(visible=False, type="category", categoryorder="array", categoryarray=order[::-1]),
    )
    return {"data": [trace], "layout": layout}
