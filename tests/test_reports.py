"""Sheets on paper: one page each, nothing cut, the same words and numbers as on the screen, tagged for a screen reader."""

import io
import os
import re

import pypdf
import pytest

from answers.answer import Table
from answers.reader import Reader
from answers.store import Store
from reports import briefs, district, fonts, links, pick, typeset
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


@pytest.mark.proof
@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("kind", "pages"), [("programme", 1), ("plan", 1), ("decisions", 2)])
def test_a_programme_and_the_plan_have_one_page_and_decisions_two(desks, kind, pages, lang):
    codes = [""]
    if kind == "programme":
        codes = list(desks[lang].read.programme_names("ko"))[:: size(5, 1)]
    for code in codes:
        made = briefs.pdf(desks[lang], kind, code)
        assert len(opened(made).pages) == pages
        assert len(made) <= MOST_BYTES


def test_the_brief_of_decisions_lists_each_with_its_reason_and_who_acts(desks, monkeypatch):
    from answers import decisions

    read, lang = desks["ko"].read, "ko"
    found = decisions.ranked(
        [one for name in ("budget", "districts") for one in decisions.of(read, lang, name)]
    )
    monkeypatch.setattr(decisions, "needed", lambda *args: found)
    said = text_of(briefs.pdf(briefs.desk(read, lang, AT), "decisions"))
    assert len(found) > 5
    assert [one.item.text for one in found if bare(one.item.text) not in said] == []
    assert [one.item.meta for one in found if bare(one.item.meta) not in said] == []


@pytest.mark.parametrize(
    ("kind", "code"), [("district", "11210"), ("programme", "hotline"), ("plan", ""), ("decisions", "")]
)
def test_a_sheet_of_an_office_without_a_record_says_that_there_is_none(office, kind, code):
    made = briefs.pdf(briefs.desk(Reader(Store.of(office), patient=False), "ko", AT), kind, code)
    said = text_of(made)
    assert len(opened(made).pages) == 1 + (kind == "decisions")
    assert bare("우리 기록") in said
    assert bare("시범 도시") not in said
    assert any(bare(word) in said for word in ("수치가 없습니다", "자료가 없습니다"))


def test_the_meeting_pack_names_the_pages_on_which_its_parts_begin(desks):
    from reports import pack

    desk = desks["ko"]
    found = pack.sheet(desk)
    made = opened(briefs.pdf(desk, "pack"))
    named = [
        block
        for row in found.pages[0]
        for cell in row
        for block in cell["blocks"]
        if block["t"] == "contents"
    ]
    listed = {title: int(page) for title, page in named[0]["items"]}
    assert len(listed) == 5
    assert len(made.pages) == len(found.pages) > max(listed.values()) - 1
    for title, page in listed.items():
        assert bare(made.pages[page - 1].extract_text()).startswith(bare(title)), title
    month = f"{desk.read.as_of:%Y-%m}"
    assert pack.sheet(desk, month).subtitle == found.subtitle
    with pytest.raises(pack.OtherMonth):
        pack.sheet(desk, "2020-01")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_who_acts_is_read_from_the_page_of_definitions(desks, lang):
    from answers.decisions import DOMAINS
    from locales import t
    from reports import sheets

    for domain in set(DOMAINS) - {"data"}:  # of data nobody but who sent them
        assert sheets.owner(desks[lang], t(f"report.measure_{domain}", lang)), domain


def test_a_programmes_sheet_says_what_the_ledger_and_the_list_say_of_it(desks):
    desk, name = desks["ko"], "외로움안녕120"
    said = text_of(briefs.pdf(desk, "programme", "hotline"))
    row = pick.row(desk.ask("budget", prog="hotline"), name, "집행률", "지출")
    assert bare(f"{row['지출']}억 원") in said and row["집행률"] in said
    (table, cells), *_ = pick.rows(desk.ask("programmes", prog="hotline"), name)
    assert bare(str(cells[1])) in said


def test_all_districts_are_written_with_whose_figures_they_hold(monkeypatch, tmp_path, store, capsys):
    monkeypatch.setenv("DATABASE_URL", store.replace("-demo.db", ".db"))
    monkeypatch.setattr(briefs, "pdf", lambda desk, kind, code: f"{kind} {code}".encode())
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    assert main(["briefs", "--out", str(tmp_path), "--lang", "en"]) == 0
    written = {p.name: p.read_text() for p in tmp_path.iterdir()}
    assert len(written) == 25
    assert written["ieum_district_11210_en_demo.pdf"] == "district 11210"
    assert "25 sheets" in capsys.readouterr().out


def test_processes_of_their_own_write_the_sheets_that_one_makes(monkeypatch, tmp_path, store):
    monkeypatch.setenv("DATABASE_URL", store.replace("-demo.db", ".db"))
    names = {"11010": "종로구", "11020": "중구"}
    desk = briefs.desk(Reader(Store.of(store)), "ko", links.base(""))
    made = {code: text_of(briefs.pdf(desk, "district", code)) for code in names}
    monkeypatch.setattr(Reader, "district_names", lambda read, lang: names)  # in this process alone
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    assert main(["briefs", "--out", str(tmp_path), "--lang", "ko"]) == 0
    written = {p.name: text_of(p.read_bytes()) for p in tmp_path.iterdir()}
    assert written == {f"ieum_district_{code}_ko_demo.pdf": text for code, text in made.items()}


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

    odd = "✕ 😀 #panic() *b* _i_ $x$ @ref <l> \\ // `r` [c]"
    found = district.sheet(desks["ko"], "11020")
    plain = {**sheets.data(found, desks["ko"]), "pages": [[[parts.span(12, parts.say(odd))]]]}
    assert bare(odd.replace("✕", "×").replace("😀", typeset.ABSENT)) in text_of(
        typeset.pdf(sheets.TEMPLATE, plain)
    )


def test_without_a_font_the_command_says_so(monkeypatch, store_copy, tmp_path, capsys):
    store_copy(tmp_path / "s.db")
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 's.db'}")

    def none():
        raise fonts.NoFont(fonts.COMMAND)

    monkeypatch.setattr(fonts, "found", none)
    monkeypatch.setattr(district, "sheet", lambda desk, code: fonts.found())
    with pytest.raises(SystemExit):
        main(["brief", "--district", "11020", "--out", str(tmp_path / "x.pdf")])
    assert fonts.COMMAND in capsys.readouterr().err
    assert not (tmp_path / "x.pdf").exists()
