"""Machines that work for the firm: partners' clients with what they may do, and the webhooks that tell them of it."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from portal import partners, webhooks
from portal.models import ApiCall, Grant, PartnerSecret, Webhook, WebhookDelivery
from portal.models.partners import SCOPES
from portal.tenancy import scope
from portal.web import FirmRequest, page
from portal.web.paging import newest, uuid_of


@require_GET
@page("manage")
def machines(request: FirmRequest) -> HttpResponse:
    """Who may work for this firm by machine."""
    rows = partners.grants()
    counts: dict[Any, int] = {}
    for one in Webhook.objects.filter(deleted_at__isnull=True).values_list("partner_id", flat=True):
        counts[one] = counts.get(one, 0) + 1
    return render(
        request,
        "portal/machines.html",
        {
            "rows": [
                {
                    "grant": row,
                    "use": getattr(row.partner, "use", None),
                    "hooks": counts.get(row.partner_id, 0),
                }
                for row in rows
            ],
            "scopes": [(name, partners.OidcAdapter.scope_display[name]) for name in SCOPES],
        },
    )


@require_POST
@page("manage", scoped=False)
def make(request: FirmRequest) -> HttpResponse:
    """A client of the firm's own; its secret is shown on the next page and never again."""
    name = request.POST.get("name", "").strip()[:200]
    scopes = [one for one in request.POST.getlist("scope") if one in SCOPES]
    if not name or not scopes:
        messages.error(request, _("Give it a name, and tick what it may do."))
        return redirect("machines")
    made = partners.create_partner(name, request.firm.pk, scopes)
    with scope(request.firm.pk):
        return render(request, "portal/machine_made.html", {"made": made, "name": name})


@page("manage")
def let_in(request: FirmRequest) -> HttpResponse:
    """Let a partner's software work for this firm: who it is and what it asks for, then the owner's yes.

    A partner sends owners here: `/machines/let-in/?client_id=…&scope=invoices:write+organisations:read`.
    """
    sent = request.POST if request.method == "POST" else request.GET
    partner = partners.partner_of(sent.get("client_id", "").strip())
    scopes = [one for one in SCOPES if one in " ".join(sent.getlist("scope")).split()]
    if partner is None:
        messages.error(request, _("There is no client with this id, or nothing is ticked."))
        return redirect("machines")
    known = Grant.objects.filter(partner=partner, revoked_at__isnull=True).first()
    if request.method == "POST" and scopes:
        partners.grant(partner, scopes, by=request.user)
        messages.success(request, _("%(name)s may work for this firm now.") % {"name": partner.name})
        return redirect("machines")
    asked = [(name, partners.OidcAdapter.scope_display[name], name in scopes) for name in SCOPES]
    return render(
        request, "portal/machine_let_in.html", {"partner": partner, "scopes": asked, "known": known}
    )


@require_GET
@page("manage")
def calls(request: FirmRequest, pk: Any) -> HttpResponse:
    """What a client asked for this firm lately, and how it was answered; never what was in it."""
    row = _granted(pk)
    found = ApiCall.objects.filter(partner=row.partner)
    if request_id := request.GET.get("request_id", "").strip():
        found = found.filter(request_id=request_id[:128])
    elif "wrong" in request.GET:
        found = found.filter(status__gte=400)
    shown = newest(request, found, 50)
    return render(request, "portal/machine_calls.html", {"row": row, "calls": shown.rows, "next": shown.next})


def _granted(pk: Any) -> Grant:
    return get_object_or_404(Grant.objects.select_related("partner"), pk=pk, revoked_at__isnull=True)


@require_POST
@page("manage")
def shut_out(request: FirmRequest, pk: Any) -> HttpResponse:
    """End a partner's access, at once."""
    row = _granted(pk)
    partners.revoke(row.partner)
    messages.success(request, _("The access of %(name)s has ended.") % {"name": row.partner.name})
    return redirect("machines")


