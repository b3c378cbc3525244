"""The move itself, in three steps that a killed worker takes up again where they stopped.

1. keep    everything of the client as one zip, in pieces, for the firm that gives it away;
2. move    every row of the client gets the new firm, in one transaction, under the helpdesk's sign-in: the one place
           where a row changes firms. The database checks every key once more at the commit, so that a row that was
           forgotten, or came in meanwhile, undoes all of it, and it is tried again;
3. settle  in the new firm's scope: the connection goes on over an authorisation that this firm has already, or waits
           for somebody to sign in; what was held for the KVK number goes there.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import DatabaseError
from django.db.models import F
from django.utils import timezone

from connections import authorisations, connecting, issues
from connections.models import Authorisation, Connection, Consent, Lane
from invoices.channels import routes
from invoices.models import HeldArrival, KvkRoute, Transfer, TransferPiece
from invoices.transfers import leaving, offers, walk
from portal import audit, retention
from portal.desk import cases
from portal.drill import point
from portal.lookups import ask
from portal.models import DeskCase, DeskNote, Firm, Invitation, Membership, Organisation
from portal.people import erasure
from portal.tenancy import scope, staff

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=15)
PIECE = 1 << 20  # bytes
AGAIN = timedelta(minutes=1)
GIVE_UP = 20  # tries

State = Transfer.State


def run(giver: UUID, pk: UUID) -> None:
    """Do what is left of an accepted move. Does nothing when another process is at it."""
    now = timezone.now()
    with scope(giver):
        mine = Transfer.objects.filter(pk=pk, state=State.MOVING, due_at__lte=now)
        if not mine.update(due_at=now + LEASE, attempts=F("attempts") + 1):
            return
        made = Transfer.objects.get(pk=pk)
    offers.receiving_side(giver, pk)
    try:
        if made.exported_at is None:
            _keep(made)
            point("transfer.kept")
        if made.moved_at is None:
            _move(made)
            point("transfer.moved")
        _settle(made)
    except offers.Refused as refused:
        _ends(made, State.REFUSED, refused.code)
    except DatabaseError as error:
        log.warning("transfer_again", transfer=str(pk), attempts=made.attempts, error=str(error)[:200])
        if made.attempts >= GIVE_UP:
            _ends(made, State.REFUSED, "failed")
            raise
        with scope(giver):
            Transfer.objects.filter(pk=pk).update(due_at=timezone.now() + AGAIN)


# --- 1. What the giving firm keeps ------------------------------------------------------------------------


def _keep(made: Transfer) -> None:
    """The zip, in pieces that each fit in memory; one that was begun by a process that died is made anew."""
    with scope(made.firm_id):
        TransferPiece.objects.filter(transfer=made).delete()
    number, held = 0, bytearray()
    for data in leaving.export(made.firm_id, made.organisation_id):
        held += data
        if len(held) >= PIECE:
            _piece(made, number, bytes(held))
            number, held = number + 1, bytearray()
    _piece(made, number, bytes(held))
    with scope(made.firm_id):
        made.exported_at = timezone.now()
        made.save(update_fields=["exported_at"])


def _piece(made: Transfer, number: int, data: bytes) -> None:
    with scope(made.firm_id):
        TransferPiece.objects.create(transfer=made, number=number, data=data)
        Transfer.objects.filter(pk=made.pk).update(due_at=timezone.now() + LEASE)


def kept(made: Transfer) -> Any:
    """The zip that the giving firm kept, piece by piece. In no scope."""
    number = 0
    while True:
        with scope(made.firm_id):
            found = TransferPiece.objects.filter(transfer=made, number=number).first()
        if found is None:
            return
        yield bytes(found.data)
        number += 1


# --- 2. Every row, in one transaction ---------------------------------------------------------------------


def _move(made: Transfer) -> None:
    assert made.other_firm_id is not None
    with staff():
        # A driver that records in the lane holds it; we wait for that before we hold anything it may want.
        lanes = walk.rows(Lane, made.organisation_id)
        lanes.update(epoch=F("epoch") + 1, leased_until=None, due_at=None)
        mine = Transfer.objects.select_for_update().get(pk=made.pk)
        if mine.moved_at is not None:
            return
        organisation = Organisation.objects.select_for_update().get(
            pk=made.organisation_id, firm=made.firm_id
        )
        _make_room(made, organisation)
        _let_go(organisation)
        counts: dict[str, int] = {}
        for model in walk.in_order():
            moved = walk.rows(model, organisation.pk).filter(firm=made.firm_id)
            if number := moved.update(firm_id=made.other_firm_id):
                counts[model._meta.label_lower] = number
        KvkRoute.objects.filter(pk=organisation.kvk_number, owner=made.firm_id).update(
            owner=made.other_firm_id
        )
        _say(made, organisation, counts)
        mine.moved_at, mine.counts = timezone.now(), counts
        mine.save(update_fields=["moved_at", "counts"])
    made.moved_at = mine.moved_at


def _let_go(organisation: Organisation) -> None:
    """What cannot come along: who may sign in, the authorisations, the links that were mailed."""
    now = timezone.now()
    people = {"organisation": organisation, "firm": organisation.firm_id}
    Membership.objects.filter(**people).delete()
    Invitation.objects.filter(**people).delete()
    connections = Connection.objects.filter(organisation=organisation)
    consents = Consent.objects.filter(connection__in=connections)
    consents.filter(begun_at__isnull=True, expires_at__gt=now).update(expires_at=now)
    consents.update(connection=None)
    connections.filter(status__in=["active", "pending"]).update(status="blocked")
    connections.update(authorisation=None, spare=None, updated_at=now)


def _make_room(made: Transfer, coming: Organisation) -> None:
    """A client with this KVK number that the new firm made itself and that has no history gives way."""
    ours = Organisation.objects.filter(firm=made.other_firm_id, kvk_number=coming.kvk_number).first()
    if ours is None:
        return
    if not offers.bare(ours):
        raise offers.Refused("known_here")
    ours = Organisation.objects.select_for_update().get(pk=ours.pk)
    # Its people and the helpdesk's case are about the same company: they find the one that comes in its place.
    for model in (Membership, Invitation):
        model._base_manager.using("staff").filter(organisation=ours).update(organisation=coming)
    case = DeskCase.objects.filter(organisation=ours).first()
    if case is not None:
        theirs = cases.ensured(coming)
        DeskNote.objects.filter(case=case).update(case=theirs)
    Consent.objects.filter(connection__organisation=ours).update(connection=None)
    retention.purge(Organisation.objects.filter(pk=ours.pk))


def _say(made: Transfer, organisation: Organisation, counts: dict[str, int]) -> None:
    """In the trail of both firms, and in the helpdesk's case."""
    giver = Firm.objects.get(pk=made.firm_id)
    moved = {"rows": sum(counts.values()), **counts}
    audit.record(
        "organisation.given", organisation, after={"to": made.other_firm_id, **moved}, firm_id=made.firm_id,
        by=made.accepted_by,
    )  # fmt: skip
    audit.record(
        "organisation.taken_over", organisation, after={"from": made.firm_id, **moved},
        firm_id=made.other_firm_id, by=made.accepted_by,
    )  # fmt: skip
    assert made.other_firm_id is not None
    case, _ = DeskCase.objects.get_or_create(firm_id=made.other_firm_id, organisation_id=organisation.pk)
    DeskNote.objects.create(case=case, kind=DeskNote.Kind.DONE, text=f"{giver.name} → {made.other_name}")


