"""What a registered comparison shows, with the words that the rule allows."""

from __future__ import annotations

from answers.answer import Answer, Column, Heading, Note, Table
from answers.ask import Ask, Choice
from answers.evaluation import panels, registered, told
from answers.evaluation.panels import TABLES
from answers.evaluation.power import said
from answers.evaluation.registered import SHORT
from answers.periods import shifted
from answers.reader import Reader
from answers.registry import question
from evaluation import registration as reg
from locales import numbers, t
from metrics import registry


def _options(read: Reader) -> list[str]:
    return [str(d)[:SHORT] for d in registered.rows_of(read)["digest"]] or [""]


def _say(code: str, lang: str, read: Reader) -> str:
    for row in registered.rows_of(read).to_dict("records"):
        if str(row["digest"])[:SHORT] == code and row["whole"]:
            content = registered.content_of(row)
            name = registry.get(content.measure).name(lang)
            return (
                f"{name} · {registered.named(read, content, lang)} · {numbers.day(row['recorded_at'], lang)}"
            )
    return code or t("evaluation.no_registration", lang)


REGISTRATION = Choice(
    name="reg",
    options=lambda read, codes: _options(read),
    label="evaluation.registration",
    say=_say,
    width=5.0,
)


@question("evaluation.result", choices=(REGISTRATION,), needs=TABLES)
def result(ask: Ask, read: Reader) -> Answer:
    """One sentence, the chart, the checks, and what was registered."""
    from answers.evaluation import compared
    from evaluation import verdict as rule

    lang, title = ask.lang, t("evaluation.result_title", ask.lang)
    rows = [
        row for row in registered.rows_of(read).to_dict("records") if str(row["digest"])[:SHORT] == ask["reg"]
    ]
    if not rows:
        return told.cannot("registration", title, lang)
    if not rows[0]["whole"]:
        return told.cannot("changed", title, lang)
    content = registered.content_of(rows[0])
    metric = registry.get(content.measure)
    first, last = min(content.starts.values()), max(content.starts.values())
    due = shifted(panels.key_of(last), content.after - 1)
    known = panels.closed_to(read, metric) or 0
    about = _about(read, rows[0], content, lang)
    if known < due:
        # before the last outcome month is closed nothing is shown: a look in between would not be the registered one
        text = t(
            "evaluation.waiting",
            lang,
            month=numbers.month(due, lang),
            power=said(content.detects, content.measure, lang),
        )
        return Answer(title, text, t("evaluation.waiting_sure", lang), blocks=tuple(about))
    found = compared.of(read, content, reg.seed(content))
    if isinstance(found, str):
        return told.cannot(found, title, lang, *about)
    verdict = rule.judge(found.evidence, confirmatory=reg.in_time(content))
    return Answer(
        title,
        told.sentence(
            found,
            verdict,
            metric,
            lang,
            what=registered.named(read, content, lang),
            after=content.after,
            smallest=content.smallest,
        ),
        told.sure(found, lang),
        blocks=(
            *told.blocks(read, found, verdict, metric, lang, after=content.after, start=panels.key_of(first)),
            *about,
        ),
    )


def _about(
    read: Reader, row: dict[object, object], content: reg.Content, lang: str
) -> list[Heading | Table | Note]:
    """What was registered, word by word, with its digest."""
    metric = registry.get(content.measure)
    names = read.district_names(lang)
    starts = ", ".join(
        f"{names.get(code, t('evaluation.start_city', lang))} {numbers.period(month, lang)}"
        for code, month in sorted(content.starts.items(), key=lambda item: (item[1], item[0]))
    )
    facts = (
        ("measure", metric.name(lang)),
        ("design", t(f"evaluation.design_{content.design}", lang)),
        ("starts", starts),
        ("after", t("evaluation.months", lang, n=content.after)),
        ("smallest", told.moved(content.smallest, metric, lang, sign=False)),
        ("detects", said(content.detects, content.measure, lang)),
        ("known_to", numbers.period(content.known_to, lang) if content.known_to else "–"),
        ("reason", content.reason),
        ("author", content.author),
        ("recorded_at", numbers.day(row["recorded_at"], lang)),  # type: ignore[arg-type]
        ("replaces", content.replaces or "–"),
        ("digest", str(row["digest"])),
    )
    heads = [Column(t("evaluation.col_item", lang)), Column(t("evaluation.col_content", lang))]
    kind = "confirmatory" if reg.in_time(content) else "exploratory"
    return [
        Heading(t("evaluation.about", lang)),
        Table(
            heads, [(t(f"evaluation.item_{name}", lang), text) for name, text in facts], name="registration"
        ),
        Note(t(f"evaluation.note_{kind}", lang)),
    ]
