"""Where the money of a stopped programme went: its original plan, conserved to the won over every way out of it (B1, B2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from guards import number, table, takes
from metrics.budget import CELLS, WON, staged

WAYS = (
    "spent",
    "carried",
    "lapsed",
    "remaining",
    "transferred",
    "received",
    "amended",
    "reserve",
    "unappropriated",
    "replanned",
    "left_plan",
    "unknown",
    "ahead",
)


class Part(NamedTuple):
    """One way that money took: what became of it, to whom (or from which source), and how many won."""

    way: str
    to: str
    amount: int


def replanned(versions: Sequence[pd.Series], programme: str) -> list[Part]:
    """What successive versions of the plan took from a programme, and whom they demonstrably gave it to.

    A version says who lost and who gained, not who gave to whom. Only where it took from one programme alone, and gave
    no more than it took, is the recipient certain; what no one gained has left the plan; the rest is unknown. So no won
    is credited to two programmes.

    Args:
        versions: planned won by programme_id, oldest first, each version as it stood in full.

    Returns: parts `replanned` (to: programme_id), `left_plan` and `unknown`; they sum to first minus last.
    """
    found: dict[tuple[str, str], int] = {}
    for before, after in zip(versions, versions[1:], strict=False):
        change = after.sub(before, fill_value=0).astype("int64")
        own = -int(change.get(programme, 0))
        gains = change[(change > 0) & (change.index != programme)]
        if own > 0 and (change < 0).sum() == 1 and int(gains.sum()) <= own:
            parts = [("replanned", str(key), int(won)) for key, won in gains.items()]
            parts.append(("left_plan", "", own - int(gains.sum())))
        else:
            parts = [("unknown", "", own)]
        for way, to, won in parts:
            found[way, to] = found.get((way, to), 0) + won
    return [Part(way, to, won) for (way, to), won in found.items() if won]


@takes(
    cells=CELLS,
    transfers=table("programme_id", "kind", "counterpart", amount_krw=WON),
    plans=table("version", "programme_id", fiscal_year=WON, planned_krw=WON),
    year=number(whole=True),
    closed_before=number(whole=True),
)
def account(
    cells: pd.DataFrame,
    transfers: pd.DataFrame,
    plans: pd.DataFrame,
    *,
    programme: str,
    year: int,
    closed_before: int,
) -> list[Part]:
    """Every way that the money of a programme's original plan took; the parts sum to that plan, to the won.

    Args:
        cells: as `metrics.budget.staged`, with programme_id, of the plan's years.
        transfers: programme_id, kind, counterpart, amount_krw, of the same years.
        plans: version, programme_id, fiscal_year, planned_krw: every version as it stood in full.
        year: the running year; later ones without entries are only planned.

    Returns: parts in the order of `WAYS`. What came in (received, reserve, a larger appropriation) counts as negative,
        since more than the plan was then spent, carried or left; `carried` is net of what was carried in.
    """
    own = staged(cells[cells["programme_id"] == programme], closed_before=closed_before)
    by_kind = own.groupby("kind")["amount_krw"].sum()
    begun = {y for y in plans["fiscal_year"] if y <= year} | set(own["fiscal_year"])
    mine = plans[plans["programme_id"] == programme]
    now = mine[mine["version"] == plans["version"].max()]
    open_years = now["fiscal_year"].isin(begun)

    def kinds(prefix: str) -> int:
        return int(by_kind[by_kind.index.str.startswith(prefix)].sum()) if len(by_kind) else 0

    out = transfers[(transfers["programme_id"] == programme) & (transfers["kind"] == "transfer_out")]
    given = out.groupby(out["counterpart"].fillna("").astype(str))["amount_krw"].sum()
    changed = own[own["kind"] == "appropriation_supplementary"].groupby("funding")["amount_krw"].sum()
    versions = [rows.groupby("programme_id")["planned_krw"].sum() for _, rows in plans.groupby("version")]
    parts = [
        Part("spent", "", int(own["expenditure"].sum())),
        Part("carried", "", kinds("carry_out") - kinds("carry_in")),
        *(Part(name, "", int(own[name].sum())) for name in ("lapsed", "remaining")),
        *(Part("transferred", str(to), int(won)) for to, won in given.items()),
        # A transfer whose counterpart no entry names.
        Part("transferred", "", kinds("transfer_out") - int(given.sum())),
        Part("received", "", -kinds("transfer_in")),
        *(Part("amended", str(source), -int(won)) for source, won in changed.items()),
        Part("reserve", "", -kinds("reserve")),
        Part(
            "unappropriated",
            "",
            # A monthly summary tells the current budget in one figure, in place of the appropriation and its changes.
            int(now.loc[open_years, "planned_krw"].sum())
            - kinds("appropriation_original")
            - kinds("current_budget"),
        ),
        *replanned(versions, programme),
        Part("ahead", "", int(now.loc[~open_years, "planned_krw"].sum())),
    ]
    return sorted((part for part in parts if part.amount), key=lambda part: WAYS.index(part.way))
