"""Suppliers and their bank accounts."""

from connections.exact.endpoints.endpoint import CHANGED, Endpoint, sync, typed

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
    typed(_ACCOUNT_FIELDS + CHANGED),
    scope="crm.accounts",
    page="CRMAccounts",
    methods="GET POST PUT DELETE",
    mandatory_filter=True,
)
BANK_ACCOUNTS = Endpoint(
    "BankAccounts",
    "{division}/crm/BankAccounts",
    typed(
        "ID:guid Account:guid BankAccount BankAccountHolderName BICCode Blocked:bool Main:bool Type:code"
        " Description " + CHANGED
    ),
    scope="crm.accounts",
    page="CRMBankAccounts",
    methods="GET POST PUT DELETE",
)
SYNC_ACCOUNTS = sync(
    "SyncAccounts", "CRM/Accounts", _ACCOUNT_FIELDS + CHANGED, "crm.accounts", "SyncCRMAccounts"
)
