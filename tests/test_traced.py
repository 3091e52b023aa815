"""Every number of a lead sentence stands in the tables and figures beneath it, at the precision at which it is printed."""

import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from answers import registry
from answers.answer import Answer, Callout, Cards, Cell, Lead
from answers.reader import Reader
from answers.store import Store

NUMBER = re.compile(r"(?<![\w.])[+−-]?(\d[\d,]*(?:\.\d+)?)(bn|m)?")
# What a sentence may hold beside figures, by kind.
ALLOWED = {
    "years, months and days": r"\d{4}년( ?\d{1,2}[–-]?\d{0,2}월)?( \d{1,2}일)?|\d{4}\. ?\d{1,2}\. ?\d{1,2}\.|\b\d{1,2}[–-]\d{1,2}월|\b\d{1,2}월"
    r"|(\d{1,2} )?(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*([–-][A-Z][a-z]{2})?( \d{1,2}(?!\d),?)?( \d{4})?|\b20\d\d\b|\d분기|Q\d",
    "levels of confidence": r"(50|80|95|99|99\.8)% ?(구간|한계|이상|이내|interval|limits|range|false|or more|sure|of the simulation)|(more than|at least|the) (80|95|99\.8)%"
    r"|\b5% ?(이내|로)|(within|of|under|below|at most) 5%|false discovery rate of 5%",
    "what chance alone gives": r"우연(이라면|히) \d+\.\d곳쯤|(about|around|some) \d+\.\d\b|\d+\.\d (would|by chance)",
    "waits in question": r"(10|20)초|(10|20) ?s(econds)?\b|(6|42|126|14|7|30|90)일|(six|6|42|126|14|7|30|90) days|35개월|35 months",
    "periods in question": r"\b\d{1,2}개월|\b\d{1,2} months|5년|five years|5 years|12개월|두 번|18 weeks",
    "names that are not listed": r"외 \d+곳|and \d+ more",
    "names": r"A1\.7|PHQ-9|GAD-7|UCLA-20|120",
    "none at all": r"(?<![\d.,])0(곳|개|건)?(?![\d.,%])",
}
# Numbers that a reader chooses or that the plan sets.
CONSTANTS = {
    "budget.value": {"40"},  # the cut that is asked for
    "hotline.staffing": {"80", "20"},  # the target of the service level
    "hotline.callers": {"3"},  # the most frequent 3 %
    "budget.end": {"85"},  # the plan's mark
}
OTHERS = {
    "district_map.need": [{"indicator": "one_person_share"}, {"indicator": "loneliness_prevalence"}],
    "district_map.change": [{"indicator": "answer_rate"}],
    "district_map.funnel": [{"indicator": "recovery_rate"}, {"indicator": "reisolation_rate", "spread": "additive"}],
    "district_map.reach": [{"indicator": "answer_rate"}],
    "hotline.flow": [{"months": "3"}, {"channel": "chat"}],
    "hotline.waits": [{"months": "3"}],
    "hotline.hours": [{"measure": "staff"}, {"measure": "offered"}],
    "detection.steps": [{"seen": "6"}],
    "detection.points": [{"seen": "6"}],
    "detection.signs": [{"seen": "18"}],
    "counselling.cascade": [{"span": "6"}, {"programme": "peer_counselling"}],
    "counselling.waits": [{"span": "24"}],
    "counselling.attendance": [{"span": "6"}],
    "counselling.outcomes": [{"span": "6"}, {"programme": "mind_counselling"}],
    "counselling.providers": [{"rate": "recovery", "unit": "district"}, {"rate": "paired"}],
    "kpi": [{"kpi": "late_cancellation"}, {"kpi": "mind_store_visits"}],
    "budget": [{"part": "pace"}, {"part": "end"}, {"fy": "2025"}],
    "budget.pace": [{"prog": "hotline"}, {"fy": "2025"}],
    "budget.end": [{"fy": "plan"}],
    "programmes": [{"prog": "hotline"}],
}  # fmt: skip


@pytest.fixture
def read(store):
    return Reader(Store.of(store))


def figures(text: str) -> list[tuple[str, str]]:
    """The numbers of a text, without thousands' commas and signs, and the unit of English money."""
    return [(number.replace(",", ""), unit) for number, unit in NUMBER.findall(text)]


def numbers(text: str) -> list[str]:
    """The numbers of a text."""
    return [number for number, _ in figures(text)]


def without(text: str) -> str:
    """A sentence without what is no figure."""
    for pattern in ALLOWED.values():
        text = re.sub(pattern, " ", text)
    return text


def cells(answer: Answer) -> Iterator[Any]:
    """Every cell of every table, with how often it stands in its column."""
    for table in answer.tables():
        yield from table.footnotes
        for row in table.rows:
            yield from row


