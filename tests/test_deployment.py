"""A team's deployment by the written steps: every line of docs/operations.md in a clean directory, to two browsers that are signed in.

What belongs to the machine is stood in for, and nothing else: packages and the account are there, `runuser` runs as whoever runs the
test, `systemctl` starts what the shipped unit says, addresses and ports are the test's own.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.conftest import unavailable
from tests.proof import FULL
from tests.visitors import CLIENT_SECRET, SECRET, healthy, provider
from tools.browser import SHELL
from tools.postgres import BIN, free_port, stop, temporary_server

ROOT = Path(__file__).resolve().parent.parent
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
PLACES = (
    "/opt/ieum",
    "/etc/ieum",
    "/etc/systemd",
    "/etc/nginx",
    "/etc/ssl",
    "/var/lib/ieum",
    "/var/log/nginx",
)
# What stands in for the machine's own: packages and accounts are there, rights are those of whoever runs this.
STAND_INS = {
    "apt-get": 'for one in python3.11 make nginx; do PATH="$PATH:/usr/sbin" command -v "$one" >/dev/null || exit 1; done',
    "adduser": "exit 0",
    "runuser": 'while [ "$1" != "--" ]; do shift; done; shift; exec "$@"',
    "install": "set -- $(printf '%s ' \"$@\" | sed -E 's/-[og] [a-z]+//g'); exec /usr/bin/install \"$@\"",
    "systemctl": 'echo "$*" >> "$ASKED"',
    "nginx": 'exec "$OWN_NGINX" -e stderr -c "$FOLDER/nginx.conf" "$@"',
}

pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(not FULL, reason="a quarter of an hour: make proof"),
]


class Machine:
    """A clean directory that stands for a Debian machine.

    Attributes:
        ports: of the two processes, and of nginx with and without TLS.
    """

    def __init__(self, folder: Path, database: str, issuer: str) -> None:
        self.folder, self.issuer = folder, issuer
        self.ports = [free_port() for _ in range(4)]
        url = make_url(database)
        self.host, self.port = str(url.host), str(url.port)
        self.front = f"https://localhost:{self.ports[2]}"
        own = folder / "bin"
        own.mkdir()
        for name, does in STAND_INS.items():
            (own / name).write_text(f"#!/bin/sh\n{does}\n", encoding="utf-8")
            (own / name).chmod(0o755)
        for place in (*PLACES, "/etc/systemd/system", "/etc/nginx/conf.d"):
            self.at(place).mkdir(parents=True, exist_ok=True)
        self.environment = {
            **{
                name: value
                for name, value in os.environ.items()
                if not name.startswith(("IEUM_", "DATABASE_"))
            },
            "PATH": f"{own}:{BIN}:{os.environ['PATH']}",
            "ASKED": str(folder / "asked"),
            "FOLDER": str(folder),
            "OWN_NGINX": NGINX,
            "PGHOST": self.host,
            "PGPORT": self.port,
            "PGUSER": "postgres",
        }

    def at(self, path: str) -> Path:
        """Where a place of the machine is here."""
        return self.folder / path.lstrip("/")

    def moved(self, text: str) -> str:
        """A text with the places, ports and host of this machine in the place of the written ones."""
        for place in PLACES:
            text = text.replace(place, str(self.at(place)))
        for written, mine in zip(("8501", "8502"), self.ports, strict=False):
            text = text.replace(written, str(mine))
        return text.replace("ieum.city.example", "localhost")

    def run(self, line: str) -> None:
        """A written line, as a shell would take it."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", self.moved(line)],
            cwd=self.at("/opt/ieum"), env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{line}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"

    def filled_in(self) -> None:
        """What the person who sets it up writes: the settings, the certificate, the ports."""
        file = self.at("/etc/ieum/ieum.env")
        told = {
            "DATABASE_URL": f"postgresql+psycopg://ieum@{self.host}:{self.port}/ieum",
            "IEUM_URL": self.front,
            "IEUM_OIDC_ISSUER": self.issuer,
            "IEUM_OIDC_CLIENT_SECRET": shlex.quote(CLIENT_SECRET.replace(" ", "-").replace("'", "")),
            "IEUM_COOKIE_SECRET": SECRET.replace(" ", "-").replace(",", ""),
            "IEUM_KEY_FILE": str(self.at("/var/lib/ieum/keys/office.key")),
        }
        lines = file.read_text(encoding="utf-8").splitlines()
        names = [line.partition("=")[0] for line in lines]
        assert set(told) <= set(names)
        file.write_text(
            "\n".join(
                f"{name}={told[name]}" if name in told else line
                for name, line in zip(names, lines, strict=True)
            )
            + "\n",
            encoding="utf-8",
        )

    def proxied(self) -> None:
        """nginx's own main file around the shipped one, with a certificate of the test's."""
        shipped = self.at("/etc/nginx/conf.d/ieum.conf")
        text = self.moved(shipped.read_text(encoding="utf-8"))
        text = text.replace("listen 443", f"listen 127.0.0.1:{self.ports[2]}")
        text = text.replace("listen 80;", f"listen 127.0.0.1:{self.ports[3]};")
        shipped.write_text(text, encoding="utf-8")
        for file in self.at("/opt/ieum/deploy/nginx").iterdir():
            file.write_text(self.moved(file.read_text(encoding="utf-8")), encoding="utf-8")
        for name in ("certs", "private"):
            self.at(f"/etc/ssl/{name}").mkdir(exist_ok=True)
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
             "-addext", "subjectAltName=DNS:localhost", "-keyout", self.at("/etc/ssl/private/ieum.key"),
             "-out", self.at("/etc/ssl/certs/ieum.pem")],
            check=True, capture_output=True,
        )  # fmt: skip
        temporary = "".join(
            f"    {name}_temp_path {self.folder}/{name};\n"
            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (self.folder / "nginx.conf").write_text(
            f"daemon off;\npid {self.folder}/nginx.pid;\nevents {{}}\nhttp {{\n{temporary}"
            f"    include {self.at('/etc/nginx/conf.d')}/*.conf;\n}}\n",
            encoding="utf-8",
        )

    def unit(self, name: str, after: ExitStack, port: int = 0) -> None:
        """Start what a shipped unit says, as systemd would: its settings, its look at them, its command."""
        text = self.moved(self.at(f"/etc/systemd/system/{name}.service").read_text(encoding="utf-8"))
        told = dict(re.findall(r"^(\w+)=(.*)$", text.replace("%i", str(port)), flags=re.MULTILINE))
        given = dict(
            line.split("=", 1)
            for line in Path(told["EnvironmentFile"]).read_text(encoding="utf-8").splitlines()
            if line and not line.startswith("#")
        )
        how = {"cwd": told["WorkingDirectory"], "env": self.environment | given, "stdin": subprocess.DEVNULL}
        if "ExecStartPre" in told:
            subprocess.run(shlex.split(told["ExecStartPre"]), check=True, capture_output=True, **how)
        log = self.folder / f"{name}{port}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                shlex.split(told["ExecStart"]),
                stdout=output,
                stderr=subprocess.STDOUT,
                **how,
            )
        after.callback(stop, process)
        if port:
            healthy(process, f"http://127.0.0.1:{port}", log)


