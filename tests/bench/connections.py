"""How near the lanes come to what Exact's limits allow, what an invoice costs in calls, and whom a sick client harms.

`python -m tests.bench connections` on a database of its own (embedded, with fsync) against the sandbox, with minutes
of 30 seconds: a minute of 60 calls is the limit that counts, and how long it lasts changes nothing in the ratios.
Nothing but invoices is due while it measures, so that every call counted is one that an invoice caused.
"""

import base64
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from pathlib import Path
from statistics import mean
from typing import Any
from uuid import UUID

from tests.bench import Row
from tests.exact_sandbox import ExactSandbox

COMMAND = "python -m tests.bench connections"
DIVISIONS = int(os.environ.get("BENCH_DIVISIONS", "40"))
MINUTE = int(os.environ.get("BENCH_MINUTE", "30"))
WORKERS = int(os.environ.get("BENCH_WORKERS", "6"))
EACH = int(
    os.environ.get("BENCH_INVOICES", "60")
)  # of 3.1 calls each: three full minutes and a little of a fourth
LIMIT = 60
# All the clients want 80 calls a second, of us, the database and the sandbox together: more than two cores do. Half of
# them shows what the lanes themselves cost.
HALF = DIVISIONS // 2
FEW, FEW_EACH, SHORT_MINUTE = min(12, DIVISIONS), 20, 10  # where a quarter of it says the same
SLOW_SECONDS = 30
ANSWER_MS = 100  # what Exact takes for an answer, where a plain loop is compared: from nearby it takes longer
FIRST, KVK = 5001, 60_000_001
SUPPLIER = {
    "name": "Drukkerij Van Dam B.V.", "code": "20001", "kvk": "87654321", "vat": "NL853746333B01",
    "iban": "NL91ABNA0417164300", "gl": "4500", "vat_code": "2",
}  # fmt: skip


def rows() -> list[Row]:
    """Drain time, calls per invoice, the neighbours of a sick client, and a plain loop beside it."""
    with tempfile.TemporaryDirectory(prefix="portal-bench-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)
        sandbox = ExactSandbox(Path(folder) / "exact", f"--minute-seconds={MINUTE}")
        env = {
            **os.environ,
            "DEBUG": "1",
            "VAR_DIR": f"{folder}/var",
            "LOG_LEVEL": "ERROR",
            "BROKER_URL": "memory://",
            "SITE_URL": "http://testserver",
            "ALLOWED_HOSTS": "testserver",
            "EXACT_BASE_URL": sandbox.url,
            "EXACT_CLIENT_ID": sandbox.client_id,
            "EXACT_CLIENT_SECRET": sandbox.client_secret,
            "EXACT_MINUTE_SECONDS": str(MINUTE),
            "MAILBOX_DOCUMENT_SECONDS": "0",
            "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
        }
        try:
            subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], env=env, check=True)
            command = [sys.executable, "-m", "tests.bench.connections", sandbox.url]
            said = subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE, text=True).stdout
        finally:
            sandbox.stop()
    return _told(json.loads(said.splitlines()[-1]))


def _drained(name: str, drain: dict[str, Any], clients: int) -> Row:
    ratio = drain["seconds"] / max(drain["least"], 0.1)
    anchor = (
        f"{drain['least']:.0f} s that {drain['calls']:,} calls need at {LIMIT} a minute of {MINUTE} s: "
        f"{clients} clients × {EACH} invoices, {WORKERS} workers"
    )
    return Row(name, f"{ratio:.2f} ×", "≤ 1.10 ×", anchor, COMMAND, ratio <= 1.10)


