"""Two firms agree: one offers its client by a link, the other's owner accepts.

The link is of one use, expires, and is kept as SHA-256 only. With an address it is mailed, and works for that person
alone. Whoever opens it is told which client it is about; which firm offers it is said once they accepted, and only then
does the offering firm learn who took it. Nobody is told whether an address is known here.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from connections.models import Connection
from invoices.models import Document, Invoice, MailMessage, Transfer
from portal import audit
from portal.lookups import ask
from portal.models import Firm, Organisation, User
from portal.tenancy import scope

VALID = timedelta(days=14)
MOST_A_DAY = 50  # offers of one firm: the portal is no door for other people's mail

State, Side = Transfer.State, Transfer.Side


class Refused(Exception):
    """It cannot be offered or accepted; `code` is stable, its sentence stands in `invoices.pages.transfers`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Offer:
    """The link, to be copied, and until when it works."""

    url: str
    expires_at: datetime
    transfer: Transfer


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def offer(firm: Firm, organisation: Organisation, *, by: User, email: str = "") -> Offer:
    """A new link for this client; an earlier one that nobody used ends. Needs the giving firm's scope."""
    now = timezone.now()
    if Transfer.objects.filter(created_at__gte=now - timedelta(days=1)).count() >= MOST_A_DAY:
        raise Refused("too_many")
    for earlier in Transfer.objects.filter(organisation_id=organisation.pk, state=State.OFFERED):
        withdraw(earlier)
    if Transfer.objects.filter(organisation_id=organisation.pk, state=State.MOVING).exists():
        raise Refused("moving")
    token = secrets.token_urlsafe(32)
    made = Transfer.objects.create(
        side=Side.GIVING,
        organisation_id=organisation.pk,
        name=organisation.name,
        kvk_number=organisation.kvk_number,
        email=email.strip().lower(),
        offered_by=by,
        token_hash=_hash(token),
        expires_at=now + VALID,
    )
    audit.record("organisation.offered", organisation, after={"transfer": made.pk})
    url = settings.SITE_URL + reverse("transfer-take", args=[token])
    if made.email:
        transaction.on_commit(lambda: _mail(made, firm.language, url))
    return Offer(url, now + VALID, made)


def _mail(made: Transfer, language: str, url: str) -> None:
    values = {"client": made.name, "kvk": made.kvk_number, "link": url, "days": VALID.days}
    with translation.override(language):
        text = render_to_string(f"mail/transfer.{language}.txt", values).strip()
    subject, _, body = text.partition("\n")
    EmailMessage(subject=" ".join(subject.split()), body=body.strip() + "\n", to=[made.email]).send(
        fail_silently=True
    )


def withdraw(made: Transfer) -> bool:
    """The link ends. False: it was used already. Needs the giving firm's scope."""
    ended = Transfer.objects.filter(pk=made.pk, state=State.OFFERED).update(
        state=State.WITHDRAWN, token_hash=None
    )
    if ended:
        audit.record("organisation.offer_withdrawn", made, after={"organisation": made.organisation_id})
    return bool(ended)


def find(token: str) -> tuple[UUID, Transfer]:
    """(the giving firm, its offer) behind a link that may still be used; Refused("gone") otherwise."""
    found = ask("transfer_by_link", _hash(token))
    if not found:
        raise Refused("gone")
    firm_id, pk = found[0]
    with scope(firm_id):
        made = Transfer.objects.filter(pk=pk, state=State.OFFERED, expires_at__gt=timezone.now()).first()
        if made is None or not Organisation.objects.filter(pk=made.organisation_id).exists():
            raise Refused("gone")
    return firm_id, made


def look(token: str, firm: Firm, user: User) -> tuple[UUID, Transfer]:
    """As `find`, and refused when this person may not take the client over into this firm. In no scope."""
    giver, made = find(token)
    if made.email and not user.has_address(made.email):
        raise Refused("not_for_you")
    if giver == firm.pk:
        raise Refused("same_firm")
    with scope(giver):
        sandbox = Firm.objects.get(pk=giver).sandbox
    if sandbox != firm.sandbox:
        raise Refused("sandbox")
    with scope(firm.pk):
        ours = Organisation.objects.filter(kvk_number=made.kvk_number).first()
        if ours is not None and not bare(ours):
            raise Refused("known_here")
    return giver, made


def bare(organisation: Organisation) -> bool:
    """Whether a client has no history yet: nothing came in, and no administration is connected."""
    return not (
        Invoice.everyones.filter(organisation=organisation).exists()
        or Document.everyones.filter(organisation=organisation).exists()
        or MailMessage.everyones.filter(organisation=organisation).exists()
        or Connection.everyones.filter(organisation=organisation, division__isnull=False).exists()
    )


def accept(token: str, firm: Firm, user: User) -> Transfer:
    """This firm takes the client over. The receiving side's row; the work is begun by the sweep. In no scope."""
    from invoices.tasks import move_client

    giver, made = look(token, firm, user)
    with scope(giver):
        # The link is used here and by nobody else; from now on both may know each other.
        taken = Transfer.objects.filter(
            pk=made.pk, state=State.OFFERED, expires_at__gt=timezone.now()
        ).update(
            state=State.MOVING,
            token_hash=None,
            other_firm_id=firm.pk,
            other_name=firm.name,
            accepted_by=user,
            due_at=timezone.now(),
        )
        if not taken:
            raise Refused("gone")
        audit.record("organisation.accepted", made, after={"by": firm.pk}, by=audit.SYSTEM)
    mine = receiving_side(giver, made.pk)
    move_client.delay(str(giver), str(made.pk))
    return mine


def receiving_side(giver: UUID, pk: UUID) -> Transfer:
    """The receiving firm's row of a move that was accepted; made if it is not there yet."""
    with scope(giver):
        made = Transfer.objects.select_related("firm").get(pk=pk)
    assert made.other_firm_id is not None
    with scope(made.other_firm_id):
        return Transfer.objects.get_or_create(
            twin=made.pk,
            defaults={
                "side": Side.RECEIVING,
                "state": State.MOVING,
                "organisation_id": made.organisation_id,
                "name": made.name,
                "kvk_number": made.kvk_number,
                "other_firm_id": giver,
                "other_name": made.firm.name,
                "accepted_by_id": made.accepted_by_id,
            },
        )[0]
