"""Mail by a mail service's webhook, whichever of them django-anymail knows.

`ANYMAIL_WEBHOOK_SECRET` protects the address; a message that could not be kept is answered 500, so that the service
sends it again.
"""

from typing import Any

import structlog

from invoices.channels import imap, mail

log = structlog.get_logger(__name__)


def on_inbound(sender: Any, event: Any, esp_name: str, **kwargs: Any) -> None:
    """Handler of anymail's `inbound` signal."""
    message = event.message
    raw = message.as_bytes()
    to = [message.envelope_recipient] if message.envelope_recipient else imap.recipients(raw)
    for address in to:
        try:
            mail.arrive(raw, address, message.envelope_sender or "")
        except mail.Unknown:
            log.info("mail_for_nobody", address=address, esp=esp_name)
