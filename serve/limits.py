"""How much one session may do: so many at once, and after that so many a minute."""

from __future__ import annotations

import time
from collections import OrderedDict

MOST_KNOWN = 20_000


class Bucket:
    """Allowances by name: each holds `most`, and `a_minute` come back."""

    def __init__(self, most: float, a_minute: float) -> None:
        self.most = most
        self.a_minute = a_minute
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str, size: float = 1.0, *, now: float | None = None) -> float:
        """Take an allowance; returns the seconds until there is one, 0 where it was taken."""
        at = time.monotonic() if now is None else now
        left, then = self._left.pop(name, (self.most, at))
        left = min(self.most, left + (at - then) * self.a_minute / 60)
        missing = size - left
        self._left[name] = (left if missing > 0 else left - size, at)
        while len(self._left) > MOST_KNOWN:
            self._left.popitem(last=False)
        return missing * 60 / self.a_minute if missing > 0 else 0.0
