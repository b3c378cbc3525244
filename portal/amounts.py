"""Amounts as people type them, in Dutch and in English notation."""

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import formats


def typed(text: str) -> Decimal:
    """An amount as people type it: «1.234,50» and «1,234.50» and «1234.5».

    With one kind of mark only, the reader's language decides: «1.234» is more than a thousand in Dutch, and so is
    «1,234» in English. Taken for decimals it would have been booked as one euro and a bit.

    Raises:
        InvalidOperation: it is not a number.
    """
    text = "".join(text.replace("€", "").split())
    grouping = formats.get_format("THOUSAND_SEPARATOR")
    if re.fullmatch(rf"[+-]?[1-9]\d{{0,2}}({re.escape(grouping)}\d{{3}})+", text):
        return Decimal(text.replace(grouping, ""))
    comma, point = text.rfind(","), text.rfind(".")
    if comma > point:
        text = text.replace(".", "").replace(",", ".")
    else:
        text = text.replace(",", "")
    found = Decimal(text)
    if not found.is_finite():
        raise InvalidOperation
    return found


class AmountField(forms.DecimalField):
    """A number that is typed as `typed` reads it, and shown as the reader's language writes it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(localize=True, **kwargs)
        self.widget.attrs.setdefault("inputmode", "decimal")

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        if isinstance(value, Decimal):
            return value
        try:
            return typed(str(value))
        except InvalidOperation:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None
