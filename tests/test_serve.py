"""The way to the browser: socket, settings, packed files, the first HTML, start and stop."""

from __future__ import annotations

import asyncio
import gzip
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import brotli
import pytest
from starlette.responses import FileResponse, Response
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from answers import studies
from serve import standing
from serve.pack import pack
from serve.packed import ASK_AGAIN, FOREVER, PACKED, Packed, chosen, content_hash, streamlits, versioned
from serve.page import EARLY, Page, hints
from serve.server import Unavailable, listen
from serve.worker import Worker
from tests.conftest import wait_until_healthy
from tools.postgres import free_port, stop

ROOT = Path(__file__).resolve().parent.parent
CONFIG = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
WAYS = {"serve": ["serve", "--port"], "streamlit": ["streamlit", "run", "app.py", "--server.port"]}
Start = Callable[[str], tuple[subprocess.Popen[bytes], int]]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """`start(way)` starts the app without a store and returns its process and port."""
    folder = tmp_path_factory.mktemp("serve")
    started = []

    def begin(way: str) -> tuple[subprocess.Popen[bytes], int]:
        port, log = free_port(), folder / f"{way}-{len(started)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", *WAYS[way], str(port)],
                cwd=ROOT,
                env=os.environ | {"DATABASE_URL": f"sqlite:///{folder / 'none.db'}"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        started.append(process)
        wait_until_healthy(process, f"http://127.0.0.1:{port}", log)
        return process, port

    yield begin
    for process in started:
        stop(process)


@pytest.fixture(scope="module")
def port(start: Start) -> int:
    """The port of an app that the tests of this module share."""
    return start("serve")[1]


def get(port: int, path: str, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body as they travel."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", path, headers=headers or {})
    answer = connection.getresponse()
    found = answer.status, {n.lower(): v for n, v in answer.getheaders()}, answer.read()
    connection.close()
    return found


def decoded(headers: dict[str, str], body: bytes) -> bytes:
    how = {"br": brotli.decompress, "gzip": gzip.decompress}
    return how.get(headers.get("content-encoding", ""), bytes)(body)


# ── Socket, settings, start and stop ──────────────────────────────────────────────────────────────


def test_accepted_connections_send_at_once() -> None:
    with listen("127.0.0.1", 0, 8) as listener:
        with socket.create_connection(listener.getsockname()):
            listener.setblocking(True)
            accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
            assert accepted.proto == socket.IPPROTO_TCP  # by which asyncio goes


def test_a_taken_port_is_told_in_both_languages_and_nothing_starts() -> None:
    with listen("127.0.0.1", 0, 8) as listener:
        taken = listener.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "serve", "--port", str(taken)], cwd=ROOT, capture_output=True, text=True, check=False
        )  # fmt: skip
    assert done.returncode == 1
    assert "다른 프로그램이 쓰고 있습니다" in done.stderr and "in use by another program" in done.stderr
    assert f"make run PORT={taken + 1}" in done.stderr and "Traceback" not in done.stderr


def test_an_address_of_another_machine_is_refused_in_words() -> None:
    with pytest.raises(Unavailable, match=r"Cannot listen on 192\.0\.2\.1"):
        listen("192.0.2.1", 0, 8)


