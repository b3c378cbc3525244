"""Making a firm with its first person."""

import secrets
from dataclasses import dataclass
from uuid import UUID

from allauth.account.models import EmailAddress

from portal.base import new_id
from portal.models import Firm, Membership, User
from portal.tenancy import scope


@dataclass(frozen=True)
class NewFirm:
    """A firm, its owner, and the password that is shown once (empty when the person had an account already)."""

    firm_id: UUID
    name: str
    owner: str
    password: str


def create_firm(name: str, owner: str, *, sandbox: bool = False, password: str = "") -> NewFirm:
    """A firm whose owner may sign in at once: whoever runs this vouches for the e-mail address."""
    email = owner.strip().lower()
    firm_id = new_id()
    with scope(firm_id):
        firm = Firm.objects.create(pk=firm_id, name=name, sandbox=sandbox)
        user = User.objects.filter(email__iexact=email).first()
        if user is None:
            password = password or secrets.token_urlsafe(12)
            user = User.objects.create_user(email, password)
            EmailAddress.objects.create(user=user, email=email, primary=True, verified=True)
        else:
            password = ""
        Membership.objects.create(firm=firm, user=user, role=Membership.Role.OWNER)
    return NewFirm(firm_id, name, email, password)
