"""Where a sheet's figures stand on the screen: the address that puts the same questions, and its QR code."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from urllib.parse import urlencode

import segno

from answers.links import RELEASE

HERE = "http://127.0.0.1:8501"
FIRST = "overview"  # the page at the root


def base(given: str = "") -> str:
    """The app's public address: as given, else as the sign-in has it, else this machine's."""
    return (given or os.environ.get("IEUM_URL") or HERE).rstrip("/")


def address(at: str, page: str, lang: str, city: str, choices: Mapping[str, str], release: int = 0) -> str:
    """The address of a page with its choices, language, city and release, all said: it names the same figures for whoever opens it."""
    wanted = {**{k: v for k, v in choices.items() if v}, "lang": lang, "city": city}
    if release:
        wanted[RELEASE] = str(release)
    return f"{at}/{'' if page == FIRST else page}?{urlencode(wanted)}"


def qr(text: str) -> str:
    """A QR code as SVG."""
    out = io.BytesIO()
    segno.make(text, error="m").save(out, kind="svg", border=0, scale=4, dark="#1B2733", xmldecl=False)
    return out.getvalue().decode("utf-8")
