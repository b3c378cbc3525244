"""How a client's invoices come in: who may mail them, what came by mail and what became of it, answers to suppliers."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from invoices.channels import answers, mail, senders
from invoices.models import ChannelSettings, MailMessage, MailSender
from portal.models import Organisation
from portal.web import FirmRequest, page

MAILS = 50
REASONS = {
    **answers.REASONS,
    "sender_not_authentic": gettext_lazy(
        "It could not be proven that this mail is from its sender (DMARC failed)."
    ),
    "thrown_away": gettext_lazy("Somebody threw it away."),
}


class Settings(forms.ModelForm):
    """How a client receives."""

    class Meta:
        model = ChannelSettings
        fields = ["listed_only", "contact", "responds"]
        help_texts = {
            "listed_only": gettext_lazy("Mail from others is refused, with a friendly answer."),
            "contact": gettext_lazy("Empty: whoever sent the mail, if that is certain."),
            "responds": gettext_lazy("Received, booked, rejected and paid; only for invoices by Peppol."),
        }


@require_GET
@page()
def show(request: FirmRequest, pk: Any) -> HttpResponse:
    """The addresses, the list of senders, the settings, and the last mails."""
    client = get_object_or_404(Organisation.objects, pk=pk)
    mails = MailMessage.objects.filter(organisation=client).defer("raw").order_by("-created_at")[:MAILS]
    domain = settings.INBOUND_MAIL_DOMAIN
    return render(
        request,
        "invoices/ways_in.html",
        {
            "client": client,
            "address": f"{client.kvk_number}@{domain}" if domain else "",
            "form": Settings(instance=ChannelSettings.objects.filter(organisation=client).first()),
            "senders": MailSender.objects.filter(organisation=client).order_by("address"),
            "states": MailSender.State.choices,
            "mails": [(one, REASONS.get(one.reason, one.reason)) for one in mails],
        },
    )


@require_POST
@page("connect")
def save(request: FirmRequest, pk: Any) -> HttpResponse:
    """Keep the settings."""
    client = get_object_or_404(Organisation.objects, pk=pk)
    row = ChannelSettings.objects.filter(organisation=client).first() or ChannelSettings(organisation=client)
    form = Settings(request.POST, instance=row)
    if form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
    else:
        messages.error(request, _("This is not an e-mail address."))
    return redirect("ways-in", pk=pk)


@require_POST
@page("connect")
def list_sender(request: FirmRequest, pk: Any) -> HttpResponse:
    """Put an address or a domain on the list, in a state; one that is there already gets the state. Empty: off it."""
    client = get_object_or_404(Organisation.objects, pk=pk)
    address = senders.listed(request.POST.get("address", ""))
    state = request.POST.get("state", MailSender.State.ACTIVE)
    if not address or state not in ("", *MailSender.State.values):
        messages.error(request, _("Write an address, or @ and a domain: @drukkerij.nl"))
    elif not state:
        MailSender.objects.filter(organisation=client, address=address).delete()
        messages.success(request, _("%(address)s is off the list.") % {"address": address})
    else:
        MailSender.objects.update_or_create(
            organisation=client, address=address, defaults={"state": MailSender.State(state)}
        )
        messages.success(request, _("Saved."))
    return redirect("ways-in", pk=pk)


@require_POST
@page("settle", scoped=False)
def decide(request: FirmRequest, pk: Any, mail_id: Any, what: str) -> HttpResponse:
    """A person says what becomes of a mail that is held or was refused."""
    acts = {"take": mail.vouch, "away": mail.throw_away}
    if what not in acts:
        raise Http404
    if acts[what](request.firm.pk, pk, mail_id):
        messages.success(request, _("Saved."))
    else:
        messages.info(request, _("This mail was dealt with already."))
    return redirect("ways-in", pk=pk)
