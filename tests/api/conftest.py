"""A served portal, partners, receivers of webhooks, and a worker for the frame's own rows."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from portal import jobs, webhooks
from portal.api import calls
from portal.lookups import ask
from tests.api.running import Partner, Receiver, served
from tests.cast import Cast


@pytest.fixture
def base(database: None) -> Iterator[str]:
    calls._waiting.clear()  # of firms that other tests have taken along
    with served() as url:
        yield url
        calls.flush()


@pytest.fixture
def alice(base: str, cast: Cast) -> Partner:
    return Partner(base, cast.alice)


@pytest.fixture
def charlie(base: str, cast: Cast) -> Partner:
    return Partner(base, cast.charlie)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def send(database: None) -> Callable[[], Any]:
    """`send()` makes every webhook delivery and job that is due, found by the sweeps alone."""

    def run() -> None:
        for due in ask("due_jobs", 100):
            jobs.run(*due)
        while found := ask("due_webhook_deliveries", 500):
            for due in found:
                webhooks.deliver(*due)

    return run
