"""What we know of a division's ledger, kept beside us so that a proposal asks Exact nothing.

Each part is read by its own cursor: by rowversion where a sync endpoint exists, by `Modified` with an overlap
where not (Exact's stamps may be server-local, and two writes may share a second), whole where it is small.
Every page is recorded as it comes, and the cursor with it: a page that fails leaves what stands, and the next
drive goes on from there.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import structlog
from django.db import models
from django.utils import timezone

from connections.exact import (
    ACCOUNTS,
    BANK_ACCOUNTS,
    COSTCENTERS,
    COSTUNITS,
    FINANCIAL_PERIODS,
    GL_ACCOUNTS,
    JOURNAL_STATUS_LIST,
    JOURNALS,
    PAYMENT_CONDITIONS,
    PROJECTS,
    PURCHASE_ENTRIES,
    SYNC_ACCOUNTS,
    SYNC_DELETED,
    SYNC_GL_ACCOUNTS,
    VAT_CODES,
    Endpoint,
    ExactError,
    Filter,
    Int64,
    Kind,
    ge,
    gt,
    ne,
)
from connections.lanes import Held
from connections.models import (
    Connection,
    CostCode,
    Entry,
    EntryLine,
    Journal,
    LedgerAccount,
    PaymentCondition,
    Period,
    Supplier,
    VatCode,
)
from connections.normal import normalise_number, plain_name

log = structlog.get_logger(__name__)

OVERLAP = timedelta(minutes=10)  # stamps may be the server's local time, and its clock is not ours
FIRST_FILL = timedelta(days=400)  # a year of entries, and the month that is being closed
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
DELETED_LINE, DELETED_ACCOUNT, DELETED_LEDGER_ACCOUNT = 1, 2, 7  # EntityType of sync/Deleted

Row = dict[str, Any]

_on_entries: list[Callable[[Connection, list[Row]], None]] = []
_on_lines_deleted: list[Callable[[Connection, list[UUID]], None]] = []


def register(
    *,
    on_entries: Callable[[Connection, list[Row]], None] | None = None,
    on_lines_deleted: Callable[[Connection, list[UUID]], None] | None = None,
) -> None:
    """Be told, in the transaction that records them, of entries as Exact gave them, and of lines that are gone."""
    if on_entries is not None and on_entries not in _on_entries:
        _on_entries.append(on_entries)
    if on_lines_deleted is not None and on_lines_deleted not in _on_lines_deleted:
        _on_lines_deleted.append(on_lines_deleted)


def upsert(
    model: type[models.Model], connection: Connection, rows: list[Row], fields: Callable[[Row], Row]
) -> None:
    """Insert or update rows of one page by (connection, exact_id)."""
    now = {"connection_id": connection.pk, "firm_id": connection.firm_id}
    made = [model(**now, **fields(row)) for row in rows]
    if not made:
        return
    names = [name for name in fields(rows[0]) if name != "exact_id"]
    model.objects.bulk_create(  # type: ignore[attr-defined]
        made, update_conflicts=True, unique_fields=["connection", "exact_id"], update_fields=names
    )


# --- The small parts, read whole -------------------------------------------------------------------------


def _whole(
    held: Held,
    connection: Connection,
    endpoint: Endpoint,
    model: type[models.Model],
    fields: Callable[[Row], Row],
    **query: Any,
) -> None:
    rows = list(held.exact.rows(endpoint, **query))
    with held.record():
        upsert(model, connection, rows, fields)
        gone = model.objects.filter(connection=connection, gone_at__isnull=True).exclude(  # type: ignore[attr-defined]
            exact_id__in=[row["ID"] for row in rows]
        )
        if "kind" in {field.name for field in model._meta.fields}:
            gone = gone.filter(kind=fields({"ID": None, "Code": "", "Description": ""})["kind"])
        gone.update(gone_at=timezone.now())


def journals(held: Held, connection: Connection) -> None:
    _whole(
        held,
        connection,
        JOURNALS,
        Journal,
        lambda row: {
            "exact_id": row["ID"],
            "code": row["Code"],
            "description": row["Description"] or "",
            "type": row["Type"],
            "currency": row["Currency"] or "",
            "any_currency": bool(row["AllowVariableCurrency"]),
            "blocked": bool(row["IsBlocked"]),
            "gone_at": None,
        },
    )


def vat_codes(held: Held, connection: Connection) -> None:
    _whole(
        held,
        connection,
        VAT_CODES,
        VatCode,
        lambda row: {
            "exact_id": row["ID"],
            "code": row["Code"],
            "description": row["Description"] or "",
            "percentage": row["Percentage"] or Decimal(0),
            "type": row["Type"] or "",
            "charged": bool(row["Charged"]),
            "transaction_type": row["VATTransactionType"] or "",
            "eu_sales_listing": row["EUSalesListing"] or "",
            "country": (row["Country"] or "")[:2],
            "blocked": bool(row["IsBlocked"]),
            "gone_at": None,
        },
    )


def payment_conditions(held: Held, connection: Connection) -> None:
    _whole(
        held,
        connection,
        PAYMENT_CONDITIONS,
        PaymentCondition,
        lambda row: {
            "exact_id": row["ID"],
            "code": row["Code"],
            "description": row["Description"] or "",
            "days": row["PaymentDays"],
            "gone_at": None,
        },
    )


def cost_codes(held: Held, connection: Connection) -> None:
    """Cost centres, units and projects; a package without them refuses or has none, and that is an answer."""
    parts = ((COSTCENTERS, CostCode.Kind.CENTER, None), (COSTUNITS, CostCode.Kind.UNIT, None))
    for endpoint, kind, where in (*parts, (PROJECTS, CostCode.Kind.PROJECT, ne("Code", ""))):
        try:
            _whole(held, connection, endpoint, CostCode, _cost_code(kind), where=where)
        except ExactError as error:
            if not error.not_to_be_had:
                raise
            log.info("mirror_part_refused", part=kind, code=error.code)


def _cost_code(kind: str) -> Callable[[Row], Row]:
    return lambda row: {
        "exact_id": row["ID"],
        "kind": kind,
        "code": row["Code"],
        "description": row["Description"] or "",
        "blocked": row.get("Active") is False or bool(row.get("BlockEntry")),
        "gone_at": None,
    }


def periods(held: Held, connection: Connection) -> None:
    """The periods of last, this and next year, and for which journals they are closed."""
    this_year = timezone.localdate().year
    rows = list(held.exact.rows(FINANCIAL_PERIODS, where=ge("FinYear", this_year - 1)))
    closed: dict[tuple[int, int], list[str]] = {}
    for row in _journal_status(held, this_year - 1):
        if row["Status"] == 1:
            closed.setdefault((row["Year"], row["Period"]), []).append(row["Journal"])
    with held.record():
        Period.objects.bulk_create(
            [
                Period(
                    firm_id=connection.firm_id,
                    connection=connection,
                    year=row["FinYear"],
                    period=row["FinPeriod"],
                    starts=row["StartDate"],
                    ends=row["EndDate"],
                    closed_for=closed.get((row["FinYear"], row["FinPeriod"]), []),
                )
                for row in rows
            ],
            update_conflicts=True,
            unique_fields=["connection", "year", "period"],
            update_fields=["starts", "ends", "closed_for"],
        )


def _journal_status(held: Held, since_year: int) -> list[Row]:
    """Which journals are closed in which periods. Where Exact will not say, the refusal of a booking does."""
    try:
        return list(held.exact.rows(JOURNAL_STATUS_LIST, where=ge("Year", since_year)))
    except ExactError as error:
        if not error.not_to_be_had:
            raise
        log.info("mirror_part_refused", part="journal_status", code=error.code)
        return []


# --- What grows: by rowversion, or by Modified -----------------------------------------------------------


def _changed(
    held: Held,
    connection: Connection,
    name: str,
    endpoint: Endpoint,
    record: Callable[[list[Row]], None],
    *,
    since: Filter,
    mark: Callable[[list[Row]], Any],
    expand: tuple[str, ...] = (),
) -> None:
    """Read the pages of what changed, recording each as it comes, and resume where an earlier drive stopped.

    The link to the next page is kept with each page, because a big ledger takes more pages than one minute
    allows. The cursor itself moves only when the last page is in: Exact's pages follow keys, not time, so a
    half-read answer says nothing of what is still to come.
    """
    cursor = connection.cursors.get(name, {})
    seen = cursor.get("seen")
    try:
        for page in held.exact.pages(endpoint, where=since, expand=expand, start=cursor.get("next")):
            with held.record():
                record(page.rows)
                if page.rows:
                    seen = max(filter(None, (seen, mark(page.rows))), default=None)
                keep(connection, name, {**cursor, "next": page.next_url, "seen": seen})
    except ExactError as error:
        if cursor.get("next") and error.kind is Kind.OURS:
            # The link is too old to be taken; begin again, which only costs calls.
            with held.record():
                keep(connection, name, {key: cursor[key] for key in cursor if key not in ("next", "seen")})
        raise
    with held.record():
        keep(connection, name, {**cursor, "next": None, "seen": None, "since": seen or cursor.get("since")})


def _versioned(
    held: Held,
    connection: Connection,
    name: str,
    sync: Endpoint,
    plain: Endpoint,
    record: Callable[[list[Row]], None],
) -> None:
    """By the sync endpoint's rowversions, from 1 on; where Exact offers none, by `Modified`."""
    if not connection.cursors.get(name, {}).get("no_sync"):
        version = Int64(connection.cursors.get(name, {}).get("since") or 1)
        try:
            _changed(
                held,
                connection,
                name,
                sync,
                record,
                since=gt("Timestamp", version),
                mark=lambda rows: max(row["Timestamp"] for row in rows),
            )
            return
        except ExactError as error:
            if not error.not_to_be_had:
                raise
            with held.record():
                keep(connection, name, {"no_sync": True})
    _by_modified(held, connection, name, plain, record)


