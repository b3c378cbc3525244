"""Pages of long lists, newest first: «before this row», never «page 4,711»: the last costs what the first does."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest


@dataclass(frozen=True)
class Newest:
    """One page: its rows, and the `before` of the next; None at the end."""

    rows: list[Any]
    next: UUID | None
    first: bool


def newest(request: HttpRequest, found: QuerySet[Any], size: int = 50) -> Newest:
    """The page that `?before=<id>` asks for, by (created_at, id)."""
    found = found.order_by("-created_at", "-id")
    before = uuid_of(request.GET.get("before", ""))
    if before is not None:
        at = found.model.objects.filter(pk=before).values_list("created_at", flat=True).first()
        if at is not None:
            found = found.filter(Q(created_at__lt=at) | Q(created_at=at, pk__lt=before), created_at__lte=at)
    rows = list(found[: size + 1])
    more = len(rows) > size
    rows = rows[:size]
    return Newest(rows, rows[-1].pk if more else None, before is None)


def uuid_of(text: str) -> UUID | None:
    """An id in an address or a form; None for what is none."""
    try:
        return UUID(text)
    except ValueError:
        return None
