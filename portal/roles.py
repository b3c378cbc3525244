"""The roles that row level security binds, made before the first table and kept by every `migrate`.

portal_app    — web and workers: its firm's rows only.
portal_staff  — the helpdesk's pages: every firm.
portal_lookup — owns the look-up functions: reads, and is nobody's sign-in.

Roles belong to the whole server, so several portals on one server share these three names. The owner makes itself a
member so that its sign-in may take a role on. Not a migration: Django wants the user model in our first one, and by
then other apps' tables stand already, which would have none of these privileges.
"""

from typing import Any

from django.db import connections

MAKE = """
DO $$
DECLARE role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['portal_app', 'portal_staff', 'portal_lookup'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOBYPASSRLS', role);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;  -- another portal on this server made it at the same moment
            END;
        END IF;
        -- Always: since PostgreSQL 16 whoever makes a role may grant it, but not become it.
        EXECUTE format('GRANT %I TO %I', role, current_user);
        EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', role);
    END LOOP;
END $$;
GRANT CREATE ON SCHEMA public TO portal_lookup;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO portal_app, portal_staff;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO portal_lookup;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO portal_app, portal_staff;
"""


def make_roles(using: str, **kwargs: Any) -> None:
    """Handler of `pre_migrate`."""
    if using == "owner":
        with connections[using].cursor() as cursor:
            cursor.execute(MAKE)
