"""A few typed signs, and what bears them in its name: each with what it is and the view that shows it."""

from __future__ import annotations

from answers import words
from answers.answer import Answer, Block, Cell, Column, Go, Heading, Table
from answers.ask import Ask, Choice
from answers.districts.choices import MOST_COMPARED
from answers.reader import Reader
from answers.registry import question
from answers.search import entries, letters
from answers.search.entries import KINDS, Entry
from locales import t

MOST = 20
LONGEST = 60
Q = Choice(name="q", default="", label="search.label", kind="text", longest=LONGEST, place="link")


@question("search", choices=(Q,))
def search(ask: Ask, read: Reader) -> Answer:
    """What bears the typed signs in its name, the best fit first; before anything is typed, what can be found."""
    typed, lang = ask["q"].strip(), ask.lang
    if not typed:
        return Answer(ask.t("nav.search"), ask.t("search.lead"), blocks=_offered(read, lang))
    found = matches(read, typed, lang)
    if not found:
        return Answer(ask.t("nav.search"), ask.t("search.none", q=typed), blocks=_offered(read, lang))
    key = "search.found_more" if len(found) > MOST else "search.found"
    return Answer(
        ask.t("nav.search"),
        ask.t(key, q=typed, n=len(found), most=MOST),
        blocks=(_table(found[:MOST], lang),),
    )


def matches(read: Reader, typed: str, lang: str) -> list[Entry]:
    """Everything that fits, best first; what fits equally well by kind, then by the shorter name."""
    fits = ((min(letters.fit(typed, name) for name in e.names), e) for e in entries.every(read, lang))
    kept = [(fit, KINDS.index(e.kind), len(e.name), e) for fit, e in fits if fit < letters.NONE]
    return [*_compared(read, typed, lang), *(e for *_, e in sorted(kept, key=lambda row: row[:3]))]


def _compared(read: Reader, typed: str, lang: str) -> list[Entry]:
    """Two to four districts in one breath: their comparison."""
    districts = [e for e in entries.every(read, lang) if e.kind == "district"]
    parts = typed.split()
    named = [
        next((e for e in districts if any(letters.fit(part, n) <= letters.START for n in e.names)), None)
        for part in parts
    ]
    found = list(dict.fromkeys(e for e in named if e is not None))
    if not 2 <= len(found) == len(parts) <= MOST_COMPARED:
        return []
    codes = [dict(e.go.choices)["gu"] for e in found]
    name = t("search.compare", lang, names=words.listed([e.name for e in found], lang))
    asked = (("q", "compare"), ("gu", codes[0]), ("cmp", ".".join(codes)))
    go = Go("district_map", choices=asked)
    return [Entry("question", name, t("search.compare_said", lang), go, ())]


def _table(found: list[Entry], lang: str) -> Table:
    columns = [Column(t(f"search.col_{name}", lang), name=name) for name in ("name", "kind", "said")]
    rows = [(Cell(e.name, go=e.go), t(f"search.kind_{e.kind}", lang), e.said) for e in found]
    return Table(columns, rows, caption=t("nav.search", lang))


def _offered(read: Reader, lang: str) -> list[Block]:
    """Every question that can be asked, with its page."""
    asked = [e for e in entries.every(read, lang) if e.kind == "question"]
    return [Heading(t("search.questions", lang)), _table(asked, lang), Go("about", t("search.terms", lang))]