@require_POST
@page("manage")
def new_secret(request: FirmRequest, pk: Any) -> HttpResponse:
    """A further secret for a client that serves this firm alone; the old one stays until it is ended."""
    row = _granted(pk)
    if partners.firms_of(row.partner) != [request.firm.pk]:
        raise Http404  # another party's software: its secrets are that party's
    PartnerSecret.objects.filter(partner=row.partner, ends_at__lt=timezone.now()).delete()
    secret = partners.new_secret(row.partner)
    made = partners.Credentials(str(row.partner.client_id), secret)
    return render(request, "portal/machine_made.html", {"made": made, "name": row.partner.name})


@require_GET
@page("manage")
def hooks(request: FirmRequest) -> HttpResponse:
    """Where events of this firm are sent."""
    rows = (
        Webhook.objects.filter(deleted_at__isnull=True)
        .select_related("partner")
        .order_by("partner__name", "created_at")
    )
    return render(
        request,
        "portal/hooks.html",
        {
            "rows": rows,
            "partners": [row.partner for row in partners.grants()],
            "tries": len(webhooks.GAPS) + 1,
            "days": round(sum(webhooks.GAPS) / 86_400),
            "seconds": settings.WEBHOOK_SECONDS,
        },
    )


@require_POST
@page("manage")
def hook_new(request: FirmRequest) -> HttpResponse:
    """A new webhook for a partner that may work here; its secret is shown once."""
    from portal.api.webhooks import WebhookSerializer

    partner = next(
        (row.partner for row in partners.grants() if str(row.partner_id) == request.POST.get("partner")), None
    )
    asked = WebhookSerializer(
        data={"url": request.POST.get("url", ""), "events": request.POST.get("events", "*").split()}
    )
    if partner is None or not asked.is_valid():
        messages.error(request, _("The address must be a public https address, and the events known ones."))
        return redirect("hooks")
    secret = webhooks.new_webhook_secret()
    row = Webhook.objects.create(partner=partner, secret=secret, **asked.validated_data)
    return render(request, "portal/hook_made.html", {"row": row, "secret": secret})


def _hook(pk: Any) -> Webhook:
    return get_object_or_404(Webhook.objects.select_related("partner"), pk=pk, deleted_at__isnull=True)


@require_GET
@page("manage")
def hook(request: FirmRequest, pk: Any) -> HttpResponse:
    """One webhook and what was sent to it."""
    row = _hook(pk)
    shown = newest(request, WebhookDelivery.objects.filter(webhook=row), 30)
    return render(request, "portal/hook.html", {"row": row, "deliveries": shown.rows, "next": shown.next})


@require_POST
@page("manage")
def hook_act(request: FirmRequest, pk: Any, what: str) -> HttpResponse:
    """Test it, switch it on or off, send again what failed, or take it away."""
    row = _hook(pk)
    if what == "test":
        webhooks.test(row)
        messages.success(request, _("A test event is on its way."))
    elif what in ("on", "off"):
        row.active, row.disabled_because = what == "on", ""
        row.save(update_fields=["active", "disabled_because", "updated_at"])
        messages.success(request, _("Saved."))
    elif what == "again":
        sent = webhooks.replay(
            WebhookDelivery.objects.filter(webhook=row, state=WebhookDelivery.State.FAILED)
        )
        messages.success(request, _("%(n)d events are sent again.") % {"n": sent})
    elif what == "one":
        keys = [key] if (key := uuid_of(request.POST.get("delivery", ""))) else []
        found = WebhookDelivery.objects.filter(webhook=row, pk__in=keys)
        sent = webhooks.replay(found.exclude(state=WebhookDelivery.State.WAITING))
        messages.success(request, _("%(n)d events are sent again.") % {"n": sent})
    elif what == "remove":
        row.active, row.deleted_at = False, timezone.now()
        row.save(update_fields=["active", "deleted_at", "updated_at"])
        messages.success(request, _("Taken away."))
        return redirect("hooks")
    else:
        raise Http404
    transaction.on_commit(webhooks.wake)
    return redirect("hook", pk=pk)
