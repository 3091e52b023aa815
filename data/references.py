"""What a row of the record names: its batch, its district, its programme. On PostgreSQL looked up once for a statement.

A foreign key there asks for the row that is named once for each row that comes in, however often the same: all rows of a file name one
batch, and 25 districts. That takes longer than writing the rows. A trigger asks once for each value in a statement, with the same lock
(FOR KEY SHARE) and the same refusal (23503); another one refuses what would take a named row away. SQLite, which asks in the process that
writes, keeps its foreign keys. Decision record 33.
"""

from __future__ import annotations

from collections import Counter

from sqlalchemy import Connection, MetaData, Table, exists, func, inspect, select, text

from data.tables import OPERATIONAL, metadata

# Arguments of a trigger: the column, the table that it names a row of, and the key there; of one that guards a key, the key.
_TRIGGERS = """
    SELECT relname, tgname, string_to_array(encode(tgargs, 'escape'), '\\000')
    FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid WHERE tgfoid = to_regproc(:function) AND tgenabled = 'O'
    ORDER BY relname, tgname
"""
# With their owner's rights, as a foreign key: whoever may add rows to a table needs none to the rows that they name. Names are looked up in
# one schema alone, and nobody else may put such a trigger on a table.
_FUNCTIONS = (
    """
    CREATE FUNCTION key_is_known() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
        unknown boolean;
    BEGIN
        EXECUTE format(
            'WITH named AS MATERIALIZED (SELECT DISTINCT %1$I AS key FROM fresh WHERE %1$I IS NOT NULL),
                  known AS MATERIALIZED (SELECT 1 FROM %2$I.%3$I AS p JOIN named ON p.%4$I = named.key FOR KEY SHARE OF p)
             SELECT (SELECT count(*) FROM known) < (SELECT count(*) FROM named)',
            TG_ARGV[0], TG_TABLE_SCHEMA, TG_ARGV[1], TG_ARGV[2]
        ) INTO unknown;
        IF unknown THEN
            RAISE foreign_key_violation USING
                MESSAGE = format('a row of %s names in %s what %s does not have', TG_TABLE_NAME, TG_ARGV[0], TG_ARGV[1]),
                SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, COLUMN = TG_ARGV[0];
        END IF;
        RETURN NULL;
    END $$
    """,
    r"""
    CREATE FUNCTION key_is_free() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
        gone boolean;
        used boolean;
        child record;
    BEGIN
        EXECUTE format(
            'SELECT EXISTS (SELECT 1 FROM former WHERE NOT EXISTS (SELECT 1 FROM %1$I.%2$I AS p WHERE p.%3$I = former.%3$I))',
            TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_ARGV[0]
        ) INTO gone;
        IF NOT gone THEN
            RETURN NULL;
        END IF;
        FOR child IN
            SELECT DISTINCT relname AS name, told[1] AS column
            FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid, string_to_array(encode(tgargs, 'escape'), '\000') AS told
            WHERE tgfoid = to_regproc(format('%I.key_is_known', TG_TABLE_SCHEMA)) AND told[2] = TG_TABLE_NAME
        LOOP
            EXECUTE format(
                'SELECT EXISTS (SELECT 1 FROM %1$I.%2$I AS c JOIN former ON c.%3$I = former.%5$I
                                WHERE NOT EXISTS (SELECT 1 FROM %1$I.%4$I AS p WHERE p.%5$I = former.%5$I))',
                TG_TABLE_SCHEMA, child.name, child.column, TG_TABLE_NAME, TG_ARGV[0]
            ) INTO used;
            IF used THEN
                RAISE foreign_key_violation USING
                    MESSAGE = format('rows of %s still name in %s what was to go from %s', child.name, child.column, TG_TABLE_NAME),
                    SCHEMA = TG_TABLE_SCHEMA, TABLE = child.name, COLUMN = child.column;
            END IF;
        END LOOP;
        RETURN NULL;
    END $$
    """,
)


