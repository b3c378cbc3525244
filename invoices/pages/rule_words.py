"""A booking rule as a sentence: «if …, then …»."""

from decimal import Decimal
from typing import Any

from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from invoices.proposing.booking_rules import PLACES
from portal.templatetags.ui import money


def said(rule: Any) -> dict[str, list[str]]:
    """{when: [...], then: [...]} of a rule or a version of one."""
    return {"when": conditions(rule.conditions), "then": actions(rule.actions)}


def conditions(asked: dict[str, Any]) -> list[str]:
    """Each condition in words."""
    words = []
    supplier = asked.get("supplier") or {}
    if supplier.get("name"):
        words.append(_("the supplier's name contains “%s”") % supplier["name"])
    if supplier.get("kvk"):
        words.append(_("the supplier's KVK number is %s") % supplier["kvk"])
    if supplier.get("vat"):
        words.append(_("the supplier's VAT number is %s") % supplier["vat"])
    if asked.get("text"):
        words.append(_("the line holds “%s”") % asked["text"])
    if asked.get("not_text"):
        words.append(_("the line holds none of “%s”") % asked["not_text"])
    words += [_range(asked, "amount", _("the line")), _range(asked, "total", _("the invoice")), _days(asked)]
    if asked.get("credit") is not None:
        words.append(_("it is a credit note") if asked["credit"] else _("it is no credit note"))
    return [one for one in words if one]


def _range(asked: dict[str, Any], name: str, what: str) -> str:
    low, high = asked.get(f"{name}_from"), asked.get(f"{name}_to")
    values = {"what": what, "low": money(_number(low), "EUR"), "high": money(_number(high), "EUR")}
    if low and high:
        return _("%(what)s is between %(low)s and %(high)s") % values
    if low:
        return _("%(what)s is %(low)s or more") % values
    return _("%(what)s is %(high)s or less") % values if high else ""


def _number(value: Any) -> Decimal | None:
    return Decimal(str(value)) if value not in (None, "") else None


def _days(asked: dict[str, Any]) -> str:
    start, end = (parse_date(str(asked.get(name) or "")) for name in ("date_from", "date_to"))
    values = {
        "start": date_format(start, "SHORT_DATE_FORMAT") if start else "",
        "end": date_format(end, "SHORT_DATE_FORMAT") if end else "",
    }
    if start and end:
        return _("it is dated %(start)s to %(end)s") % values
    if start:
        return _("it is dated %(start)s or later") % values
    return _("it is dated %(end)s or earlier") % values if end else ""


def names() -> dict[str, str]:
    """What a place in the books is called."""
    return {
        "account": _("account"), "rgs": _("RGS code"), "vat_code": _("VAT code"),
        "cost_center": _("cost centre"), "cost_unit": _("cost unit"), "project": _("project"),
        "supplier": _("relation"),
    }  # fmt: skip


def actions(asked: dict[str, Any]) -> list[str]:
    """Each action in words."""
    words = [f"{label} {asked[name]}" for name, label in names().items() if asked.get(name)]
    if asked.get("spread") is not None:
        words.append(_("spread over its period") if asked["spread"] else _("not spread"))
    if asked.get("hold"):
        words.append(_("somebody looks at it"))
    if asked.get("consents"):
        words.append(_("booked by itself"))
    return words


def moves(change: dict[str, Any]) -> list[dict[str, str]]:
    """What a line of a preview would change: [{label, before, after}]."""
    label, before, after = names(), change["before"], change["after"]
    return [
        {"label": label[slot], "before": before[slot], "after": after[slot]}
        for slot in PLACES
        if before[slot] != after[slot]
    ]
