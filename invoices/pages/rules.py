"""Booking rules: which there are, in which order; making and changing one, with what it would have changed."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from connections.models import Connection
from invoices.models import BookingRule
from invoices.pages import rule_words
from invoices.proposing import rule_keeping
from portal.amounts import AmountField
from portal.people import rights
from portal.web import FirmRequest, page
from portal.web.paging import uuid_of

MOST_CLIENTS = 20  # whose year a preview in a page looks through; each may have thousands of lines
SHOWN = 25  # changes of a preview
VERSIONS = 30
RULE_SAYS = ("name", "conditions", "actions")  # what going back to a version brings back

MONEY = ("amount_from", "amount_to", "total_from", "total_to")
DATES = ("date_from", "date_to")
BY_HAND = {"hold", "consents"}


def _text(label: Any, help_text: Any = "", **kwargs: Any) -> forms.CharField:
    return forms.CharField(label=label, help_text=help_text, required=False, max_length=120, **kwargs)


def _amount(label: Any) -> AmountField:
    return AmountField(label=label, required=False, decimal_places=2, max_digits=14)


class CodeField(forms.CharField):
    """A code of the ledger, found while typing: in the books of the client that the rule is for, or of all of them."""

    combo_with = "connection"  # the field whose value goes along

    def __init__(self, kind: str, **kwargs: Any) -> None:
        closed = {"aria-expanded": "false", "aria-autocomplete": "list", "autocomplete": "off"}
        widget = forms.TextInput(attrs={"role": "combobox", **closed})
        super().__init__(required=False, max_length=120, widget=widget, **kwargs)
        self.combo = reverse_lazy("rule-options", args=[kind])


def _day(label: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget)


class RuleForm(forms.Form):
    """A rule as people write it; `conditions()` and `actions()` are as `booking_rules` reads them."""

    name = forms.CharField(label=gettext_lazy("Name of the rule"), max_length=120)
    connection = forms.ModelChoiceField(
        Connection.everyones.none(), label=gettext_lazy("Holds for"), required=False
    )
    supplier_name = _text(gettext_lazy("Supplier's name contains"))
    supplier_kvk = _text(gettext_lazy("Supplier's KVK number"))
    supplier_vat = _text(gettext_lazy("Supplier's VAT number"))
    text = _text(gettext_lazy("Line holds these words"), gettext_lazy("In any order, capitals or not."))
    not_text = _text(gettext_lazy("Line holds none of these words"))
    amount_from = _amount(gettext_lazy("Line from (without VAT)"))
    amount_to = _amount(gettext_lazy("Line up to"))
    total_from = _amount(gettext_lazy("Invoice from (with VAT)"))
    total_to = _amount(gettext_lazy("Invoice up to"))
    date_from = _day(gettext_lazy("Invoice date from"))
    date_to = _day(gettext_lazy("Invoice date up to"))
    credit = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        required=False,
        choices=[
            ("", gettext_lazy("invoices and credit notes")),
            ("no", gettext_lazy("invoices only")),
            ("yes", gettext_lazy("credit notes only")),
        ],
    )
    account = CodeField(
        "gl_account",
        label=gettext_lazy("Ledger account"),
        help_text=gettext_lazy("Its code or name in Exact."),
    )
    rgs = _text(
        gettext_lazy("or RGS code"), gettext_lazy("Finds the account in charts that differ by client.")
    )
    vat_code = CodeField("vat_code", label=capfirst(gettext_lazy("VAT code")))
    cost_center = CodeField("cost_center", label=gettext_lazy("Cost centre"))
    cost_unit = CodeField("cost_unit", label=gettext_lazy("Cost unit"))
    project = _text(gettext_lazy("Project"))
    supplier = CodeField(
        "supplier",
        label=gettext_lazy("Book on relation"),
        help_text=gettext_lazy("The code of a collective supplier, such as “various suppliers”."),
    )
    spread = forms.ChoiceField(
        label=gettext_lazy("Spread over the invoiced period"),
        required=False,
        choices=[("", gettext_lazy("as learnt")), ("yes", gettext_lazy("yes")), ("no", gettext_lazy("no"))],
    )
    hold = forms.BooleanField(label=gettext_lazy("Somebody always looks at it"), required=False)
    consents = forms.BooleanField(
        label=gettext_lazy("May be booked by itself, though the supplier is new"), required=False
    )

    def __init__(self, *args: Any, clients: QuerySet[Connection], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["connection"]
        field.queryset = clients
        field.empty_label = _("all clients of the firm")
        field.label_from_instance = lambda one: one.organisation.name

    def groups(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """The fields as the page lays them out: what must be so, and what happens then."""
        when = ["supplier_name", "text", "supplier_kvk", "not_text", "supplier_vat", "credit", *MONEY, *DATES]
        then = ["account", "rgs", "vat_code", "cost_center", "cost_unit", "project", "supplier", "spread"]
        return [(_("If"), [self[name] for name in when]), (_("Then"), [self[name] for name in then])]

    def conditions(self) -> dict[str, Any]:
        said = self.cleaned_data
        supplier = {name: said[f"supplier_{name}"] for name in ("name", "kvk", "vat")}
        found: dict[str, Any] = {name: said[name] for name in ("text", "not_text") if said[name]}
        found |= {name: str(said[name]) for name in MONEY if said[name] is not None}
        found |= {name: said[name].isoformat() for name in DATES if said[name]}
        if any(supplier.values()):
            found["supplier"] = {name: value for name, value in supplier.items() if value}
        if said["credit"]:
            found["credit"] = said["credit"] == "yes"
        return found

    def actions(self) -> dict[str, Any]:
        said = self.cleaned_data
        names = ("account", "rgs", "vat_code", "cost_center", "cost_unit", "project", "supplier")
        found: dict[str, Any] = {name: said[name].strip() for name in names if said[name].strip()}
        if said["spread"]:
            found["spread"] = said["spread"] == "yes"
        return found | {name: True for name in BY_HAND if said[name]}

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not self.errors:
            if not self.conditions():
                raise forms.ValidationError(
                    _("Say when the rule holds: a supplier, words, an amount or a date.")
                )
            if not set(self.actions()) - {"consents"}:
                raise forms.ValidationError(
                    _(
                        "Say what the rule does: an account, a VAT code, a cost centre, or that somebody looks."
                    )
                )
        return said


def said_by(rule: BookingRule) -> dict[str, Any]:
    """A rule as the form's first values."""
    said = {**rule.conditions, **rule.actions, "name": rule.name, "connection": rule.connection_id}
    seller = rule.conditions.get("supplier") or {}
    said |= {f"supplier_{name}": seller.get(name, "") for name in ("name", "kvk", "vat")}
    said["supplier"] = rule.actions.get("supplier", "")
    said |= {name: Decimal(said[name]) for name in MONEY if said.get(name)}
    for name in ("credit", "spread"):
        if name in said:
            said[name] = "yes" if said[name] else "no"
    return said


