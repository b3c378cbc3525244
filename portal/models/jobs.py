"""Long work that shows its progress and survives closing the page."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.base import JsonField, TenantModel


class Job(TenantModel):
    """An import, a bulk connection, a back-test: rows with an outcome each."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    kind = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    asked = JsonField(default=list)  # what was asked, row by row
    rows = JsonField(default=list)  # the outcome of each row done so far
    total = models.IntegerField(default=0)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    due_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="portal_job_due")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {len(self.rows)}/{self.total}"
