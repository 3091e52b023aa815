"""What each threshold of signals would ask of the teams, with what is known of those that were flagged."""

from __future__ import annotations

import pandas as pd

from answers import periods, say
from answers.answer import Answer, Cell, Note, Table
from answers.ask import Ask, Choice
from answers.detection.common import COST, MONTHS, STEPS, detection, span, won
from answers.empty import LAKE
from answers.reader import Reader, Rule
from answers.registry import question
from answers.setup import noted
from data import queries
from locales import numbers, t

THRESHOLDS = (1, 2, 3, 4, 5, 6, 7)
ALL_TRIED = 4  # signals from which every flagged household was to be contacted
WORKDAYS = 20
PROGRAMME = "crisis_detection"
DAILY = Choice(
    name="contacts_per_day", kind="number", low=1, high=50, default="4", label="detection.per_worker", width=3
)
LOAD = Rule(
    "households by threshold",
    "counts over months of households at or above a number of signals, protected before they are shown",
)


@question("detection.workload", choices=(MONTHS, COST, DAILY), needs=(LAKE,))
@detection
def workload(ask: Ask, read: Reader) -> Answer:
    """Households at or above each number of signals a month, workers that they ask for, yield and cost."""
    lang, months = ask.lang, span(ask, read)
    rows = read.for_model(
        "detection_count", columns=("households", *STEPS), keys=("signals",), where={"month_key": months}
    )
    if rows.empty:
        return Answer("", t("detection.missing_lake", lang))
    n_months = _count(months)
    per_worker = ask.number("contacts_per_day") * WORKDAYS
    body, at = [], {}
    for k, sums in read.judged(LOAD, _at_least, rows).items():
        safe = read.protected(sums)
        monthly = safe["households"] / n_months
        tried, price = _yield(read, safe, ask.number("contact_cost"), lang) if k >= ALL_TRIED else ("", "")
        workers = numbers.number(monthly / per_worker, 0) if pd.notna(monthly) else "–"
        at[k] = {
            "households": say.counted(_five(monthly), lang, "households"),
            "workers": workers,
            "share": tried,
        }
        mark = t("detection.now", lang) if k == ALL_TRIED else ""
        body.append(
            (
                Cell(t("detection.at_least", lang, k=k), more=mark),
                say.count_words(_five(monthly), lang),
                workers,
                tried or t("detection.not_tried", lang),
                price or "–",
            )
        )
    names = ("k", "households", "workers", "yield", "cost")
    return Answer(
        "",
        _decision(at, lang),
        t("detection.workload_sentence", lang),
        blocks=(
            Table(
                say.heads("detection.load_", names, lang, words=("k",)),
                body,
                ["own" if k == ALL_TRIED else "" for k in at],
            ),
            Note(t("detection.workload_note", lang)),
            *_seen(read, months, n_months, per_worker, lang),
            *noted.staffing(read, PROGRAMME, lang),
            *noted.costs(read, PROGRAMME, lang),
            say.source(read.whose, lang, period=say.span_words(months, lang)),
            say.how(lang, "detection.how_workload"),
        ),
        period=say.span_words(months, lang),
    )


def _decision(at: dict[int, dict[str, str]], lang: str) -> str:
    """The one thing to decide: from how many signals households are visited, and what one signal more would change."""
    now, more = at[ALL_TRIED], at[ALL_TRIED + 1]
    if not now["share"] or not more["share"]:
        return t("detection.decide_unread", lang, k=ALL_TRIED)
    said = {f"{name}_more": text for name, text in more.items()}
    return t("detection.decide", lang, k=ALL_TRIED, more=ALL_TRIED + 1, **now, **said)


def _at_least(rows: pd.DataFrame) -> dict[int, pd.Series]:
    """Sums of the households that show at least so many signals, by threshold."""
    columns = ["households", *STEPS]
    return {k: rows.loc[rows["signals"] >= k, columns].sum() for k in THRESHOLDS}


def _yield(read: Reader, sums: pd.Series, cost: int, lang: str) -> tuple[str, str]:
    """Share confirmed of those contacted, and the cost of one confirmed, each with its limits; '' where withheld."""
    value, limits = say.share_cells(read, sums["confirmed"], sums["contacted"], lang)
    if not limits:
        return "", ""
    share, low, high = read.share(sums["confirmed"], sums["contacted"])
    price = t("detection.won", lang, n=won(cost / share), limits=f"{won(cost / high)}–{won(cost / low)}")
    return f"{value} ({limits})", price


def _seen(read: Reader, months: queries.Span, n_months: int, per_worker: int, lang: str) -> tuple[Note, ...]:
    """What was really contacted in a month, beside what a threshold would ask."""
    tried = read.total("detection_monthly", columns=("contacted",), where={"month_key": months, "signal": 0})[
        "contacted"
    ]
    if pd.isna(tried):
        return ()
    monthly = float(tried) / n_months
    said = say.count_words(_five(monthly), lang)
    return (
        Note(t("detection.workload_seen", lang, n=said, workers=numbers.number(monthly / per_worker, 0))),
    )


def _count(months: queries.Span) -> int:
    return periods.apart(months.low, months.high) + 1


def _five(value: float) -> float:
    return float("nan") if pd.isna(value) else round(value / 5) * 5
