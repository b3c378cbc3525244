"""Booking rules as people keep them: made, changed with their history, tried on the past, and taken back."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Max
from django.utils import timezone

from connections.models import Connection, EntryLine, LedgerAccount, Supplier
from invoices.booking import undo
from invoices.models import Booking, BookingRule, BookingRuleVersion, Invoice
from invoices.proposing import booking_rules
from invoices.proposing.booking_rules import PLACES, Case, Rule
from portal import audit, jobs
from portal.models import Job

UNDO = "undo_rule"
LOOK_BACK = timedelta(days=365)
MOST_LINES = 20_000  # of a client, that a preview looks at
SHOWN = 200  # changes that a preview lists


def save(
    rule: BookingRule | None,
    *,
    connection: Connection | None = None,
    actor: Any = None,
    **changes: Any,
) -> BookingRule:
    """Make a rule, or change one: name, conditions, actions, position, active. Needs the scope.

    Raises BadRule. Each change adds a version; proposals name the one that they followed.
    """
    before = _shown(rule) if rule is not None else None
    if rule is None:
        last = BookingRule.objects.filter(connection=connection).aggregate(at=Max("position"))["at"]
        rule = BookingRule(connection=connection, version=0, position=(last or 0) + 1)
    for name in ("name", "conditions", "actions", "position", "active"):
        if name in changes:
            setattr(rule, name, changes[name])
    booking_rules.check(rule.conditions, rule.actions)
    if not rule.name.strip():
        raise booking_rules.BadRule("Give the rule a name.")
    rule.version += 1
    rule.save()
    BookingRuleVersion.objects.create(
        rule=rule,
        version=rule.version,
        name=rule.name,
        active=rule.active,
        position=rule.position,
        conditions=rule.conditions,
        actions=rule.actions,
        changed_at=timezone.now(),
        changed_by=actor,
    )
    audit.record("booking_rule.saved", rule, before=before, after=_shown(rule))
    return rule


def order(rules: Iterable[BookingRule], *, actor: Any = None) -> None:
    """Put rules in this order. Needs the scope."""
    for position, rule in enumerate(rules, 1):
        if rule.position != position:
            save(rule, position=position, actor=actor)


def _shown(rule: BookingRule) -> dict[str, Any]:
    return {
        name: getattr(rule, name)
        for name in ("name", "conditions", "actions", "position", "active", "version")
    }


# --- What it would have changed --------------------------------------------------------------------------


def preview(
    connections: Iterable[Connection], conditions: dict[str, Any], actions: dict[str, Any]
) -> dict[str, Any]:
    """What the rule would have changed in the last twelve months: {lines, changed, missing, changes: [...]}.

    `changes` are the newest, with how each line was booked and how it would have been; `missing` counts lines of
    clients that have no such account. Needs the scope. Raises BadRule.
    """
    booking_rules.check(conditions, actions)
    rule = Rule("", 0, "", conditions, actions)
    found: dict[str, Any] = {"lines": 0, "changed": 0, "missing": 0, "changes": []}
    for connection in connections:
        _preview_of(connection, rule, found)
    found["changes"] = sorted(found["changes"], key=lambda row: row["date"], reverse=True)[:SHOWN]
    return found


def _preview_of(connection: Connection, rule: Rule, found: dict[str, Any]) -> None:
    sellers = {one.exact_id: one for one in Supplier.objects.filter(connection=connection)}
    account = _account(connection, rule)
    lines = EntryLine.objects.filter(
        entry__connection=connection,
        entry__gone_at__isnull=True,
        entry__entry_date__gte=timezone.localdate() - LOOK_BACK,
    ).select_related("entry")
    for line in lines.order_by("-entry__entry_date")[:MOST_LINES]:
        seller = sellers.get(line.entry.supplier_id_in_exact)
        if seller is None or not booking_rules.fits(rule, _case(line, seller)):
            continue
        found["lines"] += 1
        if account is None:
            found["missing"] += 1
            continue
        before = {slot: str(getattr(line, slot) or "") for slot in PLACES}
        after = before | {slot: rule.actions[slot] for slot in PLACES if rule.actions.get(slot)}
        after["account"] = account or before["account"]
        if after == before:
            continue
        found["changed"] += 1
        if len(found["changes"]) < SHOWN * 5:
            found["changes"].append(
                {
                    "connection": str(connection.pk),
                    "entry": line.entry.entry_number,
                    "date": line.entry.entry_date.isoformat(),
                    "supplier": seller.name,
                    "text": line.description,
                    "amount": str(line.amount),
                    "before": before,
                    "after": after,
                }
            )


def _account(connection: Connection, rule: Rule) -> str | None:
    """The client's account that the rule means; "" when it names none, None when this client has no such account."""
    code, rgs = rule.actions.get("account"), rule.actions.get("rgs")
    if not code and not rgs:
        return ""
    rows = LedgerAccount.objects.filter(connection=connection, gone_at__isnull=True, blocked=False)
    rows = rows.filter(code=code) if code else rows.filter(rgs=rgs)
    return rows.order_by("code").values_list("code", flat=True).first()


def _case(line: EntryLine, seller: Supplier) -> Case:
    return Case(
        seller.name,
        seller.kvk_number,
        seller.vat_number,
        line.description or line.entry.description,
        line.amount,
        line.entry.amount,
        line.entry.entry_date,
    )


# --- Taking back what it booked --------------------------------------------------------------------------


def booked_by(rule: BookingRule, start: date, end: date) -> list[UUID]:
    """The invoices that stand booked with this rule's help, booked from `start` to `end`. Needs the scope."""
    found = Booking.objects.filter(
        state=Booking.State.DONE,
        done_at__date__gte=start,
        done_at__date__lte=end,
        invoice__status=Invoice.Status.BOOKED,
        invoice__proposal__facts__rules__contains=str(rule.pk),
    )
    return list(found.order_by("done_at").values_list("invoice_id", flat=True))


def undo_all(rule: BookingRule, start: date, end: date, *, actor: Any = None) -> Job:
    """A job that takes back everything the rule booked in a period. Needs the scope."""
    audit.record("booking_rule.undone", rule, after={"from": start.isoformat(), "to": end.isoformat()})
    found = Invoice.objects.filter(pk__in=booked_by(rule, start, end)).order_by("issue_date", "number")
    rows = [{"invoice": str(one.pk), "name": f"{one.seller_name} {one.number}".strip()} for one in found]
    return jobs.start(UNDO, rows, by=actor)


def _undo_one(job: Job, row: dict[str, Any]) -> dict[str, Any]:
    from invoices.deciding.dispatch import NotNow

    invoice = Invoice.objects.select_for_update(no_key=True).filter(pk=row["invoice"]).first()
    if invoice is None:
        raise jobs.Failed("not_found", "This invoice no longer exists.")
    try:
        undo.ask(invoice, job.started_by)
    except NotNow as refused:
        raise jobs.Failed("not_now", str(refused)) from None
    return {"status": "asked", "id": str(invoice.pk)}


def register() -> None:
    jobs.register(UNDO, _undo_one)
