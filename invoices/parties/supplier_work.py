"""Making a supplier in Exact, or completing it with what an invoice says: rows in the division's lane.

A supplier is made once, like an entry: looked up first (somebody may have made it meanwhile), claimed, sent,
recorded; an unknown outcome is looked up again before anything is sent (`invoices.booking.steps`).
"""

from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from connections import issues, lanes, mirror
from connections.exact import ACCOUNTS, BANK_ACCOUNTS, ExactError, Filter, Kind, eq
from connections.lanes import Held, Priority
from connections.models import Connection, PaymentCondition, Supplier
from invoices import intake, parties, timeline
from invoices.booking import book, steps
from invoices.booking.steps import Step
from invoices.formats.jsonable import from_json
from invoices.models import Invoice, SupplierTask
from invoices.parties import Identity, suppliers

State = SupplierTask.State
OPEN = [State.WAITING, State.SENDING, State.UNKNOWN]
WAITS = "supplier_being_made"  # the reason of invoices that go on when it is done


# --- Asking for it ---------------------------------------------------------------------------------------


def ask_creation(
    invoice: Invoice, connection: Connection, seller: Identity, actor: Any = None
) -> SupplierTask:
    """Have this seller made in Exact, unless that is under way. Needs the scope.

    Raises ValueError when the invoice does not say enough: a supplier has a name and an official number.
    """
    seller = suppliers.without_own(seller, connection.organisation)
    if not enough(seller):
        raise ValueError("A supplier is made from a name and a KVK, VAT or OIN number.")
    fields = {exact: getattr(seller, ours) for _, ours, exact in suppliers.FIELDS if getattr(seller, ours)}
    fields |= {"Name": seller.name[:50], "IsSupplier": True}
    if condition := _payment_condition(invoice, connection):
        fields["PaymentConditionPurchase"] = condition
    return _ask(invoice, connection, SupplierTask.Kind.CREATE, seller, fields, list(seller.ibans), actor)


def enough(seller: Identity) -> bool:
    """Whether the invoice says enough of its seller to make a relation that will be found again."""
    return bool(seller.name and (seller.kvk or seller.vat or seller.oin))


def ask_completion(invoice: Invoice, wanted: list[str], actor: Any = None) -> SupplierTask | None:
    """A person says: write these (of `suppliers.lacking`) into Exact. None when there is nothing to write."""
    supplier = invoice.supplier
    assert supplier is not None
    connection = Connection.objects.select_related("organisation").get(pk=supplier.connection_id)
    seller = suppliers.without_own(parties.seller_of(from_json(invoice.content)), connection.organisation)
    found = {k: v for k, v in suppliers.lacking(supplier, seller).items() if k in wanted}
    fields = {exact: found[name] for name, _, exact in suppliers.FIELDS if name in found}
    if found.get("is_supplier"):
        fields["IsSupplier"] = True
    if not found:
        return None
    task = _ask(
        invoice, connection, SupplierTask.Kind.ENRICH, seller, fields, found.get("ibans", []), actor, supplier
    )
    timeline.add(invoice, "invoice.supplier_completion_asked", actor=actor, fields=sorted(found))
    return task


def _ask(
    invoice: Invoice,
    connection: Connection,
    kind: str,
    seller: Identity,
    fields: dict[str, Any],
    ibans: list[str],
    actor: Any,
    supplier: Supplier | None = None,
) -> SupplierTask:
    key = f"id:{supplier.exact_id}" if supplier else seller.keys[0]
    now = timezone.now()
    try:
        with transaction.atomic():
            task = SupplierTask.objects.create(
                connection=connection,
                kind=kind,
                key=key,
                invoice=invoice,
                supplier=supplier,
                account_id=supplier.exact_id if supplier else None,
                fields=fields,
                ibans=[{"iban": iban, "sent": False} for iban in ibans],
                asked_by=actor,
                due_at=now,
                priority=Priority.PERSON if actor else Priority.BOOKING,
            )
    except IntegrityError:
        return SupplierTask.objects.get(connection=connection, kind=kind, key=key, state__in=OPEN)
    lanes.wake(connection)
    return task


def _payment_condition(invoice: Invoice, connection: Connection) -> str:
    """The division's condition of as many days as the invoice gives, else the one its suppliers mostly have."""
    days = (invoice.due_date - invoice.issue_date).days if invoice.due_date and invoice.issue_date else None
    known = PaymentCondition.objects.filter(connection=connection, gone_at__isnull=True)
    if days is not None and (same := known.filter(days=days).order_by("code").first()):
        return same.code
    rows = Supplier.objects.filter(connection=connection).exclude(payment_condition="")
    used = list(rows.values_list("payment_condition", flat=True)[:500])
    return max(set(used), key=lambda code: (used.count(code), code), default="")


# --- Doing it, in the lane -------------------------------------------------------------------------------


def run(held: Held, task: SupplierTask) -> None:
    """One supplier; goes on where an earlier driver stopped."""
    if task.kind == SupplierTask.Kind.ENRICH:
        if task.fields and task.step != "bank":
            held.exact.update(
                ACCOUNTS, task.account_id or "", task.fields
            )  # the same PUT twice is one change
    elif task.account_id is None and not _account(held, task):
        return
    for position, account in enumerate(task.ibans):
        if not account["sent"] and not steps.take(held, task, _bank_step(held, task, position)):
            return
    _finish(held, task)


