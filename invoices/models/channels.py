"""What comes in by mail and Peppol before it is a document: kept first, worked afterwards."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from invoices.models.invoices import Invoice
from portal.base import JsonField, Stamped, TenantKey, TenantModel, same_firm
from portal.models import Organisation


class ChannelSettings(TenantModel):
    """How an organisation receives; one that has no row takes mail from everybody and answers no supplier."""

    organisation = models.OneToOneField(
        Organisation, models.CASCADE, related_name="channels", db_constraint=False
    )
    listed_only = models.BooleanField(_("mail from listed senders only"), default=False)
    contact = models.EmailField(_("who hears of refused mail"), blank=True)
    responds = models.BooleanField(_("tells suppliers by Peppol what became of their invoice"), default=False)

    class Meta(TenantModel.Meta):
        verbose_name = _("channel settings")
        verbose_name_plural = _("channel settings")
        constraints = [
            *TenantModel.Meta.constraints,
            *same_firm("invoices", "channelsettings", "organisation"),
        ]

    def __str__(self) -> str:
        return str(self.organisation_id)


class MailSender(TenantModel):
    """Who may mail invoices to an organisation: one address, or one domain (`@drukkerij.nl`)."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        INVITED = "invited", _("invited")
        ACTIVE = "active", _("active")
        INACTIVE = "inactive", _("inactive")

    organisation = TenantKey(Organisation, models.CASCADE, related_name="mail_senders")
    address = models.CharField(_("address or @domain"), max_length=254)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.DRAFT)

    class Meta(TenantModel.Meta):
        verbose_name = _("mail sender")
        verbose_name_plural = _("mail senders")
        constraints = [
            *TenantModel.Meta.constraints,
            *same_firm("invoices", "mailsender", "organisation"),
            models.UniqueConstraint(fields=["organisation", "address"], name="invoices_mailsender_once"),
        ]

    def __str__(self) -> str:
        return self.address


class MailMessage(TenantModel):
    """A mail as it came in. `identity` is that of the message, whichever way and however often it came."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        TAKEN = "taken", _("taken in")
        REFUSED = "refused", _("refused")
        HELD = "held", _("on hold")

    organisation = TenantKey(Organisation, related_name="mails")
    identity = models.CharField(
        max_length=64
    )  # SHA-256 of Message-ID and body; trace headers differ each time
    message_id = models.CharField(max_length=250, blank=True)
    sender = models.CharField(_("sender"), max_length=254, blank=True)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    authentic = models.CharField(max_length=10, blank=True)  # what the trusted MTA said of DMARC
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.WAITING)
    reason = models.CharField(max_length=60, blank=True)
    outcomes = JsonField(default=list)  # per file: {filename, invoice} or {filename, code}
    answered_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    raw = models.BinaryField()

    class Meta(TenantModel.Meta):
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        constraints = [
            *TenantModel.Meta.constraints,
            *same_firm("invoices", "mailmessage", "organisation"),
            models.UniqueConstraint(fields=["organisation", "identity"], name="invoices_mail_once"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="invoices_mail_due"),
            models.Index(fields=["organisation", "-created_at"], name="invoices_mail_recent"),
        ]

    def __str__(self) -> str:
        return self.subject or self.message_id


class KvkRoute(models.Model):
    """The helpdesk's decision whose a KVK number is, where more than one firm has it. Belongs to no firm."""

    kvk_number = models.CharField(max_length=8, primary_key=True)
    owner = models.UUIDField()  # the firm; no foreign key, so that no firm can learn of another's row
    decided_at = models.DateTimeField(auto_now=True)

    objects = models.Manager()

    class Meta:
        verbose_name = _("KVK route")
        verbose_name_plural = _("KVK routes")

    def __str__(self) -> str:
        return self.kvk_number


class HeldArrival(Stamped):
    """What came for a KVK number that two firms have, kept until the helpdesk decides. Belongs to no firm yet."""

    kvk_number = models.CharField(max_length=8, db_index=True)
    channel = models.CharField(max_length=8)
    identity = models.CharField(max_length=64, unique=True)
    sender = models.CharField(max_length=254, blank=True)
    given_at = models.DateTimeField(null=True)
    raw = models.BinaryField()

    objects = models.Manager()

    class Meta:
        verbose_name = _("held arrival")
        verbose_name_plural = _("held arrivals")

    def __str__(self) -> str:
        return f"{self.kvk_number} {self.channel}"


class PeppolEvent(Stamped):
    """What an access point told us: a document is there for a party. Fetched afterwards, once."""

    access_point = models.CharField(max_length=40)
    document_id = models.CharField(max_length=200)
    topic = models.CharField(max_length=60, blank=True)
    party = models.CharField(max_length=100, blank=True)
    kvk_number = models.CharField(max_length=8, blank=True)
    sender = models.CharField(max_length=200, blank=True)
    due_at = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    outcome = models.CharField(max_length=60, blank=True)  # taken, held, party_unknown, gone
    done_at = models.DateTimeField(null=True)

    objects = models.Manager()

    class Meta:
        verbose_name = _("Peppol event")
        verbose_name_plural = _("Peppol events")
        constraints = [
            models.UniqueConstraint(fields=["access_point", "document_id"], name="invoices_peppolevent_once")
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="invoices_peppol_due")
        ]

    def __str__(self) -> str:
        return f"{self.access_point} {self.document_id}"


class SupplierResponse(TenantModel):
    """A Peppol Invoice Response on its way back to the supplier: a fact, told once."""

    invoice = TenantKey(Invoice, models.CASCADE, related_name="responses")
    access_point = models.CharField(max_length=40)
    document_id = models.CharField(max_length=200)
    party = models.CharField(max_length=100, blank=True)
    code = models.CharField(max_length=2)  # AB, IP, AP, RE, PD
    reason = models.CharField(max_length=3, blank=True)
    action = models.CharField(max_length=3, blank=True, db_default="")
    note = models.CharField(max_length=400, blank=True)
    due_at = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    error = models.CharField(max_length=60, blank=True)
    sent_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("response to a supplier")
        verbose_name_plural = _("responses to suppliers")
        constraints = [
            *TenantModel.Meta.constraints,
            *same_firm("invoices", "supplierresponse", "invoice"),
            models.UniqueConstraint(fields=["invoice", "code"], name="invoices_response_once"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="invoices_response_due")
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.invoice_id}"
