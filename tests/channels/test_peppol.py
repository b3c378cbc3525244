"""Peppol in and back: every access point through the same five questions, each document once."""

import hashlib
import hmac
import json
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import OperationalError
from django.test import Client
from lxml import etree
from standardwebhooks import Webhook

from connections import lanes
from connections.models import Chore
from invoices import timeline
from invoices.channels import responses
from invoices.channels.peppol import Notice, Refused, adapter, events
from invoices.models import ChannelSettings, HeldArrival, Invoice, PeppolEvent, SupplierResponse
from portal.lookups import ask
from portal.tenancy import scope
from tests.cast import Cast
from tests.exact_sandbox import ExactSandbox
from tests.helpers import connected
from tests.paper import paper

PULLED = "/api/v2/webhook_instances/"
SECRET = "whsec_c2VjcmV0LXZvb3ItZGUtdGVzdA=="


class AccessPoint:
    """The other side: documents to fetch, and the responses it was sent."""

    def __init__(self) -> None:
        self.documents: dict[str, bytes] = {}
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.finished: list[tuple[str, bytes]] = []  # responses that came as XML
        self.queue: list[dict[str, Any]] = []  # Storecove's, to be pulled
        self.page = 100
        self.failing = 0
        point = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if point.failing:
                    point.failing -= 1
                    return self._say(503, b"")
                if self.headers["Authorization"] != "Bearer token":
                    return self._say(401, b"")
                if self.path.startswith("/documents/?"):
                    query = parse_qs(urlsplit(self.path).query)
                    start = int(query.get("start", ["0"])[0])
                    end = start + point.page
                    rows = [{"document_id": key, "receiver": "0106:12345678"} for key in point.documents]
                    more = f"?start={end}" if end < len(rows) else None
                    return self._say(200, json.dumps({"results": rows[start:end], "next": more}).encode())
                if self.path == PULLED:
                    return self._say(
                        *((200, json.dumps(point.queue[0]).encode()) if point.queue else (204, b""))
                    )
                found = next((data for key, data in point.documents.items() if key in self.path), None)
                return self._say(200 if found else 404, found or b"")

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers["Content-Type"] == "application/xml":
                    point.finished.append((self.path, body))
                else:
                    point.told.append((self.path, json.loads(body)))
                self._say(200, b"{}")

            def do_DELETE(self) -> None:
                guid = self.path.removeprefix(PULLED)
                point.queue[:] = [one for one in point.queue if one["guid"] != guid]
                self._say(204, b"")

            def _say(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()


@pytest.fixture
def point(settings: Any) -> Any:
    made = AccessPoint()
    own = {"base_url": made.url, "token": "token"}
    settings.PEPPOL_ACCESS_POINTS = {
        "psb": {"kind": "econnect", "secret": "secret", **own},
        "cove": {"kind": "storecove", "secret": "afgesproken", **own},
        "generic": {"kind": "signed", "secret": SECRET, **own},
    }
    yield made
    made.server.shutdown()
    made.server.server_close()


def psb(
    document_id: str = "doc-1",
    sent: datetime | None = None,
    party: str = "NL:KVK:12345678",
    topic: str = "InvoiceReceived",
) -> tuple[bytes, dict[str, str]]:
    body = json.dumps(
        {
            "topic": topic,
            "partyId": party,
            "documentId": document_id,
            "details": {"sender": "NL:KVK:87654321"},
            "sentOn": (sent or datetime.now(UTC)).isoformat(),
        }
    ).encode()
    return body, {"X-EConnect-Signature": "sha256=" + hmac.new(b"secret", body, hashlib.sha256).hexdigest()}


def cove(document_id: str = "doc-1") -> tuple[bytes, dict[str, str]]:
    body = json.dumps(
        {"event_type": "received_document", "document_guid": document_id, "receiver": "0106:12345678"}
    )
    return body.encode(), {"X-Webhook-Secret": "afgesproken"}


def generic(document_id: str = "doc-1") -> tuple[bytes, dict[str, str]]:
    body = json.dumps(
        {"type": "document.received", "data": {"document_id": document_id, "receiver": "0106:12345678"}}
    )
    now = datetime.now(UTC)
    signature = Webhook(SECRET).sign("msg_1", now, body)
    return body.encode(), {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature,
    }


MADE = {"psb": psb, "cove": cove, "generic": generic}


def call(name: str, body: bytes, headers: dict[str, str]) -> int:
    return (
        Client(headers=headers)
        .post(f"/hooks/peppol/{name}/", data=body, content_type="application/json")
        .status_code
    )


def work() -> None:
    for key in PeppolEvent.objects.filter(due_at__lte=datetime.now(UTC)).values_list("pk", flat=True):
        events.fetch(key)
    for due in ask("due_responses", 100):
        responses.send(*due)


@pytest.mark.parametrize("name", MADE)
def test_a_signed_notice_becomes_an_invoice_once(cast: Cast, point: AccessPoint, name: str) -> None:
    organisation = cast.alice.organisation()
    point.documents["doc-1"] = paper("P-1")
    for _ in range(3):
        assert call(name, *MADE[name]()) == 204
    assert PeppolEvent.objects.get().kvk_number == "12345678"
    work()
    work()
    with scope(cast.alice.firm_id):
        invoice = Invoice.objects.select_related("document").get()
        assert invoice.organisation_id == organisation.pk and invoice.document.channel == "peppol"
        assert invoice.external_reference == f"{name}:doc-1"
    assert PeppolEvent.objects.get().outcome == "taken"


@pytest.mark.parametrize("name", MADE)
def test_a_notice_that_is_not_theirs_is_refused(cast: Cast, point: AccessPoint, name: str) -> None:
    body, headers = MADE[name]()
    assert call(name, body, {}) == 401
    if name != "cove":  # its secret header signs nothing; what it says is fetched from them anyway
        assert call(name, body + b" ", headers) == 401
    assert not PeppolEvent.objects.exists()


def test_econnects_own_signature_is_recognised() -> None:
    """The form that their .NET client computes: lower-case hex of HMAC-SHA256 over the raw body, with a prefix."""
    point_ = adapter_for({"kind": "econnect", "base_url": "http://x", "secret": "secret"})
    body, headers = psb()
    point_.verify({name.lower(): value for name, value in headers.items()}, body)
    with pytest.raises(Refused):
        point_.verify({"x-econnect-signature": headers["X-EConnect-Signature"].upper()}, body)


def adapter_for(values: dict[str, Any]) -> Any:
    from django.test import override_settings

    with override_settings(PEPPOL_ACCESS_POINTS={"one": values}):
        return adapter("one")


@pytest.mark.parametrize("minutes", [-6, 6])
def test_an_old_or_future_notice_of_econnect_is_refused(cast: Cast, point: AccessPoint, minutes: int) -> None:
    assert call("psb", *psb(sent=datetime.now(UTC) + timedelta(minutes=minutes))) == 401


def test_other_topics_and_unknown_access_points(cast: Cast, point: AccessPoint) -> None:
    assert call("psb", *psb(topic="InvoiceSent")) == 204
    assert call("nobody", *psb()) == 404
    assert not PeppolEvent.objects.exists()


def test_a_document_that_cannot_be_fetched_now_is_fetched_later(cast: Cast, point: AccessPoint) -> None:
    cast.alice.organisation()
    point.documents["doc-1"], point.failing = paper("P-1"), 1
    call("psb", *psb())
    work()
    event = PeppolEvent.objects.get()
    assert event.due_at is not None and event.due_at > datetime.now(UTC) and event.outcome == "unreachable"
    PeppolEvent.objects.update(due_at=datetime.now(UTC))
    work()
    assert PeppolEvent.objects.get().outcome == "taken"


def test_what_nobody_told_is_found_by_polling(cast: Cast, point: AccessPoint) -> None:
    cast.alice.organisation()
    point.documents["doc-9"] = paper("P-9")
    call("generic", *generic("doc-9"))
    events.poll()
    assert PeppolEvent.objects.filter(access_point="generic").count() == 1
    point.documents["doc-10"] = paper("P-10")
    events.poll()
    work()
    with scope(cast.alice.firm_id):
        assert set(Invoice.objects.values_list("external_reference", flat=True)) == {
            "generic:doc-9",
            "generic:doc-10",
        }


def test_a_list_of_several_pages_is_read_to_its_end(cast: Cast, point: AccessPoint) -> None:
    point.documents, point.page = {f"doc-{number}": b"" for number in range(5)}, 2
    assert events.poll() == 5
    assert events.poll() == 0


def pulled(document_id: str, event_type: str = "received_document") -> dict[str, Any]:
    body = {"event_type": event_type, "document_guid": document_id, "receiver": "0106:12345678"}
    return {"guid": f"instance-{document_id}", "body": json.dumps(body)}


def test_storecoves_queue_is_emptied_and_each_document_noted_once(cast: Cast, point: AccessPoint) -> None:
    cast.alice.organisation()
    point.documents.update({"q-1": paper("Q-1"), "q-2": paper("Q-2")})
    point.queue = [pulled("q-1"), pulled("sent-1", "document_submission"), pulled("q-2")]
    assert [notice.document_id for notice in adapter("cove").recent()] == ["q-1", "q-2"]
    assert point.queue == []
    point.queue = [pulled("q-1"), pulled("q-2")]
    call("cove", *cove("q-1"))  # pushed as well
    events.poll()
    work()
    assert point.queue == []
    with scope(cast.alice.firm_id):
        assert set(Invoice.objects.values_list("number", flat=True)) <= {"Q-1", "Q-2", ""}
        assert Invoice.objects.count() == 2


def test_what_is_pulled_stays_in_the_queue_until_it_is_committed(
    cast: Cast, point: AccessPoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    point.queue = [pulled("q-1"), pulled("q-2")]

    def lost(name: str, notice: Notice) -> bool:
        raise OperationalError("the database went away")

    with monkeypatch.context() as patched, pytest.raises(OperationalError):
        patched.setattr(events, "note", lost)
        events.poll()
    assert [one["guid"] for one in point.queue] == ["instance-q-1", "instance-q-2"]
    assert events.poll() == 2 and point.queue == []


def test_a_party_that_nobody_or_two_have(cast: Cast, point: AccessPoint) -> None:
    point.documents["doc-1"] = paper("P-1")
    call("psb", *psb())
    work()
    assert PeppolEvent.objects.get().outcome == "party_unknown"
    cast.alice.organisation()
    cast.charlie.organisation()
    point.documents["doc-2"] = paper("P-2")
    call("psb", *psb("doc-2"))
    work()
    assert PeppolEvent.objects.get(document_id="doc-2").outcome == "held"
    assert HeldArrival.objects.get().channel == "peppol"


@pytest.mark.parametrize(
    ("party", "kvk"),
    [("NL:KVK:12345678", "12345678"), ("0106:12345678", "12345678"), ("9944:NL123", ""), ("", "")],
)
def test_parties_under_kvks_scheme(party: str, kvk: str) -> None:
    assert Notice("x", party).kvk_number == kvk


def test_the_supplier_hears_the_facts_when_the_organisation_wants_that(
    cast: Cast, point: AccessPoint, exact: ExactSandbox, worker: Any
) -> None:
    connection = connected(cast.alice, exact, worker)
    with scope(cast.alice.firm_id):
        ChannelSettings.objects.create(organisation_id=connection.organisation_id, responds=True)
    point.documents.update({"doc-1": paper("P-1"), "doc-2": paper("P-1", issue_date=date(2026, 11, 4))})
    call("psb", *psb())
    work()
    worker()
    work()
    assert [body["status"] for _, body in point.told] == ["AB", "AP"]
    assert all("doc-1/response" in path for path, _ in point.told)
    call("psb", *psb("doc-2"))
    work()
    worker()
    with scope(cast.alice.firm_id):
        held = Invoice.objects.get(external_reference="psb:doc-2")
        from invoices.deciding import dispatch

        assert held.status == "on_hold", held.reason
        dispatch.reject(held, "dubbel")
    work()
    assert [body["status"] for _, body in point.told[2:]] == ["AB", "IP", "RE"]
    assert point.told[-1][1]["reasons"] == {"OTH": "dubbel"}


def test_an_access_point_that_takes_finished_documents_gets_the_responses_as_ubl(
    cast: Cast, point: AccessPoint, exact: ExactSandbox, worker: Any, settings: Any
) -> None:
    settings.PEPPOL_ACCESS_POINTS["generic"]["responses"] = "ubl"
    connection = connected(cast.alice, exact, worker)
    with scope(cast.alice.firm_id):
        ChannelSettings.objects.create(organisation_id=connection.organisation_id, responds=True)
    point.documents["doc-1"] = paper("P-1")
    call("generic", *generic())
    work()
    worker()
    work()
    assert point.told == [] and [path for path, _ in point.finished] == ["/documents/doc-1/responses"] * 2
    codes, numbers = (
        [etree.fromstring(body).xpath(f"string(//*[local-name()='{name}'])") for _, body in point.finished]
        for name in ("ResponseCode", "ID")
    )
    assert codes == ["AB", "AP"] and len(set(numbers)) == 2


def test_a_duplicate_is_told_in_words_and_asks_nothing_of_the_supplier(
    cast: Cast, point: AccessPoint, exact: ExactSandbox, worker: Any
) -> None:
    connection = connected(cast.alice, exact, worker)
    with scope(cast.alice.firm_id):
        ChannelSettings.objects.create(organisation_id=connection.organisation_id, responds=True)
    point.documents["doc-1"] = paper("P-1")
    call("psb", *psb())
    work()
    with scope(cast.alice.firm_id):
        row = Invoice.objects.get()
        timeline.move(row, Invoice.Status.DUPLICATE, reason="same_document")
    work()
    (_, last) = point.told[-1]
    assert last["status"] == "RE" and last["actions"] == {"NOA": ""} and list(last["reasons"]) == ["OTH"]
    assert "eerder ontvangen" in last["reasons"]["OTH"]


def test_the_supplier_hears_that_it_was_paid_when_exact_says_so(
    cast: Cast, point: AccessPoint, exact: ExactSandbox, worker: Any
) -> None:
    connection = connected(cast.alice, exact, worker)
    with scope(cast.alice.firm_id):
        ChannelSettings.objects.create(organisation_id=connection.organisation_id, responds=True)
    point.documents["doc-1"] = paper("P-1")
    call("psb", *psb())
    work()
    worker()
    (entry,) = exact.entries(1001, "P-1")
    exact.control("POST", f"entries/1001/{entry['EntryID']}/paid")
    with scope(cast.alice.firm_id):
        Chore.objects.filter(kind="follow").update(due_at=datetime.now(UTC))
        lanes.wake(connection)
    worker()
    work()
    assert [body["status"] for _, body in point.told] == ["AB", "AP", "PD"]


def test_what_could_not_be_told_in_time_is_not_told_after_how_it_ended(
    cast: Cast, point: AccessPoint, exact: ExactSandbox, worker: Any
) -> None:
    connection = connected(cast.alice, exact, worker)
    with scope(cast.alice.firm_id):
        ChannelSettings.objects.create(organisation_id=connection.organisation_id, responds=True)
    point.documents["doc-1"] = paper("P-1")
    call("psb", *psb())
    for (event_id,) in PeppolEvent.objects.values_list("pk"):
        events.fetch(event_id)
    with scope(cast.alice.firm_id):
        first = SupplierResponse.objects.get(code="AB")
        SupplierResponse.objects.filter(pk=first.pk).update(due_at=datetime.now(UTC) + timedelta(hours=1))
    worker()
    work()
    with scope(cast.alice.firm_id):
        SupplierResponse.objects.filter(pk=first.pk).update(due_at=datetime.now(UTC))
    work()
    assert [body["status"] for _, body in point.told] == ["AP"]
    with scope(cast.alice.firm_id):
        first.refresh_from_db()
    assert (first.error, first.sent_at, first.due_at) == ("overtaken", None, None)


def test_nobody_is_told_anything_unless_the_organisation_wants_it(
    cast: Cast, point: AccessPoint, exact: ExactSandbox, worker: Any
) -> None:
    connected(cast.alice, exact, worker)
    point.documents["doc-1"] = paper("P-1")
    call("psb", *psb())
    work()
    worker()
    with scope(cast.alice.firm_id):
        assert Invoice.objects.get().status == "booked" and not SupplierResponse.objects.exists()
    assert point.told == []
