"""What is chosen while typing: accounts, VAT codes, cost centres and suppliers, from the mirror of the ledger."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Min, Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from connections.models import Connection, CostCode, LedgerAccount, Supplier, VatCode
from connections.normal import natural
from invoices.deciding import dispatch
from invoices.pages import one as page_of
from portal.web import FirmRequest, page
from portal.web.paging import uuid_of

MOST = 12
MODELS: dict[str, Any] = {
    "gl_account": LedgerAccount,
    "vat_code": VatCode,
    "cost_center": CostCode,
    "cost_unit": CostCode,
    "supplier": Supplier,
}


def vat_codes(connection: Connection) -> list[VatCode]:
    """The codes that a purchase may bear, 2 before 10."""
    return sorted(_found("vat_code", connection=connection), key=lambda one: natural(one.code))


@require_GET
@page("settle")
def of_invoice(request: FirmRequest, pk: Any, kind: str) -> HttpResponse:
    """What fits the letters typed so far in the books of this invoice's client: code or name, the first dozen."""
    connection = dispatch.connection_of(page_of.one(request, pk))
    if kind not in MODELS or connection is None:
        raise Http404
    rows = _in_order(kind, _typed(_found(kind, connection=connection), kind, request.GET.get("q", "")))
    return render(
        request, "portal/parts/options.html", {"rows": [_row(kind, row) for row in rows], "kind": kind}
    )


@require_GET
@page("connect")
def of_rule(request: FirmRequest, kind: str) -> HttpResponse:
    """The same for a rule: in the books of its client, or in those of all clients, with how many have that code."""
    if kind not in MODELS:
        raise Http404
    q, named = request.GET.get("q", ""), uuid_of(request.GET.get("connection", ""))
    if named:
        connection = get_object_or_404(Connection.objects, pk=named)
        chosen = _in_order(kind, _typed(_found(kind, connection=connection), kind, q))
        rows = [{**_row(kind, row), "value": row.code, "text": row.code} for row in chosen]
    else:
        rows = _of_all(kind, q)
    return render(request, "portal/parts/options.html", {"rows": rows, "kind": kind})


def _of_all(kind: str, q: str) -> list[dict[str, Any]]:
    """Each code once, those that most clients have first."""
    found = _typed(_found(kind).exclude(connection__status="disconnected"), kind, q).order_by()
    codes = found.values("code").annotate(words=Min(_name(kind)), clients=Count("connection", distinct=True))
    return [
        {
            "value": row["code"],
            "text": row["code"],
            "code": row["code"],
            "name": row["words"],
            "note": ngettext("%(n)d client", "%(n)d clients", row["clients"]) % {"n": row["clients"]},
        }
        for row in codes.order_by("-clients", "code")[:MOST]
    ]


def _found(kind: str, **about: Any) -> QuerySet[Any]:
    found = MODELS[kind].objects.filter(gone_at__isnull=True, blocked=False, **about)
    if kind == "vat_code":
        return found.exclude(transaction_type="S")
    return found.filter(kind=kind.removeprefix("cost_")) if MODELS[kind] is CostCode else found


def _typed(found: QuerySet[Any], kind: str, q: str) -> QuerySet[Any]:
    for word in q.split():
        found = found.filter(Q(code__istartswith=word) | Q(**{f"{_name(kind)}__icontains": word}))
    return found


def _in_order(kind: str, found: QuerySet[Any]) -> Iterable[Any]:
    """The first dozen. VAT codes are few, and numbers without leading zeros: 2 comes before 10."""
    if kind == "vat_code":
        return sorted(found, key=lambda one: natural(one.code))[:MOST]
    return found.order_by("code")[:MOST]


def _name(kind: str) -> str:
    return "name" if kind == "supplier" else "description"


def _row(kind: str, row: Any) -> dict[str, Any]:
    name = getattr(row, _name(kind))
    value, text = (str(row.pk), name) if kind == "supplier" else (row.code, row.code)
    return {"value": value, "text": text, "code": row.code, "name": name}
