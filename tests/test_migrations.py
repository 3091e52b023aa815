"""Migrations go down step by step to nothing and up again, with rows in place, on both databases."""

from __future__ import annotations

from alembic import command
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from small import unlike_declared
from sqlalchemy import func, inspect, select

from data import tables as t
from data.engine import ROOT, _alembic_config, make_engine, migrate, newest_revision, writing


def test_every_revision_can_be_left_and_reached_again(small_url):
    engine = make_engine(small_url)
    scripts = ScriptDirectory(str(ROOT / "migrations"))
    down = [one.revision for one in scripts.walk_revisions()]  # the newest first
    for revision in (*down[1:], "base"):
        with writing(engine) as connection:
            command.downgrade(_alembic_config(connection), revision)
            found = MigrationContext.configure(connection).get_current_revision()
        assert found == (None if revision == "base" else revision)
        if revision == down[-1]:  # the oldest layout that holds rows
            with engine.connect() as connection:
                assert connection.execute(select(func.count()).select_from(t.district)).scalar() == 3
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    for revision in reversed(down):
        migrate(engine, to=revision)
    with engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
        assert found == newest_revision() and unlike_declared(connection) == []
    engine.dispose()
