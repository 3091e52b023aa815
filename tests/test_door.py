"""The door: what a stranger's file may use, and what comes back from the process that reads it."""

import os
import threading
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest

from data.imports import Parsed, Problem, Reason, door, preview, receive, wire
from data.imports.places import Places
from data.imports.sentences import SENTENCES
from data.imports.totals import Uneven
from guards.confined import MB, Exhausted, Limits, Room, allowed
from tests.test_import_files import HEADER, LOOKUPS, ROW, csv, workbook

FEW = Limits(64 * MB, 1.0)


@pytest.fixture
def room():
    made = Room("tests.rooms:work")
    yield made
    made.close()


def test_limits_follow_the_files_size_and_an_archive_counts_as_what_it_unpacks_to():
    assert allowed(b"") == Limits(128 * MB, 2.4)
    assert allowed(bytes(50 * MB)) == Limits(512 * MB, 20.0)
    assert allowed(bytes(100 * MB)) == allowed(bytes(100 * MB + 1)) == Limits(1024 * MB, 60.0)
    half = allowed(bytes(25 * MB))
    assert (half.memory, half.seconds) == (320 * MB, pytest.approx(11.2))
    assert allowed(b"PK" + bytes(5 * MB - 2)) == allowed(bytes(60 * MB))


@pytest.mark.parametrize(
    ("what", "kind"), [("memory", "memory"), ("processor", "time"), ("clock", "time"), ("abort", "memory")]
)
def test_work_beyond_its_limits_ends_and_the_next_is_done(room, what, kind):
    with pytest.raises(Exhausted) as spent:
        room.run([what.encode()], Limits(64 * MB, 0.2 if what == "clock" else 1.0))
    assert spent.value.kind == kind
    assert room.run([b"echo", b"\x00\n{}"], FEW) == [b"echo", b"\x00\n{}"]


def test_a_failure_names_its_place_and_no_value(room):
    with pytest.raises(Exhausted) as failed:
        room.run([b"fail"], FEW)
    assert failed.value.kind == "failed" and "ValueError at rooms.py" in str(failed.value)
    assert "900101" not in repr(failed.value) + str(failed.value)


def test_the_process_knows_nothing_of_the_servers_environment(room, monkeypatch):
    monkeypatch.setenv("IEUM_SECRET", "a key")
    monkeypatch.setenv("DATABASE_URL", "postgresql://somebody:word@host/base")
    (found,) = room.run([b"environment"], FEW)
    assert b"IEUM_SECRET" not in found and b"DATABASE_URL" not in found


def test_what_a_library_prints_is_no_answer(room):
    assert room.run([b"print"], FEW) == [b"an answer"]


def test_a_process_stays_while_it_is_small_and_is_replaced_once_it_has_grown(room):
    room.warm()
    first = room._ready[0].process.pid
    room.run([b"echo"], FEW)
    assert [worker.process.pid for worker in room._ready] == [first]
    room.run([b"kept"], Limits(128 * MB, 1.0))
    assert room._ready == []


