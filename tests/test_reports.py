"""Sheets on paper: one page each, nothing cut, the same words and numbers as on the screen, tagged for a screen reader."""

import io
import re

import pypdf
import pytest

from answers.answer import Table
from answers.reader import Reader
from answers.store import Store
from reports import briefs, district, fonts, pick, typeset
from reports.__main__ import main
from tests.proof import size

AT = "https://ieum.example"
LANGUAGES = ("ko", "en")
A4 = (595, 842)
MOST_BYTES = 500_000
# A district of one syllable, those of the longest names, one that a decision names.
SAMPLE = ("11020", "11060", "11130", "11040")

pytestmark = pytest.mark.skipif(not fonts.installed(), reason=f"no font for paper: {fonts.COMMAND}")


@pytest.fixture(scope="module")
def read(store_copy, tmp_path_factory):
    """Of a store whose first study is made; who reads waits for no other."""
    from answers.profile import standing

    found = Store.of(store_copy(tmp_path_factory.mktemp("reports") / "s.db"))
    standing.known(Reader(found))
    yield Reader(found, patient=False)
    found.engine.dispose()


@pytest.fixture(scope="module")
def desks(read):
    return {lang: briefs.desk(read, lang, AT) for lang in LANGUAGES}


def opened(content):
    return pypdf.PdfReader(io.BytesIO(content))


def text_of(content):
    """Everything that a sheet says, without blanks: where a line breaks is no part of it."""
    return bare("".join(page.extract_text() for page in opened(content).pages))


def bare(text):
    return re.sub(r"\s+", "", text)


@pytest.mark.proof
@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_district_has_one_page_of_a4_that_is_light_enough_to_send(desks, lang):
    codes = list(desks[lang].read.district_names("ko"))
    for code in codes if size(0, 1) else SAMPLE:
        made = briefs.pdf(desks[lang], "district", code)
        (page,) = opened(made).pages
        assert (round(page.mediabox.width), round(page.mediabox.height)) == A4
        assert len(made) <= MOST_BYTES


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_districts_sheet_says_every_word_and_number_of_the_answers_tables(desks, lang):
    profile = desks[lang].ask("district_profile", gu="11040")
    said = text_of(briefs.pdf(desks[lang], "district", "11040"))
    assert bare(profile.sentence) in said
    shown = [table for name in district.GROUPS if isinstance(table := pick.table(profile, name), Table)]
    cells = [str(cell) for table in shown for row in table.rows for cell in row]
    cells += [str(row[1]) for row in pick.table(profile, "money").rows[: district.YEARS]]
    assert len(shown) == 3
    assert [cell for cell in cells if bare(cell) not in said] == []
    assert {"ko": "억원", "en": "KRW"}[lang] in said


def test_a_sheet_is_tagged_and_says_its_title_language_and_what_pictures_show(desks):
    made = opened(briefs.pdf(desks["ko"], "district", "11020"))
    root = made.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert str(root["/Lang"]) == "ko"
    assert made.metadata.title.startswith("중구")
    assert b"pdfuaid" in root["/Metadata"].get_data()


def test_the_page_says_where_its_figures_stand_and_of_which_state(desks):
    said = text_of(briefs.pdf(desks["en"], "district", "11020"))
    assert f"{AT}/district_profile?gu=11020&lang=en&city=demo" in said
    assert f"dataversion{desks['en'].read.version}" in said
    assert "1/1" in said


def test_a_place_is_named_by_its_whole_name_alone():
    assert district.named("중구", "필요가 높은 곳: 중구 91%")
    assert not district.named("중구", "성중구 91%")
    assert district.named("Jung-gu", "of one (Jung-gu 91%)")
    assert not district.named("Jung-gu", "of one (Jung-guri 91%)")


def test_what_does_not_fit_is_refused_and_never_cut(desks):
    found = district.sheet(desks["ko"], "11020")
    from reports import sheets

    crowded = {**sheets.data(found, desks["ko"]), "pages": [list(found.pages[0]) * 2]}
    with pytest.raises(typeset.NoRoom):
        typeset.pdf(sheets.TEMPLATE, crowded)


def test_words_of_a_file_are_no_markup(desks):
    from reports import parts, sheets

    odd = "#panic() *b* _i_ $x$ @ref <l> \\ // `r` [c]"
    found = district.sheet(desks["ko"], "11020")
    plain = {**sheets.data(found, desks["ko"]), "pages": [[[parts.span(12, parts.say(odd))]]]}
    assert bare(odd) in text_of(typeset.pdf(sheets.TEMPLATE, plain))


def test_without_a_font_the_command_says_so(monkeypatch, tmp_path, capsys):
    def none():
        raise fonts.NoFont(fonts.COMMAND)

    monkeypatch.setattr(fonts, "found", none)
    monkeypatch.setattr(briefs, "KINDS", {"district": lambda desk, code: fonts.found()})
    with pytest.raises(SystemExit):
        main(["brief", "--district", "11020", "--out", str(tmp_path / "x.pdf")])
    assert fonts.COMMAND in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
