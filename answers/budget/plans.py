"""The plan itself: its published total always told whole, its versions, and what became of stopped programmes."""

from __future__ import annotations

from answers import words
from answers.answer import Bar, Block, Cell, Column, Heading, Note, Table
from answers.budget import source, stopped
from answers.budget.seen import Seen
from answers.facts import published_table
from answers.reader import Reader
from data import ledger
from locales import numbers, t
from metrics import budget

PUBLISHED = ("F050", "F054", "F055", "F061", "F062", "F063")


def parts(read: Reader) -> dict[str, int]:
    """`metrics.budget.plan_parts` of the newest version."""
    return budget.plan_parts(source.plan(read, source.ends(read)[1]))


def recorded(read: Reader) -> dict[str, int]:
    """The published total by what the ledger says of it: spent, still to be spent, lapsed, and not budgeted yet. They sum to it."""
    total = source.scope(read, source.WHOLE).total
    open_ = int(total["remaining"]) + int(total["carry_out"])
    found = {"spent": int(total["expenditure"]), "open": open_, "lapsed": int(total["lapsed"])}
    return {**found, "ahead": budget.PLAN_TOTAL_KRW - sum(found.values())}


def bar(seen: Seen) -> list[Block]:
    """451.3 billion won as one bar: the total is published, what is spent and budgeted is recorded, the rest nobody has told."""
    found = recorded(seen.read)
    title = seen.t("plan_total", won=seen.whole(budget.PLAN_TOTAL_KRW))
    head = [Cell(title, mark="published")]
    facts = seen.read.facts("budget").set_index("fact_id")
    if "F050" in facts.index:
        row = facts.loc["F050"]
        head.append(Cell(str(row["source_title"]), href=str(row["source_url"])))
    whole = sum(max(amount, 0) for amount in found.values()) or 1
    shares = [
        (seen.t(f"plan_{name}"), 100 * max(amount, 0) / whole, name, seen.whole(amount))
        for name, amount in found.items()
        if amount or name in ("spent", "ahead")
    ]
    over = found["ahead"] < 0 or parts(seen.read)["unallocated"] < 0
    return [Bar(shares, title, head=head, keyed=True), *([Note(seen.t("plan_over"))] if over else [])]


def blocks(seen: Seen) -> list[Block]:
    """Versions, variances against both, stopped programmes, published fragments."""
    facts = seen.read.facts("budget")
    return [
        Heading(seen.t("versions_title")),
        *_versions(seen),
        *stopped.blocks(seen),
        Heading(seen.t("published_title")),
        Note(t("overview.published_note", seen.lang)),
        published_table(facts[facts["fact_id"].isin(PUBLISHED)], seen.lang),
    ]


def _versions(seen: Seen) -> list[Block]:
    rows = seen.read.rows(ledger.baselines)
    if rows.empty:
        return [Note(seen.t("versions_none"))]
    names = ("version", "day", "author", "reason", "sum", "split")
    columns = [
        Column(
            seen.t(f"version_{name}"),
            name in ("version", "sum"),
            said=seen.unit_name if name == "sum" else "",
        )
        for name in names
    ]
    body = [
        (
            int(v["version"]),
            numbers.day(v["decided_on"], seen.lang),
            words.owner(v["author"], seen.lang, seen.read),
            source.side(v["reason"], seen.lang),
            seen.say(int(source.plan(seen.read, int(v["version"]))["planned_krw"].sum())),
            seen.t(f"split_{v['split']}"),
        )
        for v in rows.drop_duplicates("version").to_dict("records")
    ]
    return [Note(seen.caption), Table(columns, body), Note(seen.t("versions_note")), *_variances(seen)]


def _variances(seen: Seen) -> list[Block]:
    nodes = seen.scope.nodes[seen.scope.nodes["level"].isin(["total", "programme"])]
    names = ("name", "original", "current", "change", "appropriated", "from_original", "from_current")
    rows = []
    for row in nodes.to_dict("records"):
        first, now, given = (int(row[n]) for n in ("plan_original", "plan_current", "appropriated"))
        if first or now or given:
            figures = (first, now, now - first, given, given - first, given - now)
            rows.append((seen.name_of(row["node"]), *map(seen.say, figures)))
    return [
        Heading(seen.t("var_title")),
        Note(f"{seen.caption} · {seen.t('var_note')}"),
        Table(seen.heads("var_", names, money=None), rows),
    ]
