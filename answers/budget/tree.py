"""The ledger as a tree: every stage in one row from the total to the district, and the same figures for files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from answers.answer import Cell, Check, Checks, Column, Download, Piece, Table
from answers.budget import source, won
from answers.budget.choices import COLUMN_SETS
from answers.budget.pieces import Rows, rows
from answers.budget.seen import Seen, seen
from answers.budget.source import Scope
from answers.kept import kept
from answers.reader import Reader
from locales import numbers, t
from metrics import budget

COLUMNS = (
    "plan_original",
    "plan_current",
    "appropriated",
    "current",
    "committed",
    "disbursed",
    "expenditure",
    "final_expenditure",
    "carry_out",
    "lapsed",
    "remaining",
)
PLANNED = ("plan_original", "plan_current")
LEFT = ("lapsed", "remaining")
Row = Mapping[Any, Any]


@dataclass(frozen=True, eq=False)
class Look:
    """What every row of the tree is made with.

    Attributes:
        districts: names by code. booked: (programme node, column) that some district has an entry of.
        ours: (node, column) of planned figures that hold an illustrative part.
    """

    seen: Seen
    programmes: dict[str, dict[str, Any]]
    districts: dict[str, str]
    booked: set[tuple[str, str]]
    ours: set[tuple[str, str]]


@kept
def shown(read: Reader, fy: str, prog: str, unit: str, lang: str, cols: str) -> Piece:
    """The tree as a screen shows it: one of the sets of columns, all of them for other faces."""
    names = ("node", "rate", *COLUMNS)
    return rows(ledger(read, fy, prog, unit, lang), [names.index(name) for name in COLUMN_SETS[cols]])


@kept
def ledger(read: Reader, fy: str, prog: str, unit: str, lang: str) -> Rows:
    """The tree as a table whose nodes unfold; districts of the chosen programme only."""
    return of(seen(read, fy, prog, unit, lang))


def of(found: Seen) -> Rows:
    """The tree of what is looked at."""
    programmes, nodes = source.programmes(found.read), found.scope.nodes
    look = Look(
        found, programmes, found.read.district_names(found.lang), booked_by_district(nodes), ours(found)
    )
    shown = ordered(nodes, found.prog).to_dict("records")
    columns = [
        Column(found.t("col_node")),
        Column(found.t("col_rate"), True),
        *(
            Column(found.t(f"col_{n}"), True, unit=split_mark(n, found), said=found.unit_name)
            for n in COLUMNS
        ),
    ]
    table = Table(
        columns,
        [_row(row, look) for row in shown],
        caption=found.t("tree_title"),
        classes=[
            row["level"] + (" chosen" if found.prog and row["node"] == f"programme:{found.prog}" else "")
            for row in shown
        ],
    )
    opened = (f"strategy:{programmes[found.prog]['strategy_id']}",) if found.prog else ()
    return Rows(
        "budget_tree", table, "ieum-tree", under=[_under(row, programmes) for row in shown], opened=opened
    )


def _splits(name: str, found: Seen) -> dict[str, str]:
    """On what a planned column rests, by programme."""
    return source.splits(found.read, source.ends(found.read)[PLANNED.index(name)], found.scope.years)


def ours(found: Seen) -> set[tuple[str, str]]:
    """(node, column) of planned figures that hold an illustrative part."""
    out: set[tuple[str, str]] = set()
    places = source.programmes(found.read)
    for name in PLANNED:
        for key in (key for key, split in _splits(name, found).items() if split == "illustrative"):
            above = (f"strategy:{places[key]['strategy_id']}", f"task:{places[key]['task_id']}")
            out |= {(node, name) for node in ("total", *above, f"programme:{key}", f"district:{key}/unknown")}
    return out


def split_mark(name: str, found: Seen) -> str:
    """What a column of the plan says of its split, of which only the total is published: all of it is ours, or some."""
    kinds = set(_splits(name, found).values()) if name in PLANNED else set()
    if "illustrative" not in kinds:
        return ""
    return found.t("illustrative" if kinds == {"illustrative"} else "illustrative_some")


def header(name: str, found: Seen) -> str:
    """A column's name away from its heading; a plan whose split is ours says so there too."""
    mark = split_mark(name, found)
    return found.t(f"col_{name}") + (f" [{mark}]" if mark else "")


def ordered(nodes: pd.DataFrame, chosen: str) -> pd.DataFrame:
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


def booked_by_district(nodes: pd.DataFrame) -> set[tuple[str, str]]:
    """(programme node, column) of every stage that some district has an entry of; what is left follows 예산현액."""
    rows = nodes[(nodes["level"] == "district") & (nodes["key"] != "unknown")]
    stages = [name for name in COLUMNS if name not in LEFT]
    booked = rows.set_index("parent")[stages].ne(0).groupby("parent").any()
    found = {(str(node), name) for node in booked.index for name in stages if booked.at[node, name]}
    return found | {(node, name) for node, stage in found if stage == "current" for name in LEFT}


def _row(row: Row, look: Look) -> list[Cell]:
    level, key = row["level"], str(row["node"])
    since = status_since(look.programmes[row["key"]], look.seen) if level == "programme" else ""
    pick = key if level in ("total", "strategy", "programme") else ""
    return [
        Cell(_label(row, look), pick=pick, more=since),
        *(cell(row, name, look) for name in ("rate", *COLUMNS)),
    ]


