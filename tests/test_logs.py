"""What a process notes of itself: a line of JSON for each event, and nothing that anybody wrote."""

from __future__ import annotations

import io
import json
import logging
from datetime import datetime

import pytest

from data import logs
from data.imports import load, read_lookups
from data.imports.pipeline import preview
from data.undo import undo

AT = datetime(2026, 6, 1)
SECRET = "a secret of some length"
CALLS = "기간,응답\n2026-05,40\n"


@pytest.fixture
def said():
    """What the process writes, as objects."""
    ours, stream = logging.getLogger(logs.NAME), io.StringIO()
    before = (ours.level, ours.propagate, list(ours.handlers))
    logs.begin(stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    ours.level, ours.propagate, ours.handlers = before[0], before[1], before[2]
    ours.manager._clear_cache()


def test_an_import_and_its_undo_are_noted_without_a_word_of_the_file(small_copy, said):
    with small_copy.connect() as connection:
        lookups = read_lookups(connection)
    parsed = preview("민수네 5월.csv", CALLS.encode(), template="hotline_summary", lookups=lookups)
    report = load(small_copy, parsed, recorded_at=AT, secret=SECRET, note="민수에게")
    undo(small_copy, recorded_at=AT)
    came, went = said()
    assert came["seconds"] >= 0 and came["at"].endswith("+00:00")
    told = {name: value for name, value in came.items() if name not in ("at", "seconds")}
    assert told == {
        "level": "info", "from": "ieum", "event": "import", "batch": report.batch_id, "table": "hotline_summary", "added": 1,
        "corrected": 0, "unchanged": 0, "refused": 0,
    }  # fmt: skip
    assert (went["event"], went["of"], went["withdrawn"]) == ("undo", report.batch_id, 1)
    assert "민수" not in json.dumps(said(), ensure_ascii=False)


def test_a_refused_file_is_noted_by_its_reason(small_copy, said):
    with small_copy.connect() as connection:
        lookups = read_lookups(connection)
    load(small_copy, preview("a.csv", b"", lookups=lookups), recorded_at=AT, secret=SECRET)
    (line,) = said()
    assert (line["event"], line["reason"]) == ("import refused", "empty")


def test_an_error_tells_its_type_and_place_and_none_of_its_words(said):
    try:
        int("홍길동 010-1234-5678")
    except ValueError as error:
        logging.getLogger("ieum.api").exception("no answer", exc_info=error)
    (line,) = said()
    assert (line["level"], line["message"], line["error"]) == ("error", "no answer", "ValueError")
    assert line["code"] == [f"tests/test_logs.py:{line['code'][0].rpartition(':')[2]}"]
    assert "홍길동" not in json.dumps(line, ensure_ascii=False)


def test_it_begins_once_and_a_terminal_is_left_alone(said):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    logs.begin(screen)
    logs.begin(io.StringIO())
    logs.note("start", port=8501)
    assert [line["event"] for line in said()] == ["start"] and screen.getvalue() == ""
