"""Clients: the list with their health at a glance, making one, and a client's own page."""

from collections import Counter
from typing import Any

from django import forms
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.db.models import CharField, Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Cast, Coalesce
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from connections import contracts
from connections.models import Connection, Issue, Lane, Mailbox, Supplier
from connections.pages import words as issue_words
from connections.pages.one import budget
from invoices import reasons
from invoices.deciding import client_approval
from invoices.models import ApprovalOrder, BookingRule, Invoice
from invoices.pages import rule_words
from invoices.pages.listing import HEAVY, WAITING, uuid
from invoices.proposing import backtest, habits
from portal.models import Membership, Organisation
from portal.web import FirmRequest, page, view_pages

PAGE = 50
MOST = 5000  # clients are counted no further
VIEWS = {
    "": gettext_lazy("All"),
    "active": gettext_lazy("Connected"),
    "blocked": gettext_lazy("Blocked"),
    "pending": gettext_lazy("Being connected"),
    "paused": gettext_lazy("Paused"),
    "none": gettext_lazy("Not connected"),
    "waiting": gettext_lazy("With waiting invoices"),
}


@page()
def listing(request: FirmRequest) -> HttpResponse:
    """All clients, by name."""
    view, q = request.GET.get("view", ""), request.GET.get("q", "").strip()
    found = searched(viewed(Organisation.objects.order_by("name", "pk"), view), q)
    shown = _from(request, found)
    return render(
        request,
        "invoices/clients.html",
        {
            "rows": health(shown[:PAGE]),
            "next": shown[PAGE - 1].pk if len(shown) > PAGE else None,
            "further": "after" in request.GET,
            "count": found.order_by()[:MOST].count(),
            "most": MOST,
            "view": view,
            "views": VIEWS.items(),
            "query": q,
            "saved": view_pages.saved(request, "clients"),
        },
    )


def _from(request: FirmRequest, found: QuerySet[Organisation]) -> list[Organisation]:
    """The page of clients after the one that the address names, and one more to know that there is a next page."""
    after = uuid(request.GET.get("after", ""))
    here = Organisation.objects.filter(pk=after).values_list("name", "pk").first() if after else None
    if here is not None:
        name, pk = here
        found = found.filter(Q(name__gt=name) | Q(name=name, pk__gt=pk), name__gte=name)
    return list(found[: PAGE + 1])


def viewed(found: QuerySet[Organisation], view: str) -> QuerySet[Organisation]:
    """Narrowed to a view of VIEWS."""
    live = Connection.objects.filter(organisation=OuterRef("pk")).exclude(status="disconnected")
    if view == "none":
        return found.filter(~Exists(live))
    if view == "waiting":
        return found.filter(Exists(Invoice.objects.filter(organisation=OuterRef("pk"), status__in=WAITING)))
    if view in Connection.Status.values:
        return found.filter(Exists(live.filter(status=view)))
    return found


def searched(found: QuerySet[Organisation], q: str) -> QuerySet[Organisation]:
    """Those whose name holds these letters, or whose number begins with them."""
    if not q:
        return found
    plain = "".join(c for c in q.upper() if c.isalnum())
    return found.filter(Q(name__icontains=q) | Q(kvk_number__startswith=plain) | Q(vat_number=plain))


def health(rows: list[Organisation]) -> list[dict[str, Any]]:
    """Each client with its connection, mailbox, waiting invoices, issues and budget: five queries for all of them."""
    keys = [row.pk for row in rows]
    connections = {
        one.organisation_id: one
        for one in Connection.objects.filter(organisation__in=keys).exclude(status="disconnected")
    }
    pks = [one.pk for one in connections.values()]
    mailboxes = {one.connection_id: one for one in Mailbox.objects.filter(connection__in=pks)}
    lanes = {one.connection_id: one for one in Lane.objects.filter(connection__in=pks)}
    waiting = dict(
        Invoice.objects.filter(organisation__in=keys, status__in=WAITING)
        .order_by()
        .values_list("organisation")
        .annotate(n=Count("*"))
    )
    issues = Counter(
        Issue.objects.filter(contracts.concerning(connections.values()), resolved_at__isnull=True)
        .annotate(whose=Coalesce(Cast("connection", CharField()), "subject"))
        .values_list("whose", flat=True)
    )
    shown = []
    for row in rows:
        connection = connections.get(row.pk)
        windows = budget(lanes.get(connection.pk)) if connection else []
        shown.append(
            {
                "client": row,
                "connection": connection,
                "mailbox": mailboxes.get(connection.pk) if connection else None,
                "waiting": waiting.get(row.pk, 0),
                "issues": issues[str(connection.pk)] + issues[contracts.of(connection)] if connection else 0,
                "day": windows[-1] if windows else None,
            }
        )
    return shown


