"""The ledger's master data: VAT codes, accounts, journals, periods, conditions, cost codes, currencies."""

from connections.exact.endpoints.endpoint import CHANGED, Endpoint, sync, typed

_ACCOUNTING = "financial.accounting"
_LEDGERS = "financial.generalledgers"

VAT_CODES = Endpoint(
    "VATCodes",
    "{division}/vat/VATCodes",
    typed(
        "ID:guid Code:code Description Percentage:number Type:code VATTransactionType:code Charged:bool"
        " IsBlocked:bool Country:code EUSalesListing:code IntraStat:bool VatMargin:int GLToClaim:guid"
        " GLToPay:guid " + CHANGED
    ),
    scope=_ACCOUNTING,
    page="VATVATCodes",
)
VAT_PERCENTAGES = Endpoint(
    "VatPercentages",
    "{division}/vat/VatPercentages",
    typed("ID:guid VATCodeID:guid LineNumber:int Percentage:number Type:int StartDate:date EndDate:date"),
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
    typed(_GL_ACCOUNT_FIELDS + CHANGED),
    scope=_LEDGERS,
    page="FinancialGLAccounts",
    mandatory_filter=True,
)
JOURNALS = Endpoint(
    "Journals",
    "{division}/financial/Journals",
    typed(
        "ID:guid Code:code Description Type:int IsBlocked:bool AllowVAT:bool AllowVariableCurrency:bool"
        " Currency:code"
        " GLAccount:guid " + CHANGED
    ),
    scope=_LEDGERS,
    page="FinancialJournals",
)
FINANCIAL_PERIODS = Endpoint(
    "FinancialPeriods",
    "{division}/financial/FinancialPeriods",
    typed("ID:guid FinYear:int FinPeriod:int StartDate:date EndDate:date"),
    scope=_ACCOUNTING,
    page="FinancialFinancialPeriods",
)
JOURNAL_STATUS_LIST = Endpoint(
    "JournalStatusList",
    "{division}/read/financial/JournalStatusList",
    typed("Journal:code JournalType:int Year:int Period:int Status:int"),
    scope=_ACCOUNTING,
    page="ReadFinancialJournalStatusList",
    key="Journal",
)
PAYMENT_CONDITIONS = Endpoint(
    "PaymentConditions",
    "{division}/cashflow/PaymentConditions",
    typed("ID:guid Code:code Description PaymentDays:int PaymentMethod:code PaymentEndOfMonths:int"),
    scope="financial.cashflow",
    page="CashflowPaymentConditions",
)
COSTCENTERS = Endpoint(
    "Costcenters",
    "{division}/hrm/Costcenters",
    typed("ID:guid Code:code Description Active:bool"),
    scope="financial.costcenters",
    page="HRMCostcenters",
    confidence="M",
)
COSTUNITS = Endpoint(
    "Costunits",
    "{division}/hrm/Costunits",
    typed("ID:guid Code:code Description"),
    scope="financial.costcenters",
    page="HRMCostunits",
    confidence="M",
)
PROJECTS = Endpoint(
    "Projects",
    "{division}/project/Projects",
    typed("ID:guid Code:code Description"),
    scope="projects.projects",
    page="ProjectProjects",
    confidence="M",
    mandatory_filter=True,
)
CURRENCIES = Endpoint(
    "Currencies",
    "{division}/general/Currencies",
    typed("Code:code Description AmountPrecision:number"),
    scope="financial.currencies",
    page="GeneralCurrencies",
    key="Code",
)
SYNC_GL_ACCOUNTS = sync(
    "SyncGLAccounts",
    "Financial/GLAccounts",
    _GL_ACCOUNT_FIELDS + CHANGED,
    _LEDGERS,
    "SyncFinancialGLAccounts",
)
