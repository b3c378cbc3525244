"""A mail with invoices: kept as it came, once, before anybody is told that we have it; then its files are taken in.

1. `arrive` finds the organisation by the address' KVK number and commits the raw message. The sender may forget it.
2. `process` (a job; the sweep finds what no worker came for) judges the sender and takes the files in, each by itself.
   It may be repeated at any point: the intake knows the bytes it has.
"""

import hashlib
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from connections import issues
from connections.models import Issue
from invoices import intake
from invoices.channels import answers, parts, routes, senders
from invoices.models import Document, MailMessage
from portal.drill import point
from portal.inserting import insert
from portal.slices import in_slices
from portal.tenancy import scope

log = structlog.get_logger(__name__)

AGAIN = timedelta(minutes=2)
NOT_AUTHENTIC = "mail_not_authentic"
State = MailMessage.State


class Unknown(Exception):
    """Nobody here has this address."""


def kvk_of(address: str) -> str | None:
    """The KVK number in `12345678@facturen.example`, for a domain of ours; a `+tag` is allowed."""
    local, _, domain = address.strip().lower().rpartition("@")
    ours = {one.lower() for one in (settings.INBOUND_MAIL_DOMAIN, settings.MAILBOX_DOMAIN) if one}
    number = local.partition("+")[0]
    return number if domain in ours and re.fullmatch(r"[0-9]{8}", number) else None


def knows(address: str) -> bool:
    """Whether mail to this address leads anywhere (also where it will be held)."""
    number = kvk_of(address)
    try:
        return number is not None and routes.route(number) is not None
    except routes.Contested:
        return True


def arrive(raw: bytes, recipient: str, envelope_from: str = "") -> None:
    """Keep a message for this recipient. When it returns, it is committed. Unknown: nobody has this address."""
    number = kvk_of(recipient)
    if number is None:
        raise Unknown(recipient)
    try:
        found = routes.route(number)
    except routes.Contested as contested:
        routes.hold(number, Document.Channel.EMAIL, raw, contested, sender=envelope_from)
        return
    if found is None:
        raise Unknown(recipient)
    keep(found, raw, envelope_from)


def keep(to: routes.Route, raw: bytes, envelope_from: str = "") -> None:
    """Commit the raw message for an organisation, once however often it is sent."""
    message = parts.headers(raw)
    message_id = _header(message, "Message-ID")
    row = MailMessage(
        organisation_id=to.organisation_id,
        identity=identity(raw, message_id),
        message_id=message_id[:250],
        sender=senders.address_of(message, envelope_from),
        subject=_header(message, "Subject")[:200],
        authentic=senders.dmarc(message),
        due_at=timezone.now(),
        raw=raw,
    )
    try:
        with scope(to.firm_id):
            insert(row)
            transaction.on_commit(lambda: _wake(to.firm_id, row.pk))
            point("mail.before_commit")
    except IntegrityError:
        return  # the same message again, after an answer that got lost
    point("mail.committed")


def _header(message: Any, name: str) -> str:
    """A header as text; broken ones as far as they can be read."""
    try:
        return " ".join(str(message.get(name, "")).replace("\x00", "").split())
    except Exception:  # the email package stumbles over some of what people send
        return ""


def identity(raw: bytes, message_id: str) -> str:
    """What makes two messages the same: Message-ID and body. Trace headers differ on every try to deliver."""
    body = raw[parts.body_at(raw) :]
    return hashlib.sha256(message_id.encode() + b"\n" + body.replace(b"\r\n", b"\n").strip()).hexdigest()


def _wake(firm_id: UUID, mail_id: UUID) -> None:
    from invoices.tasks import take_mail

    take_mail.delay(str(firm_id), str(mail_id))


