"""Every page in both languages on a full and an empty store, and a clear page for every way a store can fail."""

from pathlib import Path

import pytest
from screen import launched as opened
from screen import specs, words_of
from small import make
from sqlalchemy import text

from answers.districts import measures
from answers.reader import Reader
from answers.rights import Rights
from answers.store import Store
from data import cities
from data.engine import make_engine, writing
from locales import t
from metrics import registry
from ui import shell

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("ko", "en")


@pytest.fixture
def empty_store(tmp_path):
    """Tables, three districts, and nothing else."""
    url = cities.address(cities.OFFICE, f"sqlite:///{tmp_path / 'empty.db'}")
    make(url).dispose()
    return url


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", list(shell.PAGES))
def test_pages_open_on_the_demonstration_city(monkeypatch, store, name, lang):
    app = opened(monkeypatch, store, name, lang)
    assert not app.exception
    assert t("app.error", lang) not in words_of(app)
    said = words_of(app)
    # What is the same for both cities names neither of them as the one looked at.
    assert (t("app.note.demo", lang) in said) == (name not in shell.OF_NO_CITY)
    assert t("app.note.office", lang) not in said


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", list(shell.PAGES))
def test_pages_open_on_an_empty_store(monkeypatch, empty_store, name, lang):
    app = opened(monkeypatch, empty_store, name, lang)
    assert not app.exception
    assert t("app.error", lang) not in words_of(app)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_overview_and_map_show_the_real_census_figures(monkeypatch, store, lang):
    for page in ("overview", "district_map"):
        said = words_of(opened(monkeypatch, store, page, lang, indicator="one_person_share"))
        for figure in ("1,699,910", "4,194,215", "40.5%", "59.2%", "29.2%"):
            assert figure in said


def test_the_map_draws_25_districts_and_425_dong_by_url(monkeypatch, store):
    districts = specs(opened(monkeypatch, store, "district_map", "ko"))[0]["data"]
    assert sum(len(trace["locations"]) for trace in districts if trace["type"] == "choropleth") == 25
    dong = specs(
        opened(monkeypatch, store, "district_map", "ko", indicator="one_person_share", level="dong")
    )[0]["data"]
    areas = [trace for trace in dong if trace["type"] == "choropleth"]
    assert sum(len(trace["locations"]) for trace in areas) == 425
    assert all(trace["geojson"].startswith("/app/static/geo/") for trace in areas)


def test_every_measure_of_the_map_has_frozen_classes_and_draws(monkeypatch, store):
    for indicator in measures.INDICATORS:
        assert registry.get(indicator).breaks
        question = "need" if indicator in measures.NEED else "reach"
        assert (
            len(specs(opened(monkeypatch, store, "district_map", "en", q=question, indicator=indicator))) == 2
        )


def test_classes_stay_the_same_over_the_years(monkeypatch, store):
    scales = []
    for year in ("2015", "2020", "2025"):
        figure = specs(
            opened(monkeypatch, store, "district_map", "ko", indicator="one_person_share", year=year)
        )[0]
        scales.append((figure["data"][0]["colorscale"], figure["data"][0]["zmin"], figure["data"][0]["zmax"]))
    assert scales[0] == scales[1] == scales[2]


def test_made_figures_say_so_at_the_head_and_in_the_hover(monkeypatch, store):
    app = opened(monkeypatch, store, "district_map", "ko", indicator="isolation_prevalence")
    assert t("app.mark.demo", "ko") in " ".join(e.proto.body for e in app.get("html"))
    for figure in specs(app):
        templates = [
            trace.get("hovertemplate", "")
            for trace in figure["data"]
            if trace["type"] in ("choropleth", "scatter")
        ]
        assert any(t("evidence.demo", "ko") in template for template in templates)


def test_the_published_view_lets_no_raw_count_reach_the_browser(monkeypatch, store):
    app = opened(monkeypatch, store, "district_map", "ko", q="reach", indicator="answer_rate")
    assert len(specs(app)) == 2
    for figure in specs(app):
        for trace in figure["data"]:
            for row in trace.get("customdata", []):
                n = row[4]
                assert n == "" or n % 5 == 0


def test_the_analyst_view_is_off_by_default_and_shows_raw_counts_of_the_demonstration(monkeypatch, store):
    app = opened(monkeypatch, store, "district_map", "ko", q="reach", indicator="answer_rate", view="analyst")
    counts = [row[4] for trace in specs(app)[0]["data"] for row in trace.get("customdata", [])]
    assert any(n % 5 for n in counts)
    assert t("app.analyst_on", "ko") in words_of(app)
    assert t("app.analyst_on", "ko") not in words_of(opened(monkeypatch, store, "overview", "ko"))


