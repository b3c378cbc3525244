"""Whether the one who asks for a firm's page is a colleague of the helpdesk who looks along (`portal.desk.viewing`)."""

from typing import Any
from uuid import UUID

from django.db import connections
from django.utils import timezone

from portal.models import Viewing

SESSION_KEY = "viewing"


def firm_of(request: Any) -> UUID | None:
    """The firm that this browser looks along with, if it says so; `enter` finds out whether it still may."""
    kept = request.session.get(SESSION_KEY)
    return UUID(kept[0]) if kept and request.user.is_staff else None


def enter(request: Any) -> Viewing | None:
    """The viewing, when it is this person's and not over; from here on its transaction can only read. In the scope."""
    kept = request.session[SESSION_KEY]
    found = Viewing.objects.select_related("member__firm", "member__organisation").filter(
        pk=kept[1], user_id=str(request.user.pk), until__gt=timezone.now(), ended_at__isnull=True
    )
    viewing = found.first()
    if viewing is not None:
        with connections["default"].cursor() as cursor:
            cursor.execute("SET LOCAL transaction_read_only = on")
    return viewing
