"""The digital mailbox: found or made, awaited for its few minutes, and each failure with its own fix."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from connections import issues, lanes, mailbox, rechecks
from connections.models import Chore, Connection, Mailbox
from connections.remedies import remedy
from invoices import intake
from invoices.models import Delivery, Invoice
from portal.tenancy import scope
from tests.cast import Cast
from tests.connections.aids import again, open_codes
from tests.exact_sandbox import ExactSandbox, small_world
from tests.helpers import connected
from tests.paper import paper

ADDRESS = "12345678@facturen.econnect.eu"


def the_mailbox(connection: Connection) -> Mailbox:
    with scope(connection.firm_id):
        return Mailbox.objects.get(connection=connection)


def in_exact(exact: ExactSandbox, division: int = 1001) -> list[dict[str, Any]]:
    return exact.ledger(division)["mailboxes"]


def checked(connection: Connection) -> dict[str, Any]:
    table = rechecks.examine_now(connection.firm_id, connection.pk)
    return next(one for one in table if one["code"] == "mailbox")


def test_it_is_made_once_for_this_administration_and_works(
    cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    connection = connected(cast.alice, exact, worker)
    checked(connection)
    (made,) = in_exact(exact)
    assert (made["Mailbox"], made["ForDivision"]) == (ADDRESS, 1001)
    assert the_mailbox(connection).status == "active"


def test_one_that_stands_there_already_is_used(cast: Cast, exact: ExactSandbox, worker: Any) -> None:
    exact.reset(with_mailbox(1001))
    connection = connected(cast.alice, exact, worker)
    assert len(in_exact(exact)) == 1
    assert the_mailbox(connection).status == "active"


def with_mailbox(division: int) -> dict[str, Any]:
    world = {**small_world(), "settings": {"minute_seconds": 1, "minute_limit": 1000}}
    next(one for one in world["divisions"] if one["code"] == division)["mailbox"] = ADDRESS
    return world


def test_the_few_minutes_of_a_new_one_are_no_issue_and_end_by_themselves(
    cast: Cast, exact: ExactSandbox, worker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact.control("POST", "settings", mailbox_delay=120.0)
    connection = connected(cast.alice, exact, worker)
    assert (connection.status, open_codes(connection)) == ("active", [])
    assert the_mailbox(connection).status == "creating"
    found = next(one for one in connection.checks if one["code"] == "mailbox")
    assert found["outcome"] == "unknown"
    look_again_now(connection)
    worker()
    assert the_mailbox(connection).status == "creating"
    exact.control("POST", "clock", advance=121)
    look_again_now(connection)
    worker()
    exact.control("POST", "clock", offset=0)
    assert the_mailbox(connection).status == "active"
    assert next(one for one in again(connection).checks if one["code"] == "mailbox")["outcome"] == "ok"
    with scope(connection.firm_id):
        assert Chore.objects.get(kind="mailbox").due_at is None


def look_again_now(connection: Connection) -> None:
    """The minute until the next look is over."""
    with scope(connection.firm_id):
        chore = Chore.objects.get(kind="mailbox")
        wait = chore.due_at - timezone.now()
        assert wait <= timedelta(seconds=settings.MAILBOX_RECHECK_SECONDS)
        Chore.objects.filter(pk=chore.pk).update(due_at=timezone.now())
        lanes.wake(Connection.objects.get(pk=connection.pk))


def test_one_that_is_still_not_there_after_half_an_hour_is_somebodys_to_see_to(
    cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    exact.control("POST", "settings", mailbox_delay=100_000.0)
    connection = connected(cast.alice, exact, worker)
    with scope(connection.firm_id):
        Mailbox.objects.update(made_at=timezone.now() - timedelta(minutes=31))
    assert checked(connection)["remedy"] == "mailbox_not_active"
    assert open_codes(connection) == ["mailbox_not_active"]
    assert the_mailbox(connection).status == "failed"


FAILURES = [
    pytest.param("nomailbox", {}, "mailbox_forbidden", id="no right"),
    pytest.param("anna", {"trial": True}, "licence_trial", id="trial licence"),
    pytest.param("anna", {"mailbox": False}, "licence_feature_missing", id="licence without the feature"),
]


@pytest.mark.parametrize("language", ["nl-NL", "en-US"])
@pytest.mark.parametrize(("user", "contract", "issue"), FAILURES)
def test_each_failure_is_recognised_in_the_users_language_blocks_nothing_else_and_mends_itself(
    user: str,
    contract: dict[str, Any],
    issue: str,
    language: str,
    cast: Cast,
    exact: ExactSandbox,
    worker: Any,
) -> None:
    exact.control("POST", f"users/{user}", language=language)
    if contract:
        exact.control("POST", "contracts/KANTOOR", **contract)
    connection = connected(cast.alice, exact, worker, user=user)
    assert connection.status == "active"
    assert issue in open_codes(connection)
    assert the_mailbox(connection).status == "failed"
    exact.control("POST", "contracts/KANTOOR", trial=False, mailbox=True)
    exact.control("POST", f"users/{user}", rights={"mailbox": "full"})
    assert checked(connection)["outcome"] == "ok"
    assert open_codes(connection) == []
    assert the_mailbox(connection).status == "active"


@pytest.mark.parametrize("language", ["nl", "en"])
def test_one_that_is_bound_to_another_administration_names_both(
    language: str, cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    exact.reset(with_mailbox(1002))
    connection = connected(cast.alice, exact, worker)
    assert open_codes(connection) == ["mailbox_bound_elsewhere"]
    with scope(connection.firm_id):
        issue = connection.issues.get(resolved_at=None)
    words = remedy(issue.code).words(issue.values, language)
    for name in ("Slagerij Hak", "1002", "Bakkerij De Korenaar", "1001", ADDRESS):
        assert name in words.cause
    assert the_mailbox(connection).bound_to == 1002


def test_one_that_exact_says_exists_without_showing_it_names_the_other_contract(
    cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    world = with_mailbox(1002)
    world["contracts"] = [{"code": "KANTOOR", "name": "Kantoor"}, {"code": "ANDER", "name": "Ander"}]
    world["divisions"][1]["contract"] = "ANDER"
    exact.reset(world)
    connection = connected(cast.alice, exact, worker)
    assert open_codes(connection) in (["mailbox_bound_elsewhere"], ["mailbox_exists"])
    assert connection.status == "active"


def test_a_connection_that_delivers_by_document_needs_none_and_nobody_is_bothered(
    cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    connection = connected(cast.alice, exact, worker, user="nomailbox")
    assert "mailbox_forbidden" in open_codes(connection)
    with scope(connection.firm_id):
        Connection.objects.update(delivery="document")
        issues.chores_again(connection.pk, "check")
    assert checked(connection)["outcome"] == "skipped"
    assert open_codes(connection) == []
    assert the_mailbox(connection).status == "not_wanted"


def test_while_messages_are_refused_files_go_as_documents_and_what_was_refused_goes_when_it_is_mended(
    cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    connection = connected(cast.alice, exact, worker)
    exact.control("POST", "users/anna", rights={"mailbox": "read"})
    sent = []
    for number in ("M-1", "M-2"):
        sent.append(intake.receive(connection.firm_id, paper(number), channel="api").invoice_id)
        worker()
    with scope(connection.firm_id):
        first, second = (Invoice.objects.get(pk=key) for key in sent)
        assert (first.status, second.status) == ("failed", "booked")
        assert Delivery.objects.get(invoice=second).way == "document"
        issue = first.issue
    assert issue is not None and issue.code == "right_missing_mailbox"
    exact.control("POST", "users/anna", rights={"mailbox": "full"})
    rechecks.recheck(connection.firm_id, issue.pk)
    worker()
    with scope(connection.firm_id):
        assert Invoice.objects.get(pk=first.pk).status == "booked"
        assert Delivery.objects.get(invoice=first).way == "mailbox"
    assert open_codes(connection) == []


def test_a_mailbox_that_a_person_made_by_hand_is_found_by_itself(
    cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    connection = connected(cast.alice, exact, worker, user="nomailbox")
    with scope(connection.firm_id):
        steps = mailbox.by_hand(Connection.objects.get(pk=connection.pk), "nl")
    assert any(ADDRESS in step for step in steps) and any("1001" in step for step in steps)