# --- 3. On in the new firm --------------------------------------------------------------------------------


def _settle(made: Transfer) -> None:
    assert made.other_firm_id is not None
    with scope(made.other_firm_id):
        for connection in (
            Connection.objects.select_related("organisation")
            .filter(organisation=made.organisation_id, authorisation=None)
            .exclude(status="disconnected")
        ):
            _goes_on(connection)
    claimants = {firm_id for firm_id, _ in ask("organisations_by_kvk", made.kvk_number)}
    decided = KvkRoute.objects.filter(pk=made.kvk_number, owner=made.other_firm_id).exists()
    waits = HeldArrival.objects.filter(kvk_number=made.kvk_number, given_at__isnull=True).exists()
    if waits and (decided or claimants == {made.other_firm_id}):
        routes.give(made.kvk_number, made.other_firm_id)
    _ends(made, State.DONE)


def _goes_on(connection: Connection) -> None:
    """Over an authorisation of this firm that may use the administration; else an issue says who must sign in."""
    issues.open_issue("client_moved", connection=connection)
    if connection.division is None:
        return
    for row in Authorisation.objects.filter(site=connection.site, status="active").order_by("-issued_at"):
        listed = {division["code"] for division in row.divisions}
        if connection.division in listed and not authorisations.limited(row.me):
            connecting.authorised(connection, row)
            return


def _ends(made: Transfer, state: str, reason: str = "") -> None:
    """Both sides say how it ended."""
    ended: dict[str, Any] = {"state": state, "reason": reason, "done_at": timezone.now(), "due_at": None}
    with scope(made.firm_id):
        counts = Transfer.objects.values_list("counts", flat=True).get(pk=made.pk)
        Transfer.objects.filter(pk=made.pk).update(**ended)
        if state != State.DONE:
            TransferPiece.objects.filter(transfer=made).delete()
    assert made.other_firm_id is not None
    with scope(made.other_firm_id):
        Transfer.objects.filter(twin=made.pk).update(**ended, counts=counts)
    log.info("transfer_ended", transfer=str(made.pk), state=state, reason=reason)


def expire(firm_id: UUID, before: Any, at_most: int) -> int:
    """Moves of long ago with what was kept of them (`portal.retention`). Within staff()."""
    old = Transfer.objects.filter(firm_id=firm_id, created_at__lt=before).order_by("created_at")
    return retention.purge(Transfer.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:at_most])))


def forget(email: str) -> None:
    """For whom a client was offered is forgotten with that person; an offer that only they could accept ends."""
    theirs = Transfer.objects.filter(email__iexact=email)
    theirs.filter(state=State.OFFERED).update(state=State.WITHDRAWN, token_hash=None)
    theirs.update(email="")


def register() -> None:
    """Called when the room is ready."""
    erasure.register(forget)
    retention.register("transfers", expire)
