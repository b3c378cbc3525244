"""The digital mailbox: addresses, messages, attachments."""

from connections.exact.endpoints.endpoint import CHANGED, UPLOAD_SECONDS, Endpoint, typed

_MAILBOXES = "communication.mailboxes"

MAILBOXES = Endpoint(
    "Mailboxes",
    "{division}/mailbox/Mailboxes",
    typed(
        "ID:guid Mailbox Description Account:guid AccountName ForDivision:int ForDivisionDescription Type:int"
        " Publish:int ValidFrom:datetime ValidTo:datetime " + CHANGED
    ),
    scope=_MAILBOXES,
    page="MailboxMailboxes",
    methods="GET POST PUT DELETE",
)
_MAILBOX_FIELDS = typed(
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
    typed(
        "ID:guid Subject Type:int ForDivision:int SenderMailboxID:guid SenderMailbox SenderDateSent:datetime"
        " RecipientMailboxID:guid RecipientMailbox RecipientStatus:int RecipientStatusDescription"
        " SynchronizationCode " + CHANGED
    ),
    scope=_MAILBOXES,
    page="MailboxMailMessagesSent",
    methods="GET POST",
)
MAIL_MESSAGE_ATTACHMENTS = Endpoint(
    "MailMessageAttachments",
    "{division}/mailbox/MailMessageAttachments",
    typed("ID:guid MailMessageID:guid AttachmentFileName AttachmentFileExtension FileSize:int Type:int Url"),
    scope=_MAILBOXES,
    page="MailboxMailMessageAttachments",
    methods="GET POST",
    seconds=UPLOAD_SECONDS,
)
