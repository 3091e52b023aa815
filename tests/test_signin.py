"""Sign-in: what sets a provider up, sessions and their ends, roles and their history, and the local mode that answers this machine alone."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from small import make
from sqlalchemy import select, text

from answers import reasons, signin
from answers.signin import BELIEVED_S, Sessions, Unready, provider
from answers.store import Store
from answers.viewer import ANONYMOUS, LOCAL, Viewer
from data import audit, cities, people
from data.engine import make_engine
from data.tables import person_role
from serve import people as command
from serve.gate import Gate
from serve.limits import Bucket
from serve.server import is_loopback
from tools.postgres import free_port

ROOT = Path(__file__).resolve().parent.parent
NOW = datetime(2026, 11, 29, 3, 0, 0)
SET = {
    "IEUM_OIDC_ISSUER": "https://id.seoul.example/realms/city",
    "IEUM_OIDC_CLIENT_ID": "ieum",
    "IEUM_OIDC_CLIENT_SECRET": "s",
    "IEUM_COOKIE_SECRET": "c" * 32,
    "IEUM_URL": "https://ieum.seoul.example/",
}


# ── Settings ──────────────────────────────────────────────────────────────────────────────────────


def test_a_provider_is_set_up_by_the_environment_or_by_streamlits_file(tmp_path):
    found = provider(SET, tmp_path / "none.toml")
    assert found is not None and found.secure and found.host == "ieum.seoul.example"
    told = found.secrets()
    assert told["redirect_uri"] == "https://ieum.seoul.example/oauth2callback"
    assert told["server_metadata_url"] == f"{SET['IEUM_OIDC_ISSUER']}/.well-known/openid-configuration"
    assert told["client_kwargs"]["code_challenge_method"] == "S256"
    file = tmp_path / "secrets.toml"
    lines = [f'{name} = "{value}"' for name, value in told.items() if isinstance(value, str)]
    file.write_text("[auth]\n" + "\n".join(lines), encoding="utf-8")
    assert provider({}, file) == found
    assert provider({}, tmp_path / "none.toml") is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        *(({name: ""}, "missing") for name in SET),
        ({"IEUM_COOKIE_SECRET": "short"}, "secret"),
        ({"IEUM_URL": "http://ieum.seoul.example"}, "address"),
        ({"IEUM_OIDC_ISSUER": "http://id.seoul.example"}, "address"),
        ({"IEUM_URL": "ieum.seoul.example"}, "address"),
    ],
    ids=str,
)
def test_half_a_provider_is_none_and_is_said(tmp_path, change, reason):
    with pytest.raises(Unready) as problem:
        provider(SET | change, tmp_path / "none.toml")
    assert problem.value.reason == reason


@pytest.mark.parametrize(("address", "here"), [("127.0.0.1", True), ("127.8.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False), ("192.0.2.7", False), ("", False), ("ieum", False)])  # fmt: skip
def test_only_this_machines_own_addresses_are(address, here):
    assert is_loopback(address) is here


@pytest.mark.parametrize("way", [["serve"], ["streamlit", "run", "app.py"]], ids=["serve", "streamlit"])
def test_without_a_provider_it_does_not_listen_elsewhere(way, tmp_path):
    port = str(free_port())
    flags = (
        ["--port", port, "--address", "0.0.0.0"]
        if way == ["serve"]
        else ["--server.port", port, "--server.address", "0.0.0.0"]
    )
    done = subprocess.run(
        [sys.executable, "-m", *way, *flags], cwd=ROOT, capture_output=True, text=True, check=False, timeout=90,
        env={"PATH": "", "HOME": str(tmp_path), "DATABASE_URL": f"sqlite:///{tmp_path / 'none.db'}"},
    )  # fmt: skip
    assert (
        done.returncode != 0
        and "127.0.0.1" in done.stderr + done.stdout
        and "0.0.0.0" in done.stderr + done.stdout
    )


def test_half_a_provider_does_not_start(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "serve", "--port", str(free_port())], cwd=ROOT, capture_output=True, text=True, check=False, timeout=90,
        env={"PATH": "", "HOME": str(tmp_path), "IEUM_OIDC_ISSUER": "https://id.example"},
    )  # fmt: skip
    assert done.returncode == 1 and "IEUM_OIDC_CLIENT_ID" in done.stderr and "Traceback" not in done.stderr


# ── People, roles, sessions ───────────────────────────────────────────────────────────────────────


@pytest.fixture
def office(tmp_path, monkeypatch):
    """An office's small store, which sign-in looks people up in."""
    place = f"sqlite:///{tmp_path / 's.db'}"
    monkeypatch.setenv("DATABASE_URL", place)
    url = cities.address(cities.OFFICE, place)
    engine = make(url)
    people.add(engine, "Boss@Example.org", name="Boss", role="admin", by="t", at=NOW)
    people.add(
        engine, "kim@example.org", name="Kim", role="analyst", districts=["11020", "11010"], by="t", at=NOW
    )
    yield engine
    engine.dispose()
    Store.of(url).engine.dispose()


