"""Slides of answers: the question, its answer as the headline, and the chart or the map as native shapes that an office can change.

Caveats and the link stand in the notes. Fonts are named in Korean and are the machine's own.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from pptx import Presentation
from pptx.chart.data import CategoryChartData, XyChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION, XL_MARKER_STYLE, XL_TICK_LABEL_POSITION
from pptx.enum.dml import MSO_LINE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.util import Emu, Inches, Pt

from answers import answer as parts
from answers import links
from answers.answer import Answer, Figure, Table
from answers.reader import Reader
from answers.typed import Series, Typed, Value, typed
from charts import theme
from data import files
from locales import numbers, t
from reports import facts
from reports.maps import Map, map_of
from reports.plots import Mark, Plot, plot_of

FONT = "맑은 고딕"
WIDTH, HEIGHT = Inches(13.333), Inches(7.5)
LEFT, TOP, BODY = Inches(0.6), Inches(2.55), Inches(4.1)
ACROSS = WIDTH - 2 * LEFT
MOST_ROWS, MOST_COLUMNS = 11, 7
LONG_HEADLINE = 170
_SERIES = ("@accent", "@worse", "@better", "@steady", "@muted", "@ink")
_GREY, _INK = RGBColor(0x5A, 0x68, 0x75), RGBColor(0x1B, 0x27, 0x33)


def of_answers(answers: Sequence[Answer], read: Reader, addresses: Sequence[str], made: str) -> bytes:
    """Slides, one for each answer.

    Args:
        read: the door to the boundaries of the maps. addresses: where each answer stands. made: for the properties.
    """
    deck = Presentation()
    deck.slide_width, deck.slide_height = WIDTH, HEIGHT
    told = deck.core_properties
    told.title, told.author, told.language = links.name(answers[0]), made, answers[0].lang
    told.created = told.modified = datetime(2000, 1, 1)
    for found, address in zip(answers, addresses, strict=True):
        _slide(deck, found, read, address)
    out = io.BytesIO()
    deck.save(out)
    return out.getvalue()


def _slide(deck: Any, found: Answer, read: Reader, address: str) -> None:
    slide = deck.slides.add_slide(deck.slide_layouts[5])  # a title alone
    title = slide.shapes.title
    _place(title, LEFT, Inches(0.35), ACROSS - Inches(2.2), Inches(0.7))
    _say(title.text_frame, links.name(found), 24, bold=True)
    badge = slide.shapes.add_textbox(WIDTH - LEFT - Inches(2.2), Inches(0.42), Inches(2.2), Inches(0.45))
    _say(badge.text_frame, facts.mark(found), 11, colour=_GREY, align=PP_ALIGN.RIGHT)
    sentences = facts.sentences(found) or [""]
    head = slide.shapes.add_textbox(LEFT, Inches(1.1), ACROSS, Inches(1.35))
    _say(head.text_frame, sentences[0], 20 if len(sentences[0]) <= LONG_HEADLINE else 15)
    _body(slide, found, read)
    about = dict(facts.about(found, ""))
    keys = ("period", "evidence", "source", "as_of", "data_version")
    line = " · ".join(f"{name} {about[name]}" for k in keys if (name := t(f"files.{k}", found.lang)) in about)
    foot = slide.shapes.add_textbox(LEFT, Inches(6.8), ACROSS, Inches(0.5))
    _say(foot.text_frame, line, 10, colour=_GREY)
    notes = [*sentences[1:], *facts.remarks(found), f"{t('files.link', found.lang)}: {address}"]
    slide.notes_slide.notes_text_frame.text = files.fit("\n".join(notes))


def _body(slide: Any, found: Answer, read: Reader) -> None:
    """The first chart or map that the answer draws, else its first table."""
    for figure in found.figures():
        if (drawn := map_of(figure, read)) is not None:
            _map(slide, drawn, figure, _legend(found, figure))
            return
        own = next((s for s in facts.sheets(found) if s.figure is figure), None)
        columns = typed(own.table, found.lang) if own else None
        plot = plot_of(figure, columns) if columns else None
        if plot is not None and columns is not None:
            _chart(slide, columns, plot, figure)
            return
    if listed := facts.sheets(found):
        _table(slide, listed[0].table, found.lang)


# --- Text -------------------------------------------------------------------------------------------------


def _place(shape: Any, left: int, top: int, width: int, height: int) -> None:
    shape.left, shape.top, shape.width, shape.height = Emu(left), Emu(top), Emu(width), Emu(height)


def _say(
    frame: Any, text: str, size: float, *, bold: bool = False, colour: Any = _INK, align: Any = None
) -> None:
    frame.word_wrap = True
    frame.vertical_anchor = MSO_ANCHOR.TOP
    frame.text = files.fit(text)
    for paragraph in frame.paragraphs:
        paragraph.alignment = align or PP_ALIGN.LEFT
        for run in paragraph.runs:
            run.font.size, run.font.bold, run.font.color.rgb = Pt(size), bold, colour
            _korean(run.font)


def _korean(font: Any) -> None:
    """Name the font for Latin letters and for Hangul, which have one each."""
    font.name = FONT
    told = font._element
    for tag in ("a:ea", "a:cs"):
        for old in told.findall(qn(tag)):
            told.remove(old)
        told.append(parse_xml(f'<{tag} {nsdecls("a")} typeface="{FONT}"/>'))


def _alt(shape: Any, text: str) -> None:
    shape._element.xpath(".//p:cNvPr")[0].set("descr", files.fit(text))


# --- Charts -----------------------------------------------------------------------------------------------


def _number(value: Value) -> float | None:
    return float(value) if isinstance(value, int | Decimal) else None


def _chart(slide: Any, columns: Typed, plot: Plot, figure: Figure) -> None:
    kinds = {
        "line": XL_CHART_TYPE.LINE_MARKERS,
        "bar": XL_CHART_TYPE.BAR_CLUSTERED,
        "column": XL_CHART_TYPE.COLUMN_CLUSTERED,
        "points": XL_CHART_TYPE.XY_SCATTER,
    }
    shown = _shown([columns.series[m.column] for m in plot.marks])
    data: Any
    if plot.kind == "points":
        data = XyChartData(number_format=shown)
        own = data.add_series(columns.series[plot.marks[0].column].header)
        for x, y in zip(
            columns.series[plot.places].values, columns.series[plot.marks[0].column].values, strict=True
        ):
            if x is not None and y is not None:
                own.add_data_point(_number(x), _number(y))
    else:
        data = CategoryChartData(number_format=shown)
        data.categories = [_said(v, columns.series[plot.places]) for v in columns.series[plot.places].values]
        for at in _drawn(plot):
            data.add_series(columns.series[at].header, [_number(v) for v in columns.series[at].values])
    frame = slide.shapes.add_chart(kinds[plot.kind], LEFT, TOP, ACROSS, BODY, data)
    _alt(frame, figure.alt)
    _styled(frame.chart, columns, plot)


def _drawn(plot: Plot) -> list[int]:
    """The columns that are drawn, each mark's limits behind it where it is a line."""
    out: list[int] = []
    for mark in plot.marks:
        limits = (mark.low, mark.high) if mark.shape == "line" else ()
        out += [mark.column, *(n for n in limits if n is not None)]
    return out


