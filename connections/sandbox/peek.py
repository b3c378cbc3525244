"""A glance at an invoice, as Exact's own recognition would take it: just enough to fill a proposal."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from xml.etree import ElementTree

from .context import Context
from .schema import Row, read_datetime


@dataclass(frozen=True)
class Invoice:
    """What could be read; a credit note's amounts are negative. None: not found."""

    number: str | None = None
    date: int | None = None
    currency: str | None = None
    net: Decimal | None = None
    vat: Decimal | None = None
    total: Decimal | None = None
    seller_ids: tuple[str, ...] = ()
    seller_names: tuple[str, ...] = ()


_CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
_CAC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}"


def invoice(files: list[bytes]) -> Invoice:
    """The first file that is a UBL invoice or credit note; nothing known if there is none."""
    for data in files:
        try:
            root = ElementTree.fromstring(data)
            kind = root.tag.rpartition("}")[2]
            if kind in ("Invoice", "CreditNote"):
                return _read(root, Decimal(-1 if kind == "CreditNote" else 1))
        except (ElementTree.ParseError, ValueError, InvalidOperation):
            continue
    return Invoice()


def _read(root: ElementTree.Element, sign: Decimal) -> Invoice:
    def text(path: str) -> str | None:
        return (root.findtext(path) or "").strip() or None

    def amount(path: str) -> Decimal | None:
        found = text(path)
        return sign * Decimal(found) if found else None

    totals = f"{_CAC}LegalMonetaryTotal/{_CBC}"
    seller = root.find(f"{_CAC}AccountingSupplierParty/{_CAC}Party")
    ids, names = [], []
    for element in seller.iter() if seller is not None else ():
        if element.tag in (f"{_CBC}CompanyID", f"{_CBC}EndpointID") and element.text:
            ids.append(element.text.strip())
        if element.tag in (f"{_CBC}Name", f"{_CBC}RegistrationName") and element.text:
            names.append(element.text.strip())
    date = text(f"{_CBC}IssueDate")
    total = amount(f"{totals}TaxInclusiveAmount") or amount(f"{totals}PayableAmount")
    return Invoice(
        number=text(f"{_CBC}ID"), date=read_datetime(date) if date else None,
        currency=text(f"{_CBC}DocumentCurrencyCode"), net=amount(f"{totals}TaxExclusiveAmount"),
        vat=amount(f"{_CAC}TaxTotal/{_CBC}TaxAmount"), total=total,
        seller_ids=tuple(ids), seller_names=tuple(names),
    )  # fmt: skip


def supplier(ctx: Context, read: Invoice) -> Row | None:
    """The relation with one of the seller's numbers, else with its name."""
    accounts = ctx.rows("crm/Accounts")
    for value in read.seller_ids:
        for name in ("VATNumber", "ChamberOfCommerce"):
            found = accounts.first(name, value)
            if found:
                return found
    return next((found for name in read.seller_names if (found := accounts.first("Name", name))), None)
