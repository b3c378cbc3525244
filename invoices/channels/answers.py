"""A kind word when nothing could be taken from a mail: to the organisation's contact, or to who sent it.

Never to somebody who may not have sent it (no DMARC pass: the answer would go to a victim), never to a machine that
answers machines, and once.
"""

from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from invoices.channels import parts
from invoices.models import ChannelSettings, MailMessage
from portal.tenancy import scope

REASONS = {
    "wrong_type": gettext_lazy("is no PDF and no XML"),
    "logo": gettext_lazy("is a picture in the text of the mail"),
    "protected": gettext_lazy("is protected by a password"),
    "unreadable": gettext_lazy("is damaged"),
    "too_large": gettext_lazy("is larger than 25 MB"),
    "too_many": gettext_lazy("is one of too many files in one mail"),
    "empty": gettext_lazy("is empty"),
    "no_invoice": gettext_lazy("There was no invoice in this mail."),
    "sender_not_listed": gettext_lazy("Your address is not on the list of senders of this organisation."),
    "sender_inactive": gettext_lazy("Your address may not send invoices to this organisation any more."),
}


def refused(firm_id: UUID, mail_id: UUID) -> None:
    """Answer a refused mail, when there is somebody to answer."""
    with scope(firm_id):
        taken = MailMessage.objects.filter(pk=mail_id, answered_at__isnull=True).update(
            answered_at=timezone.now()
        )
        mail = MailMessage.objects.select_related("organisation").get(pk=mail_id)
        own = ChannelSettings.objects.filter(organisation=mail.organisation).first()
        contact = own.contact if own else ""
    message = parts.headers(bytes(mail.raw))
    by_machine = str(message.get("Auto-Submitted", "no")).lower() != "no" or str(
        message.get("Precedence", "")
    ).lower() in ("bulk", "junk", "list")
    to = contact or (mail.sender if mail.authentic == "pass" else "")
    if not taken or not to or by_machine:
        return
    with translation.override("nl"):
        text = render_to_string(
            "invoices/mail_refused.txt",
            {
                "mail": mail,
                "reason": REASONS.get(mail.reason, ""),
                "files": [
                    (one["filename"], REASONS.get(one["code"], one["code"]))
                    for one in mail.outcomes
                    if "code" in one
                ],
            },
        )
        subject = _("Not taken in: %(subject)s") % {"subject": mail.subject or _("your mail")}
    EmailMessage(
        subject=subject[:200],
        body=text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[to],
        headers={"Auto-Submitted": "auto-replied", "In-Reply-To": mail.message_id or "<>"},
    ).send(fail_silently=True)
