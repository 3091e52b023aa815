"""The ledger as a tree: every stage in one row from the total to the district, and the same figures as files."""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True)
class _Look:
    """What every row of the tree is drawn with.

    Attributes:
        programmes: by id; names: by node; labels: a column's escaped name.
        booked: (programme node, column) that some district has an entry of.
        ours: (node, column) of planned figures that hold an illustrative part.
    """

    programmes: pd.DataFrame
    names: dict[str, str]
    labels: dict[str, str]
    booked: set[tuple[str, str]]
    ours: set[tuple[str, str]]
    chosen: str
    unit: str
    lang: str


@st.cache_data(max_entries=128, show_spinner=False)
def _html(code: str, chosen: str, unit: str, lang: str, version: int, address: str) -> str:
    scope = source.scope(code)
    programmes = source.read(ledger.programmes).set_index("programme_id")
    labels = {name: blocks.esc(header(name, scope, lang)) for name in ("rate", *COLUMNS)}
    booked, ours = _booked_by_district(scope.nodes), _ours(scope, programmes)
    look = _Look(programmes, source.names(lang), labels, booked, ours, chosen, unit, lang)
    heads = "".join(
        f'<th scope="col" class="num">{blocks.esc(t(f"budget.col_{name}", lang))}{_badge(name, scope, lang)}</th>'
        for name in ("rate", *COLUMNS)
    )
    parts = [f'<div class="ieum-scroll" tabindex="0" role="region" aria-label="{blocks.esc(t("budget.tree_title", lang))}">'
             f'<table class="ieum ieum-tree"><thead><tr><th scope="col">{blocks.esc(t("budget.col_node", lang))}</th>'
             f'{heads}</tr></thead><tbody>']  # fmt: skip
    parts += [_row(row, look) for row in _ordered(scope.nodes, chosen).to_dict("records")]
    return "".join((*parts, "</tbody></table></div>"))


def _splits(name: str, scope: Scope) -> dict[str, str]:
    """On what a planned column rests, by programme."""
    return source.splits(source.ends()[PLANNED.index(name)], scope.years)


def _ours(scope: Scope, programmes: pd.DataFrame) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for name in PLANNED:
        for key in (key for key, split in _splits(name, scope).items() if split == "illustrative"):
            above = (f"strategy:{programmes.at[key, 'strategy_id']}", f"task:{programmes.at[key, 'task_id']}")
            nodes = ("total", *above, f"programme:{key}", f"district:{key}/unknown")
            found |= {(node, name) for node in nodes}
    return found


def _split_mark(name: str, scope: Scope, lang: str) -> str:
    """What a column of the plan says of its split, of which only the total is published: all of it is ours, or some."""
    found = set(_splits(name, scope).values()) if name in PLANNED else set()
    if "illustrative" not in found:
        return ""
    return t("budget.illustrative" if found == {"illustrative"} else "budget.illustrative_some", lang)


def _badge(name: str, scope: Scope, lang: str) -> str:
    mark = _split_mark(name, scope, lang)
    return f'<br><span class="ieum-badge">{blocks.esc(mark)}</span>' if mark else ""


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


def _row(row: dict, look: _Look) -> str:
    level, key = row["level"], str(row["node"])
    label = blocks.esc(_label(row, look.names, look.lang))
    under, kind = "", level
    if level in ("total", "programme"):
        label = clicks.pick(blocks.esc(key), label)
    elif level == "strategy":
        label = clicks.toggle(blocks.esc(key), label)
    if level == "task":
        under = row["parent"]
    elif level == "programme":
        under = f"strategy:{look.programmes.at[row['key'], 'strategy_id']}"
        label += _state(look.programmes.loc[row["key"]], look.lang)
        kind += " chosen" if row["key"] == look.chosen else ""
    elif level == "district":
        under = f"strategy:{look.programmes.at[row['parent'].removeprefix('programme:'), 'strategy_id']}"
    folded = f' data-under="{blocks.esc(under)}" hidden' if under else ""
    cells = "".join(_cell(row, name, look) for name in ("rate", *COLUMNS))
    return f'<tr class="{kind}"{folded}><th scope="row">{label}</th>{cells}</tr>'


def _cell(row: dict, name: str, look: _Look) -> str:
    """A figure; where it is nothing a phone leaves it out."""
    if name == "rate":
        citywide = row["level"] == "district" and (row["parent"], "current") not in look.booked
        # Of a budget below nothing, as a partly recorded year may have it, there is no share.
        none = citywide or row["current"] <= 0
        said = won.NO_FIGURE if none else won.percent(row["expenditure"], row["current"])
    else:
        said = _figure(row, name, look.unit, look.booked)
    nil = " nil" if said == won.NO_FIGURE or not row.get(name, 1) else ""
    ours = " ours" if (row["node"], name) in look.ours else ""
    return f'<td class="num{nil}{ours}" data-label="{look.labels[name]}">{said}</td>'


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
    heads, splits = {name: header(name, scope, lang) for name in COLUMNS}, _splits("plan_current", scope)
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
            t("budget.version_split", lang): (
                t(f"budget.split_{splits[row['key']]}", lang)
                if row["level"] == "programme" and row["key"] in splits
                else ""
            ),
        }
        entry |= {head: won.rounded(int(row[name]), unit) for name, head in heads.items()}
        found.append(entry)
    return pd.DataFrame(found)


def header(name: str, scope: Scope, lang: str) -> str:
    """A column's name away from its heading; a plan whose split is ours says so there too."""
    mark = _split_mark(name, scope, lang)
    return t(f"budget.col_{name}", lang) + (f" [{mark}]" if mark else "")


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
