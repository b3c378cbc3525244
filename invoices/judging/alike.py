"""The invoices of an organisation that may be this one once more."""

import hashlib
from collections.abc import Iterable

from django.db import connections
from django.db.models import Q

from invoices.models import Invoice

MOST = 100  # that are looked at; more of a kind are one message all the same
_GONE = [Invoice.Status.DUPLICATE, Invoice.Status.UNREADABLE, Invoice.Status.UNROUTED]


def alike(
    invoice: Invoice,
    *,
    hashes: Iterable[str],
    numbers: Iterable[str],
    day_and_amount: str = "",
    inside: bool = False,
) -> list[Invoice]:
    """Others that share content, number, or day and amount; `inside`: or carry these bytes as their PDF. Two queries.

    First it waits for whoever judges one of them at this moment: two copies that come in by two doors together would
    otherwise not see each other, and both be booked.
    """
    hashes, numbers = list(filter(None, hashes)), list(filter(None, numbers))
    _wait_for_others(invoice, [*hashes, *numbers, *filter(None, [day_and_amount])])
    same = Q(content_hash__in=hashes)
    if numbers:
        same |= Q(number_normalised__in=numbers)
    if day_and_amount:
        same |= Q(day_and_amount=day_and_amount)
    if inside:
        same |= Q(picture_hash__in=hashes)
    found = Invoice.objects.filter(same, organisation=invoice.organisation).exclude(status__in=_GONE)
    found = found.exclude(pk=invoice.pk).select_related("document").defer("content", "findings", "candidates")
    return sorted(found[:MOST], key=lambda one: (one.created_at, one.pk))


def _wait_for_others(invoice: Invoice, keys: Iterable[str]) -> None:
    """Hold these keys until the transaction ends. Always in one order, so that no two wait for each other."""
    locks = sorted({_lock(f"{invoice.organisation_id} {key}") for key in keys})
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(key) FROM unnest(%s::bigint[]) AS key", [locks])


def _lock(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), signed=True)
