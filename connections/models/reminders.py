"""What was mailed to whom, so that nobody is told twice in a day."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.base import JsonField, TenantModel


class Reminder(TenantModel):
    """A mail to one person: all that this person can mend, together; one a day unless they want to be told at once."""

    recipient = models.EmailField(_("recipient"))
    day = models.DateField(_("day"))
    # Which of the day: only who asked to be told at once gets a second.
    nth = models.SmallIntegerField(default=0, db_default=0)
    kind = models.CharField(max_length=20)  # "digest" to people of the firm, "reconnect" to an Exact user
    about = JsonField(default=list)  # the ids of the issues and authorisations that it names
    sent_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["firm", "recipient", "day", "nth"], name="connections_reminder_once_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.recipient} {self.day}"