def process(firm_id: UUID, mail_id: UUID) -> None:
    """Take in the files of a kept message."""
    now = timezone.now()
    with scope(firm_id):
        found = MailMessage.objects.filter(pk=mail_id, due_at__lte=now, state=State.WAITING)
        if not found.update(due_at=now + AGAIN):
            return
        mail = MailMessage.objects.select_related("organisation").defer("raw").get(pk=mail_id)
        refusal = senders.refusal(mail.organisation, mail.sender, mail.authentic)
    if refusal:
        if refusal == "sender_not_authentic":
            _hold(firm_id, mail, refusal)
        else:
            _settle(firm_id, mail, State.REFUSED, refusal, [])
        return
    found_parts = parts.parts_of(parts.parse(_raw(firm_id, mail_id)))
    outcomes: list[dict[str, Any]] = [{"filename": one.name, "code": one.code} for one in found_parts.refused]
    for file in found_parts.files:
        outcomes.append(_take_in(firm_id, mail, file))
        point("mail.file_taken")
    taken = any("invoice" in one for one in outcomes)
    _settle(firm_id, mail, State.TAKEN if taken else State.REFUSED, "" if taken else "no_invoice", outcomes)


def _raw(firm_id: UUID, mail_id: UUID) -> bytes:
    with scope(firm_id):
        return in_slices(MailMessage.objects.filter(pk=mail_id), "raw")


def _hold(firm_id: UUID, mail: MailMessage, reason: str) -> None:
    """Somebody else may have sent it in the sender's name: a person is to look at it."""
    with scope(firm_id):
        MailMessage.objects.filter(pk=mail.pk).update(state=State.HELD, reason=reason, due_at=None)
        issues.open_issue(
            NOT_AUTHENTIC,
            subject=str(mail.pk),
            sender=mail.sender,
            about=mail.subject,
            organisation=mail.organisation.name,
        )


def vouch(firm_id: UUID, organisation_id: UUID, mail_id: UUID) -> bool:
    """A person takes a held or refused mail in after all. False: somebody dealt with it already."""
    with scope(firm_id):
        again = _decided(organisation_id, mail_id, State.HELD, State.REFUSED)
        if not again.update(state=State.WAITING, reason="", authentic=senders.VOUCHED, due_at=timezone.now()):
            return False
        _no_issue(mail_id)
        transaction.on_commit(lambda: _wake(firm_id, mail_id))
    return True


def throw_away(firm_id: UUID, organisation_id: UUID, mail_id: UUID) -> bool:
    """A person says that a held mail is nothing. Nobody is answered: its sender may not have sent it."""
    with scope(firm_id):
        if not _decided(organisation_id, mail_id, State.HELD).update(
            state=State.REFUSED, reason="thrown_away"
        ):
            return False
        _no_issue(mail_id)
    return True


def _decided(organisation_id: UUID, mail_id: UUID, *states: str) -> Any:
    return MailMessage.objects.filter(pk=mail_id, organisation_id=organisation_id, state__in=states)


def _no_issue(mail_id: UUID) -> None:
    for issue in Issue.objects.filter(code=NOT_AUTHENTIC, subject=str(mail_id), resolved_at__isnull=True):
        issues.resolve(issue, "person")


def _take_in(firm_id: UUID, mail: MailMessage, file: parts.File) -> dict[str, Any]:
    try:
        received = intake.receive(
            firm_id,
            file.data,
            channel=Document.Channel.EMAIL,
            organisation_id=mail.organisation_id,
            filename=file.name,
            sender=mail.sender,
            media_type="application/pdf" if file.kind == "pdf" else "application/xml",
        )
    except intake.Refused as refused:
        return {"filename": file.name, "code": refused.code}
    outcome = {"filename": file.name, "invoice": str(received.invoice_id), "new": received.created}
    return {**outcome, "twin": file.twin} if file.twin else outcome


def _settle(
    firm_id: UUID, mail: MailMessage, state: str, reason: str, outcomes: list[dict[str, Any]]
) -> None:
    with scope(firm_id):
        MailMessage.objects.filter(pk=mail.pk).update(
            state=state, reason=reason, outcomes=outcomes, due_at=None
        )
    log.info("mail_settled", state=state, reason=reason, files=len(outcomes))
    if state == State.REFUSED:
        answers.refused(firm_id, mail.pk)
