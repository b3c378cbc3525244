"""Pages of a firm: who is looking, for which firm, and what they may do there.

`@page("settle")` on a view means: somebody who is signed in, a member of a firm, with that right in it. Then
`request.firm` and `request.member` are there, and the whole view runs in the firm's scope, its rendering included.
A view that talks HTTP, or must commit in steps, says `scoped=False` and enters scopes itself.

A stranger's object is a 404, and so is a page that a client company's person has no business on (`clients=False`).
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

import structlog
from django.contrib.auth.views import redirect_to_login
from django.db import InternalError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control

from portal.lookups import ask
from portal.models import Firm, Membership, User, Viewing
from portal.people import rights, viewings
from portal.tenancy import in_scope, scope
from portal.web.typed import without_nul

SESSION_KEY = "firm"


class FirmRequest(HttpRequest):
    """A request to a page of a firm."""

    user: User  # a page is shown to nobody else
    firm: Firm
    member: Membership
    firms: list[UUID]
    viewing: Viewing | None  # somebody of the helpdesk looks along: reading only
    htmx: Any  # django-htmx's details
    form_targets: list[str]  # other origins that a form of this page ends at


View = Callable[..., HttpResponse]


def page(right: str = "see", *, clients: bool = False, scoped: bool = True) -> Callable[[View], View]:
    """A view of the firm's portal, for members with this right; `clients` lets client companies' people in."""

    def decorate(view: View) -> View:
        @wraps(view)
        def run(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            request.GET, request.POST = without_nul(request.GET), without_nul(request.POST)
            seen = viewings.firm_of(request)
            if seen is not None and request.method not in ("GET", "HEAD"):
                return render(request, "portal/only_reading.html", status=403)
            request.firms = (
                [seen] if seen else [firm_id for (firm_id,) in ask("firms_of_user", request.user.pk)]
            )
            if not request.firms:
                return redirect("no-firm")
            firm_id = seen or _chosen(request)
            structlog.contextvars.bind_contextvars(firm=str(firm_id))
            if not scoped:
                with scope(firm_id):
                    refused = _enter(request, right, clients)
                return refused or _finished(view(request, *args, **kwargs))

            def shown() -> HttpResponse:
                refused = _enter(request, right, clients)
                return refused or _finished(view(request, *args, **kwargs))

            try:
                return in_scope(firm_id, shown)
            except InternalError:
                if seen is None:
                    raise
                return render(request, "portal/only_reading.html", status=403)  # a page that also writes

        run.right, run.clients = right, clients  # type: ignore[attr-defined]  # read by the table of permissions
        return run

    return decorate


def _chosen(request: FirmRequest) -> UUID:
    """The firm that this person is working for now; the first of theirs until they choose another."""
    named = request.session.get(SESSION_KEY, "")
    return next((firm_id for firm_id in request.firms if str(firm_id) == named), request.firms[0])


def _enter(request: FirmRequest, right: str, clients: bool) -> HttpResponse | None:
    """Who is looking; a refusal, or None."""
    request.viewing = viewings.enter(request) if viewings.firm_of(request) else None
    if request.viewing is not None:
        request.member = request.viewing.member
    elif viewings.firm_of(request):
        return redirect("helpdesk:view-end")  # its time is over
    else:
        request.member = Membership.objects.select_related("firm").get(user_id=str(request.user.pk))
    request.member.user = request.user
    request.firm = request.member.firm
    if rights.is_client(request.member) and not clients:
        raise Http404
    if not rights.may(request.member, right):
        return render(request, "portal/refused.html", {"right": right}, status=403)
    return None


def _finished(response: HttpResponse) -> HttpResponse:
    """Rendered while the scope is open, and kept by no cache: pages show one firm's data."""
    if hasattr(response, "render") and not getattr(response, "is_rendered", True):
        response.render()
    patch_cache_control(response, private=True, no_store=True)
    return response
