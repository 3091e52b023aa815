"""Who looks: the identity provider that is set up, if any, and the viewer behind what a browser keeps of its session.

Without a provider there is the local mode: this very machine alone, where whoever sits at it may read, bring files in and set up.
A provider is in force in a server that `python -m serve` started, and in no other.
"""

from __future__ import annotations

import os
import threading
import time
import tomllib
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from answers.store import Store, StoreProblem, cities
from answers.viewer import ANONYMOUS, Viewer
from data import people

COOKIE = "ieum_session"
# Seconds for which what the store says of a session is believed: a right that was taken elsewhere ends within them.
BELIEVED_S = 10.0
MOST_KNOWN = 5000
SETTINGS = {
    "issuer": "IEUM_OIDC_ISSUER",
    "client_id": "IEUM_OIDC_CLIENT_ID",
    "client_secret": "IEUM_OIDC_CLIENT_SECRET",
    "cookie_secret": "IEUM_COOKIE_SECRET",
    "url": "IEUM_URL",
}
SECRETS = Path(__file__).resolve().parent.parent / ".streamlit" / "secrets.toml"
WELL_KNOWN = "/.well-known/openid-configuration"
LEAST_SECRET = 32
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Unready(Exception):
    """The settings name half a provider, or one that would not be safe; `reason` is a key under `config.wrong_`."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True)
class Provider:
    """An OpenID Connect provider, and where this app stands for it.

    Attributes:
        issuer: as its tokens name it. url: the app's public address. claim: the name of the claim that may seed a role at a first visit.
        trusts_email: its e-mails count as verified although it does not say so.
    """

    issuer: str
    client_id: str
    client_secret: str
    cookie_secret: str
    url: str
    claim: str = "roles"
    trusts_email: bool = False

    @property
    def secure(self) -> bool:
        """Whether browsers reach the app over HTTPS, so that cookies must travel over nothing else."""
        return self.url.startswith("https://")

    @property
    def host(self) -> str:
        """The app's public name."""
        return urlsplit(self.url).hostname or ""

    def secrets(self) -> dict[str, Any]:
        """As Streamlit's sign-in takes it; every sign-in uses PKCE."""
        return {
            "redirect_uri": f"{self.url}/oauth2callback",
            "cookie_secret": self.cookie_secret,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "server_metadata_url": f"{self.issuer.rstrip('/')}{WELL_KNOWN}",
            # Whoever comes says who they are each time: a session that has ended must not open again by itself. And
            # every provider knows "login", which not all do of Streamlit's own "select_account".
            "client_kwargs": {
                "scope": "openid email profile",
                "prompt": "login",
                "code_challenge_method": "S256",
            },
        }


def safe(address: str) -> bool:
    """Whether what goes to an address is read by nobody on the way: HTTPS, or this very machine."""
    parts = urlsplit(address)
    near = parts.scheme == "http" and parts.hostname in LOOPBACK
    return bool(parts.hostname) and (parts.scheme == "https" or near)


def provider(environment: Mapping[str, str] | None = None, secrets: Path = SECRETS) -> Provider | None:
    """The provider that the environment, or else Streamlit's secrets file, sets up; None where neither names one.

    Raises:
        Unready: some settings are missing, a secret is short, or the address is not HTTPS and not this machine.
    """
    env = os.environ if environment is None else environment
    found = {name: env.get(setting, "").strip() for name, setting in SETTINGS.items()}
    if not any(found.values()):
        found = _from_file(secrets)
    if not any(found.values()):
        return None
    if missing := [SETTINGS[name] for name, value in found.items() if not value]:
        raise Unready("missing", ", ".join(missing))
    if len(found["cookie_secret"]) < LEAST_SECRET:
        raise Unready("secret", SETTINGS["cookie_secret"])
    for name in ("issuer", "url"):
        if not safe(found[name]):
            raise Unready("address", SETTINGS[name])
    found["url"] = found["url"].rstrip("/")
    trusts = env.get("IEUM_OIDC_EMAIL", "").strip().lower() == "trusted"
    return Provider(**found, claim=env.get("IEUM_OIDC_ROLES", "").strip() or "roles", trusts_email=trusts)


def _from_file(file: Path) -> dict[str, str]:
    names = dict.fromkeys(SETTINGS, "")
    if not file.exists():
        return names
    found = tomllib.loads(file.read_text(encoding="utf-8")).get("auth", {})
    direct = ("client_id", "client_secret", "cookie_secret")
    return names | {
        **{name: str(found.get(name, "")) for name in direct},
        "issuer": str(found.get("server_metadata_url", "")).removesuffix(WELL_KNOWN),
        "url": str(found.get("redirect_uri", "")).removesuffix("/oauth2callback"),
    }


_IN_FORCE: list[Provider] = []


def begin(found: Provider | None) -> None:
    """Put a provider in force for this process, or none: the local mode."""
    _IN_FORCE[:] = [] if found is None else [found]


def in_force() -> Provider | None:
    """The provider in force; None in local mode."""
    return _IN_FORCE[0] if _IN_FORCE else None


# --- Sessions -------------------------------------------------------------------------------------------


@dataclass
class _Known:
    """What was last heard of a session."""

    asked_at: float
    found: people.Session | None
    seen_at: datetime
    noted_at: datetime


class Sessions:
    """Sessions as the store has them, believed for some seconds; whoever uses one keeps it from running out."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._lock = threading.Lock()

    def fresh(self, token: str) -> bool:
        """Whether `viewer` answers without asking the store."""
        known = self._known.get(people.hashed(token))
        return not token or (known is not None and time.monotonic() - known.asked_at < BELIEVED_S)

    def viewer(self, token: str, now: datetime, *, active: bool = False) -> Viewer:
        """Who is behind what a browser keeps; nobody in particular where that opens no session.

        Args:
            now: naive UTC. active: whether a person has just done something, and no timer.
        """
        if not token or len(token) > 200:
            return ANONYMOUS
        name = people.hashed(token)
        known = self._known.get(name)
        if known is None or time.monotonic() - known.asked_at >= BELIEVED_S:
            known = self._ask(name, known, now)
        if known.found is None or now - max(known.seen_at, known.found.seen_at) >= people.IDLE:
            return ANONYMOUS
        if now - known.found.opened_at >= people.ABSOLUTE:
            return ANONYMOUS
        if active:
            known.seen_at = max(known.seen_at, now)
        person = known.found.person
        return Viewer(person.role, person.email, person.districts, name)

    def _ask(self, name: str, known: _Known | None, now: datetime) -> _Known:
        engine = Store.of_city(cities.OFFICE).engine
        if (
            known is not None
            and known.found is not None
            and known.seen_at - known.noted_at >= people.TOUCH_EVERY
        ):
            with suppress(
                StoreProblem
            ):  # a store that takes no note now is asked again, and the session lives on here
                people.touch(engine, name, known.seen_at)
                known.noted_at = known.seen_at
        with engine.connect() as connection:
            found = people.session(connection, name, now)
        seen = found.seen_at if found is not None else now
        if known is not None:
            seen = max(seen, known.seen_at)
        made = _Known(time.monotonic(), found, seen, found.seen_at if found is not None else now)
        with self._lock:
            self._known[name] = made
            while len(self._known) > MOST_KNOWN:
                self._known.popitem(last=False)
        return made

    def forget(self, session_id: str = "") -> None:
        """Ask the store again, of one session or of all: this process has just changed something."""
        with self._lock:
            if session_id:
                self._known.pop(session_id, None)
            else:
                self._known.clear()


SESSIONS = Sessions()
