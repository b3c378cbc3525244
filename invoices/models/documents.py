"""The bytes as received: never changed, never lost."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.base import TenantKey, TenantModel, same_firm, unchanging
from portal.models import Organisation


class Document(TenantModel):
    """What came in, through which door, and its SHA-256. `organisation` is null while it waits for routing."""

    class Channel(models.TextChoices):
        API = "api", _("API")
        UPLOAD = "upload", _("upload")
        EMAIL = "email", _("e-mail")
        PEPPOL = "peppol", _("Peppol")

    organisation = TenantKey(Organisation, null=True, blank=True, related_name="documents")
    channel = models.CharField(_("channel"), max_length=8, choices=Channel.choices)
    sender = models.CharField(_("sender"), max_length=254, blank=True)
    filename = models.CharField(_("file name"), max_length=255, blank=True)
    media_type = models.CharField(max_length=100)
    sha256 = models.CharField(max_length=64)
    size = models.IntegerField()

    class Meta(TenantModel.Meta):
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        constraints = [
            *TenantModel.Meta.constraints,
            *same_firm("invoices", "document", "organisation"),
            models.UniqueConstraint(
                fields=["organisation", "sha256"],
                condition=Q(organisation__isnull=False),
                name="invoices_document_once_per_organisation",
            ),
            models.UniqueConstraint(
                fields=["firm", "sha256"],
                condition=Q(organisation__isnull=True),
                name="invoices_document_unrouted_once",
            ),
        ]
        indexes = [models.Index(fields=["firm", "sha256"], name="invoices_document_known")]

    def __str__(self) -> str:
        return self.filename or self.sha256[:12]


class Content(TenantModel):
    """A document's bytes, in a table of their own so that lists of documents stay small."""

    document = models.OneToOneField(Document, models.PROTECT, related_name="content", db_constraint=False)
    data = models.BinaryField()

    class Meta(TenantModel.Meta):
        constraints = [*TenantModel.Meta.constraints, *same_firm("invoices", "content", "document")]
        triggers = [unchanging("as_received", "document_id", "data")]

    def __str__(self) -> str:
        return str(self.document_id)
