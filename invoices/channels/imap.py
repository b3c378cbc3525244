"""A mailbox elsewhere, looked at every minute: for who has no mail server of their own.

`MAIL_IMAP_URL=imaps://user:password@host/INBOX`. A message is marked as read only when it is kept for every recipient
of ours; a process that dies in between finds it unread again, and it is kept once all the same.
"""

from email.utils import getaddresses
from urllib.parse import unquote, urlsplit

import structlog
from django.conf import settings
from imap_tools import AND, MailBox, MailBoxUnencrypted, MailMessageFlags

from invoices.channels import mail, parts

log = structlog.get_logger(__name__)

AT_ONCE = 50
ADDRESSED = ("Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc")


def recipients(raw: bytes) -> list[str]:
    """The addresses of ours that a message names; what the mail server wrote down comes first."""
    message = parts.headers(raw)
    found = [
        address
        for name in ADDRESSED
        for _, address in getaddresses([str(one) for one in message.get_all(name) or []])
        if mail.kvk_of(address)
    ]
    return list(dict.fromkeys(found))


def poll() -> int:
    """Fetch what is unread. How many messages were kept."""
    if not settings.MAIL_IMAP_URL:
        return 0
    url = urlsplit(settings.MAIL_IMAP_URL)
    kind = MailBox if url.scheme == "imaps" else MailBoxUnencrypted
    kept = 0
    box = kind(url.hostname or "", url.port or (993 if url.scheme == "imaps" else 143), timeout=30)
    with box.login(unquote(url.username or ""), unquote(url.password or ""), url.path.strip("/") or "INBOX"):
        for uid in box.uids(AND(seen=False))[:AT_ONCE]:
            for message in box.fetch(AND(uid=uid), mark_seen=False):
                kept += _take(message.obj.as_bytes())
                box.flag(uid, MailMessageFlags.SEEN, True)
    return kept


def _take(raw: bytes) -> int:
    kept = 0
    for address in recipients(raw):
        try:
            mail.arrive(raw, address)
            kept = 1
        except mail.Unknown:
            log.info("mail_for_nobody", address=address)
    return kept
