"""How the original appropriation became 예산현액 and where it went: a waterfall whose bars open their entries."""

from __future__ import annotations

from answers import say
from answers.answer import Block, Column, Figure, Lead, Note, Piece, Table
from answers.budget import won
from answers.budget.seen import Seen
from charts.waterfall import Bar, waterfall
from data.codes import label
from locales import t
from metrics import budget


def blocks(seen: Seen) -> list[Block]:
    """Sentence, waterfall, and its bars as a list to choose from."""
    scope = seen.scope
    movement = budget.movement(seen.own(scope.cells), closed_before=scope.closed_before)
    steps = [step for step in movement if step.amount or step.is_total]
    said = _sentence(steps, seen)
    bars = [
        Bar(
            step.name,
            step_name(step, seen.lang),
            float(won.rounded(step.amount, seen.unit)),
            _bar_text(step, seen),
            step.is_total,
        )
        for step in steps
    ]
    caption = f"{seen.scope_words} · {t(f'evidence.{scope.evidence}', seen.lang)}"
    columns = [Column(seen.t("col_node")), Column(seen.t("entry_amount"), True, unit=seen.unit_name)]
    table = Table(
        columns,
        [(bar.label, bar.said) for bar in bars],
        classes=["total" if b.is_total else "" for b in bars],
    )
    # The bars once more, for keyboard and screen reader.
    kinds = {
        ".".join(step.kinds): step_name(step, seen.lang)
        for step in steps
        if step.kinds and step.name != "current"
    }
    return [
        Lead(said),
        Note(f"{seen.caption} · {seen.t('moves_hint')}"),
        Figure(
            "budget_moves",
            waterfall(bars, caption=caption, unit=seen.unit_name),
            seen.t("moves_alt", summary=said),
            table,
            picks="kind",
        ),
        Piece("budget.openers", kinds),
        say.figures(
            seen.lang,
            (t("figures.moves_change", seen.lang), _change(steps, seen)),
            (t("figures.moves_left", seen.lang), _left(steps, seen)),
        ),
        Note(seen.t("moves_carry")),
        *([Note(seen.t("moves_years"))] if scope.whole else []),
    ]


def _sentence(steps: list[budget.Step], seen: Seen) -> str:
    begun, current, spent = _amounts(steps)
    return seen.t(
        "moves_lead",
        name=seen.name,
        original=seen.whole(begun),
        current=seen.whole(current),
        change=_change(steps, seen),
        spent=seen.whole(spent),
        left=_left(steps, seen),
    )


def _amounts(steps: list[budget.Step]) -> tuple[int, int, int]:
    """What the year began with, what may be spent now, and what is spent."""
    amounts = {step.name: step.amount for step in steps}
    begun, current, spent = (
        amounts.get(name, 0) for name in ("appropriation_original", "current", "outturn")
    )
    return begun, current, spent


def _change(steps: list[budget.Step], seen: Seen) -> str:
    begun, current, _ = _amounts(steps)
    return ("+" if current > begun else "") + seen.whole(current - begun)


def _left(steps: list[budget.Step], seen: Seen) -> str:
    _, current, spent = _amounts(steps)
    return seen.whole(current - spent)


def step_name(step: budget.Step, lang: str) -> str:
    """A bar in words."""
    if len(step.kinds) == 1:
        return label("ledger_kind", step.kinds[0], lang)
    return t(f"budget.col_{step.name}", lang)


def _bar_text(step: budget.Step, seen: Seen) -> str:
    said = seen.say(step.amount)
    return f"+{said}" if step.amount > 0 and not step.is_total else said
