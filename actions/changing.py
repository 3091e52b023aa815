"""The one way in which an action changes the store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from answers.store import Store
from data.engine import StoreProblem, problem_of


@contextmanager
def changing(store: Store) -> Iterator[Engine]:
    """The store's engine while it is changed; afterwards every answer of this process asks for the data's state again.

    Raises:
        StoreProblem: the store cannot be written, is a release, which nobody changes, or went away.
    """
    if store.release is not None:
        raise StoreProblem("readonly")
    try:
        yield store.engine
    except (DBAPIError, PoolTimeout) as error:
        raise problem_of(error) or error from error
    finally:
        store.changed()
