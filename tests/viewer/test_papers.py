"""Attachments on the page and by the API: shown safely, offered under a clean name, or not offered at all."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from invoices.demo.papers import PDF as A_PDF
from invoices.formats.attachments import CSV, PDF, PNG
from invoices.formats.model import Attachment
from invoices.models import Invoice
from portal.tenancy import scope
from tests.api_client import api
from tests.judging.desk import Desk

A_PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
INSIDE = (
    Attachment(id="1", content=A_PDF, filename="Pakbon “A”.pdf", declared_type=PDF),
    Attachment(id="2", content=A_PNG, filename="foto.png", declared_type=PNG),
    Attachment(id="3", content=b"Uren;Naam\n8;Iris\n", filename="uren.csv", declared_type=CSV),
    Attachment(id="4", content=EICAR, filename="gratis.exe", declared_type="application/octet-stream"),
)


@pytest.fixture
def got(desk: Desk) -> Invoice:
    return desk.gets(attachments=INSIDE)


def asked(owner: Client, got: Invoice, index: int, **query: str) -> Any:
    return owner.get(reverse("invoice-attachment", args=[got.pk, index]), query)


def test_a_pdf_and_a_picture_are_framed_and_a_csv_is_a_table(owner: Client, got: Invoice) -> None:
    page = owner.get(reverse("invoice", args=[got.pk])).content.decode()
    assert page.count("?look=1") == 3, "three can be looked at; the fourth is not offered"
    assert "<iframe" in asked(owner, got, 0, look="1").content.decode()
    assert "<img" in asked(owner, got, 1, look="1").content.decode()
    assert "<td>Iris</td>" in asked(owner, got, 2, look="1").content.decode()


def test_what_is_shown_runs_nothing(owner: Client, got: Invoice) -> None:
    for index, kind in enumerate((PDF, PNG)):
        answer = asked(owner, got, index, show="1")
        assert answer.headers["Content-Type"] == kind
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in asked(owner, got, 1, show="1").headers["Content-Security-Policy"]
    never = asked(owner, got, 2, show="1")
    assert never.headers["Content-Disposition"].startswith("attachment")


def test_a_download_has_a_name_that_every_header_can_carry(owner: Client, got: Invoice) -> None:
    answer = asked(owner, got, 0)
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=utf-8''Pakbon")
    assert answer.content == A_PDF


def test_what_invoices_may_not_carry_is_named_and_not_offered(owner: Client, got: Invoice) -> None:
    assert asked(owner, got, 3).status_code == 404
    assert asked(owner, got, 4).status_code == 404
    assert "gratis.exe" in owner.get(reverse("invoice", args=[got.pk])).content.decode()


def test_partners_list_them_and_fetch_them(desk: Desk, got: Invoice) -> None:
    client, base = api(desk.office), f"/api/v1/invoices/{got.pk}/attachments/"
    listed = client.get(base).json()["results"]
    assert [(one["index"], one["media_type"], one["offered"]) for one in listed] == [
        (0, PDF, True),
        (1, PNG, True),
        (2, CSV, True),
        (3, "application/octet-stream", False),
    ]
    assert client.get(f"{base}2/").content == INSIDE[2].content
    assert client.get(f"{base}3/").status_code == 404


def test_the_bytes_do_not_stand_in_the_row(desk: Desk, got: Invoice) -> None:
    with scope(desk.firm_id):
        row = Invoice.objects.get(pk=got.pk)
    assert all("content" not in one for one in row.content["attachments"])
