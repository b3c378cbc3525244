"""The data maker's portal is a real one: its pages open, its rows hang together, and its wall stands."""

from datetime import UTC
from typing import Any

import pytest
from django.db import connections
from django.db.models import Max
from django.db.models.functions import TruncDate
from django.test import Client

from invoices import intake
from invoices.formats import read
from invoices.models import Invoice, Seller
from portal.lookups import ask
from portal.models import User
from portal.tenancy import scope
from tests.bench import data


@pytest.fixture
def made(database: None) -> data.Size:
    size = data.Size(invoices=400, organisations=12, suppliers=48, firms=3)
    data.make(size)
    return size


def test_a_made_portal_is_whole(made: data.Size) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_class WHERE relname ~ '^(invoices|connections|portal)_' AND NOT relforcerowsecurity AND relname = ANY(%s)",
                       [["invoices_invoice", "invoices_content", "connections_issue", "portal_organisation"]])  # fmt: skip
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT count(*) FROM pg_trigger WHERE tgenabled = 'D'")
        assert cursor.fetchone() == (0,)
        cursor.execute(
            "SELECT count(*) FROM pg_constraint WHERE conname = 'invoices_invoice_supplier_same_firm'"
        )
        assert cursor.fetchone() == (1,)
        cursor.execute("SELECT count(*) FROM pg_indexes WHERE indexname = 'invoices_invoice_recent'")
        assert cursor.fetchone() == (1,)
    with scope(data.key(data.FIRM, 0)):  # type: ignore[arg-type]
        mine = Invoice.objects.count()
        days = TruncDate("created_at", tzinfo=UTC)
        latest = dict(Invoice.objects.order_by().values_list("seller_name").annotate(last=Max(days)))
        assert dict(Seller.objects.values_list("name", "last_on")) == latest
        one = Invoice.objects.filter(status="booked").select_related("supplier", "organisation").first()
        assert one is not None and one.supplier is not None and one.organisation is not None
        paper = read(intake.content(one.document_id)).invoice
    assert paper is not None
    assert paper.number == one.number
    assert paper.seller.name == one.supplier.name == one.seller_name
    assert paper.buyer.name == one.organisation.name
    assert paper.totals.with_vat == one.total
    assert 150 < mine < 350


def test_pages_of_a_made_portal_open(made: data.Size) -> None:
    browser = Client()
    browser.force_login(User.objects.get(email="owner0@kantoor.example"))
    for path in (
        "/",
        "/queue/",
        "/invoices/",
        "/clients/",
        "/issues/",
        "/search/?q=F00001",
        "/invoices/?q=Jong",
    ):
        answer: Any = browser.get(path)
        assert answer.status_code == 200, (path, answer.content[:500])


@pytest.mark.parametrize("words", ["jong", "Drukkerij", "e B", "Drukkerij De Jong", "Nergensman"])
def test_a_search_for_a_name_finds_what_reading_every_invoice_would(made: data.Size, words: str) -> None:
    with scope(data.key(data.FIRM, 0)):  # type: ignore[arg-type]
        everything = Invoice.objects.order_by("-created_at", "-id")
        fit = [one for one in everything if words.lower() in one.seller_name.lower()]
        for client in (None, data.key(data.ORGANISATION, 0)):
            wanted = [one.pk for one in fit if client is None or str(one.organisation_id) == client]
            for most in (1, 3, 250):
                hits = ask("search_invoices", words, f"%{words}%", "~", "~", client, most)
                assert [pk for (pk,) in hits] == wanted[:most]
