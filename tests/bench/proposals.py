"""How long a proposal takes, and judging an invoice, for a client with 50,000 mirrored entries.

`python -m tests.bench proposals` on a database of its own (embedded, with fsync). The ledger is made up: 800 suppliers
with Zipf frequencies, several accounts for a third of them; everything is learnt first, as the sweep does it.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate
from pathlib import Path
from random import Random
from statistics import median
from typing import Any
from uuid import UUID, uuid5

from tests.bench import Row

COMMAND = "python -m tests.bench proposals"
ENTRIES, SUPPLIERS, INVOICES = int(os.environ.get("BENCH_ENTRIES", "50000")), 800, 400
SPACE = UUID("6f1b7a52-0000-4000-8000-000000000000")


def rows() -> list[Row]:
    """The median of proposing and of judging."""
    with tempfile.TemporaryDirectory(prefix="portal-bench-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)
        env = {
            **os.environ,
            "DEBUG": "1",
            "VAR_DIR": f"{folder}/var",
            "LOG_LEVEL": "ERROR",
            "BROKER_URL": "memory://",
            "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
        }
        subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], env=env, check=True)
        said = subprocess.run(
            [sys.executable, "-m", "tests.bench.proposals"],
            env=env,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    took = json.loads(said.splitlines()[-1])
    ledger = f"{ENTRIES:,} mirrored entries of that client"
    return [
        Row("proposal, stored", f"{took['propose']:.1f} ms", "≤ 5 ms", ledger, COMMAND, took["propose"] <= 5),
        Row("proposal, our own processor time", f"{took['propose_own']:.1f} ms", "", ledger, COMMAND),
        Row("proposal, 95 in 100", f"{took['propose_95']:.1f} ms", "", ledger, COMMAND),
        Row(
            "judging",
            f"{took['judge']:.1f} ms, {took['judge_queries']} queries",
            "≤ 10 ms, ≤ 4 queries",
            ledger,
            COMMAND,
            took["judge"] <= 10 and took["judge_queries"] <= 4,
        ),
        Row("learning one supplier again", f"{took['learn']:.0f} ms", "", "its last 300 lines", COMMAND),
        Row("learning the client", f"{took['client']:.1f} s", "", "its last 6,000 lines", COMMAND),
    ]


def _key(*parts: Any) -> UUID:
    return uuid5(SPACE, "/".join(map(str, parts)))


def _fill(connection: Any) -> list[float]:
    """A ledger; gives the suppliers' cumulative weights."""
    from connections.models import Entry, EntryLine, LedgerAccount, Supplier, VatCode

    common = {"firm_id": connection.firm_id, "connection": connection}
    LedgerAccount.objects.bulk_create(
        LedgerAccount(
            **common, exact_id=_key("gl", n), code=str(4000 + n), description=f"Rekening {n}", type=121
        )
        for n in range(120)
    )
    VatCode.objects.bulk_create(
        VatCode(**common, exact_id=_key("vat", code), code=code, description=text, percentage=rate, type="E")
        for code, text, rate in (("1", "laag", "0.09"), ("2", "hoog", "0.21"), ("5", "nul", "0"))
    )
    Supplier.objects.bulk_create(
        Supplier(
            **common, exact_id=_key("supplier", n), code=str(n), name=f"Leverancier {n}",
            name_plain=f"leverancier {n}", kvk_number=f"{10_000_000 + n}", ibans=[f"NL00TEST{n:010}"],
        )
        for n in range(SUPPLIERS)
    )  # fmt: skip
    rng, weights = Random(1), list(accumulate(1 / (n + 1) for n in range(SUPPLIERS)))
    start = date(2025, 11, 1)
    for first in range(0, ENTRIES, 2_000):
        entries, lines = [], []
        for n in range(first, first + 2_000):
            supplier = rng.choices(range(SUPPLIERS), cum_weights=weights)[0]
            entry = Entry(
                **common, exact_id=_key("entry", n), supplier_id_in_exact=_key("supplier", supplier),
                entry_number=n, your_ref=f"F{n}", your_ref_normalised=f"F{n}", journal="70", currency="EUR",
                entry_date=start + timedelta(days=n * 360 // ENTRIES), amount=Decimal("121"), vat_amount=21,
            )  # fmt: skip
            entries.append(entry)
            for position in range(1, rng.choice((1, 1, 2)) + 1):
                what = rng.randrange(3) if supplier % 3 == 0 else 0
                lines.append(
                    EntryLine(
                        firm_id=connection.firm_id, entry=entry, exact_id=_key("line", n, position),
                        position=position, account_id=_key("gl", supplier % 100 + what),
                        account=str(4000 + supplier % 100 + what), vat_code="2",
                        description=f"Artikel {'abc'[what]} {rng.randrange(40)}", amount=Decimal("100"), vat_amount=21,
                    )
                )  # fmt: skip
        Entry.objects.bulk_create(entries)
        EntryLine.objects.bulk_create(lines)
    return weights


def _measure() -> dict[str, float]:
    import django

    django.setup()
    from django.conf import settings

    settings.DEBUG = False  # which would log every query
    from django.db import connection as database
    from django.db import connections
    from django.test.utils import CaptureQueriesContext

    from connections import connecting
    from connections.models import Supplier
    from invoices import parties, pipeline
    from invoices.judging import judge_against_ledger, judge_invoice
    from invoices.knowledge import keeping
    from invoices.models import Document, Invoice
    from invoices.parties import suppliers
    from invoices.proposing import proposals
    from portal.models import Organisation
    from portal.people.firms import create_firm
    from portal.tenancy import scope
    from tests.paper import invoice as paper
    from tests.paper import line, party

    firm_id = create_firm("Bench", "bench@kantoor.example").firm_id
    with scope(firm_id):
        organisation = Organisation.objects.create(name="Bakkerij De Korenaar", kvk_number="12345678")
        connection = connecting.connect(organisation)
        weights = _fill(connection)
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE")
    with scope(firm_id):
        started = time.perf_counter()
        books = keeping.books_of(keeping.learn_client(connection))
        client = time.perf_counter() - started
        learnt = []
        for n in range(SUPPLIERS):
            started = time.perf_counter()
            keeping.learn_supplier(connection, _key("supplier", n), books)
            learnt.append(time.perf_counter() - started)
    rng, propose, own, judged, queries = Random(2), [], [], [], 0
    for n in range(INVOICES):
        supplier = rng.choices(range(SUPPLIERS), cum_weights=weights)[0]
        texts = tuple(
            line(f"Artikel {rng.choice('abc')} {rng.randrange(40)}") for _ in range(rng.choice((1, 1, 3)))
        )
        seller = party(f"Leverancier {supplier}", f"{10_000_000 + supplier}")
        content = paper(f"N-{n}", texts, seller=seller, payment_means=())
        with scope(firm_id):
            document = Document.objects.create(
                channel="api", media_type="application/xml", sha256=f"{n}", size=1
            )
            row = Invoice.objects.create(
                document=document, organisation=organisation, number=content.number, number_normalised=f"N{n}",
                content_hash=f"{n}", seller_ids=[f"{10_000_000 + supplier}"],
            )  # fmt: skip
        with scope(firm_id), CaptureQueriesContext(database) as counted:
            match = suppliers.match(connection, parties.seller_of(content))
            row.supplier = match.supplier
            assert match.supplier is not None
            matching = len(counted.captured_queries)
            started = time.perf_counter()
            judge_invoice(row, content)
            judge_against_ledger(row, content, connection)
            judged.append(time.perf_counter() - started)
            queries = max(queries, len(counted.captured_queries) - matching)
        with scope(firm_id):
            known = Supplier.objects.get(connection=connection, exact_id=_key("supplier", supplier))
            row = pipeline.still_received(row.pk)
            assert row is not None
            started, busy = time.perf_counter(), time.process_time()
            proposals.propose(connection, row, content, known)
            propose.append(time.perf_counter() - started)
            own.append(time.process_time() - busy)
    propose.sort()
    return {
        "propose": median(propose) * 1000,
        "propose_own": median(own) * 1000,
        "propose_95": propose[int(len(propose) * 0.95)] * 1000,
        "judge": median(judged) * 1000,
        "judge_queries": queries,
        "learn": median(sorted(learnt)[-100:]) * 1000,
        "client": client,
    }


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    print(json.dumps(_measure()))
