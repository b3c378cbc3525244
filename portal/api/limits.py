"""How many calls a client may make in a minute, told in every answer.

`RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset` (seconds), and `Retry-After` with a 429. The count is one
row per client in a table that PostgreSQL keeps no journal of: after a crash everybody starts with a full minute. The
same statement asks which firms granted the client what it wants: every call needs both.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from portal.api.problems import Problem

WINDOW_SECONDS = 60

_COUNT = """
WITH used AS (
INSERT INTO portal_partneruse AS used (partner_id, since, calls, last_used_at) VALUES (%s, now(), 1, now())
ON CONFLICT (partner_id) DO UPDATE SET
    calls = CASE WHEN used.since > now() - make_interval(secs => %s) THEN used.calls + 1 ELSE 1 END,
    since = CASE WHEN used.since > now() - make_interval(secs => %s) THEN used.since ELSE now() END,
    last_used_at = now()
RETURNING calls, extract(epoch FROM since + make_interval(secs => %s) - now()) AS seconds
) SELECT used.calls, used.seconds, firms.firm_id, firms.granting IS NOT NULL
  FROM used LEFT JOIN firms_granting(%s, %s) firms ON true
"""


@dataclass(frozen=True)
class Allowance:
    """What is left of a client's minute."""

    limit: int
    remaining: int
    resets_in: int

    def headers(self) -> dict[str, str]:
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.resets_in),
        }


def count(partner_id: UUID, wanted: str) -> tuple[Allowance, list[tuple[UUID, bool]]]:
    """Count one call of this client: what is left, and each firm that granted it anything with whether `wanted`
    is among it. Problem 429 when its minute is used up."""
    limit = settings.API_CALLS_PER_MINUTE
    with connection.cursor() as cursor:
        cursor.execute(
            _COUNT, [partner_id, WINDOW_SECONDS, WINDOW_SECONDS, WINDOW_SECONDS, partner_id, wanted]
        )
        rows = cursor.fetchall()
    calls, seconds = rows[0][:2]
    left = Allowance(limit, max(0, limit - calls), max(1, int(seconds) + 1))
    if calls > limit:
        raise Problem(
            429,
            "rate_limited",
            f"More than {limit} calls in a minute. Go on in {left.resets_in} seconds.",
            headers={"Retry-After": str(left.resets_in), **left.headers()},
        )
    return left, [(firm_id, granting) for *_, firm_id, granting in rows if firm_id is not None]


def note(request: Any, allowance: Allowance) -> None:
    """Remember it for the answer's headers."""
    request._request.allowance = allowance
