"""What needs a decision, over all domains: the one list that the overview, the pages and a digest read.

Each domain says by its own words what needs one; here they stand in one order. The rule of that order: first by the kind
of breach (`BREACHES`), then by how far a figure lies off relative to its own interval (money: by won, data: by months).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from answers import say
from answers.answer import Callout, Go, Item, Tone
from answers.budget import decisions as budget
from answers.budget import source
from answers.detection import signs
from answers.detection.common import LAG
from answers.districts import decisions as districts
from answers.kpi import decisions as kpi
from answers.reader import Reader
from answers.reisolation import source as forecast
from answers.reisolation import trust
from answers.rights import views
from answers.studies import Pending, study
from data import queries
from data.tables import metadata
from locales import LANGUAGES, numbers, t
from metrics.watched import WATCHED

DOMAINS = ("kpi", "budget", "districts", "detection", "reisolation", "data")
BREACHES = ("missed", "outside", "money", "late")
PAGES = {
    "kpi": "kpi",
    "budget": "budget",
    "districts": "district_map",
    "detection": "detection",
    "reisolation": "reisolation",
    "data": "import_data",
}
LATE_MONTHS = (
    3  # a monthly table whose newest batch is older than this, seen from the day that the data speak for
)
SIGNS_MONTHS = 12  # the months that the page of signs begins with
_BUDGET = {"over": "outside", "under": "outside", "stale": "money", "stopped": "money"}


@dataclass(frozen=True)
class Decision:
    """One thing to decide on.

    Attributes:
        domain: one of DOMAINS. key: what it is about within its domain, in any language and month. breach: one of BREACHES.
        size: how far off, by the breach's own measure.
        name: in few words, for a sentence that names several. item: what is said, whose it is, where it leads.
    """

    domain: str
    key: str
    breach: str
    size: float
    name: str
    item: Item


def needed(read: Reader, lang: str) -> tuple[Decision, ...]:
    """Everything that needs a decision, most pressing first.

    Raises:
        Pending: the list is being made for the first time, and the reader does not wait.
    """
    found: tuple[Decision, ...] = read.study("decisions", lang, read.study_view)
    return found


@study(
    "decisions",
    reads=[n for n, table in metadata.tables.items() if table.info.get("kind") == "operational"],
    over=lambda read: [(lang, view) for view in views(read.whose) for lang in LANGUAGES],
    of_facts=True,
)
def _needed(read: Reader, lang: str, view: str) -> tuple[Decision, ...]:
    theirs, found = read.seen_in(view), []
    for name in SOURCES:
        try:
            found += of(theirs, lang, name)
        except Pending as missing:
            if not missing.frozen:  # a release that holds no model has nothing to decide of it
                raise
    return ranked(found)


def of(read: Reader, lang: str, domain: str) -> list[Decision]:
    """What one domain has to be decided, in the common order."""
    return list(ranked(list(SOURCES[domain](read, lang))))


def ranked(found: Sequence[Decision]) -> tuple[Decision, ...]:
    """In the order of the rule; what is equal stands as its domain has it."""
    return tuple(sorted(found, key=lambda one: (BREACHES.index(one.breach), -one.size)))


# --- Domains --------------------------------------------------------------------------------------------


def _services(read: Reader, lang: str) -> Iterator[Decision]:
    for one, item in zip(kpi.due(read), kpi.items(read, lang), strict=True):
        breach = "missed" if kpi.missed(one) else "outside"
        yield Decision("kpi", one.watched.id, breach, kpi.size(one), one.metric.name(lang), item)


def _budget(read: Reader, lang: str) -> Iterator[Decision]:
    """Of the running year; of one whose books are closed there is nothing left to decide."""
    scope = source.scope(read, str(read.end("ledger_entry").year))
    if scope.closed:
        return
    for one in budget.items(read, scope, lang):
        kind = f"{budget.SHAPES[one.kind]} {t(f'budget.kind_{one.kind}', lang)}"
        go = Go("budget", t("budget.see_entries", lang), budget.entries(one))
        tone: Tone = "worse" if _BUDGET[one.kind] == "outside" else "steady"
        item = Item(one.text, kind, tone, one.owner, go)
        yield Decision("budget", one.opens, _BUDGET[one.kind], one.size, one.name, item)


def _districts(read: Reader, lang: str) -> Iterator[Decision]:
    for one in districts.items(read, lang):
        yield Decision("districts", one.key, "outside", one.size, one.name, one.item)


def _detection(read: Reader, lang: str) -> Iterator[Decision]:
    """Signals that find isolated households surely less often than all flagged households are confirmed."""
    months = say.span(read, SIGNS_MONTHS, of="detection_monthly", skip=LAG)
    every = signs.by_signal(read, months)
    whole = every[every["signal"] == 0]
    if whole.empty or not whole["contacted"].iloc[0] > 0:
        return
    found = signs.measured(read, months, every[every["signal"] > 0], whole.iloc[0], 0)
    below = found[found["side"] == "lower"]
    if below.empty:
        return
    size = float(((1 - below["lift"]) / ((below["lift_upper"] - below["lift_lower"]) / 2)).max())
    item = Item(
        t("decide.signals", lang, n=len(below), all=len(found), months=SIGNS_MONTHS),
        t("decide.kind_signals", lang),
        "worse",
        go=Go("detection", t("decide.open_signs", lang), (("detect", "signs"),)),
    )
    yield Decision(
        "detection", "signals", "outside", size, t("decide.signals_short", lang, n=len(below)), item
    )


def _reisolation(read: Reader, lang: str) -> Iterator[Decision]:
    """A forecast that its own record withdraws; one too young to have a record asks for nothing."""
    record = forecast.record(read)
    if record is None or record.verdict.published:
        return
    total = record.total
    half = (total["upper"] - total["lower"]) / 2
    size = abs(total["ratio"] - 1) / half if half > 0 else 0.0
    item = Item(
        trust.verdict_words(record, lang),
        t("decide.kind_withdrawn", lang),
        "worse",
        go=Go("reisolation", t("decide.open_record", lang), (("part", "trust"),)),
    )
    yield Decision("reisolation", "record", "missed", float(size), t("decide.withdrawn_short", lang), item)


def _data(read: Reader, lang: str) -> Iterator[Decision]:
    """Watched tables that nothing has come into for long, and files of which rows were refused."""
    rows = read.rows(queries.batches).drop_duplicates("table_name").set_index("table_name")
    limit = pd.Timestamp(read.as_of) - pd.DateOffset(months=LATE_MONTHS)
    go = Go("import_data", t("decide.open_import", lang))
    for table in dict.fromkeys((*(w.table for w in WATCHED), "ledger_entry", "spell")):
        if table not in rows.index:
            continue
        batch, name = rows.loc[table], metadata.tables[table].info[lang]
        came = pd.Timestamp(batch["recorded_at"])
        if came < limit:
            months = (pd.Timestamp(read.as_of) - came).days / 30.4
            text = t("decide.late", lang, table=name, day=numbers.day(came, lang), months=LATE_MONTHS)
            item = Item(text, t("decide.kind_late", lang), "steady", go=go)
            yield Decision("data", f"late:{table}", "late", months, str(name), item)
        if batch["rows_refused"] > 0:  # a row may be a person: its number is protected like any count
            text = t(
                "decide.refused",
                lang,
                table=name,
                n=say.count_words(read.one(batch["rows_refused"]), lang),
                file=batch["source_name"],
                day=numbers.day(came, lang),
            )
            item = Item(text, t("decide.kind_refused", lang), "steady", go=go)
            yield Decision("data", f"refused:{table}", "late", 0.0, str(name), item)


# A domain joins with one function.
SOURCES: dict[str, Callable[[Reader, str], Iterator[Decision]]] = {
    "kpi": _services,
    "budget": _budget,
    "districts": _districts,
    "detection": _detection,
    "reisolation": _reisolation,
    "data": _data,
}


# --- Words ----------------------------------------------------------------------------------------------


def counted(found: Sequence[Decision], lang: str) -> str:
    """How many by domain: 'budget 9, service measures 1'."""
    numbers_of = Counter(one.domain for one in found)
    return ", ".join(
        t("decide.counted", lang, domain=t(f"decide.domain_{d}", lang), n=numbers_of[d])
        for d in DOMAINS
        if numbers_of[d]
    )


def sentence(read: Reader, found: Sequence[Decision], lang: str) -> str:
    """How many decisions are needed in all domains, and the first ones."""
    day = numbers.day(read.as_of, lang)
    if not found:
        return t("decide.lead_none", lang, day=day)
    names = list(dict.fromkeys(one.name for one in found))
    return t(
        "decide.lead" if len(names) <= 3 else "decide.lead_more",
        lang,
        day=day,
        n=len(found),
        by=counted(found, lang),
        names=", ".join(names[:3]),
    )


def callout(found: Sequence[Decision], lang: str, *, shown: int, ways: Sequence[Go] = ()) -> Callout:
    """The list, each with its domain, owner and a way to its page; ways to whole pages and the rule beneath it."""
    items = [
        replace(
            one.item, meta=" · ".join(x for x in (t(f"decide.domain_{one.domain}", lang), one.item.meta) if x)
        )
        for one in found
    ]
    return Callout(
        items,
        t("decide.rule", lang),
        quiet=t("decide.none", lang),
        shown=shown,
        more=t("decide.more", lang, n=len(found) - shown),
        title=t("decide.title", lang),
        ways=tuple(ways),
    )


def ways(found: Sequence[Decision], lang: str) -> list[Go]:
    """A way to the page of every domain that has something to decide, with how many."""
    many = Counter(one.domain for one in found)
    return [
        Go(
            PAGES[d],
            t("decide.way", lang, domain=t(f"decide.domain_{d}", lang), n=many[d]),
            (("q", "gap"),) if d == "districts" else (),
        )
        for d in DOMAINS
        if many[d]
    ]
