"""Correcting a proposal: other accounts, VAT codes, cost centres."""

from collections import Counter
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from connections.models import CostCode
from invoices.deciding import corrections, dispatch, questions
from invoices.models import Invoice
from invoices.pages import one as page_of
from invoices.pages import options
from invoices.proposing import proposals
from portal.amounts import typed as typed_amount
from portal.web import FirmRequest, page
from portal.web.typed import number

FIELDS = ("description", "amount", "gl_account", "vat_code", "cost_center", "cost_unit")


@page("settle")
def correct(request: FirmRequest, pk: Any) -> HttpResponse:
    """The proposal as a form; saving may approve at once."""
    invoice = page_of.one(request, pk, lock=request.method == "POST")
    connection = dispatch.connection_of(invoice)
    if connection is None or invoice.content is None:
        raise Http404
    rows, problem = _proposed(invoice, number(request.GET.get("part", "")) or 0), ""
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
            "vat_codes": options.vat_codes(connection),
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
            "amount": typed_amount(row["amount"]),
            "invoice_lines": [n for one in row["invoice_lines"].split(",") if (n := number(one)) is not None],
        }
        for row in rows
    ]


def differ(invoice: Invoice, rows: list[dict[str, Any]]) -> bool:
    """Whether a person changed anything that is booked."""

    def booked(row: dict[str, Any]) -> tuple[Any, ...]:
        amount = row["amount"] if isinstance(row["amount"], Decimal) else typed_amount(row["amount"])
        return (
            amount,
            *(row[name].strip() for name in ("gl_account", "vat_code", "cost_center", "cost_unit")),
        )

    return [booked(row) for row in rows] != [booked(row) for row in _proposed(invoice)]
