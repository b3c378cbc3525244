"""The door that every document comes in by: cheap, and as sure as ever."""

from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from invoices import intake, serialise
from invoices.models import Content, Document, Invoice
from portal.inserting import insert
from portal.tenancy import scope
from tests.api_client import api
from tests.cast import Cast
from tests.paper import paper


def test_an_upload_asks_the_database_a_handful_of_times(cast: Cast) -> None:
    client = api(cast.alice)
    with CaptureQueriesContext(connection) as asked:
        answer = client.post("/api/v1/invoices/", data=paper("Q-1"), content_type="application/xml")
    assert answer.status_code == 201
    said = [one["sql"].split()[0] for one in asked.captured_queries]
    # Token, count with grants, the scope, whether it is known; the rows themselves are one statement that Django's log
    # does not see.
    assert sorted(said) == ["BEGIN", "COMMIT", "SELECT", "SELECT", "SELECT", "WITH"]


def test_what_the_sender_is_shown_is_what_is_stored(cast: Cast) -> None:
    answer = api(cast.alice).post(
        "/api/v1/invoices/?external_reference=mine", data=paper("Q-2"), content_type="application/xml"
    )
    with scope(cast.alice.firm_id):
        stored = Invoice.objects.get(pk=answer.json()["id"])
        assert answer.json() == serialise.invoice(stored)
        assert bytes(Content.objects.get(document=stored.document_id).data) == paper("Q-2")


def test_rows_that_are_inserted_together_stand_or_fall_together(cast: Cast) -> None:
    known = intake.receive(cast.alice.firm_id, paper("Q-3"), channel="api")
    with scope(cast.alice.firm_id):
        again = Document.objects.get(invoice=known.invoice_id)
        new = Document(channel="api", media_type="application/xml", sha256="0" * 64, size=1)
    twin = Document(channel="api", media_type="application/xml", sha256=again.sha256, size=1)
    with pytest.raises(IntegrityError), scope(cast.alice.firm_id):
        insert(new, twin)
    with scope(cast.alice.firm_id):
        assert Document.objects.count() == 1


def test_a_row_of_another_firm_does_not_pass_the_wall(cast: Cast) -> None:
    from django.db import DatabaseError

    foreign: Any = Document(
        firm_id=cast.charlie.firm_id, channel="api", media_type="application/xml", sha256="0" * 64, size=1
    )
    with pytest.raises(DatabaseError, match="row-level security"), scope(cast.alice.firm_id):
        insert(foreign)
