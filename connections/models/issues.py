"""Something wrong, who must act, and how: opened once, counted, closed by itself when it is mended."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from connections.models.connections import Connection
from portal.base import JsonField, TenantKey, TenantModel, same_firm
from portal.models.webhooks import announces


class Issue(TenantModel):
    """One stop. Its words live in `connections.remedies`; the row keeps the code and the values."""

    connection = TenantKey(Connection, null=True, blank=True, related_name="issues")
    code = models.CharField(_("code"), max_length=60)
    # What it is about within the connection: a supplier, a document, a division … empty for the connection.
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    values = JsonField(default=dict)  # fills the sentences; `raw` holds Exact's own words
    opened_at = models.DateTimeField(_("since"))
    seen_at = models.DateTimeField(_("last seen"))
    count = models.IntegerField(default=1)
    resolved_at = models.DateTimeField(_("mended"), null=True, blank=True)
    resolved_by = models.CharField(max_length=60, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("issue")
        verbose_name_plural = _("issues")
        constraints = [
            *TenantModel.Meta.constraints,
            *same_firm("connections", "issue", "connection"),
            models.UniqueConstraint(
                fields=["firm", "connection", "code", "subject"],
                condition=Q(resolved_at__isnull=True),
                nulls_distinct=False,
                name="connections_issue_open_once",
            ),
        ]
        indexes = [models.Index(fields=["firm", "opened_at"])]
        triggers = [
            announces(
                "issue",
                "CASE WHEN NEW.resolved_at IS NULL THEN 'opened' ELSE 'resolved' END",
                code="NEW.code",
                connection="NEW.connection_id",
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.subject}".strip()
