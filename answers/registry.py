"""Every question that can be asked, by page: controls, links, command line, JSON schema and tests are read from this list."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from answers import ahead, empty, say
from answers.answer import Answer, Block
from answers.ask import Ask, Choice, Codes, resolved
from answers.kept import kept, noted
from answers.reader import Reader
from answers.studies import Pending
from locales import t

Make = Callable[[Ask, Reader], Answer]
Rest = Callable[[Ask, Reader], Sequence[Block]]
Needs = tuple[str, ...] | Callable[[Codes], tuple[str, ...]]


@dataclass(frozen=True)
class Question:
    """A question: its id, choices, and the function that answers it.

    Attributes:
        needs: tables of which at least one must hold a row, or a function of the codes in force; without any, the answer says
            what would fill it. rest: what stands beneath that, since it rests on the reference alone. ahead: the choice each of
            whose codes is answered ahead, not the default alone.
    """

    id: str
    choices: tuple[Choice, ...]
    make: Make
    needs: Needs = ()
    rest: Rest | None = None
    ahead: Choice | None = None

    def tables(self, codes: Codes) -> tuple[str, ...]:
        """What it needs, as it is asked."""
        return self.needs(codes) if callable(self.needs) else self.needs

    @property
    def page(self) -> str:
        """The page that it stands on."""
        return self.id.partition(".")[0]

    @property
    def part(self) -> str:
        """Its place on that page; '' where it is the page's only one."""
        return self.id.partition(".")[2]


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page and its questions, in the order of its first choice.

    Attributes:
        name: of the page. module: where its questions stand.
        parameter: of the link, which chooses the question; label: key of that control's label; say: prefix of the keys of
            the parts' names. waiting: key of what is said while an answer is made, where that may take seconds.
    """

    name: str
    module: str
    parameter: str = "part"
    label: str = "services.question"
    say: str = ""
    hide_label: bool = False
    waiting: str = ""


# Pages with their questions' modules; a question joins by `@question` in one of them.
PAGES = {
    p.name: p
    for p in (
        Page(
            name="district_map",
            module="answers.districts.questions",
            parameter="q",
            label="district.question",
            say="district.q_",
            hide_label=True,
        ),
        Page(name="overview", module="answers.overview.questions", say="overview.part_"),
        Page(name="district_profile", module="answers.profile.questions"),
        Page(name="about", module="answers.about.questions"),
        Page(name="manual", module="answers.manual.questions"),
        Page(name="search", module="answers.search.questions"),
        Page(name="budget", module="answers.budget.questions", say="budget.part_"),
        Page(name="kpi", module="answers.kpi.questions"),
        Page(
            name="meeting",
            module="answers.meeting.questions",
            label="meeting.part",
            say="meeting.part_",
            waiting="meeting.reckoning",
        ),
        Page(name="hotline", module="answers.hotline.questions", say="hotline.part_"),
        Page(
            name="detection", module="answers.detection.questions", parameter="detect", say="detection.part_"
        ),
        Page(name="coverage", module="answers.coverage.questions"),
        Page(name="setup", module="answers.setup.questions", label="setup.what", say="setup.part_"),
        Page(name="programmes", module="answers.programmes.questions"),
        Page(name="thread", module="answers.thread.questions", label="thread.part", say="thread.part_"),
        Page(
            name="reisolation",
            module="answers.reisolation.questions",
            say="reisolation.part_",
            waiting="reisolation.reckoning",
        ),
        Page(
            name="evaluation",
            module="answers.evaluation.questions",
            label="evaluation.part",
            say="evaluation.part_",
            waiting="evaluation.reckoning",
        ),
        Page(
            name="choice",
            module="answers.choice.questions",
            label="choice.part",
            say="choice.part_",
            waiting="reisolation.reckoning",
        ),
        Page(
            name="counselling",
            module="answers.counselling.questions",
            parameter="course",
            say="counselling.part_",
        ),
    )
}
_QUESTIONS: dict[str, Question] = {}


def question(
    id: str,
    *,
    choices: Sequence[Choice] = (),
    needs: Needs = (),
    rest: Rest | None = None,
    ahead: Choice | None = None,
) -> Callable[[Make], Make]:
    """Enter a function as the answer to a question, 'page.part' or 'page'; needs, rest and ahead as `Question` has them."""

    def enter(make: Make) -> Make:
        if id in _QUESTIONS:
            raise ValueError(f"question {id!r} is entered twice")
        _QUESTIONS[id] = Question(id, tuple(choices), make, needs, rest, ahead)
        return make

    return enter


@cache
def page(name: str) -> tuple[Page, tuple[Question, ...]]:
    """A page with its questions in order.

    Raises:
        KeyError: no such page.
    """
    found = PAGES[name]
    listed = importlib.import_module(found.module)
    # The page's order is that of its list; which module somebody imported first must not matter.
    place = {f"{listed.__package__}.{name}": n for n, name in enumerate(getattr(listed, "__all__", ()))}
    mine = (q for q in list(_QUESTIONS.values()) if q.page == name)  # others may be entered meanwhile
    return found, tuple(sorted(mine, key=lambda q: place.get(q.make.__module__, 0)))


@cache
def get(id: str) -> Question:
    """A question by id.

    Raises:
        KeyError: no such question.
    """
    name = id.partition(".")[0]
    if name not in PAGES:
        raise KeyError(id)
    page(name)
    return _QUESTIONS[id]


def every() -> tuple[Question, ...]:
    """All questions, page by page."""
    return tuple(q for name in PAGES for q in page(name)[1])


def codes_of(id: str, read: Reader, given: Mapping[str, str]) -> dict[str, str]:
    """The codes in force for what a link or a command gives."""
    return resolved(get(id).choices, read, given)


class NotOffered(ValueError):
    """A choice or a code that a question does not have.

    Attributes:
        name: of the choice. code: the one given; None where the question has no such choice. offered: what it has instead.
    """

    def __init__(self, name: str, code: str | None, offered: Sequence[str]) -> None:
        super().__init__(name)
        self.name = name
        self.code = code
        self.offered = list(offered)


def checked(id: str, read: Reader, given: Mapping[str, str]) -> dict[str, str]:
    """The codes in force, for those who want to be told what is not on offer.

    Raises:
        KeyError: no such question.
        NotOffered: no such choice, or its code is not on offer as the other choices stand.
    """
    choices = {c.name: c for c in get(id).choices}
    codes = codes_of(id, read, given)
    for name, code in given.items():
        if name not in choices:
            raise NotOffered(name, None, list(choices))
        if codes[name] != code:
            raise NotOffered(name, code, offered(choices[name], read, codes))
    return codes


def offered(choice: Choice, read: Reader, codes: Mapping[str, str]) -> list[str]:
    """A choice's codes as said to somebody who types them; a number's as its bounds, a free text's as nothing."""
    if not choice.asked(read, codes):
        return [codes[choice.name]]
    if choice.kind == "number":
        return [f"{choice.low}–{choice.high}"]
    return [code or "''" for code in choice.offered(read, codes)]


