"""One Exact sign-in, many clients: organisations beside administrations, connected in one go."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from connections import bulk
from connections.models import Authorisation
from connections.pages import words
from connections.remedies import remedy
from portal.models import Job
from portal.web import FirmRequest, job_pages, job_words, page
from portal.web.typed import number


@require_GET
@page("connect")
def sign_ins(request: FirmRequest) -> HttpResponse:
    """The Exact sign-ins of the firm, and what each may use."""
    live = Q(connections__isnull=False) & ~Q(connections__status="disconnected")
    rows = Authorisation.objects.exclude(status="superseded").annotate(
        clients=Count("connections", filter=live)
    )
    return render(request, "connections/sign_ins.html", {"rows": rows.order_by("exact_user")})


@page("connect")
def connect_many(request: FirmRequest, pk: Any) -> HttpResponse:
    """The pairs to look at; the button connects those that are ticked."""
    authorisation = get_object_or_404(Authorisation.objects, pk=pk, status="active")
    if request.method == "POST":
        chosen = [row for key in request.POST.getlist("pair") if (row := _chosen(request, key))]
        if not chosen:
            messages.warning(request, _("Tick at least one client."))
            return redirect("connect-many", pk=pk)
        job = bulk.start(authorisation, chosen, by=request.user)
        return redirect("connect-many-job", pk=job.pk)
    order = {"ready": 0, "choose": 1, "new": 2, "alone": 3, "no_kvk": 4, "blocked": 5, "connected": 6}
    pairs = sorted(bulk.lay_out(authorisation), key=lambda pair: order.get(pair.state, 9))
    rows = [{"key": str(number), "pair": pair} for number, pair in enumerate(pairs)]
    counts = {state: sum(1 for pair in pairs if pair.state == state) for state in order}
    return render(
        request,
        "connections/connect_many.html",
        {"authorisation": authorisation, "rows": rows, "counts": counts},
    )


def _chosen(request: FirmRequest, key: str) -> dict[str, Any] | None:
    division = number(request.POST.get(f"division-{key}", ""))
    if division is None:
        return None
    return {"organisation": request.POST.get(f"organisation-{key}") or None, "division": division}


@require_GET
@page("connect")
def under_way(request: FirmRequest, pk: Any) -> HttpResponse:
    """What became of each, checks and mailbox included; fills in by itself."""
    job = get_object_or_404(Job.objects, pk=pk, kind=bulk.KIND)
    lines = bulk.progress(job)
    rows = [
        {
            "line": line,
            "why": job_words.why(line.code, line.detail),
            "issues": [(code, remedy(code).words().title) for code in line.issues],
        }
        for line in lines
    ]
    unfinished = any(line.state in ("waiting", "checking") for line in lines)
    template = "connections/parts/many_rows.html" if request.htmx else "connections/many_job.html"
    return render(
        request,
        template,
        {**job_pages.about(job), "rows": rows, "unfinished": unfinished, "checks": words.CHECKS},
    )
