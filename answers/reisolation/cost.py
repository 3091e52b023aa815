"""What a scenario costs and what it buys: ratio, plane, acceptability, the plan's money by year, the worth of knowing more."""

from __future__ import annotations

import numpy as np

from answers import say
from answers.answer import Answer, Banner, Beside, Block, Column, Figure, Heading, Lead, Note, Table
from answers.ask import Ask, Choice, Codes
from answers.reader import Reader
from answers.registry import question
from answers.reisolation import balance, choices, levers, source, words
from answers.reisolation.common import how, source_line
from answers.reisolation.source import Register
from charts import series, worth
from forecast.reisolation import cost as money
from forecast.reisolation.outcome import Outcome
from forecast.reisolation.project import Scenario
from locales import numbers, t

DISCOUNTS = ("0", "3", "4.5", "6")
# Worth of one prevented re-isolation in units of 10,000 won, to choose from: a judgement that is the reader's.
WORTHS = ("500", "1000", "2000", "3000", "5000", "7000", "10000", "20000", "50000")
DOTS = 300


def _counts(read: Reader, codes: Codes) -> bool:
    """Whether there is a scenario to count the cost of."""
    scenario = choices.whole(read, codes, "ko")
    return not levers.too_many(scenario)


DISCOUNT = Choice(
    name="discount",
    options=DISCOUNTS,
    default="4.5",
    kind="segments",
    label="reisolation.discount",
    width=3.0,
    say=lambda code, lang, read: f"{code}%",
    when=_counts,
)
WORTH = Choice(
    name="worth",
    options=WORTHS,
    default="5000",
    label="reisolation.willing",
    help="reisolation.willing_help",
    width=3.0,
    say=lambda code, lang, read: numbers.won(10_000 * int(code), lang),
    when=_counts,
)


@question("reisolation.cost", choices=(*choices.LINKED, DISCOUNT, WORTH), needs=("spell",))
@choices.forecast
def cost(ask: Ask, read: Reader, found: Register) -> Answer:
    """The scenario of the levers against today's services."""
    lang, scenario = ask.lang, choices.current(ask, read)
    example = not scenario.active
    if example:
        scenario = levers.examples(read, lang)[0]
    if levers.too_many(scenario):
        return Answer("", t("reisolation.too_many", lang))
    if not source.acting(scenario):
        return Answer("", t("reisolation.cost_intake", lang))
    rate, willing = float(ask["discount"]) / 100, 10_000 * ask.number("worth")
    draws = levers.EXAMPLE_DRAWS if example else source.FULL[source.acting(scenario)]
    against = levers.reference(scenario)
    base, mine = (source.run(read, found, one, draws=draws) for one in (against, scenario))
    added = money.added(base, mine, discount=rate)
    sentence, sure = _sentence(added, lang)
    same = [Note(t("reisolation.cost_same_intake", lang))] if against.levers else []
    plane = (
        Heading(t("reisolation.plane", lang)),
        Note(t("reisolation.plane_note", lang, n=numbers.number(DOTS))),
        _plane(added, found, lang),
    )
    accepted = (
        Heading(t("reisolation.acceptability", lang)),
        Note(t("reisolation.acceptability_note", lang)),
        _acceptability(added, found, willing, lang),
    )
    return Answer(
        "",
        sentence,
        sure,
        blocks=(
            Note(
                t(
                    f"reisolation.cost_{'example' if example else 'of'}",
                    lang,
                    levers=levers.said(scenario, lang),
                )
            ),
            *same,
            Beside((plane, accepted)),
            Heading(t("reisolation.by_year", lang)),
            *_by_year(read, found, mine, lang),
            *(() if example else _judged(read, found, scenario, mine, added, (willing, rate), lang)),
            say.figures(lang, (t("figures.none_prevented", lang), words.chance(added.prevented <= 0, lang))),
            source_line(read, found, lang),
            how(found, lang, t("reisolation.cost_how_title", lang), t("reisolation.how_cost", lang)),
        ),
    )


