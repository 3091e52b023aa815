"""Tables of the about page: metric definitions, sources, published figures."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from data.sources import sources
from locales import t
from metrics.spec import Metric
from ui import access, blocks


def metric_table(metrics: Iterable[Metric], lang: str) -> None:
    """One row per metric: name, definition, formula, caveat, owner."""
    heads = [(t(f"about.col_{c}", lang), False) for c in ("name", "definition", "formula")]
    heads += [(t("how.caveat", lang), False), (t("about.col_owner", lang), False)]
    blocks.table(
        heads,
        ((m.name(lang), m.definition(lang), m.formula(lang), m.caveat(lang), m.owner(lang)) for m in metrics),
    )


def source_table(lang: str) -> None:
    """One row per source with a link where a public page exists."""
    rows = []
    for entry in sources().values():
        title = blocks.esc(entry[f"title_{lang}"])
        linked = (
            f'<a href="{blocks.esc(entry["url"])}" rel="noopener">{title}</a>' if entry.get("url") else title
        )
        cells = (
            linked,
            *(blocks.esc(entry.get(k, "")) for k in (f"publisher_{lang}", f"licence_{lang}", f"note_{lang}")),
        )
        rows.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
    st.html(
        f'<div class="ieum-scroll" tabindex="0"><table class="ieum"><tbody>{"".join(rows)}</tbody></table></div>'
    )


def topics() -> list[str]:
    """Topics of the published figures."""
    return sorted(access.published_facts()["topic"].unique())


def topic_name(topic: str, lang: str) -> str:
    """A topic's name."""
    return t(f"topic.{topic.replace(' ', '_')}", lang)


def published_of(topic: str, lang: str) -> None:
    """Published figures of one topic."""
    blocks.published_table(access.published_facts(topic), lang)
