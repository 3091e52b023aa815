-- Three accounts with no more rights than their work needs. A database administrator runs this in the database of Ieum, as superuser:
-- before the first `python -m data build`, and again after each build and upgrade (it changes nothing that is right already). A release is
-- opened to these accounts as it is made.
--
--   psql -d ieum -v ON_ERROR_STOP=1 -f deploy/postgresql/roles.sql
--
--   ieum_migrator   owns the schemas: python -m data build, release, backup and restore, erase
--   ieum_importer   files and lakes: python -m data import, undo, close, lake; sees no person of the office and no session
--   ieum_app        the app (/etc/ieum/ieum.env): reads and writes rows, changes no table; asks for releases, which ieum_migrator makes
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
    LOOP
        FOREACH one IN ARRAY ARRAY['ieum_importer', 'ieum_app'] LOOP
            EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', place, one);
            EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO %I', place, one);
            EXECUTE format('GRANT USAGE ON ALL SEQUENCES IN SCHEMA %I TO %I', place, one);
            -- Of the layout's number everybody may know, and nobody else may say.
            EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON %I.alembic_version FROM %I', place, one);
            -- Which releases stand is the migrator's to say, and what one holds stays as it was published; what is worked out of it is kept in it.
            EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON %I.release FROM %I', place, one);
            IF place ~ '_r[0-9]+$' THEN
                EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I FROM %I', place, one);
                EXECUTE format('GRANT INSERT, UPDATE, DELETE ON %I.study TO %I', place, one);
            END IF;
        END LOOP;
        EXECUTE format('REVOKE ALL ON %1$I.person, %1$I.person_role, %1$I.sign_in, %1$I.release_request FROM ieum_importer', place);
        -- A release is asked for and withdrawn; what was asked stays as it was.
        EXECUTE format('REVOKE UPDATE, DELETE ON %I.release_request FROM ieum_app', place);
        EXECUTE format('GRANT UPDATE (state, reason, detail, answered_at) ON %I.release_request TO ieum_app', place);
    END LOOP;
END $$;
