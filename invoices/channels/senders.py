"""Whether a mail's sender is who it says, and may send.

Only the `Authentication-Results` that our own mail server wrote counts (RFC 8601): anybody can write such a header into
a message. Which server that is, is `MAIL_TRUSTED_AUTHSERV`; its header stands above those that came along.
"""

from email.message import EmailMessage
from email.utils import parseaddr

from django.conf import settings

from invoices.models import ChannelSettings, MailSender
from portal.models import Organisation

VOUCHED = "vouched"  # a person of the firm says that it may come in, whatever its headers say


def address_of(message: EmailMessage, envelope_from: str = "") -> str:
    """The address in `From`, which is what DMARC vouches for; the envelope's where it has none."""
    return (parseaddr(str(message.get("From", "")))[1] or envelope_from).strip().lower()[:254]


def dmarc(message: EmailMessage) -> str:
    """ "pass", "fail" … as the trusted server said; "" when it said nothing."""
    trusted = settings.MAIL_TRUSTED_AUTHSERV.lower()
    if not trusted:
        return ""
    for header in message.get_all("Authentication-Results") or []:
        server, *results = (part.strip() for part in str(header).split(";"))
        if server.split()[:1] == [trusted] or server.lower().split()[:1] == [trusted]:
            for result in results:
                if result.lower().startswith("dmarc="):
                    return result.split()[0].partition("=")[2].lower()[:10]
            return ""
    return ""


def listed(text: str) -> str:
    """An address or «@domain» as the list keeps it; "" when it is neither."""
    text = text.strip().lower()
    name, _, domain = text.rpartition("@")
    return text if "." in domain and not set(text) & set(" ,;<>") and "@" not in name else ""


def forget(email: str) -> None:
    """A person who is forgotten is no sender and hears of nothing (`portal.people.erasure`). Within staff()."""
    MailSender.objects.filter(address__iexact=email).delete()
    ChannelSettings.objects.filter(contact__iexact=email).update(contact="")


def refusal(organisation: Organisation, sender: str, authentic: str) -> str:
    """Why this sender may not: `sender_not_authentic`, `sender_not_listed`, `sender_inactive`; "" when it may."""
    if authentic == VOUCHED:
        return ""
    if authentic == "fail":
        return "sender_not_authentic"
    domain = "@" + sender.rpartition("@")[2]
    known = {
        one.state
        for one in MailSender.objects.filter(organisation=organisation, address__in=[sender, domain])
    }
    if MailSender.State.ACTIVE in known:
        return ""
    if MailSender.State.INACTIVE in known:
        return "sender_inactive"
    settings_ = ChannelSettings.objects.filter(organisation=organisation).first()
    return "sender_not_listed" if settings_ and settings_.listed_only else ""
