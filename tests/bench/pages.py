"""How long pages and lists take on a portal of a million invoices, against the same ones on ten thousand.

`python -m tests.bench.pages` makes both portals where they are missing (`tests.bench.portals`), and asks each page of
the larger firm again and again, in turns on one and the other, so that a busy neighbour slows both. The first turn is
not counted: it brings what the pages read from the disk into memory, as a server at work has it. Half of the million is
that firm's. Times are of Django's test client: everything but the network and gunicorn's reading of the request.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from statistics import quantiles
from typing import Any

from tests.bench import Row
from tests.bench.portals import LARGE, ROOT, SMALL, portal

COMMAND = "python -m tests.bench.pages"
TURNS, TIMES = 8, 15
SLOWER, PAGE_MS, NEXT_MS = 1.3, 250, 150
NEXT = "queue: approve, next one"


def rows() -> list[Row]:
    """Each page's slowest twentieth at a million, its ratio to ten thousand, and its queries."""
    few, many = _both()
    ratios = {page: many[page]["p95"] / few[page]["p95"] for page in many}
    worst = max(ratios, key=ratios.__getitem__)
    slowest = max(many, key=lambda page: many[page]["p95"])
    differ = [page for page in many if many[page]["queries"] > few[page]["queries"]]
    at = f"{LARGE:,} invoices"
    shown = [
        Row(
            f"growth of the page that grows most ({worst})", f"{ratios[worst]:.2f} ×", f"≤ {SLOWER} ×",
            f"{SMALL:,} invoices", COMMAND, ratios[worst] <= SLOWER,
        ),
        Row(
            f"slowest page, 95 in 100 ({slowest})", f"{many[slowest]['p95']:.0f} ms", f"≤ {PAGE_MS} ms", at, COMMAND,
            many[slowest]["p95"] <= PAGE_MS,
        ),
        Row(
            "pages whose number of queries grows", ", ".join(differ) or "none", "none", f"{SMALL:,} invoices", COMMAND,
            not differ,
        ),
        Row(
            NEXT, f"{many[NEXT]['p95']:.0f} ms", f"≤ {NEXT_MS} ms", at, COMMAND, many[NEXT]["p95"] <= NEXT_MS,
        ),
    ]  # fmt: skip
    for page, found in many.items():
        value = f"{found['p95']:.0f} ms, {ratios[page]:.2f} ×, {found['queries']} queries"
        shown.append(Row(f"page: {page}", value, "", at, COMMAND))
    return shown


def _both() -> tuple[dict[str, Any], dict[str, Any]]:
    """What was measured on the small and on the large portal, turn by turn."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.bench.pages", "--turns", str(size)],
            cwd=ROOT, env=portal(size), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for size in (SMALL, LARGE)
    ]  # fmt: skip
    took: list[dict[str, list[float]]] = [{}, {}]
    queries: list[dict[str, int]] = [{}, {}]
    for turn in range(1 + TURNS):
        for which, process in enumerate(processes):
            assert process.stdin and process.stdout
            process.stdin.write("turn\n")
            process.stdin.flush()
            said = json.loads(process.stdout.readline())
            for page, found in said.items():
                took[which].setdefault(page, []).extend(found["ms"] if turn else [])
                queries[which][page] = found["queries"]
    for process in processes:
        process.communicate(timeout=60)
    few, many = (
        {
            page: {"p95": quantiles(ms, n=20)[18], "queries": queries[which][page]}
            for page, ms in pages.items()
        }
        for which, pages in enumerate(took)
    )
    return few, many


def _turns(size: int) -> None:
    """A process of one portal: a turn for every line on its input, a line of JSON for every turn."""
    from django.conf import settings
    from django.test import Client

    import portal.wsgi  # noqa: F401 — as the server starts
    from portal.models import User

    settings.DEBUG = False
    person = User.objects.get(email="owner0@kantoor.example")
    browser = Client(SERVER_NAME="localhost")
    browser.force_login(person)
    machine = _machine()
    asks = list(_pages(size))
    for _ in sys.stdin:
        said = {
            name: _asked(machine if path(0).startswith("/api/") else browser, path) for name, path in asks
        }
        said[NEXT] = _approved(browser)
        print(json.dumps(said), flush=True)


def _machine() -> Any:
    """A partner's client for the firm."""
    from django.test import Client

    from portal.partners import create_partner
    from tests.bench.data import FIRM, key

    made = create_partner("Bench", key(FIRM, 0))  # type: ignore[arg-type]
    answer = Client(SERVER_NAME="localhost").post(
        "/identity/o/api/token",
        {
            "grant_type": "client_credentials",
            "client_id": made.client_id,
            "client_secret": made.client_secret,
        },
    )
    token = answer.json()["access_token"]
    return Client(SERVER_NAME="localhost", headers={"Authorization": f"Bearer {token}"})


