"""Is this the same invoice? By everything it says, or by its number."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

from .jsonable import plain
from .model import Invoice

# What the reader remarked, and how the document was put, is not what the invoice says.
_NOT_CONTENT = {"root", "written_negative", "flaws", "empty_elements", "other_currencies"}


def content_hash(invoice: Invoice) -> str:
    """SHA-256 (hex) of what an invoice says: the same for other bytes, whitespace, prefixes, encodings, element order
    between groups, and for 100 written as 100.00. Attachments count by their own hash. What the model does not know
    (extensions, signatures) does not count.
    """
    digest = hashlib.sha256()
    for field in fields(invoice):
        value = getattr(invoice, field.name)
        if field.name in _NOT_CONTENT or value == field.default:
            continue
        # A line at a time: ten thousand of them as one text would be in memory three times over.
        for part in value if isinstance(value, tuple) else (value,):
            digest.update(
                _text(field.name, replace(part, content=None) if field.name == "attachments" else part)
            )
    return digest.hexdigest()


def _text(name: str, value: Any) -> bytes:
    settled = _settled(plain(value, _number))
    return json.dumps([name, settled], sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _number(amount: Decimal) -> str:
    """100.00, 100 and 1e2 alike; without the context, which would round after 28 digits."""
    text = format(amount, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def _settled(value: Any) -> Any:
    """Text with its runs of whitespace made one space, in one Unicode form."""
    if isinstance(value, str):
        return " ".join(unicodedata.normalize("NFC", value).split())
    if isinstance(value, list):
        return [_settled(one) for one in value]
    if isinstance(value, dict):
        return {key: _settled(one) for key, one in value.items()}
    return value


def normalise_number(number: str) -> str:
    """An invoice number as duplicates are looked for: letters and digits only, in capitals, no zeros in front.

    People and scanners drop signs, spaces and leading zeros. A number without any letter or digit stays itself.

    >>> normalise_number("F-2026/0012 ")
    'F20260012'
    >>> normalise_number("000 4711")
    '4711'
    """
    settled = unicodedata.normalize("NFKC", number).upper()
    kept = "".join(c for c in settled if c.isalnum())
    return kept.lstrip("0") or kept or settled.strip()
