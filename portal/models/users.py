"""People. A person may work for several firms; what they may do there is their Membership."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.base import Stamped


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, email: str | None) -> "User":
        return self.get(email__iexact=email)


class User(Stamped, AbstractBaseUser, PermissionsMixin):
    """Someone who signs in, by e-mail address. `is_staff` is the helpdesk."""

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=150, blank=True)
    language = models.CharField(_("language"), max_length=5, default="nl")
    is_active = models.BooleanField(_("may sign in"), default=True)
    is_staff = models.BooleanField(_("helpdesk"), default=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = UserManager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def __str__(self) -> str:
        return self.name or self.email

    def has_address(self, email: str) -> bool:
        """Whether this address is theirs: the one they sign in by, or another that they have confirmed."""
        if self.email.lower() == email.lower():
            return True
        from allauth.account.models import EmailAddress

        return EmailAddress.objects.filter(user_id=self.pk, email__iexact=email, verified=True).exists()
