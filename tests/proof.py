"""How far a long proof goes: a small part of it in `make test`, all of it in `make proof`."""

import os
from itertools import product

FULL = os.environ.get("IEUM_PROOF") == "1"


def size(small: int, full: int) -> int:
    """How many cases to try."""
    return full if FULL else small


# Language, width and theme: each of them once in a quick run, all eight together in a full one.
LOOKS = (
    list(product(("ko", "en"), (1440, 390), ("light", "dark")))
    if FULL
    else [("ko", 1440, "light"), ("en", 390, "dark")]
)
