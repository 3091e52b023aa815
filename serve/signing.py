"""The way back from the identity provider, and out: our own session beside Streamlit's cookie, which by itself opens nothing."""

from __future__ import annotations

import json
import logging
import time
from datetime import datetime
from http.cookies import SimpleCookie
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from streamlit.auth_util import get_cookie_with_chunks
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import TOKENS_COOKIE_NAME, USER_COOKIE_NAME

from answers.signin import COOKIE, SESSIONS, Provider
from answers.store import Store, cities
from data import people

_log = logging.getLogger("ieum.gate")
# Seconds by which the clocks of provider and app may differ.
SKEW_S = 120


def cookie_of(scope: dict[str, Any]) -> str:
    """What a browser keeps of its session; '' without one."""
    found = SimpleCookie()
    try:
        found.load(Headers(scope=scope).get("cookie", ""))
    except Exception:  # a header that is no list of cookies
        return ""
    return found[COOKIE].value if COOKIE in found else ""


def _claims(headers: MutableHeaders, secret: str) -> dict[str, Any]:
    """The checked claims that Streamlit's sign-in has just put into its cookie; none where it has failed."""
    set_now = SimpleCookie()
    for line in headers.getlist("set-cookie"):
        set_now.load(line)

    def one(name: str) -> bytes | None:
        value = set_now[name].value if name in set_now else ""
        return decode_signed_value(secret, name, value.encode("latin-1")) if value else None

    found = get_cookie_with_chunks(one, USER_COOKIE_NAME)
    return dict(json.loads(found)) if found else {}


def _fits(claims: dict[str, Any], provider: Provider, at: float) -> bool:
    """Whether claims are the provider's, for this app, and of now."""
    audience = claims.get("aud")
    ours = audience == provider.client_id or (isinstance(audience, list) and provider.client_id in audience)
    try:
        fresh = float(claims["exp"]) > at - SKEW_S and abs(float(claims["iat"]) - at) < 600
    except (KeyError, TypeError, ValueError):
        return False
    return ours and fresh and str(claims.get("iss", "")).rstrip("/") == provider.issuer.rstrip("/")


def _seed(claims: dict[str, Any], provider: Provider) -> str:
    """The role that a claim names, for somebody who has never come."""
    said = claims.get(provider.claim)
    named = [said] if isinstance(said, str) else said if isinstance(said, list) else []
    return next((role for role in people.SEEDED if role in named), "")


def arrive(
    headers: MutableHeaders, provider: Provider, *, base: str, origin: str, former: str, now: datetime
) -> None:
    """Turn Streamlit's answer to a sign-in into ours: a session of our own for whoever has a role, no cookie at all for anybody else."""
    claims = _claims(headers, provider.cookie_secret)
    token = ""
    if claims and _fits(claims, provider, time.time()):
        if provider.trusts_email:
            claims["email_verified"] = True
        engine = Store.of_city(cities.OFFICE).engine
        try:
            if former:
                people.end(engine, people.hashed(former), why="signed out", by="browser", at=now)
                SESSIONS.forget(people.hashed(former))
            token, _ = people.arrived(engine, claims, role=_seed(claims, provider), origin=origin, at=now)
        except people.Refused as refused:
            _log.warning("sign-in refused: %s", refused.reason)
    kept = [line for line in headers.getlist("set-cookie") if token or not line.startswith(USER_COOKIE_NAME)]
    # The provider's tokens are of no use here: what is not kept cannot be stolen.
    kept = [line for line in kept if not line.startswith(TOKENS_COOKIE_NAME)]
    del headers["set-cookie"]
    for line in kept:
        headers.append("set-cookie", line)
    if token:
        headers.append("set-cookie", _cookie(token, int(people.ABSOLUTE.total_seconds()), base))
    elif claims:
        headers["location"] = f"{base}/?signin=no_role"


def leave(headers: MutableHeaders, token: str, *, base: str, who: str, now: datetime) -> None:
    """End the session behind a cookie, and take the cookie back."""
    if token:
        name = people.hashed(token)
        people.end(Store.of_city(cities.OFFICE).engine, name, why="signed out", by=who or "browser", at=now)
        SESSIONS.forget(name)
    headers.append("set-cookie", _cookie("", 0, base))


def _cookie(value: str, seconds: int, base: str) -> str:
    return f"{COOKIE}={value}; Path={base or '/'}; Max-Age={seconds}; HttpOnly; SameSite=Lax"


def sealed(headers: MutableHeaders, *, secure: bool) -> None:
    """No cookie lives longer than a session may, and over HTTPS none travels in the open."""
    lines = headers.getlist("set-cookie")
    if not lines:
        return
    del headers["set-cookie"]
    for line in lines:
        parts = [part.strip() for part in line.split(";")]
        longest = int(people.ABSOLUTE.total_seconds())
        parts = [
            f"Max-Age={min(int(p[8:]), longest)}"
            if p.lower().startswith("max-age=") and p[8:].isdigit()
            else p
            for p in parts
        ]
        if secure and "secure" not in [p.lower() for p in parts]:
            parts.append("Secure")
        headers.append("set-cookie", "; ".join(parts))
