"""What the REST API shows of connections and issues."""

from typing import Any

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from connections import contracts, issues
from connections.exact import Budget, Window
from connections.models import Authorisation, Connection, Issue, Lane, Mailbox
from connections.remedies import remedy
from portal.api.fields import Moment, rfc3339


class IssueSerializer(serializers.Serializer[Issue]):
    id = serializers.CharField()
    code = serializers.CharField()
    title = serializers.CharField()
    cause = serializers.CharField()
    steps = serializers.ListField(child=serializers.CharField())
    who_acts = serializers.ChoiceField(["client", "firm", "helpdesk", "exact"])
    connection = serializers.CharField(allow_null=True)
    subject = serializers.CharField()
    count = serializers.IntegerField()
    opened_at = Moment()
    resolved_at = Moment(allow_null=True)
    waiting = serializers.IntegerField(help_text="Invoices that wait for this")


def issues_json(rows: list[Issue]) -> list[dict[str, Any]]:
    """Issues with their words, and how many invoices wait for each."""
    counts = issues.waiting(rows)
    found = []
    for row in rows:
        one = remedy(row.code)
        words = one.words(row.values)
        found.append(
            {
                "id": str(row.pk),
                "code": row.code,
                "title": words.title,
                "cause": words.cause,
                "steps": list(words.steps),
                "who_acts": one.who_acts,
                "connection": str(row.connection_id) if row.connection_id else None,
                "subject": row.subject,
                "count": row.count,
                "opened_at": rfc3339(row.opened_at),
                "resolved_at": rfc3339(row.resolved_at),
                "waiting": counts[row.pk],
            }
        )
    return found


class WindowSerializer(serializers.Serializer[Any]):
    limit = serializers.IntegerField()
    remaining = serializers.IntegerField()
    resets_at = Moment(allow_null=True)


class BudgetSerializer(serializers.Serializer[Any]):
    minute = WindowSerializer(allow_null=True)
    day = WindowSerializer(allow_null=True)


class DivisionSerializer(serializers.Serializer[Any]):
    code = serializers.IntegerField()
    name = serializers.CharField()
    kvk_number = serializers.CharField()
    matches = serializers.BooleanField(help_text="Its KVK number is the organisation's")


class ConnectionSerializer(serializers.Serializer[Any]):
    """What `connections_json` gives."""

    id = serializers.CharField()
    firm = serializers.CharField()
    organisation = serializers.CharField()
    status = serializers.ChoiceField(Connection.Status.choices)
    next_step = serializers.CharField(allow_null=True, help_text="authorise, choose_division, check")
    division = inline_serializer(
        "DivisionRef",
        {"code": serializers.IntegerField(), "name": serializers.CharField()},
        allow_null=True,
    )
    authorisation = inline_serializer(
        "AuthorisationRef",
        {"id": serializers.CharField(), "exact_user": serializers.CharField(), "expires_at": Moment()},
        allow_null=True,
    )
    mailbox = inline_serializer(
        "MailboxRef",
        {
            "address": serializers.CharField(),
            "status": serializers.ChoiceField(Mailbox.Status.choices),
        },
        allow_null=True,
    )
    mode = serializers.ChoiceField(Connection.Mode.choices)
    delivery = serializers.CharField(
        allow_null=True, help_text="mailbox, document; null: the installation's own"
    )
    auto_book_confidence = serializers.CharField(help_text="0.50 to 1.00")
    auto_book_from = serializers.DateField(allow_null=True)
    auto_book_limit = serializers.CharField(allow_null=True, help_text="Euros, with VAT")
    creates_suppliers = serializers.BooleanField()
    journal = serializers.CharField(allow_null=True)
    issues = IssueSerializer(many=True)
    budget = BudgetSerializer()
    last_success_at = Moment(allow_null=True)
    resumes_at = Moment(allow_null=True)
    created_at = Moment()
    updated_at = Moment()
    authorise_url = serializers.CharField(required=False, help_text="A link that a person opens once")
    expires_at = Moment(required=False, help_text="Of authorise_url")


def connections_json(rows: list[Connection]) -> list[dict[str, Any]]:
    """Connections as the contract shows them; four queries, however many rows."""
    keys = [row.pk for row in rows]
    mailboxes = {box.connection_id: box for box in Mailbox.objects.filter(connection__in=keys)}
    now = timezone.now()
    budgets = {
        lane.connection_id: Budget.from_json(lane.budget, minute_seconds=settings.EXACT_MINUTE_SECONDS).at(
            now
        )
        for lane in Lane.objects.filter(connection__in=keys)
        if lane.budget
    }
    users = {one.pk: one for one in Authorisation.objects.filter(connections__in=keys).distinct()}
    open_issues: dict[Any, list[Issue]] = {}
    for issue in Issue.objects.filter(contracts.concerning(rows), resolved_at__isnull=True).order_by(
        "opened_at"
    ):
        open_issues.setdefault(issue.connection_id or issue.subject, []).append(issue)
    words = {
        one["id"]: one for one in issues_json([issue for some in open_issues.values() for issue in some])
    }
    return [
        _connection_json(
            row,
            mailboxes.get(row.pk),
            budgets.get(row.pk),
            users.get(row.authorisation_id) if row.authorisation_id else None,
            [
                words[str(issue.pk)]
                for whose in (row.pk, contracts.of(row))
                for issue in open_issues.get(whose, [])
            ],
        )
        for row in rows
    ]


def _connection_json(
    row: Connection,
    mailbox: Mailbox | None,
    budget: Budget | None,
    user: Authorisation | None,
    found: list[dict[str, Any]],
) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "firm": str(row.firm_id),
        "organisation": str(row.organisation_id),
        "status": row.status,
        "next_step": row.next_step or None,
        "division": {"code": row.division, "name": row.division_name} if row.division is not None else None,
        "authorisation": {
            "id": str(user.pk),
            "exact_user": user.exact_user,
            "expires_at": rfc3339(user.expires_at),
        }
        if user
        else None,
        "mailbox": {"address": mailbox.address, "status": mailbox.status} if mailbox else None,
        "mode": row.mode,
        "delivery": row.delivery or None,
        "auto_book_confidence": str(row.auto_book_confidence),
        "auto_book_from": row.auto_book_from.isoformat() if row.auto_book_from else None,
        "auto_book_limit": str(row.auto_book_limit) if row.auto_book_limit is not None else None,
        "creates_suppliers": row.creates_suppliers,
        "journal": row.journal or None,
        "issues": found,
        "budget": {
            "minute": _window(budget.minute if budget else None),
            "day": _window(budget.day if budget else None),
        },
        "last_success_at": rfc3339(row.last_success_at),
        "resumes_at": rfc3339(row.resumes_at),
        "created_at": rfc3339(row.created_at),
        "updated_at": rfc3339(row.updated_at),
    }


def _window(known: Window | None) -> dict[str, Any] | None:
    """A window of the budget: as the lane last saw it, or full again when it is over."""
    if known is None:
        return None
    return {"limit": known.limit, "remaining": known.remaining, "resets_at": rfc3339(known.resets_at)}
