"""Who is who: the seller and the buyer that an invoice names, and the seller as a supplier in Exact.

who             what identifies a party, and the organisation that an invoice is for (pure but for one look-up)
suppliers       the supplier in the division's mirror: one, none, or several between which a person chooses
supplier_work   making one in Exact, or completing it: rows in the division's lane
newcomers       one that Exact learned of after we read its relations
"""

from invoices.parties.who import (
    KVK,
    VAT,
    Identity,
    account,
    alphanumeric,
    buyer_of,
    organisations_for,
    seller_of,
)

__all__ = [
    "KVK",
    "VAT",
    "Identity",
    "account",
    "alphanumeric",
    "buyer_of",
    "organisations_for",
    "seller_of",
]
