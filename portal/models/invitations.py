"""Asking people into a firm, and the views of lists that they keep."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.base import TenantKey, TenantModel, same_firm
from portal.models.firms import Membership, Organisation


class Invitation(TenantModel):
    """A place in a firm that waits for its person. Of the link only the SHA-256 is kept."""

    email = models.EmailField(_("e-mail address"))
    role = models.CharField(_("role"), max_length=12, choices=Membership.Role.choices)
    organisation = TenantKey(Organisation, null=True, blank=True, related_name="+")
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    # Whether the mail server took the mail with the link; none: it has not been tried yet.
    mailed = models.BooleanField(null=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            *TenantModel.Meta.constraints,
            *same_firm("portal", "invitation", "organisation"),
            models.UniqueConstraint(
                fields=["firm", "email"],
                condition=Q(accepted_at__isnull=True),
                name="portal_invitation_open_once",
            ),
        ]

    def __str__(self) -> str:
        return self.email


class SavedView(TenantModel):
    """A list as somebody likes to see it, under a name: the part of the address behind the question mark."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    page = models.CharField(max_length=40)
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(max_length=500)

    class Meta(TenantModel.Meta):
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["firm", "user", "page", "name"], name="portal_savedview_once"),
        ]

    def __str__(self) -> str:
        return self.name
