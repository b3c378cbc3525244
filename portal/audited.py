"""A trigger that records every change of a row's named columns in the audit trail, whoever makes it and however.

Recording in the database and not in each view: a bulk update, a page that somebody adds next year and a helpdesk tool
cannot forget it, and the event is as sure as the change. Who is acting, the scope tells the transaction
(`portal.actor`, set by `portal.tenancy`). Acts that are more than a changed column (approved, signed in) are recorded
by `portal.audit.record()`.
"""

import pgtrigger

FUNCTION = """
CREATE OR REPLACE FUNCTION portal_audit(
    of_firm uuid, what text, kind text, subject text, was jsonb, becomes jsonb, secret_of_persons text DEFAULT ''
) RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    who jsonb := coalesce(nullif(current_setting('portal.actor', true), ''), '{}')::jsonb;
    event uuid := gen_random_uuid();
    salt text := replace(gen_random_uuid()::text, '-', '');
    named bool := coalesce(who->>'name', '') || coalesce(who->>'address', '') || secret_of_persons <> '';
BEGIN
    INSERT INTO portal_auditevent (id, firm_id, created_at, at, action, by, actor_id, subject_kind, subject_id,
                                   before, after, request_id, person_sha256)
    VALUES (event, of_firm, clock_timestamp(), clock_timestamp(), what, coalesce(who->>'by', 'system'),
            (who->>'id')::uuid, kind, subject, was, becomes, coalesce(who->>'request_id', ''),
            CASE WHEN named THEN encode(sha256(convert_to(
                salt || E'\\n' || coalesce(who->>'name', '') || E'\\n' || coalesce(who->>'address', '') || E'\\n'
                || coalesce(who->>'agent', '') || E'\\n' || secret_of_persons, 'UTF8')), 'hex') ELSE '' END);
    IF named THEN
        INSERT INTO portal_auditperson (id, firm_id, created_at, event_id, name, address, agent, words, salt)
        VALUES (gen_random_uuid(), of_firm, clock_timestamp(), event, coalesce(who->>'name', ''),
                coalesce(who->>'address', ''), coalesce(who->>'agent', ''), secret_of_persons, salt);
    END IF;
END $$;
"""
"""Made by a migration; the hash is that of `portal.audit.hash_of`."""


def audited(kind: str, *columns: str, firm: str = "firm_id") -> pgtrigger.Trigger:
    """`kind.made`, `kind.changed` and `kind.gone` with these columns before and after (only those that changed).

    Columns, not fields: `organisation_id`. Never name one that holds a secret or a person's name.
    """

    def values(row: str) -> str:
        return "jsonb_build_object(" + ", ".join(f"'{name}', {row}.{name}" for name in columns) + ")"

    return pgtrigger.Trigger(
        name="audited",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.Delete | pgtrigger.UpdateOf(*columns),
        # The owner migrates; what a release does to rows is told by its migrations.
        condition=pgtrigger.Condition("current_user IN ('portal_app', 'portal_staff')"),
        declare=[("was", "jsonb"), ("becomes", "jsonb")],
        func=f"""
            IF TG_OP = 'INSERT' THEN
                PERFORM portal_audit(NEW.{firm}, '{kind}.made', '{kind}', NEW.id::text, '{{}}', {values("NEW")});
            ELSIF TG_OP = 'DELETE' THEN
                PERFORM portal_audit(OLD.{firm}, '{kind}.gone', '{kind}', OLD.id::text, {values("OLD")}, '{{}}');
            ELSE
                SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, n.value) INTO was, becomes
                FROM jsonb_each({values("OLD")}) o JOIN jsonb_each({values("NEW")}) n USING (key)
                WHERE o.value IS DISTINCT FROM n.value;
                IF was IS NOT NULL THEN
                    PERFORM portal_audit(NEW.{firm}, '{kind}.changed', '{kind}', NEW.id::text, was, becomes);
                END IF;
            END IF;
            RETURN NULL;
        """,  # noqa: S608 — our own words
    )
