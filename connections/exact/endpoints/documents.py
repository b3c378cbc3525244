"""Documents and their attachments."""

from connections.exact.endpoints.endpoint import CHANGED, UPLOAD_SECONDS, Endpoint, sync, typed

_DOCUMENTS = "organization.documents"

_DOCUMENT_FIELDS = (
    "ID:guid HID:int Subject Type:int Account:guid DocumentDate:date AmountFC:number Currency:code"
    " FinancialTransactionEntryID:guid ProposedEntryStatus:int ScanServiceStatus:int DocumentViewUrl"
    " Creator:guid "
)
DOCUMENTS = Endpoint(
    "Documents",
    "{division}/documents/Documents",
    typed(_DOCUMENT_FIELDS + CHANGED),
    scope=_DOCUMENTS,
    page="DocumentsDocuments",
    methods="GET POST PUT DELETE",
    mandatory_filter=True,
)
DOCUMENT_ATTACHMENTS = Endpoint(
    "DocumentAttachments",
    "{division}/documents/DocumentAttachments",
    typed("ID:guid Document:guid FileName FileSize:number Url"),
    scope=_DOCUMENTS,
    page="DocumentsDocumentAttachments",
    methods="GET POST DELETE",
    mandatory_filter=True,
    seconds=UPLOAD_SECONDS,
)
SYNC_DOCUMENTS = sync(
    "SyncDocuments", "Documents/Documents", _DOCUMENT_FIELDS + CHANGED, _DOCUMENTS, "SyncDocumentsDocuments"
)
