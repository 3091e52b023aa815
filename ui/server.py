"""The server's side of the pages: what is imported ahead of the first visit, and errors in plain words."""

from __future__ import annotations

import gc
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Event, Thread
from typing import Any

_log = logging.getLogger("ieum")
OTHERS_AFTER_S = 3.0


@asynccontextmanager
async def warm_up(_app: Any) -> AsyncIterator[None]:
    """Make what the first visitor asks for while the first browser is still loading its own part."""
    ended = Event()
    Thread(target=_make_ahead, args=(ended,), daemon=True).start()
    yield
    ended.set()


def _make_ahead(ended: Event) -> None:
    """What the overview stands on is imported and its answer fetched; the other pages' modules follow when it has been seen.

    More would take time from the first visitor.
    """
    from answers import registry
    from answers.reader import Reader
    from answers.store import Store, cities
    from ui import page, shell

    _log.debug("ready: %s", [module.__name__ for module in (page, shell)])
    try:
        registry.answer("overview", Reader(Store.of_city(cities.on_offer()[0]), patient=False), "ko")
    except Exception as error:  # said on the page itself
        _log.debug("the overview was not made ahead: %s", error)
    ended.wait(OTHERS_AFTER_S)
    registry.every()
    gc.freeze()  # what stands now stands to the end: no look for rubbish passes over it again


def on_script_error(error: Exception) -> bool:
    """Show what happened and what helps; the traceback goes to the log, never to the screen."""
    from ui import shell

    _log.exception("page failed", exc_info=error)
    shell.show_error(error)
    return True
