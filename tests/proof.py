"""How far a long proof goes: a small part of it in `make test`, all of it in `make proof`."""

import os

FULL = os.environ.get("IEUM_PROOF") == "1"


def size(small: int, full: int) -> int:
    """How many cases to try."""
    return full if FULL else small
