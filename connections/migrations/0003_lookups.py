"""The questions that are asked before a firm is known (see portal.lookups)."""

from django.db import migrations

from portal.lookups import lookup



class Migration(migrations.Migration):
    dependencies = [("connections", "0002_initial")]
    operations = [
        lookup("firm_of_lane", "lane uuid", "firm_id uuid", "SELECT l.firm_id FROM connections_lane l WHERE l.id = lane"),
        lookup(
            "due_lanes",
            "at_most int",
            "lane_id uuid",
            """SELECT l.id FROM connections_lane l
               WHERE l.due_at <= now() AND (l.leased_until IS NULL OR l.leased_until < now())
               ORDER BY l.due_at LIMIT at_most""",
        ),
        lookup(
            "consent_by_link",
            "hash text",
            "firm_id uuid, id uuid",
            "SELECT c.firm_id, c.id FROM connections_consent c WHERE c.link_hash = hash",
        ),
        lookup(
            "consent_by_state",
            "hash text",
            "firm_id uuid, id uuid",
            "SELECT c.firm_id, c.id FROM connections_consent c WHERE c.state_hash = hash",
        ),
        lookup(
            "unfinished_consents",
            "older_than timestamptz",
            "firm_id uuid, id uuid",
            """SELECT c.firm_id, c.id FROM connections_consent c
               WHERE c.outcome = 'stored' AND c.finished_at IS NULL AND c.issued_at < older_than
                 AND c.issued_at > now() - interval '25 days'""",
        ),
        lookup(
            "live_authorisation",
            "of_site text, of_user uuid",
            "firm_id uuid, id uuid",
            """SELECT a.firm_id, a.id FROM connections_authorisation a
               WHERE a.site = of_site AND a.exact_user_id = of_user AND a.status <> 'superseded'""",
        ),
        lookup(
            "idle_authorisations",
            "issued_before timestamptz",
            "firm_id uuid, id uuid",
            """SELECT a.firm_id, a.id FROM connections_authorisation a
               WHERE a.status = 'active' AND a.issued_at < issued_before ORDER BY a.issued_at LIMIT 500""",
        ),
        lookup(
            "resumable_connections",
            "",
            "firm_id uuid, id uuid",
            "SELECT c.firm_id, c.id FROM connections_connection c WHERE c.status = 'paused' AND c.resumes_at <= now()",
        ),
    ]