def _styled(chart: Any, columns: Typed, plot: Plot) -> None:
    chart.font.size = Pt(12)
    _korean(chart.font)
    several = len(_drawn(plot)) > 1
    chart.has_title = False
    chart.has_legend = several
    if several:
        chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
    if plot.kind == "bar":
        chart.category_axis.reverse_order = True
    chart.category_axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    axis = chart.value_axis
    axis.major_gridlines.format.line.color.rgb = RGBColor(0xD5, 0xDC, 0xE3)
    for one, told in (
        (axis, columns.series[plot.marks[0].column]),
        (chart.category_axis, columns.series[plot.places]),
    ):
        one.has_title = True
        one.axis_title.text_frame.text = (
            told.header if one is not axis or len(plot.marks) == 1 else told.unit or told.header
        )
        for run in one.axis_title.text_frame.paragraphs[0].runs:
            run.font.size, run.font.bold = Pt(12), False
            _korean(run.font)
    drawn = iter(chart.plots[0].series)
    for number, mark in enumerate(plot.marks):
        colour = RGBColor.from_string(theme.colour(_SERIES[number % len(_SERIES)], "light").lstrip("#"))
        own = next(drawn)
        _ink(own, mark, colour)
        if mark.low is None or mark.high is None:
            continue
        if mark.shape == "line":
            for limit in (next(drawn), next(drawn)):
                limit.smooth, limit.marker.style = False, XL_MARKER_STYLE.NONE
                limit.format.line.color.rgb, limit.format.line.width = colour, Pt(1)
                limit.format.line.dash_style = MSO_LINE.DASH
        elif plot.kind != "points":
            _error_bars(own, columns, mark, "x" if plot.kind == "bar" else "y")


