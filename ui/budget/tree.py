"""The ledger as a tree: every stage in one row from the total to the district, and the same figures as files."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from data import ledger
from data.codes import CODES
from locales import numbers, t
from metrics import budget, registry
from ui import access, blocks, store, view
from ui.budget import clicks, files, source, won
from ui.budget.source import Scope

COLUMNS = ("plan_original", "plan_current", "appropriated", "current", "committed", "disbursed", "expenditure",
           "final_expenditure", "carry_out", "lapsed", "remaining")  # fmt: skip
PLANNED = ("plan_original", "plan_current")
LEFT = ("lapsed", "remaining")


def picked() -> str:
    """The chosen programme, '' for the whole."""
    return view.current("prog", ["", *source.read(ledger.programmes)["programme_id"]], "")


def picked_line() -> str:
    """The line type within the chosen programme that is asked for, '' for all its lines."""
    programme, _, line = st.query_params.get("line", "").partition(".")
    return line if programme and programme == picked() and line in CODES["line_type"] else ""


def pick(value: str) -> None:
    """Open 'programme:ID', one of its lines as 'programme:ID.LINE_TYPE', or the whole as 'total'."""
    programme, _, line = value.removeprefix("programme:").partition(".") if value != "total" else ("", "", "")
    view.put("prog", programme, "")
    view.put("line", f"{programme}.{line}" if line else "", "")
    view.put("doc", "", "")
    view.put("kind", "", "")
    st.session_state["budget_page"] = 0
    st.session_state["budget_focus"] = value


def node(scope: Scope) -> pd.Series:
    """The tree's row of the chosen programme, or its root."""
    wanted = f"programme:{picked()}" if picked() else "total"
    return scope.nodes[scope.nodes["node"] == wanted].iloc[0]


def name_of(node_key: str, lang: str) -> str:
    """A node in words."""
    if node_key == "total":
        return t("budget.total", lang)
    return source.names(lang).get(node_key, node_key)


def show(scope: Scope, lang: str) -> None:
    """The tree with its downloads."""
    unit = won.unit()
    st.html(f'<p class="ieum-source">{blocks.mark(scope.evidence, lang)} {blocks.esc(won.caption(unit, lang))} · '
            f"{blocks.esc(t('budget.tree_hint', lang))}</p>")  # fmt: skip
    chosen = picked()
    place = source.read(ledger.programmes).set_index("programme_id")
    opened = (f"strategy:{place.at[chosen, 'strategy_id']}",) if chosen else ()
    clicks.table(_html(scope.code, chosen, unit, lang, store.version(), store.url()), key="budget_tree", on_pick=pick,
                 opened=opened)  # fmt: skip
    blocks.note(t("budget.tree_stages", lang))
    with st.container(horizontal=True):
        for metric_id in ("execution_rate", "actual_execution_rate", "plan_progress"):
            blocks.how(
                registry.get(metric_id), lang, table="ledger_entry", label=registry.get(metric_id).short(lang)
            )
    files.downloads(
        lambda: rows(scope, unit, lang), unit=unit, name=f"ieum_budget_{scope.code}", scope=scope, lang=lang
    )


@st.cache_data(max_entries=128, show_spinner=False)
def _html(code: str, chosen: str, unit: str, lang: str, version: int, address: str) -> str:
    scope = source.scope(code)
    status, names = source.read(ledger.programmes).set_index("programme_id"), source.names(lang)
    # Only the plan's total is published: where its split is ours, the column says so.
    badge = (
        f'<br><span class="ieum-badge">{blocks.esc(t("budget.illustrative", lang))}</span>'
        if source.illustrative()
        else ""
    )
    heads = "".join(
        f'<th scope="col" class="num">{blocks.esc(t(f"budget.col_{name}", lang))}{badge if name in PLANNED else ""}</th>'
        for name in COLUMNS
    )
    rate, booked = blocks.esc(t("budget.col_rate", lang)), _booked_by_district(scope.nodes)
    parts = [f'<div class="ieum-scroll" tabindex="0" role="region" aria-label="{blocks.esc(t("budget.tree_title", lang))}">'
             f'<table class="ieum ieum-tree"><thead><tr><th scope="col">{blocks.esc(t("budget.col_node", lang))}</th>'
             f'<th scope="col" class="num">{rate}</th>{heads}</tr></thead><tbody>']  # fmt: skip
    for row in _ordered(scope.nodes, chosen).to_dict("records"):
        parts.append(_row(row, status, names, booked, chosen=chosen, unit=unit, lang=lang))
    return "".join((*parts, "</tbody></table></div>"))


def _ordered(nodes: pd.DataFrame, chosen: str) -> pd.DataFrame:
    """Depth first, as people read a tree; districts only of the chosen programme."""
    children = {
        key: list(rows) for key, rows in nodes[nodes["parent"] != ""].groupby("parent", sort=False)["node"]
    }
    order: list[str] = []

    def walk(key: str) -> None:
        order.append(key)
        if not key.startswith("programme:") or key == f"programme:{chosen}":
            for child in children.get(key, ()):
                walk(child)

    walk("total")
    return nodes.set_index("node").loc[order].reset_index()


def _booked_by_district(nodes: pd.DataFrame) -> set[tuple[str, str]]:
    """(programme node, column) of every stage that some district has an entry of; what is left follows 예산현액."""
    rows = nodes[(nodes["level"] == "district") & (nodes["key"] != "unknown")]
    stages = [name for name in COLUMNS if name not in LEFT]
    booked = rows.set_index("parent")[stages].ne(0).groupby("parent").any()
    found = {(str(node), name) for node in booked.index for name in stages if booked.at[node, name]}
    return found | {(node, name) for node, stage in found if stage == "current" for name in LEFT}


