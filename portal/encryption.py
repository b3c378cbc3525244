"""Secrets at rest: one field type for all of them, under keys of their own (`TOKEN_KEYS`, newest first).

The row's id goes inside the encrypted text, so that a ciphertext copied to another row is refused there.
`rotate_keys` re-encrypts every such field of every model.
"""

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.apps import apps
from django.conf import settings
from django.db import models


class WrongKey(RuntimeError):
    """A secret cannot be read: its key is not among TOKEN_KEYS, or it belongs to another row."""


@cache
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def keys() -> MultiFernet:
    """The keys of this installation; encryption uses the newest, decryption tries all."""
    return _fernet(tuple(settings.TOKEN_KEYS))


def seal(owner: object, text: str) -> str:
    """Encrypt `text` for the row with this id."""
    return keys().encrypt(f"{owner}\n{text}".encode()).decode()


def unseal(owner: object, sealed: str) -> str:
    """The text that `seal` encrypted for the same row; WrongKey otherwise."""
    try:
        row, _, text = keys().decrypt(sealed.encode()).decode().partition("\n")
    except InvalidToken:
        raise WrongKey(
            "A stored secret cannot be read with TOKEN_KEYS. Add the key it was made with."
        ) from None
    if row != str(owner):
        raise WrongKey(
            "A stored secret belongs to another row; it was moved by hand. Reconnect to make a new one."
        )
    return text


def is_readable(sealed: str) -> bool:
    """Whether one of TOKEN_KEYS made this."""
    try:
        keys().decrypt(sealed.encode())
    except InvalidToken:
        return False
    return True


class Secret:
    """A secret in hand. It shows itself to nobody: `reveal()` is the one way to read it."""

    __slots__ = ("_owner", "sealed")

    def __init__(self, owner: object, sealed: str) -> None:
        self._owner = owner
        self.sealed = sealed

    def reveal(self) -> str:
        return unseal(self._owner, self.sealed)

    def __bool__(self) -> bool:
        return bool(self.sealed)

    def __repr__(self) -> str:
        return "<secret>" if self.sealed else "<no secret>"

    __str__ = __repr__


class _Ciphertext(str):
    """What a secret column holds; tells sealed text from text that is still to be sealed."""

    __slots__ = ()


class _Sealed:
    """The attribute: assign text, read a `Secret`."""

    def __init__(self, field: "SecretField") -> None:
        self.name = field.attname

    def __get__(self, row: Any, owner: Any = None) -> Any:
        if row is None:
            return self
        if self.name not in row.__dict__:
            row.refresh_from_db(fields=[self.name])
        return Secret(row.pk, self._seal(row))

    def __set__(self, row: Any, value: "str | Secret | None") -> None:
        row.__dict__[self.name] = _Ciphertext(value.sealed) if isinstance(value, Secret) else value or ""

    def _seal(self, row: Any) -> _Ciphertext:
        value = row.__dict__.get(self.name) or ""
        if value and not isinstance(value, _Ciphertext):
            value = seal(row.pk, value)
        row.__dict__[self.name] = _Ciphertext(value)
        return row.__dict__[self.name]


if TYPE_CHECKING:
    _TextField = models.TextField["str | Secret | None", Secret]
else:
    _TextField = models.TextField


class SecretField(_TextField):
    """Text that is encrypted for its row: `row.refresh_token = "…"`, then `row.refresh_token.reveal()`."""

    def contribute_to_class(self, cls: Any, name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, name, _Sealed(self))

    def pre_save(self, model_instance: Any, add: bool) -> str:
        return getattr(model_instance, self.attname).sealed

    def from_db_value(self, value: str | None, *args: Any) -> _Ciphertext:
        return _Ciphertext(value or "")

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, Secret):
            value = value.sealed
        if value and not isinstance(value, _Ciphertext):
            raise TypeError("A secret is sealed for its row: save the row instead of updating a queryset.")
        return None if value is None else str(value)


def secret_fields() -> Iterator[tuple[type[models.Model], list[str]]]:
    """Every model with secrets, and the names of those fields."""
    for model in apps.get_models():
        names = [field.attname for field in model._meta.concrete_fields if isinstance(field, SecretField)]
        if names:
            yield model, names
