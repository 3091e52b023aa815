"""All service measures in one table, then one of them on its control chart with limits of the reader's choice."""

from __future__ import annotations

from answers import attainment, decisions, say, words
from answers.answer import Answer, Beside, Block, Control, Figure, Fold, Heading, Lead, Note, Table
from answers.ask import Ask, Choice, Codes
from answers.kpi import measures, said
from answers.kpi.measures import Kpi
from answers.kpi.table import table
from answers.reader import Reader
from answers.registry import question
from answers.targets import plan_words
from charts import control
from charts.trend import spark_summary
from data.coverage import with_summaries
from locales import numbers, t
from metrics.watched import BY_ID, WATCHED


def _events(read: Reader, codes: Codes) -> list[str]:
    return ["", *measures.events_of(read, codes["kpi"])]


def _event(code: str, lang: str, read: Reader) -> str:
    return measures.event_words(read, code, lang) if code else t("kpi.rebase_none", lang)


KPI = Choice(
    name="kpi",
    options=tuple(BY_ID),
    label="kpi.pick",
    place="inline",
    say=lambda code, lang, read: BY_ID[code].metric.name(lang),
)
REBASE = Choice(name="rebase", options=_events, default="", label="kpi.rebase", place="inline", say=_event)
SCREEN = Choice(
    name="screen",
    options=("yes", "no"),
    label="kpi.screen",
    place="inline",
    say="kpi.screen_",
    help="kpi.screen_help",
)


@question("kpi", choices=(KPI, REBASE, SCREEN), needs=with_summaries([w.table for w in WATCHED]))
def kpi(ask: Ask, read: Reader) -> Answer:
    """What needs a decision and where its remedy stands; every measure; one in detail."""
    lang, found = ask.lang, measures.every(read)
    chosen = measures.in_detail(read, ask["kpi"], screen=ask["screen"] == "yes", event=ask["rebase"])
    blocks = (
        *(one.item.go for one in decisions.of(read, lang, "kpi") if one.item.go),
        *_measures(read, found, lang),
        *([Note(family)] if (family := said.family(read, found, lang)) else []),
        Note(ask.t("kpi.icons")),
        Heading(ask.t("kpi.detail")),
        Beside(((Control("kpi"),), (Control("rebase"),), (Control("screen"),)), (4, 4, 3), "small"),
        Lead(said.sentence(chosen, lang)),
        *(() if chosen.latest is None else _detail(read, chosen, lang, screen=ask["screen"] == "yes")),
    )
    return Answer(ask.t("kpi.title"), said.lead(found, lang), blocks=blocks)


def _measures(read: Reader, found: tuple[Kpi, ...], lang: str) -> list[Block]:
    """Measures that say something stand open, the rest, which stay as they were, behind their number."""
    loud = tuple(k for k in found if k.decision or said.speaks(k))
    rest = tuple(k for k in found if k not in loud)
    shown: list[Block] = [table(read, loud, lang)] if loud else []
    return [*shown, *([Fold(t("kpi.rest", lang, n=len(rest)), (table(read, rest, lang),))] if rest else [])]


def _detail(read: Reader, kpi: Kpi, lang: str, *, screen: bool) -> list[Block]:
    months, metric = kpi.months, kpi.metric
    span = f"{numbers.month(months[0], lang)} – {numbers.month(months[-1], lang)}"
    label = (
        ""
        if kpi.target is None
        else t("kpi.target_line", lang, value=numbers.value(kpi.target, metric.unit, lang, digits=0))
    )
    figure = control.control(
        kpi.chart,
        months,
        metric=metric,
        lang=lang,
        caption=t(f"evidence.{read.whose}", lang),
        target=None if kpi.annual else kpi.target,
        target_label=label,
    )
    blocks: list[Block] = [
        Note(t("kpi.chart_key", lang)),
        Note(said.points(read, kpi, lang, screen=screen)),
        Figure("kpi_chart", figure, spark_summary(kpi.series, metric, lang), chart_rows(kpi, lang)),
        say.metric_source(metric, read.mark(metric), lang, period=span),
    ]
    if kpi.target_row is not None and kpi.planned:
        blocks.append(Note(t("kpi.basis_plan", lang, said=plan_words(read, kpi.target_row, lang))))
    elif kpi.target_row is not None:
        blocks.append(Note(said.basis(kpi, lang)))
    return [
        *blocks,
        *attainment.blocks(read, kpi, lang),
        say.metric_how(read, metric, lang, period=span, table=kpi.watched.table),
    ]


def chart_rows(kpi: Kpi, lang: str) -> Table:
    """What the chart draws, month by month."""
    metric = kpi.metric
    unit = words.unit_of(metric, lang)
    names = ("month", "value", "lower", "centre", "upper", "cause")
    rows = [
        (
            numbers.month(month, lang),
            words.value_of(row, metric, lang),
            *(
                numbers.value(point[name], metric.unit, lang, counted=unit)
                for name in ("lower", "centre", "upper")
            ),
            control.signal(point["cause"], point["also"], lang),
        )
        for month, (_, row), (_, point) in zip(
            kpi.months, kpi.series.iterrows(), kpi.chart.iterrows(), strict=True
        )
    ]
    return Table(
        say.heads("kpi.chart_", names, lang, words=("month", "cause")), rows, stacked=False, name="kpi_chart"
    )
