"""Money from its source through strategies and programmes to where it ended, as a Sankey diagram."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from charts import theme


class Link(NamedTuple):
    """A flow between two nodes: ids, height in the drawn unit, and its figure in words."""

    source: str
    target: str
    height: float
    said: str


def conserved(links: Sequence[tuple[str, str, int]]) -> list[str]:
    """Nodes between the ends at which what comes in is not what goes out, and those with a negative flow."""
    came: dict[str, int] = {}
    went: dict[str, int] = {}
    for source, target, won in links:
        went[source] = went.get(source, 0) + won
        came[target] = came.get(target, 0) + won
    uneven = {node for node in came.keys() & went.keys() if came[node] != went[node]}
    negative = {end for source, target, won in links if won < 0 for end in (source, target)}
    return sorted(uneven | negative)


def sankey(links: Sequence[Link], labels: dict[str, str], *, unit: str, height: int = 760) -> dict[str, Any]:
    """Nodes in the order in which the links name them.

    Args:
        labels: node id -> its name with its figure.
    """
    c = theme.colours()
    order = list(dict.fromkeys(end for link in links for end in (link.source, link.target)))
    place = {node: number for number, node in enumerate(order)}
    trace = {
        "type": "sankey",
        "arrangement": "snap",
        "node": {
            "label": [labels[node] for node in order],
            "pad": 14,
            "thickness": 12,
            "color": c["accent"],
            "line": {"width": 0},
            "hovertemplate": "%{label}\ue002",
        },
        "link": {
            "source": [place[link.source] for link in links],
            "target": [place[link.target] for link in links],
            "value": [link.height for link in links],
            "color": c["band"],
            "customdata": [link.said for link in links],
            "hovertemplate": f"%{{source.label}} → %{{target.label}}\n\ue000%{{customdata}}\ue001 {unit}\ue002",
        },
        "textfont": {"size": 12, "color": c["ink"], "shadow": "none"},
    }
    return {
        "data": [trace],
        "layout": theme.layout(height=height, margin={"l": 4, "r": 4, "t": 8, "b": 8}),
    }
