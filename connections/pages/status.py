"""The public status page: whether Exact answers, what we announced, and what is over. It names no firm."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from connections import incidents
from connections.models import Incident
from portal import announcements
from portal.models import Announcement, Installation

SHOWN = timedelta(days=30)


@require_GET
def status(request: HttpRequest) -> HttpResponse:
    """For everybody, signed in or not."""
    now = timezone.now()
    running = announcements.said(announcements.current()[:20])
    ill = list(Incident.objects.filter(resolved_at__isnull=True, code=incidents.ILL).order_by("opened_at"))
    over = Incident.objects.filter(resolved_at__gte=now - SHOWN, code=incidents.ILL).order_by("-resolved_at")
    past = Announcement.objects.filter(ends_at__lte=now, ends_at__gte=now - SHOWN).order_by("-ends_at")
    braked = Installation.braked()
    tones = [one["tone"] for one in running]
    tone = "bad" if "bad" in tones else "warn" if ill or braked or "warn" in tones else "good"
    return render(
        request,
        "connections/status.html",
        {
            "now": now,
            "tone": tone,
            "running": running,
            "ill": ill,
            "braked": braked,
            "over": over[:20],
            "past": announcements.said(past[:20]),
        },
    )
