"""Pieces of a page: head, sentence, card, legend, table with its CSV, and how a figure is computed."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from charts import theme
from data.sources import sources
from locales import numbers, t
from metrics.spec import Metric
from ui import access, store, view

_PAGE = st.components.v2.component(
    "ieum_page",
    html="<span></span>",
    # Streamlit's page says lang="en" whatever it shows; a screen reader would read Korean with English sounds.
    # On paper a chart keeps its pixels and is cut at the margin: with a viewBox it scales to the sheet (ieum.css).
    js="""export default ({ data }) => {
        document.documentElement.lang = data.lang;
        if (window.ieumPrints) return;
        window.ieumPrints = true;
        window.addEventListener('beforeprint', () => {
            document.querySelectorAll('.js-plotly-plot .svg-container').forEach((box) => {
                const sheet = box.querySelector('svg.main-svg');
                const [w, h] = [sheet.getAttribute('width'), sheet.getAttribute('height')].map(parseFloat);
                box.style.aspectRatio = `${w} / ${h}`;
                box.querySelectorAll('svg.main-svg').forEach((svg) => svg.setAttribute('viewBox', `0 0 ${w} ${h}`));
            });
        });
        window.addEventListener('afterprint', () => {
            document.querySelectorAll('.js-plotly-plot .svg-container').forEach((box) => {
                box.style.aspectRatio = '';
                box.querySelectorAll('svg.main-svg').forEach((svg) => svg.removeAttribute('viewBox'));
            });
        });
    };""",
)


def style(lang: str) -> None:
    """Our style sheet, the page's language, and the skip link."""
    inks = " ".join(f"--{name}: {colour(f'@{name}')};" for name in ("accent", "better", "worse", "steady"))
    dark = f":root {{ {inks} --hair: rgba(165,178,191,.32); }}"
    # Streamlit's upload box speaks English only: its words are replaced, not its element.
    box = ""
    for part, key in (
        ("'] button[kind=secondary]", "app.upload_button"),
        ("Instructions']", "app.upload_hint"),
    ):
        place = f"[data-testid='stFileUploaderDropzone{part}"
        box += f"{place}, {place} * {{font-size: 0}} {place}::after {{content: '{t(key, lang)}'; font-size: .95rem}} "
    # By URL: the browser fetches the sheet once, and a rerun carries 40 bytes of it instead of 7 kB.
    st.html(
        f"<style>@import url('{store.static_url('ieum.css')}'); {dark if view.dark() else ''} {box}</style>"
    )
    _PAGE(data={"lang": lang}, key="page")


def upload_hint(key: str, text: str) -> None:
    """The words beneath one upload box, where `style` has put those of the data files."""
    st.html(
        f"<style>.st-key-{key} [data-testid='stFileUploaderDropzoneInstructions']::after {{content: '{text}'}}</style>"
    )


def plain(text: object) -> str:
    """Text of a file for a message that Streamlit reads as Markdown: every sign of Markdown is made plain."""
    return re.sub(r"([\\`*_{}\[\]()#+.!$~:<>|-])", r"\\\1", str(text))


def esc(text: object) -> str:
    """Text made safe for our HTML pieces."""
    return html.escape(str(text), quote=True)


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


def evidence_of(frame: pd.DataFrame, *, default: str = "recorded") -> str:
    """What a frame as a whole rests on: one synthetic row makes all of it synthetic."""
    kinds = set(frame["evidence"])
    return "synthetic" if "synthetic" in kinds else min(kinds, default=default)


def mark(evidence: str, lang: str) -> str:
    """The evidence as a badge: dashed for synthetic, solid for the rest, so that it reads without colour."""
    kind = "" if evidence == "synthetic" else " real"
    return f'<span class="ieum-badge{kind}">{esc(t(f"evidence.{evidence}", lang))}</span>'


def card(
    *, title: str, figure: str, say: str, detail: str, state: str, state_kind: str, age: str, spark: str, evidence: str,
    lang: str,
) -> str:  # fmt: skip
    """One card as HTML: figure, sentence, state in words and shape, data age, evidence."""
    kind = "synthetic" if evidence == "synthetic" else "real"
    return (
        f'<section class="ieum-card {kind}"><h3>{esc(title)} {mark(evidence, lang)}</h3>'
        f'<div class="figure">{esc(figure)}</div><div class="say">{esc(say)}</div>'
        f'<div class="detail">{esc(detail)}</div><div class="foot"><div><div class="ieum-state {state_kind}">{esc(state)}</div>'
        f'<div class="age">{esc(age)}</div></div>{spark}</div></section>'
    )


def cards(pieces: Iterable[str]) -> None:
    """Cards in a grid that folds to one column on a phone."""
    st.html(f'<div class="ieum-cards">{"".join(pieces)}</div>')


def chart(figure: dict[str, Any], *, key: str | None, alt: str, **more: Any) -> None:
    """A figure in the reader's theme, with what a screen reader says of it; `more` as for `st.plotly_chart`."""
    st.plotly_chart(
        theme.applied(figure, _palette()), theme=None, config=theme.CONFIG, key=key, alt=alt, **more
    )


