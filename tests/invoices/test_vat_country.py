"""Whose VAT an invoice carries is told by the seller's VAT number, not by where its letterhead says it lives."""

from decimal import Decimal

import pytest

from invoices.parties import Identity
from invoices.proposing.vat import Kind, kind_of


@pytest.mark.parametrize(
    ("address", "number", "category", "rate", "kind"),
    [
        ("LU", "NL853746333B01", "S", "21", Kind.INPUT),
        ("LU", "LU26375245", "S", "17", Kind.FOREIGN),
        ("LU", "LU26375245", "K", "0", Kind.FROM_EU),
        ("DE", "NL853746333B01", "AE", "0", Kind.DOMESTIC_REVERSE),
        ("DE", "", "AE", "0", Kind.FROM_EU),
        ("NL", "NL853746333B01", "AE", "0", Kind.DOMESTIC_REVERSE),
        ("US", "", "O", "0", Kind.FROM_OUTSIDE),
        ("NL", "", "S", "9", Kind.INPUT),
    ],
)
def test_the_vat_number_decides_before_the_address(
    address: str, number: str, category: str, rate: str, kind: Kind
) -> None:
    seller = Identity(name="Winkel", country=address, vat=number)
    assert kind_of(category, Decimal(rate), seller.vat_country) is kind
