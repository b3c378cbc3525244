"""An invoice's page says which calls to Exact stand behind what happened, to those who may see them."""

import re

from connections.models import Call
from portal.tenancy import scope
from tests.pages.firm import BusyFirm


def test_an_owner_sees_which_call_made_the_booking_and_what_was_asked_and_answered(busy: BusyFirm) -> None:
    page = busy.browsers["owner"].get(f"/invoices/{busy.booked.pk}/").content.decode()
    (booked,) = [one for one in page.split("<li ") if "<code>POST PurchaseEntries</code>" in one]
    assert "Geboekt in Exact" in booked
    paths = re.findall(rf'hx-get="(/invoices/{busy.booked.pk}/calls/[^"]+)"', booked)
    shown = [busy.browsers["owner"].get(path).content.decode() for path in paths]
    (entry,) = [one for one in shown if "POST" in one]
    assert "PurchaseEntryLines" in entry
    assert "EntryNumber" in entry


def test_secrets_and_account_numbers_are_left_out(busy: BusyFirm) -> None:
    with scope(busy.cast.alice.firm_id):
        call = Call.objects.filter(subject=busy.booked.pk).latest("at")
        made = Call.objects.create(
            connection_id=call.connection_id, subject=busy.booked.pk, at=call.at, method="GET", endpoint="x",
            url="/x?$filter=BankAccount%20eq%20%27NL91ABNA0417164300%27%20or%20Email%20eq%20%27jan%40drukkerij.example%27",
            seconds=1, status=200, request="Authorization: Bearer abcdefghijklmnop, NL91 ABNA 0417 1643 00",
            answer='{"IBAN": "NL91ABNA0417164300", "Email": "jan@drukkerij.example", "BankAccount": "417164300"}',
        )  # fmt: skip
    shown = busy.browsers["owner"].get(f"/invoices/{busy.booked.pk}/calls/{made.pk}/").content.decode()
    for secret in ("abcdefghijklmnop", "ABNA", "41716", "0417", "jan@", "jan%40"):
        assert secret not in shown
    assert "4300" in shown


def test_nobody_but_an_owner_is_shown_a_call(busy: BusyFirm) -> None:
    with scope(busy.cast.alice.firm_id):
        call = Call.objects.filter(subject=busy.booked.pk).latest("at")
    for who, status in (("bookkeeper", 403), ("viewer", 403), ("client", 404), ("stranger", 404)):
        answer = busy.browsers[who].get(f"/invoices/{busy.booked.pk}/calls/{call.pk}/")
        assert answer.status_code == status, who
        if who != "stranger":
            page = busy.browsers[who].get(f"/invoices/{busy.booked.pk}/").content.decode()
            assert "/calls/" not in page


def test_a_call_of_another_invoice_is_not_found(busy: BusyFirm) -> None:
    with scope(busy.cast.alice.firm_id):
        call = Call.objects.filter(subject=busy.booked.pk).latest("at")
    assert busy.browsers["owner"].get(f"/invoices/{busy.review.pk}/calls/{call.pk}/").status_code == 404
