"""The plan's money: stages, tree, movements, execution and earned value, in whole won (definitions B1 to B11).

Everything is made of *cells*: sums of ledger entries by fiscal year, month, programme, district, kind, funding and
line type. A stage is a signed sum over kinds; stages of one won follow each other and are never added together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from guards import number, numbers, table, takes

PLAN_TOTAL_KRW = 451_300_000_000
CARRY = ("approved", "accident", "continuing")
# B1: what may be spent in the year.
SPENDABLE = {
    "appropriation_original": 1,
    "appropriation_supplementary": 1,
    "reserve": 1,
    "transfer_in": 1,
    "transfer_out": -1,
    **{f"carry_in_{kind}": 1 for kind in CARRY},
    "current_budget": 1,  # all of the above at once, where a summary by month stands for the entries
}
STAGES: dict[str, dict[str, int]] = {
    "appropriated": {"appropriation_original": 1, "appropriation_supplementary": 1},
    "current": SPENDABLE,
    "committed": {"commitment": 1},
    "disbursed": {"disbursement": 1},
    "expenditure": {"expenditure": 1, "refund": -1},
    "final_expenditure": {"final_expenditure": 1},
    "carry_out": {f"carry_out_{kind}": 1 for kind in CARRY},
}
# Where the year's money ends: current = expenditure + carry_out + lapsed + remaining, to the won.
CLOSING = ("expenditure", "carry_out", "lapsed", "remaining")
AMOUNTS = ("plan_original", "plan_current", *STAGES, "lapsed", "remaining")
LEVELS = ("total", "strategy", "task", "programme", "district")


WON = numbers("n", whole=True)  # won, years and months: whole and known
CELLS = table("kind", fiscal_year=WON, amount_krw=WON)
OUTPUTS = table(
    "programme_id",
    "verified_on",
    planned=numbers("n", missing=True),
    delivered=numbers("n", missing=True),
)


@takes(cells=CELLS, closed_before=number(whole=True))
def staged(cells: pd.DataFrame, *, closed_before: int) -> pd.DataFrame:
    """The cells with one column per stage, and what is left of each year.

    Args:
        cells: columns fiscal_year, kind and amount_krw (int64 won), besides any keys.
        closed_before: the first fiscal year whose books are open; what earlier years left has lapsed.

    Returns: the cells with the columns of `STAGES`, lapsed and remaining. All are additive.
    """
    out = cells.copy()
    amount = out["amount_krw"].to_numpy(np.int64)
    # By number of the kind: text is compared once, not once a stage.
    codes, kinds = pd.factorize(out["kind"])
    for stage, signs in STAGES.items():
        out[stage] = amount * np.array([*(signs.get(kind, 0) for kind in kinds), 0], np.int64)[codes]
    left = out["current"] - out["expenditure"] - out["carry_out"]
    closed = out["fiscal_year"] < closed_before
    out["lapsed"] = left.where(closed, 0)
    out["remaining"] = left.where(~closed, 0)
    return out


@takes(cells=CELLS)
def consolidated(cells: pd.DataFrame) -> pd.DataFrame:
    """Several years as one: what one of them carries into the next is the same money and leaves both sides."""
    years = set(cells["fiscal_year"])
    into = cells["kind"].str.startswith("carry_in") & (cells["fiscal_year"] - 1).isin(years)
    out_of = cells["kind"].str.startswith("carry_out") & (cells["fiscal_year"] + 1).isin(years)
    return cells[~(into | out_of)].reset_index(drop=True)


@takes(
    cells=CELLS,
    programmes=table("programme_id", "task_id", "strategy_id", unique=("programme_id",)),
    planned=table("programme_id", plan_original=WON, plan_current=WON, unique=("programme_id",)),
    closed_before=number(whole=True),
)
def tree(
    cells: pd.DataFrame, programmes: pd.DataFrame, planned: pd.DataFrame, *, closed_before: int
) -> pd.DataFrame:
    """Strategy, task, programme and district with every stage in one row, and the total above them.

    Args:
        cells: as `staged`, with programme_id and district_code.
        programmes: programme_id, task_id, strategy_id of every programme ever planned: none is left out.
        planned: programme_id, plan_original, plan_current (won of the first and of the newest version).

    Returns: node, parent, level, key and the columns of `AMOUNTS` (int64 won), parents before children.
    """
    found = staged(cells, closed_before=closed_before)
    columns = list(AMOUNTS)
    place = programmes[["programme_id", "task_id", "strategy_id"]]
    # A plan has no district: its won stand beside the entries that name none.
    plan = planned.assign(district_code="unknown")
    long = pd.concat([found, plan], ignore_index=True).reindex(
        columns=["programme_id", "district_code", *columns]
    )
    long[columns] = long[columns].fillna(0).astype(np.int64)
    by_district = long.groupby(["programme_id", "district_code"], as_index=False)[columns].sum()
    by_programme = place.merge(
        by_district.groupby("programme_id", as_index=False)[columns].sum(), on="programme_id", how="left"
    )
    by_programme[columns] = by_programme[columns].fillna(0).astype(np.int64)
    by_district = by_district.merge(place, on="programme_id")
    parts = [by_programme[columns].sum().to_frame().T.assign(node="total", parent="", level="total", key="")]
    for level, parent, rows in (
        ("strategy", None, by_programme.groupby("strategy_id", as_index=False, sort=False)[columns].sum()),
        (
            "task",
            "strategy",
            by_programme.groupby(["strategy_id", "task_id"], as_index=False, sort=False)[columns].sum(),
        ),
        ("programme", "task", by_programme),
        ("district", "programme", by_district),
    ):
        key = rows["district_code"] if level == "district" else rows[f"{level}_id"]
        above = "total" if parent is None else parent + ":" + rows[f"{parent}_id"]
        own = rows["programme_id"] + "/" + key if level == "district" else key
        parts.append(rows[columns].assign(node=f"{level}:" + own, parent=above, level=level, key=key))
    out = pd.concat(parts, ignore_index=True)
    out[columns] = out[columns].astype(np.int64)
    return out[["node", "parent", "level", "key", *columns]]


@takes(nodes=table("node", "parent", unique=("node",)))
def tree_breaks(nodes: pd.DataFrame) -> list[tuple[str, str, int]]:
    """Where the tree does not sum to its root: (node, column, won by which the children differ from it)."""
    columns = list(AMOUNTS)
    sums = nodes[nodes["parent"] != ""].groupby("parent")[columns].sum()
    own = nodes.set_index("node")[columns].reindex(sums.index)
    differ = sums - own
    return [
        (str(node), column, int(differ.at[node, column]))
        for node in differ.index
        for column in columns
        if differ.at[node, column]
    ]


class Step(NamedTuple):
    """One bar of the movement: its ledger kinds, signed won, and whether it is a sum of what stands before it."""

    name: str
    kinds: tuple[str, ...]
    amount: int
    is_total: bool


@takes(cells=CELLS, closed_before=number(whole=True))
def movement(cells: pd.DataFrame, *, closed_before: int) -> list[Step]:
    """From the original appropriation to 예산현액, and from there, less what was carried, lapsed or remains, to outturn.

    The two sums are what their steps add up to: `outturn` is the expenditure net of refunds, to the won.
    """
    found = staged(cells, closed_before=closed_before)
    by_kind = found.groupby("kind")["amount_krw"].sum()

    def won(signs: dict[str, int]) -> int:
        return sum(sign * int(by_kind.get(kind, 0)) for kind, sign in signs.items())

    known = (
        {**SPENDABLE}
        if "current_budget" in by_kind
        else {k: v for k, v in SPENDABLE.items() if k != "current_budget"}
    )
    steps = [Step(kind, (kind,), won({kind: sign}), False) for kind, sign in known.items()]
    current = won(SPENDABLE)
    steps.append(Step("current", tuple(known), current, True))
    steps += [
        Step(f"carry_out_{kind}", (f"carry_out_{kind}",), -won({f"carry_out_{kind}": 1}), False)
        for kind in CARRY
    ]
    steps += [Step(name, (), -int(found[name].sum()), False) for name in ("lapsed", "remaining")]
    steps.append(Step("outturn", tuple(STAGES["expenditure"]), won(STAGES["expenditure"]), True))
    return steps


class Break(NamedTuple):
    """A movement that does not balance: the rule, where, by how many won, and the kinds of entry concerned."""

    rule: str  # overdrawn, transfer_sides, carry_over
    fiscal_year: int
    key: str  # programme, or the transfer's document
    difference: int
    kinds: tuple[str, ...]


@takes(cells=CELLS, transfers=table("fiscal_year", "document_no", "kind", amount_krw=WON))
def movement_breaks(cells: pd.DataFrame, transfers: pd.DataFrame) -> list[Break]:
    """Every identity of the ledger that does not hold.

    Args:
        cells: as `staged`, with programme_id.
        transfers: fiscal_year, document_no, kind (transfer_in, transfer_out) and amount_krw.

    * overdrawn: a programme-year paid out or carried over more than it could spend;
    * transfer_sides: a transfer's two sides differ;
    * carry_over: a year brought in, by type, other than what the year before it carried out.
    """
    found: list[Break] = []
    rows = staged(cells, closed_before=9999)
    left = rows.groupby(["fiscal_year", "programme_id"])["lapsed"].sum()
    kinds = ("expenditure", "refund", *(f"carry_out_{kind}" for kind in CARRY))
    found += [Break("overdrawn", int(y), str(p), int(v), kinds) for (y, p), v in left.items() if v < 0]
    sides = transfers.assign(
        signed=transfers["amount_krw"].where(transfers["kind"] == "transfer_in", -transfers["amount_krw"])
    )
    uneven = sides.groupby(["fiscal_year", "document_no"])["signed"].sum()
    found += [
        Break("transfer_sides", int(y), str(d), int(v), ("transfer_in", "transfer_out"))
        for (y, d), v in uneven.items()
        if v
    ]
    by_kind = rows.groupby(["fiscal_year", "programme_id", "kind"])["amount_krw"].sum().to_dict()
    programmes: dict[int, set[str]] = {}
    for year, programme in left.index:
        programmes.setdefault(year, set()).add(programme)
    for year in sorted(programmes):
        for programme in sorted(
            programmes.get(year - 1, set()) | (programmes[year] if year - 1 in programmes else set())
        ):
            for kind in CARRY:
                came = int(by_kind.get((year, programme, f"carry_in_{kind}"), 0))
                went = int(by_kind.get((year - 1, programme, f"carry_out_{kind}"), 0))
                if came != went:
                    found.append(
                        Break(
                            "carry_over",
                            year,
                            programme,
                            came - went,
                            (f"carry_in_{kind}", f"carry_out_{kind}"),
                        )
                    )
    return found


@takes(numerator=number(missing=True), denominator=number(missing=True))
def rate(numerator: int | float, denominator: int | float) -> float:
    """Percent of a sum in a sum; missing where there is nothing to divide by."""
    return 100 * numerator / denominator if denominator else float("nan")


class EarnedValue(NamedTuple):
    """Earned-value quantities in the money of the inputs; indices are ratios. Missing is NaN."""

    cv: float
    sv: float
    cpi: float
    spi: float
    eac1: float  # the rest at the planned cost: AC + (BAC - EV)
    eac2: float  # the rest at the cost so far: BAC / CPI
    eac3: float  # the rest at cost and pace so far: AC + (BAC - EV) / (CPI SPI)
    etc: float
    vac: float
    tcpi: float


@takes(bac=number(missing=True), pv=number(missing=True), ev=number(missing=True), ac=number(missing=True))
def earned_value(bac: float, pv: float, ev: float, ac: float) -> EarnedValue:
    """Earned-value management after PMI; a division by zero is missing, never infinite.

    Args:
        bac, pv, ev, ac: budget at completion, planned value, earned value (from verified outputs only), actual cost.

    Returns: `etc` and `vac` follow `eac2`, the forecast at the cost so far; `tcpi` is missing where nothing is left to
        spend, since no pace could then still meet the budget.
    """

    def divided(top: float, bottom: float) -> float:
        return top / bottom if bottom else float("nan")

    cpi, spi = divided(ev, ac), divided(ev, pv)
    eac2 = divided(bac, cpi)
    return EarnedValue(
        cv=ev - ac,
        sv=ev - pv,
        cpi=cpi,
        spi=spi,
        eac1=ac + (bac - ev),
        eac2=eac2,
        eac3=ac + divided(bac - ev, cpi * spi),
        etc=eac2 - ac,
        vac=bac - eac2,
        tcpi=divided(bac - ev, bac - ac) if bac > ac else float("nan"),
    )


@takes(outputs=OUTPUTS)
def earned(outputs: pd.DataFrame, budgets: pd.Series) -> pd.DataFrame:
    """Earned value by programme: budget times the verified share of each target, at most all of it (B10).

    Args:
        outputs: programme_id, planned, delivered, verified_on; a row without verification earns nothing and
            leaves the programme withheld.
        budgets: won by programme_id.

    Returns: programme_id, share (mean over its outputs, each capped at 1), ev.
    """
    good = outputs[outputs["verified_on"].notna() & outputs["delivered"].notna() & (outputs["planned"] > 0)]
    share = (good["delivered"].astype(float) / good["planned"].astype(float)).clip(upper=1)
    mean = share.groupby(good["programme_id"]).mean()
    mean = mean[mean.index.isin(budgets.index)]
    return pd.DataFrame(
        {
            "programme_id": mean.index,
            "share": mean.to_numpy(),
            "ev": (mean * budgets.reindex(mean.index)).to_numpy(),
        }
    )


class Earned(NamedTuple):
    """A programme's earned value of a year, or (None) that it is withheld for want of verified outputs."""

    programme: str
    share: float
    pv: float
    ev: float
    ac: int
    bac: int
    ceiling: int
    found: EarnedValue | None


