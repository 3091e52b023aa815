"""What an SVG is made of: shapes and lines of text at places in px, with colours of one palette. Text stays text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from charts import theme, words

# Ours, then what the set-up takes instead, then whatever stands for Hangul on the machine that opens the file.
FAMILY = "Pretendard, 'Noto Sans CJK KR', 'Noto Sans KR', 'Malgun Gothic', sans-serif"
LINE = 1.25  # of the size: from one line of text to the next
_RGBA = re.compile(r"rgba\((\d+), ?(\d+), ?(\d+), ?([\d.]+)\)")
DASHES = {"solid": (), "dot": (1, 2.4), "dash": (5, 3), "dashdot": (6, 2.5, 1.2, 2.5), "longdash": (9, 4)}


def wide(text: str, size: float) -> float:
    """About how wide a line is set, px; a little too much rather than too little."""
    return size * sum(_width(sign) for sign in text)


def _width(sign: str) -> float:
    if sign >= "\u1100":  # Hangul, signs and shapes are as wide as high, our punctuation and spaces are not
        return 0.62 if "\u2000" <= sign < "\u2100" else 0.9
    if sign in " .,:;'|!()[]il·":
        return 0.31
    return 0.69 if sign.isupper() or sign in "%@mwMW" else 0.58


def number(value: float) -> str:
    """A place as short as it may be."""
    said = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if said == "-0" else said


class Sheet:
    """Elements in the order in which they lie on one another."""

    def __init__(self, palette: str) -> None:
        self.palette = palette
        self.parts: list[str] = []
        self.defined: list[str] = []

    def paint(self, role: str) -> tuple[str, float]:
        """A role as colour and opacity."""
        colour = theme.colour(role, self.palette)
        if found := _RGBA.fullmatch(colour):
            red, green, blue = (int(v) for v in found.groups()[:3])
            return f"#{red:02X}{green:02X}{blue:02X}", float(found[4])
        return colour, 1.0

    def _fill(self, role: str | None, name: str = "fill") -> str:
        if not role:
            return f' {name}="none"'
        if role.startswith("url("):
            return f' {name}="{role}"'
        colour, opacity = self.paint(role)
        return f' {name}="{colour}"' + (f' {name}-opacity="{opacity:g}"' if opacity < 1 else "")

    def _stroke(self, role: str | None, width: float, dash: str = "solid") -> str:
        if not role or width <= 0:
            return ""
        pattern = [number(v * max(width, 1)) for v in DASHES[dash]]
        dashes = f' stroke-dasharray="{" ".join(pattern)}"' if pattern else ""
        return f'{self._fill(role, "stroke")} stroke-width="{number(width)}"{dashes}'

    def path(
        self,
        d: str,
        *,
        fill: str | None = None,
        stroke: str | None = None,
        width: float = 1,
        dash: str = "solid",
        clip: str = "",
    ) -> None:
        """A path by its own commands."""
        cut = f' clip-path="url(#{clip})"' if clip else ""
        self.parts.append(
            f'<path d="{d}"{self._fill(fill)}{self._stroke(stroke, width, dash)} stroke-linejoin="round"{cut}/>'
        )

    def line(
        self, x0: float, y0: float, x1: float, y1: float, role: str, width: float = 1, dash: str = "solid"
    ) -> None:
        """A straight line."""
        self.path(
            f"M{number(x0)} {number(y0)}L{number(x1)} {number(y1)}", stroke=role, width=width, dash=dash
        )

    def box(
        self,
        x: float,
        y: float,
        w: float,
        h: float,
        *,
        fill: str | None,
        stroke: str | None = None,
        width: float = 1,
    ) -> None:
        """A rectangle."""
        self.parts.append(
            f'<rect x="{number(x)}" y="{number(y)}" width="{number(max(w, 0))}" height="{number(max(h, 0))}"'
            f"{self._fill(fill)}{self._stroke(stroke, width)}/>"
        )

    def text(
        self,
        x: float,
        y: float,
        said: str,
        *,
        size: float = 12,
        role: str = "@ink",
        anchor: str = "left",
        stand: str = "middle",
        halo: bool = False,
    ) -> None:
        """Lines of text. `anchor`: left, center or right of them lies at x; `stand`: top, middle or bottom of them at y."""
        lines = said.split("\n")
        high = size * LINE * len(lines)
        top = y - {"top": 0.0, "middle": high / 2, "bottom": high}[stand]
        turned = {"left": "start", "center": "middle", "right": "end"}[anchor]
        look = f'font-size="{number(size)}" text-anchor="{turned}"'
        if halo:  # drawn first, so that marks behind a name do not cut it
            look += f' paint-order="stroke"{self._stroke("@page", 2.5)}'
        for n, line in enumerate(lines):
            base = top + size * LINE * n + size * 0.97
            self.parts.append(
                f'<text x="{number(x)}" y="{number(base)}" {look}{self._fill(role)}>{_spans(line)}</text>'
            )

    def clip(self, name: str, x: float, y: float, w: float, h: float) -> str:
        """Define a frame beyond which a path is not drawn."""
        self.defined.append(
            f'<clipPath id="{name}"><rect x="{number(x)}" y="{number(y)}" width="{number(w)}" height="{number(h)}"/></clipPath>'
        )
        return name

    def hatched(self, ink: str, ground: str, *, size: float) -> str:
        """A fill of slanted lines on a ground."""
        name = f"hatch{len(self.defined)}"
        (line, _), (under, opacity) = self.paint(ink), self.paint(ground)
        self.defined.append(
            f'<pattern id="{name}" width="{number(size)}" height="{number(size)}" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
            f'<rect width="{number(size)}" height="{number(size)}" fill="{under}" fill-opacity="{opacity:g}"/>'
            f'<rect width="1" height="{number(size)}" fill="{line}" fill-opacity="0.35"/></pattern>'
        )
        return f"url(#{name})"

    def written(self, width: float, height: float, alt: str) -> str:
        """The whole as a file of its own."""
        defined = f"<defs>{''.join(self.defined)}</defs>" if self.defined else ""
        said = escape(words.bare(alt), quote=True)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{number(width)}" height="{number(height)}" '
            f'viewBox="0 0 {number(width)} {number(height)}" font-family="{FAMILY}" role="img" aria-label="{said}">'
            f"<title>{said}</title>{defined}{''.join(self.parts)}</svg>"
        )


def _spans(line: str) -> str:
    """A line with our emphasis; everything else is made safe."""
    safe = escape(line.replace(words.ONLY, ""), quote=False)
    return safe.replace(words.BOLD, '<tspan font-weight="700">').replace(words.PLAIN, "</tspan>")


def lines_of(points: Sequence[tuple[float, float] | None]) -> str:
    """Path commands through points; None is a gap."""
    out, pen = [], "M"
    for point in points:
        if point is None:
            pen = "M"
            continue
        out.append(f"{pen}{number(point[0])} {number(point[1])}")
        pen = "L"
    return "".join(out)
