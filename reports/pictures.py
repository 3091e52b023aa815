"""A figure as a file of its own."""

from __future__ import annotations

from answers.answer import Answer, Figure
from answers.layers import layer
from answers.reader import Reader
from charts import theme
from charts.words import bare
from reports import pick, typeset
from reports.svg import svg

PPI = 144.0  # two dots for each px


def figures(found: Answer) -> dict[str, Figure]:
    """An answer's figures by name."""
    return {block.name: block for block in pick.every(found, Figure)}


def made(figure: Figure, read: Reader, *, kind: str, palette: str = "light", width: float = 720) -> bytes:
    """A figure as 'svg' or 'png'.

    Raises:
        fonts.NoFont: a PNG is asked for and no font is installed.
    """
    drawn = svg(
        figure.spec,
        alt=figure.alt,
        palette=palette,
        width=width,
        layers=lambda vintage, level: layer(read, vintage, level)[0],
        ground=True,
    )
    if kind == "svg":
        return drawn.encode()
    ground = theme.colour("@page", palette)
    data = {"svg": drawn, "alt": bare(figure.alt), "width": width, "ground": ground}
    return typeset.png("picture.typ", data, ppi=PPI)[0]
