"""VAT numbers and IBANs as people type them: written one way, and refused when their check digits do not fit.

A client's own numbers tell whose an invoice is, and keep its account from being taken for a supplier's. One that was
mistyped does neither, and nobody sees why.
"""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from stdnum import iban as ibans
from stdnum.eu import vat as vat_numbers

WRONG_VAT = _(
    "This VAT number is not right: its digits do not fit together. Copy it once more from one of the client's own "
    "invoices; a Dutch one looks like NL004495445B01."
)
WRONG_IBAN = _(
    "This IBAN is not right: its digits do not fit together. Copy it once more from a bank statement; a Dutch one "
    "looks like NL91 ABNA 0417 1643 00."
)


def vat(text: str) -> str:
    """A VAT number without blanks and dots; a Dutch one gets the country that people leave out."""
    plain = "".join(c for c in text.upper() if c.isalnum())
    return f"NL{plain}" if re.fullmatch(r"\d{9}B\d{2}", plain) else plain


def vat_or_none(text: str) -> str:
    """A VAT number that is right; "" for any other."""
    number = vat(text)
    return number if vat_numbers.is_valid(number) else ""


def iban(text: str) -> str:
    """An IBAN without blanks and dots."""
    return "".join(c for c in text.upper() if c.isalnum())


def check_vat(number: str) -> None:
    """ValidationError when a VAT number of the EU cannot be right; none at all is."""
    if number and not vat_numbers.is_valid(number):
        raise ValidationError(WRONG_VAT, code="vat_number")


def check_iban(number: str) -> None:
    """ValidationError when an IBAN cannot be right; none at all is."""
    if number and not ibans.is_valid(number):
        raise ValidationError(WRONG_IBAN, code="iban")