@takes(
    nodes=table("level", "key", plan_current=WON, appropriated=WON, expenditure=WON, current=WON),
    outputs=OUTPUTS,
    month=number(low=1, high=12, whole=True),
)
def earned_by_programme(nodes: pd.DataFrame, outputs: pd.DataFrame, *, month: int) -> list[Earned]:
    """Programmes with verified outputs first; the others withheld, since their progress would be their spending.

    Args:
        nodes: as `tree`, of one year. outputs: as `earned`, of that year. month: the last one looked at, 1 to 12.

    Returns: share (of each target, mean), pv and ev in won, NaN where withheld; ac, bac and ceiling in whole won.
        Programmes with neither budget nor spending are left out.

    Raises:
        ValueError: won that are missing or no whole numbers, or a month outside the year.
    """
    rows = nodes[nodes["level"] == "programme"].set_index("key")
    # Original budget at completion: the plan's; where a year has none, what was appropriated.
    bac = rows["plan_current"].where(rows["plan_current"] > 0, rows["appropriated"])
    ev = earned(outputs, bac[bac > 0]).set_index("programme_id")
    found = []
    for key, row in rows.iterrows():
        name, total, spent, ceiling = str(key), int(bac[key]), int(row["expenditure"]), int(row["current"])
        if not total and not spent:
            continue
        if key not in ev.index:
            missing = float("nan")
            found.append(Earned(name, missing, missing, missing, spent, total, ceiling, None))
            continue
        # No plan of outputs by month is recorded: they are planned evenly, so that a full year plans all of them. The
        # past's spending would be no plan of outputs, and never reaches the whole budget.
        pv, done = total * month / 12, float(ev.at[key, "ev"])
        value = earned_value(total, pv, done, spent)
        found.append(Earned(name, float(ev.at[key, "share"]), pv, done, spent, total, ceiling, value))
    return sorted(found, key=lambda item: (item.found is None, -item.bac))


def earned_together(items: Sequence[Earned]) -> EarnedValue:
    """Several programmes' earned value as one, in won: of their sums. NaN where one is withheld, and ratios of no programme."""
    bac, pv, ev, ac = (sum(getattr(item, name) for item in items) for name in ("bac", "pv", "ev", "ac"))
    return earned_value(bac, pv, ev, ac)


@takes(plan=table("split", planned_krw=WON))
def plan_parts(plan: pd.DataFrame) -> dict[str, int]:
    """The published total by what is known of its split; the three sum to it, to the won.

    Args:
        plan: the newest version as it stands, with split and planned_krw (whole won).

    Returns: allocated: to programmes by a published or recorded plan; unknown: split only for illustration, since no
        split is published; unallocated: in no programme.

    Raises:
        ValueError: won that are missing or no whole numbers.
    """
    by_split = plan.groupby("split")["planned_krw"].sum()
    known = int(by_split.get("published", 0)) + int(by_split.get("recorded", 0))
    unknown = int(by_split.get("illustrative", 0))
    return {"allocated": known, "unallocated": PLAN_TOTAL_KRW - known - unknown, "unknown": unknown}
