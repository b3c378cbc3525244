#!/bin/sh
# Brings a backup into an empty database.
#
#     DATABASE_URL=postgresql://… docs/ops/restore.sh FILE.dump
#
# The roles that row security binds belong to the server, not to a database, so they are made first where they are
# missing. All of it is one transaction: the portal is back, or the database is as empty as it was. Afterwards run
# `manage.py migrate` (a newer release) and `manage.py verify_audit`, then start the portal with the keys of the backup's
# day among TOKEN_KEYS.
set -eu

file=${1:?usage: restore.sh FILE.dump}
: "${DATABASE_URL:?set DATABASE_URL}"
if [ -f "$file.sha256" ]; then
    (cd "$(dirname "$file")" && sha256sum --check --quiet "$(basename "$file").sha256")
fi
"${PSQL:-psql}" "$DATABASE_URL" --quiet --set ON_ERROR_STOP=1 <<'SQL'
DO $$
DECLARE role text;
BEGIN
    IF EXISTS (SELECT FROM pg_tables WHERE schemaname = 'public') THEN
        RAISE EXCEPTION 'This database is not empty: restore into a new one.';
    END IF;
    FOREACH role IN ARRAY ARRAY['portal_app', 'portal_staff', 'portal_lookup'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOBYPASSRLS', role);
        END IF;
        EXECUTE format('GRANT %I TO %I', role, current_user);
    END LOOP;
END $$;
-- Before anything is owned by the look-up role, it must be able to make it here.
GRANT CREATE, USAGE ON SCHEMA public TO portal_lookup;
SQL
"${PG_RESTORE:-pg_restore}" --dbname "$DATABASE_URL" --single-transaction --exit-on-error "$file"
