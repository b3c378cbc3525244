"""Forgetting a person where the law asks for it, without forgetting what was done.

Books and their trail must be kept (art. 52 AWR; art. 17(3)(b) GDPR excepts them), the names in them need not. So a
person's row stays, empty, for what points at it; sign-ins, sessions, memberships, invitations and the personal part of
audit events go.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import models

from portal import audit
from portal.models import AuditPerson, Firm, Invitation, Membership, SavedView, User
from portal.tenancy import staff

Forget = Callable[[str], object]
"""(e-mail address) → deletes what another room knows this person by; called within staff()."""

_rooms: list[Forget] = []


def register(forget: Forget) -> None:
    """A room that keeps persons' addresses says how they are forgotten there."""
    _rooms.append(forget)


class Held(Exception):
    """A firm keeps everything for now (a legal hold); it must say first that it does not."""

    def __init__(self, firms: list[str]) -> None:
        super().__init__(f"Nothing may be erased while a legal hold is on: {', '.join(firms)}.")
        self.firms = firms


def erase_person(user: User) -> int:
    """Forget this person everywhere. How many audit events lost their personal part.

    Raises:
        Held: a firm that they work or worked for is under a legal hold.
    """
    with staff():
        acted = AuditPerson.objects.filter(event__actor_id=user.pk)
        firms = {*acted.values_list("firm_id", flat=True)} | {
            *Membership.objects.filter(user=user).values_list("firm_id", flat=True)
        }
        held = Firm.objects.filter(pk__in=[one for one in firms if one], legal_hold=True)
        if held:
            raise Held([firm.name for firm in held])
        # Failed sign-ins have no actor, and the address of whoever tried: mostly the person.
        tried = AuditPerson.objects.filter(
            event__subject_kind="user", event__subject_id=str(user.pk), event__actor_id__isnull=True
        )
        count = acted.delete()[0] + tried.delete()[0]
        Membership.objects.filter(user=user).delete()
        Invitation.objects.filter(email__iexact=user.email).delete()
        SavedView.objects.filter(user=user).delete()
        for forget in _rooms:
            forget(user.email)
        _empty(user)
        for firm_id in firms or [None]:
            audit.record("person.erased", user, firm_id=firm_id)
    return count


def _empty(user: User) -> None:
    for model in (EmailAddress, Authenticator, SocialAccount, UserSession):
        model._default_manager.using("staff").filter(user=user).delete()
    for session in Session.objects.using("staff").iterator():
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete(using="staff")
    user.email, user.name, user.is_active, user.is_staff = (
        f"erased-{user.pk}@invalid.example",
        "",
        False,
        False,
    )
    user.set_unusable_password()
    user.save(using="staff", update_fields=["email", "name", "is_active", "is_staff", "password"])


def erase_words(subject: models.Model, firm_id: UUID) -> int:
    """Forget the free text and the persons in every event about this row. How many events. By the helpdesk."""
    with staff():
        held = Firm.objects.filter(pk=firm_id, legal_hold=True)
        if held:
            raise Held([firm.name for firm in held])
        about: dict[str, Any] = {
            "event__subject_kind": subject._meta.model_name,
            "event__subject_id": str(subject.pk),
        }
        count = AuditPerson.objects.filter(firm_id=firm_id, **about).delete()[0]
        audit.record("words.erased", subject, firm_id=firm_id, after={"events": count})
    return count