def _pages(size: int) -> Iterator[tuple[str, Callable[[int], str]]]:
    """(name, path of the i-th time); deep pages and rows from all over the two years."""
    from invoices.models import Invoice
    from portal.models import Organisation
    from portal.tenancy import scope
    from tests.bench import data

    with scope(data.key(data.FIRM, 0)):  # type: ignore[arg-type]
        at = [data.key(data.INVOICE, size * part // TIMES) for part in range(TIMES)]
        found = [Invoice.objects.filter(pk__gte=pk, status="booked").order_by("pk").first() for pk in at]
        invoices = [one for one in found if one is not None]
        waits = list(Invoice.objects.filter(status="review").order_by("created_at", "id")[:TIMES])
        lately = Invoice.objects.order_by("-created_at")[200].created_at.strftime("%Y-%m-%dT%H:%M:%SZ")
        clients = list(Organisation.objects.order_by("pk")[: 4 * TIMES : 4])

    def one(paths: list[str]) -> Callable[[int], str]:
        return lambda i: paths[i % len(paths)]

    deep = [f"/invoices/?before={row.pk}" for row in invoices[1:]]
    numbers = [row.number for row in invoices]
    yield "today", one(["/"])
    yield "invoices", one(["/invoices/"])
    yield "invoices, deep down", one(deep)
    yield "invoices that need somebody", one(["/invoices/?status=needs"])
    yield "invoices, booked", one(["/invoices/?status=booked"])
    yield "invoices of a client", one([f"/invoices/?organisation={row.pk}" for row in clients])
    yield "invoices by number", one([f"/invoices/?q={number}" for number in numbers])
    yield "invoices by seller", one([f"/invoices/?q={name}" for name in data.FAMILIES[:TIMES]])
    yield "an invoice", one([f"/invoices/{row.pk}/" for row in invoices])
    yield "queue", one(["/queue/"])
    yield "queue, all that waits", one(["/queue/?view=all"])
    yield "queue, whose or unreadable", one(["/queue/?view=place"])
    yield "queue of a client", one([f"/queue/?view=all&organisation={row.pk}" for row in clients])
    yield "queue at an invoice", one([f"/queue/{row.pk}/" for row in waits])
    yield "clients", one(["/clients/"])
    yield "clients, the last page", one(["/clients/?page=20"])
    yield "clients with waiting invoices", one(["/clients/?view=waiting"])
    yield "clients by name", one(["/clients/?q=Garage"])
    yield "a client", one([f"/clients/{row.pk}/" for row in clients])
    yield "issues", one(["/issues/"])
    yield "issues, mended", one(["/issues/?status=resolved"])
    yield "search by number", one([f"/search/?q={number}" for number in numbers])
    yield (
        "search by name",
        one(["/search/?q=Bakkerij", "/search/?q=Drukkerij De Jong", "/search/?q=Nergensman"]),
    )
    yield "sign-ins at Exact", one(["/sign-ins/"])
    yield "team", one(["/team/"])
    yield "API: invoices", one(["/api/v1/invoices/?page_size=100"])
    yield "API: invoices in review", one(["/api/v1/invoices/?status=review&page_size=100"])
    yield "API: invoices by number", one([f"/api/v1/invoices/?number={number}" for number in numbers])
    yield (
        "API: invoices of a client",
        one([f"/api/v1/invoices/?organisation={row.pk}&page_size=25" for row in clients]),
    )
    yield "API: invoices changed lately", one([f"/api/v1/invoices/?updated_after={lately}&page_size=100"])
    yield "API: organisations", one(["/api/v1/organisations/?page_size=100"])
    yield "API: connections", one(["/api/v1/connections/?page_size=100"])
    yield "API: issues", one(["/api/v1/issues/?status=open&page_size=100"])


def _asked(client: Any, path: Callable[[int], str]) -> dict[str, Any]:
    """Milliseconds of each time, and the most queries of any."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    queries, took = 0, []
    for number in range(TIMES):
        started = time.perf_counter()
        answer = client.get(path(number), follow=False)
        took.append((time.perf_counter() - started) * 1000)
        assert answer.status_code in (200, 302), (path(number), answer.status_code, answer.content[:300])
    for number in range(3):
        with CaptureQueriesContext(connection) as counted:
            client.get(path(number))
        queries = max(queries, len(counted.captured_queries))
    return {"ms": took, "queries": queries}


def _approved(browser: Any) -> dict[str, Any]:
    """An approval in the queue: the answer is the next invoice. Each is taken back afterwards."""
    import re

    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    took, queries = [], 0
    for _ in range(TIMES):
        found = re.search(r"/queue/([0-9a-f-]{36})/approve/", browser.get("/queue/").content.decode())
        assert found, "the queue shows no invoice that can be approved"
        address = f"/queue/{found[1]}"
        with CaptureQueriesContext(connection) as counted:
            started = time.perf_counter()
            answer = browser.post(f"{address}/approve/", headers={"HX-Request": "true"})
            took.append((time.perf_counter() - started) * 1000)
        assert answer.headers["HX-Push-Url"] != f"{address}/", "it is still there"
        queries = max(queries, len(counted.captured_queries))
        browser.post(f"{address}/back/", headers={"HX-Request": "true"})
    return {"ms": took, "queries": queries}


if __name__ == "__main__":
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    if sys.argv[1:2] == ["--turns"]:
        _turns(int(sys.argv[2]))
    else:
        for row in rows():
            print(f"{row.name}: {row.value} {row.goal}")
