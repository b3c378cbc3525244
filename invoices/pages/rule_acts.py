"""What is done with a rule: on and off, its place, back to an earlier version, and what it booked taken back."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from invoices.models import BookingRule
from invoices.pages.rules import RULE_SAYS
from invoices.proposing import rule_keeping
from portal.web import FirmRequest, page
from portal.web.typed import number


@require_POST
@page("connect")
def act(request: FirmRequest, pk: Any, what: str) -> HttpResponse:
    """On, off, back to what an earlier version said, or a place up or down among its own."""
    rule = get_object_or_404(BookingRule.objects, pk=pk)
    if what in ("on", "off"):
        rule_keeping.save(rule, actor=request.user, active=what == "on")
        messages.success(request, _("The rule is on.") if rule.active else _("The rule is off."))
    elif what == "back":
        _go_back(request, rule)
    elif what in ("up", "down"):
        own = list(
            BookingRule.objects.select_for_update()
            .filter(connection=rule.connection_id)
            .order_by("position", "created_at")
        )
        at = own.index(rule)
        to = max(0, min(len(own) - 1, at + (1 if what == "down" else -1)))
        own.insert(to, own.pop(at))
        rule_keeping.order(own, actor=request.user)
    else:
        raise Http404
    return redirect("rules") if request.POST.get("from") == "list" else redirect("rule", pk=pk)


def _go_back(request: FirmRequest, rule: BookingRule) -> None:
    """Let the rule say what an earlier version said; that is a new version, and on or off stays as it is."""
    earlier = get_object_or_404(rule.versions, version=number(request.POST.get("version", "")))
    rule_keeping.save(rule, actor=request.user, **{name: getattr(earlier, name) for name in RULE_SAYS})
    words = _("The rule says again what version %(n)d said. It counts from the next invoice on.")
    messages.success(request, words % {"n": earlier.version})


@require_POST
@page("settle")
def take_back(request: FirmRequest, pk: Any) -> HttpResponse:
    """Take back everything that the rule booked in a period, as long work."""
    rule = get_object_or_404(BookingRule.objects, pk=pk)
    try:
        start, end = (date.fromisoformat(request.POST.get(name, "")) for name in ("start", "end"))
    except ValueError:
        messages.warning(request, _("Give both days of the period."))
        return redirect("rule", pk=pk)
    if not rule_keeping.booked_by(rule, start, end):
        messages.warning(request, _("The rule booked nothing in that period."))
        return redirect("rule", pk=pk)
    job = rule_keeping.undo_all(rule, start, end, actor=request.user)
    return redirect("job", pk=job.pk)
