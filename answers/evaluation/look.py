"""A look at the records without registration: marked exploratory, whatever it shows."""

from __future__ import annotations

from answers.answer import Answer, Banner
from answers.ask import Ask, Choice
from answers.evaluation import panels, told
from answers.evaluation.panels import AFTER, MEASURE, TABLES
from answers.reader import Reader
from answers.registry import question
from locales import t
from metrics import registry

NONE = ""
PROGRAMME = Choice(
    name="prog",
    options=lambda read, codes: list(panels.known_starts(read)) or [NONE],
    label="evaluation.programme",
    say=lambda code, lang, read: read.programme_names(lang).get(code, t("evaluation.no_programme", lang)),
)
SEED = 20260117


@question("evaluation.look", choices=(MEASURE, PROGRAMME, AFTER), needs=TABLES)
def look(ask: Ask, read: Reader) -> Answer:
    """How a measure moved where a programme started first, against districts where it had not started yet."""
    from answers.evaluation import compared
    from evaluation import verdict as rule

    lang, metric, after = ask.lang, registry.get(ask["measure"]), ask.number("after")
    title = t("evaluation.look_title", lang)
    if not ask["prog"]:
        return told.cannot("starts", title, lang)
    found = compared.rolled(read, ask["measure"], panels.known_starts(read)[ask["prog"]], after, SEED)
    if isinstance(found, str):
        return told.cannot(found, title, lang, Banner(t("evaluation.is_look", lang)))
    said = rule.judge(found.evidence, confirmatory=False)
    what = read.programme_names(lang)[ask["prog"]]
    return Answer(
        title,
        told.sentence(found, said, metric, lang, what=what, after=after),
        told.sure(found, lang),
        blocks=(
            Banner(t("evaluation.is_look", lang)),
            *told.blocks(read, found, said, metric, lang, after=after),
        ),
    )
