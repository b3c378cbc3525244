"""Long work as pages: what runs, how far it is, and what became of each row. Closing the page changes nothing."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from portal.models import Job
from portal.web import FirmRequest, job_words, page
from portal.web.paging import newest
from portal.web.sheets import csv_file

KINDS = {
    "organisations": _("Clients from a file"),
    "connections": _("Connecting many clients"),
    "backtest": _("Back-test"),
    "undo_rule": _("Undo of a rule"),
    "clients-check": _("Checking many clients"),
    "clients-pause": _("Pausing many clients"),
    "clients-resume": _("Resuming many clients"),
    "clients-mode-autopilot": _("Autopilot for many clients"),
    "clients-mode-suggest": _("Proposing only, for many clients"),
    "clients-mode-mailbox": _("Delivering only, for many clients"),
}
SHOWN = 500


def about(job: Job) -> dict[str, Any]:
    """A job as a page shows it."""
    done = len(job.rows)
    failed, left = (sum(1 for row in job.rows if row.get("status") == one) for one in ("failed", "left"))
    return {
        "job": job,
        "title": KINDS.get(job.kind, job.kind),
        "done": done,
        "failed": failed,
        "left": left,
        "percent": round(100 * done / job.total) if job.total else 100,
        "running": job.state in (Job.State.WAITING, Job.State.RUNNING),
    }


@require_GET
@page()
def listing(request: FirmRequest) -> HttpResponse:
    """What was asked for, newest first."""
    shown = newest(request, Job.objects.exclude(kind__endswith="-draft").select_related("started_by"), 30)
    return render(
        request, "portal/jobs.html", {"rows": [about(job) for job in shown.rows], "next": shown.next}
    )


@require_GET
@page()
def show(request: FirmRequest, pk: Any) -> HttpResponse:
    """One job; its part of the page asks again while it runs."""
    job = get_object_or_404(Job.objects, pk=pk)
    rows = [
        {
            "row": row,
            "asked": job.asked[position] if position < len(job.asked) else {},
            "outcome": job_words.outcome(row),
        }
        for position, row in enumerate(job.rows[:SHOWN])
    ]
    template = "portal/parts/job.html" if request.htmx else "portal/job.html"
    return render(request, template, {**about(job), "rows": rows, "more": max(0, len(job.rows) - SHOWN)})


@require_GET
@page()
def failed(request: FirmRequest, pk: Any) -> HttpResponse:
    """The rows that failed, with the reason, as CSV."""
    job = get_object_or_404(Job.objects, pk=pk)
    names = sorted({name for row in job.asked if isinstance(row, dict) for name in row})
    rows = [
        [
            *(asked.get(name, "") for name in names),
            job_words.why(row.get("code", ""), row.get("detail", "")),
        ]
        for asked, row in zip(job.asked, job.rows, strict=False)
        if row.get("status") == "failed"
    ]
    return csv_file(f"{job.kind}-failed.csv", [*names, "reason"], rows)
