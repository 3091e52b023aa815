"""The views of a city, and what an ask may see of it. It stands apart from the reader, so that a gate can know it without figures."""

from __future__ import annotations

from typing import NamedTuple

from data.cities import DEMO

VIEWS = ("published", "analyst")


def views(city: str) -> tuple[str, ...]:
    """The views that a city is shown in to whoever asks: the office's records are published alone."""
    return VIEWS if city == DEMO else VIEWS[:1]


class Rights(NamedTuple):
    """What an ask may see. It follows from the viewer (`answers.viewer`); answers are shared by those who have the same.

    Attributes:
        districts: the only ones that are seen raw; none where all are. named: a person who signed in asks, for whom alone
            the office's records may be raw.
        released: figures are those of the latest release and not live ones.
    """

    view: str = "published"
    districts: tuple[str, ...] = ()
    named: bool = False
    released: bool = False