class ClientForm(forms.ModelForm):
    """A client company."""

    class Meta:
        model = Organisation
        fields = ["name", "kvk_number", "vat_number", "iban"]
        help_texts = {
            "kvk_number": gettext_lazy("Eight digits. Invoices find this client by it."),
            "vat_number": gettext_lazy("Such as NL004495445B01; helps to tell whose an invoice is."),
            "iban": gettext_lazy("The client's own account, so that it is never taken for a supplier's."),
        }
        widgets = {"kvk_number": forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})}

    approves = forms.ChoiceField(
        label=gettext_lazy("The client approves its invoices"),
        required=False,
        choices=[("", gettext_lazy("never")), *ApprovalOrder.choices],
        help_text=gettext_lazy("Its people are asked here; invite them at Team with the role of client."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            self.fields["approves"].initial = client_approval.order_of(self.instance.pk)

    def save(self, commit: bool = True) -> Organisation:
        saved: Organisation = super().save(commit)
        client_approval.choose(saved, self.cleaned_data["approves"])
        return saved

    def clean_kvk_number(self) -> str:
        return "".join(self.cleaned_data["kvk_number"].split())


@page("connect")
def new(request: FirmRequest) -> HttpResponse:
    """Make a client; the next page offers to connect it."""
    form = ClientForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        saved = _saved(form)
        if saved is not None:
            messages.success(request, _("%(name)s is a client now.") % {"name": saved.name})
            return redirect("client", pk=saved.pk)
    return render(request, "invoices/client_form.html", {"form": form, "client": None})


@page("connect")
def edit(request: FirmRequest, pk: Any) -> HttpResponse:
    """Change what we know of a client."""
    client = get_object_or_404(Organisation.objects, pk=pk)
    name = client.name
    form = ClientForm(request.POST or None, instance=client)
    if request.method == "POST" and form.is_valid() and _saved(form) is not None:
        messages.success(request, _("Saved."))
        return redirect("client", pk=pk)
    return render(request, "invoices/client_form.html", {"form": form, "client": client, "name": name})


def _saved(form: ClientForm) -> Organisation | None:
    try:
        with transaction.atomic():
            return form.save()
    except IntegrityError:
        form.add_error("kvk_number", _("You have a client with this KVK number already."))
        return None


@page()
def show(request: FirmRequest, pk: Any) -> HttpResponse:
    """A client: its connection, what waits, its last invoices, its suppliers."""
    client = get_object_or_404(Organisation.objects, pk=pk)
    (row,) = health([client])
    connection = row["connection"]
    found = issue_words.shown(contracts.open_issues(connection)) if connection else []
    invoices = (
        Invoice.objects.filter(organisation=client)
        .select_related("organisation", "supplier", "booking")
        .defer(*HEAVY)
        .order_by("-created_at", "-id")[:15]
    )
    test = backtest.latest(connection) if connection else None
    return render(
        request,
        "invoices/client.html",
        {
            **row,
            "found": found,
            "rows": [
                {"invoice": one, "why": reasons.sentence(one.reason, one.reason_values) if one.reason else ""}
                for one in invoices
            ],
            "habits": _habits(connection) if connection else [],
            "rules": [
                {"rule": rule, **rule_words.said(rule)}
                for rule in BookingRule.objects.filter(connection=connection).order_by("position")[:10]
            ]
            if connection
            else [],
            "people": Membership.objects.filter(organisation=client).select_related("user")[:20],
            "test": test,
            "offered": connection is not None and test is None and backtest.possible(connection),
            "windows": budget(Lane.objects.filter(connection=connection).first()) if connection else [],
        },
    )


def _habits(connection: Connection) -> list[habits.Habit]:
    """Some of the suppliers; a page of their own has all."""
    found = Supplier.objects.filter(connection=connection, gone_at__isnull=True)
    return habits.of(connection, list(found.order_by("name")[:8]))
