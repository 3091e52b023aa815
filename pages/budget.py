"""The plan's money: what needs a decision, the ledger as a tree down to the document, movements, pace, end, value, plan."""

import streamlit as st

from ui import blocks, shell, view
from ui.budget import decisions, ends, entries, flow, moves, pace, plans, source, tree, value, won
from ui.text import t

PARTS = {
    "moves": moves.show,
    "pace": pace.show,
    "end": ends.show,
    "value": value.show,
    "plan": plans.show,
    "flow": flow.show,
}


@st.fragment
@shell.calm
def body() -> None:
    lang = view.language()
    top = st.container()
    first, second, third = st.columns([2, 3, 3])
    with first:
        code = view.choose("fy", source.years(), label=t("budget.year", lang),
                           say=lambda c: t("budget.scope_plan", lang) if c == source.WHOLE else t("budget.scope_year", lang, year=c))  # fmt: skip
    scope = source.scope(code)
    with second:
        names = source.names(lang)
        view.choose("prog", ["", *(n.removeprefix("programme:") for n in names if n.startswith("programme:"))], default="",
                    label=t("budget.programme", lang), say=lambda c: names.get(f"programme:{c}", t("budget.total", lang)))  # fmt: skip
    with third:
        view.choose("unit", list(won.UNITS), label=t("budget.unit", lang), kind="segments",
                    say=lambda c: t(f"budget.unit_{c}", lang))  # fmt: skip
    with top:
        blocks.head(t("budget.title", lang), lang, synthetic=scope.evidence == "synthetic")
        blocks.lead(decisions.lead(scope, lang))
    decisions.show(scope, lang)
    st.html(plans.bar_html(lang))
    blocks.heading(t("budget.tree_title", lang))
    tree.show(scope, lang)
    st.html(tree.identities_html(scope, lang))
    entries.panel(scope, lang)
    part = view.choose(
        "part",
        list(PARTS),
        label=t("budget.part", lang),
        kind="segments",
        say=lambda c: t(f"budget.part_{c}", lang),
    )
    PARTS[part](scope, lang)


body()