def arrive(engine, name="kim", at=NOW, **claims):
    told = {"iss": "i", "sub": name, "email": f"{name}@example.org", "email_verified": True} | claims
    return people.arrived(engine, told, role=claims.get("role", ""), origin="127.0.0.1", at=at)


def test_a_session_is_idle_after_half_an_hour_and_over_after_eight(office):
    token, _ = arrive(office)
    sessions = Sessions()
    own = Viewer("analyst", "kim@example.org", ("11010", "11020"), people.hashed(token))
    assert sessions.viewer(token, NOW + timedelta(minutes=29)) == own
    assert sessions.viewer(token, NOW + timedelta(minutes=30)) == ANONYMOUS
    at = NOW
    while at < NOW + timedelta(hours=7, minutes=40):  # whoever works on stays in, for eight hours
        at += timedelta(minutes=20)
        assert sessions.viewer(token, at, active=True).signed_in
    assert sessions.viewer(token, NOW + timedelta(hours=8)) == ANONYMOUS


def test_a_timer_keeps_no_session_alive(office):
    token, _ = arrive(office)
    sessions = Sessions()
    for minutes in (10, 20, 29):
        assert sessions.viewer(token, NOW + timedelta(minutes=minutes), active=False).signed_in
    assert sessions.viewer(token, NOW + timedelta(minutes=31)) == ANONYMOUS


def test_what_keeps_it_alive_is_noted_in_the_store(office, monkeypatch):
    monkeypatch.setattr(signin, "BELIEVED_S", 0.0)
    token, _ = arrive(office)
    one = Sessions()
    assert one.viewer(token, NOW, active=True).signed_in
    one.viewer(token, NOW + timedelta(minutes=25), active=True)
    one.viewer(token, NOW + timedelta(minutes=26), active=True)
    another = Sessions()  # another process, or after a restart
    assert another.viewer(token, NOW + timedelta(minutes=50)).signed_in
    assert not another.viewer(token, NOW + timedelta(minutes=56)).signed_in


@pytest.mark.parametrize("how", ["revoke", "role", "end"])
def test_a_change_made_elsewhere_is_in_force_within_a_minute(office, monkeypatch, how):
    clock = [1000.0]
    monkeypatch.setattr(signin.time, "monotonic", lambda: clock[0])
    token, _ = arrive(office)
    sessions = Sessions()
    assert sessions.viewer(token, NOW).role == "analyst"
    if how == "revoke":
        people.revoke(office, "kim@example.org", by="t", at=NOW)
    elif how == "role":
        people.give(office, "kim@example.org", "council", by="t", at=NOW)
    else:
        people.end(office, people.hashed(token), why="ended", by="t", at=NOW)
    clock[0] += BELIEVED_S + 0.1
    assert BELIEVED_S <= 60
    found = sessions.viewer(token, NOW)
    assert found.role == ("council" if how == "role" else "anonymous") and not found.districts


def test_a_role_ends_and_stays_in_the_history(office):
    people.give(office, "kim@example.org", "manager", by="boss", at=NOW + timedelta(days=1))
    with office.connect() as connection:
        rows = connection.execute(
            select(person_role.c.role, person_role.c.ended_at, person_role.c.ended_by)
        ).all()
        told = audit.entries(connection, kinds=("role",))
        assert audit.verify(connection).broken is None
    assert ("analyst", NOW + timedelta(days=1), "boss") in rows and ("manager", None, None) in rows
    assert (
        told[0].facts == {"account": "kim@example.org", "role": "manager", "districts": []}
        and told[0].who == "boss"
    )


def test_what_somebody_changes_is_theirs_in_the_trail(office):
    import contextvars

    from actions import people as acts

    def change() -> None:
        acts.acting(Viewer("importer", "lee@example.org"))
        audit.written(office, "import", at=NOW, table="attendance")

    contextvars.copy_context().run(change)
    # Elsewhere it is this machine's, whoever acted in this process before.
    contextvars.Context().run(audit.written, office, "import", at=NOW, table="attendance")
    with office.connect() as connection:
        assert [one.who for one in audit.entries(connection, kinds=("import",))] == [
            "local",
            "lee@example.org",
        ]


