"""How issues end: how often a code came, how long it stayed, who mended it. One definition for catalogue and quality.

An issue that is over was mended by

1. the helpdesk, when somebody here did something in the client's case while it was open;
2. itself, when its remedy says that it passes by itself;
3. whoever its remedy says must act: the client, the firm, Exact (counted as itself).
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connections

from connections.remedies import CATALOGUE, remedy

SQL = """
SELECT i.code, count(*),
       count(*) FILTER (WHERE i.resolved_at IS NOT NULL AND NOT acted.so),
       count(*) FILTER (WHERE i.resolved_at IS NOT NULL AND acted.so),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM i.resolved_at - i.opened_at))
           FILTER (WHERE i.resolved_at IS NOT NULL)
FROM connections_issue i
LEFT JOIN connections_connection c ON c.id = i.connection_id
CROSS JOIN LATERAL (SELECT EXISTS (
    SELECT FROM portal_desknote n JOIN portal_deskcase k ON k.id = n.case_id
    WHERE k.firm_id = i.firm_id AND k.organisation_id = c.organisation_id AND n.kind = 'done'
      AND n.created_at BETWEEN i.opened_at AND i.resolved_at) AS so) acted
WHERE i.opened_at >= %s AND i.opened_at < %s
GROUP BY i.code
"""


@dataclass(frozen=True)
class Tally:
    """One code over a time: how many opened, how they ended, the median seconds that one stayed open."""

    code: str
    opened: int = 0
    alone: int = 0  # mended without us
    helped: int = 0  # mended while we were at it
    median: float | None = None

    @property
    def share_alone(self) -> float | None:
        """Of those that are over; None when none is."""
        over = self.alone + self.helped
        return self.alone / over if over else None

    def by(self) -> dict[str, int]:
        """Who mended them: client, firm, helpdesk, itself."""
        row = remedy(self.code)
        itself = row.resolves in ("by_itself", "next_success") and row.who_acts in ("exact", "helpdesk")
        who = "itself" if itself or row.resolves == "by_itself" or row.who_acts == "exact" else row.who_acts
        counts = {"client": 0, "firm": 0, "helpdesk": self.helped, "itself": 0}
        counts[who] += self.alone
        return counts


def tallies(since: datetime, until: datetime) -> dict[str, Tally]:
    """Every code that opened in this time, by code. Needs the staff scope."""
    with connections["staff"].cursor() as cursor:
        cursor.execute(SQL, [since, until])
        return {row[0]: Tally(*row) for row in cursor.fetchall()}


def every(found: dict[str, Tally]) -> list[Tally]:
    """Those, and every code of the catalogue that did not come: most frequent first."""
    rows = [*found.values(), *(Tally(code) for code in CATALOGUE if code not in found)]
    return sorted(rows, key=lambda row: (-row.opened, row.code))
