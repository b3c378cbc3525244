"""The cast of the tests: one firm, its colleague, and the firm next door."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from portal.models import Membership, Organisation, User
from portal.partners import Credentials, create_partner
from portal.people.firms import create_firm
from portal.tenancy import scope


@dataclass
class Office:
    """A firm as tests see it."""

    firm_id: UUID
    owner: User

    def organisation(
        self, name: str = "Bakkerij De Korenaar", kvk: str = "12345678", **fields: Any
    ) -> Organisation:
        with scope(self.firm_id):
            return Organisation.objects.create(name=name, kvk_number=kvk, **fields)

    @cached_property
    def partner(self) -> Credentials:
        return create_partner("Software B.V.", self.firm_id)


class Cast:
    """Alice owns Kantoor Alice and Bob keeps books there; Charlie, next door, should have access to none of it."""

    def __init__(self) -> None:
        self.alice = self._office("Kantoor Alice", "alice@kantoor.example")
        self.charlie = self._office("Kantoor Charlie", "charlie@buren.example")

    def _office(self, name: str, email: str) -> Office:
        made = create_firm(name, email, password="geheim-voor-de-test")
        return Office(made.firm_id, User.objects.get(email=email))

    @cached_property
    def bob(self) -> User:
        user = User.objects.create_user("bob@kantoor.example", "geheim-voor-de-test")
        with scope(self.alice.firm_id):
            Membership.objects.create(user=user, role=Membership.Role.BOOKKEEPER)
        return user
