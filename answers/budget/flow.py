"""Where 예산현액 comes from and where it ended: source, strategy, programme, outturn; told only where flows conserve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from answers.answer import Block, Column, Figure, Lead, Note, Piece, Table
from answers.budget import source
from answers.budget.seen import Seen
from answers.kept import kept
from answers.reader import Reader
from charts.flow import Link, conserved, sankey
from data import ledger
from metrics import budget, funding

Flow = tuple[str, str, int]


@dataclass(frozen=True)
class Branch:
    """A node of the flows as a line of a list: its figure, its part of the whole in percent, and what follows it."""

    name: str
    figure: str
    share: float
    note: str = ""
    under: Sequence[Branch] = ()


def blocks(seen: Seen) -> list[Block]:
    """The diagram, or the nodes at which it does not add up."""
    links = flows(seen.read, seen.scope.code)
    if not links:
        return [Note(seen.t("no_year"))]
    names = _names(seen)
    uneven = conserved(links)
    if uneven:
        return [Note(seen.t("flow_uneven", names=", ".join(names.get(node, node) for node in uneven)))]
    current = sum(amount for origin, _, amount in links if origin.startswith("fund:"))
    drawn = [Link(a, b, amount / 1e8, seen.say(amount)) for a, b, amount in links if amount]
    columns = [
        Column(seen.t("flow_source")),
        Column(seen.t("flow_target")),
        Column(seen.t("entry_amount"), True, seen.unit_name),
    ]
    rows = [(names.get(a, a), names.get(b, b), seen.say(amount)) for a, b, amount in links]
    whole = (seen.t("total"), seen.t("col_current"), seen.say(current))
    table = Table(columns, [whole, *rows], ["total", *[""] * len(rows)])
    figure = Figure(
        "budget_sankey", sankey(drawn, _labels(links, seen), unit=seen.unit_name), seen.t("flow_alt"), table
    )
    return [
        Lead(seen.t("flow_lead", scope=seen.scope_words, current=seen.whole(current))),
        Piece("budget.flow", (figure, listed(links, seen)), (figure,)),
        Note(f"{seen.caption} · {seen.t('flow_note')}"),
    ]


@kept
def flows(read: Reader, code: str) -> list[Flow]:
    """(from, to, won) over source, strategy, programme and end."""
    scope = source.scope(read, code)
    place = read.rows(ledger.programmes).set_index("programme_id")["strategy_id"]
    return funding.flows(scope.cells, place, closed_before=scope.closed_before)


def _names(seen: Seen) -> dict[str, str]:
    fixed = {f"fund:{f}": seen.t(f"funding_{f}") for f in funding.FUNDING}
    return seen.names | fixed | {f"end:{name}": seen.t(f"col_{name}") for name in budget.CLOSING}


def _sums(links: list[Flow]) -> dict[str, int]:
    """What passes through each node."""
    size: dict[str, int] = {}
    for a, b, amount in links:
        size[b] = size.get(b, 0) + amount
        if a.startswith("fund:"):
            size[a] = size.get(a, 0) + amount
    return size


def _labels(links: list[Flow], seen: Seen) -> dict[str, str]:
    names = _names(seen)
    return {node: f"{names.get(node, node)} {seen.say(amount)}" for node, amount in _sums(links).items()}


def listed(links: list[Flow], seen: Seen) -> list[tuple[str, list[Branch]]]:
    """The same flows as lists, for where a phone is too narrow for the diagram: sources, strategies, ends."""
    names, size = _names(seen), _sums(links)
    given: dict[str, list[tuple[str, int]]] = {}
    for a, b, amount in links:
        given.setdefault(a, []).append((b, amount))
    whole = sum(amount for a, _, amount in links if a.startswith("fund:"))

    def branch(node: str, amount: int, note: str = "", under: Sequence[Branch] = ()) -> Branch:
        return Branch(names.get(node, node), seen.say(amount), 100 * amount / whole, note, under)

    def ends(programme: str) -> str:
        return " · ".join(f"{names[end]} {seen.say(amount)}" for end, amount in given.get(programme, []))

    funds = [branch(node, size[node]) for node in given if node.startswith("fund:")]
    strategies = [
        branch(
            node,
            size[node],
            under=[branch(p, v, ends(p)) for p, v in sorted(given[node], key=lambda pair: -pair[1])],
        )
        for node in given
        if node.startswith("strategy:")
    ]
    last = [branch(node, size[node]) for name in budget.CLOSING if (node := f"end:{name}") in size]
    parts = (("from", funds), ("through", strategies), ("to", last))
    return [(seen.t(f"flow_{title}"), rows) for title, rows in parts]
