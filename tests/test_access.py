"""Who may what, against the running server: every role on every page, question, route, file and message, exactly as declared."""

from __future__ import annotations

import http.client
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from answers import registry
from answers.viewer import Viewer, rules
from data import cities, releases
from data.engine import make_engine
from locales import t
from tests.test_releases import visits
from tests.visitors import ROLES, Server, Session, Visitor, both_empty, provider, running, sign_in
from ui.shell import PAGES

RELEASED = datetime(2026, 11, 2, 3)
EVERYBODY = ("anonymous", *ROLES)
ACCOUNTS = {
    name: {"email": f"{name}@example.org", "email_verified": True}
    for name in (*ROLES, "away", "scoped", "late")
}
ACCOUNTS |= {
    "stranger": {"email": "stranger@example.org", "email_verified": True},
    "claimed": {"email": "claimed@example.org", "email_verified": True, "roles": ["council"]},
    "grand": {"email": "grand@example.org", "email_verified": True, "roles": ["admin"]},
    "unverified": {"email": "manager@example.org"},
}


@pytest.fixture(scope="module")
def server(office_copy: Callable[[Path], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app with sign-in, on two stores, the office's with a few records of which the first release has 24 visits, and somebody of every role."""
    place = tmp_path_factory.mktemp("access") / "ieum.db"
    office = both_empty(place, office_copy)
    with stored(office) as engine:
        visits(engine, range(24))
        releases.make(engine, at=RELEASED)
    with (
        provider(ACCOUNTS) as issuer,
        running(place, office, issuer, log=place.with_name("server.log")) as found,
    ):
        for role in ROLES:
            found.enter(role, role)
        yield found


@contextmanager
def stored(url: str) -> Iterator[Engine]:
    """A store, until the end of the block."""
    engine = make_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def visitors(server: Server) -> dict[str, Visitor]:
    """Somebody of every role, signed in."""
    return {role: server.visitor(role) for role in EVERYBODY}


# ── Pages, questions, routes ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("role", EVERYBODY)
def test_every_page_is_there_for_those_who_are_declared_and_for_nobody_else(visitors, role):
    me = visitors[role]
    for name, (path, _) in PAGES.items():
        with me.on(path) as seen:
            offered = {n for n, (p, _) in PAGES.items() if p in seen.pages}
            assert seen.refused is (not Viewer(role).may("pages", name)), name
    assert offered == {n for n in PAGES if Viewer(role).may("pages", n)}


@pytest.mark.parametrize("role", EVERYBODY)
def test_every_question_is_answered_to_those_who_may_ask_and_to_nobody_else(server, role):
    who, me = Viewer(role), server.visitor(role)  # of its own: a reason that was given stands for the session
    for one in registry.every():
        for city in cities.CITIES:
            for view in ("published", "analyst"):
                status, _, body = me.ask(f"/api/answers/{one.id}?city={city}&view={view}&reason=the+matrix")
                may = who.may_ask(one.id) and city in who.cities() and view in who.views(city)
                assert (status == 200 or status == 503) is may, (one.id, city, view, status, body[:200])
    listed = json.loads(me.ask("/api/questions")[2])["questions"]
    assert [q["id"] for q in listed] == [q.id for q in registry.every() if who.may_ask(q.id)]


@pytest.mark.parametrize("role", EVERYBODY)
def test_a_file_is_for_those_who_may_have_its_answer_and_for_nobody_else(server, role):
    who, me = Viewer(role), server.visitor(role)
    for question, kind in (("kpi", "xlsx"), ("setup.targets", "docx"), ("coverage", "pptx")):
        for city in cities.CITIES:
            for view in ("published", "analyst"):
                asked = f"city={city}&view={view}&format={kind}&reason=the+matrix"
                status, headers, body = me.ask(f"/api/answers/{question}?{asked}")
                may = who.may_ask(question) and city in who.cities() and view in who.views(city)
                assert (status == 200) is may, (question, city, view, status, body[:200])
                assert body.startswith(b"PK") is may


ROUTES = [
    ("GET", "/"), ("HEAD", "/"), ("GET", "/hotline"), ("GET", "/admin"), ("GET", "/_stcore/health"), ("GET", "/_stcore/host-config"),
    ("GET", "/_stcore/metrics"), ("GET", "//_stcore/metrics"), ("GET", "/_stcore/script-health-check"), ("GET", "/_stcore/agent/openapi.json"),
    ("GET", "/_stcore/anything"), ("GET", "/api/questions"), ("GET", "/api/openapi.json"), ("GET", "/static/nothing.js"),
    ("GET", "/app/static/nothing.css"), ("POST", "/"), ("POST", "/_stcore/upload_file/a/b"), ("PATCH", "/media/a.csv"), ("DELETE", "/api/questions"),
    ("PUT", "/_stcore/metrics"), ("POST", "/api/answers/overview"), ("PUT", "/auth/login"),
]  # fmt: skip


@pytest.mark.parametrize("role", EVERYBODY)
def test_every_route_is_there_for_those_who_are_declared_and_for_nobody_else(visitors, role):
    for method, path in ROUTES:
        status = visitors[role].ask(path, method)[0]
        may = Viewer(role).may_reach(method, path)
        assert (status not in (403, 405)) is may or (may and status == 405), (method, path, status)


def test_the_declared_routes_name_every_one_that_streamlit_serves():
    from streamlit.web.server.starlette import starlette_routes as theirs

    known = [
        v for n, v in vars(theirs).items() if n.startswith(("BASE_ROUTE", "ROUTE_")) and isinstance(v, str)
    ]
    assert len(known) > 6
    for route in known:
        assert any(
            name.split(" ", 1)[1].startswith(f"/{route.split('/')[0]}") for name in rules().allowed["routes"]
        )


def test_the_declared_messages_are_all_that_a_browser_can_send():
    kinds = {f.name for f in BackMsg.DESCRIPTOR.oneofs_by_name["type"].fields}
    from streamlit.proto.BackMsg_pb2 import BackendOperationRequest

    inner = {f.name for f in BackendOperationRequest.DESCRIPTOR.oneofs_by_name["payload"].fields}
    operation = "backend_operation_request"
    assert set(rules().allowed["messages"]) == (kinds - {operation}) | {
        f"{operation}.{name}" for name in inner
    }


# ── Sessions ──────────────────────────────────────────────────────────────────────────────────────


def test_a_cookie_is_worth_nothing_after_signing_out(server):
    server.enter("away", "manager")
    me = Visitor(server, "manager")
    assert sign_in(me, "away") == "/"
    stolen = Visitor(server, "manager", dict(me.cookies))
    assert stolen.ask("/api/answers/setup.targets")[0] == 200
    with stolen.on("setup") as open_still:
        assert not open_still.refused
        me.ask("/auth/logout")
        with pytest.raises(ConnectionClosed):  # the socket that was open ends with the session
            open_still.run(page="setup")
            open_still.run(page="setup")
    assert "ieum_session" not in me.cookies
    assert stolen.ask("/api/answers/setup.targets")[0] == 403
    with stolen.on("setup") as again:
        assert again.refused


def test_streamlits_cookie_alone_opens_nothing(server, visitors):
    cookies = {n: v for n, v in visitors["admin"].cookies.items() if n != "ieum_session"}
    assert "_streamlit_user" in cookies
    with Visitor(server, "anonymous", cookies).on("admin") as seen:
        assert seen.refused and set(seen.pages) == {
            p for n, (p, _) in PAGES.items() if Viewer("anonymous").may("pages", n)
        }


def test_cookies_are_closed_to_scripts_short_and_the_providers_tokens_are_not_kept(server):
    me = Visitor(server, "manager")
    sign_in(me, "manager")
    assert not any(name.startswith("_streamlit_user_tokens") for name in me.cookies)
    raw = Visitor(server, "manager", dict(me.cookies))
    _, headers, _ = raw.ask("/auth/logout")
    assert "httponly" in headers["set-cookie"].lower() and "samesite=lax" in headers["set-cookie"].lower()


@pytest.mark.parametrize(
    ("account", "ends"),
    [
        ("stranger", "/?signin=no_role"),
        ("grand", "/?signin=no_role"),
        ("unverified", "/?signin=no_role"),
        ("claimed", "/"),
    ],
)
def test_who_is_not_entered_has_no_role_unless_a_claim_seeds_one_and_never_an_administrators(
    server, account, ends
):
    me = Visitor(server, account)
    assert sign_in(me, account) == ends
    status = me.ask("/api/answers/coverage")[0]
    assert status == (200 if account == "claimed" else 403)
    assert ("ieum_session" in me.cookies) is (account == "claimed")


def test_an_administrator_ends_a_session_and_the_next_action_is_refused(server, visitors):
    email = server.enter("late", "importer")
    late = Visitor(server, "importer")
    sign_in(late, "late")
    with late.on("import_data") as open_now, visitors["admin"].on("admin") as page:
        assert not open_now.refused and page.shows(email)
        picker = next(s for s in page.of("selectbox") if any(email in o for o in page_options(s)))
        button = next(b for b in page.of("button") if b.label == t("admin.end", "ko"))
        at = next(n for n, o in enumerate(page_options(picker)) if email in o)
        page.run(page="admin", widgets=[chosen(picker, at), pressed(button)])
        assert page.shows(t("admin.ended", "ko"))
        with pytest.raises(ConnectionClosed) as ended:
            open_now.run(page="import_data")
            open_now.run(page="import_data")
        assert ended.value.rcvd is not None and ended.value.rcvd.code == 4401
    assert late.ask("/api/answers/setup.targets")[0] == 403


def page_options(box: Any) -> list[str]:
    return list(box.options)


def chosen(box: Any, at: int) -> WidgetState:
    return WidgetState(id=box.id, string_value=page_options(box)[at])


def pressed(button: Any) -> WidgetState:
    return WidgetState(id=button.id, trigger_value=True)


def test_everything_about_rights_stands_in_the_audit_trail(server, visitors):
    visitors["council"].ask("/_stcore/metrics")
    engine = create_engine(server.office)
    with engine.connect() as connection:
        kinds = {str(k) for k in connection.execute(text("SELECT DISTINCT kind FROM audit_entry")).scalars()}
        from data import audit

        assert audit.verify(connection).broken is None
    engine.dispose()
    assert {"sign_in", "sign_out", "role", "refusal"} <= kinds


# ── Forged messages ───────────────────────────────────────────────────────────────────────────────


def message(**fields: Any) -> bytes:
    found = BackMsg()
    for name, value in fields.items():
        if value is True:
            setattr(found, name, True)
        else:
            operation = found.backend_operation_request
            operation.request_id, operation.session_id = "1", value[1]
            if name == "deferred_file":
                operation.deferred_file.file_id = value[0]
            else:
                getattr(operation, name).SetInParent()
    return found.SerializeToString()


# What nobody may send: it is dropped, and the session goes on as if nothing had come.
DROPPED: dict[str, Callable[[str], bytes]] = {
    "clear every cache": lambda s: message(clear_cache=True),
    "watch files": lambda s: message(set_run_on_save=True),
    "read the repository": lambda s: message(load_git_info=True),
    "end the socket as a developer": lambda s: message(debug_disconnect_websocket=True),
    "stop the server as a developer": lambda s: message(debug_shutdown_runtime=True),
    "install something": lambda s: message(install_skills=("", s)),
    "write a mark": lambda s: message(dismiss_skills_nudge=("", s)),
    "rows of a table that is not there": lambda s: message(dataframe_chunk=("", s)),
    "nothing at all": lambda s: b"",
    "a kind that does not exist": lambda s: b"\xfa\x3e\x01\x01",
}


@pytest.mark.parametrize("role", ["anonymous", "analyst", "admin"])
@pytest.mark.parametrize("kind", list(DROPPED))
def test_what_no_visitor_needs_is_dropped_and_the_session_goes_on(visitors, server, role, kind):
    with visitors[role].on() as open_now:
        before = server.log.stat().st_size
        open_now.socket.send(DROPPED[kind](open_now.id))
        assert "script_finished" in open_now.run().kinds
        assert not open_now.shows("debug")
        with server.log.open("rb") as log:
            log.seek(before)
            assert b"refused for" in log.read() or kind == "nothing at all"
    assert visitors[role].ask("/_stcore/health")[0] == 200


@pytest.mark.parametrize(("data", "code"), [(b"\xff\xff\xff\xff", 1002), ("text", None), (b"\x08", 1002)])
def test_what_is_no_message_ends_the_socket_and_nothing_else(visitors, data, code):
    with visitors["anonymous"].on() as open_now, pytest.raises(ConnectionClosed):
        open_now.send(data)
        open_now.run()
    with visitors["anonymous"].on() as other:
        assert not other.refused


FORGED_RUNS = {
    "the analyst view by link": ("council", "hotline", "view=analyst", "app.analyst_on"),
    "the analyst view of our records by link": (
        "manager",
        "hotline",
        "view=analyst&city=office",
        "app.analyst_on",
    ),
    "the analyst view by an administrator": ("admin", "hotline", "view=analyst", "app.analyst_on"),
    "our records by link": ("anonymous", "hotline", "city=office", "app.mark.office"),
    "our records on the first page": ("anonymous", "", "city=office", "app.mark.office"),
    "a role by link": ("council", "setup", "role=admin", "setup.edit"),
}


@pytest.mark.parametrize("kind", list(FORGED_RUNS))
def test_a_link_gives_no_right(visitors, kind):
    role, page, query, unseen = FORGED_RUNS[kind]
    with visitors[role].on(page, query) as seen:
        assert "script_finished" in seen.kinds and not seen.shows(t(unseen, "ko"))


@pytest.mark.parametrize("role", ["anonymous", "council", "analyst", "importer"])
@pytest.mark.parametrize("by", ["name", "hash", "hash and name", "upper case"])
def test_a_forbidden_page_does_not_run_however_it_is_asked_for(visitors, role, by):
    with visitors["admin"].on("admin") as theirs:
        known = theirs.pages["admin"]
    with visitors[role].on() as mine:
        asked = {
            "name": {"page": "admin"},
            "hash": {"page_script_hash": known},
            "upper case": {"page": "ADMIN"},
        }
        more = asked.get(by, {"page": "admin", "page_script_hash": known})
        mine.run(**more)
        assert not mine.shows(t("admin.trail", "ko")) and "admin" not in mine.pages


def test_a_button_of_another_role_does_nothing(visitors, server):
    with visitors["admin"].on("admin") as theirs:
        save = next(b for b in theirs.of("button") if b.label == t("admin.save", "ko"))
        email = next(i for i in theirs.of("text_input") if i.label == t("admin.col_email", "ko"))
    with visitors["importer"].on() as mine:
        mine.run(
            page="admin", widgets=[WidgetState(id=email.id, string_value="me@example.org"), pressed(save)]
        )
        assert mine.refused
    engine = create_engine(server.office)
    with engine.connect() as connection:
        assert not connection.execute(
            text("SELECT COUNT(*) FROM person WHERE email = 'me@example.org'")
        ).scalar()
    engine.dispose()


def test_a_fragment_of_a_page_that_was_left_does_not_run(visitors):
    with visitors["manager"].on("setup") as mine:
        fragments = fragments_of(mine)
        assert fragments
    with visitors["council"].on() as other:
        for one in fragments:
            other.run(page="setup", fragment_id=one)
            assert not other.shows(t("setup.edit", "ko"))


def fragments_of(seen: Session) -> set[str]:
    found = set()
    seen.socket.send(message(stop_script=True))
    asked = BackMsg()
    asked.rerun_script.page_name = "setup"
    seen.socket.send(asked.SerializeToString())
    for received in seen.socket:
        one = ForwardMsg()
        one.ParseFromString(received)
        if one.WhichOneof("type") == "delta" and one.delta.fragment_id:
            found.add(one.delta.fragment_id)
        if one.WhichOneof("type") == "script_finished" and found:
            return found
    return found


# ── Files ─────────────────────────────────────────────────────────────────────────────────────────


def upload(me: Visitor, session: str, size: int = 20, **headers: str) -> int:
    boundary = "b"
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="f"; filename="a.csv"\r\n\r\n'.encode()
    body = head + b"x" * size + f"\r\n--{boundary}--\r\n".encode()
    own = {
        "Content-Type": f"multipart/form-data; boundary={boundary}",
        "X-Xsrftoken": me.cookies.get("_streamlit_xsrf", ""),
    }
    return me.ask(f"/_stcore/upload_file/{session}/f1", "PUT", own | headers, body)[0]


def test_a_file_is_taken_from_a_page_that_asks_for_one_and_from_whoever_may_bring_it(visitors):
    with visitors["importer"].on("import_data") as asking, visitors["importer"].on() as elsewhere:
        assert asking.of("file_uploader")
        assert upload(visitors["importer"], asking.id) == 204
        assert upload(visitors["importer"], elsewhere.id) == 403  # no box for files there
        assert upload(visitors["importer"], "made-up") == 403
        assert upload(visitors["importer"], asking.id, **{"X-Xsrftoken": "2|made|up|1"}) == 403
        for role in ("anonymous", "council", "manager", "analyst", "admin"):
            assert upload(visitors[role], asking.id) == 403
            with visitors[role].on() as mine:
                assert upload(visitors[role], mine.id) == 403
        other = Visitor(visitors["importer"].server, "importer")
        sign_in(other, "importer")
        assert upload(other, asking.id) == 403  # the same person's other session is another browser
        assert other.ask(f"/_stcore/upload_file/{asking.id}/f1", "DELETE")[0] == 403


def test_a_file_over_the_quota_is_refused_before_it_is_read(visitors):
    with visitors["importer"].on("import_data") as asking:
        me = visitors["importer"]
        path = f"/_stcore/upload_file/{asking.id}/f2"
        headers = {"X-Xsrftoken": me.cookies["_streamlit_xsrf"], "Content-Length": str(400 * 1024 * 1024)}
        assert me.ask(path, "PUT", headers)[0] == 413
        connection = http.client.HTTPConnection("localhost", me.server.port)
        connection.putrequest("PUT", path)
        connection.putheader("Cookie", "; ".join(f"{n}={v}" for n, v in me.cookies.items()))
        connection.putheader("Transfer-Encoding", "chunked")
        connection.endheaders()
        assert connection.getresponse().status == 411
        connection.close()


def file_links(seen: Session) -> list[str]:
    return [b.url for b in seen.of("download_button") if b.url.startswith("/media/")]


def test_a_file_is_for_whoever_has_it_on_screen_alone(visitors):
    with visitors["importer"].on("import_data") as asking:
        links = file_links(asking)
        assert links
        for role in EVERYBODY:
            status, headers, _ = visitors[role].ask(links[0])
            assert status == (200 if role == "importer" else 404), role
        assert visitors["importer"].ask("/media/" + "0" * 56 + ".csv")[0] == 404
        status, headers, _ = visitors["importer"].ask(links[0])
        assert (
            headers["cache-control"] == "private, no-store"
            and "sandbox" in headers["content-security-policy"]
        )


def test_a_deferred_file_is_made_for_the_session_that_offers_it_alone(visitors, server):
    with visitors["importer"].on("import_data") as asking:
        deferred = next(b.deferred_file_id for b in asking.of("download_button") if b.deferred_file_id)
        with visitors["council"].on() as other:
            for session in (other.id, asking.id):
                other.socket.send(message(deferred_file=(deferred, session)))
                assert "script_finished" in other.run().kinds
                assert "backend_operation_response" not in other.kinds and b"/media/" not in other.raw
                assert (
                    "refused for council: message backend_operation_request.deferred_file"
                    in server.log.read_text()
                )


def test_a_file_that_is_made_on_request_is_for_whoever_asked_for_it(visitors):
    with visitors["importer"].on("import_data") as asking:
        deferred = next(b.deferred_file_id for b in asking.of("download_button") if b.deferred_file_id)
        asking.socket.send(message(deferred_file=(deferred, asking.id)))
        answer = ForwardMsg()
        while answer.WhichOneof("type") != "backend_operation_response":
            answer.ParseFromString(asking.socket.recv())
        link = answer.backend_operation_response.deferred_file.url
        assert link.startswith("/media/")
        for role in EVERYBODY:
            assert visitors[role].ask(link)[0] == (200 if role == "importer" else 404), role


def test_a_session_is_not_handed_to_whoever_knows_its_name(visitors):
    with visitors["admin"].on("admin") as theirs:
        name = theirs.id
        with visitors["council"].on(session=name) as mine:
            assert mine.id != name and "admin" not in mine.pages
    with visitors["council"].on(session=name) as mine:
        assert mine.id != name


# ── Requests ──────────────────────────────────────────────────────────────────────────────────────

FORGED_REQUESTS: dict[str, tuple[str, str, str, dict[str, str], set[int]]] = {
    "metrics": ("analyst", "GET", "/_stcore/metrics", {}, {403}),
    "metrics, another spelling": ("analyst", "GET", "//_stcore//metrics", {}, {400, 403, 404}),
    "metrics, through a folder": ("analyst", "GET", "/static/../_stcore/metrics", {}, {400, 403, 404}),
    "metrics, encoded": ("analyst", "GET", "/%5Fstcore/metrics", {}, {403}),
    "metrics, as a page's": ("analyst", "GET", "/hotline/_stcore/metrics", {}, {200, 404}),
    "the agents' door": ("admin", "GET", "/_stcore/agent/openapi.json", {}, {403}),
    "script health": ("admin", "GET", "/_stcore/script-health-check", {}, {403}),
    "a header that names a user": ("anonymous", "GET", "/api/answers/setup.targets", {"X-Forwarded-User": "admin"}, {403}),
    "a header that names a mail": ("anonymous", "GET", "/api/answers/setup.targets", {"X-Forwarded-Email": "admin@example.org"}, {403}),
    "a header that names this machine": ("anonymous", "GET", "/_stcore/metrics", {"X-Forwarded-For": "127.0.0.1"}, {403}),
    "basic authorisation": ("anonymous", "GET", "/_stcore/metrics", {"Authorization": "Basic YWRtaW46YWRtaW4="}, {403}),
    "a bearer": ("anonymous", "GET", "/_stcore/metrics", {"Authorization": "Bearer admin"}, {403}),
    "another host": ("admin", "GET", "/", {"Host": "elsewhere.example"}, {400}),
    "a host with a user": ("admin", "GET", "/", {"Host": "localhost@elsewhere.example"}, {400}),
    "another method": ("admin", "POST", "/api/questions", {}, {403, 405}),
    "a method said in a header": ("admin", "GET", "/api/questions", {"X-HTTP-Method-Override": "DELETE"}, {200}),
    "raw figures": ("council", "GET", "/api/answers/hotline.flow?view=analyst", {}, {400}),
    "raw figures of our records": ("manager", "GET", "/api/answers/hotline.flow?view=analyst&city=office", {}, {400}),
    "our records": ("anonymous", "GET", "/api/answers/hotline.flow?city=office", {}, {400}),
    "a file of raw figures": ("council", "GET", "/api/answers/hotline.flow?view=analyst&format=csv", {}, {400}),
    "a workbook of raw figures": ("council", "GET", "/api/answers/hotline.flow?view=analyst&format=xlsx", {}, {400}),
    "a workbook of raw figures without a reason": ("analyst", "GET", "/api/answers/hotline.flow?view=analyst&format=xlsx", {}, {400}),
    "slides of another page": ("council", "GET", "/api/answers/setup.targets?format=pptx", {}, {403}),
    "a view twice": ("council", "GET", "/api/answers/hotline.flow?view=published&view=analyst", {}, {400}),
    "a question of another page": ("council", "GET", "/api/answers/setup.targets", {}, {403}),
    "raw figures without a reason": ("analyst", "GET", "/api/answers/hotline.flow?view=analyst&format=csv", {}, {400}),
    "a way back without a beginning": ("anonymous", "GET", "/oauth2callback?code=a&state=b", {}, {302}),
    "a way back with an error": ("anonymous", "GET", "/oauth2callback?error=no&state=b", {}, {302}),
    "a way in with a made-up provider": ("anonymous", "GET", "/auth/login?provider=made.up.token", {}, {302}),
    "a page's script": ("anonymous", "GET", "/app/static/../../ui/main.py", {}, {400, 403, 404}),
    "a file of the machine": ("anonymous", "GET", "/app/static/%2e%2e/%2e%2e/pyproject.toml", {}, {400, 403, 404}),
    "a component's folder": ("anonymous", "GET", "/component/x/../../app.py", {}, {400, 403, 404}),
}  # fmt: skip


@pytest.mark.parametrize("kind", list(FORGED_REQUESTS))
def test_a_forged_request_gets_nothing(server, visitors, kind):
    role, method, path, headers, wanted = FORGED_REQUESTS[kind]
    me = Visitor(server, role, dict(visitors[role].cookies))
    status, _, body = me.ask(path, method, headers)
    assert status in wanted
    assert b"# TYPE" not in body and b"import " not in body[:400] and b"[project]" not in body
    assert ("ieum_session" in me.cookies) is (role != "anonymous")


COOKIES = ["", "x", "a" * 300, "../../etc", "'; DROP TABLE person; --", "admin", "0" * 64, "%00", "é"]


@pytest.mark.parametrize("value", COOKIES)
def test_a_made_up_session_is_nobodys(server, value):
    me = Visitor(server, "anonymous", {"ieum_session": value.encode("latin-1", "ignore").decode("latin-1")})
    assert me.ask("/api/answers/setup.targets")[0] == 403
    assert me.ask("/api/answers/about")[0] == 200


def test_what_stands_in_the_store_opens_no_session(server, visitors):
    engine = create_engine(server.office)
    with engine.connect() as connection:
        names = list(connection.execute(text("SELECT session_id FROM sign_in")).scalars())
    engine.dispose()
    assert names
    for name in names:
        assert Visitor(server, "x", {"ieum_session": name}).ask("/api/answers/setup.targets")[0] == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Host": "elsewhere.example"},
        {"Origin": "http://localhost:1"},
    ],
    ids=str,
)
def test_a_socket_from_elsewhere_is_refused(server, visitors, headers):
    key = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "c2V2ZW50eSBzaXh0eSBzaQ=="}  # fmt: skip
    connection = http.client.HTTPConnection("localhost", server.port)
    cookies = "; ".join(f"{n}={v}" for n, v in visitors["admin"].cookies.items())
    connection.request("GET", "/_stcore/stream", headers=key | {"Cookie": cookies} | headers)
    assert connection.getresponse().status == 403
    connection.close()


