"""What a document says, where it stands, and everything that happened to it."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from connections.models import Issue, Supplier
from invoices.models.documents import Document
from invoices.models.sellers import notes_seller
from portal.base import JsonField, TenantKey, TenantModel, same_firm, transitions, unchanging
from portal.models import Organisation
from portal.models.webhooks import announces


class Invoice(TenantModel):
    """A purchase invoice on its way into the books; one for each document."""

    class Status(models.TextChoices):
        RECEIVED = "received", _("received")
        UNROUTED = "unrouted", _("whose is it?")
        UNREADABLE = "unreadable", _("cannot be read")
        ON_HOLD = "on_hold", _("on hold")
        REVIEW = "review", _("to review")
        READY = "ready", _("ready")
        BOOKING = "booking", _("being booked")
        BOOKED = "booked", _("booked")
        DELIVERED = "delivered", _("delivered")
        FAILED = "failed", _("stopped")
        DUPLICATE = "duplicate", _("duplicate")
        REJECTED = "rejected", _("rejected")

    class Kind(models.TextChoices):
        UBL = "ubl", _("e-invoice (UBL)")
        CII = "cii", _("e-invoice (CII)")
        HYBRID = "hybrid", _("PDF with e-invoice")
        PDF = "pdf", _("PDF")

    organisation = TenantKey(Organisation, null=True, blank=True, related_name="invoices")
    document = models.OneToOneField(Document, models.PROTECT, related_name="invoice", db_constraint=False)
    external_reference = models.CharField(max_length=200, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.RECEIVED)
    # Why it is where it is: a stable code, its values for the sentence in `invoices.reasons`.
    reason = models.CharField(max_length=60, blank=True)
    reason_values = JsonField(default=dict)
    issue = TenantKey(Issue, null=True, blank=True, related_name="invoices")
    # When the next step is to be taken by the pipeline; null: it waits for a person, a lane or nothing.
    due_at = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True)

    # What it says. `content` is invoices.formats' Invoice as JSON; the columns are what we search and join on.
    kind = models.CharField(max_length=8, choices=Kind.choices, blank=True)
    content = JsonField(null=True)
    content_hash = models.CharField(max_length=64, blank=True)  # of a plain PDF: its bytes'
    picture_hash = models.CharField(max_length=64, blank=True)  # of the PDF inside an e-invoice
    findings = JsonField(default=list)
    number = models.CharField(_("invoice number"), max_length=200, blank=True)
    number_normalised = models.CharField(max_length=200, blank=True)  # of a plain PDF: its file name's
    day_and_amount = models.CharField(max_length=40, blank=True)  # «2026-11-03 121.00 EUR»
    is_credit = models.BooleanField(_("credit note"), default=False)
    issue_date = models.DateField(_("invoice date"), null=True)
    due_date = models.DateField(_("due date"), null=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    total = models.DecimalField(_("total"), max_digits=16, decimal_places=2, null=True)  # signed, with VAT
    seller_name = models.CharField(_("seller"), max_length=200, blank=True)
    seller_ids = ArrayField(models.CharField(max_length=60), default=list)

    # Who it is in Exact.
    supplier = TenantKey(Supplier, null=True, blank=True, related_name="invoices", db_index=False)
    matched_by = models.CharField(max_length=20, blank=True)
    candidates = JsonField(default=list)
    duplicates = JsonField(default=list)
    released = ArrayField(models.CharField(max_length=40), default=list)  # holds that a person ended

    class Meta(TenantModel.Meta):
        verbose_name = _("purchase invoice")
        verbose_name_plural = _("purchase invoices")
        constraints = [
            *TenantModel.Meta.constraints,
            *same_firm("invoices", "invoice", "organisation", "document", "issue", "supplier"),
        ]
        indexes = [
            models.Index(fields=["firm", "-created_at", "-id"], name="invoices_invoice_recent"),
            models.Index(fields=["firm", "status", "-created_at"], name="invoices_invoice_by_status"),
            models.Index(
                fields=["firm", "updated_at"], name="invoices_invoice_changed"
            ),  # partners ask by it
            models.Index(fields=["organisation", "-created_at"], name="invoices_invoice_by_client"),
            models.Index(fields=["supplier", "-created_at", "-id"], name="invoices_invoice_by_supplier"),
            models.Index(fields=["organisation", "number_normalised"], name="invoices_invoice_number"),
            models.Index(fields=["organisation", "content_hash"], name="invoices_invoice_content"),
            models.Index(fields=["organisation", "day_and_amount"], name="invoices_invoice_amount"),
            models.Index(fields=["organisation", "picture_hash"], name="invoices_invoice_picture"),
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="invoices_invoice_due"),
            models.Index(
                fields=["firm", "organisation", "created_at", "id"],
                condition=Q(status__in=["review", "on_hold", "failed", "unrouted", "unreadable"]),
                name="invoices_invoice_client_waits",
            ),
            models.Index(
                fields=["firm", "created_at", "id"],
                condition=Q(status__in=["review", "on_hold", "failed", "unrouted", "unreadable"]),
                name="invoices_invoice_queue",
            ),
            # For `search_invoices`. The firm comes first, or a word that all offices know would read everybody's.
            models.Index(
                fields=["firm", "number_normalised"],
                opclasses=["uuid_ops", "text_pattern_ops"],
                name="invoices_invoice_by_number",
            ),
            models.Index(
                fields=["firm", "external_reference"],
                condition=~Q(external_reference=""),
                name="invoices_invoice_by_reference",
            ),
            GinIndex(fields=["firm", "seller_ids"], name="invoices_invoice_by_seller_id"),
            models.Index(
                fields=["firm", "seller_name", "-created_at", "-id"],
                name="invoices_invoice_of_seller",
            ),
            # The helpdesk has a number and no firm yet.
            models.Index(
                fields=["number_normalised"],
                condition=~Q(number_normalised=""),
                name="invoices_invoice_any_number",
            ),
        ]
        triggers = [
            notes_seller,
            announces(
                "invoice",
                "NEW.status",
                reason="nullif(NEW.reason, '')",
                organisation="NEW.organisation_id",
                external_reference="NEW.external_reference",
                number="NEW.number",
            ),
            transitions(
                "states",
                "status",
                {
                    "received": [
                        "unrouted",
                        "unreadable",
                        "on_hold",
                        "review",
                        "ready",
                        "booking",
                        "duplicate",
                        "rejected",
                        "failed",
                    ],
                    "unrouted": ["received", "rejected"],
                    "unreadable": ["received", "rejected"],
                    "on_hold": ["received", "review", "ready", "rejected", "duplicate"],
                    "review": ["received", "on_hold", "ready", "booking", "rejected", "duplicate"],
                    "ready": [
                        "booking",
                        "review",
                        "on_hold",
                        "failed",
                        "rejected",
                        "received",
                        "booked",
                        "delivered",
                    ],
                    "booking": ["booked", "delivered", "failed", "review", "ready"],
                    "booked": ["review"],
                    "delivered": ["booked", "review"],
                    "failed": [
                        "ready",
                        "booking",
                        "review",
                        "rejected",
                        "received",
                        "booked",
                        "delivered",
                        "duplicate",
                    ],
                    "duplicate": ["received", "rejected"],
                    "rejected": ["received"],
                },
            ),
        ]

    def __str__(self) -> str:
        return self.number or str(self.document)


class TimelineEvent(TenantModel):
    """Something that happened to an invoice. Only ever added to."""

    invoice = TenantKey(Invoice, models.CASCADE, related_name="timeline")
    at = models.DateTimeField()
    event = models.CharField(max_length=40)
    detail = JsonField(default=dict)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta(TenantModel.Meta):
        verbose_name = _("event")
        verbose_name_plural = _("events")
        constraints = [*TenantModel.Meta.constraints, *same_firm("invoices", "timelineevent", "invoice")]
        indexes = [models.Index(fields=["invoice", "at"], name="invoices_timeline_order")]
        triggers = [unchanging("append_only", "invoice_id", "at", "event", "detail", "actor_id")]

    def __str__(self) -> str:
        return self.event