def _row(
    row: dict, status: pd.DataFrame, names: dict[str, str], booked: set[tuple[str, str]], *, chosen: str, unit: str,
    lang: str,
) -> str:  # fmt: skip
    level, key = row["level"], str(row["node"])
    strategy = status.loc[status.index == row["parent"].removeprefix("programme:"), "strategy_id"]
    label = blocks.esc(_label(row, names, lang))
    under, kind = "", level
    if level in ("total", "programme"):
        label = clicks.pick(blocks.esc(key), label)
    elif level == "strategy":
        label = clicks.toggle(blocks.esc(key), label)
    if level == "task":
        under = row["parent"]
    elif level == "programme":
        under = f"strategy:{status.at[row['key'], 'strategy_id']}"
        label += _state(status.loc[row["key"]], lang)
        kind += " chosen" if row["key"] == chosen else ""
    elif level == "district":
        under = f"strategy:{strategy.iloc[0]}"
    folded = f' data-under="{blocks.esc(under)}" hidden' if under else ""
    share = won.percent(row["expenditure"], row["current"])
    figures = [
        ("rate", won.NO_FIGURE if level == "district" and (row["parent"], "current") not in booked else share)
    ]
    figures += [(name, _figure(row, name, unit, booked)) for name in COLUMNS]
    cells = "".join(
        f'<td class="num{" nil" if said == won.NO_FIGURE or not row.get(name, 1) else ""}" '
        f'data-label="{blocks.esc(header(name, lang))}">{said}</td>'
        for name, said in figures
    )
    return f'<tr class="{kind}"{folded}><th scope="row">{label}</th>{cells}</tr>'


def _state(programme: pd.Series, lang: str) -> str:
    """The mark of a programme that no longer runs, in words."""
    if programme["status"] == "active":
        return ""
    said = t("budget.status_since", lang, status=t(f"budget.status_{programme['status']}", lang),
             day=numbers.day(programme["status_on"], lang))  # fmt: skip
    return f' <span class="ieum-badge real">{blocks.esc(said)}</span>'


def _label(row: dict, names: dict[str, str], lang: str) -> str:
    if row["level"] == "district":
        return access.district_names(lang).get(row["key"], t("budget.no_district", lang))
    return names.get(row["node"], t("budget.total", lang))


def _figure(row: dict, name: str, unit: str, booked: set[tuple[str, str]]) -> str:
    """A district's figure; a dash where the programme keeps that stage for the whole city."""
    citywide = (row["parent"], name) not in booked
    if row["level"] == "district" and citywide and (name in LEFT or row["key"] != "unknown"):
        return won.NO_FIGURE
    return won.say(row[name], unit)


def rows(scope: Scope, unit: str, lang: str) -> pd.DataFrame:
    """The tree for a file: every programme with its place, and each figure rounded as the screen rounds it."""
    place = source.read(ledger.programmes).set_index("programme_id")
    names = source.names(lang)
    heads = {name: header(name, lang) for name in COLUMNS}
    found = []
    shown = scope.nodes[scope.nodes["level"] != "district"]
    for row in _ordered(shown, "").to_dict("records"):
        entry = {
            t("budget.col_level", lang): t(f"budget.level_{row['level']}", lang),
            t("budget.col_node", lang): _label(row, names, lang),
            t("budget.col_status", lang): (
                t(f"budget.status_{place.at[row['key'], 'status']}", lang)
                if row["level"] == "programme"
                else ""
            ),
        }
        entry |= {head: won.rounded(int(row[name]), unit) for name, head in heads.items()}
        found.append(entry)
    return pd.DataFrame(found)


def header(name: str, lang: str) -> str:
    """A column's name in a file; a plan whose split is ours says so there too."""
    mark = f" [{t('budget.illustrative', lang)}]" if name in PLANNED and source.illustrative() else ""
    return t(f"budget.col_{name}", lang) + mark


def identities_html(scope: Scope, lang: str) -> str:
    """The two identities as checked on this load: sound, or what does not balance by how many won."""
    lines = [(not scope.tree_breaks, t("budget.identity_tree", lang, n=len(scope.nodes))),
             (not scope.breaks, t("budget.identity_movement", lang))]  # fmt: skip
    said = "".join(
        f'<li><span class="ieum-state {"better" if good else "worse"}">{"✓" if good else "✕"}</span> {blocks.esc(text)} '
        f"<strong>{blocks.esc(t('budget.identity_good' if good else 'budget.identity_bad', lang))}</strong></li>"
        for good, text in lines
    )
    broken = [_break_line(found, lang) for found in scope.breaks[:8]]
    broken += [t("budget.break_tree", lang, node=name_of(key, lang), column=t(f"budget.col_{column}", lang),
                 won=numbers.number(amount)) for key, column, amount in scope.tree_breaks[:8]]  # fmt: skip
    if scope.breaks and scope.mixed:
        broken.append(t("budget.identity_mixed", lang))
    more = "".join(f"<li>{blocks.esc(line)}</li>" for line in broken)
    return (
        f'<ul class="ieum-checks" aria-label="{blocks.esc(t("budget.identities", lang))}">{said}{more}</ul>'
    )


def _break_line(found: budget.Break, lang: str) -> str:
    what = name_of(f"programme:{found.key}", lang) if found.rule != "transfer_sides" else found.key
    return t(
        f"budget.break_{found.rule}",
        lang,
        year=found.fiscal_year,
        what=what,
        won=numbers.number(found.difference),
    )
