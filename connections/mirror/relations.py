"""Suppliers (and customers who may be one unmarked), and onto which bank accounts they are paid."""

from uuid import UUID

from connections.exact import ACCOUNTS, BANK_ACCOUNTS, SYNC_ACCOUNTS
from connections.held import Held
from connections.mirror.cursors import Row, by_modified, upsert, versioned
from connections.models import Connection, Supplier
from connections.normal import plain_name


def suppliers(held: Held, connection: Connection) -> None:
    """Relations. Customers too: a supplier may be one that nobody marked as such."""
    versioned(
        held,
        connection,
        "suppliers",
        SYNC_ACCOUNTS,
        ACCOUNTS,
        lambda page: record_suppliers(connection, page),
    )


def bank_accounts(held: Held, connection: Connection) -> None:
    """Onto which accounts the relations are paid."""
    by_modified(held, connection, "bank_accounts", BANK_ACCOUNTS, lambda page: _ibans(connection, page))


def record_suppliers(connection: Connection, rows: list[Row]) -> None:
    """Relations as Exact gave them, into the mirror."""
    upsert(
        Supplier,
        connection,
        rows,
        lambda row: {
            "exact_id": row["ID"],
            "code": row["Code"],
            "name": (row["Name"] or "")[:200],
            "name_plain": plain_name(row["Name"] or "")[:200],
            "kvk_number": _digits(row["ChamberOfCommerce"]),
            "vat_number": _alphanumeric(row["VATNumber"]),
            "oin": _digits(row["OINNumber"]),
            "peppol_id": (row["PeppolIdentifier"] or "").strip(),
            "country": (row["Country"] or "").strip()[:2],
            "postcode": _alphanumeric(row["Postcode"])[:20],
            "city": (row["City"] or "")[:60],
            "address": (row["AddressLine1"] or "")[:200],
            "email": (row["Email"] or "")[:254],
            "default_account": row["GLAccountPurchase"],
            "default_vat_code": row["PurchaseVATCode"] or "",
            "payment_condition": row["PaymentConditionPurchase"] or "",
            "is_supplier": bool(row["IsSupplier"]),
            "blocked": bool(row["Blocked"]),
            "modified_at": row["Modified"],
            "gone_at": None,
        },
    )


def _ibans(connection: Connection, rows: list[Row]) -> None:
    by_account: dict[UUID, list[str]] = {}
    for row in rows:
        if row["BankAccount"] and not row["Blocked"]:
            by_account.setdefault(row["Account"], []).append(_alphanumeric(row["BankAccount"]))
    for supplier in Supplier.objects.filter(connection=connection, exact_id__in=by_account):
        known = list(dict.fromkeys([*supplier.ibans, *by_account[supplier.exact_id]]))
        if known != supplier.ibans:
            Supplier.objects.filter(pk=supplier.pk).update(ibans=known)


def _digits(text: str | None) -> str:
    return "".join(c for c in text or "" if c.isdigit())[:30]


def _alphanumeric(text: str | None) -> str:
    return "".join(c for c in (text or "").upper() if c.isalnum())[:34]