def _told(found: dict[str, Any]) -> list[Row]:
    few = f"{FEW} clients × {FEW_EACH} invoices"
    drain = found["drain"]
    documents, mailbox = found["calls"]["document"], found["calls"]["mailbox"]
    plain = found["plain"]
    told = [
        _drained("draining what is due ÷ the least time", drain, DIVISIONS),
        _drained("the same where the processors are not the limit", found["half"], HALF),
        Row("our processor time for a call to Exact", f"{1000 * drain['processor'] / drain['calls']:.1f} ms", "",
            "the same run: workers alone, Exact and the database left out", COMMAND),
        Row("refusals (429) that we caused", str(found["refused"]), "0", "all of the runs here", COMMAND,
            found["refused"] == 0),
        Row("calls for a booked invoice, by document", f"{documents:.2f}", "≤ 1 file + 2.2", few, COMMAND,
            documents <= 3.2),
        Row("calls for a booked invoice, by mailbox", f"{mailbox:.2f}", "≤ 1 file + 3.2", few, COMMAND,
            mailbox <= 4.2),
    ]  # fmt: skip
    for name, words in (("slow", f"answers in {SLOW_SECONDS} s"), ("ill", "always answers 500")):
        harm = found[name] / found["healthy"]
        told.append(
            Row(f"how long the others wait while one client {words}", f"{harm:.2f} ×", "≤ 1.1 ×",
                f"the same without it, {few}", COMMAND, harm <= 1.1)
        )  # fmt: skip
    told.append(
        Row("the same by a plain loop over django-exact", f"{plain['seconds'] / found['ours']:.1f} ×", "",
            f"our time, where Exact takes {ANSWER_MS} ms for an answer; it met {plain['refused']} refusals (429), we none; "
            f"{few}", COMMAND)
    )  # fmt: skip
    return told


# --- Inside: a portal with its clients connected -------------------------------------------------------------


@dataclass
class Drained:
    """One run: how long until all was booked, how long an invoice waited, and the calls of each connection."""

    seconds: float
    waited: float
    calls: dict[UUID, int]
    processor: float  # seconds that our workers reckoned, Exact and the database left out

    def least(self, minute: int) -> float:
        """The fullest lane decides: all but its last minute's calls need whole minutes."""
        return max((ceil(n / LIMIT) - 1) * minute for n in self.calls.values())


