"""What templates say often: icons, tones of states, amounts, and the parts of a page."""

from decimal import Decimal
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.people import rights

register = template.Library()

TONES = {
    # invoices
    "received": "info", "unrouted": "warn", "unreadable": "bad", "on_hold": "warn", "review": "primary",
    "ready": "info",
    "booking": "info", "booked": "good", "delivered": "good", "failed": "bad", "duplicate": "", "rejected": "",
    # connections, mailboxes, jobs
    "pending": "info", "active": "good", "blocked": "bad", "paused": "warn", "disconnected": "",
    "creating": "info", "unknown": "", "not_wanted": "", "waiting": "info", "running": "info", "done": "good",
    # checks and findings
    "ok": "good", "missing": "bad", "skipped": "", "fatal": "bad", "warning": "warn", "info": "info",
    "blocks": "bad", "stops": "bad", "warns": "warn",
}  # fmt: skip


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """A picture from the sprite. With a label it speaks; without one it is decoration."""
    href = f"{static('portal/icons.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="icon" role="img" aria-label="{}"><use href="{}"></use></svg>', label, href
        )
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"></use></svg>', href)


@register.filter
def tone(state: str) -> str:
    """The colour of a state: good, warn, bad, info, primary, or none."""
    return TONES.get(state, "")


@register.filter
def may(member: Any, right: str) -> bool:
    """Whether this member has the right (`portal.people.rights`)."""
    return member is not None and rights.may(member, right)


SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"}


@register.filter
def money(amount: Decimal | str | None, currency: str = "") -> str:
    """An amount as people here write it: «€ 1.234,50» in Dutch, «€1,234.50» in English. "" when there is none."""
    if amount is None or amount == "":
        return ""
    value = Decimal(amount)
    places = max(2, -int(value.normalize().as_tuple().exponent)) if value else 2
    number = formats.number_format(value, decimal_pos=places, use_l10n=True, force_grouping=True)
    sign = SIGNS.get(currency, currency)
    return f"{sign} {number}".strip()


@register.filter
def iban(account: str | None) -> str:
    """A bank account as it is read aloud: an IBAN in groups of four, any other number as it stands."""
    if not account or not account[:2].isalpha():
        return account or ""
    plain = "".join(account.split())
    return " ".join(plain[i : i + 4] for i in range(0, len(plain), 4))


@register.filter
def number(value: Decimal | int | str | None) -> str:
    """A number with grouping and no needless zeros."""
    if value is None or value == "":
        return ""
    plain = Decimal(value).normalize()
    if plain == plain.to_integral():
        plain = plain.quantize(Decimal(1))
    return formats.number_format(plain, use_l10n=True, force_grouping=True)


@register.filter
def percent(fraction: Decimal | float | str | None) -> str:
    """0.21 → «21%», a third → «33,3%»: one place, for two say more than anybody knows."""
    if fraction is None or fraction == "":
        return ""
    return f"{number((Decimal(str(fraction)) * 100).quantize(Decimal('0.1')))}%"


@register.filter
def ago(moment: Any) -> str:
    """How long ago, in the largest unit only: «3 hours ago»."""
    if not moment:
        return ""
    seconds = int((timezone.now() - moment).total_seconds())
    if seconds < 60:
        return _("just now")
    for size, words in (
        (86400 * 365, lambda n: ngettext("%(n)d year ago", "%(n)d years ago", n)),
        (86400 * 30, lambda n: ngettext("%(n)d month ago", "%(n)d months ago", n)),
        (86400, lambda n: ngettext("%(n)d day ago", "%(n)d days ago", n)),
        (3600, lambda n: ngettext("%(n)d hour ago", "%(n)d hours ago", n)),
        (60, lambda n: ngettext("%(n)d minute ago", "%(n)d minutes ago", n)),
    ):
        if seconds >= size:
            return words(seconds // size) % {"n": seconds // size}
    return ""


@register.filter
def sure(confidence: Decimal | str | None) -> dict[str, str]:
    """A confidence as a word and a colour."""
    value = Decimal(confidence or 0)
    if value >= Decimal("0.95"):
        return {"word": _("certain"), "tone": "good"}
    if value >= Decimal("0.8"):
        return {"word": _("likely"), "tone": "info"}
    if value >= Decimal("0.5"):
        return {"word": _("perhaps"), "tone": "warn"}
    return {"word": _("unknown"), "tone": "bad"}


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """mapping[key], or nothing."""
    return mapping.get(key) if mapping else None


@register.inclusion_tag("portal/parts/field.html")
def field(bound: Any, kind: str = "") -> dict[str, Any]:
    """A form field with its label, help and errors."""
    widget = bound.field.widget
    return {
        "field": bound,
        "check": getattr(widget, "input_type", "") == "checkbox",
        "kind": kind,
        "combo": getattr(bound.field, "combo", ""),  # where its type-ahead asks, and which field goes along
        "combo_with": getattr(bound.field, "combo_with", ""),
    }
