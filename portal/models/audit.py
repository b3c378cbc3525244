"""Who did what: events that are only ever added, the personal part of each apart, and the digests that chain them."""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.base import JsonField, TenantModel, same_firm

YEARS = "SELECT f.keeps_years FROM portal_firm f WHERE f.id = OLD.firm_id"
HELD = "SELECT f.legal_hold FROM portal_firm f WHERE f.id = OLD.firm_id"

KEPT = pgtrigger.Trigger(
    name="kept",
    when=pgtrigger.Before,
    operation=pgtrigger.Update | pgtrigger.Delete,
    # The owner of the tables can do anything to them anyway; the digests are there for whom that worries.
    condition=pgtrigger.Condition("current_user IN ('portal_app', 'portal_staff')"),
    func=f"""
        IF TG_OP = 'DELETE' AND OLD.at < clock_timestamp() - make_interval(years => coalesce(({YEARS}), 7))
           AND NOT coalesce(({HELD}), false) THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION 'The audit trail is only added to: % of % is refused.', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    """,
)


class AuditEvent(TenantModel):
    """One act. Whose firm it concerns; null where it concerns the whole installation (helpdesk only).

    No names and no free text here: those are in `AuditPerson`, which may be erased while this row stays. What is
    left of them is a salted hash, so that the digests still hold afterwards.
    """

    class By(models.TextChoices):
        PERSON = "person", _("person")
        PARTNER = "partner", _("partner")
        HELPDESK = "helpdesk", _("helpdesk")
        AUTOPILOT = "autopilot", _("Autopilot")
        OPERATOR = "operator", _("operator")
        SYSTEM = "system", _("system")

    firm = models.ForeignKey("portal.Firm", models.PROTECT, null=True, related_name="+", editable=False)  # type: ignore[assignment]
    at = models.DateTimeField(_("when"))  # the database's clock, whatever is written here
    action = models.CharField(_("what"), max_length=60)
    by = models.CharField(_("who"), max_length=10, choices=By.choices)
    actor_id = models.UUIDField(null=True)  # of the User or Partner
    subject_kind = models.CharField(max_length=40, blank=True)
    subject_id = models.CharField(max_length=64, blank=True)
    before = JsonField(default=dict)
    after = JsonField(default=dict)
    request_id = models.CharField(max_length=128, blank=True)
    person_sha256 = models.CharField(max_length=64, blank=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("audit event")
        verbose_name_plural = _("audit trail")
        indexes = [
            models.Index(fields=["firm", "at", "id"], name="portal_audit_order"),
            models.Index(fields=["firm", "subject_id", "at"], name="portal_audit_subject"),
            models.Index(fields=["actor_id", "at"], name="portal_audit_actor"),
            models.Index(
                fields=["request_id"], condition=~models.Q(request_id=""), name="portal_audit_request"
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="dated",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="NEW.at := clock_timestamp(); RETURN NEW;",
            ),
            KEPT,
        ]

    def __str__(self) -> str:
        return self.action


class AuditPerson(TenantModel):
    """What an event knows of persons: name, address, browser, their own words. May be erased; the event stays."""

    firm = models.ForeignKey("portal.Firm", models.PROTECT, null=True, related_name="+", editable=False)  # type: ignore[assignment]
    event = models.OneToOneField(AuditEvent, models.CASCADE, related_name="person", db_constraint=False)
    name = models.CharField(max_length=254, blank=True)
    address = models.CharField(max_length=64, blank=True)
    agent = models.CharField(max_length=300, blank=True)
    words = models.TextField(blank=True)
    salt = models.CharField(max_length=32)

    class Meta(TenantModel.Meta):
        verbose_name = _("person of an audit event")
        verbose_name_plural = _("persons of audit events")
        constraints = [*TenantModel.Meta.constraints, *same_firm("portal", "auditperson", "event")]

    def __str__(self) -> str:
        return self.name


class AuditDigest(TenantModel):
    """The digest of a firm's events up to a moment, over the digest before it: a link of the chain."""

    firm = models.ForeignKey("portal.Firm", models.PROTECT, null=True, related_name="+", editable=False)  # type: ignore[assignment]
    number = models.IntegerField()
    at = models.DateTimeField()  # every event before this moment that no earlier link has is in it
    events = models.IntegerField()
    sha256 = models.CharField(max_length=64)

    class Meta(TenantModel.Meta):
        verbose_name = _("audit digest")
        verbose_name_plural = _("audit digests")
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["firm", "number"], nulls_distinct=False, name="portal_auditdigest_once"
            ),
        ]
        triggers = [KEPT]

    def __str__(self) -> str:
        return f"{self.number} {self.sha256[:12]}"
