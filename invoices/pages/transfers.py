"""Moving a client to another firm: the offer, the other side's yes, how far it is, and what was kept."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from connections.models import Connection
from invoices.models import Invoice, Transfer
from invoices.transfers import moving, offers
from portal import audit
from portal.models import Organisation
from portal.tenancy import scope
from portal.web import FirmRequest, page

COMES = (
    gettext_lazy("its invoices with their original files, proposals and timelines"),
    gettext_lazy("what Autopilot learnt: suppliers, habits, corrections, its own rules and thresholds"),
    gettext_lazy("the mirrored ledger, the connection's settings, and everything that waits"),
    gettext_lazy("open issues, mails received, and the calls made to Exact"),
)
STAYS = (
    gettext_lazy("consent at Exact: it was given to one firm, and the next signs in anew"),
    gettext_lazy("people: those of the client too are invited anew by the new firm"),
    gettext_lazy("rules of the whole firm; only the client's own come along"),
    gettext_lazy("links by which an invoice was shared: they show nothing any more"),
    gettext_lazy("access of partners, and the audit trail of what was done here"),
)
REFUSED: dict[str, str | Promise] = {
    "gone": gettext_lazy("This link was used, withdrawn, or is too old. Ask for a new one."),
    "not_for_you": gettext_lazy(
        "This link was made for somebody else's address. Sign in with the address that it was mailed to."
    ),
    "same_firm": gettext_lazy("This client is yours already. Open the link as the owner of the other firm."),
    "sandbox": gettext_lazy("A client of a firm that tries things in the sandbox moves to such a firm only."),
    "known_here": gettext_lazy(
        "You have a client with this KVK number already, with invoices or a connected administration. Two histories "
        "cannot be put together: end the connection of yours and keep both apart, or ask the helpdesk."
    ),
    "too_many": gettext_lazy("Enough clients were offered for today. Go on tomorrow."),
    "moving": gettext_lazy("This client is on its way already."),
    "failed": gettext_lazy("It could not be done, and nothing was changed. The helpdesk knows."),
}


class OfferForm(forms.Form):
    """For whom."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail address of an owner of the other firm"),
        required=False,
        help_text=gettext_lazy(
            "The link is mailed there and works for that person alone. Leave it empty to get a link that you hand "
            "over yourself."
        ),
    )


@page("manage")
def give(request: FirmRequest, pk: Any) -> HttpResponse:
    """What moves and what does not; the button makes the link, which is shown once."""
    client = get_object_or_404(Organisation.objects, pk=pk)
    form = OfferForm(request.POST or None)
    made: offers.Offer | None = None
    if request.method == "POST" and form.is_valid():
        try:
            made = offers.offer(request.firm, client, by=request.user, email=form.cleaned_data["email"])
        except offers.Refused as refused:
            form.add_error(None, str(REFUSED[refused.code]))
    open_one = Transfer.objects.filter(
        organisation_id=pk, side="giving", state="offered", expires_at__gt=timezone.now()
    ).first()
    return render(
        request,
        "invoices/transfers/give.html",
        {"client": client, "form": form, "made": made, "open": open_one, "comes": COMES, "stays": STAYS},
    )


@require_POST
@page("manage")
def withdraw(request: FirmRequest, pk: Any) -> HttpResponse:
    """The link ends."""
    made = get_object_or_404(Transfer.objects, pk=pk, side="giving")
    if offers.withdraw(made):
        messages.success(request, _("Withdrawn; the link no longer works."))
    else:
        messages.warning(request, _("It was accepted already, or has ended."))
    return redirect("transfer", pk=pk)


@require_GET
@page()
def listing(request: FirmRequest) -> HttpResponse:
    """Clients that came, went, or are offered."""
    rows = Transfer.objects.order_by("-created_at")[:200]
    return render(request, "invoices/transfers/list.html", {"rows": rows, "now": timezone.now()})


@require_GET
@page()
def show(request: FirmRequest, pk: Any) -> HttpResponse:
    """One move: how far it is, how it ended, and what was kept."""
    made = get_object_or_404(Transfer.objects.select_related("offered_by", "accepted_by"), pk=pk)
    here = Organisation.objects.filter(pk=made.organisation_id).first()
    stands_still = None
    if here is not None and made.side == "receiving" and made.state == "done":
        stands_still = Connection.objects.filter(
            organisation=here, issues__code="client_moved", issues__resolved_at__isnull=True
        ).first()
    return render(
        request,
        "invoices/transfers/part.html" if request.htmx else "invoices/transfers/one.html",
        {
            "made": made,
            "over": made.state == "offered"
            and made.expires_at is not None
            and made.expires_at <= timezone.now(),
            "here": here,
            "stands_still": stands_still,
            "why": REFUSED.get(made.reason, ""),
            "counts": _counts(made),
            "stays": STAYS,
        },
    )


def _counts(made: Transfer) -> list[tuple[str | Promise, int]]:
    """The rows that people know by name."""
    named = (
        ("invoices.invoice", gettext_lazy("invoices")),
        ("invoices.timelineevent", gettext_lazy("events on their timelines")),
        ("connections.supplier", gettext_lazy("suppliers")),
        ("connections.entry", gettext_lazy("entries of the mirrored ledger")),
        ("invoices.bookingrule", gettext_lazy("rules of its own")),
    )
    return [(label, made.counts[name]) for name, label in named if made.counts.get(name)]


@require_POST
@page("manage", scoped=False)
def export(request: FirmRequest, pk: Any) -> HttpResponse:
    """What the giving firm keeps of a client that left."""
    with scope(request.firm.pk):
        made = get_object_or_404(
            Transfer.objects, pk=pk, side="giving", state="done", exported_at__isnull=False
        )
        audit.record("transfer.exported", made)
    answer = StreamingHttpResponse(moving.kept(made), content_type="application/zip")
    answer["Content-Disposition"] = (
        f'attachment; filename="{made.kvk_number}-{made.exported_at:%Y-%m-%d}.zip"'
    )
    return answer  # type: ignore[return-value]


@page("manage", scoped=False)
def take(request: FirmRequest, token: str) -> HttpResponse:
    """Behind the link: which client, into which firm; the button takes it over."""
    try:
        giver, offered = offers.look(token, request.firm, request.user)
        if request.method == "POST":
            mine = offers.accept(token, request.firm, request.user)
            return redirect("transfer", pk=mine.pk)
    except offers.Refused as refused:
        status = 404 if refused.code == "gone" else 409
        with scope(request.firm.pk):
            return render(
                request, "invoices/transfers/take.html", {"why": REFUSED[refused.code]}, status=status
            )
    with scope(giver):
        invoices = Invoice.objects.filter(organisation=offered.organisation_id)[:10_001].count()
    with scope(request.firm.pk):
        ours = Organisation.objects.filter(kvk_number=offered.kvk_number).exists()
        return render(
            request,
            "invoices/transfers/take.html",
            {"offered": offered, "invoices": invoices, "ours": ours, "comes": COMES, "stays": STAYS},
        )
