"""One organisation ↔ one Exact division, and its digital mailbox."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from connections.models.authorisations import Authorisation
from portal.audited import audited
from portal.base import JsonField, TenantKey, TenantModel, same_firm, transitions
from portal.models import Organisation
from portal.models.webhooks import announces


class Connection(TenantModel):
    """One organisation's books: a division of Exact Online, reached over an authorisation."""

    class Status(models.TextChoices):
        PENDING = "pending", _("being connected")
        ACTIVE = "active", _("connected")
        BLOCKED = "blocked", _("blocked")
        PAUSED = "paused", _("paused")
        DISCONNECTED = "disconnected", _("disconnected")

    class Step(models.TextChoices):
        AUTHORISE = "authorise", _("sign in at Exact")
        CHOOSE_DIVISION = "choose_division", _("choose the administration")
        CHECK = "check", _("checks are running")

    class Mode(models.TextChoices):
        MAILBOX = "mailbox", _("deliver only")
        SUGGEST = "suggest", _("propose, a person approves")
        AUTOPILOT = "autopilot", _("book when sure")

    class Delivery(models.TextChoices):
        MAILBOX = "mailbox", _("digital mailbox")
        DOCUMENT = "document", _("document")

    organisation = TenantKey(Organisation, related_name="connections")
    authorisation = TenantKey(Authorisation, null=True, blank=True, related_name="connections")
    # A second Exact user who may take over when the first dies.
    spare = TenantKey(Authorisation, null=True, blank=True, related_name="spare_for")
    site = models.CharField(max_length=20)
    division = models.IntegerField(_("administration"), null=True, blank=True)
    division_name = models.CharField(max_length=200, blank=True)
    # What whoever asked for the connection said it would be; chosen by itself once the Exact user may use it.
    wanted_division = models.IntegerField(null=True, blank=True)
    # Whose contract with Exact the division belongs to (its customer): the day's 20,000 calls are that one's.
    contract = models.CharField(max_length=60, blank=True)
    # What Exact seems to have sold: type, edition, trial, mailbox, confidence (connections.packages).
    package = JsonField(default=dict)
    # Set when a person confirmed a division whose KVK number is not the organisation's.
    other_kvk_confirmed = models.BooleanField(default=False)

    status = models.CharField(_("status"), max_length=14, choices=Status.choices, default=Status.PENDING)
    next_step = models.CharField(max_length=16, choices=Step.choices, default=Step.AUTHORISE, blank=True)
    resumes_at = models.DateTimeField(null=True, blank=True)
    brake = models.BooleanField(_("booking stopped"), default=False)

    mode = models.CharField(_("mode"), max_length=10, choices=Mode.choices, default=Mode.AUTOPILOT)
    delivery = models.CharField(_("delivery"), max_length=10, choices=Delivery.choices, blank=True)
    auto_book_confidence = models.DecimalField(
        _("books by itself from confidence"),
        max_digits=3,
        decimal_places=2,
        default=Decimal("0.95"),
        validators=[MinValueValidator(Decimal("0.5")), MaxValueValidator(1)],
    )
    auto_book_from = models.DateField(_("books invoices from"), null=True, blank=True)
    auto_book_limit = models.DecimalField(
        _("books by itself up to"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    creates_suppliers = models.BooleanField(_("makes unknown suppliers in Exact"), default=False)
    journal = models.CharField(_("journal"), max_length=10, blank=True)

    last_success_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)
    disconnected_at = models.DateTimeField(null=True, blank=True)
    # The doctor's table, and how far each part of the mirror has been read.
    checks = JsonField(default=list)
    checked_at = models.DateTimeField(null=True, blank=True)
    cursors = JsonField(default=dict)

    class Meta(TenantModel.Meta):
        verbose_name = _("connection")
        verbose_name_plural = _("connections")
        constraints = [
            *TenantModel.Meta.constraints,
            *same_firm("connections", "connection", "organisation", "authorisation", "spare"),
            models.UniqueConstraint(
                fields=["organisation"],
                condition=~Q(status="disconnected"),
                name="connections_connection_one_per_organisation",
            ),
            models.UniqueConstraint(
                fields=["site", "division"],
                condition=~Q(status="disconnected") & Q(division__isnull=False),
                name="connections_connection_one_per_division",
            ),
            models.CheckConstraint(
                condition=~Q(status="active") | (Q(division__isnull=False) & Q(authorisation__isnull=False)),
                name="connections_connection_active_has_division",
            ),
        ]
        triggers = [
            audited(
                "connection",
                *(
                    "organisation_id",
                    "authorisation_id",
                    "spare_id",
                    "site",
                    "division",
                    "other_kvk_confirmed",
                ),
                *("status", "next_step", "resumes_at", "brake", "mode", "delivery", "auto_book_confidence"),
                *("auto_book_from", "auto_book_limit", "creates_suppliers", "journal", "disconnected_at"),
            ),
            announces(
                "connection",
                "NEW.status",
                organisation="NEW.organisation_id",
                next_step="nullif(NEW.next_step, '')",
            ),
            transitions(
                "states",
                "status",
                {
                    "pending": ["active", "blocked", "disconnected"],
                    "active": ["blocked", "paused", "pending", "disconnected"],
                    "blocked": ["active", "pending", "paused", "disconnected"],
                    "paused": ["active", "blocked", "disconnected"],
                    "disconnected": [],
                },
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} → {self.division_name or self.division or '…'}"


class Mailbox(TenantModel):
    """The Digital Mailbox of a connection, as Exact knows it."""

    class Status(models.TextChoices):
        UNKNOWN = "unknown", _("not looked at yet")
        CREATING = "creating", _("being made; this takes a few minutes")
        ACTIVE = "active", _("active")
        FAILED = "failed", _("does not work")
        NOT_WANTED = "not_wanted", _("not used")

    connection = models.OneToOneField(Connection, models.CASCADE, related_name="mailbox", db_constraint=False)
    address = models.CharField(_("address"), max_length=100)
    exact_id = models.UUIDField(null=True)
    sender_id = models.UUIDField(null=True)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.UNKNOWN)
    bound_to = models.IntegerField(null=True)  # the division it is bound to, when that is another one
    made_at = models.DateTimeField(null=True)  # when Exact made it: a new one needs a few minutes
    checked_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("digital mailbox")
        verbose_name_plural = _("digital mailboxes")
        constraints = [*TenantModel.Meta.constraints, *same_firm("connections", "mailbox", "connection")]

    def __str__(self) -> str:
        return self.address
