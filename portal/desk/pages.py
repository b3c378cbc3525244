"""A page of the helpdesk: who may see it, in which scope it runs, and where it stands in the menu.

`@page("board/", "board")` registers the view on the helpdesk's site, in the staff scope, its rendering included. A view
that acts in a firm, or talks HTTP, says `scoped=False` and enters the scopes that it needs itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render as django_render
from django.urls import path, reverse
from django.utils.cache import patch_cache_control
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.helpdesk import site
from portal.models import User
from portal.tenancy import staff


class DeskRequest(HttpRequest):
    """A request to a page of the helpdesk."""

    user: User  # a page is shown to nobody else
    htmx: Any


View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Item:
    """A line of the helpdesk's menu."""

    url: str
    label: str | Promise
    icon: str
    group: str | Promise = ""
    key: str = ""


MENU = (
    Item("index", _("Board"), "queue", key="b"),
    Item("codes", _("Fixes"), "hand", key="f"),
    Item("quality", _("Quality"), "chart", key="q"),
    Item("announcements", _("Announcements"), "bell", key="a"),
    Item("portal_organisation_changelist", _("Organisations"), "clients", _("Lists")),
    Item("connections_connection_changelist", _("Connections"), "link", _("Lists")),
    Item("connections_issue_changelist", _("Issues"), "issue", _("Lists")),
    Item("invoices_invoice_changelist", _("Invoices"), "invoice", _("Lists")),
    Item("portal_firm_changelist", _("Firms"), "team", _("Lists")),
    Item("connections_incident_changelist", _("Incidents"), "bolt", "Exact"),
    Item("connections_authorisation_changelist", _("Authorisations"), "key", "Exact"),
    Item("connections_call_changelist", _("Calls"), "switch", "Exact"),
)


def page(route: str, name: str, *, scoped: bool = True) -> Callable[[View], View]:
    """A view of the helpdesk's site at /helpdesk/<route>, called `helpdesk:<name>`."""

    def decorate(view: View) -> View:
        @wraps(view)
        def run(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
            refused = site.refusal(request)
            if refused is not None:
                return refused
            if not scoped:
                return _finished(view(request, *args, **kwargs))
            with staff():
                return _finished(view(request, *args, **kwargs))

        site.own.append(path(route, run, name=name))
        return run

    return decorate


def render(
    request: HttpRequest, template: str, values: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    """A page in the helpdesk's frame."""
    return django_render(request, template, {"menu": menu(request), **(values or {})}, status=status)


def menu(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups of the menu: [{title, items}]."""
    groups: dict[Any, list[dict[str, Any]]] = {}
    for item in MENU:
        url = reverse(f"helpdesk:{item.url}")
        here = request.path == url or (item.url != "index" and request.path.startswith(url))
        groups.setdefault(item.group, []).append(
            {"url": url, "label": item.label, "icon": item.icon, "key": item.key, "here": here}
        )
    return [{"title": title, "items": items} for title, items in groups.items()]


def _finished(response: HttpResponse) -> HttpResponse:
    """Rendered while the scope is open, and kept by no cache."""
    if hasattr(response, "render") and not getattr(response, "is_rendered", True):
        response.render()
    patch_cache_control(response, private=True, no_store=True)
    return response
