"""Two processes of the app behind the nginx configuration that is shipped: each browser stays with one, a session holds in both."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.conftest import unavailable
from tests.visitors import Server, Visitor, both_empty, healthy, provider, running
from tools.postgres import free_port, stop

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ROOT / "deploy" / "nginx"
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"


@pytest.fixture(scope="module")
def team(office_copy: Callable[[Path], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Two apps on one store, nginx before them, and an identity provider; `log` is nginx's own."""
    if not Path(NGINX).exists():
        unavailable("nginx is not installed: sh tools/system.sh nginx")
    folder = tmp_path_factory.mktemp("team")
    place = folder / "ieum.db"
    office = both_empty(place, office_copy)
    front, ports = free_port(), (free_port(), free_port())
    accounts: dict[str, dict[str, object]] = {
        name: {"email": f"{name}@example.org", "email_verified": True} for name in ("boss", "lee")
    }
    with ExitStack() as after, provider(accounts) as issuer:
        for port in ports:
            log = folder / f"{port}.log"
            after.enter_context(running(place, office, issuer, log=log, port=port, front=front))
        proxy = subprocess.Popen(
            [NGINX, "-c", str(configured(folder, front, ports))], stdin=subprocess.DEVNULL
        )
        after.callback(stop, proxy)
        healthy(proxy, f"http://localhost:{front}", folder / "nginx.log")
        found = Server(f"http://localhost:{front}", issuer, front, office, folder / "access.log")
        found.enter("boss", "admin")
        found.enter("lee", "manager")
        yield found


def configured(folder: Path, front: int, ports: tuple[int, int]) -> Path:
    """The shipped files with other ports, in a main file that needs no right."""
    http = (SHIPPED / "http.conf").read_text(encoding="utf-8")
    for shipped, port in zip(("127.0.0.1:8501", "127.0.0.1:8502"), ports, strict=True):
        assert shipped in http
        http = http.replace(shipped, f"127.0.0.1:{port}")
    (folder / "http.conf").write_text(http, encoding="utf-8")
    places = "".join(
        f"    {name}_temp_path {folder}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    file = folder / "nginx.conf"
    file.write_text(
        f"daemon off;\npid {folder}/nginx.pid;\nerror_log {folder}/nginx.log;\nworker_processes 1;\n"
        f"events {{}}\nhttp {{\n{places}    include {folder}/http.conf;\n    access_log {folder}/access.log ieum;\n"
        f"    server {{\n        listen 127.0.0.1:{front};\n        include {SHIPPED}/server.conf;\n    }}\n}}\n",
        encoding="utf-8",
    )
    return file


def processes(team: Server, path: str) -> set[str]:
    """Which processes answered a path."""
    rows = [line.split() for line in team.log.read_text(encoding="utf-8").splitlines()]
    return {row[-1] for row in rows if row[2] == path}


def test_a_session_holds_in_every_process(team: Server) -> None:
    """Signed in through one, known to the other: whichever way the browser's cookie is made to lead."""
    boss = team.visitor("boss")
    for way in range(8):
        boss.cookies["ieum_way"] = f"way-{way}"
        with boss.on() as session:
            assert session.pages["admin"]
    assert len(processes(team, "/_stcore/stream")) == 2


def test_a_browser_stays_with_one_process(team: Server) -> None:
    lee = team.visitor("lee")
    assert len(lee.cookies["ieum_way"]) == 32
    for n in range(6):
        status, headers, _ = lee.ask(f"/_stcore/health?{n}")
        assert status == 200 and "ieum_way" not in headers.get("set-cookie", "")
    for _ in range(4):
        lee.ask("/stays")
    assert len(processes(team, "/stays")) == 1


def test_different_browsers_are_spread_and_a_foreign_host_is_refused(team: Server) -> None:
    for _ in range(16):
        Visitor(team, "anonymous").ask("/spread")
    assert len(processes(team, "/spread")) == 2
    status, *_ = Visitor(team, "anonymous").ask("/", headers={"Host": "elsewhere.example"})
    assert status == 400


def test_a_session_that_ended_in_one_process_is_worth_nothing_in_the_other(team: Server) -> None:
    lee = team.visitor("lee")
    kept = lee.cookies["ieum_session"]
    with lee.on() as session:
        assert "setup" in session.pages
    lee.ask("/auth/logout")
    for way in range(8):
        thief = Visitor(team, "lee", {"ieum_session": kept, "ieum_way": f"way-{way}"})
        with thief.on() as session:
            assert session.pages and "setup" not in session.pages
