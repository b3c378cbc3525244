"""Whose a KVK number is. Organisations are a firm's own, but mail and Peppol know no firms: a number leads to one.

Two firms with the same client are no mistake (a client changes its bookkeeper), so nobody is refused; what comes is
held until the helpdesk has decided, and neither firm is told of the other.
"""

import hashlib
from dataclasses import dataclass
from uuid import UUID

import structlog
from django.db import IntegrityError, transaction
from django.utils import timezone

from connections import issues
from connections.models import Issue
from invoices.models import HeldArrival, KvkRoute
from portal.lookups import ask
from portal.tenancy import scope

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Route:
    """Where a number leads: one organisation of one firm."""

    firm_id: UUID
    organisation_id: UUID


class Contested(Exception):
    """More than one firm has this number, and nobody has decided yet."""

    def __init__(self, claimants: list[Route]) -> None:
        super().__init__("contested")
        self.claimants = claimants


def route(kvk_number: str) -> Route | None:
    """The one organisation with this number; None: nobody has it. Contested when several have."""
    claimants = [Route(*row) for row in ask("organisations_by_kvk", kvk_number)]
    if len(claimants) < 2:
        return claimants[0] if claimants else None
    decided = KvkRoute.objects.filter(pk=kvk_number).first()
    if decided is not None:
        for one in claimants:
            if one.firm_id == decided.owner:
                return one
    raise Contested(claimants)


def hold(kvk_number: str, channel: str, raw: bytes, contested: Contested, *, sender: str = "") -> None:
    """Keep what came for a contested number, and tell each claimant that something must be decided."""
    identity = hashlib.sha256(kvk_number.encode() + raw).hexdigest()
    try:
        with transaction.atomic():
            HeldArrival.objects.create(
                kvk_number=kvk_number, channel=channel, identity=identity, sender=sender[:254], raw=raw
            )
    except IntegrityError:
        return  # it is here already
    for one in contested.claimants:
        with scope(one.firm_id):
            issues.open_issue("kvk_claimed_twice", subject=str(one.organisation_id), kvk=kvk_number)
    log.info("arrival_held", kvk=kvk_number, channel=channel)


def give(kvk_number: str, firm_id: UUID) -> int:
    """The helpdesk's decision: this firm has the number from now on. What was held goes there; how many."""
    from invoices.channels import mail
    from invoices.intake import receive

    KvkRoute.objects.update_or_create(pk=kvk_number, defaults={"owner": firm_id})
    found = route(kvk_number)
    if found is None:
        return 0
    held = list(
        HeldArrival.objects.filter(kvk_number=kvk_number, given_at__isnull=True).order_by("created_at")
    )
    for one in held:
        if one.channel == "email":
            mail.keep(found, bytes(one.raw), one.sender)
        else:
            receive(
                found.firm_id,
                bytes(one.raw),
                channel=one.channel,
                organisation_id=found.organisation_id,
                sender=one.sender,
            )
        HeldArrival.objects.filter(pk=one.pk).update(given_at=timezone.now(), raw=b"")
    for firm in {firm for firm, _ in ask("organisations_by_kvk", kvk_number)}:
        with scope(firm):
            for issue in Issue.objects.filter(code="kvk_claimed_twice", resolved_at__isnull=True):
                if issue.values.get("kvk") == kvk_number:
                    issues.resolve(issue, "helpdesk")
    return len(held)