def _by_modified(
    held: Held,
    connection: Connection,
    name: str,
    endpoint: Endpoint,
    record: Callable[[list[Row]], None],
    *,
    beginning: datetime = BEGINNING,
    expand: tuple[str, ...] = (),
) -> None:
    since = connection.cursors.get(name, {}).get("since")
    moment = datetime.fromisoformat(since) - OVERLAP if since else beginning
    _changed(
        held,
        connection,
        name,
        endpoint,
        record,
        since=gt("Modified", moment),
        mark=lambda rows: max(row["Modified"].isoformat() for row in rows if row["Modified"]),
        expand=expand,
    )


def keep(connection: Connection, name: str, cursor: Any) -> None:
    """Set one cursor of the connection. Needs the scope."""
    connection.cursors = {**connection.cursors, name: cursor}
    Connection.objects.filter(pk=connection.pk).update(cursors=connection.cursors)


def ledger_accounts(held: Held, connection: Connection) -> None:
    _versioned(
        held,
        connection,
        "ledger_accounts",
        SYNC_GL_ACCOUNTS,
        GL_ACCOUNTS,
        lambda page: upsert(
            LedgerAccount,
            connection,
            page,
            lambda row: {
                "exact_id": row["ID"],
                "code": row["Code"],
                "description": row["Description"] or "",
                "type": row["Type"],
                "rgs": row["ReportingCode"] or "",
                "vat_code": row["VATCode"] or "",
                "blocked": bool(row["IsBlocked"]),
                "modified_at": row["Modified"],
                "gone_at": None,
            },
        ),
    )