def written() -> list[str]:
    """The lines of the deployment as they stand in the book."""
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    part = text.partition("## A team's deployment, step by step")[2].partition("\n## ")[0]
    return [re.sub(r"\s+#.*", "", line[4:]) for line in part.splitlines() if line.startswith("    ")]


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """A machine on which the project was put, with a PostgreSQL of its own and the city's identity provider."""
    if not Path(NGINX).exists():
        unavailable("nginx is not installed: sh tools/system.sh nginx")
    accounts: dict[str, dict[str, object]] = {
        name: {"email": f"{name}@city.example", "email_verified": True} for name in ("boss", "lee")
    }
    with temporary_server(admin="postgres") as database, provider(accounts) as issuer:
        one = Machine(tmp_path, database, issuer)
        packed = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, check=True, capture_output=True).stdout
        subprocess.run(["tar", "-x", "-C", one.at("/opt/ieum")], input=packed, check=True)
        yield one


def test_the_written_steps_end_with_two_people_who_are_signed_in(machine: Machine) -> None:
    from playwright.sync_api import expect, sync_playwright

    steps = [line for line in written() if line]
    assert any("people add" in line for line in steps) and any("systemctl enable" in line for line in steps)
    with ExitStack() as after:
        for line in steps:
            machine.run(line if not line.startswith("cd ") else line.partition("&& ")[2])
            if "ieum.env /etc" in line:
                machine.filled_in()
            if "deploy/nginx" in line:
                machine.proxied()
            if "systemctl enable" in line:
                for port in machine.ports[:2]:
                    machine.unit("ieum@", after, port)
                machine.unit("ieum-studies", after)
            if "systemctl reload nginx" in line:
                proxy = subprocess.Popen(
                    [NGINX, "-e", "stderr", "-c", str(machine.folder / "nginx.conf")],
                    stdin=subprocess.DEVNULL,
                )
                after.callback(stop, proxy)
        assert "enable --now" in (machine.folder / "asked").read_text(encoding="utf-8")
        # Whoever administers it lets a manager in, by the same command as the last of the steps.
        machine.run(steps[-1].replace("boss", "lee").replace("--role admin", "--role manager"))
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=str(SHELL), args=["--no-sandbox"])
            for account, sees in (("boss", True), ("lee", False)):
                context = browser.new_context(ignore_https_errors=True, locale="ko-KR")
                page = context.new_page()
                page.goto(machine.front)
                page.get_by_role("button", name="로그인").first.click()
                page.locator("input[name=sub]").fill(account)
                page.locator("input[name=sub]").press("Enter")
                expect(page.locator("[data-testid='stMain'] h1")).to_be_visible(timeout=60_000)
                page.goto(f"{machine.front}/admin")
                heading = page.get_by_role("heading", level=1)
                expect(heading).to_be_visible(timeout=60_000)
                assert ("사람" in page.locator("[data-testid='stMain']").inner_text()) == sees
                assert any(cookie["name"] == "ieum_way" for cookie in context.cookies())
