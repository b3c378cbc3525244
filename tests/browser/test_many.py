"""A hundred clients in one sitting: laid side by side, ticked, connected while one looks on, and gone on with after a
plug was pulled. `make test` does it with a few, `make drill` (DRILL=full) with all of them."""

import os
import signal
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections as databases
from django.urls import reverse
from django.utils import timezone, translation
from playwright.sync_api import Page, expect

from connections import bulk, lanes, mirror
from connections.models import Authorisation, Connection, Mailbox
from portal import jobs
from portal.lookups import ask
from portal.models import Job, Organisation
from portal.tenancy import scope
from tests.browser.conftest import Live
from tests.cast import Cast
from tests.connections.test_bulk import organisations, signed_in, world
from tests.exact_sandbox import ExactSandbox

COUNT = 100 if os.environ.get("DRILL") == "full" else 10
A_WHILE = 600_000 if COUNT == 100 else 90_000  # ms: each client is checked with twenty calls

pytestmark = pytest.mark.drill


@pytest.fixture
def authorisation(cast: Cast, exact: ExactSandbox, monkeypatch: pytest.MonkeyPatch) -> Authorisation:
    """One sign-in that may use all of them; half of the clients are in the portal already."""
    exact.reset(world(COUNT))
    exact.control("POST", "settings", minute_limit=100_000, contract_day_limit=100_000)
    monkeypatch.setattr(mirror, "PARTS", {})  # reading ledgers is not what this is about
    monkeypatch.setattr(jobs, "AT_ONCE", COUNT // 5)
    organisations(cast, *((f"Klant {n + 1}", f"{70000001 + n}") for n in range(COUNT // 2)))
    return signed_in(cast, exact)


@pytest.fixture
def workers() -> Iterator[Any]:
    """`workers()`: from now on everything that is due is done, beside the browser."""
    over = threading.Event()

    def run() -> None:
        while not over.wait(0.05):
            for firm_id, job_id in ask("due_jobs", 50):
                jobs.run(firm_id, job_id)
            for (lane_id,) in ask("due_lanes", 100):
                lanes.drive(lane_id)
        databases.close_all()

    thread = threading.Thread(target=run, daemon=True)
    yield thread.start
    over.set()
    thread.join(timeout=60)


def pull_the_plug(job: Job) -> None:
    """A worker that dies in the middle of the job, between two rows that nobody has recorded yet."""
    databases.close_all()
    child = os.fork()
    if child == 0:
        done, real = 0, jobs._kinds[bulk.KIND]

        def one(*arguments: Any) -> dict[str, Any]:
            nonlocal done
            done += 1
            if done > COUNT // 2:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments)

        jobs.register(bulk.KIND, one)
        jobs.run(job.firm_id, job.pk)
        os._exit(0)
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1])


def test_a_hundred_clients_are_connected_in_one_go_and_a_pulled_plug_is_gone_on_from(
    alice: Page, live: Live, cast: Cast, exact: ExactSandbox, authorisation: Authorisation, workers: Any
) -> None:
    alice.goto(live.url + reverse("connect-many", args=[authorisation.pk]))
    picked = alice.locator("input[data-picked]")
    expect(picked).to_have_count(COUNT)
    expect(alice.locator("input[data-picked]:checked")).to_have_count(COUNT // 2)
    alice.get_by_role("checkbox", name="Alle", exact=True).check()
    alice.get_by_role("button", name="Koppel wat aangevinkt is").click()
    many = alice.locator("#many")
    expect(many).to_contain_text(f"0 van {COUNT}")
    with scope(cast.alice.firm_id):
        job = Job.objects.get(kind=bulk.KIND)
    pull_the_plug(job)
    kept = COUNT // 5 * (COUNT // 2 // (COUNT // 5))
    expect(many).to_contain_text(f"{kept} van {COUNT}")
    address = alice.url
    alice.goto("about:blank")  # the browser is closed, too
    with scope(cast.alice.firm_id):
        assert Connection.objects.count() == kept, "what was recorded stands, and nothing else"
        Job.objects.update(due_at=timezone.now())  # the dead worker's lease is over
    workers()
    alice.goto(address)
    with translation.override("nl"):
        on = str(Connection.Status.ACTIVE.label)
    expect(many).to_contain_text(f"{COUNT} van {COUNT}", timeout=A_WHILE)
    expect(many.locator("tbody tr").filter(has_text=on)).to_have_count(COUNT, timeout=A_WHILE)
    with scope(cast.alice.firm_id):
        assert Connection.objects.filter(status="active").count() == Organisation.objects.count() == COUNT
        assert Mailbox.objects.filter(status="active").count() == COUNT
        assert Authorisation.objects.count() == 1
    tokens = exact.control("GET", "counters")["tokens"]
    assert (tokens["issued"], tokens["reused"]) == (1, 0)
