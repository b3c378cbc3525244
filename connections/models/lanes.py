"""The single file in which one division's calls are made, what waits in it, and what was said."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from connections.models.authorisations import Authorisation
from connections.models.connections import Connection
from portal.base import JsonField, TenantKey, TenantModel, same_firm
from portal.walls import TenantWall


class Lane(TenantModel):
    """One (site, division) over all firms: who drives it now, until when, and what Exact's limits leave.

    `epoch` fences: whoever takes the lane raises it, and every record step is guarded by it, so that a
    process that was paused finds its epoch gone before it writes or sends.
    """

    connection = TenantKey(Connection, related_name="lanes")
    site = models.CharField(max_length=20)
    division = models.IntegerField()
    epoch = models.BigIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    # Which life of which worker took it last (`portal.operations.processes`).
    driver = models.CharField(max_length=32, blank=True, default="", db_default="")
    due_at = models.DateTimeField(null=True)  # when somebody should look; null: nothing waits
    wanted_until = models.DateTimeField(null=True)  # somebody outside waits for it (`connections.outside`)
    # The windows as last seen in headers, corrected by our own count.
    budget = JsonField(default=dict)
    errors = JsonField(default=dict)  # endpoint → moments of counted errors within the hour
    sleeps_for = models.CharField(
        max_length=20, blank=True
    )  # "minute", "day", "contract", "incident", "token", "trouble" …
    # Whether Exact answers here: since when it does not (and how it fails), and when it last did.
    failing_since = models.DateTimeField(null=True)
    failing_code = models.CharField(max_length=60, blank=True)
    failed_at = models.DateTimeField(null=True)
    heard_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("lane")
        verbose_name_plural = _("lanes")
        constraints = [
            *TenantModel.Meta.constraints,
            *same_firm("connections", "lane", "connection"),
            models.UniqueConstraint(fields=["site", "division"], name="connections_lane_one_per_division"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="connections_lane_due")
        ]

    def __str__(self) -> str:
        return f"{self.site}/{self.division}"


class DueRow(TenantModel):
    """Work that waits in a lane. A row that is due is found by the sweep even if every message was lost.

    `epoch` is that of the lane when the row was claimed: a record step that does not find it again was overtaken.
    """

    connection = TenantKey(Connection, related_name="+")
    due_at = models.DateTimeField(null=True)  # null: done, or waiting for an issue to be mended
    priority = models.SmallIntegerField(
        default=5
    )  # connections.lanes.Priority; a person who waits comes first
    attempts = models.IntegerField(default=0)
    epoch = models.BigIntegerField(default=0)
    error = models.CharField(max_length=60, blank=True)  # the code of the last failure
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(TenantModel.Meta):
        abstract = True


class Chore(DueRow):
    """Recurring work of a connection: checks, the mailbox, the mirror, following what was booked."""

    kind = models.CharField(max_length=30)
    state = JsonField(default=dict)

    class Meta(DueRow.Meta):
        verbose_name = _("chore")
        verbose_name_plural = _("chores")
        constraints = [
            *TenantModel.Meta.constraints,
            *same_firm("connections", "chore", "connection"),
            models.UniqueConstraint(fields=["connection", "kind"], name="connections_chore_once"),
        ]

    def __str__(self) -> str:
        return self.kind


class Call(TenantModel):
    """The flight recorder: one call to Exact, redacted. Kept 30 days, by day (`connections.recorder`).

    The table is partitioned by `at`, and its primary key in the database is (at, id): ask for it with a moment in
    hand wherever there is one. Rows are only ever made and read.
    """

    connection = TenantKey(Connection, null=True, related_name="+")
    subject = models.UUIDField(null=True)  # the invoice it was made for
    at = models.DateTimeField()
    method = models.CharField(max_length=6)
    endpoint = models.CharField(max_length=60)
    url = models.TextField()
    status = models.SmallIntegerField(null=True)  # null: no answer
    seconds = models.FloatField()
    request = models.TextField(blank=True)
    answer = models.TextField(blank=True)
    error = models.CharField(max_length=60, blank=True)
    minute_left = models.IntegerField(null=True)
    day_left = models.IntegerField(null=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("call to Exact")
        verbose_name_plural = _("calls to Exact")
        # A unique key of a partitioned table names the partition's column, so (firm, id) is not one here.
        constraints = [
            TenantWall(name="%(app_label)s_%(class)s_wall"),
            *same_firm("connections", "call", "connection"),
        ]
        indexes = [
            models.Index(fields=["connection", "-at"], name="connections_call_recent"),
            models.Index(
                fields=["subject", "-at"], condition=Q(subject__isnull=False), name="connections_call_subject"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.endpoint} {self.status}"


class TokenCall(TenantModel):
    """A call to the token endpoint, and how it ended. Exact allows 200 a day per user."""

    authorisation = TenantKey(Authorisation, related_name="token_calls")
    at = models.DateTimeField()
    outcome = models.CharField(max_length=40)

    class Meta(TenantModel.Meta):
        constraints = [*TenantModel.Meta.constraints, *same_firm("connections", "tokencall", "authorisation")]
        indexes = [models.Index(fields=["authorisation", "-at"])]

    def __str__(self) -> str:
        return self.outcome
