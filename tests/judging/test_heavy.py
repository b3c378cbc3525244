"""The largest invoices that we take: one worker reads, judges, stores and proposes them, and stays small."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from invoices import intake, serialise
from invoices.formats.attachments import PDF
from invoices.formats.model import Attachment
from invoices.formats.write import ubl
from invoices.models import Invoice, ProposalLine
from portal.tenancy import scope
from tests.environment import url_of
from tests.judging.desk import Desk, why
from tests.paper import invoice, line

ROOT = Path(__file__).resolve().parents[2]
MOST_MEGABYTES = 300
CAP = settings.INTAKE_MAX_BYTES


def many_lines() -> bytes:
    return ubl(
        invoice(
            lines=tuple(
                line(f"Artikel {n} met een omschrijving zoals men die schrijft", "1.00")
                for n in range(int(os.environ.get("HEAVY_LINES", "10000")))
            )
        )
    )


def with_attachment(to: int = CAP) -> bytes:
    """As large as an invoice may be, nearly all of it one PDF in base64."""
    empty = len(ubl(invoice()))
    content = b"%PDF-1.7\n" + os.urandom((to - empty - 2_000) * 3 // 4 - 16)
    inside = Attachment(id="1", content=content, filename="groot.pdf", declared_type=PDF, media_type=PDF)
    data = ubl(invoice(attachments=(inside,)))
    assert to - 10_000 < len(data) <= to
    return data


def all_text(to: int = CAP) -> bytes:
    """As large as an invoice may be, nearly all of it remarks on lines."""
    note = ("Toelichting bij deze regel. " * 35)[:900]

    def of(count: int) -> bytes:
        return ubl(invoice(lines=tuple(line(note, "1.00") for _ in range(count))))

    each = (len(of(1_100)) - len(of(100))) / 1_000
    data = of(int(to / (each + 4)))  # the numbers of the lines grow
    assert to * 0.98 < len(data) <= to
    return data


def worked(desk: Desk, data: bytes) -> tuple[dict[str, Any], Invoice]:
    """Taken in here; worked by a process of its own."""
    from django.db import connections

    received = intake.receive(desk.firm_id, data, channel="upload", organisation_id=desk.organisation.pk)
    url = url_of(str(connections["owner"].settings_dict["NAME"]))
    done = subprocess.run(
        [
            sys.executable,
            *os.environ.get("HEAVY_PROFILE", "").split(),
            "-m",
            "tests.judging.heavy",
            str(received.invoice_id),
        ],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "portal.settings"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    took = json.loads(done.stdout.splitlines()[-1])
    print(took)
    return took, desk.now(received.invoice_id)


def most(took: dict[str, Any]) -> float:
    """Megabytes at the worst moment: reading and storing, making the files for Exact, the full check."""
    return max(took["processed"], took["delivered"], took["checked"])


@pytest.mark.parametrize("make", [with_attachment, all_text], ids=lambda make: make.__name__)
def test_a_worker_stays_under_300_mb_with_the_largest_file_that_we_take(desk: Desk, make: Any) -> None:
    took, row = worked(desk, make())
    assert row.status in {"review", "ready", "on_hold"}, why(row)
    assert most(took) < MOST_MEGABYTES


def test_ten_thousand_lines_make_few_queries_few_lines_to_book_and_no_worker_large(desk: Desk) -> None:
    took, row = worked(desk, many_lines())
    assert row.status in {"review", "ready", "on_hold"}, why(row)
    assert took["queries"] < 80
    assert most(took) < MOST_MEGABYTES
    with scope(desk.firm_id):
        assert ProposalLine.objects.filter(proposal__invoice=row).count() < 10
        assert len(serialise.invoice(Invoice.objects.get(pk=row.pk))["lines"]) == 10_000
