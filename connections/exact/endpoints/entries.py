"""Booking: purchase entries with their lines, and what was paid of them."""

from connections.exact.endpoints.endpoint import CHANGED, Endpoint, typed

_ACCOUNTING = "financial.accounting"

PURCHASE_ENTRY_LINES = Endpoint(
    "PurchaseEntryLines",
    "{division}/purchaseentry/PurchaseEntryLines",
    typed(
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
    typed(
        "EntryID:guid EntryNumber:int InvoiceNumber:int Journal:code Supplier:guid SupplierName YourRef"
        " Description Document:guid EntryDate:date DueDate:date ReportingYear:int ReportingPeriod:int"
        " Currency:code Rate:number AmountFC:number AmountDC:number VATAmountFC:number VATAmountDC:number"
        " GAccountAmountFC:number PaymentCondition:code PaymentReference OrderNumber:int"
        " ExternalLinkReference Reversal:bool Status:int"
        " Type:int Creator:guid Modifier:guid " + CHANGED
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
    typed(
        "ID:guid Account:guid EntryID:guid EntryNumber:int InvoiceNumber:int YourRef Journal:code"
        " Status:int AmountFC:number AmountDC:number Currency:code InvoiceDate:date DueDate:date"
        " EndDate:date PaymentMethod:code PaymentReference AccountBankAccountID:guid TransactionID:guid"
        " TransactionEntryID:guid"
        " TransactionStatus:int " + CHANGED
    ),
    scope="financial.cashflow",
    page="CashflowPayments",
    methods="GET PUT",
)
