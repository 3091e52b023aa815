"""The ledger: every budget line's movements as single dated entries with document numbers.

Stages are separate entries and are never added together: commitment, then payment (for transfers with a disbursement
of the same amount on the same day), then what the executing body finally spent. More scale means more documents for the
same money: sums do not change with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
import pandas as pd

from data.demo.budget import Line, years
from data.demo.city import City, chunks, dates, month_keys, on_weekday, pick

COLUMNS = [
    "entry_id",
    "booked_on",
    "fiscal_year",
    "month_key",
    "programme_id",
    "district_code",
    "kind",
    "amount_krw",
    "funding",
    "line_type",
    "counterpart",
    "document_no",
    "managing_body",
]
QUARTERS = (
    (1, 5, 0.30),
    (4, 1, 0.27),
    (7, 1, 0.25),
    (10, 1, 1.0),
)  # month, day, share of what is not yet allotted
DOCUMENTS = 2.0  # further documents per month and line at scale 1
BODY_SPENDS = (0.88, 1.0)  # share of a transfer that its executing body spends
REFUNDED = 0.3  # of what it does not spend, paid back before the books close


def entries(city: City) -> Iterator[pd.DataFrame]:
    """Columns of `ledger_entry`, year by year in order of booking."""
    for year, lines in years(city).items():
        rows = pd.concat([_movements(year, lines), _documents(city, year, lines)], ignore_index=True)
        rows = rows.sort_values(["booked", "line", "order"], kind="stable")
        rows = rows[rows["booked"] <= city.today].reset_index(drop=True)
        day = rows["booked"].to_numpy().astype("datetime64[D]")
        of = rows["line"].to_numpy()
        names = [
            np.array(values, dtype=object)[of]
            for values in zip(
                *((line.programme, line.funding, line.line_type) for line in lines), strict=True
            )
        ]
        rows = rows.assign(
            entry_id=[f"L{year}-{number:07d}" for number in range(len(rows))],
            booked_on=dates(day),
            fiscal_year=year,
            month_key=month_keys(day),
            programme_id=names[0],
            funding=names[1],
            line_type=names[2],
        )
        yield from chunks(rows.assign(managing_body="city")[COLUMNS])


def _movements(year: int, lines: list[Line]) -> pd.DataFrame:
    """Entries that change what may be spent, allotments, and what is carried over at the year's end."""
    found: list[tuple[object, ...]] = []

    def add(
        number: int, on: date, kind: str, amount: int, counterpart: str | None = None, document: str = ""
    ) -> None:
        if amount:
            found.append((np.datetime64(on), number, 0, kind, amount, counterpart, document, None))

    for number, line in enumerate(lines):
        add(number, date(year, 1, 2), "appropriation_original", line.original, None, f"{year}-본예산")
        for kind, amount in line.carried_in.items():
            add(number, date(year, 1, 2), f"carry_in_{kind}", amount, None, f"{year - 1}-이월")
        for on, kind, amount, counterpart, document in line.moves:
            signed = abs(amount) if kind.startswith("transfer") else amount
            add(number, on, kind, signed, counterpart, document)
        allotted = 0
        for month, day, share in QUARTERS:
            ready = line.original + sum(line.carried_in.values())
            ready += sum(move[2] for move in line.moves if move[0] <= date(year, month, day))
            # In October the rest is allotted, or taken back where a cut came after.
            part = ready - allotted if share == 1 else max(0, int((ready - allotted) * share) // 1000 * 1000)
            add(number, date(year, month, day), "allotment", part, None, f"{year}-배정{(month + 2) // 3}")
            allotted += part
        for kind, amount in line.carried_out.items():
            add(number, date(year, 12, 31), f"carry_out_{kind}", amount, None, f"{year}-이월")
            if kind == "accident":  # committed, not paid before the books close
                add(number, date(year, 12, 20), "commitment", amount, None, f"{year}-사고이월-{number:02d}")
    return _frame(*zip(*found, strict=True))


def _documents(city: City, year: int, lines: list[Line]) -> pd.DataFrame:
    """Commitment, disbursement, payment, final spending and refund of every document."""
    rng = city.rng("ledger", year)
    line, month, amount = _split(city, lines, rng)
    n = len(line)
    transfer = np.array([one.line_type == "transfer" for one in lines])[line]
    first = (np.datetime64(f"{year}-01", "M") + month).astype("datetime64[D]")
    closing = np.datetime64(f"{year}-12-31")
    paid = np.minimum(on_weekday(first + rng.integers(1, 26, n)), closing)
    committed = np.maximum(paid - rng.integers(3, 25, n), np.datetime64(f"{year}-01-02"))
    spent_on = np.where(transfer, np.minimum(paid + rng.integers(10, 50, n), closing), paid)
    # Multiples of ten won, as offices pay them.
    spent = np.where(transfer, (amount * rng.uniform(*BODY_SPENDS, n)).astype(np.int64) // 10 * 10, amount)
    document = np.array([f"{year}-{one:02d}-{i:07d}" for i, one in enumerate(line)], dtype=object)
    home = np.array(city.codes, dtype=object)[pick(rng, city.living_alone, n)]
    home[~transfer] = None
    called = {"transfer": "수행기관", "operating": "거래처", "facility": "시공사", "personnel": "급여"}
    kinds = [called[one.line_type] for one in lines]
    who = rng.integers(1, 65, n)
    counterpart = np.array([f"{kinds[one]} {k:02d}" for one, k in zip(line, who, strict=True)], dtype=object)

    def stage(order: int, kind: str, on: np.ndarray, sums: np.ndarray, keep: np.ndarray) -> pd.DataFrame:
        keep = keep & (sums > 0)
        size = int(keep.sum())
        return _frame(
            on[keep],
            line[keep],
            np.full(size, order),
            np.full(size, kind, dtype=object),
            sums[keep],
            counterpart[keep],
            document[keep],
            home[keep],
        )

    every = np.ones(n, dtype=bool)
    unspent = (amount - spent) * REFUNDED
    refund = unspent.astype(np.int64) // 10 * 10
    back = np.maximum(np.maximum(spent_on, np.datetime64(f"{year}-12-15")), paid)
    return pd.concat(
        [
            stage(1, "commitment", committed, amount, every),
            stage(2, "disbursement", paid, amount, transfer),
            stage(3, "expenditure", paid, amount, every),
            stage(4, "final_expenditure", spent_on, spent, every),
            stage(5, "refund", back, refund, transfer),
        ],
        ignore_index=True,
    )


def _split(
    city: City, lines: list[Line], rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Monthly spending cut into documents: line, month from 0, won. The parts sum exactly to the month."""
    table = np.array([line.monthly for line in lines])
    line, month = np.nonzero(table)
    total = table[line, month]
    count = (1 + rng.poisson(DOCUMENTS, len(total))) * city.scale
    start = np.concatenate([[0], np.cumsum(count)[:-1]])
    weight = rng.gamma(3.0, size=int(count.sum()))
    share = weight / np.repeat(np.add.reduceat(weight, start), count)
    amount = (np.repeat(total, count) * share).astype(np.int64) // 10 * 10
    amount[start] += total - np.add.reduceat(amount, start)
    return np.repeat(line, count), np.repeat(month, count), amount


def _frame(
    booked: object,
    line: object,
    order: object,
    kind: object,
    amount: object,
    counterpart: object,
    document: object,
    home: object,
) -> pd.DataFrame:
    frame = pd.DataFrame({"booked": booked, "line": line, "order": order, "kind": kind, "amount_krw": amount})
    for name, values in (("counterpart", counterpart), ("document_no", document), ("district_code", home)):
        frame[name] = pd.Series(np.array(values, dtype=object), dtype=object)
    return frame.assign(booked=frame["booked"].astype("datetime64[s]"))
