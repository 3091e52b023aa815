"""The lake: months that changed are counted anew and no other, whole or not at all; DuckDB, Spark and pandas agree to the last unit.

Spark and object storage are tested where requirements-spark.txt is installed.
"""

import os
import subprocess
import sys
import threading
from datetime import date, datetime
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from small import add, make
from sqlalchemy import select

from data import __main__ as command
from data import facts, lake, queries
from data import tables as t
from data.engine import writing
from data.lake import engines, files, hotline
from data.lake.files import Place
from data.lake.statements import DETECTION, OF_DETECTION
from data.lake_address import SETTING
from tools.bench import lake as bench
from tools.bench import report

NOW = datetime(2026, 6, 1)
MONTHS = (202603, 202604, 202605)


@pytest.fixture(autouse=True)
def on_duckdb(monkeypatch):
    monkeypatch.delenv(SETTING, raising=False)


def made(month: int, households: int = 400) -> tuple[pa.Table, pa.Table]:
    """Signals and actions of a month: every household some of 46 signals, a third of them flagged."""
    rng = np.random.default_rng(month)
    shown = rng.random((households, 46)) < 0.06
    household, signal = np.nonzero(shown)
    flagged = np.flatnonzero(rng.random(households) < 0.33)
    place = np.array(["11010", "11020", "11210"])
    known = rng.random(len(flagged)) < 0.8
    result = np.array(["confirmed", "not_isolated", "refused", "enrolled"])[rng.integers(0, 4, len(flagged))]
    signals = pa.table(
        {"household": household, "district_code": place[household % 3], "signal": (signal + 1).astype(np.int16), "value": rng.integers(1, 7, len(signal))}
    )  # fmt: skip
    actions = pa.table(
        {
            "household": flagged, "district_code": place[flagged % 3],
            "contacted_on": pa.array([date(2026, 5, 9) if k else None for k in known], pa.date32()),
            "result": pa.array([r if k else None for r, k in zip(result, known, strict=True)], pa.string()),
        }
    )  # fmt: skip
    return signals, actions


def write(where: str | Path, months=MONTHS) -> Place:
    place = Place.at(where)
    for month in months:
        for table, rows in zip(DETECTION, made(month), strict=True):
            files.publish(place, table, month, rows)
    return place


def by_pandas(place: Place, months=MONTHS) -> dict[str, set[tuple]]:
    """The three facts worked out by another package, one household at a time."""
    found = {name: {} for name in OF_DETECTION}

    def add(fact, key, **counts):
        at = found[fact].setdefault(key, dict.fromkeys(counts, 0))
        for name, value in counts.items():
            at[name] += int(value)

    for month in months:
        signals, actions = (files.read(place, table, month).to_pandas() for table in DETECTION)
        acted = actions.set_index("household")
        sets = signals.groupby("household")["signal"].agg(lambda some: sorted(set(some)))
        for household in set(acted.index) - set(sets.index):
            sets[household] = []
        for household, mine in sets.items():
            flagged = household in acted.index
            row = acted.loc[household] if flagged else None
            steps = {
                "flagged": flagged,
                "contacted": flagged and pd.notna(row["contacted_on"]),
                "confirmed": flagged and row["result"] in ("confirmed", "enrolled"),
                "enrolled": flagged and row["result"] == "enrolled",
            }
            if mine:
                add("detection_count", (month, len(mine)), households=1, **steps)
            if flagged:
                for signal in (0, *mine):
                    add("detection_monthly", (month, row["district_code"], signal, "lake"), **steps)
                for pair in combinations(mine, 2):
                    add("detection_pair", (month, *pair), **steps)
    return {
        name: {(*map(plain, key), *counts.values()) for key, counts in rows.items()}
        for name, rows in found.items()
    }


def plain(value):
    return int(value) if isinstance(value, np.integer) else value


def held(connection, name: str) -> set[tuple]:
    return {tuple(row) for row in connection.execute(select(t.FACTS[name]))}


def test_every_fact_equals_pandas(tmp_path):
    place = write(tmp_path)
    counted = engines.rolled(place, OF_DETECTION, MONTHS, DETECTION)
    expected = by_pandas(place)
    for name, frame in counted.items():
        assert set(frame.itertuples(index=False, name=None)) == expected[name]
        assert len(frame) == len(expected[name]) > 10


