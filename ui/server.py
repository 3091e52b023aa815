"""The server's side of the pages: what is imported ahead of the first visit, and errors in plain words."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Thread
from typing import Any

_log = logging.getLogger("ieum")


@asynccontextmanager
async def warm_up(_app: Any) -> AsyncIterator[None]:
    """Import what the first page needs while the first browser is still loading its own part."""
    Thread(target=_import_pages, daemon=True).start()
    yield


def _import_pages() -> None:
    from answers.districts import questions
    from answers.overview import overview
    from ui import page, shell

    _log.debug("ready: %s", [module.__name__ for module in (overview, page, questions, shell)])


def on_script_error(error: Exception) -> bool:
    """Show what happened and what helps; the traceback goes to the log, never to the screen."""
    from ui import shell

    _log.exception("page failed", exc_info=error)
    shell.show_error(error)
    return True