def colour(role: str) -> str:
    """A role's colour in the reader's theme, for HTML; other CSS stays as it is."""
    return theme.colour(role, _palette())


def _palette() -> str:
    return "dark" if view.dark() else "light"


def source_line(
    metric: Metric, evidence: str, lang: str, *, period: str, boundary: str = "", modelled: bool = False
) -> None:
    """Period, source, boundaries and evidence beneath a chart; a modelled figure carries that mark as well."""
    entry = sources()[metric.source_id]
    marks = mark(evidence, lang) + (
        f" {mark('modelled', lang)}" if modelled and evidence != "modelled" else ""
    )
    more = f" · {esc(boundary)}" if boundary else ""
    st.html(
        f'<p class="ieum-source">{marks} {esc(period)} · {esc(t("how.source", lang))}: '
        f"{esc(entry[f'title_{lang}'])}{more}</p>"
    )


def how(
    metric: Metric,
    lang: str,
    *,
    period: str = "",
    table: str | None = None,
    method: str = "direct",
    label: str = "",
) -> None:
    """'How is this computed?' (of `label`, where several stand together): formula, what is counted, interval, source, freshness, target, caveat."""
    entry = sources()[metric.source_id]
    fresh = access.freshness(table) if table else None
    target = metric.target
    rows = [
        ("how.formula", metric.formula(lang)),
        ("how.counted", metric.counted(lang)),
        ("how.interval", _interval_words(metric, method, lang)),
        ("how.method", "" if method == "direct" else t(f"how.method_{method}", lang)),
        ("how.direction", t(f"how.{metric.better}", lang)),
        ("how.period", period),
        ("how.source", entry[f"title_{lang}"]),
        ("how.fresh", numbers.day(fresh["recorded_at"], lang) if fresh else ""),
        ("how.owner", metric.owner(lang)),
        (
            "how.target",
            target.basis(lang)
            if target
            else metric.no_target_reason(lang)
            if metric.no_target_reason
            else "",
        ),
        ("how.caveat", metric.caveat(lang)),
    ]
    with st.popover(f"{label}: {t('how.label', lang)}" if label else t("how.label", lang)):
        st.markdown(f"**{metric.name(lang)}**: {metric.definition(lang)}")
        lines = "".join(f"<tr><th>{esc(t(k, lang))}</th><td>{esc(v)}</td></tr>" for k, v in rows if v)
        st.html(f'<table class="ieum">{lines}</table>')
        if metric.disclosure == "person":
            note(t("how.release", lang))


def how_text(title: str, text: str, lang: str) -> None:
    """'How is this computed?' of a view that is not one measure."""
    with st.popover(t("how.label", lang)):
        st.markdown(f"**{title}**\n\n{text}")


def _interval_words(metric: Metric, method: str, lang: str) -> str:
    if method != "direct":
        return t(f"how.interval_{method}", lang)
    return metric.interval_reason(lang) if metric.interval_reason else t(f"how.{metric.interval}", lang)


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
    columns = [t(f"about.published_col_{c}", lang) for c in ("fact", "value", "period", "source")]
    rows = []
    for fact in facts.astype(object).where(facts.notna(), None).to_dict("records"):
        name = fact["name_ko"] if lang == "ko" else fact["indicator"]
        conflict = f" ({t('about.conflict', lang)})" if fact.get("conflict_with") else ""
        link = f'<a href="{esc(fact["source_url"])}" rel="noopener">{esc(fact["source_title"])}</a>'
        unit, breakdown = (
            (fact["unit_ko"], fact["breakdown_ko"]) if lang == "ko" else (fact["unit"], fact["breakdown"])
        )
        value, unit = published_value(fact["value"], str(unit or ""), lang)
        part = f" · {breakdown}" if breakdown else ""
        rows.append(f"<tr><td>{esc(name)}{esc(part)}</td><td class=num{_label(columns[1])}>{esc(value)} {esc(unit)}{esc(conflict)}</td>"
                    f"<td{_label(columns[2])}>{esc((fact['period'] or '').replace('/', ' – '))}</td><td{_label(columns[3])}>{link}</td></tr>")  # fmt: skip
    heads = "".join(f'<th scope="col">{esc(name)}</th>' for name in columns)
    st.html(
        f'<div class="ieum-scroll" tabindex="0"><table class="ieum stacked"><thead><tr>{heads}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'
    )


def published_value(value: str, unit: str, lang: str) -> tuple[str, str]:
    """A published value as printed, money in 억; the unit is empty when the value carries it."""
    try:
        amount = float(value)
    except ValueError:
        return value, "" if unit in ("text", "date", "month", "글", "일자", "월") else unit
    if unit in ("KRW", "원"):
        return numbers.won(amount, lang), ""
    if unit in ("year", "연도"):
        return value, ""
    return numbers.number(amount, 2).rstrip("0").rstrip("."), unit
