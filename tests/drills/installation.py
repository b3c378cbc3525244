"""A whole installation of its own for a drill: `serve` with web, worker and beat, PostgreSQL, a broker, and an Exact.

Everything is a real process and may be killed; the drill stands outside, as a partner who sends invoices does, and
judges by what Exact's ledger says in the end.
"""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from itertools import count
from pathlib import Path
from typing import Any

from tests.bench.portals import environment
from tests.drills.migrated import migrated_into
from tests.exact_sandbox import ROOT, ExactSandbox
from tests.paper import line, paper, party

QUICK = {
    "LANE_LEASE_SECONDS": "8", "LANE_SLICE_SECONDS": "4", "EXACT_UNKNOWN_OUTCOME_SECONDS": "2",
    "EXACT_CALL_SECONDS": "5", "EXACT_RETRY_SECONDS": "0.5", "EXACT_MINUTE_SECONDS": "1", "SWEEP_SECONDS": "1",
    "MAILBOX_DOCUMENT_SECONDS": "0", "EXACT_DEFAULT_DELIVERY": "document", "LOG_LEVEL": "ERROR",
}  # fmt: skip

START_SECONDS = 300  # web, worker and beat import all there is; a quiet machine takes five
CLIENTS_EACH = 100  # of a bookkeeper, who has a contract with Exact for them
STUCK_SECONDS = 120


class Installation:
    """Made in `folder`, migrated, with a firm whose clients 0 … `clients` are connected; `start()` serves it.

    Args:
        folder: where all of it is kept; others must be able to enter it.
        clients: how many clients, each with a division of its own.
        broker: a BROKER_URL; empty: the embedded one.
        settings: further environment, beside QUICK.
    """

    def __init__(self, folder: Path, clients: int, *, broker: str = "", **settings: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)  # the server's own user walks through
        self.folder, self.clients = folder, clients
        self.exact = ExactSandbox(folder / "exact", "--minute-seconds", "1")
        self.exact.reset(_world(clients))
        self.port = free_port()
        self.env = {
            **environment(folder / "var"), **QUICK, "BROKER_URL": broker, **settings,
            "SITE_URL": f"http://127.0.0.1:{self.port}", "EXACT_BASE_URL": self.exact.url,
            "EXACT_CLIENT_ID": self.exact.client_id, "EXACT_CLIENT_SECRET": self.exact.client_secret,
        }  # fmt: skip
        self.env.pop("DRILL_KILL_AT", None)
        self.served: subprocess.Popen[bytes] | None = None
        (folder / "var").mkdir()
        migrated_into(folder / "var")
        self.partner = json.loads(self.run("-m", "tests.drills.seeding", str(clients)).splitlines()[-1])
        self._token, self._amounts = "", count()

    def run(self, *arguments: str) -> str:
        """A command of ours on this installation; what it printed."""
        done = subprocess.run(
            [sys.executable, *arguments], env=self.env, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    # --- Processes -------------------------------------------------------------------------------------------

    def start(self, workers: int = 1) -> float:
        """Serve with so many processes each for web and work, and wait until /readyz says yes. How many seconds that took."""
        began = time.monotonic()
        with (self.folder / "serve.log").open("ab") as log:
            self.served = subprocess.Popen(
                [sys.executable, "manage.py", "serve", "--port", str(self.port), "--workers", str(workers)],
                env=self.env, cwd=ROOT, stdout=log, stderr=log,
            )  # fmt: skip
        self.until(self.is_ready, START_SECONDS, "ready")
        return time.monotonic() - began

    def stop(self) -> tuple[int, float]:
        """SIGTERM, as a service manager gives it: (exit code, seconds until the last process was gone)."""
        assert self.served is not None
        began = time.monotonic()
        self.served.send_signal(signal.SIGTERM)
        code = self.served.wait(60)
        return code, time.monotonic() - began

    def end(self) -> None:
        """Stop what still runs, and throw everything away."""
        if self.served and self.served.poll() is None:
            self.stop()
        self.exact.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def is_ready(self) -> bool:
        with suppress(OSError, http.client.HTTPException):
            return self.ask("GET", "/readyz")[0] == 200
        return False

    def pids(self, part: str) -> list[int]:
        """The processes of `web`, `worker` or `beat`, their children included; of `postgres` its first one."""
        if part == "postgres":
            return [int((self.folder / "var/postgres/data/postmaster.pid").read_text().splitlines()[0])]
        assert self.served is not None
        word = {"web": "gunicorn", "worker": "portal worker", "beat": "portal beat"}[part]
        below = _below(self.served.pid)
        return [pid for pid in below if word in _command(pid)]

    def kill(self, part: str) -> None:
        """SIGKILL, to all processes of this part at once, as soon as it runs: one that lost its broker a moment ago may
        just be starting again."""
        self.until(lambda: self.pids(part), 60, f"that {part} runs")
        for pid in self.pids(part):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    # --- From outside ----------------------------------------------------------------------------------------

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, bytes]:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)) as wire:
            wire.request(method, path, body, headers)
            answer = wire.getresponse()
            return answer.status, answer.read()

    def api(
        self, method: str, path: str, body: Any = None, kind: str = "application/json"
    ) -> tuple[int, Any]:
        """A call of the partner; what cannot be reached is status 0."""
        try:
            if not self._token:
                form = (
                    f"grant_type=client_credentials&client_id={self.partner['client_id']}"
                    f"&client_secret={self.partner['client_secret']}"
                )
                status, said = self.ask(
                    "POST", "/identity/o/api/token", form,
                    **{"Content-Type": "application/x-www-form-urlencoded"},
                )  # fmt: skip
                if status != 200:
                    return status, {}
                self._token = json.loads(said)["access_token"]
            status, said = self.ask(
                method,
                f"/api/v1/{path}",
                body,
                **{"Authorization": f"Bearer {self._token}", "Content-Type": kind},
            )
            return status, json.loads(said) if said[:1] in (b"{", b"[") else {}
        except (OSError, http.client.HTTPException):
            return 0, {}

    def send(self, number: str, client: int, seconds: float = 60) -> float:
        """Send an invoice until it is accepted, as every sender does. How long that took."""
        buyer = party(client_name(client), kvk(client))
        # Twice the same on one day, and a person is asked whether they are two; ten times what the ledger has of this
        # supplier, and Autopilot is not sure.
        amount = f"{100 + next(self._amounts) % 900}.00"
        data = paper(number, (line("Abonnement", amount),), buyer=buyer)
        began = time.monotonic()

        def accepted() -> bool:
            return self.api("POST", "invoices/", data, "application/xml")[0] in (200, 201)

        self.until(accepted, seconds, f"{number} accepted")
        return time.monotonic() - began

    def statuses(self) -> Counter[str]:
        """How many invoices stand where, as the API says."""
        found: Counter[str] = Counter()
        status, page = self.api("GET", "invoices/?page_size=500")
        while status == 200:
            found.update(one["status"] for one in page["results"])
            if not page["next"]:
                return found
            status, page = self.api("GET", page["next"].split("/api/v1/", 1)[1])
        return Counter()

    def until(self, is_so: Callable[[], Any], seconds: float, what: str, pause: float = 0.1) -> None:
        """Wait until it is so, looking again after each `pause`."""
        give_up = time.monotonic() + seconds
        while not is_so():
            if time.monotonic() > give_up:
                raise AssertionError(f"Not {what} within {seconds} s: {self.statuses()}\n{self.last_words()}")
            time.sleep(pause)

    def until_all_are_booked(self, count: int) -> None:
        """Wait until so many invoices are booked and none stands elsewhere. How long that may take, the machine decides;
        given up when for two minutes none more was booked."""
        booked, give_up = -1, 0.0
        while (found := self.statuses()) != {"booked": count}:
            if found["booked"] > booked:
                booked, give_up = found["booked"], time.monotonic() + STUCK_SECONDS
            if time.monotonic() > give_up:
                raise AssertionError(f"Not all of {count} are booked: {found}\n{self.last_words()}")
            time.sleep(0.1 + count / 400)  # a long list is not asked for all the time

    def last_words(self) -> str:
        log = self.folder / "serve.log"
        return log.read_text(errors="replace")[-3000:] if log.exists() else ""

    def entries(self) -> Counter[str]:
        """How often each number stands in Exact's ledgers."""
        found: Counter[str] = Counter()
        for client in range(self.clients):
            found.update(one["YourRef"] for one in self.exact.entries(5001 + client))
        return found


