"""Asking people into a firm: a link by mail, which shows what it is before it does anything.

Whoever opens the link of a mail has shown that the address is theirs, so it need not be confirmed once more. The place
is for the person of that address alone: a link that was passed on, or read by somebody else, opens no firm to them.
"""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from portal import audit
from portal.lookups import ask
from portal.models import AuditEvent, Firm, Invitation, Membership, Organisation, User
from portal.tenancy import scope

log = structlog.get_logger(__name__)

VALID = timedelta(days=14)
MOST = 50  # at once: each is a mail, and somebody waits
MAILED = "person.invited"


class TooManyInvitations(Exception):
    """More than this firm may still have mailed today, which is `left`."""

    def __init__(self, left: int) -> None:
        super().__init__(f"{left} left today")
        self.left = left


class LastOwner(Exception):
    """A firm keeps at least one owner."""


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def addresses(text: str) -> tuple[list[str], list[str]]:
    """(addresses, what is none) in a text as people paste it: by line, comma or semicolon."""
    good: list[str] = []
    bad: list[str] = []
    for piece in text.replace(";", "\n").replace(",", "\n").split("\n"):
        email = piece.strip().lower()
        if not email:
            continue
        try:
            validate_email(email)
        except ValidationError:
            bad.append(piece.strip())
        else:
            good.append(email)
    return list(dict.fromkeys(good)), bad


def invite(
    firm: Firm, emails: Iterable[str], role: str, *, organisation: Organisation | None = None, by: Any = None
) -> list[str]:
    """Invite each that is no member yet; mails go after the commit. The addresses invited. Needs the scope.

    TooManyInvitations when these are more than the day has left: then nobody is invited.
    """
    members = set(
        User.objects.filter(pk__in=Membership.objects.values_list("user_id", flat=True)).values_list(
            "email", flat=True
        )
    )
    invited = [email for email in emails if email not in members]
    if len(invited) > (left := _left_today()):
        raise TooManyInvitations(left)
    for email in invited:
        token = secrets.token_urlsafe(32)
        invitation, _made = Invitation.objects.update_or_create(
            email=email,
            accepted_at=None,
            defaults={
                "role": role,
                "organisation": organisation,
                "invited_by": by,
                "token_hash": _hash(token),
                "expires_at": timezone.now() + VALID,
                "mailed": None,
            },
        )
        audit.record(MAILED, invitation, after={"role": role}, by=by)
        transaction.on_commit(partial(_mail, firm, email, token, str(by or ""), organisation))
    return invited


def _left_today() -> int:
    """How many invitations this firm may still have mailed: the portal is no door for other people's mail.

    Counted in the trail, where one that was withdrawn, or mailed to the same address again, still counts.
    """
    since = timezone.now() - timedelta(days=1)
    mailed = AuditEvent.objects.filter(at__gte=since, action=MAILED).count()
    return max(0, settings.INVITATIONS_A_DAY - mailed)


def _mail(firm: Firm, email: str, token: str, by: str, organisation: Organisation | None) -> None:
    """Send the link, and keep whether it went: nobody else has it, so a mail that failed is one to send again."""
    known = User.objects.filter(email=email).first()
    language = known.language if known else firm.language
    link = settings.SITE_URL + reverse("invitation", args=[token])
    with translation.override(language):
        values = {"firm": firm.name, "by": by, "link": link, "days": VALID.days}
        values |= {"organisation": organisation.name if organisation else ""}
        text = render_to_string(f"mail/invitation.{language}.txt", values).strip()
    subject, _, body = text.partition("\n")
    mail = EmailMessage(subject=" ".join(subject.split()), body=body.strip() + "\n", to=[email])
    try:
        sent = bool(mail.send())
    except Exception as problem:  # whatever the mail server or the way to it says
        log.warning("invitation_not_mailed", error=type(problem).__name__)
        sent = False
    with scope(firm.pk):
        Invitation.objects.filter(token_hash=_hash(token)).update(mailed=sent)


def find(token: str) -> tuple[UUID, UUID] | None:
    """(firm, invitation) of a link that may still be used."""
    found = ask("invitation_by_link", _hash(token))
    return found[0] if found else None


def whom(firm_id: UUID, invitation_id: UUID) -> str:
    """The address that was invited."""
    with scope(firm_id):
        return Invitation.objects.get(pk=invitation_id).email


def accept(firm_id: UUID, invitation_id: UUID, user: User) -> bool:
    """This person takes the place; False: it is gone, or not theirs. A member already keeps the role they have."""
    with scope(firm_id):
        invitation = Invitation.objects.select_for_update().filter(pk=invitation_id, accepted_at=None).first()
        if invitation is None or not user.has_address(invitation.email):
            return False
        Membership.objects.get_or_create(
            user=user, defaults={"role": invitation.role, "organisation": invitation.organisation}
        )
        invitation.accepted_at = timezone.now()
        invitation.save(update_fields=["accepted_at"])
    return True


def change_role(member: Membership, role: str) -> None:
    """Give a member another role; LastOwner when nobody would be left to own the firm. Needs the scope."""
    if member.role == Membership.Role.OWNER and role != Membership.Role.OWNER:
        _keep_an_owner(member)
    if role == Membership.Role.CLIENT or member.role == Membership.Role.CLIENT:
        raise ValueError("A client's person is invited as such.")
    member.role = role
    member.save(update_fields=["role"])


def leave(member: Membership) -> None:
    """A member goes; LastOwner when it is the last owner. Needs the scope."""
    if member.role == Membership.Role.OWNER:
        _keep_an_owner(member)
    member.delete()


def is_last_owner(member: Membership) -> bool:
    """Whether the firm would be nobody's without this member. Needs the scope."""
    return member.role == Membership.Role.OWNER and not _other_owners(member).exists()


def _keep_an_owner(member: Membership) -> None:
    if not _other_owners(member).select_for_update().exists():
        raise LastOwner


def _other_owners(member: Membership) -> QuerySet[Membership]:
    return Membership.objects.filter(role=Membership.Role.OWNER).exclude(pk=member.pk)
