-- Three accounts with no more rights than their work needs. A database administrator runs this in the database of Ieum, as superuser:
-- before the first `python -m data build`, and again after each build, upgrade and release by command (it changes nothing that is right already).
--
--   psql -d ieum -v ON_ERROR_STOP=1 -f deploy/postgresql/roles.sql
--
--   ieum_migrator   owns the schemas: python -m data build, release, backup and restore, erase
--   ieum_importer   files and lakes: python -m data import, undo, close, lake; sees no person of the office and no session
--   ieum_app        the app (/etc/ieum/ieum.env): reads and writes rows, changes no table; fills a new release, which is the migrator's once it stands
--
-- Passwords are the administrator's: ALTER ROLE ieum_app PASSWORD '…' (or peer, certificates, scram in pg_hba.conf).

DO $$
DECLARE
    one text;
BEGIN
    FOREACH one IN ARRAY ARRAY['ieum_migrator', 'ieum_importer', 'ieum_app'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = one) THEN
            EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE', one);
        END IF;
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), one);
    END LOOP;
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CREATE ON DATABASE %I TO ieum_migrator', current_database());
END $$;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;

-- A page that asks for too much is ended; a file may take long, and so may a new layout. Nobody keeps a transaction open and goes away.
ALTER ROLE ieum_app SET statement_timeout = '120s';
ALTER ROLE ieum_app SET idle_in_transaction_session_timeout = '120s';
ALTER ROLE ieum_importer SET statement_timeout = '30min';
ALTER ROLE ieum_importer SET idle_in_transaction_session_timeout = '30min';
ALTER ROLE ieum_migrator SET statement_timeout = 0;

-- What stands: every schema of the migrator's with its tables. `USAGE` of a sequence numbers new rows.
DO $$
DECLARE
    place text;
    one text;
BEGIN
    FOR place IN
        SELECT nspname FROM pg_namespace JOIN pg_roles ON pg_roles.oid = nspowner WHERE rolname = 'ieum_migrator'
            AND to_regclass(format('%I.alembic_version', nspname)) IS NOT NULL
    LOOP
        FOREACH one IN ARRAY ARRAY['ieum_importer', 'ieum_app'] LOOP
            EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', place, one);
            EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO %I', place, one);
            EXECUTE format('GRANT USAGE ON ALL SEQUENCES IN SCHEMA %I TO %I', place, one);
            -- Of the layout's number everybody may know, and nobody else may say.
            EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON %I.alembic_version FROM %I', place, one);
        END LOOP;
        EXECUTE format('REVOKE ALL ON %1$I.person, %1$I.person_role, %1$I.sign_in FROM ieum_importer', place);
    END LOOP;
END $$;

-- A release that is made on the administration page: its schema is the migrator's, the app fills it and then may read it alone (but for what
-- is worked out of it, in `study`). Only the next release of a store can be begun, and what is listed never again.
GRANT ieum_app TO ieum_migrator;
CREATE SCHEMA IF NOT EXISTS ieum AUTHORIZATION ieum_migrator;
GRANT USAGE ON SCHEMA ieum TO ieum_app;

CREATE OR REPLACE FUNCTION ieum.begin_release(store name, number int) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    last int;
    place name := store || '_r' || number;
BEGIN
    EXECUTE format('SELECT coalesce(max(number), 0) FROM %I.release', store) INTO last;
    IF number <> last + 1 THEN
        RAISE insufficient_privilege USING MESSAGE = format('the next release of %s is %s', store, last + 1);
    END IF;
    EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', place);
    EXECUTE format('CREATE SCHEMA %I', place);
    EXECUTE format('GRANT USAGE, CREATE ON SCHEMA %I TO ieum_app', place);
END $$;

CREATE OR REPLACE FUNCTION ieum.end_release(store name, number int) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    one record;
    place name := store || '_r' || number;
BEGIN
    EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM ieum_app', place);
    FOR one IN
        SELECT relname, relkind FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE nspname = place AND relkind IN ('r', 'S') AND pg_get_userbyid(relowner) = 'ieum_app'
        ORDER BY relkind DESC -- a sequence that a table owns goes with it
    LOOP
        IF one.relkind = 'r' THEN
            EXECUTE format('ALTER TABLE %I.%I OWNER TO ieum_migrator', place, one.relname);
        END IF;
    END LOOP;
    FOR one IN
        SELECT p.oid::regprocedure AS named FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
        WHERE nspname = place AND pg_get_userbyid(proowner) = 'ieum_app'
    LOOP
        EXECUTE format('ALTER FUNCTION %s OWNER TO ieum_migrator', one.named);
    END LOOP;
    EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO ieum_app, ieum_importer', place);
    EXECUTE format('GRANT INSERT, UPDATE, DELETE ON %I.study TO ieum_app', place);
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO ieum_importer', place);
END $$;

ALTER FUNCTION ieum.begin_release(name, int) OWNER TO ieum_migrator;
ALTER FUNCTION ieum.end_release(name, int) OWNER TO ieum_migrator;
REVOKE ALL ON FUNCTION ieum.begin_release(name, int), ieum.end_release(name, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ieum.begin_release(name, int), ieum.end_release(name, int) TO ieum_app;