def test_the_last_administrator_stays(office):
    for change in (
        lambda: people.revoke(office, "boss@example.org", by="t", at=NOW),
        lambda: people.give(office, "boss@example.org", "council", by="t", at=NOW),
    ):
        with pytest.raises(people.Refused, match="last_admin"):
            change()
    people.give(office, "kim@example.org", "admin", by="t", at=NOW)
    assert people.revoke(office, "boss@example.org", by="t", at=NOW).role == ""


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"role": "king"}, "role"), ({"districts": ["99999"]}, "district"), ({"email": "kim"}, "email"), ({"email": "@x"}, "email"),
        ({"email": "a b@x.kr"}, "email"), ({"name": "  "}, "name"), ({"email": "KIM@example.org"}, "known"),
    ],
)  # fmt: skip
def test_odd_people_are_refused_by_name(office, given, reason):
    asked = {"email": "new@example.org", "name": "New", "role": "council", "districts": []} | given
    with pytest.raises(people.Refused) as refused:
        people.add(office, asked.pop("email"), **asked, by="t", at=NOW)
    assert refused.value.reason == reason
    with pytest.raises(people.Refused, match="unknown"):
        people.revoke(office, "nobody@example.org", by="t", at=NOW)


def test_an_account_is_known_by_its_number_and_not_by_a_mail_that_changed_hands(office):
    arrive(office)
    token, found = arrive(office, email="other@example.org")  # the provider has changed the mail
    assert token and found.email == "kim@example.org"
    with pytest.raises(people.Refused, match="known"):  # another account under the old mail
        arrive(office, "thief", email="kim@example.org")
    with pytest.raises(people.Refused, match="email"):
        arrive(office, "boss", email_verified=False)
    with pytest.raises(people.Refused, match="email"):
        arrive(office, "boss", email_verified=None)
    with pytest.raises(people.Refused, match="unknown"):
        arrive(office, "")


def test_a_claim_seeds_a_role_once_and_the_table_counts_from_then_on(office):
    assert arrive(office, "new", role="manager")[1].role == "manager"
    people.give(office, "new@example.org", "council", by="t", at=NOW)
    assert arrive(office, "new", role="manager")[1].role == "council"
    people.revoke(office, "new@example.org", by="t", at=NOW)
    assert arrive(office, "new", role="manager") == (
        "",
        people.Person(3, "new@example.org", "new@example.org"),
    )
    assert arrive(office, "other", role="admin")[1].role == ""


def test_the_store_holds_nothing_that_a_browser_could_send(office):
    token, _ = arrive(office)
    with office.connect() as connection:
        rows = [str(row) for row in connection.execute(text("SELECT * FROM sign_in"))]
    assert rows and token not in "".join(rows) and people.hashed(token) in rows[0]


def test_the_command_enters_changes_lists_and_revokes(office, capsys):
    assert (
        command.main(["add", "lee@example.org", "--name", "이", "--role", "importer", "--districts", "11010"])
        == 0
    )
    assert command.main(["role", "lee@example.org", "--role", "manager"]) == 0
    assert command.main(["list"]) == 0
    assert "lee@example.org\t이\tmanager\t-\t0" in capsys.readouterr().out
    assert command.main(["revoke", "lee@example.org"]) == 0
    assert command.main(["revoke", "nobody@example.org"]) == 1
    assert command.main(["add", "x@example.org", "--name", "x", "--role", "manager", "--districts", "1"]) == 1
    told = capsys.readouterr().err
    assert "nobody@example.org" in told and "Traceback" not in told


def test_the_command_says_that_there_is_no_store(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'none.db'}")
    assert command.main(["list"]) == 1 and capsys.readouterr().err


def test_people_and_sessions_stand_on_both_databases(database_url):
    from data.engine import migrate

    engine = make_engine(database_url)
    migrate(engine)
    people.add(engine, "kim@example.org", name="Kim", role="analyst", by="t", at=NOW)
    token, _ = arrive(engine)
    people.touch(engine, people.hashed(token), NOW + timedelta(minutes=5))
    with engine.connect() as connection:
        (one,) = people.sessions(connection, NOW + timedelta(minutes=6))
        assert one.person.role == "analyst" and one.seen_at == NOW + timedelta(minutes=5)
    assert people.end(engine, one.session_id, why="ended", by="t", at=NOW)
    assert not people.end(engine, one.session_id, why="ended", by="t", at=NOW)
    people.revoke(engine, "kim@example.org", by="t", at=NOW)
    engine.dispose()


# ── Reasons and limits ────────────────────────────────────────────────────────────────────────────