def test_many_threads_may_ask_at_once(room):
    found: list[bytes] = []
    threads = [
        threading.Thread(target=lambda n=n: found.extend(room.run([b"echo", b"%d" % n], FEW)[1:]))
        for n in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [b"%d" % n for n in range(6)]


# ── Files ───────────────────────────────────────────────────────────────────────────────────────────────


def same(one: Parsed, other: Parsed) -> None:
    pd.testing.assert_frame_equal(one.frame, other.frame)
    for name in one.frame:
        kinds = zip(one.frame[name], other.frame[name], strict=True)
        assert all(type(a) is type(b) for a, b in kinds), name
    assert {k: v for k, v in vars(one).items() if k != "frame"} == {
        k: v for k, v in vars(other).items() if k != "frame"
    }


LEDGER = "전표번호,집행일,사업명,구분,금액,재원,통계목,자치구"
CALLS = "접촉번호,채널,시도 시각,응답 시각,종료 시각,결과,위험 표시,연계 여부,후처리"
SURVEY = "응답자번호,조사,연도,자치구,층,가중값,연령대,성별,가구 유형,외로움,고립"
FILES = {
    "rows and problems": (csv(HEADER, ROW, ROW.replace("12", "열둘"), "소계,,,,,12"), "실적.csv"),
    "money, gaps and an uneven total": (
        csv(LEDGER, "A-1,2025-04-01,서울마음편의점,지출,1234567890123,시비,운영비,",
            "A-2,2025-04-02,서울마음편의점,지출,12,시비,운영비,강남구", "합계,,,,15,,,"), "원장.csv",
    ),
    "instants": (
        csv(CALLS, "C-1,전화,2025-04-01 10:00:00,2025-04-01 10:00:30,2025-04-01 10:05:00,응답,예,아니오,",
            "C-2,전화,2025-04-01 10:00:00,,2025-04-01 10:01:00,포기,아니오,아니오,60"), "접촉.csv",
    ),
    "fractions and truths": (
        csv(SURVEY, "S1,조사,2026,강남구,층,1.5,청년,여,1인 가구,,예", "S2,조사,2026,강남구,층,2,청년,여,1인 가구,예,예"), "조사.csv",
    ),
    "a workbook": (workbook([HEADER.split(","), ROW.split(",")]), "실적.xlsx"),
    "nothing known": (csv("가,나", "1,2"), "파일.csv"),
    "no file": (b"%PDF-1.7", "파일.pdf"),
}  # fmt: skip


@pytest.mark.parametrize("case", FILES)
def test_a_file_read_in_a_process_of_its_own_is_the_same_file(case):
    content, name = FILES[case]
    here = preview(name, content, lookups=LOOKUPS)
    same(receive(name, content, lookups=LOOKUPS), here)
    same(wire.unpack(wire.pack(here)), here)


def test_everything_that_can_be_said_of_a_file_travels():
    said = Parsed(
        "a", "b", "attendance",
        pd.DataFrame({"day": [date(2025, 1, 1), None], "at": [datetime(2025, 1, 1, 9), None], "n": [1, None],
                      "x": [0.5, None], "yes": [True, None], "none": [None, None], "text": ["가", None]}, dtype=object),
        [Problem("f", "s", 3, "c", None, Reason.PERSONAL, "d", None, "e")], 1, {"blank": 2}, "천원", False, True, 4,
        {"n": "수"}, ["a"], ["b"], ["c"], Places(["시트", ""], [2, 3]), [Uneven(1, "h", 2, 3)],
    )  # fmt: skip
    same(wire.unpack(wire.pack(said)), said)


def test_places_are_pairs_of_sheet_and_row():
    places = Places()
    places.extend("1월", [3, 4])
    places.extend("2월", [3])
    assert (
        list(places) == [("1월", 3), ("1월", 4), ("2월", 3)] and places[-1] == ("2월", 3) and len(places) == 3
    )
    assert (
        places.take([2, 0])
        == Places(["2월", "1월"], [3, 3])
        == Places(*zip(*places, strict=True)).take([2, 0])
    )
    assert places[1:] == places.take([1, 2]) and not Places() and places != list(places)
    with pytest.raises(ValueError, match="1 sheets for 2 rows"):
        Places(["1월"], [1, 2])


@pytest.mark.parametrize(
    "wrong",
    [
        '[{"file_name": 1, "sha256": "b"}, []]',
        '[{"file_name": "a", "sha256": "b", "problems": [["f"]]}, []]',
        '[{"file_name": "a", "sha256": "b"}, ["a column that is not sent"]]',
    ],
)
def test_an_answer_of_another_shape_is_not_believed(wrong):
    with pytest.raises(ValueError):
        wire.unpack([wrong.encode()])


@pytest.mark.parametrize(
    ("limits", "reason"),
    [(Limits(1 * MB, 20.0), Reason.TOO_MUCH_MEMORY), (Limits(400 * MB, 0.0), Reason.TOO_MUCH_TIME)],
)
def test_a_file_beyond_its_limits_is_refused_with_the_limit_and_what_to_do(limits, reason):
    content = csv(HEADER, *[ROW] * 150_000)
    parsed = receive("실적.csv", content, lookups=LOOKUPS, limits=limits)
    (problem,) = parsed.problems
    assert problem.reason is reason and problem.whole_file and not parsed.ok
    assert SENTENCES[reason][1] in problem.sentence("ko") and SENTENCES[reason][3] in problem.sentence("en")


def test_the_process_that_reads_is_started_afresh_and_no_fork_of_this_one():
    receive("실적.csv", csv(HEADER, ROW), lookups=LOOKUPS)
    process = door._ROOM._ready[0].process
    assert process.pid != os.getpid()
    assert b"guards.worker" in Path(f"/proc/{process.pid}/cmdline").read_bytes().split(b"\0")