def names(table: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted name and value of every setting in config.toml."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from names(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def test_every_setting_is_in_force_and_the_flags_overrule() -> None:
    script = (
        "import json, sys; from pathlib import Path; from serve.server import settings, uvicorn_config; from streamlit import config;"
        "settings(Path('app.py'), port=8600);"
        "told = uvicorn_config('app:app', address='127.0.0.1', port=8600);"
        "print(json.dumps([{n: config.get_option(n) for n in sys.argv[1:]}, told.ws_max_size, told.ws_ping_interval,"
        "told.ws_ping_timeout, told.ws, told.access_log]))"
    )
    wanted = dict(names(CONFIG))
    done = subprocess.run([sys.executable, "-c", script, *wanted], cwd=ROOT, capture_output=True, text=True, check=True)  # fmt: skip
    found, largest, interval, timeout, protocol, access_log = json.loads(done.stdout)
    assert found == wanted | {"server.port": 8600}
    assert largest == CONFIG["server"]["maxMessageSize"] * 1_000_000
    assert (interval, timeout, protocol, access_log) == (30, 30, "websockets-sansio", False)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order(start: Start, how: signal.Signals) -> None:
    process, port = start("serve")
    with connect(f"ws://127.0.0.1:{port}/_stcore/stream", subprotocols=["streamlit"]):
        process.send_signal(how)
        assert process.wait(30) == 0


def finished(port: int) -> bool:
    """Whether a session's first run comes to its end."""
    asked = BackMsg()
    asked.rerun_script.query_string = ""
    with connect(
        f"ws://127.0.0.1:{port}/_stcore/stream", subprotocols=["streamlit"], max_size=None
    ) as session:
        session.send(asked.SerializeToString())
        for data in session:
            answer = ForwardMsg()
            answer.ParseFromString(data)
            if answer.WhichOneof("type") == "script_finished":
                return True
    return False


def test_the_websocket_works(port: int) -> None:
    assert finished(port)


def test_streamlit_run_still_works(start: Start) -> None:
    _, port = start("streamlit")
    status, headers, body = get(port, "/?lang=en")
    assert status == 200 and headers["x-frame-options"] == "SAMEORIGIN"
    assert b"modulepreload" in body
    assert finished(port)


@pytest.mark.parametrize(("host", "status"), [("127.0.0.1", 101), ("elsewhere.example", 403)])
def test_a_session_asked_for_under_another_name_is_refused(port: int, host: str, status: int) -> None:
    key = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "c2V2ZW50eSBzaXh0eSBzaQ=="}  # fmt: skip
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/_stcore/stream", headers=key | {"Host": host})
    assert connection.getresponse().status == status
    connection.close()


# ── The first HTML ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["/", "/district_map"])
@pytest.mark.parametrize(("asked", "lang"), [("", "ko"), ("?lang=en", "en"), ("?lang=fr", "ko")])
@pytest.mark.parametrize("accepted", ["", "gzip, br"])
def test_html_says_its_language_also_when_it_travels_packed(port, path, asked, lang, accepted) -> None:
    status, headers, body = get(port, path + asked, {"Accept-Encoding": accepted})
    page = decoded(headers, body).decode()
    assert status == 200 and f'<html lang="{lang}">' in page
    assert headers.get("content-encoding") == ("gzip" if accepted else None)
    assert headers["cache-control"] == "no-cache" and "accept-encoding" in headers["vary"].lower()
    assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "same-origin"
    for link in re.findall(r'rel="modulepreload" crossorigin href="\./([^"]+)"', page):
        assert (streamlits().parent / link).is_file(), link


def test_every_early_script_is_one_that_streamlit_has() -> None:
    assert [name for name in EARLY if f"/{name}." not in hints()] == []


def test_a_broken_query_is_no_error(port: int) -> None:
    assert get(port, "/?lang=%ff%fe")[0] == 200


# ── Packed files ──────────────────────────────────────────────────────────────────────────────────