def test_a_page_file_that_is_not_listed_cannot_be_reached(monkeypatch, store):
    listed = {f"{name}.py" for name in shell.PAGES}
    assert {path.name for path in (ROOT / "pages").glob("*.py")} == listed


def broken(kind, tmp_path):
    """A store address in one of the states that must be said in words."""
    url = cities.address(cities.OFFICE, f"sqlite:///{tmp_path / 's.db'}")
    if kind == "damaged":
        Path(url.removeprefix("sqlite:///")).write_text("not a database " * 500)
    elif kind in ("old", "newer", "incomplete"):
        engine = make(url)
        with writing(engine) as connection:
            change = {
                "old": "DELETE FROM alembic_version",
                "newer": "UPDATE alembic_version SET version_num = 'later'",
                "incomplete": "DELETE FROM store_state WHERE name = 'built'",
            }[kind]
            connection.execute(text(change))
        engine.dispose()
    return url


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind", ["absent", "damaged", "old", "newer", "incomplete"])
def test_a_store_that_cannot_serve_is_said_in_words_with_the_command(monkeypatch, tmp_path, kind, lang):
    app = opened(monkeypatch, broken(kind, tmp_path), "overview", lang)
    assert not app.exception
    assert t(f"store.{kind}.what", lang) in [e.value for e in app.error]
    command = t(f"store.{kind}.command", lang)
    assert not command or command in [e.value for e in app.code]


def test_a_read_only_store_can_be_looked_at(monkeypatch, store):
    url = f"sqlite:///file:{store.removeprefix('sqlite:///')}?mode=ro&uri=true"
    app = opened(monkeypatch, url, "overview", "ko")
    assert not app.exception and "1,699,910" in words_of(app)


def test_a_store_that_goes_away_in_the_middle_is_said_in_words(monkeypatch, tmp_path):
    url = cities.address(cities.OFFICE, f"sqlite:///{tmp_path / 's.db'}")
    engine = make(url)
    app = opened(monkeypatch, url, "overview", "ko")
    with writing(engine) as connection:
        connection.execute(text("DROP TABLE hotline_monthly"))
        connection.execute(text("INSERT INTO batch (kind, table_name, source_name, content_sha256, rows_accepted, "
                                "rows_refused, recorded_at) VALUES ('import', 'x', 'x', 'x', 0, 0, '2026-01-01')"))  # fmt: skip
    app.run()
    assert not any("Traceback" in str(e.value) for e in app.exception)
    make_engine(url).dispose()


def test_a_read_only_store_refuses_an_import_in_words_and_changes_nothing(monkeypatch, office):
    url = f"sqlite:///file:{office.removeprefix('sqlite:///')}?mode=ro&uri=true"
    app = opened(monkeypatch, url, "import_data", "ko")
    rows = "사업,자치구,이용일,연령대,성별,이용 건수\n서울마음편의점,관악구,2026-10-01,65+,여성,12\n"
    app.file_uploader[0].set_value(("관악.csv", rows.encode("cp949"), "text/csv")).run()
    assert not app.exception
    # What it would change is worked out in a transaction: that it cannot be written is said before anything is clicked.
    assert t("import.readonly", "ko") in [e.value for e in app.error]
    assert "import_load" not in [b.key for b in app.button]


def test_the_offices_records_are_shown_under_the_publishing_rule_alone(monkeypatch, office):
    with pytest.raises(ValueError, match="analyst"):
        Reader(Store.of(office), Rights("analyst"))
    app = opened(monkeypatch, office, "hotline", "ko", view="analyst")
    assert not app.exception and t("app.analyst_on", "ko") not in words_of(app)
    shown = [group.label for group in app.button_group]
    assert t("app.language", "ko") in shown and t("app.view_label", "ko") not in shown


# ── The manual ────────────────────────────────────────────────────────────────────────────────────


def test_the_manual_tells_of_every_page_of_the_menu_and_leads_back():
    from answers.manual import manual
    from ui.shell import PAGES

    assert set(manual.PAGES) == set(PAGES) - {"search", "manual"}
    assert {page for steps in manual.STEPS.values() for page in steps} <= set(manual.PAGES)
    for lang in LANGUAGES:
        for page in manual.PAGES:
            said = [t(f"manual.{page}_{part}", lang) for part in ("lead", *manual.PARTS)]
            assert len(set(said)) == len(said) and all(said)
