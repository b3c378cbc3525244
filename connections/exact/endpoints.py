"""What we call at Exact: one row per endpoint, with only the fields that the portal uses.

`$select` is effectively compulsory at Exact (some endpoints refuse a request without it), so the field list
of a row IS the select. Paths, fields and scopes were read from Exact's resource pages
(https://start.exactonline.nl/docs/HlpRestAPIResources.aspx) as they stood on `CHECKED`; each row names its
page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from connections.exact.odata import Edm, Row, Unreadable, expanded, read

CHECKED = date(2025, 7, 1)

Confidence = Literal["H", "M", "L"]
"""H: Exact's own text or a raw answer. M: several independent clients agree. L: one source, or inferred."""

PAGE = 60
SYNC_PAGE = 1000

SECONDS = 30.0
"""How long a call may take in all. Heavy reads answer 408 by themselves, later than this."""
UPLOAD_SECONDS = 120.0
"""10 MB as base64 over a slow line."""


@dataclass(frozen=True, slots=True, eq=False)
class Endpoint:
    """One resource of Exact.

    `path` follows `/api/v1/`; `{division}` in it is the administration's number. `scope` is the app scope
    that guards it. With `mandatory_filter` a GET without `$filter` is refused by Exact, so we do not send
    one. `fields` maps a field to how it is read; `lines` maps a navigation property to the endpoint that its
    rows look like.
    """

    name: str
    path: str
    fields: Mapping[str, Edm]
    scope: str | None
    page: str
    key: str = "ID"
    methods: str = "GET"
    page_size: int = PAGE
    confidence: Confidence = "H"
    mandatory_filter: bool = False
    seconds: float = SECONDS
    lines: Mapping[str, Endpoint] = field(default_factory=dict)

    @property
    def divisionless(self) -> bool:
        """No division in the URL: the call counts for no daily limit."""
        return "{division}" not in self.path

    @property
    def doc(self) -> str:
        return f"https://start.exactonline.nl/docs/HlpRestAPIResourcesDetails.aspx?name={self.page}"

    @property
    def right(self) -> str:
        """How `UserHasRights` names this endpoint: `crm/Accounts`."""
        return self.path.removeprefix("{division}/")

    def url_path(self, division: int | None) -> str:
        if self.divisionless:
            return f"/api/v1/{self.path}"
        if division is None:
            raise ValueError(f"{self.name} needs a division")
        return f"/api/v1/{self.path.format(division=division)}"

    def read(self, raw: Row, select: Iterable[str] | None = None, expand: Iterable[str] = ()) -> Row:
        """A raw row as Python values. `select=None` reads whatever of our fields is there (the answer to a
        POST shows all fields); otherwise a selected field that is missing raises `Unreadable`."""
        if select is None:
            names: Iterable[str] = [
                self.key,
                *(name for name in self.fields if name in raw and name != self.key),
            ]
        else:
            names = select
        row = {}
        for name in names:
            if name not in raw:
                raise Unreadable(f"{self.name} came without {name}")
            row[name] = read(f"{self.name}.{name}", self.fields[name], raw[name])
        for name in expand:
            if name not in raw:
                raise Unreadable(f"{self.name} came without {name}")
            inner = self.lines[name]
            row[name] = [
                inner.read(line, inner.fields) for line in expanded(f"{self.name}.{name}", raw[name])
            ]
        return row


def _fields(text: str) -> dict[str, Edm]:
    """`"ID:guid Name IsSupplier:bool"`; a name alone is a string."""
    pairs = (word.partition(":") for word in text.split())
    return {name: Edm(kind or Edm.STRING) for name, _, kind in pairs}


_CHANGED = "Created:datetime Modified:datetime "
_ADMINISTRATION = "organization.administration"
_ACCOUNTING = "financial.accounting"
_LEDGERS = "financial.generalledgers"
_MAILBOXES = "communication.mailboxes"
_DOCUMENTS = "organization.documents"

# --- Who we are and where we may work -----------------------------------------------------------------------