TEXT = b"let ieum = 1;\n" * 400


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Plain files of a made-up app: a script, a small one, a font, a boundary layer."""
    folder = tmp_path / "plain"
    (folder / "geo").mkdir(parents=True)
    (folder / "a.js").write_bytes(TEXT)
    (folder / "small.css").write_bytes(b"a{}")
    (folder / "f.woff2").write_bytes(bytes(range(256)) * 9)
    (folder / "geo" / "district_2020_0123abcd.geojson").write_bytes(b"[" + b"1," * 900 + b"1]")
    pack(tmp_path / "packed", folders=(folder,))
    return folder


@pytest.fixture
def layer(files: Path) -> Packed:
    """The layer before an app that serves those files plainly."""

    async def plain(scope: dict[str, Any], receive: Any, send: Any) -> None:
        file = files / scope["path"].removeprefix("/app/static/")
        answer = FileResponse(file) if file.is_file() else Response("?", status_code=404)
        await answer(scope, receive, send)

    packed = Packed(plain, packed=files.parent / "packed")
    packed.folders = {"/app/static/": files.resolve()}
    return packed


def ask(app: Any, path: str, *, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    """One request without a server."""
    sent: list[dict[str, Any]] = []
    path, _, query = path.partition("?")
    scope = {
        "type": "http", "method": method, "path": path, "query_string": query.encode(),
        "headers": [(n.replace("_", "-").encode(), v.encode()) for n, v in headers.items()],
    }  # fmt: skip

    async def run() -> None:
        async def receive() -> dict[str, Any]:
            await asyncio.Event().wait()  # the client stays and says nothing more
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await app(scope, receive, send)

    asyncio.run(run())
    found = {n.decode(): v.decode() for n, v in sent[0]["headers"]}
    return sent[0]["status"], found, b"".join(m.get("body", b"") for m in sent[1:])


@pytest.mark.parametrize(("accepted", "coding"), [("gzip, deflate, br, zstd", "br"), ("gzip", "gzip"), ("br;q=0, gzip", "gzip"),
                                                  ("identity", None), ("*", "br")])  # fmt: skip
def test_a_packed_answer_is_the_plain_one_after_decoding(layer, accepted, coding) -> None:
    status, headers, body = ask(layer, "/app/static/a.js", accept_encoding=accepted)
    assert status == 200 and headers.get("content-encoding") == coding
    assert decoded(headers, body) == TEXT and len(body) == int(headers["content-length"])
    assert headers["content-type"].startswith("text/javascript") and headers["vary"] == "Accept-Encoding"


def test_a_client_that_names_no_coding_gets_the_plain_file(layer) -> None:
    _, headers, body = ask(layer, "/app/static/a.js")
    assert "content-encoding" not in headers and body == TEXT


def test_without_its_packed_file_the_plain_one_is_sent(layer, files) -> None:
    ask(layer, "/app/static/a.js", accept_encoding="br")
    for path in (files.parent / "packed").iterdir():
        path.unlink()
    _, headers, body = ask(layer, "/app/static/a.js", accept_encoding="br")
    assert "content-encoding" not in headers and body == TEXT


def test_a_changed_file_is_never_answered_with_the_old_one(layer, files) -> None:
    ask(layer, "/app/static/a.js", accept_encoding="br")
    (files / "a.js").write_bytes(TEXT + b"2")
    assert ask(layer, "/app/static/a.js", accept_encoding="br")[2] == TEXT + b"2"


def test_the_browser_is_told_that_its_copy_is_good(layer) -> None:
    _, headers, _ = ask(layer, "/app/static/a.js", accept_encoding="br")
    status, again, body = ask(layer, "/app/static/a.js", accept_encoding="br", if_none_match=headers["etag"])
    assert (status, body, again["etag"]) == (304, b"", headers["etag"])
    other = ask(layer, "/app/static/a.js", accept_encoding="gzip", if_none_match=headers["etag"])
    assert other[0] == 200 and other[1]["etag"] != headers["etag"]


def test_a_part_of_a_file_is_a_part_of_the_plain_one(layer) -> None:
    status, headers, body = ask(layer, "/app/static/a.js", accept_encoding="br", range="bytes=4-7")
    assert (status, body) == (206, TEXT[4:8]) and "content-encoding" not in headers


def test_only_names_that_change_with_content_are_kept_for_good(layer, files) -> None:
    version = content_hash((files / "f.woff2").read_bytes())[:8]
    lifetime = {
        path: ask(layer, f"/app/static/{path}", accept_encoding="br")[1]["cache-control"]
        for path in ("f.woff2", f"f.woff2?v={version}", "f.woff2?v=00000000", "a.js", "geo/district_2020_0123abcd.geojson")
    }  # fmt: skip
    assert list(lifetime.values()) == [ASK_AGAIN, FOREVER, ASK_AGAIN, ASK_AGAIN, FOREVER]


@pytest.mark.parametrize("path", ["../packed/x.js", "a\0.js", "none.js", ""])
def test_what_lies_outside_or_nowhere_is_left_to_streamlit(layer, files, path) -> None:
    assert layer.file({"path": f"/app/static/{path}"}) is None


def test_packing_again_packs_nothing_and_removes_what_is_out_of_use(files) -> None:
    target = files.parent / "packed"
    before = {path.name for path in target.iterdir()}
    assert pack(target, folders=(files,))[0] == 0
    (files / "a.js").write_bytes(TEXT + b"3")
    assert pack(target, folders=(files,))[0] == 1
    assert {path.name for path in target.iterdir()} & before == {
        n for n in before if content_hash(TEXT) not in n
    }


@pytest.mark.parametrize(("accepted", "there", "best"), [("", ("br",), None), ("gzip;q=0.5", ("br", "gzip"), "gzip"), ("br;q=x", ("br",), None)])  # fmt: skip
def test_codings_are_chosen_as_the_browser_says(accepted, there, best) -> None:
    assert chosen(accepted, there) == best


def test_streamlits_own_scripts_travel_packed_and_unchanged(port: int) -> None:
    for file in sorted((streamlits() / "js").glob("index.*.js")):
        status, headers, body = get(port, f"/static/js/{file.name}", {"Accept-Encoding": "gzip, br"})
        assert status == 200 and decoded(headers, body) == file.read_bytes()
        if any(PACKED.glob("*.gz")):
            assert headers["content-encoding"] in ("br", "gzip")
        assert "immutable" in headers["cache-control"]


def test_fonts_are_kept_for_good_under_their_version(port: int) -> None:
    link = versioned("app/static/fonts/ieum-400.woff2")
    if "?v=" not in link:
        pytest.skip("the font is not installed")
    status, headers, _ = get(port, f"/{link}")
    assert (status, headers["cache-control"], headers["content-type"]) == (200, FOREVER, "font/woff2")
    assert get(port, f"/{link.partition('?')[0]}")[1]["cache-control"] == ASK_AGAIN
    assert versioned("app/static/fonts/none.woff2") == "app/static/fonts/none.woff2"


def test_headers_are_there_once(layer) -> None:
    _, headers, _ = ask(Page(layer), "/app/static/a.js", accept_encoding="br")
    assert headers["x-frame-options"] == "SAMEORIGIN" and headers["content-encoding"] == "br"


# ── The worker ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def worker() -> Iterator[Callable[[str], Worker]]:
    """`worker(script)` starts a worker that runs a script in place of the real one."""
    begun: list[Worker] = []

    def begin(script: str) -> Worker:
        begun.append(Worker((sys.executable, "-u", "-c", script)))
        begun[-1].start()
        return begun[-1]

    yield begin
    for one in begun:
        one.stop()


def comes(true: Callable[[], bool]) -> bool:
    """Whether something comes true within a while."""
    deadline = time.monotonic() + 20
    while not true() and time.monotonic() < deadline:
        time.sleep(0.02)
    return true()


def on_duty() -> bool:
    """Whether readers of the demonstration count on a worker."""
    return studies.on_duty("demo")


def test_readers_count_on_a_worker_while_it_says_so_and_no_longer(worker) -> None:
    script = f"import sys, time; print('demo', {studies.ON_DUTY!r}); sys.stdin.read(); time.sleep(60)"
    one = worker(script)
    assert comes(on_duty) and comes(lambda: one.process is not None)
    process = one.process
    one.stop()
    assert process is not None and process.poll() is not None and not on_duty()


def test_a_worker_that_cannot_keep_leaves_studies_to_the_readers(worker) -> None:
    worker(f"import time; print('demo {studies.OFF_DUTY}: readonly'); time.sleep(60)")
    assert comes(on_duty) and comes(lambda: not on_duty())


def test_a_worker_that_dies_is_started_again_and_readers_give_up_on_one_that_never_comes_up(
    worker, monkeypatch
) -> None:
    monkeypatch.setattr("serve.worker.AGAIN_AFTER_S", 0.05)
    one = worker(f"print('demo', {studies.ON_DUTY!r})")
    first = one.process if comes(lambda: one.process is not None) else None
    assert comes(lambda: one.process is not first) and on_duty()
    one.stop()
    worker("raise SystemExit(3)")
    assert comes(on_duty) and comes(lambda: not on_duty())


def children(process: subprocess.Popen[bytes]) -> list[int]:
    """Processes that a process has started."""
    return [
        int(path.parent.name)
        for path in Path("/proc").glob("[0-9]*/stat")
        if (said := _read(path)) and int(said.rpartition(")")[2].split()[1]) == process.pid
    ]


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc")
@pytest.mark.parametrize("way", list(WAYS))
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_the_worker_starts_and_ends_with_the_app(start: Start, way: str, how: signal.Signals) -> None:
    process, _ = start(way)
    assert comes(lambda: len(children(process)) == 1)
    worker_pid = children(process)[0]
    words = Path(f"/proc/{worker_pid}/cmdline").read_bytes().split(b"\0")
    assert b"--watch" in words and str(process.pid).encode() in words
    process.send_signal(how)
    process.wait(30)
    assert comes(
        lambda: (
            not _read(Path(f"/proc/{worker_pid}/stat")) or ") Z " in _read(Path(f"/proc/{worker_pid}/stat"))
        )
    )


# --- What stands from the start is worked out once ------------------------------------------------------------------


def test_the_look_of_the_settings_is_said_the_same_from_the_second_time_on():
    from streamlit.proto.NewSession_pb2 import CustomThemeConfig
    from streamlit.runtime import app_session

    theirs = getattr(app_session._populate_theme_msg, "__wrapped__", app_session._populate_theme_msg)
    asked: list[str] = []

    def counted(message: Any, section: str) -> None:
        asked.append(section)
        theirs(message, section)

    ours = standing.once(counted)

    def said(populate: Callable[..., None]) -> bytes:
        whole = CustomThemeConfig()
        populate(whole)
        for place, section in (
            ("sidebar", "theme.sidebar"),
            ("light", "theme.light"),
            ("dark", "theme.dark"),
        ):
            populate(getattr(whole, place), section)
        return bytes(whole.SerializeToString(deterministic=True))

    first, again, third = said(theirs), said(ours), said(ours)
    assert first == again == third
    assert asked == ["theme", "theme.sidebar", "theme.light", "theme.dark"]


def test_both_are_entered_where_streamlit_looks_for_them_and_only_once(monkeypatch):
    from streamlit import string_util
    from streamlit.runtime import app_session

    for place, name in ((app_session, "_populate_theme_msg"), (string_util, "extract_leading_emoji")):
        monkeypatch.setattr(place, name, getattr(place, name))
    standing.begin()
    entered = app_session._populate_theme_msg, string_util.extract_leading_emoji
    standing.begin()
    assert (app_session._populate_theme_msg, string_util.extract_leading_emoji) == entered
    for label in ("한국어", "🚨 경보", "plain", ""):
        assert entered[1](label) == entered[1](label) == entered[1].__wrapped__(label)
    assert string_util.extract_leading_icon("🚨 경보") == ("🚨", "경보")
    assert string_util.extract_leading_icon("한국어") == ("", "한국어")
