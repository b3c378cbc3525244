"""What the helpdesk's box finds of connections: Exact's division, the mailbox's address, an Exact user, an id."""

from collections.abc import Iterable

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from connections.models import Authorisation, Connection, Issue, Mailbox
from portal.desk.finding import MOST, Hit, Words, of_organisation, register


def _connections(words: Words) -> Iterable[Hit]:
    """By division, by mailbox address, by the e-mail address of its Exact user, by the id of it or of an issue."""
    found = Connection.objects.select_related("organisation__firm")
    where = Q()
    if words.number is not None:
        where |= Q(division=words.number)
    if words.uuid:
        where |= Q(pk=words.uuid) | Q(pk__in=Issue.objects.filter(pk=words.uuid).values("connection_id"))
    if "@" in words.text:
        address = words.text.lower()
        where |= Q(pk__in=Mailbox.objects.filter(address=address).values("connection_id"))
        where |= Q(authorisation__in=Authorisation.objects.filter(email__iexact=address))
    if not where:
        return
    for row in found.filter(where).order_by("status", "organisation__name")[:MOST]:
        why = _("division %(code)s") % {"code": row.division} if row.division else row.get_status_display()
        yield of_organisation(row.organisation, why)


register(gettext_lazy("Connections"), _connections)
