"""How many queries each page asks; kept beside this file, so that one that asks more is seen where it is made.

`UPDATE_QUERY_COUNTS=1 pytest tests/pages/test_query_counts.py` writes the numbers anew.
"""

import json
import os
from pathlib import Path

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.pages.firm import BusyFirm
from tests.pages.table import TABLE
from tests.paper import line, paper

KEPT = Path(__file__).with_name("query_counts.json")


def counted(busy: BusyFirm) -> dict[str, int]:
    counts = {}
    for row in TABLE:
        if row.method == "GET" and row.wants[0] == 200:
            url = reverse(row.name, args=row.arguments(busy))
            busy.browsers["owner"].get(url)  # content types and the like are looked up once per process
            with CaptureQueriesContext(connection) as asked:
                busy.browsers["owner"].get(url)
            counts[str(row)] = len(asked)
    return counts


def test_no_page_asks_more_queries_than_it_did(busy: BusyFirm) -> None:
    counts = counted(busy)
    if os.environ.get("UPDATE_QUERY_COUNTS"):
        KEPT.write_text(json.dumps(counts, indent=1, sort_keys=True) + "\n")
    kept = json.loads(KEPT.read_text())
    assert counts.keys() == kept.keys()
    assert {name: count for name, count in counts.items() if count > kept[name]} == {}


def test_more_clients_and_invoices_cost_no_more_queries(busy: BusyFirm) -> None:
    lists = {"GET today", "GET clients", "GET invoices", "GET issues", "GET client client"}
    before = {name: count for name, count in counted(busy).items() if name in lists}
    for number in range(6):
        busy.cast.alice.organisation(f"Klant {number}", f"5000000{number}")
        busy.send(paper(f"2026-2{number:02}", lines=(line("Heel iets anders", f"{10 + number}.00"),)))
    after = {name: count for name, count in counted(busy).items() if name in lists}
    assert after == before
