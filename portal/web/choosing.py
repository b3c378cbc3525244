"""Choosing one client of hundreds: found while typing, so that a page does not carry the whole list."""

from collections.abc import Mapping

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from portal.models import Organisation
from portal.web import FirmRequest, page
from portal.web.paging import uuid_of

MOST = 12


@require_GET
@page()
def clients(request: FirmRequest) -> HttpResponse:
    """The first dozen clients that fit the letters typed so far, by name or KVK number."""
    found = Organisation.objects.order_by("name", "pk")
    for word in request.GET.get("q", "").split():
        found = found.filter(Q(name__icontains=word) | Q(kvk_number__startswith=word))
    rows = [
        {"value": str(row.pk), "text": row.name, "code": row.kvk_number, "name": row.name}
        for row in found[:MOST]
    ]
    return render(request, "portal/parts/options.html", {"rows": rows, "kind": "client"})


def chosen(given: Mapping[str, str]) -> Organisation:
    """The client of a form with `portal/parts/client_field.html`: as picked, else the one that goes by what was typed.

    Raises:
        Unclear: nothing was typed, or no client or more than one goes by it. Its words are for people.
    """
    picked, typed = uuid_of(given.get("organisation", "")), given.get("client", "").strip()
    which = Q(pk=picked) if picked else Q(name__iexact=typed) | Q(kvk_number=typed)
    found = Organisation.objects.filter(which)[:2]
    if len(found) != 1:
        raise Unclear(
            _(
                "No client, or more than one, goes by “%(typed)s”. Choose it from the list that appears while typing."
            )
            % {"typed": typed}
        )
    return found[0]


class Unclear(Exception):
    """It is not clear which client is meant."""