def title(one: Question, lang: str) -> str:
    """A question's name as its page offers it."""
    found = PAGES[one.page]
    return t(f"{found.say}{one.part}" if one.part else f"nav.{one.page}", lang)


def answer(id: str, read: Reader, lang: str, given: Mapping[str, str] | None = None) -> Answer:
    """The answer to a question with the codes given; codes that are not on offer give way to the default.

    Raises:
        KeyError: no such question.
    """
    return _answer(read, id, lang, tuple(codes_of(id, read, given or {}).items()))


def _without(one: Question, ask: Ask, read: Reader, tables: tuple[str, ...]) -> Answer:
    """The answer where no record stands behind it."""
    lang = ask.lang
    chosen = ((page(one.page)[0].parameter, one.part),) if one.part else ()
    inviting = [*empty.summarised(read, tables, lang), *empty.blocks(read, one.page, chosen, tables, lang)]
    rest = one.rest(ask, read) if one.rest else ()
    return Answer(t(f"nav.{one.page}", lang), empty.sentence(read, lang), blocks=(*inviting, *rest))


@kept
def _answer(read: Reader, id: str, lang: str, codes: tuple[tuple[str, str], ...]) -> Answer:
    if (ready := ahead.answer(read, id, lang, codes)) is not None:
        return ready
    one, ask = get(id), Ask(id, lang, codes)
    tables = one.tables(dict(codes))
    with noted() as rested:
        try:
            empty_handed = bool(tables) and not any(read.holds(table) for table in tables)
            made = _without(one, ask, read, tables) if empty_handed else one.make(ask, read)
        except Pending as problem:
            made = Answer(t(f"nav.{one.page}", lang), problem.words(lang), pending=not problem.frozen)
    return replace(
        made,
        question=id,
        lang=lang,
        city=read.whose,
        choices=codes,
        as_of=f"{read.as_of:%Y-%m-%d}",
        data_version=read.version,
        release=read.release.number if read.release else 0,
        released=read.release.day if read.release else "",
        late=tuple(sorted(rested.late)),
        awaited=tuple(sorted(rested.awaited)),
        failed=tuple(sorted(rested.failed)),
        judged=tuple(sorted(rested.rules)),
        caveats=say.caveats(read, rested.parts, rested.gaps, lang),
    )
