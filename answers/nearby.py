"""Who asks from this very machine. Until people sign in, the exact counts of an office and its answers over HTTP are theirs alone."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable


def direct(headers: Iterable[str], address: str) -> bool:
    """Whether a request came straight from this machine.

    Args:
        headers: the names of its headers: one that a relay adds says that it speaks for another. address: of who asks.
    """
    names = [name.lower() for name in headers]
    if any(name in ("forwarded", "via", "x-real-ip") or name.startswith("x-forwarded-") for name in names):
        return False
    try:
        asker = ipaddress.ip_address(address)
    except ValueError:
        return False
    return bool((getattr(asker, "ipv4_mapped", None) or asker).is_loopback)
