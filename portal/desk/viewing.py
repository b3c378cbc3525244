"""Looking along: a colleague sees a firm's pages as one of its people sees them.

Reading only, for a while, with a reason that the firm's owners are mailed before the first page is shown, and that
stands in the firm's own trail. Reading only is the database's doing: such a page's scope is a read-only transaction.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.mail import EmailMessage
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from portal import audit
from portal.desk.pages import DeskRequest, page, render
from portal.models import Firm, Membership, Viewing
from portal.people.viewings import SESSION_KEY
from portal.tenancy import scope, staff

LONGEST = (15, 30, 60)  # minutes


class Form(forms.Form):
    member = forms.ModelChoiceField(queryset=Membership.everyones.none(), empty_label=None)
    minutes = forms.TypedChoiceField(choices=[(one, f"{one} min") for one in LONGEST], coerce=int)
    reason = forms.CharField(max_length=300, min_length=8, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, firm: Firm, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people: forms.ModelChoiceField = self.fields["member"]  # type: ignore[assignment]
        people.queryset = Membership.objects.filter(firm=firm).select_related("user").order_by("role")
        people.label = _("As whom")
        self.fields["minutes"].label = _("How long")
        self.fields["reason"].label = _("Reason; the firm's owner reads it")


@page("firms/<uuid:pk>/view/", "view-as", scoped=False)
def begin(request: DeskRequest, pk: Any) -> HttpResponse:
    """Ask as whom, how long and why; tell the owners; then show the firm's pages."""
    with staff():
        firm = get_object_or_404(Firm.objects, pk=pk)
        form = Form(firm, request.POST or None, initial={"minutes": LONGEST[0]})
        owners = _owners(firm)
        valid = request.method == "POST" and form.is_valid()
        if not valid:
            values = {"form": form, "firm_seen": firm, "owners": owners}
            return render(request, "helpdesk/view_as.html", values)
        member = form.cleaned_data["member"]
    until = timezone.now() + timedelta(minutes=form.cleaned_data["minutes"])
    reason = form.cleaned_data["reason"]
    try:
        for email, language in owners:
            _tell(email, language, firm=firm, who=request.user, reason=reason, until=until)
    except OSError as error:
        messages.error(
            request, _("The owner could not be told (%(why)s), so nothing is shown.") % {"why": error}
        )
        return redirect("helpdesk:view-as", pk=pk)
    with scope(firm.pk):
        made = Viewing.objects.create(user=request.user, member=member, reason=reason, until=until)
        audit.record(
            "helpdesk.viewing_began", member, after={"role": member.role, "until": until}, words=reason
        )
    request.session[SESSION_KEY] = [str(firm.pk), str(made.pk)]
    return redirect("today")


@page("view/end/", "view-end", scoped=False)
def end(request: DeskRequest) -> HttpResponse:
    """Back to the helpdesk, by a button: an address that somebody else's page may hold ends nothing."""
    if request.method != "POST":
        return render(request, "helpdesk/view_end.html")
    kept = request.session.pop(SESSION_KEY, None)
    if kept:
        firm_id = UUID(kept[0])
        with scope(firm_id):
            now = timezone.now()
            mine = Viewing.objects.filter(pk=kept[1], user_id=str(request.user.pk), ended_at__isnull=True)
            if mine.update(ended_at=now):
                audit.record("helpdesk.viewing_ended", firm_id=firm_id)
        return redirect("helpdesk:firm", pk=firm_id)
    return redirect("helpdesk:index")


def _owners(firm: Firm) -> list[tuple[str, str]]:
    """(address, language) of everybody who owns the firm. Needs the staff scope."""
    found = Membership.objects.filter(firm=firm, role=Membership.Role.OWNER, user__is_active=True)
    return list(found.values_list("user__email", "user__language").order_by("user__email"))


def _tell(email: str, language: str, *, firm: Firm, who: Any, reason: str, until: Any) -> None:
    language = language if language in dict(settings.LANGUAGES) else "nl"
    with translation.override(language):
        values = {
            "firm": firm.name,
            "who": str(who),
            "reason": reason,
            "until": date_format(timezone.localtime(until), "j F Y H:i"),
        }
        text = render_to_string(f"mail/viewing.{language}.txt", values).strip()
    subject, _nothing, body = text.partition("\n")
    EmailMessage(subject=" ".join(subject.split()), body=body.strip() + "\n", to=[email]).send()
