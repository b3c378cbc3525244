"""What an endpoint shows that is not simply its stored rows: computed lists, and rows kept elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from . import mailbox
from .checks import period_is_closed
from .context import Context
from .endpoints import Endpoint
from .ledger import derived_id
from .rights import has_division
from .schema import Entity, Row, key_of, milliseconds, moment
from .store import GLOBAL, Table

DELETIONS_KEPT = timedelta(days=62)  # "two months"


def table_for(ctx: Context, endpoint: Endpoint) -> Table:
    """The rows that this endpoint shows to this caller."""
    view = _VIEWS.get(endpoint.source)
    if view is None:
        return ctx.rows(endpoint.source)
    shown = view(ctx)
    return shown if isinstance(shown, Table) else as_table(endpoint.entity, shown)


def as_table(entity: Entity, rows: Iterable[Row]) -> Table:
    table = Table()
    for row in rows:
        table.put(key_of(entity, row), row)
    return table


def me(ctx_user: Row, home: Row, box: Any) -> Row:
    """The row of current/Me. CurrentDivision is where the *human* stands in the browser."""
    at = moment(box.stamp())
    return {
        "UserID": ctx_user["id"], "AccountingDivision": home["code"], "CurrentDivision": home["code"],
        "CustomerCode": home["contract"], "DivisionCustomer": derived_id(home["contract"], "customer"),
        "DivisionCustomerCode": home["contract"], "DivisionCustomerName": home["name"],
        "DivisionCustomerVatNumber": home.get("vat"), "Email": ctx_user["email"],
        "FirstName": ctx_user["name"].split()[0], "LastName": ctx_user["name"].split()[-1],
        "FullName": ctx_user["name"], "Initials": ctx_user["name"][0], "Gender": "O",
        "IsClientUser": bool(ctx_user.get("my_firm")), "IsEmployeeSelfServiceUser": False,
        "IsMyFirmLiteUser": False, "IsMyFirmPortalUser": bool(ctx_user.get("my_firm")),
        "IsOEIMigrationMandatory": False, "IsStarterUser": False, "Language": ctx_user["language"],
        "LanguageCode": ctx_user["language"], "Legislation": 1, "PackageCode": ctx_user.get("package", "NL Plus"),
        "ServerTime": at.strftime("%Y-%m-%dT%H:%M:%S"), "ServerUtcOffset": box.utc_offset_hours(),
        "UserName": ctx_user["login"],
    }  # fmt: skip


def division_row(ctx: Context, division: Row) -> Row:
    contract = ctx.box.contract(division["contract"])
    started = division.get("started", 1_420_070_400_000)
    return {
        "Code": division["code"], "Description": division["name"], "Hid": division["hid"], "HID": division["hid"],
        "ChamberOfCommerceNumber": division.get("kvk"), "VATNumber": division.get("vat"), "Country": "NL",
        "CountryDescription": ["Nederland", "Netherlands"], "City": division.get("city"),
        "AddressLine1": division.get("address"), "Postcode": division.get("postcode"), "Currency": "EUR",
        "CurrencyDescription": "Euro", "Customer": derived_id(contract["code"], "customer"),
        "CustomerCode": contract["code"].rjust(18), "CustomerName": contract["name"], "Created": started,
        "Modified": started, "StartDate": started, "Status": 1 if division.get("archived") else 0,
        "BlockingStatus": 100 if division.get("blocked") else 0, "Legislation": ["Nederland", "Netherlands"],
        "Current": division["code"] == ctx.user.get("home"), "IsMainDivision": bool(division.get("main")),
        "Main": bool(division.get("main")), "IsPracticeDivision": False, "IsDossierDivision": False,
        "IsHRDivision": False, "DivisionMoveDate": division.get("moved"), "Email": division.get("email"),
    }  # fmt: skip


def _accessible(ctx: Context) -> list[Row]:
    """Divisions of the user card, within the app's division scope."""
    restricted = ctx.chain.get("divisions")
    return [
        division
        for division in ctx.box.store.table(GLOBAL, "_divisions")
        if has_division(ctx.user, division["code"], division["contract"])
        and (restricted is None or division["code"] in restricted)
    ]


def _divisions(ctx: Context) -> list[Row]:
    return [division_row(ctx, division) for division in _accessible(ctx)]


def _same_customer(ctx: Context) -> list[Row]:
    return [division_row(ctx, d) for d in _accessible(ctx) if d["contract"] == ctx.division["contract"]]