def _judged(
    read: Reader,
    found: Register,
    scenario: Scenario,
    mine: Outcome,
    added: money.Added,
    terms: tuple[int, float],
    lang: str,
) -> list[Block]:
    """What sways the judgement, and what knowing more would be worth, at a worth of a case and a discount."""
    willing, rate = terms
    return [
        Heading(t("reisolation.tornado", lang)),
        *balance.blocks(read, found, scenario, willing, rate, lang),
        Heading(t("reisolation.worth", lang)),
        *_worth(scenario, mine, added, willing, lang),
    ]


def _sentence(added: money.Added, lang: str) -> tuple[str, str]:
    """Cost per prevented re-isolation and per isolation-free year, or that no ratio can be given; and the ranges."""
    per_case, per_year = (
        money.icer(added.cost_krw, effect) for effect in (added.prevented, added.free_years)
    )
    none = added.prevented <= 0
    prevented, krw = (
        words.count_with_limits(added.prevented, lang),
        words.won_limits(added.cost_krw, lang),
    )
    ranges = t("reisolation.cost_ranges", lang, prevented=prevented, cost=krw)
    if words.rough(none):
        ranges = f"{ranges} {words.rough_words(none, lang)}"
    if not per_case.reliable:
        more = numbers.won(per_case.mean_cost, lang)
        return t("reisolation.cost_unreliable", lang, cost=more, chance=words.chance(none, lang)), ranges
    case = _ratio(per_case.ratio, added.cost_krw, added.prevented, lang)
    year = _ratio(per_year.ratio, added.cost_krw, added.free_years, lang)
    return t("reisolation.cost_ratio", lang, case=case, year=year), ranges


def _ratio(ratio: float, krw: np.ndarray, effect: np.ndarray, lang: str) -> str:
    """A cost per unit of effect with its limits; no upper one where too many draws have no effect."""
    if np.isnan(ratio):
        return "–"
    low, high = money.ratio_limits(krw, effect)
    top = numbers.won(high, lang) if np.isfinite(high) else t("reisolation.no_upper", lang)
    limits = words.about(words.between(numbers.won(low, lang), top, lang), effect, lang)
    return t("services.with_limits", lang, value=numbers.won(ratio, lang), limits=limits)


def _plane(added: money.Added, found: Register, lang: str) -> Figure:
    unit, some = balance.unit(lang), slice(0, DOTS)
    figure = worth.plane(
        np.round(added.prevented[some], 1).tolist(),
        np.round(added.cost_krw[some] / unit, 3).tolist(),
        labels=(t("reisolation.axis_prevented", lang), t("reisolation.axis_cost", lang)),
        middle=(float(added.prevented.mean()), float(added.cost_krw.mean() / unit)),
        caption=t(f"evidence.{found.evidence}", lang),
    )
    # Three hundred dots are no table: where their middle lies, and how far they reach.
    krw = numbers.won(float(added.cost_krw.mean()), lang)
    row = (
        words.count_with_limits(added.prevented, lang),
        t("services.with_limits", lang, value=krw, limits=words.won_limits(added.cost_krw, lang)),
    )
    table = Table(say.heads("reisolation.reach_", ("prevented", "cost"), lang), [row])
    return Figure("reisolation_plane", figure, t("reisolation.plane", lang), table)


def _acceptability(added: money.Added, found: Register, willing: int, lang: str) -> Figure:
    top = max(2 * willing, 2 * float(added.cost_krw.mean()) / max(float(added.prevented.mean()), 1.0), 1e6)
    worths = np.linspace(0, min(top, 1e9), 41)
    share = 100 * money.acceptability(added.cost_krw, added.prevented, worths)
    hover = [
        t("reisolation.acceptability_hover", lang, worth=numbers.won(w, lang), share=numbers.percent(s, 0))
        for w, s in zip(worths, share, strict=True)
    ]
    figure = series.lines(
        (worths / (1e4 if lang == "ko" else 1e6)).tolist(),
        [series.Line(t("reisolation.acceptability", lang), share.tolist(), hover)],
        caption=t(f"evidence.{found.evidence}", lang),
        suffix="%",
        height=320,
        x_title=t("reisolation.axis_worth", lang),
    )
    figure["layout"]["yaxis"]["range"] = [0, 100]
    figure["layout"]["xaxis"]["tickformat"] = ",~f"
    columns = [
        Column(t("reisolation.axis_worth_of", lang)),
        Column(t("reisolation.acceptability", lang), number=True),
    ]
    rows = [
        (numbers.won(w, lang), numbers.percent(s, 0)) for w, s in zip(worths[::4], share[::4], strict=True)
    ]
    return Figure("reisolation_ceac", figure, t("reisolation.acceptability", lang), Table(columns, rows))


