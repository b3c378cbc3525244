"""The tenant and what it owns: Firm, Membership, Organisation. And the one row of the whole installation."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal import numbers
from portal.audited import audited
from portal.base import Stamped, TenantKey, TenantModel, same_firm
from portal.tenancy import TenantManager
from portal.walls import TenantWall

kvk_number_validator = RegexValidator(r"^\d{8}$", _("A KVK number has 8 digits."))


class Firm(Stamped):
    """An accounting firm, or a company that does its own books: the tenant."""

    name = models.CharField(_("name"), max_length=200)
    language = models.CharField(_("language"), max_length=5, default="nl")
    # A sandbox firm works against the Exact sandbox and nothing else; others never do.
    sandbox = models.BooleanField(_("sandbox"), default=False, editable=False)
    brake = models.BooleanField(_("booking stopped"), default=False)
    # Books are kept seven years (art. 52 AWR), those about real estate ten. A hold: nothing is thrown away meanwhile.
    keeps_years = models.SmallIntegerField(_("years kept"), db_default=7, choices=[(7, "7"), (10, "10")])
    legal_hold = models.BooleanField(_("nothing is thrown away"), db_default=False)

    everyones = models.Manager()
    objects = TenantManager()

    class Meta:
        verbose_name = _("firm")
        verbose_name_plural = _("firms")
        base_manager_name = "everyones"
        default_manager_name = "everyones"
        constraints = [TenantWall(name="portal_firm_wall", column="id")]
        triggers = [
            audited("firm", "name", "language", "brake", "keeps_years", "legal_hold", "sandbox", firm="id")
        ]

    def __str__(self) -> str:
        return self.name


class Organisation(TenantModel):
    """A client company of a firm."""

    name = models.CharField(_("name"), max_length=200)
    kvk_number = models.CharField(_("KVK number"), max_length=8, validators=[kvk_number_validator])
    vat_number = models.CharField(_("VAT number"), max_length=20, blank=True)
    iban = models.CharField(_("IBAN"), max_length=34, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        indexes = [
            models.Index(fields=["firm", "name"]),
            models.Index(fields=["kvk_number"]),
            models.Index(fields=["vat_number"]),
            models.Index(fields=["iban"], name="portal_organisation_iban"),
            # The helpdesk finds a client by a name that was spelt as it was heard on the telephone.
            GinIndex(fields=["name"], opclasses=["gin_trgm_ops"], name="portal_organisation_like"),
        ]
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["firm", "kvk_number"], name="portal_organisation_kvk_in_firm"),
            models.CheckConstraint(
                condition=Q(kvk_number__regex=r"^\d{8}$"), name="portal_organisation_kvk_8_digits"
            ),
        ]
        triggers = [audited("organisation", "name", "kvk_number", "vat_number", "iban")]

    def __str__(self) -> str:
        return self.name

    def clean_fields(self, exclude: Any = None) -> None:
        """As people type them; the numbers' check digits too. All that is wrong is told at once, by field."""
        self.kvk_number = self.kvk_number.replace(" ", "")
        self.vat_number = numbers.vat(self.vat_number)
        self.iban = numbers.iban(self.iban)
        wrong: dict[str, Any] = {}
        try:
            super().clean_fields(exclude)
        except ValidationError as problem:
            wrong = problem.update_error_dict(wrong)
        for name, check in (("vat_number", numbers.check_vat), ("iban", numbers.check_iban)):
            if name in wrong or name in (exclude or ()):
                continue
            try:
                check(getattr(self, name))
            except ValidationError as problem:
                wrong[name] = [problem]
        if wrong:
            raise ValidationError(wrong)


class Membership(TenantModel):
    """What a person may do in a firm."""

    class Role(models.TextChoices):
        OWNER = "owner", _("owner")
        BOOKKEEPER = "bookkeeper", _("bookkeeper")
        VIEWER = "viewer", _("viewer")
        CLIENT = "client", _("client")

    class Told(models.TextChoices):
        AT_ONCE = "at_once", _("as soon as something stands still")
        DAILY = "daily", _("once a day, all of it together")
        NEVER = "never", _("never")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    role = models.CharField(_("role"), max_length=12, choices=Role.choices)
    told = models.CharField(
        _("mails"), max_length=8, choices=Told.choices, db_default="daily", default="daily"
    )
    # A client sees its own organisation only.
    organisation = TenantKey(Organisation, null=True, blank=True, related_name="members")

    class Meta(TenantModel.Meta):
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            *TenantModel.Meta.constraints,
            *same_firm("portal", "membership", "organisation"),
            models.UniqueConstraint(fields=["firm", "user"], name="portal_membership_once"),
            models.CheckConstraint(
                condition=Q(role="client", organisation__isnull=False)
                | (~Q(role="client") & Q(organisation__isnull=True)),
                name="portal_membership_client_has_organisation",
            ),
        ]
        triggers = [audited("membership", "user_id", "role", "organisation_id")]

    def __str__(self) -> str:
        return f"{self.user} ({self.get_role_display()})"


class Installation(models.Model):
    """The one row that is about everyone: the brake for the whole installation."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    brake = models.BooleanField(_("booking stopped"), default=False)

    class Meta:
        verbose_name = _("installation")
        verbose_name_plural = _("installation")
        constraints = [models.CheckConstraint(condition=Q(id=1), name="portal_installation_one_row")]

    def __str__(self) -> str:
        return str(_("This installation"))

    @classmethod
    def braked(cls) -> bool:
        return cls.objects.filter(brake=True).exists()
