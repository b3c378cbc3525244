"""What all firms should know now; written by the helpdesk (`portal.desk.announcements`)."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import get_language

from portal.models import Announcement


def current() -> QuerySet[Announcement]:
    """Those that count now, the newest first. Anybody may read them, in any scope."""
    now = timezone.now()
    running = Announcement.objects.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now), starts_at__lte=now)
    return running.order_by("-starts_at")


def said(rows: Iterable[Announcement]) -> list[dict[str, Any]]:
    """In the reader's language."""
    dutch = (get_language() or "nl").startswith("nl")
    return [
        {
            "row": row,
            "tone": row.tone,
            "title": row.title_nl if dutch else row.title_en,
            "text": row.text_nl if dutch else row.text_en,
        }
        for row in rows
    ]