def test_a_socket_elsewhere_than_streamlits_is_refused(server):
    with pytest.raises(Exception, match="403"):
        connect(f"ws://localhost:{server.port}/hotline/_stcore/stream")


def test_at_least_forty_forged_messages_are_tried():
    assert len(DROPPED) * 3 + 3 + len(FORGED_RUNS) + 16 + len(FORGED_REQUESTS) + len(COOKIES) + 4 >= 40
    assert len(DROPPED) + len(FORGED_RUNS) + 4 + len(FORGED_REQUESTS) + len(COOKIES) + 4 >= 40


# ── Releases ──────────────────────────────────────────────────────────────────────────────────────


PUBLISHED = "/api/answers/programmes?city=office&lang=en"


def told(me: Visitor, path: str = PUBLISHED) -> tuple[int, int, set[float]]:
    """The state of the data, the release, and the counts of the table of programmes as somebody is sent them."""
    status, _, body = me.ask(path)
    assert status == 200, body[:200]
    found = json.loads(body)
    cells = [
        c
        for b in found["blocks"]
        if b["type"] == "table"
        for row in b["rows"]
        for c in row
        if isinstance(c, dict)
    ]
    return found["data_version"], found["release"], {v for c in cells for v in c["spark"] if v is not None}


def counts(seen: Session) -> set[bytes]:
    """The counts of visits on screen, those of the tens."""
    return set(re.findall(rb"(?<![0-9,])[0-9]0(?= visits)", seen.raw))


