"""Compound files of Microsoft's older programs: their directory, and a stream by its name. Chains that turn back are refused."""

from __future__ import annotations

import struct
from collections.abc import Iterator

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FREE = 0xFFFFFFFA  # this and above are no sectors
_ENTRY = 128


class Compound:
    """A compound file.

    Raises:
        ValueError, struct.error: it is damaged.
    """

    def __init__(self, content: bytes) -> None:
        if len(content) < 512 or not content.startswith(MAGIC):
            raise ValueError("no compound file")
        self._content = content
        shift, mini_shift = struct.unpack_from("<HH", content, 30)
        if shift not in (9, 12) or mini_shift != 6:
            raise ValueError("sector size")
        self._size, self._mini_size = 1 << shift, 1 << mini_shift
        (directory,) = struct.unpack_from("<I", content, 48)
        self._cutoff, mini, _, more, _ = struct.unpack_from("<IIIII", content, 56)
        self._fat = self._table(self._fat_sectors(more))
        self.entries: dict[str, tuple[int, int]] = {}
        raw = self._chain(directory)
        for start in range(0, len(raw) - _ENTRY + 1, _ENTRY):
            entry = raw[start : start + _ENTRY]
            length = struct.unpack_from("<H", entry, 64)[0]
            if 2 <= length <= 64:
                name = entry[: length - 2].decode("utf-16-le", "replace")
                self.entries.setdefault(name, struct.unpack_from("<II", entry, 116))
        self._mini_fat = self._table(list(self._follow(mini, self._fat)))
        root = self.entries.get("Root Entry")
        self._mini = self._chain(root[0]) if root else b""

    def stream(self, name: str) -> bytes:
        """The bytes of a stream.

        Raises:
            KeyError: there is none of that name. ValueError: its end is missing.
        """
        first, size = self.entries[name]
        if size >= self._cutoff:
            found = self._chain(first)
        else:
            step = self._mini_size
            pieces = (self._mini[n * step : (n + 1) * step] for n in self._follow(first, self._mini_fat))
            found = b"".join(pieces)
        if len(found) < size:
            raise ValueError("a stream that was cut off")
        return found[:size]

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self._size
        return self._content[start : start + self._size]

    def _fat_sectors(self, more: int) -> list[int]:
        sectors = list(struct.unpack_from("<109I", self._content, 76))
        seen: set[int] = set()
        while more < _FREE and more not in seen:
            seen.add(more)
            found = self._numbers(self._sector(more))
            sectors += found[:-1]
            more = found[-1] if found else _FREE
        named = [sector for sector in sectors if sector < _FREE]
        if len(set(named)) < len(named):
            raise ValueError("a table that names a sector twice")
        return named

    def _numbers(self, raw: bytes) -> list[int]:
        return list(struct.unpack(f"<{len(raw) // 4}I", raw[: len(raw) // 4 * 4]))

    def _table(self, sectors: list[int]) -> list[int]:
        return [number for sector in sectors for number in self._numbers(self._sector(sector))]

    def _follow(self, first: int, table: list[int]) -> Iterator[int]:
        step = self._size if table is self._fat else self._mini_size
        left = len(self._content) // step + 1  # a chain is no longer than the file
        while first < len(table):
            if left < 0 or (table is self._fat and first * self._size > len(self._content)):
                raise ValueError("a chain that turns back or leaves the file")
            yield first
            first, left = table[first], left - 1

    def _chain(self, first: int) -> bytes:
        return b"".join(self._sector(number) for number in self._follow(first, self._fat))
