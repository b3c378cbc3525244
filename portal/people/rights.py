"""What each role may do in its firm: one table, asked by pages, menus and tests alike.

see     — look at everything of the firm (a client: of its own organisation)
send    — put documents in
settle  — decide about invoices: approve, correct, reject, release, try again, undo
connect — make clients, connect them, change how they book, stop and start them
inspect — the calls made to Exact, as they were asked and answered
manage  — the firm itself: its people, its machines' access, its brake, leaving
"""

from typing import Any

from django.db.models import QuerySet

from portal.models import Membership

Role = Membership.Role

RIGHTS: dict[str, frozenset[str]] = {
    Role.OWNER: frozenset({"see", "send", "settle", "connect", "inspect", "manage"}),
    Role.BOOKKEEPER: frozenset({"see", "send", "settle", "connect"}),
    Role.VIEWER: frozenset({"see"}),
    Role.CLIENT: frozenset({"see", "send"}),
}


def may(member: Membership, right: str) -> bool:
    """Whether this member has the right."""
    return right in RIGHTS[member.role]


def is_client(member: Membership) -> bool:
    """A client company's own person, who sees nothing but that company."""
    return member.role == Role.CLIENT


def narrowed(member: Membership, found: QuerySet[Any], field: str = "organisation_id") -> QuerySet[Any]:
    """The rows that this member may see: all for the firm's people, its own organisation's for a client."""
    return found.filter(**{field: member.organisation_id}) if is_client(member) else found
