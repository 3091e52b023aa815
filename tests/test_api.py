"""Answers over HTTP: the same as everywhere, to this machine only, with refusals that name what is on offer."""

import asyncio
import csv
import io
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import openpyxl
import pytest
from screen import place
from starlette.applications import Starlette
from streamlit import config

from answers import registry, studies, written
from answers.reader import Reader
from answers.rights import VIEWS, Rights
from answers.store import Store
from data import cities
from locales import t
from reports import made
from serve import api, asked, openapi
from ui import draw

FLOW = "/api/answers/hotline.flow"


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch, store: str) -> Iterator[Starlette]:
    """The routes alone, on the demonstration store."""
    monkeypatch.setenv("DATABASE_URL", place(store))
    monkeypatch.setattr(api, "_limiter", None)
    yield Starlette(routes=api.routes())


def get(
    app: Any, path: str, *, client: str | None = "127.0.0.1", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """One request without a server."""
    sent: list[dict[str, Any]] = []
    route, _, query = path.partition("?")
    named = {"host": "127.0.0.1:8501"} | {n.replace("_", "-"): v for n, v in headers.items()}
    scope = {
        "type": "http", "method": "GET", "path": route, "raw_path": route.encode(), "query_string": quote(query, safe="=&%+").encode(),
        "headers": [(n.encode(), v.encode()) for n, v in named.items()], "client": (client, 5000) if client else None,
        "scheme": "http", "root_path": "", "http_version": "1.1", "server": ("127.0.0.1", 8501),
    }  # fmt: skip

    async def run() -> None:
        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await app(scope, receive, send)

    asyncio.run(run())
    found = {n.decode(): v.decode() for n, v in sent[0]["headers"]}
    return sent[0]["status"], found, b"".join(m.get("body", b"") for m in sent[1:])


def told(app: Any, path: str, **more: Any) -> tuple[int, dict[str, Any]]:
    status, headers, body = get(app, path, **more)
    assert headers["content-type"] == "application/json"
    return status, json.loads(body, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_an_answer_over_the_wire_is_the_answer(wire, store, lang):
    status, body = told(wire, f"{FLOW}?months=3&lang={lang}")
    own = registry.answer("hotline.flow", Reader(Store.of(store)), lang, {"months": "3"})
    assert status == 200 and body == json.loads(written.as_json(own))


def test_the_whole_page_is_one_workbook_with_what_it_holds(wire):
    status, headers, body = get(wire, f"{FLOW}?months=3&format=xlsx&whole=page&lang=en")
    assert status == 200 and "ieum_hotline_2026" in headers["content-disposition"]
    found = openpyxl.load_workbook(io.BytesIO(body))
    rows = list(found[t("files.contents", "en")].iter_rows(min_row=2))
    assert [row[0].value for row in rows] == found.sheetnames[2:]
    assert all(row[0].hyperlink.location == f"'{row[0].value}'!A1" for row in rows)
    of = {row[2].value.split(" · ")[-1] for row in rows if row[2].value}
    assert of == {t(f"hotline.part_{one.part}", "en") for one in registry.page("hotline")[1]}
    one = openpyxl.load_workbook(io.BytesIO(get(wire, f"{FLOW}?months=3&format=xlsx&lang=en")[2]))
    assert t("files.contents", "en") not in one.sheetnames and set(one.sheetnames) < set(found.sheetnames)
    for refused in ("format=json&whole=page", "format=csv&whole=page", "format=xlsx&whole=all"):
        assert told(wire, f"{FLOW}?{refused}")[0] == 400


def test_a_page_holds_only_what_whoever_asks_may_ask():
    every = [one.id for one in made.questions("hotline")]
    assert [one.id for one in made.questions("hotline", lambda id: id != "hotline.waits")] == [
        id for id in every if id != "hotline.waits"
    ]
    assert [one.id for one in made.questions("overview")] == ["overview"]  # the bell waits for a moment
    assert [one.id for one in made.questions("search")] == ["search"]


def test_a_table_as_csv_is_the_answers_own(wire, store):
    own = registry.answer("hotline.flow", Reader(Store.of(store)), "ko").tables()
    for number, table in enumerate(own):
        status, headers, body = get(wire, f"{FLOW}?format=csv&table={number}")
        assert status == 200 and body == written.csv_bytes(written.marked(table, "demo", "ko"), "ko")
        assert headers["content-type"] == "text/csv; charset=utf-8"
        assert headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
    rows = list(csv.reader(io.StringIO(get(wire, f"{FLOW}?format=csv")[2].decode("utf-8-sig"))))
    assert len(rows) == len(own[0].rows) + 1


def test_the_analyst_view_is_given_only_where_it_is_asked_for(wire, store):
    for view in (None, *VIEWS):
        _, body = told(wire, FLOW + (f"?view={view}" if view else ""))
        own = registry.answer("hotline.flow", Reader(Store.of(store), Rights(view or "published")), "ko")
        assert body == json.loads(written.as_json(own))
    published, raw = told(wire, FLOW)[1], told(wire, f"{FLOW}?view=analyst")[1]
    assert published != raw


@pytest.mark.parametrize(
    ("query", "status", "offered"),
    [
        ("nope", 404, "hotline.flow"), ("hotline", 404, "hotline.flow"), ("hotline.flow?month=3", 400, "months"),
        ("hotline.flow?months=7", 400, "24"), ("hotline.flow?months=", 400, "24"), ("hotline.flow?view=all", 400, "analyst"),
        ("hotline.flow?lang=fr", 400, "en"), ("hotline.flow?format=pdf", 400, "csv"), ("hotline.flow?format=csv&table=99", 400, "0"),
        ("hotline.flow?format=csv&table=-1", 400, "0"), ("hotline.flow?format=csv&table=²", 400, "0"),
        ("detection.signs?contact_cost=-5", 400, None), ("hotline.flow?months=3&months=12", 400, None),
    ],
)  # fmt: skip
def test_what_is_not_on_offer_is_refused_and_what_is_gets_named(wire, query, status, offered):
    found, body = told(wire, f"/api/answers/{query}")
    assert found == status and body["error"]
    if offered:
        assert offered in body["offered"]
    if "lang=" not in query:
        english = told(wire, f"/api/answers/{query}{'&' if '?' in query else '?'}lang=en")[1]["error"]
        assert english.isascii() or "–" in english or "²" in english
        assert english != body["error"]


@pytest.mark.parametrize(
    "how",
    [
        {"client": "192.0.2.7"}, {"client": "::ffff:192.0.2.7"}, {"client": None}, {"client": "testclient"},
        {"forwarded": "for=127.0.0.1"}, {"x_forwarded_for": "127.0.0.1"}, {"x_forwarded_proto": "https"}, {"x_real_ip": "127.0.0.1"},
        {"via": "1.1 proxy"}, {"host": "elsewhere.example"}, {"host": "127.0.0.1@elsewhere.example"}, {"host": ""},
    ],
    ids=str,
)  # fmt: skip
def test_only_this_machine_is_answered(wire, monkeypatch, how):
    monkeypatch.setattr(asked, "respond", lambda *a: pytest.fail("it was worked out"))
    for path in (FLOW, "/api/questions", "/api/openapi.json"):
        assert told(wire, path, **how) == (403, {"error": t("api.local", "ko")})


@pytest.mark.parametrize("client", ["127.0.0.1", "127.8.0.1", "::1", "::ffff:127.0.0.1"])
def test_every_name_of_this_machine_is_answered(wire, client):
    assert get(wire, "/api/openapi.json", client=client, host="localhost:8501")[0] == 200


def test_a_study_in_the_making_asks_to_come_back(wire, monkeypatch, tmp_path, store_copy):
    url = store_copy(tmp_path / "s.db")
    studies.drop(Store.of(url), [])
    monkeypatch.setenv("DATABASE_URL", place(url))
    monkeypatch.setattr(studies, "_ON_DUTY", {"demo"})
    status, headers, body = get(wire, "/api/answers/reisolation.seen?lang=en")
    assert status == 503 and int(headers["retry-after"]) > 0
    assert json.loads(body) == {"error": t("studies.pending", "en")}


def test_a_store_that_cannot_serve_is_said_in_words(wire, monkeypatch, tmp_path):
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'none.db'}")
    for path in (FLOW, "/api/questions"):
        status, headers, body = get(wire, path)
        assert status == 503 and json.loads(body) == {"error": t("store.absent.what", "ko")}
        assert int(headers["retry-after"]) > 0
    assert get(wire, "/api/openapi.json")[0] == 200  # it is made from the list of questions alone
    assert not (tmp_path / "none.db").exists()


def test_whoever_sends_readers_here_learns_whether_the_stores_can_serve(wire, monkeypatch):
    monkeypatch.setattr(cities, "on_offer", lambda: ("demo",))
    status, body = told(wire, "/api/ready")
    assert (status, body["ready"], body["stores"]) == (200, True, {"demo": "ok"}) and set(
        body["studies"]
    ) == {"demo"}
    monkeypatch.setattr(cities, "on_offer", lambda: ("demo", "office"))
    status, headers, content = get(wire, "/api/ready")
    body = json.loads(content)
    assert status == 503 and not body["ready"] and body["stores"] == {"demo": "ok", "office": "absent"}
    assert int(headers["retry-after"]) > 0


def test_an_error_is_said_in_words_and_shows_no_traceback(wire, monkeypatch):
    monkeypatch.setattr(registry, "answer", lambda *a: 1 / 0)
    assert told(wire, f"{FLOW}?lang=en") == (500, {"error": t("api.error", "en")})


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_the_list_names_every_question_and_what_it_offers_is_taken(wire, lang):
    status, body = told(wire, f"/api/questions?lang={lang}")
    assert status == 200 and [q["id"] for q in body["questions"]] == [q.id for q in registry.every()]
    flow = next(q for q in body["questions"] if q["id"] == "hotline.flow")
    assert flow["title"] == t("hotline.part_flow", lang)
    months = next(c for c in flow["choices"] if c["name"] == "months")
    assert months["default"] in [o["code"] for o in months["options"]] and all(
        o["label"] for o in months["options"]
    )
    for option in months["options"]:
        assert get(wire, f"{FLOW}?months={option['code']}")[0] == 200


def test_no_choice_takes_a_name_of_the_wire():
    assert not {c.name for q in registry.every() for c in q.choices} & set(asked.OWN)


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_the_document_is_openapi_and_lists_every_question_with_its_choices(lang):
    found = json.loads(json.dumps(openapi.document(lang, "/base")))
    assert found["openapi"] == "3.1.0" and found["servers"] == [{"url": "/base"}]
    assert {"title", "version"} <= set(found["info"])
    asked_for = {p.removeprefix("/api/answers/") for p in found["paths"] if p.startswith("/api/answers/")}
    assert asked_for == {q.id for q in registry.every()}
    operations = [item["get"] for item in found["paths"].values()]
    assert len({o["operationId"] for o in operations}) == len(operations)
    for operation in operations:
        names = [p["name"] for p in operation["parameters"]]
        assert len(set(names)) == len(names) and operation["summary"]
        for parameter in operation["parameters"]:
            assert parameter["in"] == "query" and parameter["description"]
            schema = parameter["schema"]
            assert schema["type"] in ("string", "integer")
            assert "enum" not in schema or schema.get("default", schema["enum"][0]) in schema["enum"]
        for status, response in operation["responses"].items():
            assert status in ("200", "400", "403", "404", "503") and response["description"]
            for content in response["content"].values():
                name = content["schema"].get("$ref", "#/components/schemas/Answer").rpartition("/")[2]
                assert name in found["components"]["schemas"]


def test_static_codes_stand_in_the_document_and_numbers_with_their_bounds():
    document = openapi.document("en", "")
    flow = {p["name"]: p["schema"] for p in document["paths"][FLOW]["get"]["parameters"]}
    assert flow["months"]["enum"] == ["3", "12", "24"] and flow["view"]["enum"] == list(VIEWS)
    signs = document["paths"]["/api/answers/detection.signs"]["get"]["parameters"]
    cost = next(p["schema"] for p in signs if p["name"] == "contact_cost")
    assert cost["type"] == "integer" and cost["minimum"] < cost["maximum"]


def test_the_file_behind_a_chart_is_exactly_its_table(wire, store, monkeypatch):
    monkeypatch.setattr(draw.view, "analyst", lambda: False)
    given = {"months": "3"}
    found = registry.answer("hotline.flow", Reader(Store.of(store)), "en", given)
    drawn = draw._Drawn()
    twins = [(f, draw._twin_of(f, found, drawn)) for f in found.figures() if not f.shown]
    assert twins
    for _, twin in twins:
        assert twin is not None and twin.number is not None
        link = urlsplit(draw._file(found, twin.number))
        assert parse_qs(link.query)["months"] == ["3"]
        status, _, body = get(wire, f"{link.path}?{link.query}")
        assert status == 200 and body == written.csv_bytes(written.marked(twin.table, "demo", "en"), "en")
        assert "download>" in draw._html(twin, found, "light")


def test_links_stand_under_the_base_path(monkeypatch):
    known = config.get_option
    monkeypatch.setattr(
        config, "get_option", lambda key: "ieum" if key == "server.baseUrlPath" else known(key)
    )
    assert {r.path for r in api.routes()} == {
        "/ieum/api/questions",
        "/ieum/api/answers/{id}",
        "/ieum/api/briefs/{kind}",
        "/ieum/api/openapi.json",
        "/ieum/api/ready",
    }


def test_a_sheet_travels_as_a_pdf_that_names_itself_and_its_address(wire, monkeypatch):
    from reports import briefs

    made = []

    def pdf(desk, kind, code=""):
        made.append((kind, code, desk.lang, desk.read.whose, desk.read.rights, desk.at))
        return b"%PDF-"

    monkeypatch.setattr(briefs, "pdf", pdf)
    status, headers, body = get(wire, "/api/briefs/district?code=11210&lang=en&city=demo")
    assert (status, headers["content-type"], body) == (200, "application/pdf", b"%PDF-")
    assert 'filename="ieum_district_11210_en_demo.pdf"' in headers["content-disposition"]
    assert made == [("district", "11210", "en", "demo", Rights(), "http://127.0.0.1:8501")]


@pytest.mark.parametrize(
    ("query", "status", "offered"),
    [
        ("nothing", 404, "decisions"),
        ("district?code=1", 404, "11210"),
        ("programme?code=1", 404, "hotline"),
        ("plan?lang=fr", 400, "ko"),
        ("plan?city=x", 400, "demo"),
    ],
)
def test_a_sheet_that_there_is_none_of_is_refused_with_those_that_there_are(wire, query, status, offered):
    found, body = told(wire, f"/api/briefs/{query}")
    assert found == status
    assert offered in body["offered"]


def test_a_sheet_is_for_those_who_may_ask_all_that_it_is_made_of(wire, monkeypatch):
    from answers.viewer import LOCAL

    monkeypatch.setattr(type(LOCAL), "may_ask", lambda me, question: question != "district_map.need")
    status, body = told(wire, "/api/briefs/district?code=11210&lang=en")
    assert (status, body["error"]) == (403, t("api.not_yours", "en"))


@pytest.mark.parametrize(
    ("question", "choices", "sheets"),
    [
        ("district_profile", {"gu": "11210"}, [("district", "11210")]),
        ("district_profile", {}, []),
        ("programmes", {"prog": "hotline"}, [("programme", "hotline")]),
        ("budget", {"prog": "hotline"}, [("programme", "hotline")]),
        ("budget", {"prog": ""}, [("plan", "")]),
        ("overview", {}, [("plan", ""), ("decisions", "")]),
        ("overview", {"home": "11210"}, [("district", "11210"), ("plan", ""), ("decisions", "")]),
        ("overview", {"home": "11210.11220"}, [("plan", ""), ("decisions", "")]),
        ("overview", {"home": "-"}, [("plan", ""), ("decisions", "")]),
        ("hotline.flow", {}, []),
    ],
)
def test_a_page_offers_the_sheet_of_what_it_shows(question, choices, sheets):
    from answers.answer import Answer
    from reports import briefs, offer

    found = offer.of(Answer("", question=question, choices=tuple(choices.items())))
    assert found == sheets
    assert {kind for kind, _ in found} <= briefs.KINDS.keys() == offer.KINDS.keys()