class Frame:
    """What stands beneath an answer's sentences: numbers as printed, values as drawn, and how many there are of a kind."""

    def __init__(self, answer: Answer) -> None:
        self.printed: set[str] = set()
        self.drawn: list[float] = []
        self.counts: set[int] = set()
        for cell in cells(answer):
            texts = [str(cell)]
            if isinstance(cell, Cell):
                texts = [cell.text, cell.more or "", *(line.text for line in cell.under)]
                self.drawn += [
                    float(v) for v in (cell.value, *cell.spark) if isinstance(v, (int, float, Decimal))
                ]
            for text in texts:
                self.printed.update(numbers(str(text)))
        for block in answer.every():
            if isinstance(block, Cards):
                self.printed.update(
                    n
                    for card in block.cards
                    for v in vars(card).values()
                    if isinstance(v, str)
                    for n in numbers(v)
                )
            if isinstance(block, Callout):  # what needs a decision is listed item by item
                self.counts.add(len(block.items))
                self.counts.update(Counter(item.meta.partition(" · ")[0] for item in block.items).values())
                self.printed.update(n for item in block.items for n in numbers(item.text))
        for table in answer.tables():
            self.counts.add(len(table.rows))
            for at in range(max(map(len, table.rows), default=0)):
                same = Counter(str(row[at]) for row in table.rows if len(row) > at)
                # So many rows say the same in a column, and so many say something else.
                self.counts.update(n for count in same.values() for n in (count, len(table.rows) - count))
        for figure in answer.figures():
            for trace in figure.spec["data"]:
                self._take(trace)

    def _take(self, trace: dict[str, Any]) -> None:
        for name in ("x", "y", "z", "base"):
            values = trace.get(name)
            rows = values if isinstance(values, (list, tuple)) else []
            flat = [v for row in rows for v in (row if isinstance(row, (list, tuple)) else [row])]
            self.drawn += [float(v) for v in flat if isinstance(v, (int, float)) and not isinstance(v, bool)]
            self.counts.add(len(flat))
        for name in ("text", "hovertext", "customdata"):
            if trace.get(name) is not None:
                self.printed.update(numbers(str(trace[name])))
        symbol = trace.get("marker", {}).get("symbol")
        if isinstance(symbol, list):
            kinds = Counter(symbol)
            self.counts.update(kinds.values())
            self.counts.add(len(symbol) - kinds.get("circle", 0))

    def holds(self, number: str, unit: str = "") -> bool:
        """Whether a printed number stands here, as it is or to more digits; English millions in the tables' billions, too."""
        if number in self.printed:
            return True
        digits, value = len(number.partition(".")[2]), float(number)
        finer = [float(n) for n in self.printed if len(n.partition(".")[2]) >= digits]
        if any(abs(round(abs(v), digits) - value) < 1e-9 for v in (*self.drawn, *finer)):
            return True
        if unit == "bn" and any(abs(float(n) - value) <= 0.5 * 10**-digits + 0.0051 for n in self.printed):
            return True
        if unit == "m" and f"{value / 1000:.2f}" in self.printed:
            return True
        return not digits and int(value) in self.counts


def untraced(answer: Answer, id: str) -> list[tuple[str, str]]:
    """Numbers of the lead sentences that stand nowhere beneath them, with their sentence."""
    frame, allowed = Frame(answer), CONSTANTS.get(id, set())
    leads = [answer.sentence, answer.sure, *(b.text for b in answer.every() if isinstance(b, Lead))]
    found = [(n, unit, lead) for lead in leads for n, unit in figures(without(lead))]
    return [(n, lead) for n, unit, lead in found if n not in allowed and not frame.holds(n, unit)]


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize("id", [q.id for q in registry.every()])
def test_every_number_of_a_sentence_stands_in_the_frame_beneath_it(read, id, lang):
    for choices in ({}, *OTHERS.get(id, [])):
        registry.checked(id, read, choices)
        answer = registry.answer(id, read, lang, choices)
        assert not untraced(answer, id), choices


def test_a_number_that_stands_nowhere_is_noticed():
    from answers.answer import Column, Table

    table = Table(
        [Column("step"), Column("count", number=True)],
        [("contacted", "13,000"), ("confirmed", "6,205 (47.7%)")],
    )
    good = Answer("t", "6,205 of 13,000 (47.7%) in 2026, 95% interval apart.", blocks=(table,))
    assert untraced(good, "t") == []
    bad = Answer("t", "47.7% of 16,580 were confirmed.", blocks=(table,))
    assert [n for n, _ in untraced(bad, "t")] == ["16580"]
    assert [n for n, _ in untraced(Answer("t", "47.8%", blocks=(table,)), "t")] == ["47.8"]