def _by_year(read: Reader, found: Register, mine: Outcome, lang: str) -> list[Block]:
    """Undiscounted cost by calendar year beside what remains of the plan's money."""
    left = source.money_left(read)
    table = money.budget_check(mine.cost_krw, str(found.start_month), left)
    rows = []
    for row in table.to_dict("records"):
        inside = row["year"] in left
        rows.append(
            (
                str(row["year"]),
                numbers.won(row["cost"], lang),
                words.between(numbers.won(row["lower"], lang), numbers.won(row["upper"], lang), lang),
                numbers.won(row["remaining"], lang) if inside else t("reisolation.no_plan_year", lang),
                numbers.percent(100 * row["exceeded"], 0) if inside else "–",
            )
        )
    names = ("year", "cost", "limits", "left", "over")
    blocks: list[Block] = [
        Note(t("reisolation.by_year_note", lang, last=max(left, default=read.as_of.year))),
        Table(say.heads("reisolation.year_", names, lang, words=("year",)), rows),
    ]
    beyond = [str(int(y)) for y in table["year"] if y not in left]
    if beyond:
        blocks.append(Note(t("reisolation.beyond_plan", lang, years=", ".join(beyond))))
    over = table[(table["exceeded"] > 0.05) & table["year"].isin(left)]
    if len(over):
        years = ", ".join(str(y) for y in over["year"])
        blocks.append(Banner(t("reisolation.over_budget", lang, years=years), "warning"))
    return blocks


def _worth(scenario: Scenario, mine: Outcome, added: money.Added, willing: int, lang: str) -> list[Block]:
    """What knowing more would be worth, and which study would change the decision."""
    net = willing * added.prevented - added.cost_krw
    options = np.column_stack([np.zeros_like(net), net])
    perfect = money.evpi(options)
    single = money.evppi(options, _known(scenario, mine))
    floor = money.noise_floor(options, np.random.default_rng(source.SEED))
    case = money.icer(added.cost_krw, added.prevented)
    blocks: list[Block] = []
    if case.mean_effect > 0:
        worth_of_one = numbers.won(case.mean_cost / case.mean_effect, lang)
        blocks.append(Note(t("reisolation.break_even", lang, worth=worth_of_one)))
    said = {
        "worth": numbers.won(willing, lang),
        "choice": t("reisolation.choice_yes" if net.mean() > 0 else "reisolation.choice_no", lang),
        "evpi": numbers.won(perfect, lang),
    }
    if perfect <= 0 or single.iloc[0] <= floor:
        return [*blocks, Lead(t("reisolation.evpi_none", lang, **said))]
    study, value = _study_words(str(single.index[0]), lang), numbers.won(float(single.iloc[0]), lang)
    return [
        *blocks,
        Lead(t("reisolation.evpi", lang, **said, study=study, value=value), t("reisolation.evpi_sure", lang)),
    ]


def _known(scenario: Scenario, mine: Outcome) -> dict[str, np.ndarray]:
    """The draws of what is assumed, by input."""
    acting = [lever for lever in scenario.active if lever.acts_on == "return"]
    known = {f"{lever.lever_id}.ratio": mine.log_ratios[:, k] for k, lever in enumerate(acting)}
    known["drift"] = mine.drift
    for place, lever in enumerate(scenario.active):
        starts = mine.starts[:, :, place].sum(axis=1)
        known[f"{lever.lever_id}.cost"] = mine.cost_krw[:, :, place].sum(axis=1) / np.maximum(starts, 1e-12)
    return known


def _study_words(name: str, lang: str) -> str:
    """The study that would measure an input."""
    lever_id, _, item = name.partition(".")
    if not item:
        return t("reisolation.study_drift", lang)
    return t(f"reisolation.study_{item}", lang, lever=levers.plain_name(lever_id, lang))
