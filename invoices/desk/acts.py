"""What the helpdesk may do to a client. Every act asks first, names what it touches, and is recorded as ours.

An act is a function of the organisation, its connection and the form; it enters the scopes that it needs itself, for
some of them talk to Exact or send mail.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from django import forms
from django.contrib import messages
from django.core.mail import EmailMessage
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from connections import connecting, issues, lanes, mails, rechecks
from connections.desk import state
from connections.lanes import Priority
from connections.letter import Letter, letter
from connections.models import Chore, Connection, Issue
from connections.remedies.text import spoken
from invoices.desk import bundle
from portal.desk import cases
from portal.desk.pages import DeskRequest, page, render
from portal.models import Bundle, Organisation
from portal.tenancy import scope, staff


class Nothing(forms.Form):
    """An act that needs no more than a yes."""


class Mail(forms.Form):
    email = forms.EmailField(label=gettext_lazy("To"))
    language = forms.ChoiceField(
        label=gettext_lazy("Language"), choices=[("nl", "Nederlands"), ("en", "English")]
    )


class Question(forms.Form):
    question = forms.CharField(
        label=gettext_lazy("What should engineering find out?"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=4000,
    )


@dataclass
class On:
    """What an act is about. `user` is who does it; `said` goes on the screen afterwards."""

    user: Any
    organisation: Organisation
    stands: state.State
    values: dict[str, Any]
    said: list[str] = field(default_factory=list)
    goes_to: str = ""

    @property
    def connection(self) -> Connection:
        assert self.stands.connection is not None
        return self.stands.connection

    @property
    def firm_id(self) -> Any:
        return self.organisation.firm_id


@dataclass(frozen=True)
class Act:
    title: str | Promise
    touches: Callable[[state.State], list[str]]
    run: Callable[[On], None]
    form: type[forms.Form] = Nothing
    when: Callable[[state.State], bool] = lambda stands: stands.connection is not None


def _name(stands: state.State) -> str:
    assert stands.connection is not None
    one = stands.connection
    where = f" → {one.division_name} ({one.division})" if one.division else ""
    return _("The connection of %(who)s%(where)s") % {"who": one.organisation.name, "where": where}


def _what_waits(stands: state.State) -> str:
    n = stands.waiting
    return ngettext(
        "%(n)s invoice that waits; it goes on when nothing is in its way",
        "%(n)s invoices that wait; they go on when nothing is in their way",
        n,
    ) % {"n": n}


def _asks_exact(stands: state.State) -> list[str]:
    return [_name(stands), _("About twenty calls to Exact, of the client's own budget"), _what_waits(stands)]


# --- The doctor, and what waits ------------------------------------------------------------------------------


def _check(on: On) -> None:
    """Ask for the doctor; the table on the case fills in when it has been."""
    asked_at = timezone.now()
    with scope(on.firm_id):
        Chore.objects.filter(connection_id=on.connection.pk, kind="check").update(
            due_at=asked_at, attempts=0, priority=Priority.PERSON
        )
        lanes.wake(Connection.objects.get(pk=on.connection.pk))
    on.goes_to = f"?since={quote(asked_at.isoformat())}#checks"


def _recheck(on: On) -> None:
    """Ask again what every open issue is about, at once; what is mended lets go of what waited."""
    before = {one.issue.pk for one in on.stands.found}
    asked: set[Any] = set()
    for one in on.stands.found:
        probe = one.issue.connection_id if one.remedy.resolves == "probe" else one.issue.pk
        if probe not in asked:  # one run of the doctor answers for all issues that it can
            asked.add(probe)
            rechecks.recheck(on.firm_id, one.issue.pk)
    with scope(on.firm_id):
        left = Issue.objects.filter(pk__in=before, resolved_at__isnull=True).count()
    if not before:
        rechecks.examine_now(on.firm_id, on.connection.pk)
        on.said.append(_("No issue was open. Exact was asked everything once more."))
    elif left:
        on.said.append(
            ngettext("%(n)s issue is not mended yet.", "%(n)s issues are not mended yet.", left) % {"n": left}
        )
    else:
        on.said.append(_("Mended. What waited goes on by itself."))


def _retry(on: On) -> None:
    with scope(on.firm_id):
        for one in on.stands.found:
            issues.try_again(Issue.objects.get(pk=one.issue.pk))
        if on.stands.connection is not None:
            lanes.wake(Connection.objects.get(pk=on.connection.pk))
    on.said.append(_("It tries again now. What stops once more keeps its issue."))


# --- Somebody else must act ----------------------------------------------------------------------------------


def _link(on: On) -> None:
    """Mail a link to sign in at Exact. We do not see it: it is a key."""
    mails.invite(
        on.firm_id,
        on.connection.pk,
        on.values["email"],
        asked_by=on.user,
        language=on.values["language"],
    )
    on.said.append(
        _("The link is mailed to %(to)s. It works once; earlier ones stopped working.")
        % {"to": on.values["email"]}
    )


def _paper(connection: Connection, language: str) -> Letter:
    missing = [check["code"] for check in connection.checks if check["outcome"] == "missing"]
    user = connection.authorisation.exact_user if connection.authorisation else ""
    return letter(connection.organisation.name, connection.division, user, missing, language)


def _letter(on: On) -> None:
    language = spoken(on.values["language"])
    paper = _paper(on.connection, language)
    with translation.override(language):
        values = {"firm": on.organisation.firm.name, "organisation": on.organisation.name}
        text = render_to_string(f"mail/letter.{language}.txt", values).strip()
    subject, _nothing, body = text.partition("\n")
    mail = EmailMessage(subject=" ".join(subject.split()), body=body.strip() + "\n", to=[on.values["email"]])
    mail.attach(f"exact-{on.organisation.kvk_number}.pdf", paper.pdf(), "application/pdf")
    mail.send()
    on.said.append(_("The letter is mailed to %(to)s.") % {"to": on.values["email"]})


# --- Stop, go on, hand over ----------------------------------------------------------------------------------


def _pause(on: On) -> None:
    with scope(on.firm_id):
        moved = connecting.pause(Connection.objects.get(pk=on.connection.pk))
    on.said.append(_("Paused. Invoices keep coming in and wait.") if moved else _("It was not running."))


def _resume(on: On) -> None:
    with scope(on.firm_id):
        moved = connecting.resume(Connection.objects.select_related("organisation").get(pk=on.connection.pk))
    on.said.append(_("It goes on. What waited is worked off in order.") if moved else _("It was not paused."))


def _hand_over(on: On) -> None:
    with staff():
        question = on.values["question"]
        made = cases.hand_over(on.organisation, on.user, question, bundle.of(on.organisation, question))
    on.said.append(_("Handed over. The bundle stands at the case (%(id)s).") % {"id": str(made.pk)[-6:]})


def _whom(stands: state.State) -> list[str]:
    return [_name(stands), _("A mail to the address below, in the name of the firm")]


def _status(*names: str) -> Callable[[state.State], bool]:
    return lambda stands: stands.connection is not None and stands.connection.status in names


ACTS: dict[str, Act] = {
    "check": Act(gettext_lazy("Run the doctor"), _asks_exact, _check),
    "recheck": Act(gettext_lazy("Check again"), _asks_exact, _recheck),
    "retry": Act(
        gettext_lazy("Retry what waits"), lambda stands: [_what_waits(stands)], _retry,
        when=lambda stands: bool(stands.found),
    ),
    "link": Act(
        gettext_lazy("Send a link to sign in again"), _whom, _link, Mail,
        _status("pending", "active", "blocked", "paused"),
    ),
    "letter": Act(gettext_lazy("Send the letter"), _whom, _letter, Mail),
    "pause": Act(
        gettext_lazy("Pause"), lambda stands: [_name(stands), _("Nothing is booked until it is resumed")], _pause,
        when=_status("active", "blocked"),
    ),
    "resume": Act(
        gettext_lazy("Resume"), lambda stands: [_name(stands), _what_waits(stands)], _resume, when=_status("paused")
    ),
    "hand-over": Act(
        gettext_lazy("Hand over to engineering"),
        lambda stands: [
            _("One file with state, checks, issues, calls and timeline; redacted"),
            _("Nothing of the client's changes"),
        ],
        _hand_over, Question, when=lambda stands: True,
    ),
}  # fmt: skip


@page("cases/<uuid:pk>/do/<str:what>/", "act", scoped=False)
def act(request: DeskRequest, pk: Any, what: str) -> HttpResponse:
    """Ask, then do. GET changes nothing."""
    one = ACTS.get(what)
    if one is None:
        raise Http404
    with staff():
        organisation = get_object_or_404(Organisation.objects.select_related("firm"), pk=pk)
        stands = state.of(organisation)
        touches = [
            *(one.touches(stands) if one.when(stands) else []),
            _("Of %(firm)s") % {"firm": organisation.firm.name},
        ]
    back = reverse("helpdesk:case", args=[pk])
    if not one.when(stands):
        messages.warning(request, _("This cannot be done now: the connection is not in a state for it."))
        return redirect(back)
    form = one.form(request.POST or None, initial=_known(stands))
    if request.method != "POST" or (one.form is not Nothing and not form.is_valid()):
        return render(
            request,
            "helpdesk/sure.html",
            {"title": one.title, "touches": touches, "button": one.title, "back": back, "form": form},
        )
    on = On(request.user, organisation, stands, form.cleaned_data if form.is_valid() else {})
    try:
        one.run(on)
    except mails.TooManyMails:
        messages.error(request, _("This firm has had its links of the day mailed."))
        return redirect(back)
    except OSError as error:
        messages.error(request, _("The mail could not be sent: %(why)s.") % {"why": error})
        return redirect(back)
    if what != "hand-over":
        cases.done(organisation, request.user, what)
    for words in on.said:
        messages.success(request, words)
    return redirect(back + on.goes_to)


def _known(stands: state.State) -> dict[str, Any]:
    """What a form may start with."""
    authorisation = stands.connection.authorisation if stands.connection else None
    firm = stands.connection.firm if stands.connection else None
    return {
        "email": authorisation.email if authorisation else "",
        "language": spoken(firm.language if firm else "nl"),
    }


@page("cases/<uuid:pk>/letter/", "case-letter")
def letter_pdf(request: DeskRequest, pk: Any) -> HttpResponse:
    """The letter, to read out or to print."""
    stands = state.of(get_object_or_404(Organisation.objects, pk=pk))
    if stands.connection is None:
        raise Http404
    answer = HttpResponse(
        _paper(stands.connection, request.GET.get("language", "nl")).pdf(), content_type="application/pdf"
    )
    kvk = stands.connection.organisation.kvk_number
    answer["Content-Disposition"] = f'attachment; filename="exact-{kvk}.pdf"'
    return answer


@page("bundles/<uuid:pk>.json", "bundle")
def bundle_file(request: DeskRequest, pk: Any) -> HttpResponse:
    """The bundle as it was made."""
    made = get_object_or_404(Bundle.objects, pk=pk)
    answer = HttpResponse(
        json.dumps(made.content, indent=1, ensure_ascii=False), content_type="application/json"
    )
    answer["Content-Disposition"] = f'attachment; filename="case-{str(pk)[-6:]}.json"'
    return answer


@page("cases/<uuid:pk>/keep/", "keep")
def keep(request: DeskRequest, pk: Any) -> HttpResponse:
    """Our own administration of the case: a note, who has it, what was promised, a rest. Nothing of the client's."""
    organisation = get_object_or_404(Organisation.objects, pk=pk)
    back = redirect(reverse("helpdesk:case", args=[pk]) + "#desk")
    if request.method != "POST":
        return back
    what, text = request.POST.get("what", ""), request.POST.get("text", "").strip()
    hours = {"1": 1, "4": 4, "24": 24, "72": 72, "168": 168}.get(request.POST.get("hours", ""))
    until = timezone.now() + timedelta(hours=hours) if hours else None
    if what == "note" and text:
        cases.note(organisation, request.user, text)
    elif what == "assign":
        to = next((one for one in cases.colleagues() if str(one.pk) == request.POST.get("to")), None)
        cases.assign(organisation, request.user, to)
    elif what == "promise":
        cases.promise(organisation, request.user, until, text)
    elif what == "snooze" and (text or until is None):
        cases.snooze(organisation, request.user, until, text)
    else:
        messages.warning(request, _("Write down why, then it is kept."))
    return back