ME = Endpoint(
    "Me",
    "current/Me",
    _fields(
        "UserID:guid UserName FullName Email LanguageCode CurrentDivision:int DivisionCustomer:guid"
        " DivisionCustomerCode:code DivisionCustomerName IsClientUser:bool IsEmployeeSelfServiceUser:bool"
        " IsMyFirmLiteUser:bool IsMyFirmPortalUser:bool IsStarterUser:bool PackageCode"
    ),
    scope=None,
    page="SystemSystemMe",
    key="UserID",
)
_DIVISION_FIELDS = _fields(
    "Code:int Hid:int Description Customer:guid CustomerCode:code CustomerName ChamberOfCommerceNumber"
    " VATNumber SiretNumber Country:code Currency:code Legislation Status:int BlockingStatus:int"
    " ArchiveDate:datetime StartDate:datetime DivisionMoveDate:datetime DivisionHRLinkUnlinkDate:datetime"
    " IsMainDivision:bool"
    " IsDossierDivision:bool IsPracticeDivision:bool Current:bool " + _CHANGED
)
DIVISIONS = Endpoint(
    "Divisions",
    "{division}/system/Divisions",
    _DIVISION_FIELDS,
    scope=_ADMINISTRATION,
    page="SystemSystemDivisions",
    key="Code",
)
ALL_DIVISIONS = Endpoint(
    "AllDivisions",
    "{division}/system/AllDivisions",
    _DIVISION_FIELDS,
    scope=_ADMINISTRATION,
    page="SystemSystemAllDivisions",
    key="Code",
)
AVAILABLE_FEATURES = Endpoint(
    "AvailableFeatures",
    "{division}/system/AvailableFeatures",
    _fields("ID:int Description"),
    scope=_ADMINISTRATION,
    page="SystemSystemAvailableFeatures",
)
USERS = Endpoint(
    "Users",
    "{division}/users/Users",
    _fields(
        "UserID:guid UserName FullName Email StartDivision:int StartDate:datetime EndDate:datetime"
        " LastLogin:datetime HasTwoStepVerification:bool"
    ),
    scope=_ADMINISTRATION,
    page="UsersUsers",
    key="UserID",
    confidence="M",
)
_ROLE_FIELDS = "ID:guid UserID:guid Role:int RoleLevel:int Description StartDate:datetime EndDate:datetime"
USER_ROLES = Endpoint(
    "UserRoles",
    "{division}/users/UserRoles",
    _fields(_ROLE_FIELDS),
    scope=_ADMINISTRATION,
    page="UsersUserRoles",
)
USER_ROLES_PER_DIVISION = Endpoint(
    "UserRolesPerDivision",
    "{division}/users/UserRolesPerDivision",
    _fields(_ROLE_FIELDS + " Division:int"),
    scope=_ADMINISTRATION,
    page="UsersUserRolesPerDivision",
)
USER_HAS_RIGHTS = Endpoint(
    "UserHasRights",
    "{division}/users/UserHasRights",
    _fields("UserHasRights:bool"),
    scope=_ADMINISTRATION,
    page="UsersUserHasRights",
    key="UserHasRights",
)

# --- Suppliers ----------------------------------------------------------------------------------------------

_ACCOUNT_FIELDS = (
    "ID:guid Code:code Name SearchCode:code TradeName IsSupplier:bool Blocked:bool Status Type"
    " StartDate:datetime EndDate:datetime ChamberOfCommerce RSIN OINNumber VATNumber PeppolIdentifier"
    " PeppolIdentifierType:int GlnNumber AddressLine1 Postcode City Country:code Email Phone Website"
    " Language PurchaseCurrency:code GLAccountPurchase:guid GLAP:guid PurchaseVATCode:code"
    " PaymentConditionPurchase:code AutomaticProcessProposedEntry:int Parent:guid "
)
ACCOUNTS = Endpoint(
    "Accounts",
    "{division}/crm/Accounts",
    _fields(_ACCOUNT_FIELDS + _CHANGED),
    scope="crm.accounts",
    page="CRMAccounts",
    methods="GET POST PUT DELETE",
    mandatory_filter=True,
)
BANK_ACCOUNTS = Endpoint(
    "BankAccounts",
    "{division}/crm/BankAccounts",
    _fields(
        "ID:guid Account:guid BankAccount BankAccountHolderName BICCode Blocked:bool Main:bool Type:code"
        " Description " + _CHANGED
    ),
    scope="crm.accounts",
    page="CRMBankAccounts",
    methods="GET POST PUT DELETE",
)

