"""What a running server serves is what was attacked: over its socket as a browser asks, and over `/api` as JSON and CSV."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import locales
from answers import registry, written
from answers.answer import Answer
from answers.reader import Reader
from data.coverage import last_day
from locales import numbers
from tools.bench.shared import ROOT, wait
from tools.postgres import free_port
from tools.texts import Visit

NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
FRAME = ("navigation", "page title", "link")  # what stands around every answer


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
    every = list(asked)
    wrong = [one for one in every if _differs(address, read, *one)]
    # A server's first answers may rest on a study that its worker is still making: such are asked once more.
    return len(every), [
        f"{id} {codes}: {said}" for id, codes in wrong if (said := _differs(address, read, id, codes))
    ]


def _differs(address: str, read: Reader, id: str, codes: dict[str, str]) -> str:
    own = registry.answer(id, read, "ko", codes)
    theirs = json.loads(_fetched(address, id, codes, read.whose))
    files = list(_files(address, id, codes, read.whose, own))
    return ", ".join(files) if _figures(theirs) == _figures(json.loads(written.as_json(own))) else "figures"


def further(address: str, read: Reader, asked: Iterable[tuple[str, dict[str, str]]]) -> tuple[int, list[str]]:
    """How many views were opened over the socket, and figures in them (words, hover, alternative texts, traces, files) that the
    reader's own answer does not hold.
    """
    opened, found = 0, []
    port = int(address.rpartition(":")[2])
    # Numbers that a page says of itself: in its sentences, and in the names of its choices.
    always = _numbers(json.dumps(locales.sentences("ko"), ensure_ascii=False))
    for id, codes in asked:
        question = registry.get(id)
        page = registry.PAGES[question.page]
        part = {page.parameter: question.part} if question.part else {}
        query = {**codes, **part, "lang": "ko", "city": read.whose}
        visit = Visit(port)
        with visit.socket:
            visit.open("" if page.name == "overview" else page.name, query)
            said = " | ".join(_said(visit.lines()))
        own = registry.answer(id, read, "ko", codes)
        known = always | _numbers(written.as_json(own)) | _numbers(" ".join(_offered(question, read)))
        more = {n for n in _numbers(said) - known if not _joined(n, known)}
        opened += 1
        if more:
            found.append(f"{id} {codes}: {', '.join(sorted(more)[:5])}")
    return opened, found


def digests(read: Reader) -> tuple[int, list[str]]:
    """How many digests were made (each role, each month that can be compared), and figures in them that no answer holds."""
    from reports import digest

    made, found = 0, []
    always = _numbers(json.dumps(locales.sentences("ko"), ensure_ascii=False))
    for role, questions in digest.ROLES.items():
        for month in registry.get("meeting.changes").choices[0].offered(read, {}):
            since = last_day(int(month))
            said = digest.text(digest.digest(read, "ko", role=role, since=since, at=""))
            given = {"since": month}
            answers = [
                registry.answer(id, read, "ko", given if id == "meeting.changes" else {}) for id in questions
            ]
            known = always | _numbers(" ".join(map(written.as_json, answers))) | _numbers(_ranks(said))
            title = numbers.month(int(month), "ko")
            known |= _numbers(f"{title} {numbers.day(read.as_of, 'ko')} {read.version}")
            made += 1
            if more := _numbers(_without_addresses(said)) - known:
                found.append(f"digest {role} {month}: {', '.join(sorted(more)[:5])}")
    return made, found


def _ranks(said: str) -> str:
    """The numbers that items and what is left of them are counted by."""
    return " ".join(map(str, range(1, 1 + said.count("\n"))))


def _without_addresses(said: str) -> str:
    return re.sub(r"^\S*/\S*\?\S+$", "", said, flags=re.MULTILINE)


def _said(lines: list[str]) -> Iterator[str]:
    """What a view says, rows of files cell by cell, without the addresses of what it draws with."""
    for line in lines:
        if line.startswith("file: "):
            yield from next(csv.reader([line[6:]]), [])
        elif not line.startswith(FRAME):
            yield re.sub(r"/app/static/\S+", "", line)


def _numbers(text: str) -> set[str]:
    return {f"{float(n.replace(',', '')):.8g}" for n in NUMBER.findall(text)}


def _joined(number: str, known: set[str]) -> bool:
    """Whether two known numbers were written without a space between them, where a line ended."""
    return any(number[:n] in known and number[n:] in known for n in range(1, len(number)))


def _offered(question: registry.Question, read: Reader) -> list[str]:
    base = registry.codes_of(question.id, read, {})
    said = [
        choice.said(code, "ko", read, base)
        for choice in question.choices
        for code in choice.offered(read, base)
    ]
    return [*said, *(code for choice in question.choices for code in registry.offered(choice, read, base))]


def _fetched(address: str, id: str, codes: dict[str, str], city: str, **more: str) -> str:
    query = urlencode({**codes, "city": city, "lang": "ko", **more})
    while True:
        try:
            with urllib.request.urlopen(f"{address}/api/answers/{id}?{query}", timeout=120) as response:
                text: str = response.read().decode("utf-8-sig")
            return text
        except urllib.error.HTTPError as refused:
            if refused.code != HTTPStatus.TOO_MANY_REQUESTS:
                raise
            # More in a minute than one visitor may take: whoever attacks waits as long as is asked.
            time.sleep(int(refused.headers["Retry-After"]))


def _files(address: str, id: str, codes: dict[str, str], city: str, own: Answer) -> Iterator[str]:
    """Tables whose file is not what the answer holds."""
    for n, table in enumerate(own.tables()):
        theirs = _fetched(address, id, codes, city, format="csv", table=str(n))
        if theirs != written.csv_bytes(written.marked(table, own.city, own.lang), own.lang).decode(
            "utf-8-sig"
        ):
            yield f"table {n}"


def _figures(answer: dict[str, Any]) -> Any:
    """An answer without what says when and how late it was made."""
    return {
        key: value
        for key, value in answer.items()
        if key not in ("late", "awaited", "failed", "data_version")
    }
