"""What the helpdesk's box finds of invoices: by number, by a partner's own reference, by id."""

from collections.abc import Iterable

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy

from connections.normal import normalise_number
from invoices.models import Invoice
from portal.desk.finding import MOST, Hit, Words, register

SHOWN = ("number", "seller_name", "status", "total", "currency", "organisation__name", "firm__name")


def _invoices(words: Words) -> Iterable[Hit]:
    """A number is found however it was punctuated."""
    where = Q()
    number = normalise_number(words.text)
    if number and "@" not in words.text:
        where |= Q(number_normalised=number)
    if words.uuid:
        where |= Q(pk=words.uuid) | Q(document_id=words.uuid)
    if not where:
        return
    found = Invoice.objects.filter(where).select_related("organisation", "firm").only(*SHOWN)
    for row in found.order_by("-created_at")[:MOST]:
        amount = f"{row.currency} {row.total}" if row.total is not None else ""
        owner = row.organisation.name if row.organisation else row.firm.name
        sub = " · ".join(filter(None, [row.seller_name, amount, row.get_status_display(), owner]))
        yield Hit(row.number or str(row.pk), sub, reverse("helpdesk:invoice", args=[row.pk]))


register(gettext_lazy("Invoices"), _invoices)
