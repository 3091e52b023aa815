"""`python -m serve.pack`: pack Streamlit's static files and ours into var/static. Done by the set-up, once a version.

Brotli at its best makes the scripts of a first visit a quarter smaller than gzip; browsers take it on this machine and
over HTTPS, and gzip elsewhere. What is already packed is left, what nothing needs any more goes.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from serve.packed import CODINGS, KINDS, OURS, PACKED, content_hash, streamlits

# Below this a packed answer is hardly smaller than its headers.
LEAST_BYTES = 500

try:
    import brotli
except ModuleNotFoundError:  # then gzip alone
    brotli = None


def plain_files(folders: tuple[Path, ...]) -> Iterator[Path]:
    """Every file that packing makes smaller."""
    for folder in folders:
        yield from sorted(
            p for p in folder.rglob("*") if p.suffix in KINDS and p.stat().st_size >= LEAST_BYTES
        )


def pack(target: Path = PACKED, *, folders: tuple[Path, ...] | None = None) -> tuple[int, int]:
    """Pack what is not packed yet; returns how many files were packed and the bytes of all packed ones."""
    target.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor() as pool:  # both packers let other threads work
        made = list(pool.map(lambda file: _pack(file, target), plain_files(folders or (streamlits(), OURS))))
    wanted = {path for _, paths in made for path in paths}
    for path in target.iterdir():
        if path not in wanted and path.name != ".made":
            path.unlink()
    return sum(new for new, _ in made), sum(path.stat().st_size for path in wanted)


def _pack(file: Path, target: Path) -> tuple[bool, list[Path]]:
    content = file.read_bytes()
    name = content_hash(content)
    new, paths = False, []
    for coding, end in CODINGS.items():
        if coding == "br" and brotli is None:
            continue
        path = target / f"{name}{end}"
        if not path.exists():
            new = True
            part = path.with_name(f"{file.name}{end}.part")
            part.write_bytes(
                brotli.compress(content, quality=11) if coding == "br" else gzip.compress(content, 9, mtime=0)
            )
            part.replace(path)
        paths.append(path)
    return new, paths


if __name__ == "__main__":
    count, size = pack()
    print(f"Static files: {count} packed, {size / 1e6:.1f} MB in {PACKED.relative_to(PACKED.parent.parent)}")
