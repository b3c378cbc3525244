"""Before you trust it: the last months of a client's ledger, proposed as if each invoice were new.

Every line is foretold from what stood in the ledger before it, with the confidence that it would have had in its month.
So the report says what would have been booked by itself, and how much of that rightly.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.utils import timezone

from connections.models import Connection, Supplier
from invoices.knowledge import history
from invoices.learning import Foretold, Point, curve, error, recommended, replay, walk
from invoices.models import BackTest, Bookkeeping
from portal import jobs
from portal.models import Job

KIND = "backtest"
LINES = 20_000  # the newest of a client
FROM, TO = 6, 12  # months


def possible(connection: Connection) -> bool:
    """Whether the ledger is read and there is something to test on; where no test was made, one is offered."""
    return Bookkeeping.objects.filter(connection=connection, outcomes__gt=0).exists()


def ask(connections: Sequence[Connection], months: int = TO, *, by: Any = None) -> Job:
    """A job that tests these clients, one after the other. Needs the scope."""
    months = min(max(months, 1), 24)
    rows = [
        {"connection": str(one.pk), "months": months, "name": one.organisation.name} for one in connections
    ]
    return jobs.start(KIND, rows, by=by)


def latest(connection: Connection) -> BackTest | None:
    return BackTest.objects.filter(connection=connection).order_by("-created_at").first()


def run(connection: Connection, months: int = TO) -> BackTest:
    """Test a client now. Needs the scope; a few seconds for a thousand lines."""
    since = timezone.localdate() - timedelta(days=round(months * 30.4))
    found = replay(history.entries(connection, newest=LINES)).foretold
    walk(found)
    tested = [one for one in found if one.booked.line.day >= since]
    names = dict(
        Supplier.objects.filter(connection=connection, exact_id__in={one.supplier for one in tested})
        .values_list("exact_id", "name")
        .iterator()
    )
    made = report(tested, {str(key): name for key, name in names.items()})
    made["threshold_now"] = str(connection.auto_book_confidence)
    return BackTest.objects.create(connection=connection, months=months, report=made)


def report(tested: Sequence[Foretold], names: dict[str, str]) -> dict[str, Any]:
    """What came out. Lines of which the ledger itself cannot tell what is right (slips) count for nothing but `slips`.

    `error_euro` is the share of the money on lines that would have gone to another place. `curve` gives coverage and
    precision by threshold; `recommended` is what `learning.recommended` says (None: too little to say).
    """
    told = [one for one in tested if one.weight]
    judged = [(one.confidence, one.right, one.weight) for one in told]
    threshold = recommended([(one.confidence, one.right, one.weight) for one in tested])
    by_supplier: dict[str, list[Foretold]] = defaultdict(list)
    for one in told:
        by_supplier[one.supplier].append(one)
    return {
        "lines": len(told),
        "slips": len(tested) - len(told),
        **_measures(told),
        "calibration_error": round(error((c, right) for c, right, _ in judged), 4),
        "recommended": None if threshold is None else f"{threshold:.2f}",
        "curve": [_point(point) for point in curve(judged)] if told else [],
        "suppliers": sorted(
            (
                {"supplier": key, "name": names.get(key, ""), "lines": len(rows), **_measures(rows)}
                for key, rows in by_supplier.items()
            ),
            key=lambda row: -row["lines"],
        ),
    }


def _measures(rows: Sequence[Foretold]) -> dict[str, Any]:
    money = sum(abs(one.booked.line.amount) for one in rows)
    wrong = sum(abs(one.booked.line.amount) for one in rows if not one.right)
    n = len(rows)
    return {
        "right": sum(one.right for one in rows),
        "accuracy": round(sum(one.right for one in rows) / n, 4) if n else None,
        "account_accuracy": round(
            sum(one.expected.target.account == one.booked.target.account for one in rows) / n, 4
        )
        if n
        else None,
        "amount": f"{money:.2f}",
        "error_euro": round(wrong / money, 4) if money else None,
    }


def _point(point: Point) -> dict[str, Any]:
    return {
        "threshold": f"{point.threshold:.2f}",
        "coverage": round(point.coverage, 4),
        "precision": round(point.precision, 4),
    }


def _one(job: Job, row: dict[str, Any]) -> dict[str, Any]:
    connection = Connection.objects.filter(pk=row["connection"]).first()
    if connection is None:
        raise jobs.Failed("not_found", "This connection no longer exists.")
    made = run(connection, row["months"])
    return {"status": "tested", "id": str(made.pk), "lines": made.report["lines"]}


def register() -> None:
    jobs.register(KIND, _one)
