"""PostgreSQL is killed while partners upload: what was answered 2xx is there, each document once.

The portal as `serve` runs it, on a database of its own with fsync, whose server dies by SIGKILL in the middle and is
started again by the supervisor. `make drill`: 4,000 uploads and five deaths; `make test`: a twentieth, and one.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
import requests

from portal.embedded import postgres
from tests.drills import report
from tests.drills.migrated import migrated_into
from tests.paper import paper

pytestmark = pytest.mark.drill

FULL = os.environ.get("DRILL") == "full"
UPLOADS, DEATHS, UPLOADERS = (4000, 5, 32) if FULL else (200, 1, 8)
SECONDS = 1200 if FULL else 240
ROOT = Path(__file__).resolve().parents[2]


class Portal:
    """`manage.py serve` with everything embedded, and a partner's token."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        migrated_into(folder)
        self.env = {name: value for name, value in os.environ.items() if not name.startswith("DATABASE_URL")}
        self.env |= {"DEBUG": "1", "VAR_DIR": str(folder), "BROKER_URL": "", "LOG_LEVEL": "CRITICAL"}
        with closing(socket.socket()) as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.env["SITE_URL"] = self.url
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "serve", "--port", str(port), "--workers", "1"],
            cwd=ROOT,
            env=self.env,
        )

    def open(self) -> None:
        """Wait for it, and get a partner its token."""
        self._until_ready()
        firm = self._manage("create_firm", "Drill", "--owner", "drill@kantoor.example", "--json")
        partner = self._manage("create_partner", "Drill", "--firm", firm["id"], "--json")
        answer = requests.post(
            f"{self.url}/identity/o/api/token",
            data={"grant_type": "client_credentials"},
            auth=(partner["client_id"], partner["client_secret"]),
            timeout=30,
        )
        self.header = {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def _until_ready(self) -> None:
        give_up = time.monotonic() + SECONDS
        while time.monotonic() < give_up:
            assert self.process.poll() is None, "serve ended"
            try:
                if requests.get(f"{self.url}/readyz", timeout=30).status_code == 200:
                    return
            except requests.RequestException:
                pass
            threading.Event().wait(0.2)
        raise AssertionError("The portal was never ready.")

    def _manage(self, *words: str) -> dict[str, str]:
        run = subprocess.run(
            [sys.executable, "manage.py", *words], cwd=ROOT, env=self.env, capture_output=True, check=True
        )
        return dict(json.loads(run.stdout))

    def kill_database(self) -> None:
        """SIGKILL to the postmaster: its children go with it, the next start recovers from the journal."""
        (pid,) = [
            int(found.read_text().split()[0]) for found in (self.folder / "postgres").rglob("postmaster.pid")
        ]
        os.kill(pid, signal.SIGKILL)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(60)
        postgres.stop(self.folder)


@pytest.fixture
def portal() -> Iterator[Portal]:
    folder = Path(tempfile.mkdtemp(prefix="portal-drill-"))
    folder.chmod(0o755)  # as root, the server's account walks through it
    made = Portal(folder)
    try:
        made.open()
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)


def test_nothing_that_was_accepted_is_lost_when_postgresql_dies_in_the_middle(portal: Portal) -> None:
    template, refused = paper("NUMMER"), 0
    taken: dict[int, str] = {}
    lines = threading.local()

    def upload(number: int) -> None:
        """As the guide for partners says: the same again, until there is an answer of 2xx."""
        nonlocal refused
        line = lines.__dict__.setdefault("line", requests.Session())
        data = template.replace(b"NUMMER", f"DB-{number}".encode())
        give_up = time.monotonic() + SECONDS
        while time.monotonic() < give_up:
            try:
                answer = line.post(
                    f"{portal.url}/api/v1/invoices/",
                    data=data,
                    headers={**portal.header, "Content-Type": "application/xml"},
                    timeout=30,
                )
            except requests.RequestException:
                refused += 1
                continue
            if answer.status_code in (200, 201):
                taken[number] = answer.json()["id"]
                return
            refused += 1
            assert answer.status_code >= 500, answer.text
            threading.Event().wait(0.05)
        raise AssertionError(f"upload {number} was never taken")

    with ThreadPoolExecutor(UPLOADERS) as uploaders:
        waiting = [uploaders.submit(upload, number) for number in range(UPLOADS)]
        for death in range(1, DEATHS + 1):
            waiting[UPLOADS * death // (DEATHS + 1)].result()
            portal.kill_database()
        for one in waiting:
            one.result()
    assert refused, "the database was away while somebody uploaded"
    assert len(set(taken.values())) == UPLOADS
    assert sorted(one["id"] for one in everything(portal)) == sorted(taken.values())
    report.tell(
        "The database dies",
        f"{UPLOADS:,} uploads by {UPLOADERS} senders, PostgreSQL killed {DEATHS} time(s) in the middle, {refused} tries refused: "
        "whatever was answered 2xx is there, each document once.",
    )


def everything(portal: Portal) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    url: str | None = f"{portal.url}/api/v1/invoices/?page_size=500"
    while url:
        page = requests.get(url, headers=portal.header, timeout=60).json()
        found += page["results"]
        url = page["next"]
    return found