def _ink(own: Any, mark: Mark, colour: Any) -> None:
    if mark.shape == "bar":
        own.format.fill.solid()
        own.format.fill.fore_color.rgb = colour
        return
    own.marker.style, own.marker.size = XL_MARKER_STYLE.CIRCLE, 6
    own.marker.format.fill.solid()
    own.marker.format.fill.fore_color.rgb = colour
    if mark.shape == "line":
        own.smooth = False
        own.format.line.color.rgb, own.format.line.width = colour, Pt(2.25)
    else:
        own.format.line.fill.background()


def _error_bars(own: Any, columns: Typed, mark: Mark, direction: str) -> None:
    """The interval on a bar: a chart has no other place for it, and no estimate stands without."""
    values = columns.series[mark.column].values
    ends = {"plus": columns.series[mark.high or 0].values, "minus": columns.series[mark.low or 0].values}

    def listed(name: str) -> str:
        told = []
        for n, (v, end) in enumerate(zip(values, ends[name], strict=True)):
            a, b = _number(v), _number(end)
            away = abs(b - a) if a is not None and b is not None else 0.0
            told.append(f'<c:pt idx="{n}"><c:v>{away:.10g}</c:v></c:pt>')
        return f'<c:{name}><c:numLit><c:formatCode>General</c:formatCode><c:ptCount val="{len(values)}"/>{"".join(told)}</c:numLit></c:{name}>'

    bars = parse_xml(
        f'<c:errBars {nsdecls("c")}><c:errBarType val="both"/><c:errValType val="cust"/><c:noEndCap val="0"/>{listed("plus")}{listed("minus")}</c:errBars>'
    )
    # The schema's order: error bars stand before the categories and values of their series.
    own._element.find(qn("c:cat")).addprevious(bars)


def _shown(columns: Sequence[Series]) -> str:
    digits = max((c.digits for c in columns), default=0)
    return f"#,##0{'.' + '0' * digits if digits else ''}"


def _said(value: Value, column: Series) -> str:
    if column.kind == "month":
        return f"{value:%Y-%m}"
    return "" if value is None else str(value)


# --- Maps -------------------------------------------------------------------------------------------------


def _legend(found: Answer, figure: Figure) -> list[parts.Key]:
    """The key of a map's colours: the legend that stands nearest behind it, else before it."""
    blocks = list(found.every())
    at = blocks.index(figure)
    near = [
        b
        for b in (*blocks[at + 1 : at + 4], *reversed(blocks[max(0, at - 3) : at]))
        if isinstance(b, parts.Legend)
    ]
    return [key for key in near[0].keys if key.colour] if near else []