def suppliers(held: Held, connection: Connection) -> None:
    """Relations. Customers too: a supplier may be one that nobody marked as such."""
    _versioned(
        held,
        connection,
        "suppliers",
        SYNC_ACCOUNTS,
        ACCOUNTS,
        lambda page: record_suppliers(connection, page),
    )


def bank_accounts(held: Held, connection: Connection) -> None:
    """Onto which accounts the relations are paid."""
    _by_modified(held, connection, "bank_accounts", BANK_ACCOUNTS, lambda page: _ibans(connection, page))


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


def entries(held: Held, connection: Connection) -> None:
    """Booked purchase entries with their lines, the last year first time, then whatever changed."""
    beginning = timezone.now() - FIRST_FILL
    _by_modified(
        held,
        connection,
        "entries",
        PURCHASE_ENTRIES,
        lambda page: record_entries(connection, page),
        beginning=beginning,
        expand=("PurchaseEntryLines",),
    )


def record_entries(connection: Connection, rows: list[Row]) -> None:
    """Entries with lines, into the mirror; their lines are replaced whole."""
    upsert(Entry, connection, rows, _entry)
    by_exact_id = {
        entry.exact_id: entry
        for entry in Entry.objects.filter(
            connection=connection, exact_id__in=[row["EntryID"] for row in rows]
        )
    }
    EntryLine.objects.filter(entry__in=by_exact_id.values()).delete()
    EntryLine.objects.bulk_create(
        _line(connection, by_exact_id[row["EntryID"]], position, line)
        for row in rows
        for position, line in enumerate(row["PurchaseEntryLines"], 1)
    )
    for tell in _on_entries:
        tell(connection, rows)


