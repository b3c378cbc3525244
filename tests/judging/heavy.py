"""A worker's process for one invoice, as it is: Django, Celery's app, the pipeline. Prints what it took.

python -m tests.judging.heavy INVOICE-ID      (DATABASE_URL names the database)
"""

import json
import resource
import sys
import time
from pathlib import Path


def megabytes() -> float:
    """The most memory this process ever had. (getrusage's ru_maxrss begins with that of the process that started it.)"""
    status = Path("/proc/self/status")
    if status.exists():
        return (
            next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM"))
            / 1024
        )
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(invoice_id: str) -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.db import connections

    settings.DEBUG = False  # which would keep the text of every query, and no worker that matters has it on

    import portal.celery  # noqa: F401 - a worker has it
    from invoices import intake, tasks
    from invoices.booking.files import files_of
    from invoices.judging import full_check
    from invoices.models import Invoice
    from portal.lookups import ask
    from portal.tenancy import scope

    ((firm_id,),) = ask("firm_of_invoice", invoice_id)
    at_rest = megabytes()
    queries = 0

    def count(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        nonlocal queries
        queries += 1
        return execute(sql, params, many, context)

    started = time.perf_counter()
    with connections["default"].execute_wrapper(count):
        tasks.process(invoice_id)
    seconds = time.perf_counter() - started
    processed = megabytes()
    with scope(firm_id):
        row = Invoice.objects.defer("content").select_related("document").get(pk=invoice_id)
        files = len(files_of(row, intake.content(row.document_id)))
    delivered = megabytes()
    full_check.sweep(60)
    print(
        json.dumps(
            {
                "at_rest": at_rest,
                "processed": processed,
                "delivered": delivered,
                "checked": megabytes(),
                "seconds": seconds,
                "queries": queries,
                "files": files,
                "status": row.status,
                "reason": row.reason,
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1])