def test_one_month_more_touches_one_partition(database_url, tmp_path):
    """The months that stand are made unreadable meanwhile: whoever opened one would fail."""
    engine = make(database_url)
    place = write(tmp_path)
    with writing(engine) as connection:
        assert lake.refresh(connection, tmp_path, recorded_at=NOW) == list(MONTHS)
        assert lake.refresh(connection, tmp_path, recorded_at=NOW) == []
        before = {name: held(connection, name) for name in OF_DETECTION}
    for file in tmp_path.glob("*/month=20260[45]/*.parquet"):
        stood = file.stat()
        file.write_bytes(b"x" * stood.st_size)
        os.utime(file, ns=(stood.st_atime_ns, stood.st_mtime_ns))
    write(tmp_path, [202606])
    with writing(engine) as connection:
        assert lake.refresh(connection, tmp_path, recorded_at=NOW) == [202606]
        after = {name: held(connection, name) for name in OF_DETECTION}
        batches = queries.batches(connection)
    new = by_pandas(place, [202606])
    assert all(after[name] == before[name] | new[name] for name in OF_DETECTION)
    mine = batches[batches["table_name"] == "detection_monthly"]
    assert sorted(mine["source_name"]) == [f"month={month}" for month in (*MONTHS, 202606)]


def test_late_corrected_and_withdrawn_signals_count_their_month_anew(database_url, tmp_path):
    engine = make(database_url)
    place = write(tmp_path)
    with writing(engine) as connection:
        lake.refresh(connection, tmp_path, recorded_at=NOW)
        other = {row for row in held(connection, "detection_count") if row[0] != 202604}
    signals, _ = made(202604)
    late = pa.table({"household": [900, 901, 901], "district_code": ["11010"] * 3, "signal": [3, 3, 7], "value": [1, 1, 1]})  # fmt: skip
    corrected = signals.slice(0, 5).set_column(3, "value", pa.array([6] * 5))
    rows = files.amend(
        place, "crisis_signal", 202604, pa.concat_tables([late.cast(signals.schema), corrected])
    )
    assert len(rows) == len(signals) + 3  # the corrected five stand once
    with writing(engine) as connection:
        assert lake.refresh(connection, tmp_path, recorded_at=NOW) == [202604]
        assert {row for row in held(connection, "detection_count") if row[0] != 202604} == other
        for name, expected in by_pandas(place).items():
            assert held(connection, name) == expected
    files.amend(place, "crisis_signal", 202604, signals.slice(0, 5), gone=late)
    assert sorted(files.read(place, "crisis_signal", 202604).to_pylist(), key=str) == sorted(signals.to_pylist(), key=str)  # fmt: skip
    with writing(engine) as connection:
        assert lake.refresh(connection, tmp_path, recorded_at=NOW) == [202604]


def test_a_late_file_of_another_writer_counts_once_and_is_never_overwritten(tmp_path):
    place = write(tmp_path)
    before = engines.rolled(place, OF_DETECTION, MONTHS, DETECTION)
    known = files.states(place, DETECTION)
    signals, _ = made(202604)
    beside = tmp_path / "crisis_signal" / "month=202604" / "late.parquet"
    signals.slice(0, 50).to_pandas().to_parquet(beside)  # rows that stand already
    now = files.states(place, DETECTION)
    assert {month for month in now if now[month] != known[month]} == {202604}
    assert engines.same(before, engines.rolled(place, OF_DETECTION, MONTHS, DETECTION))
    with pytest.raises(files.OtherWriter, match=r"late\.parquet"):
        files.publish(place, "crisis_signal", 202604, signals)


def test_a_writer_that_is_killed_leaves_the_month_as_it_was(tmp_path):
    place = write(tmp_path)
    before, known = (
        engines.rolled(place, OF_DETECTION, MONTHS, DETECTION),
        files.states(place, DETECTION),
    )
    script = """
import os, signal, sys, pyarrow as pa
from data.lake import files
os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
files.publish(files.Place.at(sys.argv[1]), "crisis_signal", 202604, pa.table({"household": [1], "signal": [1]}))
"""
    ended = subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    assert ended.returncode == -9
    assert list(tmp_path.glob("crisis_signal/month=202604/.part-0*"))  # it was at it
    assert files.states(place, DETECTION) == known
    assert engines.same(before, engines.rolled(place, OF_DETECTION, MONTHS, DETECTION))


@pytest.mark.parametrize("url", ["spark://127.0.0.1:1", "hive://127.0.0.1:1/default"])
def test_without_its_engine_nothing_is_written_and_the_command_says_so(
    database_url, tmp_path, monkeypatch, capsys, url
):
    engine = make(database_url)
    write(tmp_path)
    monkeypatch.setenv(SETTING, url)
    monkeypatch.setattr(command, "opened", lambda _args: engine)
    with writing(engine) as connection:
        before = facts.digest(connection)
    args = command.parser().parse_args(["lake", str(tmp_path)])
    assert args.run(args) == 1
    said = capsys.readouterr().out
    assert "requirements-spark" in said or "IEUM_LAKE" in said
    with writing(engine) as connection:
        assert facts.digest(connection) == before
        assert "detection_monthly" not in set(queries.batches(connection)["table_name"])


