"""The back-test of a client: its past booked once more, and what a threshold would have made of it."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from connections.models import Connection
from invoices.models import BackTest
from invoices.proposing import backtest
from portal.amounts import typed
from portal.models import Job
from portal.templatetags.ui import money
from portal.web import FirmRequest, page

OLDER = 10
SUPPLIERS = 40
WIDTH, HEIGHT = 300, 100  # of the picture
LOWEST, HIGHEST = Decimal("0.50"), Decimal("1.00")


def _client(pk: Any) -> Connection:
    found = Connection.objects.select_related("organisation").exclude(status="disconnected")
    return get_object_or_404(found, organisation_id=pk)


@require_GET
@page()
def show(request: FirmRequest, pk: Any) -> HttpResponse:
    """The last test, or that there is none yet; it asks again while one runs."""
    connection = _client(pk)
    tests = list(BackTest.objects.filter(connection=connection).order_by("-created_at")[:OLDER])
    wanted = request.GET.get("test", "")
    test = next((one for one in tests if str(one.pk) == wanted), tests[0] if tests else None)
    running = _running(connection)
    context = {
        "connection": connection,
        "client": connection.organisation,
        "test": test,
        "tests": tests,
        "running": running,
        "learnt": backtest.possible(connection),
        **(drawn(test.report, connection.auto_book_confidence) if test else {}),
        **(table(test.report.get("suppliers") or [], request.GET.get("sort", "")) if test else {}),
    }
    part = request.htmx and running
    return render(request, "invoices/parts/backtest_busy.html" if part else "invoices/backtest.html", context)


def _running(connection: Connection) -> Job | None:
    """The job that tests this client now, if there is one."""
    busy = Job.objects.filter(kind=backtest.KIND, state__in=[Job.State.WAITING, Job.State.RUNNING])
    return busy.filter(asked__contains=[{"connection": str(connection.pk)}]).first()


def drawn(report: dict[str, Any], now: Decimal) -> dict[str, Any]:
    """The curve as two lines in a picture, the threshold of now and the recommended one as points on it.

    Left is the strictest threshold; each line goes from what is sure to what is nearly always taken.
    """
    points = report.get("curve") or []
    rows = [{**one, "error": 1 - one["precision"]} for one in points]
    return {
        "points": rows,
        "coverage_line": _line(points, "coverage"),
        "precision_line": _line(points, "precision"),
        "at_now": _at(points, now),
        "at_best": _at(points, report.get("recommended")),
        "report": report,
        "left": _left(points),
        "middle": (_left(points) + HIGHEST) / 2,
    }


COLUMNS = {
    "name": gettext_lazy("Supplier"),
    "lines": gettext_lazy("Lines"),
    "accuracy": gettext_lazy("Right"),
    "amount": gettext_lazy("Amount"),
}


def table(suppliers: list[dict[str, Any]], asked: str) -> dict[str, Any]:
    """The suppliers by one column, «lines» or «-lines»; the most lines first where nothing known is asked.

    A heading leads to its column, the largest first but for names; once more, and the order is the other way round.
    """
    name = asked.removeprefix("-")
    if name not in COLUMNS:
        name, asked = "lines", "-lines"
    down = asked.startswith("-")
    known = [one for one in suppliers if one[name] is not None]
    ordered = sorted(known, key=lambda one: _worth(one, name), reverse=down)
    heads = [
        {
            "label": label,
            "number": column != "name",
            "sorted": ("descending" if down else "ascending") if column == name else "",
            "leads_to": column if (column == name and down) or (column == "name" != name) else f"-{column}",
        }
        for column, label in COLUMNS.items()
    ]
    rest = [one for one in suppliers if one[name] is None]
    return {"heads": heads, "suppliers": (ordered + rest)[:SUPPLIERS], "more": len(suppliers) - SUPPLIERS}


def _worth(supplier: dict[str, Any], column: str) -> Any:
    value = supplier[column]
    return value.lower() if column == "name" else Decimal(str(value))


def _x(threshold: Any, left: Decimal) -> float:
    return float((max(Decimal(str(threshold)), left) - left) / (HIGHEST - left)) * WIDTH


def _line(points: list[dict[str, Any]], name: str) -> str:
    left = _left(points)
    return " ".join(f"{_x(one['threshold'], left):.1f},{(1 - one[name]) * HEIGHT:.1f}" for one in points)


def _left(points: list[dict[str, Any]]) -> Decimal:
    """Where the picture begins: the lowest threshold that was tried."""
    return min((Decimal(one["threshold"]) for one in points), default=LOWEST)


def _at(points: list[dict[str, Any]], threshold: Any) -> dict[str, Any] | None:
    """What would be booked by itself from this threshold on; the nearest point that is as strict."""
    if threshold is None:
        return None
    asked = Decimal(str(threshold))
    above = [one for one in points if Decimal(one["threshold"]) >= asked]
    if not above:
        return None
    point = min(above, key=lambda one: Decimal(one["threshold"]))
    return {
        "threshold": asked,
        "x": f"{_x(asked, _left(points)):.1f}",
        **{k: point[k] for k in ("coverage", "precision")},
    }


@require_POST
@page("connect")
def ask(request: FirmRequest, pk: Any) -> HttpResponse:
    """Test this client now, as long work."""
    connection = _client(pk)
    if _running(connection) is None:
        backtest.ask([connection], by=request.user)
    return redirect("backtest", pk=pk)


@require_POST
@page("connect")
def apply(request: FirmRequest, pk: Any) -> HttpResponse:
    """Let the client book by itself from this threshold on."""
    connection = _client(pk)
    try:
        threshold = typed(request.POST.get("threshold", ""))
    except InvalidOperation:
        threshold = Decimal(0)
    if not LOWEST <= threshold <= HIGHEST:
        messages.warning(request, _("The threshold is a number from 0.50 to 1.00."))
        return redirect("backtest", pk=pk)
    connection.auto_book_confidence = threshold
    connection.save(update_fields=["auto_book_confidence", "updated_at"])
    messages.success(request, _("From the next invoice on the threshold is %(n)s.") % {"n": money(threshold)})
    return redirect("backtest", pk=pk)
