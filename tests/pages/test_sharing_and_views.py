"""Links to one invoice, saved views, usage and suppliers' habits."""

import csv
import hashlib
import io
import re
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from invoices import sharing, usage
from invoices.models import Invoice
from invoices.month_end import first_of
from invoices.proposing import habits
from portal.models import Organisation, SavedView
from portal.tenancy import scope
from tests.books import Books
from tests.cast import Cast
from tests.pages.firm import BusyFirm, browser
from tests.paper import invoice


@pytest.fixture
def received(books: Books) -> Invoice:
    return books.receive(invoice("D-1"), books.supplier())


def path_of(link: sharing.Link) -> str:
    return "/shared/" + link.url.split("/shared/", 1)[1]


# --- Sharing -----------------------------------------------------------------------------------------------


def test_a_link_shows_the_invoice_and_the_file_to_somebody_without_an_account(busy: BusyFirm) -> None:
    made = busy.browsers["owner"].post(f"/invoices/{busy.booked.pk}/share/", {"days": "7"}).content.decode()
    found = re.search(r'id="the-link">http://testserver([^<]+)<', made)
    assert found is not None
    stranger = Client()
    page = stranger.get(found[1])
    assert page.status_code == 200
    assert "2026-100" in page.content.decode()
    assert "Boekingsvoorstel" not in page.content.decode()
    assert page["Referrer-Policy"] == "no-referrer"
    assert "no-store" in page["Cache-Control"]
    assert b"2026-100" in b"".join(stranger.get(found[1] + "source/"))


def test_a_link_ends_on_its_day_and_when_it_is_taken_back(
    received: Invoice, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scope(books.office.firm_id):
        first, second = (sharing.share(received, 7, None) for _ in range(2))
        assert sharing.shared_now(received)
    assert Client().get(path_of(first)).status_code == 200
    later = timezone.now() + timedelta(days=8)
    with monkeypatch.context() as patch:
        patch.setattr(timezone, "now", lambda: later)
        assert Client().get(path_of(first)).status_code == 410
    with scope(books.office.firm_id):
        sharing.withdraw(received, None)
        assert not sharing.shared_now(received)
        third = sharing.share(received, 1, None)
    assert Client().get(path_of(second)).status_code == 410
    assert Client().get(path_of(third)).status_code == 200


def test_a_link_that_was_tampered_with_shows_nothing(received: Invoice, books: Books) -> None:
    with scope(books.office.firm_id):
        path = path_of(sharing.share(received, 7, None))
    assert Client().get(path.replace("/shared/", "/shared/x")).status_code == 404
    assert Client().get("/shared/nonsense/").status_code == 404


# --- Views -------------------------------------------------------------------------------------------------


def test_a_kept_view_brings_the_list_back_and_is_ones_own(cast: Cast) -> None:
    alice, bob = browser(cast.alice.owner), browser(cast.bob)
    asked = {"page": "clients", "name": "Geblokkeerd in Utrecht", "query": "q=Utrecht&view=blocked&after=x"}
    answer = alice.post("/views/save/", asked)
    assert answer["Location"] == "/clients/?q=Utrecht&view=blocked"
    page = alice.get(answer["Location"]).content.decode()
    assert "Geblokkeerd in Utrecht" in page
    assert "Geblokkeerd in Utrecht" not in bob.get("/clients/").content.decode()
    with scope(cast.alice.firm_id):
        row = SavedView.objects.get()
    assert bob.post(f"/views/{row.pk}/remove/").status_code == 404
    assert alice.post(f"/views/{row.pk}/remove/").status_code == 302
    assert alice.post("/views/save/", {**asked, "page": "firm"}).status_code == 404


def test_clients_are_paged_by_name_without_a_page_number(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    from invoices.pages import clients

    monkeypatch.setattr(clients, "PAGE", 2)
    for number, name in enumerate(("Aa", "Bb", "Bb", "Cc", "Dd")):
        cast.alice.organisation(name, f"5000000{number}")
    alice, seen, url = browser(cast.alice.owner), [], "/clients/"
    for _ in range(3):
        page = alice.get(url).content.decode()
        seen.append(re.findall(r"KVK (5000000\d)", page))
        link = re.search(r'href="(\?after=[^"]+)"', page)
        url = "/clients/" + link[1] if link else ""
    assert [len(one) for one in seen] == [2, 2, 1]
    assert len({kvk for one in seen for kvk in one}) == 5


# --- Counts ------------------------------------------------------------------------------------------------


def test_usage_counts_each_clients_month(received: Invoice, books: Books) -> None:
    with scope(books.office.firm_id):
        rows = usage.of_month(first_of(timezone.localdate()), Organisation.objects.all())
    assert [(one.client.name, one.received, one.booked) for one in rows] == [(books.organisation.name, 1, 0)]
    sheet = browser(books.office.owner).get("/usage/?csv=1").content.decode()
    assert "12345678;Bakkerij De Korenaar;1;0;0;0;0" in sheet


def test_a_suppliers_habit_is_where_its_lines_go_and_whether_it_may_go_by_itself(books: Books) -> None:
    known, new = books.supplier("Aardig B.V.", "11112222"), books.supplier("Nieuw B.V.", "33334444")
    books.months(known, 4, ("4500", "2", "40", "Abonnement"))
    with scope(books.office.firm_id):
        from invoices.knowledge import keeping

        keeping.known_of(books.connection, known.exact_id)
        first, second = habits.of(books.connection, [known, new])
    assert (first.account, first.vat_code, first.share, first.trust.consents) == ("4500", "2", 1.0, True)
    assert (second.account, second.trust.consents) == ("", False)
    page: Any = browser(books.office.owner).get(f"/clients/{books.organisation.pk}/suppliers/")
    assert "mag vanzelf" in page.content.decode()


def test_a_firm_takes_everything_along_and_nothing_of_others(busy: BusyFirm) -> None:
    answer: Any = busy.browsers["owner"].post("/firm/export/")
    archive = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    assert archive.testzip() is None
    rows = list(csv.DictReader(io.StringIO(archive.read("invoices.csv").decode("utf-8-sig")), delimiter=";"))
    with scope(busy.cast.alice.firm_id):
        assert len(rows) == Invoice.objects.count()
    for row in rows:
        assert hashlib.sha256(archive.read(row["file"])).hexdigest() == row["sha256"]
    (booked,) = [row for row in rows if row["id"] == str(busy.booked.pk)]
    assert (booked["client"], booked["status"], booked["total"]) == ("12345678", "booked", "121.00")
    assert booked["entry_number"]
    assert "invoice.booked" in archive.read("timeline.csv").decode()
    assert "Brood" in archive.read("rules.json").decode()
    strange: Any = busy.browsers["stranger"].post("/firm/export/")
    other = zipfile.ZipFile(io.BytesIO(b"".join(strange.streaming_content)))
    assert len(other.read("invoices.csv").decode().splitlines()) == 1