# --- Booking ------------------------------------------------------------------------------------------------

PURCHASE_ENTRY_LINES = Endpoint(
    "PurchaseEntryLines",
    "{division}/purchaseentry/PurchaseEntryLines",
    _fields(
        "ID:guid EntryID:guid LineNumber:int Description Notes GLAccount:guid GLAccountCode:code"
        " AmountFC:number AmountDC:number VATCode:code VATPercentage:number VATAmountFC:number"
        " VATAmountDC:number VATBaseAmountFC:number VATNonDeductiblePercentage:number CostCenter:code"
        " CostUnit:code Project:guid Asset:guid Quantity:number From:date To:date"
    ),
    scope=_ACCOUNTING,
    page="PurchaseEntryPurchaseEntryLines",
    methods="GET POST PUT DELETE",
)
PURCHASE_ENTRIES = Endpoint(
    "PurchaseEntries",
    "{division}/purchaseentry/PurchaseEntries",
    _fields(
        "EntryID:guid EntryNumber:int InvoiceNumber:int Journal:code Supplier:guid SupplierName YourRef"
        " Description Document:guid EntryDate:date DueDate:date ReportingYear:int ReportingPeriod:int"
        " Currency:code Rate:number AmountFC:number AmountDC:number VATAmountFC:number VATAmountDC:number"
        " GAccountAmountFC:number PaymentCondition:code PaymentReference OrderNumber:int"
        " ExternalLinkReference Reversal:bool Status:int"
        " Type:int Creator:guid Modifier:guid " + _CHANGED
    ),
    scope=_ACCOUNTING,
    page="PurchaseEntryPurchaseEntries",
    key="EntryID",
    methods="GET POST PUT DELETE",
    seconds=60.0,
    lines={"PurchaseEntryLines": PURCHASE_ENTRY_LINES},
)
PAYMENTS = Endpoint(
    "Payments",
    "{division}/cashflow/Payments",
    _fields(
        "ID:guid Account:guid EntryID:guid EntryNumber:int InvoiceNumber:int YourRef Journal:code"
        " Status:int AmountFC:number AmountDC:number Currency:code InvoiceDate:date DueDate:date"
        " EndDate:date PaymentMethod:code PaymentReference AccountBankAccountID:guid TransactionID:guid"
        " TransactionEntryID:guid"
        " TransactionStatus:int " + _CHANGED
    ),
    scope="financial.cashflow",
    page="CashflowPayments",
    methods="GET PUT",
)

# --- Documents ----------------------------------------------------------------------------------------------

_DOCUMENT_FIELDS = (
    "ID:guid HID:int Subject Type:int Account:guid DocumentDate:date AmountFC:number Currency:code"
    " FinancialTransactionEntryID:guid ProposedEntryStatus:int ScanServiceStatus:int DocumentViewUrl"
    " Creator:guid "
)
DOCUMENTS = Endpoint(
    "Documents",
    "{division}/documents/Documents",
    _fields(_DOCUMENT_FIELDS + _CHANGED),
    scope=_DOCUMENTS,
    page="DocumentsDocuments",
    methods="GET POST PUT DELETE",
    mandatory_filter=True,
)
DOCUMENT_ATTACHMENTS = Endpoint(
    "DocumentAttachments",
    "{division}/documents/DocumentAttachments",
    _fields("ID:guid Document:guid FileName FileSize:number Url"),
    scope=_DOCUMENTS,
    page="DocumentsDocumentAttachments",
    methods="GET POST DELETE",
    mandatory_filter=True,
    seconds=UPLOAD_SECONDS,
)

# --- The digital mailbox ------------------------------------------------------------------------------------