def _map(slide: Any, drawn: Map, figure: Figure, keys: Sequence[parts.Key]) -> None:
    """The map, each area a shape of its own with its name in it, all in one group that says what it shows."""
    width = min(ACROSS * 0.72, BODY / drawn.height)
    group = slide.shapes.add_group_shape()
    for area in drawn.areas:
        builder = None
        for own in sorted(area.rings, key=len, reverse=True):
            points = [(LEFT + x * width, TOP + y * width) for x, y in own]
            if builder is None:
                builder = group.shapes.build_freeform(*map(int, points[0]), scale=1.0)
            else:
                builder.move_to(*map(int, points[0]))
            builder.add_line_segments([tuple(map(int, p)) for p in points[1:]], close=True)
        assert builder is not None
        shape = builder.convert_to_shape()
        shape.name = files.fit(area.name)
        shape.fill.solid()
        shape.fill.fore_color.rgb = RGBColor.from_string(area.colour)
        shape.line.color.rgb, shape.line.width = RGBColor(0xFF, 0xFF, 0xFF), Pt(0.75)
        shape.shadow.inherit = False
        _alt(shape, " ".join(part for part in (area.name, area.sign) if part))
        if len(drawn.areas) <= 30:
            _named(shape, f"{area.name}{area.sign}", area.ink)
    _alt(group, figure.alt)
    for number, key in enumerate(keys):
        top = TOP + Inches(0.1) + number * Inches(0.34)
        left = LEFT + int(width) + Inches(0.35)
        swatch = slide.shapes.add_shape(1, left, top, Inches(0.26), Inches(0.22))
        swatch.fill.solid()
        swatch.fill.fore_color.rgb = RGBColor.from_string(theme.colour(key.colour, "light").lstrip("#"))
        swatch.line.color.rgb = _GREY
        box = slide.shapes.add_textbox(
            left + Inches(0.32), top - Inches(0.07), WIDTH - left - Inches(0.9), Inches(0.34)
        )
        _say(box.text_frame, key.text, 12)


def _named(shape: Any, name: str, ink: str) -> None:
    frame = shape.text_frame
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    _say(frame, name, 8, colour=RGBColor.from_string(ink), align=PP_ALIGN.CENTER)
    frame.word_wrap, frame.vertical_anchor = False, MSO_ANCHOR.MIDDLE


# --- Tables -----------------------------------------------------------------------------------------------


def _table(slide: Any, table: Table, lang: str) -> None:
    """The first rows of a table, and how many there are."""
    rows = [row for row in table.rows if len(row) == len(table.columns)]
    shown, heads = rows[:MOST_ROWS], list(table.columns)[:MOST_COLUMNS]
    if not heads or not shown:
        return
    frame = slide.shapes.add_table(
        len(shown) + 1, len(heads), LEFT, TOP, ACROSS, Inches(0.32) * (len(shown) + 1)
    )
    _alt(frame, table.caption or " · ".join(c.label for c in heads))
    for at, column in enumerate(heads):
        unit = f" ({column.unit})" if column.unit else ""
        _in_cell(frame.table.cell(0, at), f"{column.label}{unit}", bold=True, number=column.number)
        for number, row in enumerate(shown, 1):
            _in_cell(frame.table.cell(number, at), str(row[at]), number=column.number)
    if len(rows) > len(shown) or len(table.columns) > len(heads):
        said = t("files.part", lang, rows=numbers.number(len(shown)), of=numbers.number(len(rows)))
        box = slide.shapes.add_textbox(LEFT, Inches(6.5), ACROSS, Inches(0.35))
        _say(box.text_frame, said, 10, colour=_GREY)


def _in_cell(cell: Any, text: str, *, bold: bool = False, number: bool = False) -> None:
    cell.margin_top = cell.margin_bottom = Inches(0.03)
    _say(cell.text_frame, text, 10.5, bold=bold, align=PP_ALIGN.RIGHT if number else PP_ALIGN.LEFT)
    cell.fill.solid()
    cell.fill.fore_color.rgb = RGBColor(0xEE, 0xF2, 0xF6) if bold else RGBColor(0xFF, 0xFF, 0xFF)
