"""Only a purchase of this organisation is booked as one."""

from dataclasses import replace
from typing import Any

import pytest

from invoices.formats.model import Identifier, Party
from invoices.formats.write import ubl
from portal.tenancy import scope
from tests.cast import Cast
from tests.judging.desk import Desk, goes_on, why
from tests.paper import BAKERY, PRINTER, invoice, paper, party


def buyer(name: str = "Bakkerij De Korenaar", **fields: Any) -> Party:
    """A buyer without any number but those given."""
    return replace(BAKERY, name=name, legal_id=None, endpoint=None, **fields)


def test_an_invoice_that_the_organisation_sent_is_told_where_sales_invoices_go(desk: Desk) -> None:
    sold = desk.gets(seller=BAKERY, buyer=PRINTER)
    assert why(sold) == ("on_hold", "sales_invoice")
    assert sold.issue is not None and sold.issue.code == "sales_invoice"
    assert sold.issue.values["organisation"] == "Bakkerij De Korenaar"


def test_a_sale_that_nobody_routed_is_its_sellers_and_not_a_stranger_s(desk: Desk) -> None:
    """Clients upload what they sent themselves; «whose is it?» would be the wrong question."""
    sold = desk.takes(paper("V-1", seller=BAKERY, buyer=party("Vreemd B.V.", "55555555")), routed=False)
    assert why(sold) == ("on_hold", "sales_invoice")
    assert sold.organisation_id == desk.organisation.pk


def test_between_two_clients_of_the_firm_it_is_the_buyers_purchase(cast: Cast, desk: Desk) -> None:
    butcher = Desk(cast.alice, "Slagerij Hak", "99999990")
    bought = desk.takes(paper("V-2", seller=BAKERY, buyer=party("Slagerij Hak", "99999990")), routed=False)
    assert bought.organisation_id == butcher.organisation.pk
    assert bought.reason != "sales_invoice"


@pytest.mark.parametrize(
    "how", [{"type_code": "389"}, {"specification": "urn:fdc:peppol.eu:2017:poacc:selfbilling:3.0"}]
)
def test_a_self_billed_invoice_is_the_sellers_sale(desk: Desk, how: dict[str, str]) -> None:
    assert why(desk.gets(seller=BAKERY, buyer=PRINTER, **how)) == ("on_hold", "self_billing")


def test_a_person_may_call_it_a_purchase_all_the_same(desk: Desk) -> None:
    mine = desk.gets(seller=BAKERY, buyer=BAKERY)
    assert why(mine) == ("on_hold", "sales_invoice")
    assert goes_on(desk.releases(mine, "is_a_purchase"))


def test_a_sister_company_of_the_same_fiscal_unity_is_a_supplier(cast: Cast) -> None:
    """They share a VAT number; the KVK number tells them apart."""
    desk = Desk(cast.alice, vat_number="NL853746333B01")
    assert goes_on(desk.gets())


@pytest.mark.parametrize(
    "who",
    [
        {"legal_id": Identifier("12345678", "0106")},
        {"identifiers": (Identifier("1234 5678", "0106"),)},
        {"endpoint": Identifier("12345678", "0106")},
        {"endpoint": Identifier("NL001234567B01", "9944")},
        {"tax_ids": (Identifier("nl0012.34.567.b01", "VAT"),)},
        {"tax_ids": (Identifier("001234567B01", "VAT"),)},
        {"legal_id": Identifier("87654321", "0106"), "tax_ids": (Identifier("NL001234567B01", "VAT"),)},
        {"name": "BAKKERIJ DE KORENAAR BV"},
        {"name": "De Korenaar"},
        {"endpoint": Identifier("8712345000004", "0088")},
    ],
)
def test_the_buyer_is_recognised_by_whatever_number_is_there_else_by_name(
    cast: Cast, who: dict[str, Any]
) -> None:
    desk = Desk(cast.alice, vat_number="NL001234567B01")
    got = desk.gets(buyer=replace(buyer(), **who))
    assert goes_on(got), why(got)
    assert not any(one["rule"] == "BUYER-NAME" for one in got.findings)


@pytest.mark.parametrize(
    "who",
    [
        {"legal_id": Identifier("55555555", "0106")},
        {"tax_ids": (Identifier("NL999999990B01", "VAT"),)},
        {"endpoint": Identifier("55555555", "0106"), "name": "Vreemd B.V."},
        {"legal_id": Identifier("55555555", "0106"), "endpoint": Identifier("12345678", "0106")},
    ],
)
def test_somebody_elses_invoice_is_held(cast: Cast, who: dict[str, Any]) -> None:
    desk = Desk(cast.alice, vat_number="NL001234567B01")
    got = desk.gets(buyer=replace(buyer(), **who))
    assert why(got) == ("on_hold", "other_buyer")
    assert got.issue is not None and got.issue.code == "wrong_direction"
    assert goes_on(desk.releases(got, "other_buyer"))


def test_a_buyer_without_numbers_and_with_a_strange_name_is_shown_and_never_booked_unasked(
    desk: Desk,
) -> None:
    got = desk.gets(buyer=buyer("J. de Vries"))
    assert goes_on(got)
    (finding,) = [one for one in got.findings if one["rule"] == "BUYER-NAME"]
    assert (finding["holds"], finding["values"]["stated"]) == (False, "J. de Vries")
    from connections.models import Connection
    from invoices.deciding import decide
    from invoices.models import Proposal, ProposalLine

    with scope(desk.firm_id):
        sure = Proposal.objects.get(invoice=got)
        ProposalLine.objects.filter(proposal=sure).update(account="4500", vat_code="2")
        sure.facts = {}
        decision = decide.decide(Connection.objects.get(pk=desk.connection.pk), got, sure)
    assert decision.reason == "unknown_buyer"


def test_reading_again_does_not_repeat_the_finding(desk: Desk) -> None:
    got = desk.gets(buyer=buyer("J. de Vries"))
    with scope(desk.firm_id):
        from invoices.deciding import dispatch

        dispatch.retry(got)
    desk.settles()
    assert sum(one["rule"] == "BUYER-NAME" for one in desk.now(got).findings) == 1


def test_the_writer_of_tests_writes_what_it_is_told() -> None:
    """The cases above hang on parties that lack numbers."""
    from invoices.formats import read

    found = read(ubl(invoice(buyer=buyer("J. de Vries")))).invoice
    assert found is not None and found.buyer is not None
    assert found.buyer.kvk is None and found.buyer.vat_id is None
