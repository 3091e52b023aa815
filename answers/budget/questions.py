"""The budget's questions: the whole page, with one part of it chosen, and every part by itself."""

from __future__ import annotations

from collections.abc import Callable

from answers import say
from answers.answer import Answer, Beside, Block, Control, Heading, Note, Source
from answers.ask import Ask
from answers.budget import decisions, ends, flow, moves, need, others, pace, pieces, plans, tree, value
from answers.budget.choices import COLS, CUT, DOC, EXACT, FY, KIND, LINE, PART, PARTS, PROG, SHEET, UNIT
from answers.budget.entries import Opened, panel
from answers.budget.seen import Seen, seen
from answers.kept import kept
from answers.reader import Reader
from answers.registry import question
from metrics import registry

MAKE: dict[str, Callable[[Seen], list[Block]]] = {
    "moves": moves.blocks,
    "pace": pace.blocks,
    "end": ends.blocks,
    "need": need.blocks,
    "plan": plans.blocks,
    "flow": flow.blocks,
}
METRICS = ("execution_rate", "actual_execution_rate", "plan_progress")


def _plan(ask: Ask, read: Reader) -> list[Block]:
    """What is known of the plan without an entry: its total, and our split of it."""
    found = _seen(ask, read)
    return [*plans.bar(found), *plans.blocks(found), *others.blocks(read, found.scope.years, ask.lang)]


@question(
    "budget",
    choices=(FY, PROG, UNIT, PART, CUT, COLS, LINE, KIND, DOC, EXACT, SHEET),
    needs=("ledger_monthly",),
    rest=_plan,
)
def whole(ask: Ask, read: Reader) -> Answer:
    """What needs a decision, the plan's bar, the chosen part, and the ledger down to the document."""
    found = _seen(ask, read)
    sentence, above = top(read, *_codes(ask))
    return Answer(
        found.t("title"),
        sentence,
        blocks=(
            *above,
            Control("part"),
            *part(read, ask["part"], *_codes(ask), cut=_cut(ask)),
            Heading(found.t("tree_title")),
            Source((found.scope.evidence,), f"{found.caption} · {found.t('tree_hint')}"),
            Control("cols"),
            tree.shown(read, *_codes(ask), ask["cols"]),
            *beneath(read, *_codes(ask)),
            *panel(found, Opened.of(ask)),
            *others.blocks(read, found.scope.years, ask.lang),
        ),
        period=found.scope_words,
    )


def _alone(name: str) -> None:
    """Enter the question that answers one part by itself."""
    choices = (FY, PROG, UNIT, CUT) if name == "value" else (FY, PROG, UNIT)

    @question(f"budget.{name}", choices=choices, needs=() if name == "plan" else ("ledger_monthly",))
    def made(ask: Ask, read: Reader) -> Answer:
        found = _seen(ask, read)
        return Answer(
            f"{found.t('title')} · {found.t(f'part_{name}')}",
            blocks=part(read, name, *_codes(ask), cut=int(ask["cut"]) if name == "value" else 0),
            period=found.scope_words,
        )


for _name in PARTS:
    _alone(_name)


def _codes(ask: Ask) -> tuple[str, str, str, str]:
    return ask["fy"], ask["prog"], ask["unit"], ask.lang


def _cut(ask: Ask) -> int:
    return int(ask["cut"]) if ask["part"] == "value" else 0


def _seen(ask: Ask, read: Reader) -> Seen:
    return seen(read, *_codes(ask))


@kept
def part(read: Reader, name: str, fy: str, prog: str, unit: str, lang: str, *, cut: int) -> tuple[Block, ...]:
    """One part of the page."""
    found = seen(read, fy, prog, unit, lang)
    return tuple(value.blocks(found, cut) if name == "value" else MAKE[name](found))


@kept
def top(read: Reader, fy: str, prog: str, unit: str, lang: str) -> tuple[str, tuple[Block, ...]]:
    """What stands above every part: the page in one sentence, what needs a decision, and the plan's bar."""
    found = seen(read, fy, prog, unit, lang)
    return decisions.lead(found), (
        decisions.heading(found),
        pieces.opening("budget_decide", decisions.callout(found)),
        *plans.bar(found),
    )


@kept
def beneath(read: Reader, fy: str, prog: str, unit: str, lang: str) -> tuple[Block, ...]:
    """What stands beneath the ledger: how its stages hang together, files, identities, explanations."""
    found = seen(read, fy, prog, unit, lang)
    csv, xlsx = tree.downloads(found)
    hows = [
        [say.metric_how(read, registry.get(m), lang, table="ledger_entry", label=registry.get(m).short(lang))]
        for m in METRICS
    ]
    return (
        Note(found.t("tree_stages")),
        Beside([[csv], [xlsx], []], (2, 2, 6), "small"),
        tree.identities(found),
        Beside(hows, gap="small"),
        *decisions.figures(found),
    )
