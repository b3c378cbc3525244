"""What every template may use."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from portal import announcements
from portal.web import nav


def portal(request: HttpRequest) -> dict[str, Any]:
    """The firm and who works for it, on its pages; the sidebar is made only where a template shows it."""
    return {
        "mailbox_domain": settings.MAILBOX_DOMAIN,
        "firm": getattr(request, "firm", None),
        "member": getattr(request, "member", None),
        "announcements": SimpleLazyObject(
            lambda: announcements.said(announcements.current().filter(on_pages=True)[:3])
        ),
        "navigation": SimpleLazyObject(lambda: nav.shown(request)),
    }
