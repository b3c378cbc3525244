"""Connecting a client, step by step; leaving and coming back goes on where it stood.

prepare → (Exact's own pages) → choose the administration → checks → on
"""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from connections import authorisations, connecting, consents, contracts, issues
from connections.models import Authorisation, Chore, Connection
from connections.pages import words
from connections.remedies import remedy
from connections.sites import site
from portal.models import Organisation
from portal.tenancy import scope
from portal.web import FirmRequest, page
from portal.web.typed import number

STEPS = ("authorise", "choose_division", "check", "on")


@require_POST
@page("connect")
def start(request: FirmRequest, pk: Any) -> HttpResponse:
    """Make the connection of an organisation, or go on with the one it has."""
    organisation = get_object_or_404(Organisation.objects, pk=pk)
    connection = Connection.objects.filter(organisation=organisation).exclude(status="disconnected").first()
    if connection is None:
        try:
            with transaction.atomic():
                connection = connecting.connect(organisation)
        except IntegrityError:  # pressed twice
            connection = Connection.objects.exclude(status="disconnected").get(organisation=organisation)
    return redirect("connect", pk=connection.pk)


@require_GET
@page("connect")
def connect(request: FirmRequest, pk: Any) -> HttpResponse:
    """The step at which this connection stands."""
    connection = _one(pk)
    step = step_of(connection)
    exact = urlsplit(site(connection.site).base_url)
    request.form_targets = [f"{exact.scheme}://{exact.netloc}"]
    return render(
        request,
        "connections/connect.html",
        {
            "connection": connection,
            "step": step,
            "steps": STEPS,
            "exact": exact.netloc,
            **_about(connection, step),
        },
    )


def step_of(connection: Connection) -> str:
    """Where connecting stands, in the words of STEPS."""
    if connection.authorisation_id is None or connection.authorisation.status != "active":  # type: ignore[union-attr]
        return "authorise"
    blocking = issues.blocking(connection.pk)
    if any(remedy(issue.code).area == "authorisation" for issue in blocking):
        return "authorise"  # Exact refuses the token, though nobody has tried to renew it yet
    if connection.division is None and any(issue.code in authorisations.LIMITED for issue in blocking):
        return "authorise"  # as another user
    if connection.division is None:
        return "choose_division"
    return "on" if connection.status == Connection.Status.ACTIVE else "check"


def _one(pk: Any) -> Connection:
    found = Connection.objects.select_related("organisation", "authorisation", "mailbox")
    return get_object_or_404(found.exclude(status="disconnected"), pk=pk)


def _about(connection: Connection, step: str) -> dict[str, Any]:
    """What one step shows besides the connection."""
    if step == "authorise":
        kvk = connection.organisation.kvk_number
        known = Authorisation.objects.filter(site=connection.site, status="active").order_by("exact_user")
        stands = connection.issues.filter(code__in=authorisations.LIMITED, resolved_at__isnull=True)
        return {
            "limited": words.shown(stands),
            "known": [one for one in known if any(row["kvk"].strip() == kvk for row in one.divisions)],
            "others": sum(1 for one in known),
        }
    if step == "choose_division":
        why = connection.issues.filter(code="division_taken", resolved_at__isnull=True)
        return {"divisions": connecting.divisions_for(connection), "found": words.shown(why)}
    return _progress(connection)


def _progress(connection: Connection) -> dict[str, Any]:
    found = words.shown(contracts.open_issues(connection))
    mirror = Chore.objects.filter(connection=connection, kind="mirror").first()
    return {
        "found": found,
        "blocking": [one for one in found if one.remedy.blocks_connection],
        "checks": words.table(connection.checks, found),
        "filled": bool(connection.cursors.get("filled")),
        "tomorrow": mirror is not None and mirror.error == "budget_learning",
        "looking": connection.checked_at is None,
    }


@require_GET
@page("connect")
def progress(request: FirmRequest, pk: Any) -> HttpResponse:
    """The part of the page that fills in while Exact answers; tells the page when a step is over."""
    connection = _one(pk)
    step = step_of(connection)
    answer = render(
        request,
        "connections/parts/progress.html",
        {"connection": connection, "step": step, **_progress(connection)},
    )
    if step != request.GET.get("step"):
        answer["HX-Refresh"] = "true"
    return answer


@require_POST
@page("connect", scoped=False)
def to_exact(request: FirmRequest, pk: Any) -> HttpResponse:
    """Sign in at Exact in this browser: a link of one use, used at once."""
    with scope(request.firm.pk):
        connection = _one(pk)
        link = consents.invite(connection, site_key=connection.site, asked_by=request.user)
    url, browser = consents.begin(link.token)
    answer = HttpResponseRedirect(url)
    answer.set_cookie(
        consents.BROWSER_COOKIE,
        browser,
        max_age=int(consents.TRIP.total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return answer


@require_POST
@page("connect")
def invite(request: FirmRequest, pk: Any) -> HttpResponse:
    """A link for somebody else, who has the client's Exact sign-in; shown to be copied or mailed."""
    connection = _one(pk)
    link = consents.invite(connection, site_key=connection.site, asked_by=request.user)
    return render(request, "connections/parts/link.html", {"link": link, "connection": connection})


@require_POST
@page("connect")
def over_known(request: FirmRequest, pk: Any) -> HttpResponse:
    """Connect over an Exact sign-in that the firm has already: nobody signs in again."""
    connection = _one(pk)
    authorisation = get_object_or_404(
        Authorisation.objects, pk=request.POST.get("authorisation"), status="active", site=connection.site
    )
    connecting.authorised(connection, authorisation)
    return redirect("connect", pk=connection.pk)


REFUSED = {
    "division_unknown": gettext_lazy("The Exact user may not use this administration."),
    "division_taken": gettext_lazy(
        "This administration is connected already, to another client or by another firm."
    ),
}


@require_POST
@page("connect")
def choose(request: FirmRequest, pk: Any) -> HttpResponse:
    """The administration, chosen by a person; one with another KVK number must be confirmed."""
    connection = _one(pk)
    code = number(request.POST.get("division", ""))
    if code is None:
        messages.error(request, _("Choose an administration, or type its number."))
        return redirect("connect", pk=pk)
    try:
        connecting.choose(connection, code, confirmed=request.POST.get("confirmed") == "1")
    except connecting.DivisionRefused as refused:
        if refused.code == "division_other_kvk":
            shown = (one for one in connecting.divisions_for(connection) if one["code"] == code)
            row = next(shown, {"code": code})  # Exact does not always show us its name and number
            return render(
                request, "connections/other_kvk.html", {"connection": connection, "row": row}, status=409
            )
        messages.error(request, str(REFUSED.get(refused.code, refused.code)))
    return redirect("connect", pk=pk)