def _journal_status(ctx: Context) -> list[Row]:
    rows = []
    for journal in ctx.rows("financial/Journals"):
        for period in ctx.rows("financial/FinancialPeriods"):
            year, number = period["FinYear"], period["FinPeriod"]
            closed = period_is_closed(ctx, journal["Code"], year, number)
            rows.append(
                {
                    "Journal": journal["Code"], "Period": number, "Year": year, "Status": int(closed),
                    "JournalDescription": journal["Description"], "JournalType": journal["Type"],
                    "StatusDescription": ["Afgesloten", "Closed"] if closed else ["Open", "Open"],
                }
            )  # fmt: skip
    return rows


def _features(ctx: Context) -> list[Row]:
    contract = ctx.box.contract(ctx.division["contract"])
    names = ["Financial", "Cash flow", "Documents"]
    names += ["Mailbox"] if contract.get("mailbox", True) else []
    names += ["Trade"] if contract.get("trade") else []
    known = ["Financial", "Cash flow", "Documents", "Mailbox", "Trade"]
    return [{"ID": known.index(name) + 1, "Description": name} for name in names]


def user_rows(ctx: Context) -> list[Row]:
    return [
        {
            "UserID": user["id"], "UserName": user["login"], "FullName": user["name"], "Email": user["email"],
            "FirstName": user["name"].split()[0], "LastName": user["name"].split()[-1], "Language": user["language"],
            "Blocked": bool(user.get("blocked")), "StartDivision": user.get("home"),
            "UserTypeCode": "MyFirm" if user.get("my_firm") else "Full", "HasTwoStepVerification": True,
            "HasRegisteredForTwoStepVerification": True,
        }
        for user in ctx.box.store.table(GLOBAL, "_users")
        if user["contract"] == ctx.division["contract"]
    ]  # fmt: skip


def _roles(ctx: Context) -> list[Row]:
    rows = []
    for user in user_rows(ctx):
        role = (
            ["Portaalgebruiker", "Portal user"]
            if user["UserTypeCode"] == "MyFirm"
            else ["Boekhouder", "Bookkeeper"]
        )
        rows.append(
            {
                "ID": derived_id(user["UserID"], f"role {ctx.code}"), "UserID": user["UserID"], "Role": 2,
                "RoleLevel": 3, "Description": role, "Division": ctx.code,
            }
        )  # fmt: skip
    return rows


def _deletions(ctx: Context) -> list[Row]:
    oldest = milliseconds(moment(int(ctx.box.now() * 1000)) - DELETIONS_KEPT)
    return [row for row in ctx.rows("sync/Deleted") if row["DeletedDate"] >= oldest]


def sync_timestamp(ctx: Context, modified: int, path: str, source: str) -> Row:
    """The rowversion from which a sync endpoint gives everything that was modified since a moment."""
    later = [row["Timestamp"] for row in ctx.rows(source) if row.get("Modified", 0) >= modified]
    latest = max((row["Timestamp"] for row in ctx.rows(source)), default=0)
    return {"TimeStampAsBigInt": min(later) - 1 if later else latest, "API": path, "Modified": modified}


def _subscriptions(ctx: Context) -> list[Row]:
    return [
        row for row in ctx.rows("webhooks/WebhookSubscriptions") if row["ClientID"] == ctx.app["client_id"]
    ]


_VIEWS: dict[str, Callable[[Context], Any]] = {
    "system/Divisions": _divisions,
    "system/AllDivisions": _divisions,
    "system/GetMostRecentlyUsedDivisions": _divisions,
    "hrm/Divisions": _same_customer,
    "system/AvailableFeatures": _features,
    "read/financial/JournalStatusList": _journal_status,
    "financialtransaction/TransactionLines": lambda ctx: ctx.box.ledger.transaction_lines(ctx.code),
    "cashflow/Payments": lambda ctx: ctx.box.ledger.payments(ctx.code),
    "mailbox/Mailboxes": mailbox.of_contract,
    "read/mailbox/DefaultMailbox": mailbox.preferred,
    "read/mailbox/PreferredMailbox": mailbox.preferred,
    "users/Users": user_rows,
    "users/UserRoles": _roles,
    "users/UserRolesPerDivision": _roles,
    "sync/Deleted": _deletions,
    "webhooks/WebhookSubscriptions": _subscriptions,
    "general/Currencies": lambda ctx: ctx.box.store.table(GLOBAL, "general/Currencies"),
    "purchase/PurchaseInvoices": lambda ctx: [],
}
