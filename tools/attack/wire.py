"""What a running server serves is what was attacked: the same answers, figure for figure, over loopback."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from answers import registry, written
from answers.reader import Reader
from tools.bench.shared import ROOT, wait
from tools.postgres import free_port


@contextmanager
def served() -> Iterator[str]:
    """A server of this project at a free port; its address."""
    port = free_port()
    command = [sys.executable, "-m", "serve", "--port", str(port)]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)


def differing(
    address: str, read: Reader, asked: Iterable[tuple[str, dict[str, str]]]
) -> tuple[int, list[str]]:
    """How many answers were fetched, and those whose figures are not those that the reader's own answer has."""
    fetched, found = 0, []
    for id, codes in asked:
        query = urlencode({**codes, "city": read.whose, "lang": "ko"})
        with urllib.request.urlopen(f"{address}/api/answers/{id}?{query}", timeout=120) as response:
            theirs = _figures(json.load(response))
        fetched += 1
        if theirs != _figures(json.loads(written.as_json(registry.answer(id, read, "ko", codes)))):
            found.append(f"{id} {codes}")
    return fetched, found


def _figures(answer: dict[str, Any]) -> Any:
    """An answer without what says when and how late it was made."""
    return {key: value for key, value in answer.items() if key not in ("late", "failed", "data_version")}
