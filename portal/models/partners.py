"""Machines: partners' OAuth2 clients, what firms granted them, and the answers kept for repeated requests."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.audited import audited
from portal.base import Stamped, TenantModel
from portal.encryption import SecretField

SCOPES = [
    f"{what}:{how}"
    for what in ("organisations", "connections", "invoices", "webhooks")
    for how in ("read", "write")
]


class Partner(Stamped):
    """A software house. Its OAuth2 client (allauth's) holds the secret's hash; several firms may grant it."""

    name = models.CharField(_("name"), max_length=200)
    client = models.OneToOneField("allauth_idp_oidc.Client", models.CASCADE, related_name="partner")

    objects = models.Manager()

    class Meta:
        verbose_name = _("partner")
        verbose_name_plural = _("partners")

    def __str__(self) -> str:
        return self.name


class Grant(TenantModel):
    """A firm's consent that a partner works for it, and in which scopes."""

    partner = models.ForeignKey(Partner, models.CASCADE, related_name="+")
    scopes = ArrayField(models.CharField(max_length=40), default=list)
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("partner access")
        verbose_name_plural = _("partner access")
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["firm", "partner"], name="portal_grant_once"),
        ]
        triggers = [audited("grant", "partner_id", "scopes", "revoked_at")]

    def __str__(self) -> str:
        return str(self.partner)


class IdempotencyKey(TenantModel):
    """A write that a partner named, and its answer, kept so that a repeat is answered and not done again.

    Answers hold what is shown once (a webhook's secret, a consent link), so they are sealed like every other secret.
    """

    partner = models.ForeignKey(Partner, models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.SmallIntegerField(null=True)  # null: still being answered
    answer = SecretField(default="", db_default="", editable=False)
    body = models.BinaryField(default=bytes)  # of answers that the last release kept; goes with the next
    content_type = models.CharField(max_length=100, default="application/json")

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["firm", "partner", "key"], name="portal_idempotency_once"),
        ]
        indexes = [models.Index(fields=["created_at"])]

    def __str__(self) -> str:
        return self.key


class PartnerSecret(Stamped):
    """A secret of a partner's client. Two may be valid at once, so that a new one can be brought out in peace.

    Only the SHA-256 is kept: the secrets are ours and random, so that there is nothing to guess and a slow hash would
    only make every token request slow.
    """

    partner = models.ForeignKey(Partner, models.CASCADE, related_name="secrets")
    sha256 = models.CharField(max_length=64)
    ends_at = models.DateTimeField(_("valid until"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)

    objects = models.Manager()

    class Meta:
        verbose_name = _("client secret")
        verbose_name_plural = _("client secrets")

    def __str__(self) -> str:
        return f"…{self.sha256[:6]}"


class PartnerUse(models.Model):
    """A client's calls of this minute, and when the last one was (see `portal.api.limits`)."""

    partner = models.OneToOneField(Partner, models.CASCADE, primary_key=True, related_name="use")
    since = models.DateTimeField()
    calls = models.IntegerField()
    last_used_at = models.DateTimeField(_("last used"))

    objects = models.Manager()

    class Meta:
        verbose_name = _("client's use")
        verbose_name_plural = _("clients' use")

    def __str__(self) -> str:
        return str(self.partner_id)


class ApiCall(TenantModel):
    """One call of a partner, without its contents."""

    partner = models.ForeignKey(Partner, models.CASCADE, related_name="+")
    at = models.DateTimeField()
    method = models.CharField(max_length=8)
    path = models.CharField(max_length=400)
    status = models.SmallIntegerField()
    code = models.CharField(max_length=60, blank=True)
    seconds = models.FloatField()
    request_id = models.CharField(max_length=128, blank=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("API call")
        verbose_name_plural = _("API calls")
        indexes = [
            models.Index(fields=["firm", "partner", "-at"], name="portal_apicall_recent"),
            models.Index(fields=["created_at"], name="portal_apicall_age"),
            models.Index(fields=["request_id"], name="portal_apicall_request"),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.status}"