MAILBOXES = Endpoint(
    "Mailboxes",
    "{division}/mailbox/Mailboxes",
    _fields(
        "ID:guid Mailbox Description Account:guid AccountName ForDivision:int ForDivisionDescription Type:int"
        " Publish:int ValidFrom:datetime ValidTo:datetime " + _CHANGED
    ),
    scope=_MAILBOXES,
    page="MailboxMailboxes",
    methods="GET POST PUT DELETE",
)
_MAILBOX_FIELDS = _fields(
    "ID:guid Mailbox Description ForDivision:int IsScanServiceMailbox:bool ValidFrom:datetime"
    " ValidTo:datetime"
)
DEFAULT_MAILBOX = Endpoint(
    "DefaultMailbox",
    "{division}/read/mailbox/DefaultMailbox",
    _MAILBOX_FIELDS,
    scope=_MAILBOXES,
    page="ReadMailboxDefaultMailbox",
)
PREFERRED_MAILBOX = Endpoint(
    "PreferredMailbox",
    "{division}/read/mailbox/PreferredMailbox",
    _MAILBOX_FIELDS,
    scope=_MAILBOXES,
    page="ReadMailboxPreferredMailbox",
)
MAIL_MESSAGES_SENT = Endpoint(
    "MailMessagesSent",
    "{division}/mailbox/MailMessagesSent",
    _fields(
        "ID:guid Subject Type:int ForDivision:int SenderMailboxID:guid SenderMailbox SenderDateSent:datetime"
        " RecipientMailboxID:guid RecipientMailbox RecipientStatus:int RecipientStatusDescription"
        " SynchronizationCode " + _CHANGED
    ),
    scope=_MAILBOXES,
    page="MailboxMailMessagesSent",
    methods="GET POST",
)
MAIL_MESSAGE_ATTACHMENTS = Endpoint(
    "MailMessageAttachments",
    "{division}/mailbox/MailMessageAttachments",
    _fields(
        "ID:guid MailMessageID:guid AttachmentFileName AttachmentFileExtension FileSize:int Type:int Url"
    ),
    scope=_MAILBOXES,
    page="MailboxMailMessageAttachments",
    methods="GET POST",
    seconds=UPLOAD_SECONDS,
)

# --- The ledger's master data -------------------------------------------------------------------------------

VAT_CODES = Endpoint(
    "VATCodes",
    "{division}/vat/VATCodes",
    _fields(
        "ID:guid Code:code Description Percentage:number Type:code VATTransactionType:code Charged:bool"
        " IsBlocked:bool Country:code EUSalesListing:code IntraStat:bool VatMargin:int GLToClaim:guid"
        " GLToPay:guid " + _CHANGED
    ),
    scope=_ACCOUNTING,
    page="VATVATCodes",
)
VAT_PERCENTAGES = Endpoint(
    "VatPercentages",
    "{division}/vat/VatPercentages",
    _fields("ID:guid VATCodeID:guid LineNumber:int Percentage:number Type:int StartDate:date EndDate:date"),
    scope=_ACCOUNTING,
    page="VATVatPercentages",
)
_GL_ACCOUNT_FIELDS = (
    "ID:guid Code:code Description SearchCode:code Type:int TypeDescription BalanceSide:code"
    " BalanceType:code IsBlocked:bool VATCode:code UseCostcenter:int UseCostunit:int Costcenter:code"
    " Costunit:code ReportingCode "
)
GL_ACCOUNTS = Endpoint(
    "GLAccounts",
    "{division}/financial/GLAccounts",
    _fields(_GL_ACCOUNT_FIELDS + _CHANGED),
    scope=_LEDGERS,
    page="FinancialGLAccounts",
    mandatory_filter=True,
)
JOURNALS = Endpoint(
    "Journals",
    "{division}/financial/Journals",
    _fields(
        "ID:guid Code:code Description Type:int IsBlocked:bool AllowVAT:bool AllowVariableCurrency:bool"
        " Currency:code"
        " GLAccount:guid " + _CHANGED
    ),
    scope=_LEDGERS,
    page="FinancialJournals",
)
FINANCIAL_PERIODS = Endpoint(
    "FinancialPeriods",
    "{division}/financial/FinancialPeriods",
    _fields("ID:guid FinYear:int FinPeriod:int StartDate:date EndDate:date"),
    scope=_ACCOUNTING,
    page="FinancialFinancialPeriods",
)
JOURNAL_STATUS_LIST = Endpoint(
    "JournalStatusList",
    "{division}/read/financial/JournalStatusList",
    _fields("Journal:code JournalType:int Year:int Period:int Status:int"),
    scope=_ACCOUNTING,
    page="ReadFinancialJournalStatusList",
    key="Journal",
)
PAYMENT_CONDITIONS = Endpoint(
    "PaymentConditions",
    "{division}/cashflow/PaymentConditions",
    _fields("ID:guid Code:code Description PaymentDays:int PaymentMethod:code PaymentEndOfMonths:int"),
    scope="financial.cashflow",
    page="CashflowPaymentConditions",
)
COSTCENTERS = Endpoint(
    "Costcenters",
    "{division}/hrm/Costcenters",
    _fields("ID:guid Code:code Description Active:bool " + _CHANGED),
    scope="financial.costcenters",
    page="HRMCostcenters",
    confidence="M",
)
COSTUNITS = Endpoint(
    "Costunits",
    "{division}/hrm/Costunits",
    _fields("ID:guid Code:code Description " + _CHANGED),
    scope="financial.costcenters",
    page="HRMCostunits",
    confidence="M",
)
PROJECTS = Endpoint(
    "Projects",
    "{division}/project/Projects",
    _fields("ID:guid Code:code Description Type:int StartDate:date EndDate:date " + _CHANGED),
    scope="projects.projects",
    page="ProjectProjects",
    confidence="M",
    mandatory_filter=True,
)
CURRENCIES = Endpoint(
    "Currencies",
    "{division}/general/Currencies",
    _fields("Code:code Description AmountPrecision:number"),
    scope="financial.currencies",
    page="GeneralCurrencies",
    key="Code",
)

