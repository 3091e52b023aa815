"""Writing down what a meeting agreed, and taking it off the list."""

from __future__ import annotations

from datetime import date, datetime

from actions.changing import changing
from answers import decisions
from answers.reader import Reader
from data import resolutions

OWNER_LENGTH, WORD_LENGTH = resolutions.OWNER_LENGTH, resolutions.WORD_LENGTH


class Blank(Exception):
    """What was agreed, an owner or a name is missing."""


class Gone(Exception):
    """What it was about needs no decision any more."""


def agree(
    read: Reader,
    domain: str,
    subject: str,
    *,
    agreed: str,
    owner: str,
    due: date | None,
    author: str,
    lang: str,
    at: datetime,
) -> None:
    """Write down what was agreed on something that needs a decision, with what is published of it today.

    Raises:
        Blank: something is not said. Gone: it needs no decision any more. StoreProblem: the store cannot be written.
    """
    if not (agreed.strip() and owner.strip() and author.strip()):
        raise Blank
    everybody = Reader(read.store)  # the list is for all: no raw figure of whoever writes may stand on it
    found = [d for d in decisions.needed(everybody, lang) if (d.domain, d.key) == (domain, subject)]
    if not found:
        raise Gone
    with changing(read.store) as engine:
        resolutions.agree(
            engine,
            domain=domain,
            subject=subject,
            said=found[0].item.text,
            agreed=agreed,
            owner=owner,
            due=due,
            as_of=read.as_of,
            author=author,
            recorded_at=at,
        )


def withdraw(read: Reader, resolution_id: int, at: datetime) -> None:
    """Take a row off the list.

    Raises:
        StoreProblem: the store cannot be written.
    """
    with changing(read.store) as engine:
        resolutions.withdraw(engine, resolution_id, at=at)
