"""What a booking chooses from: journals, VAT codes, payment conditions, cost codes, periods, ledger accounts."""

from collections.abc import Callable
from decimal import Decimal

import structlog
from django.utils import timezone

from connections.exact import (
    COSTCENTERS,
    COSTUNITS,
    FINANCIAL_PERIODS,
    GL_ACCOUNTS,
    JOURNAL_STATUS_LIST,
    JOURNALS,
    PAYMENT_CONDITIONS,
    PROJECTS,
    SYNC_GL_ACCOUNTS,
    VAT_CODES,
    ExactError,
    ge,
    ne,
)
from connections.held import Held
from connections.mirror.cursors import Row, upsert, versioned, whole
from connections.models import (
    Connection,
    CostCode,
    Journal,
    LedgerAccount,
    PaymentCondition,
    Period,
    VatCode,
)

log = structlog.get_logger(__name__)


def journals(held: Held, connection: Connection) -> None:
    whole(
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
    whole(
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
    whole(
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
            whole(held, connection, endpoint, CostCode, _cost_code(kind), where=where)
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


def ledger_accounts(held: Held, connection: Connection) -> None:
    versioned(
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
