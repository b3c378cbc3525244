"""What the way to Exact tells Prometheus: stops, budgets, tokens, lanes, incidents."""

from django.conf import settings

from connections.remedies import remedy
from portal.operations.metrics import LATELY_SECONDS, Gauge, Values, register, rows, waits

LOW = 0.1  # a tenth of a window left is little


def _stops() -> Values:
    found = rows("SELECT code, count(*) FROM connections_issue WHERE resolved_at IS NULL GROUP BY 1")
    return [((code, remedy(code).who_acts), count) for (code,), count in found]


def _budgets() -> Values:
    """Lanes with little left in a window that is still running, by window."""
    return [
        (
            (window,),
            rows(
                f"""SELECT count(*) FROM connections_lane
                WHERE budget ? '{window}' AND jsonb_typeof(budget->'{window}') = 'object'
                  AND (budget->'{window}'->>'resets_at')::timestamptz > now()
                  AND (budget->'{window}'->>'remaining')::float
                      < {LOW} * greatest(1, (budget->'{window}'->>'limit')::float)"""  # noqa: S608 — two words of ours
            )[0][1],
        )
        for window in ("minute", "day")
    ]


def _least() -> Values:
    return [
        (
            (window,),
            rows(
                f"""SELECT coalesce(min((budget->'{window}'->>'remaining')::float
                                    / greatest(1, (budget->'{window}'->>'limit')::float)), 1)
                FROM connections_lane WHERE jsonb_typeof(budget->'{window}') = 'object'
                  AND (budget->'{window}'->>'resets_at')::timestamptz > now()"""  # noqa: S608
            )[0][1],
        )
        for window in ("minute", "day")
    ]


waits("lane", "connections_lane", "(leased_until IS NULL OR leased_until < now())")
register(
    Gauge("portal_issues_open", "What stops, by code and who must act", _stops, ("code", "who")),
    Gauge(
        "portal_connections",
        "Connections by status",
        lambda: rows("SELECT status, count(*) FROM connections_connection GROUP BY 1"),
        ("status",),
        kept=60,
    ),
    Gauge(
        "portal_lanes",
        "Lanes: driven, asleep for a reason, due, at rest",
        lambda: rows(
            """SELECT CASE WHEN leased_until > now() THEN 'driven'
                           WHEN due_at <= now() THEN 'due'
                           WHEN sleeps_for <> '' THEN 'asleep: ' || sleeps_for
                           WHEN due_at IS NULL THEN 'at rest' ELSE 'later' END, count(*)
               FROM connections_lane GROUP BY 1"""
        ),
        ("state",),
    ),
    Gauge(
        "portal_exact_budget_low_lanes",
        "Lanes with under a tenth of a window left",
        _budgets,
        ("window",),
        60,
    ),
    Gauge(
        "portal_exact_budget_least_left",
        "The least that any lane has left, as a share",
        _least,
        ("window",),
        60,
    ),
    Gauge(
        "portal_authorisations",
        "Sign-ins at Exact by status",
        lambda: rows("SELECT status, count(*) FROM connections_authorisation GROUP BY 1"),
        ("status",),
        kept=60,
    ),
    Gauge(
        "portal_tokens_idle_days",
        "Days since the refresh of the token that was refreshed longest ago; Exact forgets it at 30",
        lambda: rows(
            "SELECT coalesce(extract(epoch FROM now() - min(issued_at)) / 86400, 0) "
            "FROM connections_authorisation WHERE status = 'active'"
        ),
        kept=60,
    ),
    Gauge(
        "portal_tokens_near_death",
        "Live tokens that were not refreshed for twice as long as they should be",
        lambda: rows(
            "SELECT count(*) FROM connections_authorisation WHERE status = 'active' "
            "AND issued_at < now() - make_interval(secs => %s)",
            settings.EXACT_KEEP_ALIVE_DAYS * 2 * 86400,
        ),
        kept=60,
    ),
    Gauge(
        "portal_incidents_open",
        "What is wrong for a whole site of Exact",
        lambda: rows(
            "SELECT site, code, count(*) FROM connections_incident WHERE resolved_at IS NULL GROUP BY 1, 2"
        ),
        ("site", "code"),
    ),
    Gauge(
        "portal_exact_calls_lately",
        "Calls to Exact in the last five minutes, by how they ended",
        lambda: rows(
            """SELECT CASE WHEN status IS NULL THEN 'no answer' ELSE (status / 100)::text || 'xx' END, count(*)
               FROM connections_call WHERE at > now() - make_interval(secs => %s) GROUP BY 1""",
            LATELY_SECONDS,
        ),
        ("outcome",),
        kept=60,
    ),
    Gauge(
        "portal_exact_refused_as_too_many",
        "429s in the last hour: each is a mistake of ours",
        lambda: rows(
            "SELECT count(*) FROM connections_call WHERE at > now() - interval '1 hour' AND status = 429"
        ),
        kept=60,
    ),
    Gauge(
        "portal_recorder_days_ahead",
        "Days for which the flight recorder has a partition already",
        lambda: rows(
            """SELECT count(*) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
               WHERE i.inhparent = 'connections_call'::regclass
                 AND c.relname > 'connections_call_' || to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD')
                 AND c.relname ~ '[0-9]$'"""
        ),
        kept=300,
    ),
)