def _under(row: Row, programmes: dict[str, dict[str, Any]]) -> str:
    """The strategy that unfolds a row."""
    if row["level"] == "task":
        return str(row["parent"])
    if row["level"] in ("programme", "district"):
        programme = (
            row["key"] if row["level"] == "programme" else str(row["parent"]).removeprefix("programme:")
        )
        return f"strategy:{programmes[programme]['strategy_id']}"
    return ""


def cell(row: Row, name: str, look: Look) -> Cell:
    """A figure; where it is nothing a phone leaves it out ('nil'), and where it is ours in part it says so ('ours')."""
    if name == "rate":
        citywide = row["level"] == "district" and (row["parent"], "current") not in look.booked
        # Of a budget below nothing, as a partly recorded year may have it, there is no share.
        none = citywide or row["current"] <= 0
        said = won.NO_FIGURE if none else won.percent(row["expenditure"], row["current"])
    else:
        said = figure(row, name, look.seen.unit, look.booked)
    nil = said == won.NO_FIGURE or not row.get(name, 1)
    kind = " ".join(k for k, yes in (("nil", nil), ("ours", (row["node"], name) in look.ours)) if yes)
    return Cell(said, value=None if name == "rate" else int(row[name]), kind=kind)


def figure(row: Row, name: str, unit: str, booked: set[tuple[str, str]]) -> str:
    """A district's figure; a dash where the programme keeps that stage for the whole city."""
    citywide = (row["parent"], name) not in booked
    if row["level"] == "district" and citywide and (name in LEFT or row["key"] != "unknown"):
        return won.NO_FIGURE
    return won.say(row[name], unit)


def status_since(programme: Mapping[str, Any], found: Seen) -> str:
    """The mark of a programme that no longer runs, in words."""
    if programme["status"] == "active":
        return ""
    day = numbers.day(programme["status_on"], found.lang)
    return found.t("status_since", status=found.t(f"status_{programme['status']}"), day=day)


def _label(row: Row, look: Look) -> str:
    if row["level"] == "district":
        return look.districts.get(row["key"], look.seen.t("no_district"))
    return look.seen.names.get(row["node"], look.seen.t("total"))


# --- Files --------------------------------------------------------------------------------------------------


def file_table(found: Seen) -> Table:
    """The tree for a file: every programme with its place, and each figure rounded as the screen rounds it."""
    splits, places = _splits("plan_current", found), source.programmes(found.read)
    shown = found.scope.nodes[found.scope.nodes["level"] != "district"]
    heads = [found.t(key) for key in ("col_level", "col_node", "col_status", "version_split")]
    lines = []
    for row in ordered(shown, "").to_dict("records"):
        own = row["level"] == "programme"
        lines.append(
            [
                found.t(f"level_{row['level']}"),
                found.names.get(row["node"], found.t("total")),
                found.t(f"status_{places[row['key']]['status']}") if own else "",
                found.t(f"split_{splits[row['key']]}") if own and row["key"] in splits else "",
                *(won.rounded(int(row[name]), found.unit) for name in COLUMNS),
            ]
        )
    columns = [
        *(Column(h) for h in heads),
        *(Column(header(name, found), True, said=found.unit_name) for name in COLUMNS),
    ]
    return Table(columns, lines, caption=found.t("title"))


def file_head(scope: Scope, unit: str, read: Reader, lang: str) -> tuple[str, ...]:
    """What a file says above its table: title, years and day, the unit as offices write it, and evidence."""
    years = t("budget.scope_plan", lang) if scope.whole else t("budget.scope_year", lang, year=scope.code)
    day = t("app.as_of", lang, day=numbers.day(read.end("ledger_entry"), lang))
    return (
        f"{t('budget.title', lang)} · {years} · {day}",
        won.caption(unit, lang),
        t(f"evidence.{scope.evidence}", lang),
    )


def downloads(found: Seen) -> tuple[Download, Download]:
    """The tree as CSV and XLSX, in the unit of the screen."""
    table, name = file_table(found), f"ieum_budget_{found.scope.code}_{found.unit}"
    head = file_head(found.scope, found.unit, found.read, found.lang)
    return (
        Download(name, table, found.t("download_csv"), "csv", head),
        Download(name, table, found.t("download_xlsx"), "xlsx", head),
    )


# --- Identities ---------------------------------------------------------------------------------------------


def identities(found: Seen) -> Checks:
    """The two identities as checked on this state: sound, or what does not balance by how many won."""
    scope = found.scope
    lines = (
        (not scope.tree_breaks, found.t("identity_tree", n=len(scope.nodes))),
        (not scope.breaks, found.t("identity_movement")),
    )
    checks = [
        Check(
            text,
            verdict=found.t("identity_good" if good else "identity_bad"),
            tone="better" if good else "worse",
        )
        for good, text in lines
    ]
    broken = [_break_line(one, found) for one in scope.breaks[:8]]
    broken += [
        found.t(
            "break_tree", node=found.name_of(key), column=found.t(f"col_{column}"), won=numbers.number(amount)
        )
        for key, column, amount in scope.tree_breaks[:8]
    ]
    return Checks([*checks, *map(Check, broken)], found.t("identities"))


def _break_line(one: budget.Break, found: Seen) -> str:
    what = found.name_of(f"programme:{one.key}") if one.rule != "transfer_sides" else one.key
    return found.t(f"break_{one.rule}", year=one.fiscal_year, what=what, won=numbers.number(one.difference))
