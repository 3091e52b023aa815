"""Releasing figures, and what has been released."""

from __future__ import annotations

from datetime import datetime

from actions.changing import changing
from answers import studies
from answers.reader import Reader
from answers.store import Store
from answers.viewer import Viewer
from data import release_requests, releases
from data.release_requests import WAITING as WAITING
from data.release_requests import Request as Request
from data.releases import NoRelease as NoRelease
from data.releases import Release as Release

__all__ = ["WAITING", "NoRelease", "Release", "Request", "asked", "listing", "make", "withdraw"]


def listing(store: Store) -> list[Release]:
    """The releases of a city's live store, the newest first."""
    with store.connect() as connection:
        return releases.listing(connection)


def asked(store: Store) -> Request | None:
    """The last release of a city that was asked for of the service; None where none was."""
    with store.connect() as connection:
        return release_requests.newest(connection)


def make(store: Store, who: Viewer, *, remark: str, at: datetime) -> Release | Request:
    """Release a city's figures as they stand, once every study is of the present records; where this account may not, ask for it.

    Raises:
        NoRelease: why it was not made or asked for; the reason has a sentence in the locales.
        StoreProblem: the store cannot be read or written.
    """
    known = studies.failures(store)
    late = [
        studies.full_name(one.name, args) for one, args in studies.outstanding(Reader(store, patient=False))
    ]
    if behind := [name for name in late if name not in known]:
        raise NoRelease("late", ", ".join(behind))
    with changing(store) as engine:
        make_it = releases.make if release_requests.may_make(engine) else release_requests.ask
        return make_it(engine, at=at, remark=remark, who=who.name or who.role)


def withdraw(store: Store, who: Viewer, one: Request, *, at: datetime) -> bool:
    """Take back a request that the service has not taken up; whether it was still waiting.

    Raises:
        StoreProblem: the store cannot be written.
    """
    with changing(store) as engine:
        return release_requests.withdraw(engine, one, at=at, who=who.name or who.role)
