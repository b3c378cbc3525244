"""One Exact user's consent, and the links by which people give it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.audited import audited
from portal.base import JsonField, TenantKey, TenantModel, same_firm, transitions
from portal.encryption import SecretField


class Authorisation(TenantModel):
    """The tokens of one Exact user on one site: one live row over all firms, shared by many connections.

    A bookkeeper who connects 80 clients with one login has one of these; each further consent by the same
    Exact user renews it in place. Exact keeps one live token chain per user and app, so a second row would
    kill the first.
    """

    class Status(models.TextChoices):
        ACTIVE = "active", _("active")
        DEAD = "dead", _("needs a new sign-in")
        SUPERSEDED = "superseded", _("taken over")

    site = models.CharField(max_length=20)
    exact_user_id = models.UUIDField()
    exact_user = models.CharField(_("Exact user"), max_length=200)
    email = models.CharField(max_length=254, blank=True)
    language = models.CharField(max_length=10, blank=True)
    # What Exact said of this user at consent (Me), and the administrations it may use: code, name, kvk, …
    me = JsonField(default=dict)
    divisions = JsonField(default=list)
    divisions_read_at = models.DateTimeField(null=True)

    status = models.CharField(_("status"), max_length=12, choices=Status.choices, default=Status.ACTIVE)
    dead_reason = models.CharField(max_length=60, blank=True)
    access_token = SecretField(default="", editable=False)
    refresh_token = SecretField(default="", editable=False)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField(_("access token valid until"))
    # After a hiccup of the token endpoint nobody tries again before this moment.
    not_before = models.DateTimeField(null=True)
    hiccups = models.IntegerField(default=0)

    class Meta(TenantModel.Meta):
        verbose_name = _("authorisation")
        verbose_name_plural = _("authorisations")
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["site", "exact_user_id"],
                condition=~Q(status="superseded"),
                name="connections_authorisation_one_per_exact_user",
            ),
        ]
        indexes = [
            models.Index(fields=["issued_at"], condition=Q(status="active"), name="connections_auth_idle")
        ]
        triggers = [
            audited("authorisation", "site", "exact_user_id", "status", "dead_reason"),
            transitions(
                "states",
                "status",
                {"active": ["dead", "superseded"], "dead": ["active", "superseded"], "superseded": []},
            ),
        ]

    def __str__(self) -> str:
        return self.exact_user


class Consent(TenantModel):
    """A way to give consent once: a link that a person opens, and the trip to Exact that it starts.

    The link's token and the `state` are kept as SHA-256 only. GET shows what will be given (mail scanners open
    every link); the button consumes the link, sets `state`, and binds the browser by a cookie.
    """

    connection = TenantKey("connections.Connection", null=True, related_name="consents")
    site = models.CharField(max_length=20)
    # Where the link was mailed to, if it was; and whether who signs in is to stand by, not to take over.
    email = models.EmailField(blank=True)
    as_spare = models.BooleanField(default=False)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    link_hash = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True)
    state_hash = models.CharField(max_length=64, unique=True, null=True)
    browser_hash = models.CharField(max_length=64, blank=True)
    finished_at = models.DateTimeField(null=True)
    # The pair as Exact gave it, stored before anything else is asked; emptied when the authorisation has it.
    access_token = SecretField(default="", editable=False)
    refresh_token = SecretField(default="", editable=False)
    issued_at = models.DateTimeField(null=True)
    expires_in_hand = models.DateTimeField(null=True)  # until when the access token of the stored pair works
    # When the stored pair is tried again by the sweep: Exact did not say who it was, or nobody came to ask.
    retry_at = models.DateTimeField(null=True)
    tries = models.IntegerField(default=0)
    authorisation = TenantKey(Authorisation, null=True, related_name="consents")
    outcome = models.CharField(max_length=60, blank=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            *TenantModel.Meta.constraints,
            *same_firm("connections", "consent", "connection", "authorisation"),
        ]
        triggers = [
            audited(
                "consent",
                *("connection_id", "asked_by_id", "begun_at", "finished_at", "outcome", "authorisation_id"),
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)