@pytest.mark.parametrize(
    "where", ["nothing://here", "s3://no-bucket/lake?endpoint_override=127.0.0.1:1&scheme=http", ""]
)
def test_a_place_that_is_none_is_said_in_words(tmp_path, monkeypatch, capsys, where):
    monkeypatch.setattr(command, "opened", lambda _args: make(f"sqlite:///{tmp_path / 'store.db'}"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    args = command.parser().parse_args(["lake", where or str(tmp_path / "empty")])
    assert args.run(args) == 1
    said = capsys.readouterr().out
    assert "IEUM_LAKE" in said if where else "crisis_signal" in said


def test_a_month_that_cannot_be_read_changes_none(database_url, tmp_path):
    engine = make(database_url)
    write(tmp_path)
    (tmp_path / "crisis_signal" / "month=202605" / "part-0.parquet").write_bytes(b"no Parquet")
    with writing(engine) as connection:
        before = facts.digest(connection)
        with pytest.raises(engines.EngineProblem, match="failed"):
            lake.refresh(connection, tmp_path, recorded_at=NOW)
        assert facts.digest(connection) == before


def contacts(month: int, *, nowhere: bool = True, many: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(month)
    outcome = np.array(["answered", "abandoned", "busy"])[rng.integers(0, 3, many)]
    answered = outcome == "answered"
    homes = ["11010", "11020", "11210", *([None] if nowhere else [])]
    return pd.DataFrame(
        {
            "contact_id": [f"{month}-{n}" for n in range(many)],
            "channel": np.array(["phone", "chat"])[rng.integers(0, 2, many)],
            "district_code": pd.Series([homes[n] for n in rng.integers(0, len(homes), many)], dtype="str"),
            "outcome": outcome,
            "wait_s": pd.array(np.where(outcome == "busy", np.nan, rng.integers(0, 60, many)), "Int32"),
            "handle_s": pd.array(np.where(answered, rng.integers(30, 3000, many), np.nan), "Int32"),
            "risk": rng.random(many) < 0.1,
            "referred": rng.random(many) < 0.2,
        }
    )


def told(engine, *keys: str) -> list[tuple]:
    columns = [c.name for c in t.hotline_monthly.c if c.name not in t.hotline_monthly.info["keys"]]
    with engine.connect() as connection:
        frame = queries.totals(connection, "hotline_monthly", columns=columns, keys=keys)
    return sorted(frame[[*keys, *columns]].itertuples(index=False, name=None))


@pytest.mark.parametrize("nowhere", [True, False])
def test_raw_hotline_events_outside_the_record_tell_the_same_sums_as_in_it(tmp_path, nowhere):
    """One office holds the contacts as rows, another keeps them in a lake; `nowhere`: some name no district."""
    months = (202604, 202605)
    rows_held, lake_held = (make(f"sqlite:///{tmp_path / name}.db") for name in ("rows", "lake"))
    place = Place.at(tmp_path / "lake")
    with writing(rows_held) as connection:
        for month in months:
            frame = contacts(month, nowhere=nowhere)
            files.publish(place, hotline.TABLE, month, pa.Table.from_pandas(frame, preserve_index=False))
            at = {"month_key": month, "local_date": date(month // 100, month % 100, 3), "hour": 9, "age_band": "40-64", "sex": "female", "attempted_at": NOW}  # fmt: skip
            plain = frame.astype(object).where(frame.notna(), None)
            rows = [{**row, **at} for row in plain.to_dict("records")]
            batch = add(connection, hotline.TABLE, rows, sha=str(month))
            facts.refresh(connection, hotline.TABLE, batch_id=batch)
    how = {"recorded_at": NOW, "secret": "a secret of some length"}
    reports = hotline.refresh(lake_held, tmp_path / "lake", **how)
    assert [report.ok for report in reports] == [True, True], [report.lines("en") for report in reports]
    keys = ("month_key", "channel", *(() if nowhere else ("district_code",)))
    assert told(lake_held, *keys) == told(rows_held, *keys)
    assert hotline.refresh(lake_held, tmp_path / "lake", **how) == []
    # A corrected contact and one withdrawn: their month alone comes in again, and its former sums give way.
    frame = contacts(202605, nowhere=nowhere)
    changed = frame.head(1).assign(outcome="answered", wait_s=5, handle_s=77, channel="phone")
    changed = changed.astype({"wait_s": "Int32", "handle_s": "Int32"})
    tables = (pa.Table.from_pandas(some, preserve_index=False) for some in (changed, frame.tail(1)))
    files.amend(place, hotline.TABLE, 202605, next(tables), gone=next(tables))
    before = told(lake_held, *keys)
    [report] = hotline.refresh(lake_held, tmp_path / "lake", **how)
    assert report.ok and report.corrected
    after = told(lake_held, *keys)
    assert [row for row in after if row[0] == 202604] == [row for row in before if row[0] == 202604]
    assert sum(row[len(keys)] for row in after) == sum(row[len(keys)] for row in before) - 1


def test_a_month_of_contacts_that_stand_in_the_record_is_refused(tmp_path):
    engine = make(f"sqlite:///{tmp_path / 'both.db'}")
    frame = contacts(202605)
    table = pa.Table.from_pandas(frame, preserve_index=False)
    files.publish(Place.at(tmp_path / "lake"), hotline.TABLE, 202605, table)
    at = {"month_key": 202605, "local_date": date(2026, 5, 3), "hour": 9, "age_band": "40-64", "sex": "female", "attempted_at": NOW}  # fmt: skip
    row = {**frame.astype(object).where(frame.notna(), None).to_dict("records")[0], **at}
    with writing(engine) as connection:
        facts.refresh(connection, hotline.TABLE, batch_id=add(connection, hotline.TABLE, [row]))
        before = facts.digest(connection)
    [report] = hotline.refresh(engine, tmp_path / "lake", recorded_at=NOW, secret="a secret of some length")
    assert not report.ok
    with writing(engine) as connection:
        assert facts.digest(connection) == before


def test_object_storage_is_read_and_written_by_its_address(tmp_path, monkeypatch):
    server = pytest.importorskip("moto.server", reason="moto is not installed (requirements-spark.txt)")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    running.start()
    try:
        _host, port = running.get_host_and_port()
        more = f"endpoint_override=127.0.0.1:{port}&scheme=http&allow_bucket_creation=true"
        store = Place.at(f"s3://lake?{more}")
        store.filesystem.create_dir("lake")
        place, here = write(f"s3://lake/city?{more}"), write(tmp_path)
        assert not place.is_local and place.uri("crisis_signal") == "s3a://lake/city/crisis_signal"
        theirs = engines.rolled(place, OF_DETECTION, MONTHS, DETECTION)
        assert engines.same(theirs, engines.rolled(here, OF_DETECTION, MONTHS, DETECTION))
        known = files.states(place, DETECTION)
        late = pa.table({"household": [900], "district_code": ["11010"], "signal": [3], "value": [1]})
        for one in (place, here):
            files.amend(one, "crisis_signal", 202604, late)
        now = files.states(place, DETECTION)
        assert {month for month in now if now[month] != known[month]} == {202604}
        theirs = engines.rolled(place, OF_DETECTION, [202604], DETECTION)
        assert engines.same(theirs, engines.rolled(here, OF_DETECTION, [202604], DETECTION))
    finally:
        running.stop()


def test_spark_counts_the_same_also_when_a_worker_is_killed(tmp_path):
    from tools import spark

    try:
        spark.home()
    except spark.SparkUnavailable as why:
        pytest.skip(str(why))
    place = write(tmp_path / "a lake")
    ours = engines.rolled(place, OF_DETECTION, MONTHS, DETECTION)
    with spark.cluster() as cluster:
        assert engines.same(ours, engines.rolled(place, OF_DETECTION, MONTHS, DETECTION, url=cluster.url))
        frame = contacts(202605)
        files.publish(place, hotline.TABLE, 202605, pa.Table.from_pandas(frame, preserve_index=False))
        asked = (place, {"it": hotline.statement()}, [202605], [hotline.TABLE])
        assert engines.same(engines.rolled(*asked), engines.rolled(*asked, url=cluster.url))
        killer = threading.Timer(0.5, cluster.kill_worker, [0])
        killer.start()
        again = engines.rolled(place, OF_DETECTION, MONTHS, DETECTION, url=cluster.url)
        killer.join()
        last = engines.rolled(place, OF_DETECTION, MONTHS, DETECTION, url=cluster.url)
    assert engines.same(ours, again) and engines.same(ours, last)


def test_a_section_of_the_report_is_written_anew_and_no_other(tmp_path):
    file = tmp_path / "performance.md"
    report.put("one", "First", ["1"], file=file)
    report.put("two", "Second", ["2"], file=file)
    before = file.read_text()
    report.put("one", "First", ["1"], file=file)
    assert file.read_text() == before
    report.put("one", "First", ["changed"], file=file)
    assert file.read_text() == before.replace("\n1\n", "\nchanged\n") != before


def test_what_the_benchmark_compares_with_counts_as_the_statements_do(tmp_path):
    place = Place.at(tmp_path)
    months = [202501, 202502]
    assert [bench.month(place, key, 5_000) for key in months] == [
        len(files.read(place, "crisis_signal", key)) for key in months
    ]
    counted = engines.rolled(place, OF_DETECTION, months, DETECTION)
    assert engines.same(counted, bench.by_numpy(place, months))
    counted["detection_pair"].loc[0, "flagged"] += 1
    assert not engines.same(counted, bench.by_numpy(place, months))
