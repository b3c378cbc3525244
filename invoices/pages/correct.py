"""Correcting a proposal: other accounts, VAT codes, cost centres; found while typing in the mirror of the ledger."""

import re
from collections import Counter
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import formats
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from connections.models import Connection, CostCode, LedgerAccount, Supplier, VatCode
from invoices.deciding import corrections, dispatch, questions
from invoices.models import Invoice
from invoices.pages import one as page_of
from invoices.proposing import proposals
from portal.web import FirmRequest, page

FIELDS = ("description", "amount", "gl_account", "vat_code", "cost_center", "cost_unit")


@page("settle")
def correct(request: FirmRequest, pk: Any) -> HttpResponse:
    """The proposal as a form; saving may approve at once."""
    invoice = page_of.one(request, pk, lock=request.method == "POST")
    connection = dispatch.connection_of(invoice)
    if connection is None or invoice.content is None:
        raise Http404
    asked = request.GET.get("part", "")
    rows, problem = _proposed(invoice, int(asked) if asked.isdecimal() else 0), ""
    if request.method == "POST":
        rows = typed(request)
        try:
            corrections.replace_lines(
                invoice, lines(rows), learn=request.POST.get("learn") == "1", actor=request.user
            )
            if request.POST.get("then") == "approve" and not questions.unanswered(invoice):
                dispatch.approve(invoice, request.user)
                messages.success(request, _("Corrected and approved. It is booked now."))
            else:
                messages.success(request, _("Corrected."))
            return redirect("invoice", pk=pk)
        except corrections.Unbookable as reason:
            problem = words_of(reason)
        except InvalidOperation:
            problem = _("An amount is not a number.")
        except dispatch.NotNow:
            messages.warning(request, _("Meanwhile this invoice can no longer be corrected."))
            return redirect("invoice", pk=pk)
    return render(
        request,
        "invoices/correct.html",
        {
            **page_of.about(request, invoice),
            "rows": rows,
            "problem": problem,
            "vat_codes": VatCode.objects.filter(connection=connection, gone_at__isnull=True, blocked=False)
            .exclude(transaction_type="S")
            .order_by("code"),
            "centers": CostCode.objects.filter(
                connection=connection, kind="center", gone_at__isnull=True
            ).exists(),
            "units": CostCode.objects.filter(
                connection=connection, kind="unit", gone_at__isnull=True
            ).exists(),
        },
        status=422 if problem else 200,
    )


def words_of(reason: corrections.Unbookable) -> str:
    """What to change, in the reader's language."""
    return {
        "no_lines": _("An entry has at least one line."),
        "account_unknown": _("A ledger account does not exist or is blocked; choose one from the list."),
        "vat_code_unknown": _("A VAT code does not exist or is blocked; choose one from the list."),
        "amounts_differ": _("The lines must add up to the invoice's amount without VAT."),
        "vat_left_over": _("The invoice has VAT that no line takes; choose a VAT code that does."),
    }.get(reason.code, reason.message)


def _proposed(invoice: Invoice, part: int = 0) -> list[dict[str, Any]]:
    """The proposal's lines; the one at position `part` as those that were merged into it."""
    row = getattr(invoice, "proposal", None)
    if row is None:
        return []
    merged = Counter(piece[6] for piece in row.pieces)
    shown = proposals.part(row, part) if part else list(row.lines.order_by("position"))
    return [
        {
            "description": line.description,
            "amount": line.amount,
            "gl_account": line.account,
            "vat_code": line.vat_code,
            "cost_center": line.cost_center,
            "cost_unit": line.cost_unit,
            "invoice_lines": ",".join(str(one) for one in line.invoice_lines),
            "parts": line.position if not part and merged[line.position] > 1 else 0,
        }
        for line in shown
    ]


def typed(request: FirmRequest) -> list[dict[str, Any]]:
    """The lines as a person left them in the form; empty ones are none."""
    columns = {name: request.POST.getlist(name) for name in (*FIELDS, "invoice_lines")}
    count = len(columns["gl_account"])
    rows = [
        {name: (values[i] if i < len(values) else "") for name, values in columns.items()}
        for i in range(count)
    ]
    return [row for row in rows if row["amount"] or row["gl_account"]]


def lines(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same as `corrections.replace_lines` takes them. InvalidOperation: an amount is not a number."""
    return [
        {
            **row,
            "amount": decimal(row["amount"]),
            "invoice_lines": [int(one) for one in row["invoice_lines"].split(",") if one.isdecimal()],
        }
        for row in rows
    ]


def differ(invoice: Invoice, rows: list[dict[str, Any]]) -> bool:
    """Whether a person changed anything that is booked."""

    def booked(row: dict[str, Any]) -> tuple[Any, ...]:
        amount = row["amount"] if isinstance(row["amount"], Decimal) else decimal(row["amount"])
        return (
            amount,
            *(row[name].strip() for name in ("gl_account", "vat_code", "cost_center", "cost_unit")),
        )

    return [booked(row) for row in rows] != [booked(row) for row in _proposed(invoice)]


def decimal(text: str) -> Decimal:
    """An amount as people type it: «1.234,50» and «1,234.50» and «1234.5».

    With one kind of mark only, the reader's language decides: «1.234» is more than a thousand in Dutch, and so is
    «1,234» in English. Taken for decimals it would have been booked as one euro and a bit.
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
    return Decimal(text)


# --- Found while typing ----------------------------------------------------------------------------------

MOST = 12
KINDS = {"gl_account", "cost_center", "cost_unit", "supplier", "vat_code"}


@require_GET
@page("settle")
def options(request: FirmRequest, pk: Any, kind: str) -> HttpResponse:
    """What fits the letters typed so far, from the mirror: code or name, the first dozen."""
    invoice = page_of.one(request, pk)
    connection = dispatch.connection_of(invoice)
    if kind not in KINDS or connection is None:
        raise Http404
    q = request.GET.get("q", "").strip()
    rows = [
        {
            "value": str(row.pk) if kind == "supplier" else row.code,
            "text": row.name if kind == "supplier" else row.code,
            "code": row.code,
            "name": _name(row),
        }
        for row in _found(connection, kind, q)[:MOST]
    ]
    return render(request, "portal/parts/options.html", {"rows": rows, "kind": kind})


def _name(row: Any) -> str:
    return row.name if isinstance(row, Supplier) else row.description


def _found(connection: Connection, kind: str, q: str) -> QuerySet[Any]:
    model: Any = {
        "gl_account": LedgerAccount,
        "supplier": Supplier,
        "vat_code": VatCode,
    }.get(kind, CostCode)
    found = model.objects.filter(connection=connection, gone_at__isnull=True, blocked=False).order_by("code")
    if model is CostCode:
        found = found.filter(kind=kind.removeprefix("cost_"))
    name = "name" if model is Supplier else "description"
    for word in q.split():
        found = found.filter(Q(code__istartswith=word) | Q(**{f"{name}__icontains": word}))
    return found