def clients_of(request: FirmRequest) -> QuerySet[Connection]:
    """The connections a rule may be about, by the client's name."""
    found = Connection.objects.exclude(status="disconnected").select_related("organisation")
    return found.order_by("organisation__name")


@require_GET
@page()
def listing(request: FirmRequest) -> HttpResponse:
    """The firm's rules, then each client's: in the order in which they are asked."""
    found = BookingRule.objects.select_related("connection__organisation")
    groups: dict[Any, list[dict[str, Any]]] = {}
    for rule in found.order_by("connection__organisation__name", "position", "created_at"):
        groups.setdefault(rule.connection, []).append({"rule": rule, **rule_words.said(rule)})
    ordered = sorted(groups.items(), key=lambda one: one[0] is not None)
    return render(request, "invoices/rules/list.html", {"groups": ordered})


@page("connect")
def new(request: FirmRequest) -> HttpResponse:
    """A new rule; an invoice's page fills in its supplier."""
    first = {name: request.GET.get(name, "") for name in RuleForm.base_fields if name in request.GET}
    form = RuleForm(request.POST or None, initial=first, clients=clients_of(request))
    if request.method == "POST" and form.is_valid():
        saved = rule_keeping.save(
            None,
            connection=form.cleaned_data["connection"],
            actor=request.user,
            name=form.cleaned_data["name"],
            conditions=form.conditions(),
            actions=form.actions(),
        )
        messages.success(request, _("The rule is on. It counts from the next invoice on."))
        return redirect("rule", pk=saved.pk)
    return render(request, "invoices/rules/one.html", {"form": form, "rule": None})


@page()
def show(request: FirmRequest, pk: Any) -> HttpResponse:
    """One rule: what it says, what it said before, and taking back what it booked."""
    rule = get_object_or_404(BookingRule.objects.select_related("connection__organisation"), pk=pk)
    form = None
    if rights.may(request.member, "connect"):
        form = RuleForm(request.POST or None, initial=said_by(rule), clients=clients_of(request))
        form.fields["connection"].disabled = True  # a rule that moved would not be the rule that booked
    if request.method == "POST":
        if form is None:
            return render(request, "portal/refused.html", {"right": "connect"}, status=403)
        if form.is_valid():
            rule_keeping.save(
                rule,
                actor=request.user,
                name=form.cleaned_data["name"],
                conditions=form.conditions(),
                actions=form.actions(),
            )
            messages.success(request, _("Saved. It counts from the next invoice on."))
            return redirect("rule", pk=pk)
    today = timezone.localdate()
    start = today - timedelta(days=30)
    return render(
        request,
        "invoices/rules/one.html",
        {
            "form": form,
            "rule": rule,
            **rule_words.said(rule),
            "versions": [
                {
                    "version": one,
                    "same": all(getattr(one, name) == getattr(rule, name) for name in RULE_SAYS),
                    **rule_words.said(one),
                }
                for one in rule.versions.select_related("changed_by").order_by("-version")[:VERSIONS]
            ],
            "start": start,
            "today": today,
            "booked": len(rule_keeping.booked_by(rule, start, today)),
        },
    )


@require_POST
@page("connect")
def preview(request: FirmRequest) -> HttpResponse:
    """What the rule in the form would have changed in the last twelve months."""
    clients = clients_of(request)
    form = RuleForm(request.POST, clients=clients)
    known = uuid_of(request.POST.get("rule", ""))
    rule = (
        BookingRule.objects.select_related("connection__organisation").filter(pk=known).first()
        if known
        else None
    )
    if not form.is_valid():
        return render(request, "invoices/rules/preview.html", {"form": form})
    one = rule.connection if rule is not None else form.cleaned_data["connection"]
    asked = [one] if one else list(clients.filter(status="active")[:MOST_CLIENTS])
    found = rule_keeping.preview(asked, form.conditions(), form.actions())
    names = {str(client.pk): client.organisation.name for client in asked}
    changes = [
        {**change, "client": names.get(change["connection"], ""), "moves": rule_words.moves(change)}
        for change in found["changes"][:SHOWN]
    ]
    return render(
        request,
        "invoices/rules/preview.html",
        {
            "form": form,
            "found": found,
            "changes": changes,
            "clients": len(asked),
            "left_out": max(0, clients.filter(status="active").count() - len(asked)) if not one else 0,
        },
    )
