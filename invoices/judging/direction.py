"""Whose purchase is it? An invoice that this organisation sent, or that is somebody else's, is not one to book.

Who has told us what may be wrong: mail is forwarded to the wrong address, and a client uploads what it sent itself. So
both parties are held against the organisation, by official numbers first. Names decide only where there is no number.
"""

from connections.normal import plain_name
from invoices import parties
from invoices.formats.model import Invoice as Content
from invoices.judging.verdicts import Verdict
from invoices.models import Invoice
from invoices.parties import KVK, VAT, Identity
from portal.models import Organisation

# UNTDID 1001: invoices that the buyer writes for the seller, with their credit notes.
SELF_BILLED = {"389", "261", "527", "500", "501"}
UNKNOWN_BUYER = "BUYER-NAME"  # the finding's rule


def judge(invoice: Invoice, content: Content) -> Verdict | None:
    """A sale, a self-billed sale, or a purchase of somebody else."""
    organisation = invoice.organisation
    assert organisation is not None
    values = {"organisation": organisation.name}
    if "is_a_purchase" not in invoice.released and is_seller(parties.seller_of(content), organisation):
        if is_self_billed(content):
            return Verdict("on_hold", "self_billing", "self_billing", values)
        return Verdict("on_hold", "sales_invoice", "sales_invoice", values)
    buyer = parties.buyer_of(content)
    bought = is_buyer(buyer, organisation)
    if bought is False and "other_buyer" not in invoice.released:
        return Verdict("on_hold", "other_buyer", "wrong_direction", {**values, "buyer": buyer.name})
    if bought is None:
        _note(invoice, buyer)
    return None


def stranger(invoice: Invoice) -> str:
    """The name of a buyer of whom nothing tells that it is this organisation; "" when something does."""
    if "other_buyer" in invoice.released:
        return ""
    found = [one["values"]["stated"] for one in invoice.findings if one["rule"] == UNKNOWN_BUYER]
    return str(found[0] or "–") if found else ""


def is_self_billed(content: Content) -> bool:
    """Whether the buyer wrote it on behalf of the seller: by type code, or by Peppol's profile for it."""
    return content.type_code in SELF_BILLED or "selfbilling" in (content.specification or "").lower()


def is_seller(seller: Identity, organisation: Organisation) -> bool:
    """By its best number alone: companies of one fiscal unity share a VAT number and sell to each other."""
    if seller.kvk:
        return seller.kvk == organisation.kvk_number
    if seller.vat and organisation.vat_number:
        return same_vat(seller.vat, organisation.vat_number)
    return _endpoint_is_ours(seller, organisation) is True


def is_buyer(buyer: Identity, organisation: Organisation) -> bool | None:
    """True, False, or None when nothing on the invoice tells.

    One official number that fits is enough, because the other may be the head office's or the fiscal unity's. The
    Peppol address says where it was sent, not who bought, so it counts only without official numbers; a name that
    differs proves nothing.
    """
    official = [buyer.kvk == organisation.kvk_number] if buyer.kvk else []
    if buyer.vat and organisation.vat_number:
        official.append(same_vat(buyer.vat, organisation.vat_number))
    if official:
        return any(official)
    if _endpoint_is_ours(buyer, organisation) or _names_fit(buyer.name, organisation.name):
        return True
    return _endpoint_is_ours(buyer, organisation)


def same_vat(one: str, other: str) -> bool:
    """«NL123456789B01» and «1234.56.789.B01» are one number."""
    bare = [parties.alphanumeric(number).removeprefix("NL") for number in (one, other)]
    return bool(bare[0]) and bare[0] == bare[1]


def _endpoint_is_ours(party: Identity, organisation: Organisation) -> bool | None:
    scheme, _, value = party.endpoint.partition(":")
    if scheme == KVK and value:
        return value == organisation.kvk_number
    if scheme == VAT and value and organisation.vat_number:
        return same_vat(value, organisation.vat_number)
    return None


def _names_fit(one: str, other: str) -> bool:
    """Loosely: the same words, or all words of the shorter name («Korenaar» for «Bakkerij De Korenaar B.V.»)."""
    words = sorted((set(plain_name(name).split()) for name in (one, other)), key=len)
    return bool(words[0]) and words[0] <= words[1] and max(map(len, words[0])) >= 4


def _note(invoice: Invoice, buyer: Identity) -> None:
    """A finding instead of a hold: consumers' shops write the name of whoever ordered."""
    found = {
        "rule": UNKNOWN_BUYER,
        "severity": "warning",
        "holds": False,
        "where": "BG-7",
        "values": {"stated": buyer.name[:100]},
    }
    if all(one["rule"] != UNKNOWN_BUYER for one in invoice.findings):
        invoice.findings = [*invoice.findings, found]
        invoice.save(update_fields=["findings", "updated_at"])
