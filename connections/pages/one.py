"""A connection: how it is, how it books, and what a person can do about it."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from connections import connecting, contracts, forecast, lanes
from connections.lanes import Priority
from connections.letter import letter
from connections.models import Chore, Connection, Issue, Journal, Lane
from connections.pages import wizard, words
from portal.amounts import AmountField
from portal.models import Membership
from portal.people import rights
from portal.web import FirmRequest, page

PURCHASE_JOURNAL = 22


def one(request: FirmRequest, pk: Any) -> Connection:
    """The connection, if this member may see it."""
    found = Connection.objects.select_related("organisation", "authorisation", "mailbox")
    return get_object_or_404(rights.narrowed(request.member, found), pk=pk)


class How(forms.ModelForm):
    """How a connection books."""

    class Meta:
        model = Connection
        fields = [
            "mode",
            "auto_book_confidence",
            "auto_book_limit",
            "auto_book_from",
            "delivery",
            "journal",
            "creates_suppliers",
        ]
        widgets = {
            "mode": forms.RadioSelect,
            "auto_book_from": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }
        field_classes = {"auto_book_confidence": AmountField, "auto_book_limit": AmountField}
        help_texts = {
            "auto_book_confidence": gettext_lazy(
                "Between 0.50 and 1.00. Lower books more by itself; the back-test shows what it would have cost."
            ),
            "auto_book_limit": gettext_lazy(
                "Invoices above this amount always go past a person. Empty: no limit."
            ),
            "auto_book_from": gettext_lazy("Invoices dated earlier wait until you offer them again."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        journals = Journal.objects.filter(
            connection=self.instance, type=PURCHASE_JOURNAL, gone_at__isnull=True, blocked=False
        )
        choices = [("", _("Exact's first purchase journal")), *((one.code, str(one)) for one in journals)]
        self.fields["journal"] = forms.ChoiceField(
            label=self.fields["journal"].label, choices=choices, required=False
        )
        self.fields["delivery"] = forms.ChoiceField(
            label=self.fields["delivery"].label,
            choices=[("", _("As the installation does")), *Connection.Delivery.choices],
            required=False,
        )


@page(clients=True)
def show(request: FirmRequest, pk: Any) -> HttpResponse:
    """The page of a connection; its settings are saved here too."""
    row = one(request, pk)
    form = How(request.POST or None, instance=row) if rights.may(request.member, "connect") else None
    if request.method == "POST" and form is not None and form.is_valid():
        form.save()
        messages.success(request, _("Saved. It counts from the next invoice on."))
        return redirect("connection", pk=pk)
    found = words.shown(contracts.open_issues(row))
    lane = Lane.objects.filter(connection=row).first()
    return render(
        request,
        "connections/one.html",
        {
            "connection": row,
            "form": form,
            "found": found,
            "needs_sign_in": wizard.step_of(row) == "authorise",
            "checks": words.table(row.checks, found),
            "budget": budget(lane),
            "lane": lane,
            "forecast": forecast.of(row) if row.division is not None else None,
        },
    )


def budget(lane: Lane | None) -> list[dict[str, Any]]:
    """What Exact's limits leave: [{name, limit, remaining, used, resets_at}], for the windows that we have seen."""
    seen = lane.budget if lane else {}
    windows = []
    for name, label in (("minute", _("this minute")), ("day", _("today"))):
        window = seen.get(name)
        if not window or not window.get("limit"):
            continue
        resets_at = window.get("resets_at")
        moment = datetime.fromisoformat(resets_at) if resets_at else None
        over = moment is not None and moment <= timezone.now()
        left = window["limit"] if over else window["remaining"]
        share = left / window["limit"]
        windows.append(
            {
                "label": label,
                "limit": window["limit"],
                "remaining": left,
                "percent": round(share * 100),
                "tone": "bad" if share < 0.05 else "warn" if share < 0.2 else "good",
                "resets_at": None if over else moment,
            }
        )
    return windows


@require_POST
@page("connect")
def check(request: FirmRequest, pk: Any) -> HttpResponse:
    """Ask for the doctor; the table on the page fills in when it has been."""
    row = one(request, pk)
    asked_at = timezone.now()
    Chore.objects.filter(connection=row, kind="check").update(
        due_at=asked_at, attempts=0, priority=Priority.PERSON
    )
    lanes.wake(row)
    return _table(request, row, asked_at)


@require_GET
@page("connect")
def checks(request: FirmRequest, pk: Any) -> HttpResponse:
    """The doctor's table while it is being filled in."""
    try:
        asked_at = datetime.fromisoformat(request.GET.get("since", ""))
    except ValueError:
        asked_at = timezone.now()
    return _table(request, one(request, pk), asked_at)


def _table(request: FirmRequest, row: Connection, asked_at: datetime) -> HttpResponse:
    """The table; it asks for itself again until the doctor has been, or half a minute long."""
    found = words.shown(contracts.open_issues(row))
    waited = (timezone.now() - asked_at).total_seconds()
    newer = row.checked_at is not None and row.checked_at >= asked_at
    dead = any(one.remedy.area == "authorisation" and one.remedy.blocks_connection for one in found)
    return render(
        request,
        "connections/parts/checks.html",
        {
            "connection": row,
            "checks": words.table(row.checks, found),
            "looking": not newer and not dead and waited < 40,
            "late": not newer and not dead and waited >= 40,
            "dead": dead and not newer,
            "asked_at": asked_at.isoformat(),
        },
    )


@require_POST
@page("connect")
def act(request: FirmRequest, pk: Any, what: str) -> HttpResponse:
    """Pause, resume, stop booking, let it go on, disconnect."""
    row = one(request, pk)
    status = Connection.Status(row.status)
    if what == "pause" and status in (Connection.Status.ACTIVE, Connection.Status.BLOCKED):
        connecting.pause(row)
        messages.success(request, _("Paused. Invoices keep coming in and wait."))
    elif what == "resume" and status == Connection.Status.PAUSED:
        connecting.resume(row)
        messages.success(request, _("The connection goes on. What waited is worked off in order."))
    elif what in ("brake", "release"):
        Connection.objects.filter(pk=row.pk).update(brake=what == "brake", updated_at=timezone.now())
        messages.success(
            request,
            _("Booking is stopped for this client.")
            if what == "brake"
            else _("Booking goes on for this client."),
        )
    elif what == "disconnect" and status != Connection.Status.DISCONNECTED:
        connecting.disconnect(row)
        messages.success(request, _("Disconnected. The history stays; you can connect again at any time."))
        return redirect("client", pk=row.organisation_id)
    else:
        messages.warning(request, _("The connection is not in a state in which this can be done."))
    return redirect("connection", pk=pk)


@require_GET
@page("connect")
def letter_pdf(request: FirmRequest, pk: Any) -> HttpResponse:
    """The letter for whoever manages Exact at the client, about what is missing."""
    row = one(request, pk)
    missing = [check["code"] for check in row.checks if check["outcome"] == "missing"]
    user = row.authorisation.exact_user if row.authorisation else ""
    paper = letter(row.organisation.name, row.division, user, missing, request.GET.get("language", "nl"))
    answer = HttpResponse(paper.pdf(), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="exact-{row.organisation.kvk_number}.pdf"'
    return answer


def count_open(member: Membership) -> int:
    """The open issues that this member sees, counted to a hundred: how many other clients have is not a client's."""
    found = rights.narrowed(
        member, Issue.objects.filter(resolved_at__isnull=True), "connection__organisation_id"
    )
    return found.order_by()[:100].count()
