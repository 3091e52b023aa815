"""Where 예산현액 comes from and where it ended: source, strategy, programme, outturn; drawn only where flows conserve."""

from __future__ import annotations

import streamlit as st

from charts.flow import Link, conserved, sankey
from data import ledger
from locales import t
from metrics import budget, funding
from ui import blocks, store
from ui.budget import decisions, source, won
from ui.budget.source import Scope


def show(scope: Scope, lang: str) -> None:
    """The diagram, or the nodes at which it does not add up."""
    links = flows(scope)
    unit = won.unit()
    if not links:
        blocks.note(t("budget.no_year", lang))
        return
    uneven = conserved(links)
    if uneven:
        names = {**source.names(lang), **_fixed(lang)}
        blocks.note(t("budget.flow_uneven", lang, names=", ".join(names.get(node, node) for node in uneven)))
        return
    current = sum(won_ for origin, _, won_ in links if origin.startswith("fund:"))
    blocks.lead(t("budget.flow_lead", lang, scope=decisions.scope_words(scope, lang), current=won.whole(current, unit, lang)))  # fmt: skip
    with st.container(key="budget_flow"):
        drawn = [Link(a, b, won_ / 1e8, won.say(won_, unit)) for a, b, won_ in links if won_]
        figure = sankey(drawn, _labels(links, unit, lang), unit=t(f"budget.unit_{unit}", lang))
        blocks.chart(figure, key="budget_sankey", alt=t("budget.flow_alt", lang))
    st.html(_list_html(links, unit, lang))
    blocks.note(f"{won.caption(unit, lang)} · {t('budget.flow_note', lang)}")


def flows(scope: Scope) -> list[tuple[str, str, int]]:
    """(from, to, won) over source, strategy, programme and end."""
    return _flows(scope.code, store.version(), store.url())


@st.cache_resource(max_entries=16, show_spinner=False)
def _flows(code: str, version: int, address: str) -> list[tuple[str, str, int]]:
    scope = source.scope(code)
    place = source.read(ledger.programmes).set_index("programme_id")["strategy_id"]
    return funding.flows(scope.cells, place, closed_before=scope.closed_before)


def _fixed(lang: str) -> dict[str, str]:
    fixed = {f"fund:{f}": t(f"budget.funding_{f}", lang) for f in ("national", "city", "district")}
    return fixed | {f"end:{name}": t(f"budget.col_{name}", lang) for name in budget.CLOSING}


def _labels(links: list[tuple[str, str, int]], unit: str, lang: str) -> dict[str, str]:
    names = {**source.names(lang), **_fixed(lang)}
    size: dict[str, int] = {}
    for a, b, v in links:
        size[b] = size.get(b, 0) + v
        if a.startswith("fund:"):
            size[a] = size.get(a, 0) + v
    return {node: f"{names.get(node, node)} {won.say(v, unit)}" for node, v in size.items()}


def _list_html(links: list[tuple[str, str, int]], unit: str, lang: str) -> str:
    """The same flows as a list, which the style sheet shows instead of the diagram where a phone is too narrow for it."""
    names = {**source.names(lang), **_fixed(lang)}
    into: dict[str, int] = {}
    given: dict[str, list[tuple[str, int]]] = {}
    for a, b, amount in links:
        into[b] = into.get(b, 0) + amount
        given.setdefault(a, []).append((b, amount))
    whole = sum(amount for a, _, amount in links if a.startswith("fund:"))

    def bar(node: str, amount: int, under: str = "") -> str:
        return (f'<li><span class="name">{blocks.esc(names.get(node, node))}</span> <b>{won.say(amount, unit)}</b>'
                f'<i style="width:{100 * amount / whole:.1f}%"></i>{under}</li>')  # fmt: skip

    def ends(programme: str) -> str:
        parts = (f"{names[end]} {won.say(amount, unit)}" for end, amount in given.get(programme, []))
        return f"<small>{blocks.esc(' · '.join(parts))}</small>"

    def listed(title: str, rows: list[str]) -> str:
        return f"<p>{blocks.esc(t(f'budget.flow_{title}', lang))}</p><ul>{''.join(rows)}</ul>"

    funds = [bar(node, sum(v for _, v in given[node])) for node in given if node.startswith("fund:")]
    strategies = []
    for node in (n for n in given if n.startswith("strategy:")):
        inner = "".join(bar(p, v, ends(p)) for p, v in sorted(given[node], key=lambda pair: -pair[1]))
        strategies.append(bar(node, into[node], f"<ul>{inner}</ul>"))
    last = [bar(node, into[node]) for node in (f"end:{name}" for name in budget.CLOSING) if node in into]
    body = listed("from", funds) + listed("through", strategies) + listed("to", last)
    return f'<div class="ieum-flowlist">{body}</div>'
