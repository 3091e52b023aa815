"""Sign-in against a certified OpenID provider (npm oidc-provider): PKCE is used and checked, and a token with another nonce is refused."""

from __future__ import annotations

import base64
import http.client
import json
import os
import shutil
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from conftest import VAR

from tests.visitors import CLIENT_SECRET, Server, Visitor, both_empty, provider_token, running
from tools.postgres import free_port, stop

VERSION = "9.13.3"
SCRIPT = Path(__file__).with_name("oidc") / "provider.mjs"


@pytest.fixture(scope="module")
def package() -> Path:
    """The folder that holds the provider's package, fetched once."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("Node 20 with npm is not installed: the certified provider is a package of theirs")
    folder = VAR / f"oidc-provider-{VERSION}"
    if not (folder / "node_modules" / "oidc-provider" / "package.json").exists():
        folder.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            [str(npm), "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder), f"oidc-provider@{VERSION}"],
            capture_output=True, text=True, check=False, timeout=240,
        )  # fmt: skip
        if done.returncode:
            pytest.skip(f"npm has no oidc-provider for us: {done.stderr.strip()[-200:]}")
    return folder


@contextmanager
def certified(package: Path, redirect: str, tamper: str = "") -> Iterator[str]:
    """The provider at work; its issuer."""
    port = free_port()
    script = package / SCRIPT.name
    script.write_bytes(SCRIPT.read_bytes())  # beside the package, where Node looks for it
    environment = os.environ | {"PORT": str(port), "REDIRECT": redirect, "TAMPER": tamper}
    process = subprocess.Popen(
        ["node", str(script)],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if line.strip() == b"ready":
                break
        yield f"http://localhost:{port}"
    finally:
        stop(process)


@pytest.fixture(params=["", "nonce"])
def signing(request, package, office_copy: Callable[[Path], str], tmp_path) -> Iterator[tuple[str, Server]]:
    """A server whose provider behaves, and one whose provider does not."""
    place, port = tmp_path / "ieum.db", free_port()
    office = both_empty(place, office_copy)
    with (
        certified(package, f"http://localhost:{port}/oauth2callback", request.param) as issuer,
        running(place, office, issuer, log=tmp_path / "server.log", port=port) as server,
    ):
        server.enter("kim", "manager")
        yield request.param, server


def test_a_certified_provider_signs_in_with_pkce_and_the_nonce_that_was_asked_for(signing):
    tampered, server = signing
    me = Visitor(server, "manager")
    status, headers, _ = me.ask(f"/auth/login?provider={provider_token()}")
    asked = parse_qs(urlsplit(headers["location"]).query)
    assert asked["code_challenge_method"] == ["S256"] and len(asked["code_challenge"][0]) == 43
    assert len(asked["nonce"][0]) >= 16 and len(asked["state"][0]) >= 16
    back = way_back(headers["location"])
    assert back.startswith(f"{server.base}/oauth2callback?")
    if not tampered:
        assert without_verifier(server, back) == "invalid_grant"  # the code alone is worth nothing
        back = way_back(headers["location"])
    me.ask(back)
    assert ("ieum_session" in me.cookies) is (not tampered)
    assert (me.ask("/api/answers/setup.targets?city=office")[0] == 200) is (not tampered)
    if tampered:  # and for no other reason
        assert "nonce" in server.log.read_text(encoding="utf-8", errors="replace")
    else:
        again = Visitor(server, "manager")
        again.ask(back)  # in another browser, which did not ask for it
        assert "ieum_session" not in again.cookies


def way_back(address: str) -> str:
    """Through the provider's own pages, with its own cookies; where it sends the browser in the end."""
    jar: dict[str, str] = {}
    for _ in range(8):
        parts = urlsplit(address)
        if parts.path == "/oauth2callback":
            assert "code=" in parts.query, parts.query
            return address
        kept = {"Cookie": "; ".join(f"{n}={v}" for n, v in jar.items())} if jar else {}
        headers, cookies = redirected(address, kept)
        jar |= cookies
        address = headers["location"]
        if address.startswith("/"):
            address = f"{parts.scheme}://{parts.netloc}{address}"
    raise AssertionError(f"no way back: {address}")


def redirected(address: str, headers: dict[str, str]):
    """One step, with every cookie that it sets."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    connection.request("GET", f"{parts.path}?{parts.query}", headers=headers)
    answer = connection.getresponse()
    cookies: dict[str, str] = {}
    for name, value in answer.getheaders():
        if name.lower() == "set-cookie":
            cookies |= {one.key: one.value for one in SimpleCookie(value).values()}
    told = answer.read()
    connection.close()
    assert 300 <= answer.status < 400, told
    return {n.lower(): v for n, v in answer.getheaders()}, cookies


def without_verifier(server: Server, back: str) -> str:
    """What the provider says to somebody who has the code and the client's secret, and not the verifier."""
    code = parse_qs(urlsplit(back).query)["code"][0]
    body = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": f"{server.base}/oauth2callback",
        "code_verifier": "x" * 43,
    }
    secret = base64.b64encode(f"ieum:{quote(CLIENT_SECRET)}".encode()).decode()
    request = urllib.request.Request(
        f"{server.issuer}/token", urlencode(body).encode(), {"Authorization": f"Basic {secret}"}
    )
    with pytest.raises(HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)
    return str(json.loads(refused.value.read())["error"])