def test_a_reason_is_asked_of_people_for_raw_figures_and_is_good_for_its_question_and_a_while(monkeypatch):
    kim, lee = Viewer("analyst", "kim", (), "s1"), Viewer("analyst", "lee", (), "s2")
    assert (
        reasons.asked(kim, "analyst")
        and not reasons.asked(kim, "published")
        and not reasons.asked(LOCAL, "analyst")
    )
    clock = [50.0]
    monkeypatch.setattr(reasons.time, "monotonic", lambda: clock[0])
    reasons.give(kim, "kpi", "  for the   yearly report ")
    assert reasons.given(kim, "kpi") == "for the yearly report"
    assert not reasons.given(lee, "kpi") and not reasons.given(kim, "budget")
    clock[0] += reasons.GOOD_S + 1
    assert not reasons.given(kim, "kpi")
    reasons.give(kim, "kpi", " . ")
    assert not reasons.given(kim, "kpi")


def test_a_limit_lets_so_many_through_at_once_and_so_many_a_minute_after_that():
    bucket = Bucket(3, 60)
    assert [bucket.take("a", now=0.0) for _ in range(4)] == [0, 0, 0, 1.0]
    assert bucket.take("b", now=0.0) == 0
    assert bucket.take("a", now=1.0) == 0 and bucket.take("a", now=1.0) == 1.0
    assert bucket.take("a", now=1000.0) == 0 and bucket.take("a", 2, now=1000.0) == 0
    assert bucket.take("a", 1, now=1000.0) > 0


# ── The gate in local mode ────────────────────────────────────────────────────────────────────────


def passed(**more) -> tuple[int, dict]:
    """Status of what the gate makes of a request, 0 where it lets it through, and the scope that went on."""
    import asyncio

    seen: dict = {}
    told: list[dict] = []

    async def app(scope, receive, send):
        seen.update(scope)

    async def receive():
        return {"type": "http.request", "body": b""}

    async def send(message):
        told.append(message)

    kind = more.pop("type", "http")
    headers = {"host": "127.0.0.1:8501"} | {
        n.replace("_", "-"): v for n, v in more.pop("headers", {}).items()
    }
    scope = {
        "type": kind, "method": "GET", "path": "/", "query_string": b"", "client": ("127.0.0.1", 1),
        "headers": [(n.encode(), v.encode()) for n, v in headers.items() if v],
    } | more  # fmt: skip
    asyncio.run(Gate(app)(scope, receive, send))
    return next((m.get("status", m.get("code", 0)) for m in told), 0), seen


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    ("how", "status"),
    [
        ({}, 0), ({"client": ("::1", 1)}, 0), ({"client": ("192.0.2.7", 1)}, 403), ({"client": None}, 403),
        ({"headers": {"x_forwarded_for": "127.0.0.1"}}, 403), ({"headers": {"x_forwarded_proto": "https"}}, 403),
        ({"headers": {"forwarded": "for=127.0.0.1"}}, 403), ({"headers": {"via": "1.1 a"}}, 403), ({"headers": {"x_real_ip": "127.0.0.1"}}, 403),
        ({"headers": {"host": "ieum.example"}}, 400), ({"headers": {"host": ""}}, 400), ({"headers": {"host": "127.0.0.1@ieum.example"}}, 400),
    ],
    ids=str,
)  # fmt: skip
def test_in_local_mode_this_machine_alone_passes_and_no_proxy(kind, how, status):
    path = "/_stcore/stream" if kind == "websocket" else "/"
    found, scope = passed(type=kind, path=path, **how)
    if status == 0:
        assert found == 0 and scope["ieum.viewer"] == LOCAL
    else:
        assert not scope and found == (status if kind == "http" else 1008)


def test_a_page_beside_this_one_opens_no_socket():
    asked = {"type": "websocket", "path": "/_stcore/stream"}
    assert passed(**asked, headers={"origin": "http://127.0.0.1:8501"})[0] == 0
    for origin in ("http://127.0.0.1:9999", "https://ieum.example", "null"):
        assert passed(**asked, headers={"origin": origin})[0] == 1008


@pytest.mark.parametrize(
    ("query", "bucket"),
    [(b"format=csv", "exports"), (b"format=%63sv&lang=en", "exports"), (b"lang=ko&format=xlsx", "files"), (b"f%6Frmat=png", "files")],
)  # fmt: skip
def test_whoever_asks_too_often_is_told_when_to_come_again(monkeypatch, query, bucket):
    import asyncio

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})

    gate, told = Gate(app), []
    setattr(gate, bucket, Bucket(2, 60))

    async def send(message):
        told.append(message)

    scope = {
        "type": "http", "method": "GET", "path": "/api/answers/about", "query_string": query, "client": ("127.0.0.1", 1),
        "headers": [(b"host", b"localhost")],
    }  # fmt: skip
    for _ in range(3):
        asyncio.run(gate(scope, None, send))
    starts = [m for m in told if m["type"] == "http.response.start"]
    assert [m["status"] for m in starts] == [200, 200, 429]
    assert int(dict(starts[-1]["headers"])[b"retry-after"]) >= 1
