"""Ieum (이음): the ASGI app. `python -m serve` starts it, `streamlit run app.py` too; ui/main.py draws every page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import streamlit as st
from starlette.middleware import Middleware

from serve import api, standing
from serve.gate import Gate
from serve.packed import Packed, version_fonts
from serve.page import Page
from serve.server import secrets, this_machine_alone
from serve.worker import at_work
from ui.server import on_script_error, warm_up


@asynccontextmanager
async def lifespan(running: Any) -> AsyncIterator[None]:
    """What runs beside the pages for as long as the app does; without a provider it answers this machine alone."""
    this_machine_alone()
    async with warm_up(running), at_work(running):
        yield


version_fonts()
standing.begin()
app = st.App(
    "ui/main.py",
    routes=api.routes(),
    secrets=secrets(),
    middleware=[Middleware(Page), Middleware(Gate), Middleware(Packed)],
    on_script_error=on_script_error,
    lifespan=lifespan,
)
