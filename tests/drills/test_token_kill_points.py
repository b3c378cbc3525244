"""Killing a process around the token endpoint: what is lost, what is not, and who is told.

Between Exact's answer and our commit the new pair exists in one process only. Losing that process loses the chain; no
design can help it, because Exact has already forgotten the old pair. Everything on both sides of those few statements
must lose nothing.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from django.test import Client
from django.utils import timezone

from connections import consents, tasks, tokens
from connections.models import Authorisation, Connection
from portal.tenancy import scope
from tests.cast import Cast
from tests.drills import killing
from tests.exact_sandbox import ExactSandbox
from tests.helpers import connected, link_for, through_exact

POINTS = ["token.answered", "token.committed", "consent.answered", "consent.stored"]


def old_enough(connection: Connection) -> None:
    """As if ten minutes had passed, for us and for Exact."""
    with scope(connection.firm_id):
        then = timezone.now() - timedelta(seconds=600)
        Authorisation.objects.filter(pk=connection.authorisation_id).update(issued_at=then, expires_at=then)


@pytest.mark.parametrize("point", ["token.answered", "token.committed"])
def test_a_process_killed_around_a_refresh_loses_the_chain_only_in_the_few_statements_before_the_commit(
    point: str, cast: Cast, exact: ExactSandbox, worker: Any, tmp_path: Path
) -> None:
    connection = connected(cast.alice, exact, worker)
    old_enough(connection)
    exact.control("POST", "expire", what="access")

    def refresh() -> None:
        tokens.refresh(connection.firm_id, connection.authorisation_id)

    killing.run(refresh, kill_at=point, folder=tmp_path)
    if point == "token.committed":
        tokens.access_token(connection.firm_id, connection.authorisation_id)
        assert exact.control("GET", "counters")["tokens"]["reused"] == 0
        return
    with pytest.raises(tokens.AuthorisationDead):
        refresh()
    with scope(connection.firm_id):
        connection.refresh_from_db()
        assert connection.status == "blocked"
        assert [issue.code for issue in connection.issues.filter(resolved_at=None)] == [
            "authorisation_reused"
        ]


@pytest.mark.parametrize("point", ["consent.answered", "consent.stored"])
def test_a_process_killed_in_a_consent_is_finished_by_the_sweep_once_the_pair_is_stored(
    point: str, cast: Cast, exact: ExactSandbox, worker: Any, tmp_path: Path
) -> None:
    connection, path = link_for(cast.alice, cast.alice.organisation())
    browser = Client()
    browser.get(path)
    back = through_exact(exact, browser.post(path)["Location"])
    killing.run(lambda: browser.get(back), kill_at=point, folder=tmp_path)
    with scope(connection.firm_id):
        later = timezone.now() - timedelta(minutes=1)
        connection.consents.filter(outcome="stored").update(issued_at=later)
    tasks.finish_consents()
    worker()
    with scope(connection.firm_id):
        connection.refresh_from_db()
    if point == "consent.stored":
        assert connection.status == "active"
        return
    # The code is used up and the pair is lost with the process: the person signs in once more.
    assert (connection.status, connection.next_step) == ("pending", "authorise")
    with scope(connection.firm_id):
        again = consents.invite(connection, site_key=connection.site)
    answer = requests.get(through_exact_again(exact, again.url), timeout=10)
    assert answer.status_code == 200


def through_exact_again(exact: ExactSandbox, url: str) -> str:
    """The person opens the new link; Exact's page is there."""
    to_exact = Client().post(url.removeprefix("http://testserver"))
    return str(to_exact["Location"])
