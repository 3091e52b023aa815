"""Releasing figures, and what has been released."""

from __future__ import annotations

from datetime import datetime

from actions.changing import changing
from answers import studies
from answers.reader import Reader
from answers.store import Store
from answers.viewer import Viewer
from data import releases
from data.releases import NoRelease as NoRelease
from data.releases import Release as Release

__all__ = ["NoRelease", "Release", "listing", "make"]


def listing(store: Store) -> list[Release]:
    """The releases of a city's live store, the newest first."""
    with store.connect() as connection:
        return releases.listing(connection)


def make(store: Store, who: Viewer, *, remark: str, at: datetime) -> Release:
    """Release a city's figures as they stand, once every study is of the present records.

    Raises:
        NoRelease: why it was not made; the reason has a sentence in the locales.
        StoreProblem: the store cannot be read or written.
    """
    known = studies.failures(store)
    late = [
        studies.full_name(one.name, args) for one, args in studies.outstanding(Reader(store, patient=False))
    ]
    if behind := [name for name in late if name not in known]:
        raise NoRelease("late", ", ".join(behind))
    with changing(store) as engine:
        return releases.make(engine, at=at, remark=remark, who=who.name or who.role)
