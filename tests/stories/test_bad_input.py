"""What comes in is what people really send: each oddity gets a clear answer, and nothing is lost or a 500."""

from typing import Any

import pytest
from django.test import Client

from invoices.models import Content, Invoice
from portal.tenancy import scope
from tests.api_client import api
from tests.cast import Cast
from tests.paper import paper, party

UBL = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]><Invoice>&d;</Invoice>"""

UNREADABLE = {
    "not XML": (b"Geachte heer, hierbij mijn factuur.", "not_xml"),
    "half an XML file": (paper()[:400], "not_xml"),
    "another kind of document": (b"<Order xmlns='urn:oasis:names:specification:ubl:schema:xsd:Order-2'/>", "not_an_invoice"),
    "an external entity": (
        b'<!DOCTYPE Invoice [<!ENTITY x SYSTEM "file:///etc/passwd">]><Invoice xmlns="' + UBL.encode() + b'">&x;</Invoice>',
        "doctype",
    ),
    "a billion laughs": (LAUGHS, "doctype"),
    "a harmless doctype": (b"<!DOCTYPE Invoice>" + paper().split(b"?>", 1)[1], "doctype"),
    "a broken PDF": (b"%PDF-1.7\nniets", "broken_pdf"),
}  # fmt: skip


def post(client: Client, data: bytes, **query: str) -> Any:
    return client.post(
        "/api/v1/invoices/",
        data=data,
        content_type="application/xml",
        QUERY_STRING="&".join(f"{k}={v}" for k, v in query.items()),
    )


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_cannot_be_read_is_refused_in_words_and_kept_all_the_same(cast: Cast, what: str) -> None:
    data, code = UNREADABLE[what]
    answer = post(api(cast.alice), data)
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == code
    assert problem["id"] == problem["invoice"], "what is kept has its id where an invoice has it"
    with scope(cast.alice.firm_id):
        invoice = Invoice.objects.get(pk=problem["invoice"])
        assert invoice.status == "unreadable"
        assert invoice.issue is not None
        assert bytes(Content.objects.get(document=invoice.document_id).data) == data


def test_an_empty_file_is_refused(cast: Cast) -> None:
    answer = post(api(cast.alice), b"")
    assert (answer.status_code, answer.json()["code"]) == (400, "empty")


def test_a_file_above_the_cap_is_refused_before_anything_is_kept(cast: Cast) -> None:
    answer = post(api(cast.alice), b"<a>" + b"x" * (30 * 1024 * 1024))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    with scope(cast.alice.firm_id):
        assert not Invoice.objects.exists()


def test_other_encodings_are_read(cast: Cast, worker: Any) -> None:
    text = paper("UTF-16").decode().replace("UTF-8", "UTF-16").replace("utf-8", "UTF-16")
    cast.alice.organisation()
    answer = post(api(cast.alice), text.encode("utf-16"))
    assert answer.status_code == 201
    worker()
    with scope(cast.alice.firm_id):
        assert Invoice.objects.get(pk=answer.json()["id"]).number == "UTF-16"


def test_an_invoice_for_nobody_we_know_waits_for_a_person_to_say_whose_it_is(cast: Cast, worker: Any) -> None:
    answer = post(api(cast.alice), paper("VREEMD", buyer=party("Onbekend B.V.", "55555555")))
    assert answer.status_code == 201
    worker()
    client = api(cast.alice)
    invoice = client.get(f"/api/v1/invoices/{answer.json()['id']}/").json()
    assert invoice["status"] == "unrouted"
    issue = client.get(f"/api/v1/issues/{invoice['issue']}/").json()
    assert issue["code"] == "unrouted_document"
    assert issue["who_acts"] == "firm"
    assert issue["waiting"] == 1

    organisation = cast.alice.organisation("Onbekend B.V.", "55555555")
    client.patch(
        f"/api/v1/invoices/{invoice['id']}/",
        {"organisation": str(organisation.pk)},
        content_type="application/json",
    )
    worker()
    after = client.get(f"/api/v1/invoices/{invoice['id']}/").json()
    assert after["organisation"] == str(organisation.pk)
    assert client.get(f"/api/v1/issues/{issue['id']}/").json()["resolved_at"] is not None


def test_the_same_content_again_is_answered_with_the_first(cast: Cast) -> None:
    client = api(cast.alice)
    first, second = post(client, paper("TWEE")), post(client, paper("TWEE"))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]


def test_the_same_content_at_the_same_moment_by_two_doors_is_one_document(cast: Cast) -> None:
    """The loser of the race finds the unique index, and gives the winner's invoice."""
    import threading

    from django.db import connections

    from invoices import intake

    ready, got = threading.Barrier(4), []

    def send() -> None:
        ready.wait()
        try:
            got.append(intake.receive(cast.alice.firm_id, paper("RACE"), channel="api"))
        finally:
            connections["default"].close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({one.invoice_id for one in got}) == 1
    assert sum(one.created for one in got) == 1