# --- Hearing of changes -------------------------------------------------------------------------------------

WEBHOOK_SUBSCRIPTIONS = Endpoint(
    "WebhookSubscriptions",
    "{division}/webhooks/WebhookSubscriptions",
    _fields("ID:guid Topic CallbackURL ClientID:guid Division:int UserID:guid Created:datetime"),
    scope=_ADMINISTRATION,
    page="WebhooksWebhookSubscriptions",
    methods="GET POST DELETE",
)


def _sync(name: str, path: str, fields: str, scope: str, page: str) -> Endpoint:
    """Sync endpoints page by 1,000, only take `Timestamp gt nL` (start at 1) and never show what was
    deleted."""
    return Endpoint(
        name,
        "{division}/sync/" + path,
        _fields("Timestamp:int " + fields),
        scope=scope,
        page=page,
        key="Timestamp",
        page_size=SYNC_PAGE,
        mandatory_filter=True,
    )


SYNC_ACCOUNTS = _sync(
    "SyncAccounts", "CRM/Accounts", _ACCOUNT_FIELDS + _CHANGED, "crm.accounts", "SyncCRMAccounts"
)
SYNC_DOCUMENTS = _sync(
    "SyncDocuments", "Documents/Documents", _DOCUMENT_FIELDS + _CHANGED, _DOCUMENTS, "SyncDocumentsDocuments"
)
SYNC_GL_ACCOUNTS = _sync(
    "SyncGLAccounts",
    "Financial/GLAccounts",
    _GL_ACCOUNT_FIELDS + _CHANGED,
    _LEDGERS,
    "SyncFinancialGLAccounts",
)
SYNC_DELETED = _sync(
    "SyncDeleted",
    "Deleted",
    "ID:guid EntityKey:guid EntityType:int DeletedDate:datetime DeletedBy:guid Division:int",
    _ADMINISTRATION,
    "SyncDeleted",
)
SYNC_TIMESTAMP = Endpoint(
    "SyncTimestamp",
    "{division}/read/sync/Sync/SyncTimestamp",
    _fields("Modified:datetime API TimeStampAsBigInt:int"),
    scope=_ADMINISTRATION,
    page="ReadSyncSyncSyncTimestamp",
    key="TimeStampAsBigInt",
)

ENDPOINTS: Mapping[str, Endpoint] = {
    endpoint.name: endpoint for endpoint in list(globals().values()) if isinstance(endpoint, Endpoint)
}
"""All rows, by name."""
