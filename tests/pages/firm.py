"""A firm that has something on every page: everybody who may look, and everything there is to be looked at."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from django.test import Client
from django.utils import timezone

from connections.models import Authorisation, Call, Connection, Issue
from invoices import intake
from invoices.models import ClientApproval, Invoice, Transfer
from invoices.proposing import rule_keeping
from portal.models import Grant, Invitation, Job, Membership, SavedView, User, Webhook
from portal.partners import create_partner
from portal.tenancy import scope
from tests.cast import Cast
from tests.exact_sandbox import ExactSandbox
from tests.helpers import connected
from tests.paper import paper, party

PASSWORD = "geheim-voor-de-test"


def browser(user: User | None) -> Client:
    """A browser in which this person is signed in; nobody is with None."""
    client = Client()
    if user is not None:
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@dataclass
class BusyFirm:
    """Alice's firm, with a connected client, one that is not, and an invoice in each common state."""

    cast: Cast
    exact: ExactSandbox
    work: Any

    def __post_init__(self) -> None:
        self.connection: Connection = connected(self.cast.alice, self.exact, self.work)
        with scope(self.cast.alice.firm_id):
            self.client = self.connection.organisation
        self.other_client = self.cast.alice.organisation("Slagerij Hak", "99999990")
        with scope(self.cast.alice.firm_id):
            self.own_member = Membership.objects.get(user=self.cast.alice.owner)
            self.invitation = Invitation.objects.create(
                email="iris@kantoor.example",
                role="viewer",
                token_hash="x",
                expires_at=timezone.now() + timedelta(days=1),
            )
        create_partner("Software B.V.", self.cast.alice.firm_id)
        with scope(self.cast.alice.firm_id):
            self.grant = Grant.objects.get()
            self.hook = Webhook.objects.create(
                partner=self.grant.partner, url="https://partner.example/hook", events=["*"], secret="whsec_x"
            )
        self.booked = self.send(paper("2026-100"))
        self.review = self.send(paper("2026-101", seller=party("Nieuwe Leverancier", "11223344")))
        self.held = self.send(paper("2026-100", buyer_reference="nog eens"))
        self.unrouted = self.send(paper("2026-103", buyer=party("Vreemde B.V.", "87654329")))
        with scope(self.cast.alice.firm_id):
            rows = [{"name": "Een", "kvk_number": "44444444"}, {"name": "Fout", "kvk_number": "x"}]
            self.draft = Job.objects.create(kind="organisations-draft", asked=rows, total=2)
            self.import_job = Job.objects.create(
                kind="organisations", asked=rows, total=2, state="done",
                rows=[{"row": 1, "status": "created"}, {"row": 2, "status": "failed", "detail": "acht cijfers"}],
            )  # fmt: skip
            self.authorisation = Authorisation.objects.get()
            self.bulk_job = Job.objects.create(
                kind="connections", asked=[{"division": 1001}], total=1, state="done",
                rows=[{"row": 1, "status": "connected", "id": str(self.connection.pk)}],
            )  # fmt: skip
            self.rule = rule_keeping.save(
                None, connection=self.connection, name="Brood", conditions={"text": "brood"},
                actions={"account": "4500"}, actor=self.cast.alice.owner,
            )  # fmt: skip
            self.question = ClientApproval.objects.create(
                invoice=self.booked, organisation=self.client, order="after"
            )
            self.view = SavedView.objects.create(
                user=self.cast.alice.owner, page="invoices", name="Werk", query="status=needs"
            )
            self.call = Call.objects.filter(subject=self.booked.pk, method="POST").order_by("at").last()
            self.transfer = Transfer.objects.create(
                side="giving", organisation_id=self.other_client.pk, name="Slagerij Hak", kvk_number="99999990",
                email="dirk@buren.example", token_hash="x", expires_at=timezone.now() + timedelta(days=1),
            )  # fmt: skip
            self.issue = Issue.objects.get(resolved_at=None, connection=None, code="unrouted_document")

    def send(self, data: bytes) -> Invoice:
        got = intake.receive(self.cast.alice.firm_id, data, channel="upload", filename="factuur.xml")
        self.work()
        with scope(self.cast.alice.firm_id):
            return Invoice.objects.get(pk=got.invoice_id)

    def member(self, role: str) -> User:
        """Somebody with this role; a client's person belongs to the connected client."""
        email = f"{role}@kantoor.example"
        known = User.objects.filter(email=email).first()
        if known is not None:
            return known
        user = User.objects.create_user(email, PASSWORD)
        with scope(self.cast.alice.firm_id):
            Membership.objects.create(
                user=user, role=role, organisation=self.client if role == "client" else None
            )
        return user

    @cached_property
    def people(self) -> dict[str, User | None]:
        """Everybody who might ask for a page."""
        return {
            "owner": self.cast.alice.owner,
            "bookkeeper": self.member("bookkeeper"),
            "viewer": self.member("viewer"),
            "client": self.member("client"),
            "stranger": self.cast.charlie.owner,
            "nobody": None,
        }

    @cached_property
    def browsers(self) -> dict[str, Client]:
        return {name: browser(user) for name, user in self.people.items()}