def _account(held: Held, task: SupplierTask) -> bool:
    """The relation stands in Exact: found there, or made."""
    if task.state == State.WAITING and (found := _find(held, task)) is not None:
        with held.record():
            task.account_id = found["ID"]
            SupplierTask.objects.filter(pk=task.pk).update(account_id=found["ID"])
        return True

    def keep(made: Any) -> None:
        task.account_id = made["ID"]

    step = Step("account", lambda: _find(held, task), lambda: held.exact.create(ACCOUNTS, task.fields), keep)
    return steps.take(held, task, step) and task.account_id is not None


def _find(held: Held, task: SupplierTask) -> Any:
    """The relation with this seller's number, if Exact has it by now."""
    for name in ("ChamberOfCommerce", "VATNumber", "OINNumber"):
        if value := task.fields.get(name):
            where: Filter = eq(name, value)
            if row := held.exact.first(ACCOUNTS, where=where):
                return row
    return None


def _bank_step(held: Held, task: SupplierTask, position: int) -> Step:
    iban = task.ibans[position]["iban"]

    def find() -> Any:
        rows = held.exact.rows(BANK_ACCOUNTS, where=eq("Account", task.account_id))
        return next((row for row in rows if parties.alphanumeric(row["BankAccount"]) == iban), None)

    def send() -> Any:
        # One that stands there already is not made again: the relation may be an old one that was found.
        made = {
            "Account": task.account_id,
            "BankAccount": iban,
            "Main": position == 0 and not task.supplier_id,
        }
        return find() or held.exact.create(BANK_ACCOUNTS, made)

    def keep(made: Any) -> None:
        task.ibans[position] = {"iban": iban, "sent": True}

    return Step("bank", find, send, keep)


def _finish(held: Held, task: SupplierTask) -> None:
    """Into the mirror at once, so that what waits for it need not wait for the next reading."""
    row = held.exact.first(ACCOUNTS, where=eq("ID", task.account_id))
    if row is None:
        raise ExactError("not_found", endpoint=ACCOUNTS.name)
    with held.record():
        connection = Connection.objects.get(pk=task.connection_id)
        mirror.record_suppliers(connection, [row])
        supplier = Supplier.objects.get(connection=connection, exact_id=row["ID"])
        supplier.ibans = list(dict.fromkeys([*supplier.ibans, *(one["iban"] for one in task.ibans)]))
        supplier.save(update_fields=["ibans"])
        task.state, task.due_at, task.done_at, task.supplier = State.DONE, None, timezone.now(), supplier
        task.save()
        event = "made" if task.kind == SupplierTask.Kind.CREATE else "completed"
        invoice = Invoice.objects.get(pk=task.invoice_id)
        timeline.add(invoice, f"invoice.supplier_{event}", actor=task.asked_by, supplier=supplier.name)
        issues.resolve_code(connection, "supplier_unknown", subject=task.key.partition(":")[2], by="made")
        issues.resolve_code(
            connection, "supplier_not_supplier", subject=str(supplier.exact_id), by="completed"
        )
        _go_on(connection)


def _go_on(connection: Connection) -> None:
    for invoice in _waiting(connection):
        intake.again(invoice)


def _waiting(connection: Connection) -> Any:
    return Invoice.objects.select_for_update().filter(
        organisation_id=connection.organisation_id, status=Invoice.Status.RECEIVED, reason=WAITS
    )


def failed(held: Held, task: SupplierTask, error: ExactError) -> None:
    """Later; or a person must act, and the invoices that waited say so."""
    with held.record():
        task.refresh_from_db()
        task.attempts, task.error = task.attempts + 1, error.code
        if error.kind in (Kind.TRANSIENT, Kind.BUDGET):
            task.due_at = error.retry_at or timezone.now() + lanes.back_off(task.attempts)
        elif error.kind is not Kind.AUTHORISATION:
            task.state, task.due_at = State.STOPPED, None
            _stopped(task, error)
        task.save()


def _stopped(task: SupplierTask, error: ExactError) -> None:
    connection = Connection.objects.get(pk=task.connection_id)
    named = {Kind.OURS: "our_bug", Kind.RIGHTS: "right_missing_relations"}
    code = named.get(error.kind, error.code)
    mine = error.kind is Kind.INVOICE
    issue = issues.open_issue(
        code,
        connection=connection,
        subject=task.key if mine else "",
        supplier=task.fields.get("Name", ""),
        raw=error.raw,
        error=error.code,
    )
    for invoice in _waiting(connection):
        invoice.issue = issue
        timeline.move(invoice, Invoice.Status.REVIEW, reason="supplier_unknown")


def pending(connection: Connection, key: str) -> UUID | None:
    """The task that makes this seller now, if one does. Needs the scope."""
    return (
        SupplierTask.objects.filter(
            connection=connection, kind=SupplierTask.Kind.CREATE, key=key, state__in=OPEN
        )
        .values_list("pk", flat=True)
        .first()
    )


def under_way(connection: Connection, seller: Identity) -> bool:
    """Whether this seller is being made in Exact now. Needs the scope."""
    seller = suppliers.without_own(seller, connection.organisation)
    return enough(seller) and pending(connection, seller.keys[0]) is not None


def register() -> None:
    lanes.register(lanes.Work("supplier", SupplierTask, run, failed, book.ready))