def _entry(row: Row) -> Row:
    your_ref = (row["YourRef"] or "")[:60]
    return {
        "exact_id": row["EntryID"],
        "supplier_id_in_exact": row["Supplier"],
        "entry_number": row["EntryNumber"],
        "your_ref": your_ref,
        "your_ref_normalised": normalise_number(your_ref)[:60],
        "entry_date": row["EntryDate"] or date(1900, 1, 1),
        "due_date": row["DueDate"],
        "journal": row["Journal"],
        "currency": row["Currency"] or "EUR",
        "amount": row["AmountFC"],
        "vat_amount": row["VATAmountFC"] or Decimal(0),
        "status": row["Status"] or 20,
        "description": (row["Description"] or "")[:200],
        "document": row["Document"],
        "payment_condition": row["PaymentCondition"] or "",
        "modified_at": row["Modified"],
        "gone_at": None,
    }


def _line(connection: Connection, entry: Entry, position: int, row: Row) -> EntryLine:
    return EntryLine(
        firm_id=connection.firm_id,
        entry=entry,
        exact_id=row["ID"],
        position=row["LineNumber"] or position,
        account_id=row["GLAccount"],
        account=row["GLAccountCode"] or "",
        vat_code=row["VATCode"] or "",
        vat_percentage=row["VATPercentage"],
        cost_center=row["CostCenter"] or "",
        cost_unit=row["CostUnit"] or "",
        project=row["Project"],
        description=(row["Description"] or row["Notes"] or "")[:400],
        amount=row["AmountFC"],
        vat_amount=row["VATAmountFC"] or Decimal(0),
        from_date=row["From"],
        to_date=row["To"],
    )


def deleted(held: Held, connection: Connection) -> None:
    """What Exact says is gone: relations, ledger accounts, and lines; of entries themselves it says nothing."""
    version = Int64(connection.cursors.get("deleted", {}).get("since") or 1)
    try:
        _changed(
            held,
            connection,
            "deleted",
            SYNC_DELETED,
            _remove(connection),
            since=gt("Timestamp", version),
            mark=lambda rows: max(row["Timestamp"] for row in rows),
        )
    except ExactError as error:
        if not error.not_to_be_had:
            raise
        log.info("mirror_part_refused", part="deleted", code=error.code)


def _remove(connection: Connection) -> Callable[[list[Row]], None]:
    def record(rows: list[Row]) -> None:
        for entity, model in ((DELETED_ACCOUNT, Supplier), (DELETED_LEDGER_ACCOUNT, LedgerAccount)):
            keys = [row["EntityKey"] for row in rows if row["EntityType"] == entity]
            model.objects.filter(connection=connection, exact_id__in=keys).update(gone_at=timezone.now())
        lines = [row["EntityKey"] for row in rows if row["EntityType"] == DELETED_LINE]
        for tell in _on_lines_deleted if lines else ():
            tell(connection, lines)

    return record


PARTS: dict[str, Callable[[Held, Connection], None]] = {
    "journals": journals,
    "vat_codes": vat_codes,
    "ledger_accounts": ledger_accounts,
    "payment_conditions": payment_conditions,
    "periods": periods,
    "suppliers": suppliers,
    "bank_accounts": bank_accounts,
    "cost_codes": cost_codes,
    "entries": entries,
    "deleted": deleted,
}


def _digits(text: str | None) -> str:
    return "".join(c for c in text or "" if c.isdigit())[:30]


def _alphanumeric(text: str | None) -> str:
    return "".join(c for c in (text or "").upper() if c.isalnum())[:34]