def kvk(client: int) -> str:
    return f"{60_000_001 + client}"


def bookkeepers(clients: int) -> dict[str, range]:
    """Who signs in at Exact for whom: {login: clients}. One keeps the books of a hundred at most."""
    return {
        f"boekhouder{n}": range(first, min(first + CLIENTS_EACH, clients))
        for n, first in enumerate(range(0, clients, CLIENTS_EACH))
    }


def client_name(client: int) -> str:
    return f"Klant {client}"


def free_port() -> int:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _world(clients: int) -> dict[str, Any]:
    """A contract with Exact for each bookkeeper. Over one contract, 2,000 first readings use up its 20,000 calls of the
    day when they are half done, and everything waits for midnight, as it should."""
    lines = [{"gl": "4500", "amount": "100.00", "vat_code": "2", "description": "Abonnement"}]
    supplier = {
        "name": "Drukkerij Van Dam B.V.", "code": "20001", "kvk": "87654321", "vat": "NL853746333B01",
        "iban": "NL91ABNA0417164300", "gl": "4500", "vat_code": "2",
    }  # fmt: skip
    booked = [
        {"supplier": "20001", "your_ref": f"OUD-{n}", "date": f"2026-{n:02}-05", "lines": lines}
        for n in range(5, 11)
    ]
    return {
        "users": [
            {
                "login": login,
                "name": login.title(),
                "language": "nl-NL",
                "divisions": [5001 + n for n in theirs],
            }
            for login, theirs in bookkeepers(clients).items()
        ],
        "divisions": [
            {
                "code": 5001 + n,
                "kvk": kvk(n),
                "name": client_name(n),
                "contract": f"KANTOOR{n // CLIENTS_EACH}",
                "suppliers": [supplier],
                "entries": booked,
            }
            for n in range(clients)
        ],
    }


def _below(pid: int) -> list[int]:
    """All processes that this one started, and theirs."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError, ValueError, IndexError):
                parents[int(folder.name)] = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found[1:]


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""
