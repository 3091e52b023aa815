"""One form of dates, units and signs, and words that an office says: held over every question's texts in both languages."""

import re
from pathlib import Path

import pytest

from answers import registry, terms, written
from answers.reader import Reader
from answers.store import Store
from locales import LANGUAGES, numbers, sentences

ROOT = Path(__file__).resolve().parent.parent
# Every rule with what breaks it. A source's own title may carry a date as it was printed there; a link or a code is no date.
FORMS = {
    "a date in the files' form": re.compile(r"(?<![\w/.-])20\d\d-\d\d(?:-\d\d)?(?![\w/-])"),
    "a unit apart from its figure": re.compile(r"\d (?:건|명|가구|곳|개|회)(?![가-힣])"),
    "a sign before nothing": re.compile(r"[−-]0(?:\.0+)?(?![\d.,])"),
    "a hyphen for a minus": re.compile(r"(?<![\w.–~)-])-\d+(?:\.\d+)?%"),
    "none said as a number": re.compile(r"(?<!\d)0(?:곳|개|건|명)(?:입니다|이고)"),
    "a percent sign apart from its figure": re.compile(r"\d %"),
}
UNSAID = ("닿고 있나", "우연 밖", "볼 수치", "될 때도 안 될 때도", "말 한마디", "값어치", "겨루지", "십시오")
BARE = ("CPI", "SPI", "TCPI", "EAC", "Moran", "모란", "Fay", "페이", "E-value", "E-값", "WIS", "CRPS")


def lines(found):
    """What an answer says line by line, without titles of sources, which are printed as they are."""
    titles = {c.text for t in found.tables() for row in t.rows for c in row if getattr(c, "href", "")}
    titles |= {
        line.text
        for t in found.tables()
        for row in t.rows
        for c in row
        for line in getattr(c, "under", ())
        if line.href
    }
    titles |= {c.text for b in found.every() for c in getattr(b, "head", ()) if getattr(c, "href", "")}
    said = written.as_text(found)
    for title in sorted(titles, key=len, reverse=True):
        said = said.replace(title, "")
    return re.sub(
        r"\([^()\n]* 20\d\d-\d\d-\d\d\)", "", said
    ).splitlines()  # '(SBS 2025-08-18)' in a recorded basis is such a title


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_question_writes_dates_units_and_signs_in_one_form(store, lang):
    read, wrong = Reader(Store.of(store)), []
    for one in registry.every():
        for line in lines(registry.answer(one.id, read, lang)):
            wrong += [f"{one.id}: {rule}: {line[:160]}" for rule, form in FORMS.items() if form.search(line)]
    assert not wrong, "\n".join(wrong[:20])


@pytest.mark.parametrize(
    ("text", "rule"),
    [("2025-04-01 – 2025-05-08", "a date in the files' form"), ("33,148 건", "a unit apart from its figure"), ("−0.0%p", "a sign before nothing"),
     ("낮은 곳은 0곳입니다", "none said as a number"), ("59.8 %", "a percent sign apart from its figure")],
)  # fmt: skip
def test_each_rule_finds_what_breaks_it(text, rule):
    assert [name for name, form in FORMS.items() if form.search(text)] == [rule]


def test_no_sentence_holds_what_no_office_says():
    found = {key: word for key, text in sentences("ko").items() for word in UNSAID if word in text}
    assert found == {}


def test_terms_of_art_are_named_plainly_first_and_each_has_a_card():
    for lang in LANGUAGES:
        said = sentences(lang)
        for name in terms.NAMES:
            assert (
                re.match(r"[^()]+ ?\([^()]+\)$", said[f"term.{name}"]) and len(said[f"meaning.{name}"]) > 20
            )
        headers = {
            k: v
            for k, v in said.items()
            if k.startswith(("budget.ev_", "figures.", "reisolation.assoc_", "term."))
        }
        assert [k for k, v in headers.items() if v.strip() in BARE] == []
    page = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    assert [name for name in terms.NAMES if sentences("ko")[f"term.{name}"] not in page] == []


def test_what_rounds_to_nothing_has_no_sign_and_filed_periods_are_dates():
    assert numbers.number(-0.4) == "0" and numbers.number(-0.04, 1) == "0.0" and numbers.number(-0.6) == "-1"
    assert numbers.period("2025-04-01/2025-05-08", "ko") == "2025. 4. 1. – 2025. 5. 8."
    assert numbers.period("2025-04/2025-12", "en") == "Apr 2025 – Dec 2025"
    assert numbers.period("2025", "ko") == "2025년" and numbers.period("spring 2025", "en") == "spring 2025"


# Words that claim a cause. One stands where a registered design passed its own checks (`evaluation.verdict.judge`), or where a text says that none is claimed.
CAUSAL = {
    "ko": r"때문에|덕분|효과를 (?:냈|보였)|낮췄|높였|(?:으)?로 인해",
    "en": r"\bcaused\b|because of|\bled to\b|thanks to|had an effect|brought (?:it )?about",
}
CAUSE_TOLD = {"evaluation.said_causal"}
CAUSE_DENIED = {"meeting.agreed_sure", "manual.meeting_care", "manual.counselling_care"}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_causal_word_stands_only_where_the_rule_gives_one(lang):
    found = {key for key, text in sentences(lang).items() if re.search(CAUSAL[lang], text)}
    assert found >= CAUSE_TOLD and found - CAUSE_TOLD <= CAUSE_DENIED
    # and the one sentence that may is asked for by the rule's own word
    assert "evaluation.said_causal" not in (ROOT / "answers/evaluation/told.py").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("lang", "text"), [("ko", "사업 덕분에 줄었습니다"), ("ko", "응답률을 높였습니다"), ("en", "The stores led to fewer returns")]
)  # fmt: skip
def test_the_guard_finds_a_cause_that_is_claimed(lang, text):
    assert re.search(CAUSAL[lang], text)
