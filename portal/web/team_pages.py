"""The people of a firm: who works here, in which role, who was asked; and the page behind an invitation's link."""

from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from portal.models import Firm, Invitation, Membership, User
from portal.people import inviting
from portal.tenancy import scope
from portal.web import SESSION_KEY, FirmRequest, choosing, page

Role = Membership.Role
MEANING = {
    Role.OWNER: gettext_lazy("everything, the firm's people and settings too"),
    Role.BOOKKEEPER: gettext_lazy("clients, connections, invoices"),
    Role.VIEWER: gettext_lazy("looks at everything, changes nothing"),
    Role.CLIENT: gettext_lazy("sees and sends the invoices of one client"),
}
INVITED = "invitation"  # in the session: whose link brought this browser here


@require_GET
@page()
def team(request: FirmRequest) -> HttpResponse:
    """Everybody, and who was asked."""
    members = Membership.objects.select_related("user", "organisation").order_by("role", "user__email")
    return render(
        request,
        "portal/team.html",
        {
            "members": members,
            "asked": Invitation.objects.filter(accepted_at=None)
            .select_related("organisation")
            .order_by("email"),
            "roles": [(role, label, MEANING[Role(role)]) for role, label in Role.choices],
            "firm_roles": [choice for choice in Role.choices if choice[0] != Role.CLIENT],
            "now": timezone.now(),
        },
    )


@require_POST
@page("manage")
def invite(request: FirmRequest) -> HttpResponse:
    """Several at once, each gets a mail of their own."""
    good, bad = inviting.addresses(request.POST.get("emails", ""))
    good, later = good[: inviting.MOST], good[inviting.MOST :]
    role = request.POST.get("role", "")
    named = request.POST.get("organisation") or request.POST.get("client", "").strip()
    if role not in Role.values or (role == Role.CLIENT) != bool(named):
        messages.error(request, _("Choose a role; for a client's person, choose the client as well."))
        return redirect("team")
    try:
        organisation = choosing.chosen(request.POST) if named else None
    except choosing.Unclear as unclear:
        messages.error(request, str(unclear))
        return redirect("team")
    try:
        invited = inviting.invite(request.firm, good, role, organisation=organisation, by=request.user)
    except inviting.TooManyInvitations as refused:
        said = _(
            "Nobody was invited: a firm may have %(most)d invitations mailed in a day, and of those %(left)d are left. "
            "Invite fewer people, or go on tomorrow."
        )
        messages.error(request, said % {"most": settings.INVITATIONS_A_DAY, "left": refused.left})
        return redirect("team")
    if invited:
        said = ngettext("%(n)d person was invited.", "%(n)d people were invited.", len(invited)) % {
            "n": len(invited)
        }
        messages.success(request, said)
    if bad:
        messages.warning(request, _("Not an e-mail address: %(what)s") % {"what": ", ".join(bad[:5])})
    if later:
        said = _(
            "At most %(most)d are invited at once. Not invited yet: %(first)s and all after it, %(n)d in all."
        )
        messages.warning(request, said % {"most": inviting.MOST, "first": later[0], "n": len(later)})
    if len(good) > len(invited):
        messages.info(request, _("Who works here already was not invited again."))
    return redirect("team")


@require_POST
@page("manage")
def withdraw(request: FirmRequest, pk: Any) -> HttpResponse:
    get_object_or_404(Invitation.objects, pk=pk, accepted_at=None).delete()
    messages.success(request, _("Withdrawn; the link no longer works."))
    return redirect("team")


@require_POST
@page("manage")
def role(request: FirmRequest, pk: Any) -> HttpResponse:
    """Another role for a member."""
    member = get_object_or_404(Membership.objects.exclude(role=Role.CLIENT), pk=pk)
    wanted = request.POST.get("role", "")
    if wanted in Role.values and wanted != Role.CLIENT:
        try:
            inviting.change_role(member, wanted)
            messages.success(request, _("Saved."))
        except inviting.LastOwner:
            messages.error(request, _("A firm keeps at least one owner. Make somebody else an owner first."))
    return redirect("team")


@require_POST
@page("manage")
def remove(request: FirmRequest, pk: Any) -> HttpResponse:
    """A member goes."""
    member = get_object_or_404(Membership.objects, pk=pk)
    try:
        inviting.leave(member)
        messages.success(request, _("Removed. What they did stays in the history."))
    except inviting.LastOwner:
        messages.error(request, _("A firm keeps at least one owner. Make somebody else an owner first."))
    return redirect("team")


@require_POST
@page(clients=True)
def leave(request: FirmRequest) -> HttpResponse:
    """Somebody leaves the firm by themselves."""
    try:
        inviting.leave(Membership.objects.get(pk=request.member.pk))
    except inviting.LastOwner:
        messages.error(request, _("You are the last owner. Make somebody else an owner first."))
        return redirect("account")
    request.session.pop(SESSION_KEY, None)
    messages.success(request, _("You left %(firm)s.") % {"firm": request.firm.name})
    return redirect("firms")


def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Behind the link of the mail: what it is; the button takes the place, for the person that it was mailed to."""
    found = inviting.find(token)
    if found is None:
        return render(request, "portal/invitation.html", {"gone": True}, status=404)
    firm_id, invitation_id = found
    with scope(firm_id):
        row = Invitation.objects.get(pk=invitation_id)
        firm = Firm.objects.get(pk=firm_id)
    here = reverse("invitation", args=[token])
    about = {"row": row, "invited_to": firm, "here": here}
    if isinstance(request.user, User):
        if not request.user.has_address(row.email):
            return render(request, "portal/invitation.html", {**about, "other": True}, status=403)
        if request.method == "POST" and inviting.accept(firm_id, invitation_id, request.user):
            request.session[SESSION_KEY] = str(firm_id)
            return redirect("today")
    known = User.objects.filter(email=row.email).exists()
    if not request.user.is_authenticated:
        # The link came by mail to this address: that it is theirs is shown, and signing up asks it no more.
        get_adapter(request).stash_verified_email(request, row.email)
        request.session[INVITED] = token
    return render(request, "portal/invitation.html", {**about, "known": known})