def until(fits: Callable[[], Any]) -> Any:
    """What comes of asking until it is something: the server sees within a second what has come, the worker makes studies anew."""
    ends = time.monotonic() + 60
    while not (found := fits()):
        assert time.monotonic() < ends
    return found


def release(engine: Engine) -> None:
    """Make a release at once: studies that the worker is still at would hold it up."""
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM study"))
    releases.make(engine, at=RELEASED)


def test_council_members_see_the_latest_release_and_managers_live_figures(server, visitors):
    council, manager, admin = (visitors[role] for role in ("council", "manager", "admin"))
    first, live = told(council), told(manager)
    assert first[1:] == (1, {20.0}) and live[1:] == (0, {20.0})
    with stored(server.office) as engine:
        visits(engine, range(24, 27))  # 27 are shown as 30: the three would tell themselves
        assert until(lambda: told(manager)[0] > live[0]) and told(manager)[1:] == (0, {30.0})
        assert told(council) == first
        for path in (f"{PUBLISHED}&release=2", f"{PUBLISHED}&released=false", f"{PUBLISHED}&view=live"):
            assert council.ask(path)[0] == 400
        release(engine)
        assert until(lambda: told(council)[1] == 2)
        assert told(council)[1:] == (2, {20.0})  # held over
        assert (
            told(council, f"{PUBLISHED}&release=1")[1:]
            == told(manager, f"{PUBLISHED}&release=1")[1:]
            == (1, {20.0})
        )
        assert (
            visitors["anonymous"].ask(f"{PUBLISHED}&release=1")[0] == 400
        )  # not the city, so none of its releases
        with council.on("programmes", "city=office&lang=en") as seen:
            assert seen.shows("Release 2 (") and counts(seen) == {b"20"}
        with council.on("programmes", "city=office&lang=en&release=9") as seen:
            assert seen.shows(t("release.no_such", "en", n=9)) and not counts(seen)
        with manager.on("programmes", "city=office&lang=en&release=1") as seen:
            assert seen.shows("Release 1 (") and counts(seen) == {b"20"}
        with manager.on("programmes", "city=office&lang=en") as seen:
            assert not seen.shows("Release 2 (") and counts(seen) == {b"30"}
        visits(engine, range(27, 37))
    with admin.on("admin", "city=office") as page:
        button = next(b for b in page.of("button") if b.label == t("release.make", "ko"))
        page.run(page="admin", query="city=office", widgets=[pressed(button)])
        made = page.shows("공표 3판을")
        assert made or page.shows(t("release.no_late", "ko", detail="").strip())
    with stored(server.office) as engine:
        if not made:
            release(engine)
    assert until(lambda: told(council)[1] == 3)
    assert told(council)[1:] == (3, {40.0}) and told(manager)[1:] == (
        0,
        {40.0},
    )  # 37, of which thirteen are new
    status, headers, _ = council.ask(f"{PUBLISHED}&format=csv")
    assert status == 200 and "_office_r3.csv" in headers["content-disposition"]


def test_a_managers_and_a_council_members_button_are_not_the_administrators(server, visitors):
    with visitors["admin"].on("admin", "city=office") as page:
        button = next(b for b in page.of("button") if b.label == t("release.make", "ko"))
    for role in ("council", "manager", "anonymous"):
        with visitors[role].on("", "") as seen:
            before = told(visitors["council"])[1]
            seen.run(page="admin", query="city=office", widgets=[pressed(button)])
            assert seen.refused and told(visitors["council"])[1] == before