class Portal:
    """A firm with all its clients connected over one sign-in, and Exact beside it."""

    def __init__(self, exact: ExactSandbox) -> None:
        from portal.people.firms import create_firm

        self.exact = exact
        self.firm_id = create_firm("Bench", "bench@kantoor.example").firm_id
        self.run = 0
        world = {"divisions": [_division(n) for n in range(DIVISIONS)]}
        exact.control("POST", "reset", world=world)
        self._connect()

    def _connect(self) -> None:
        from connections import bulk, consents
        from connections.models import Authorisation, Chore, Connection
        from portal import jobs
        from portal.tenancy import scope
        from tests.helpers import consent
        from tests.work import work

        self.exact.control("POST", "settings", minute_limit=1_000_000)
        with scope(self.firm_id):
            link = consents.invite(None, site_key="nl")
        assert consent(self.exact, link.url.removeprefix("http://testserver")).status_code == 200
        with scope(self.firm_id):
            job = bulk.start(Authorisation.objects.get(), [{"division": FIRST + n} for n in range(DIVISIONS)])
        jobs.run(self.firm_id, job.pk)
        work(600)
        with scope(self.firm_id):
            Chore.objects.update(due_at=None)
            self.keys = list(
                Connection.objects.filter(status="active").order_by("division").values_list("pk", flat=True)
            )
        assert len(self.keys) == DIVISIONS, f"{len(self.keys)} connections are active"

    def prepare(self, clients: int, each: int, way: str) -> None:
        """So many invoices of each of the first clients, decided and ready to go, held by the brake."""
        from connections.models import Chore, Connection
        from invoices import intake, pipeline
        from invoices.models import Delivery
        from portal.lookups import ask
        from portal.models import Firm
        from portal.tenancy import scope
        from tests.paper import paper, party

        self.run += 1
        with scope(self.firm_id):
            Firm.objects.filter(pk=self.firm_id).update(brake=True)
            Connection.objects.update(delivery=way)

        def take_in(worker: int) -> None:
            for n in range(worker, clients, WORKERS):
                buyer = party(f"Klant {n + 1}", f"{KVK + n}")
                for number in range(each):
                    intake.receive(
                        self.firm_id, paper(f"{self.run}-{n}-{number}", buyer=buyer), channel="api"
                    )

        def decide(worker: int) -> None:
            while found := ask("due_invoices", 50, 0):
                for (invoice_id,) in found[worker % 7 :: 2] or found:
                    for (firm_id,) in ask("firm_of_invoice", invoice_id):
                        pipeline.process(firm_id, UUID(str(invoice_id)))

        _forked(take_in)
        _forked(decide)
        with scope(self.firm_id):
            Chore.objects.update(due_at=None)
            ready = Delivery.objects.filter(due_at__isnull=False).count()
        assert ready == clients * each, f"{ready} of {clients * each} invoices are ready to go"

    def drain(self, minute: int, *, sick: UUID | None = None) -> Drained:
        """Let go at the beginning of a minute; until every booking but the sick client's is done."""
        from django.conf import settings

        from connections.models import Call, ContractDay, Lane
        from invoices.models import Booking
        from portal.models import Firm
        from portal.tenancy import scope

        self.exact.control("POST", "settings", minute_seconds=minute, minute_limit=LIMIT)
        settings.EXACT_MINUTE_SECONDS = minute
        with scope(self.firm_id):
            Firm.objects.filter(pk=self.firm_id).update(brake=False)
        began = datetime.fromtimestamp((time.time() // minute + 1) * minute, UTC)
        ContractDay.objects.all().delete()  # all the runs together are more than a contract's day
        with scope(self.firm_id):
            Lane.objects.update(budget={}, errors={}, sleeps_for="", due_at=began)
            mine = Booking.objects.filter(done_at__isnull=True).exclude(connection=sick)
            waiting = list(mine.values_list("pk", flat=True))
        before = _reckoned()
        with _working():
            give_up = time.monotonic() + 600
            while time.monotonic() < give_up:
                time.sleep(0.2)
                with scope(self.firm_id):
                    left = Booking.objects.filter(pk__in=waiting, done_at__isnull=True).count()
                if not left:
                    break
            else:
                raise AssertionError(f"{left} bookings are not done after ten minutes")
        with scope(self.firm_id):
            done = [
                (at - began).total_seconds()
                for at in Booking.objects.filter(pk__in=waiting).values_list("done_at", flat=True)
            ]
            calls: dict[UUID, int] = {}
            for key in Call.objects.filter(at__gte=began).values_list("connection", flat=True):
                calls[key] = calls.get(key, 0) + 1
        drained = Drained(max(done), mean(done), calls, _reckoned() - before)
        print(
            f"  {len(waiting)} bookings in {drained.seconds:.1f} s, {mean(done):.1f} s each, {sum(calls.values())} calls of "
            f"{1000 * drained.processor / max(sum(calls.values()), 1):.1f} ms",
            file=sys.stderr, flush=True,
        )  # fmt: skip
        return drained

    def forget(self, sick: UUID) -> None:
        """The sick client's rows go no further and count as done, and nothing is broken any more."""
        from invoices.models import Booking, Delivery
        from portal.tenancy import scope

        self.exact.mend()
        with scope(self.firm_id):
            for outbox in (Delivery, Booking):
                rows = outbox.objects.filter(connection=sick, done_at__isnull=True)
                rows.update(due_at=None, done_at=datetime.now(UTC))


def _division(n: int) -> dict[str, Any]:
    lines = [{"gl": "4500", "amount": "100.00", "vat_code": "2", "description": "Abonnement"}]
    return {
        "code": FIRST + n,
        "kvk": f"{KVK + n}",
        "name": f"Klant {n + 1}",
        "suppliers": [SUPPLIER],
        "entries": [
            {"supplier": "20001", "your_ref": f"OUD-{month}", "date": f"2026-{month:02}-05", "lines": lines}
            for month in (7, 8, 9, 10)
        ],
    }


# --- Workers -------------------------------------------------------------------------------------------------


def _fork(work: Callable[[], None]) -> int:
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        work()
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def _forked(work: Callable[[int], None]) -> None:
    """The same in every worker, with its number; waits for all."""
    from django.db import connections as databases

    databases.close_all()
    children = [_fork(lambda number=number: work(number)) for number in range(WORKERS)]  # type: ignore[misc]
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0] * WORKERS


def _reckoned() -> float:
    """Seconds of processor time of all workers that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@contextmanager
def _working() -> Iterator[None]:
    """Workers that find what is due by the sweep's own look-up, until the block is left."""
    from django.db import connections as databases

    from connections import lanes
    from portal.lookups import ask

    def drive() -> None:
        random.seed()  # each worker its own order, so that they do not all reach for the same lane
        while True:
            if due := ask("due_lanes", DIVISIONS):
                lanes.drive(random.choice(due)[0])
            else:
                time.sleep(0.03)

    databases.close_all()
    children = [_fork(drive) for _ in range(WORKERS)]
    try:
        yield
    finally:
        for child in children:
            os.kill(child, 9)
            os.waitpid(child, 0)


# --- The runs ------------------------------------------------------------------------------------------------


def _measure(url: str) -> dict[str, Any]:
    import django

    django.setup()
    from django.conf import settings

    settings.DEBUG = False  # which would log every query
    exact = ExactSandbox.__new__(ExactSandbox)
    exact.url = url
    portal = Portal(exact)
    found: dict[str, Any] = {"calls": {}}
    # First of all: to find a message's document, Exact is asked for those of the last ten minutes, sixty to a page.
    for way in ("mailbox", "document"):
        portal.prepare(FEW, FEW_EACH, way)
        few = portal.drain(SHORT_MINUTE)
        found["calls"][way] = sum(few.calls.values()) / (FEW * FEW_EACH)
    for name, clients in (("drain", DIVISIONS), ("half", HALF)):
        portal.prepare(clients, EACH, "document")
        whole = portal.drain(MINUTE)
        found[name] = {
            "seconds": whole.seconds, "least": whole.least(MINUTE), "calls": sum(whole.calls.values()),
            "processor": whole.processor,
        }  # fmt: skip
    found["healthy"] = _healthy(portal, None)
    for name, act in (
        ("slow", {"act": "slow", "seconds": SLOW_SECONDS}),
        ("ill", {"act": "answer", "kind": "500"}),
    ):
        found[name] = _healthy(portal, act)
    found["refused"] = exact.control("GET", "counters")["refused_429"]
    exact.control("POST", "settings", latency_ms=ANSWER_MS)
    portal.prepare(FEW, FEW_EACH, "document")
    found["ours"] = portal.drain(SHORT_MINUTE).seconds
    found["plain"] = _plain(exact)
    return found


def _healthy(portal: Portal, act: dict[str, Any] | None) -> float:
    """How long an invoice of the others waits while this is wrong with the first client."""
    portal.prepare(FEW, FEW_EACH, "document")
    sick = portal.keys[0]
    if act:
        portal.exact.control("POST", "faults", match={"division": FIRST}, **act)
    try:
        return portal.drain(SHORT_MINUTE, sick=sick).waited
    finally:
        portal.forget(sick)


def _plain(exact: ExactSandbox) -> dict[str, Any]:
    """The same number of invoices by a loop that somebody would write on an afternoon, in a process of its own."""
    from tests.paper import paper

    redirect = "http://testserver/connect/exact/callback/"
    code = exact.control("POST", "codes", user="ben", redirect_uri=redirect)["code"]
    what = {
        "url": exact.url, "redirect_uri": redirect, "client_id": ExactSandbox.client_id,
        "client_secret": ExactSandbox.client_secret, "code": code, "minute": SHORT_MINUTE, "each": FEW_EACH,
        "divisions": [FIRST + n for n in range(FEW)], "file": base64.b64encode(paper("P-1")).decode(),
    }  # fmt: skip
    env = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    command = [sys.executable, "-m", "tests.bench.plain_loop"]
    said = subprocess.run(
        command, input=json.dumps(what), env=env, check=True, capture_output=True, text=True
    )
    answer: dict[str, Any] = json.loads(said.stdout.splitlines()[-1])
    return answer


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    print(json.dumps(_measure(sys.argv[1])))
