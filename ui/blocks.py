"""Pieces of a page for re-isolation, which does not yet ask answers."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from answers.answer import Answer
from answers.facts import published_table as facts_table
from charts import theme
from locales import numbers, t
from ui import draw, store, view
from ui.draw import esc, mark

__all__ = [
    "chart",
    "csv_bytes",
    "download",
    "esc",
    "head",
    "heading",
    "how_text",
    "lead",
    "mark",
    "note",
    "plain",
    "published_table",
    "table",
]


def head(title: str, lang: str, *, synthetic: bool) -> None:
    """The page's title, the day it speaks for, and the synthetic mark where it applies."""
    badge = f'<span class="ieum-badge">{esc(t("app.synthetic_badge", lang))}</span>' if synthetic else ""
    day = t("app.as_of", lang, day=numbers.day(store.as_of(), lang))
    st.html(
        f'<div class="ieum-head"><h1>{esc(title)}</h1><span class="ieum-meta">{esc(day)}</span>{badge}</div>'
    )


def heading(text: str, *, level: int = 2) -> None:
    """A section's heading in our own size and spacing."""
    st.html(f'<h{level} class="ieum-h{level}">{esc(text)}</h{level}>')


def note(text: str) -> None:
    """A quiet remark; Streamlit's own caption is too pale to read (contrast under 4.5)."""
    st.html(f'<p class="ieum-source">{esc(text)}</p>')


def lead(text: str, more: str = "") -> None:
    """The answer in a sentence, above the chart; `more` says how sure it is, in a quieter voice."""
    quiet = f' <span class="ieum-sure">{esc(more)}</span>' if more else ""
    st.html(f'<p class="ieum-lead">{esc(text)}{quiet}</p>')


def chart(figure: dict[str, Any], *, key: str | None, alt: str, **more: Any) -> None:
    """A figure in the reader's theme, with what a screen reader says of it; `more` as for `st.plotly_chart`."""
    st.plotly_chart(
        theme.applied(figure, view.palette()), theme=None, config=theme.CONFIG, key=key, alt=alt, **more
    )


def how_text(title: str, text: str, lang: str) -> None:
    """'How is this computed?' of a view that is not one measure."""
    with st.popover(t("how.label", lang)):
        st.markdown(f"**{title}**\n\n{text}")


def table(
    headers: Sequence[tuple[str, bool]], rows: Iterable[Sequence[object]], *, classes: Sequence[str] = (),
    stacked: bool = False,
) -> None:  # fmt: skip
    """An HTML table that screen readers and printers can use; (header, is-number) pairs.

    `stacked` turns each row into a small list on a phone, its headers beside the figures.
    """
    top = "".join(f'<th scope="col"{" class=num" if num else ""}>{esc(name)}</th>' for name, num in headers)
    body = []
    kind = " stacked" if stacked else ""
    for number, row in enumerate(rows):
        own = f' class="{classes[number]}"' if classes else ""
        cells = "".join(
            f"<td{' class=num' if num else ''}{_label(name) if stacked else ''}>{esc(v)}</td>"
            for v, (name, num) in zip(row, headers, strict=True)
        )
        body.append(f"<tr{own}>{cells}</tr>")
    st.html(
        f'<div class="ieum-scroll" tabindex="0"><table class="ieum{kind}"><thead><tr>{top}</tr></thead><tbody>{"".join(body)}</tbody></table></div>'
    )


def _label(name: str) -> str:
    return f' data-label="{esc(name)}"'


_NUMBER = re.compile(r"[+-]?[\d,]*\.?\d+%?$")  # what Excel reads as a number is no formula


def csv_bytes(rows: pd.DataFrame) -> bytes:
    """UTF-8 with a byte-order mark, so that Excel opens Korean; a cell that looks like a formula is made text."""
    safe = rows.map(
        lambda v: (
            f"'{v}"
            if isinstance(v, str) and v[:1] in ("=", "+", "-", "@", "\t", "\r") and not _NUMBER.match(v)
            else v
        )
    )
    out = io.StringIO()
    safe.to_csv(out, index=False)
    return out.getvalue().encode("utf-8-sig")


def download(rows: Callable[[], pd.DataFrame], *, name: str, lang: str) -> None:
    """The CSV of exactly what is shown; made only when asked for."""
    st.download_button(t("map.download", lang), data=lambda: csv_bytes(rows()), file_name=name, mime="text/csv",
                       on_click="ignore", icon=":material/download:")  # fmt: skip


def published_table(facts: pd.DataFrame, lang: str) -> None:
    """Published figures with period and a link to the source, conflicts named."""
    st.html(draw.written([facts_table(facts, lang)], Answer("", lang=lang)))


plain = draw.plain
