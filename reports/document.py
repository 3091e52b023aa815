"""A document of answers, which word processors (Hangul among them) open: sentences, tables, pictures of the charts, what limits them.

Headings are headings, tables are tables with a repeated head, and each page has its number: what an office copies into a report of its own.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor

from answers import links
from answers.answer import Answer, Figure, Table
from data import files
from locales import t
from reports import facts

FONT = "맑은 고딕"
ACROSS_MM = 170
# A wide table is read on a page that lies on its side; what is wider still belongs into a workbook.
UPRIGHT_COLUMNS = 8
_GREY = RGBColor(0x5A, 0x68, 0x75)
Picture = Callable[[Figure], bytes | None]


def of_answers(
    answers: Sequence[Answer], title: str, addresses: Sequence[str], made: str, picture: Picture | None = None
) -> bytes:
    """A document of one answer or several.

    Args:
        title: of the document. addresses: where each answer stands. made: for the properties. picture: a figure as PNG; where it
            gives none, the figure's table says it alone.
    """
    lang = answers[0].lang
    paper = Document()
    _set_up(paper, title, made, lang)
    paper.add_heading(files.fit(title), 0)
    for found, address in zip(answers, addresses, strict=True):
        if len(answers) > 1 or links.name(found) != title:
            paper.add_heading(files.fit(links.name(found)), 1)
        _answer(paper, found, address, picture)
    if (meant := facts.definitions(answers)) is not None:
        paper.add_heading(t("files.definitions", lang), 1)
        for name, definition, formula, caveat, owner in meant.rows:
            told = _paragraph(paper, "")
            _run(told, f"{name}. ", bold=True)
            _run(told, " · ".join(p for p in (definition, formula, caveat, owner) if p))
    out = io.BytesIO()
    paper.save(out)
    return out.getvalue()


def _set_up(paper: Any, title: str, made: str, lang: str) -> None:
    told = paper.core_properties
    told.title, told.author, told.language = files.fit(title), made, lang
    told.created = told.modified = datetime(2000, 1, 1)
    for name, size in (
        ("Normal", 10.5),
        ("Title", 20),
        ("Heading 1", 15),
        ("Heading 2", 12),
        ("Heading 3", 11),
    ):
        style = paper.styles[name]
        style.font.name, style.font.size = FONT, Pt(size)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for script in ("eastAsia", "hAnsi", "cs"):
            fonts.set(qn(f"w:{script}"), FONT)
        for old in [a for a in fonts.attrib if a.endswith("Theme")]:
            del fonts.attrib[old]
        if name != "Normal":
            style.font.color.rgb = RGBColor(0x1B, 0x27, 0x33)
    language = {"ko": ("ko-KR", "ko-KR"), "en": ("en-GB", "ko-KR")}[lang]
    normal = paper.styles["Normal"].element.get_or_add_rPr()
    for old in normal.findall(qn("w:lang")):
        normal.remove(old)
    normal.append(parse_xml(f'<w:lang {nsdecls("w")} w:val="{language[0]}" w:eastAsia="{language[1]}"/>'))
    section = paper.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(20)
    section.top_margin = section.bottom_margin = Mm(18)
    _numbered(section.footer.paragraphs[0])


def _numbered(paragraph: Any) -> None:
    """'2 / 5' at the foot of each page."""
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for code in ("PAGE", None, "NUMPAGES"):
        if code is None:
            _run(paragraph, " / ", size=9)
            continue
        paragraph._p.append(
            parse_xml(f'<w:fldSimple {nsdecls("w")} w:instr=" {code} "><w:r><w:t>1</w:t></w:r></w:fldSimple>')
        )


def _answer(paper: Any, found: Answer, address: str, picture: Picture | None) -> None:
    lang = found.lang
    for number, said in enumerate(facts.sentences(found)):
        _run(_paragraph(paper, ""), said, bold=number == 0, size=12 if number == 0 else None)
    _pairs(paper, facts.about(found, address))
    for sheet in facts.sheets(found):
        paper.add_heading(files.fit(sheet.title), 2)
        drawn = picture(sheet.figure) if picture is not None and sheet.figure is not None else None
        if drawn is not None and sheet.figure is not None:
            shape = paper.add_picture(io.BytesIO(drawn), width=Mm(ACROSS_MM))
            shape._inline.docPr.set("descr", files.fit(sheet.figure.alt))
        if sheet.said:
            _run(_paragraph(paper, ""), sheet.said, colour=_GREY, size=9)
        _table(paper, sheet.table)
        for note in sheet.table.footnotes:
            _run(_paragraph(paper, ""), note, colour=_GREY, size=9)
    if left := facts.remarks(found):
        paper.add_heading(t("files.remarks", lang), 2)
        for text in left:
            _run(paper.add_paragraph(style="List Bullet"), text, size=9.5)


def _paragraph(paper: Any, text: str) -> Any:
    paragraph = paper.add_paragraph(files.fit(text))
    paragraph.paragraph_format.space_after = Pt(4)
    return paragraph


def _run(
    paragraph: Any, text: str, *, bold: bool = False, size: float | None = None, colour: Any = None
) -> None:
    run = paragraph.add_run(files.fit(text))
    run.bold = bold or None
    if size is not None:
        run.font.size = Pt(size)
    if colour is not None:
        run.font.color.rgb = colour


def _pairs(paper: Any, told: Sequence[tuple[str, str]]) -> None:
    """Names and what is said of each, in a table without lines."""
    table = paper.add_table(rows=0, cols=2)
    table.autofit = False
    for name, text in told:
        cells = table.add_row().cells
        for cell, said, width, colour in zip(
            cells, (name, text), (24, ACROSS_MM - 24), (_GREY, None), strict=True
        ):
            cell.width = Mm(width)
            _run(cell.paragraphs[0], said, size=9, colour=colour)


def _table(paper: Any, given: Table) -> None:
    """A table with a head that every page repeats. Written as a whole: cell by cell a table of 75 rows takes seconds."""
    wide = len(given.columns)
    if not wide:
        return
    size = 9 if wide <= 6 else 8 if wide <= UPRIGHT_COLUMNS else 6.5
    heads = [f"{c.label} ({c.unit})" if c.unit else c.label for c in given.columns]
    numbers = [c.number for c in given.columns]
    rows = [_row(heads, numbers, size, head=True)]
    for row in given.rows:
        if len(row) == 1 < wide:
            rows.append(f"<w:tr>{_cell(str(row[0]), size, False, bold=True, across=wide)}</w:tr>")
        else:
            rows.append(_row([str(value) for value in row], numbers, size))
    edges = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="C5CED8"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    grid = "<w:gridCol/>" * wide
    told = (
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblW w:w="5000" w:type="pct"/><w:tblBorders>{edges}</w:tblBorders>'
        f"</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )
    # A paragraph behind it, else the next table would join this one.
    behind = paper.add_paragraph()
    behind._p.addprevious(parse_xml(told))


def _row(texts: Sequence[str], numbers: Sequence[bool], size: float, *, head: bool = False) -> str:
    cells = "".join(_cell(x, size, n, bold=head, head=head) for x, n in zip(texts, numbers, strict=True))
    return f"<w:tr><w:trPr><w:cantSplit/>{'<w:tblHeader/>' if head else ''}</w:trPr>{cells}</w:tr>"


def _cell(
    text: str, size: float, number: bool, *, bold: bool = False, head: bool = False, across: int = 1
) -> str:
    span = f'<w:gridSpan w:val="{across}"/>' if across > 1 else ""
    fill = '<w:shd w:val="clear" w:color="auto" w:fill="EEF2F6"/>' if head else ""
    side = '<w:jc w:val="right"/>' if number else ""
    look = f'{"<w:b/>" if bold else ""}<w:sz w:val="{size * 2:g}"/>'
    said = "<w:br/>".join(
        f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in files.fit(text).split("\n")
    )
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="0" w:type="auto"/>{span}{fill}</w:tcPr><w:p><w:pPr><w:spacing w:after="0"/>{side}</w:pPr>'
        f"<w:r><w:rPr>{look}</w:rPr>{said}</w:r></w:p></w:tc>"
    )