def by_statement(connection: Connection) -> None:
    """Have the keys of every table of the record looked up once for a statement; of one that is so already nothing changes."""
    if connection.dialect.name != "postgresql":
        return
    if not connection.execute(text("SELECT to_regproc('key_is_known') IS NOT NULL")).scalar():
        for function in _FUNCTIONS:
            connection.execute(text(function))
        for name in ("key_is_known", "key_is_free"):
            connection.execute(text(f"REVOKE ALL ON FUNCTION {name}() FROM PUBLIC"))
    guarded = {table for table, _, _ in _triggers(connection, "key_is_free")}
    known = inspect(connection)
    for table in known.get_table_names():
        if "superseded_by" not in {column["name"] for column in known.get_columns(table)}:
            continue
        for declared in known.get_foreign_keys(table):
            key, parent = declared["name"], declared["referred_table"]
            (column,), (named,) = declared["constrained_columns"], declared["referred_columns"]
            connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {key}"))
            call = f"key_is_known('{column}', '{parent}', '{named}')"
            _watch(connection, str(key), table, ("insert", "update"), "NEW TABLE AS fresh", call)
            if parent not in guarded:
                guarded.add(parent)
                call = f"key_is_free('{named}')"
                _watch(
                    connection, f"{named}_is_free", parent, ("delete", "update"), "OLD TABLE AS former", call
                )


def _watch(
    connection: Connection, name: str, table: str, events: tuple[str, str], rows: str, call: str
) -> None:
    """A trigger for each kind of statement: one that sees a statement's rows is for one kind alone."""
    for event in events:
        connection.execute(
            text(
                f"CREATE TRIGGER {name}_{event} AFTER {event} ON {table} REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION {call}"
            )
        )


def by_row(connection: Connection) -> None:
    """Foreign keys again, as before revision 0034; every row that stands is looked at."""
    if connection.dialect.name != "postgresql":
        return
    for table, trigger, (column, parent, named) in _triggers(connection, "key_is_known"):
        connection.execute(text(f"DROP TRIGGER {trigger} ON {table}"))
        name, _, event = trigger.rpartition("_")
        if event == "update":
            continue
        connection.execute(
            text(
                f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({column}) REFERENCES {parent} ({named})"
            )
        )
    for name in ("key_is_known", "key_is_free"):
        connection.execute(text(f"DROP FUNCTION {name}() CASCADE"))  # and what is left of its triggers


def in_order(found: MetaData) -> list[Table]:
    """The tables that were found in a store, what others name a row of first: of triggers no reflection knows."""
    place = {table.name: n for n, table in enumerate(metadata.sorted_tables)}
    return sorted(found.sorted_tables, key=lambda table: place.get(table.name, len(place)))


def held(connection: Connection) -> set[tuple[str, str, str, str]]:
    """(table, column, table that it names a row of, key there) of all that a PostgreSQL store looks up by statement, both when rows come
    and when what they name would go."""
    guards = Counter((table, named) for table, _, (named,) in _triggers(connection, "key_is_free"))
    found = Counter((table, *told) for table, _, told in _triggers(connection, "key_is_known"))
    return {
        (table, column, parent, named)
        for (table, column, parent, named), events in found.items()
        if events == 2 == guards[parent, named]
    }


def unknown(connection: Connection) -> list[tuple[str, str, str, int]]:
    """(table, column, table that it names a row of, how many rows) of rows of the record that name what is not there.

    None can come while the triggers stand; what a dump brought in without them is looked at by nobody else.
    """
    out = []
    for table in OPERATIONAL.values():
        for key in sorted(table.foreign_keys, key=lambda one: one.parent.name):
            there = exists().where(key.column == key.parent).correlate(table)
            lost = select(func.count()).select_from(table).where(key.parent.is_not(None), ~there)
            if rows := connection.execute(lost).scalar_one():
                out.append((table.name, key.parent.name, key.column.table.name, int(rows)))
    return out


def _triggers(connection: Connection, function: str) -> list[tuple[str, str, list[str]]]:
    """(table, trigger, its arguments) of all triggers in force that call a function."""
    return [
        (table, trigger, list(told)[:-1])  # each ends in a zero byte
        for table, trigger, told in connection.execute(text(_TRIGGERS), {"function": function})
    ]
