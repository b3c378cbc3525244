"""Promises 4 and 5 under load: eight workers, fifty connections over five Exact users, for many token lifetimes.

Real processes against one database and the sandbox, with tokens that live for seconds and minutes that are as short.
Whatever is not exactly right shows on Exact's side: a refresh token used twice, a refresh too early, a 429 that we
caused, an endpoint that gave more errors than we allow ourselves. `make test` runs two lifetimes with fewer
connections; `make drill` (DRILL=full) runs twenty with all of them.
"""

import os
import random
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connections as databases

from connections import bulk, chores, connecting, consents, lanes
from connections.exact import JOURNALS, MAILBOXES, VAT_CODES, ExactError
from connections.lanes import Held, Priority
from connections.models import Authorisation, Chore, Connection, Issue
from portal import jobs
from portal.lookups import ask
from portal.tenancy import scope
from tests.cast import Cast
from tests.drills import report
from tests.exact_sandbox import ExactSandbox
from tests.helpers import consent

FULL = os.environ.get("DRILL") == "full"
WORKERS = 8
USERS = ("anna", "ben", "carla", "dirk", "elsa")
EACH = 10 if FULL else 3  # connections per user
LIFETIMES = 20 if FULL else 2
TOKEN_SECONDS, GUARD_SECONDS, MINUTE_SECONDS = 3, 2.5, 1

pytestmark = pytest.mark.drill


@pytest.fixture
def accelerated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ExactSandbox]:
    sandbox = ExactSandbox(
        tmp_path / "exact",
        f"--token-seconds={TOKEN_SECONDS}",
        f"--token-guard-seconds={GUARD_SECONDS}",
        f"--minute-seconds={MINUTE_SECONDS}",
    )
    site = {
        "base_url": sandbox.url,
        "client_id": sandbox.client_id,
        "client_secret": sandbox.client_secret,
    }
    monkeypatch.setitem(settings.EXACT_SITES, "nl", site)
    monkeypatch.setattr(settings, "EXACT_TOKEN_GUARD_SECONDS", GUARD_SECONDS)
    monkeypatch.setattr(settings, "EXACT_MINUTE_SECONDS", MINUTE_SECONDS)
    monkeypatch.setattr(settings, "LANE_SLICE_SECONDS", 0.3)
    yield sandbox
    sandbox.stop()


def _world() -> dict[str, Any]:
    count = len(USERS) * EACH
    return {
        "users": [
            *({"login": login, "divisions": "*"} for login in USERS[:3]),
            *({"login": login, "name": login.title(), "language": "nl-NL", "divisions": "*"} for login in USERS[3:]),
        ],
        "divisions": [
            {"code": 5001 + n, "kvk": f"{60000001 + n}", "name": f"Klant {n + 1}", "suppliers": 1}
            for n in range(count)
        ],
    }  # fmt: skip


def _connect_all(cast: Cast, exact: ExactSandbox) -> None:
    """Each Exact user signs in once and brings as many clients. The last one may not see mailboxes."""
    for position, login in enumerate(USERS):
        with scope(cast.alice.firm_id):
            link = consents.invite(None, site_key="nl")
        assert consent(exact, link.url.removeprefix("http://testserver"), login).status_code == 200
        with scope(cast.alice.firm_id):
            authorisation = Authorisation.objects.order_by("-created_at")[0]
            first = 5001 + position * EACH
            job = bulk.start(authorisation, [{"division": first + n} for n in range(EACH)])
        jobs.run(cast.alice.firm_id, job.pk)
    exact.control("POST", f"users/{USERS[-1]}", rights={"mailbox": "none"})
    with scope(cast.alice.firm_id):
        Chore.objects.filter(kind="mirror").update(due_at=None)
        for connection in Connection.objects.filter(status="pending"):
            connecting.checked(connection)


def _some_calls(held: Held, connection: Connection, chore: Chore) -> None:
    """What a lane does all day, in small: two reads that work, and one that a user may not make."""
    for endpoint in (JOURNALS, VAT_CODES, MAILBOXES):
        try:
            list(held.exact.rows(endpoint))
        except ExactError as error:
            if error.kind.value != "rights" and error.code != "budget_errors":
                raise
    with held.record():
        pass


def _worker(firm_id: UUID, until: float, seed: int) -> None:
    """A worker that finds its work by the sweep alone, beside seven others, and is never short of it."""
    rng = random.Random(seed)
    while time.monotonic() < until:
        due = ask("due_lanes", 100)
        rng.shuffle(due)
        for (lane_id,) in due[:5]:
            lanes.drive(lane_id)
        for _ in range(8):
            with scope(firm_id):
                chore = Chore.objects.filter(kind="check").order_by("?")[0]
                Chore.objects.filter(pk=chore.pk).update(due_at=chore.created_at)
                lanes.wake(Connection.objects.get(pk=chore.connection_id))


def test_eight_workers_never_use_a_refresh_token_twice_ask_too_early_or_overdraw_a_limit(
    cast: Cast, accelerated: ExactSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    accelerated.reset(_world())
    monkeypatch.setitem(chores._runs, "check", (_some_calls, chores.CHECK_EVERY, Priority.CHECKING))
    _connect_all(cast, accelerated)
    until = time.monotonic() + LIFETIMES * TOKEN_SECONDS
    databases.close_all()
    children = []
    for seed in range(WORKERS):
        child = os.fork()
        if child == 0:
            status = 1
            try:
                _worker(cast.alice.firm_id, until, seed)
                status = 0
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(status)
        children.append(child)
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0] * WORKERS
    counters = accelerated.control("GET", "counters")
    tokens = counters["tokens"]
    assert (tokens["reused"], tokens["too_early"], counters["refused_429"]) == (0, 0, 0)
    assert tokens["refreshed"] >= len(USERS) * (LIFETIMES - 1) // 2, "the tokens were really in use"
    assert max(_errors(accelerated).values(), default=0) <= 5
    with scope(cast.alice.firm_id):
        assert not Issue.objects.filter(code__startswith="authorisation").exists()
        assert set(Authorisation.objects.values_list("status", flat=True)) == {"active"}
    report.tell(
        "Tokens under load",
        f"{WORKERS} workers, {len(USERS) * EACH} connections over {len(USERS)} Exact users, {LIFETIMES} token lifetimes of "
        f"{TOKEN_SECONDS} s: {counters['calls']:,} calls, {tokens['refreshed']} refreshes, none too early, no token used twice, "
        f"no 429, {counters['counted_errors']} errors and never more than five at one endpoint.",
    )


def _errors(exact: ExactSandbox) -> Counter[tuple[Any, ...]]:
    """Counted errors by user, administration and endpoint; the drill is shorter than the hour they count in."""
    calls = [
        call
        for status in (400, 401, 403, 404)
        for call in exact.control("GET", f"calls?status={status}&limit=100000")["calls"]
    ]
    return Counter((call["user"], call["division"], call["endpoint"]) for call in calls)
