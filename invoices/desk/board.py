"""The board: what is open over all firms, whose turn it is, and what fails alike."""

from dataclasses import dataclass
from datetime import timedelta
from math import inf
from typing import Any

from django.db import connections
from django.db.models import Count
from django.db.models.functions import TruncHour
from django.http import HttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from connections.models import Incident, Issue
from connections.remedies import CATALOGUE, WHO, Remedy, remedy
from portal.desk.pages import DeskRequest, page, render
from portal.models import DeskCase

ALIKE = 3  # as many clients with the same code in the same hour are one story
LATELY = timedelta(days=2)
SHOWN = 200

# Every client with an open issue: its worst ones, since when, and how many invoices wait. One question for all firms.
SQL = """
SELECT o.id, o.name, o.kvk_number, o.firm_id, f.name, array_agg(DISTINCT i.code), min(i.opened_at),
       (SELECT count(*) FROM invoices_invoice v WHERE v.organisation_id = o.id
          AND v.status IN ('ready', 'booking', 'failed', 'on_hold'))
FROM connections_issue i
JOIN connections_connection c ON c.id = i.connection_id
JOIN portal_organisation o ON o.id = c.organisation_id
JOIN portal_firm f ON f.id = o.firm_id
WHERE i.resolved_at IS NULL AND (%(code)s = '' OR i.code = %(code)s)
GROUP BY o.id, o.name, o.kvk_number, o.firm_id, f.name
"""


@dataclass
class Row:
    """A client that something is wrong with, and our case of it."""

    organisation_id: Any
    name: str
    kvk_number: str
    firm_id: Any
    firm: str
    codes: list[str]
    since: Any
    waiting: int
    case: DeskCase | None = None

    @property
    def worst(self) -> Remedy:
        order = {"blocks": 0, "stops": 1, "warns": 2}
        return min((remedy(code) for code in self.codes), key=lambda one: order[one.severity])

    @property
    def title(self) -> str:
        return self.worst.words().title

    @property
    def who(self) -> Any:
        return WHO[self.worst.who_acts]

    def has(self, user_id: Any) -> bool:
        """Whether this colleague has the case; None: whether nobody has."""
        return (self.case.assigned_to_id if self.case else None) == user_id

    @property
    def more(self) -> int:
        return len(self.codes) - 1


@dataclass(frozen=True)
class Cluster:
    """The same code at several clients within an hour."""

    code: str
    hour: Any
    clients: int
    firms: int

    @property
    def title(self) -> str:
        return remedy(self.code).words().title

    @property
    def guess(self) -> Promise:
        """Whose story it probably is."""
        area = remedy(self.code).area
        if area == "ours":
            return gettext_lazy("Probably our own bug: tell engineering.")
        if area == "exact" or self.firms > 1:
            return gettext_lazy("Several firms at once: probably Exact, or a change there.")
        return gettext_lazy("One firm: probably one Exact user, or one change in their Exact.")


def rows(code: str = "") -> list[Row]:
    """Every client with an open issue. Needs the staff scope."""
    with connections["staff"].cursor() as cursor:
        cursor.execute(SQL, {"code": code})
        found = [Row(*row) for row in cursor.fetchall()]
    kept = {one.organisation_id: one for one in DeskCase.objects.select_related("assigned_to")}
    for row in found:
        row.case = kept.get(row.organisation_id)
    return found


def ordered(found: list[Row], by: str = "") -> list[Row]:
    """Promises first, the oldest of them first; then what blocks, by how much waits and for how long.

    `by`: "waiting" or "age" puts that before everything but the promises.
    """

    def first(row: Row) -> float:
        return -row.waiting if by == "waiting" else row.since.timestamp() if by == "age" else 0.0

    def key(row: Row) -> tuple[Any, ...]:
        promised = row.case.promised_at if row.case else None
        return (
            promised.timestamp() if promised else inf,
            first(row),
            not row.worst.blocks_connection,
            -row.waiting,
            row.since,
        )

    return sorted(found, key=key)


def clusters() -> list[Cluster]:
    """What failed alike lately, the largest first. Needs the staff scope."""
    lately = Issue.objects.filter(opened_at__gte=timezone.now() - LATELY, connection__isnull=False)
    found = (
        lately.annotate(hour=TruncHour("opened_at"))
        .values("code", "hour")
        .annotate(clients=Count("connection", distinct=True), firms=Count("firm", distinct=True))
        .filter(clients__gte=ALIKE)
        .order_by("-clients")
    )
    return [Cluster(**one) for one in found[:6]]


@page("", "index")
def board(request: DeskRequest) -> HttpResponse:
    """What is open, over all firms."""
    code, whose = request.GET.get("code", ""), request.GET.get("whose", "")
    now = timezone.now()
    by = request.GET.get("by", "")
    everything = ordered(rows(code if code in CATALOGUE else ""), by)
    resting = [
        row for row in everything if row.case and row.case.snoozed_until and row.case.snoozed_until > now
    ]
    awake = [row for row in everything if row not in resting]
    shown = {
        "rest": resting,
        "mine": [row for row in awake if row.has(request.user.pk)],
        "nobody": [row for row in awake if row.has(None)],
    }.get(whose, awake)
    by_code: dict[str, int] = {}
    for row in everything:
        for one in row.codes:
            by_code[one] = by_code.get(one, 0) + 1
    return render(
        request,
        "helpdesk/board.html",
        {
            "rows": shown[:SHOWN],
            "count": len(shown),
            "awake": len(awake),
            "resting": len(resting),
            "waiting": sum(row.waiting for row in awake),
            "promised": sum(1 for row in awake if row.case and row.case.promised_at),
            "late": sum(
                1 for row in awake if row.case and row.case.promised_at and row.case.promised_at < now
            ),
            "codes": [
                (one, remedy(one).words().title, n)
                for one, n in sorted(by_code.items(), key=lambda two: -two[1])
            ],
            "code": code,
            "whose": whose,
            "by": by,
            "clusters": clusters(),
            "incidents": Incident.objects.filter(resolved_at__isnull=True).order_by("opened_at"),
            "now": now,
        },
    )
