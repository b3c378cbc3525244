"""A contract with Exact whose day is used up: one issue for all its clients at a firm, and tomorrow all go on."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from connections import allowance, connecting, contracts, issues, lanes
from connections.models import Connection, ContractDay, Issue, Lane
from invoices import intake, pipeline
from invoices.models import Delivery, Invoice
from portal.models import Membership, User
from portal.tenancy import scope
from tests.api_client import api
from tests.cast import Cast
from tests.connections.aids import fault, open_codes
from tests.exact_sandbox import ExactSandbox
from tests.helpers import connected
from tests.pages.firm import browser
from tests.paper import paper


@pytest.fixture
def pair(cast: Cast, exact: ExactSandbox, worker: Any) -> list[Connection]:
    """Two clients of Alice's whose administrations are in one contract; an invoice of the first waits."""
    exact.control("POST", "settings", minute_limit=100_000)
    made = [
        connected(cast.alice, exact, worker),
        connected(cast.alice, exact, worker, name="Slagerij Hak", kvk="99999990"),
    ]
    with scope(cast.alice.firm_id):
        Connection.objects.update(delivery="document")
    got = intake.receive(cast.alice.firm_id, paper("A-1"), channel="api")
    pipeline.process(cast.alice.firm_id, got.invoice_id)
    ContractDay.objects.update(taken=20_000)
    for connection in made:
        _driven(connection)
    return made


def _driven(connection: Connection) -> None:
    with scope(connection.firm_id):
        issues.chores_again(connection.pk, "check")
        lane = Lane.objects.get(connection=connection)
        Lane.objects.filter(pk=lane.pk).update(due_at=timezone.now())
    lanes.drive(lane.pk)


def _open(firm_id: Any) -> list[Issue]:
    with scope(firm_id):
        return list(Issue.objects.filter(resolved_at=None))


def test_its_clients_share_one_issue_that_names_them_and_counts_what_waits(
    cast: Cast, pair: list[Connection]
) -> None:
    (issue,) = _open(cast.alice.firm_id)
    assert (issue.code, issue.connection_id, issue.subject) == ("budget_contract", None, pair[0].contract)
    member = browser(cast.alice.owner)
    page = member.get(reverse("issue", args=[issue.pk])).content.decode()
    assert "Bakkerij De Korenaar" in page and "Slagerij Hak" in page
    assert "1 factuur wacht" in page
    assert "2 klanten" in member.get(reverse("issues")).content.decode()
    for connection in pair:
        shown = member.get(reverse("connection", args=[connection.pk])).content.decode()
        assert "zijn op voor een contract" in shown
    assert "1 factuur wacht" not in shown, "of the other, none waits"
    client = api(cast.alice)
    for connection in pair:
        row = client.get(f"/api/v1/connections/{connection.pk}/").json()
        assert [found["code"] for found in row["issues"]] == ["budget_contract"]
        listed = client.get(f"/api/v1/issues/?status=open&connection={connection.pk}").json()["results"]
        assert [(found["code"], found["waiting"]) for found in listed] == [("budget_contract", 1)]


def test_which_invoices_wait_for_it_is_shown_as_they_were_counted(cast: Cast, pair: list[Connection]) -> None:
    (issue,) = _open(cast.alice.firm_id)
    member, which = browser(cast.alice.owner), f"{reverse('invoices')}?issue={issue.pk}"
    assert which in member.get(reverse("issue", args=[issue.pk])).content.decode()
    assert [row["invoice"].number for row in member.get(which).context["rows"]] == ["A-1"]
    with scope(cast.alice.firm_id):
        own = issues.open_issue("authorisation_revoked", connection=pair[0])
        other = issues.open_issue("authorisation_revoked", connection=pair[1])
    for found, expected in ((own, ["A-1"]), (other, [])):
        rows = member.get(f"{reverse('invoices')}?issue={found.pk}").context["rows"]
        assert [row["invoice"].number for row in rows] == expected
    with scope(cast.alice.firm_id):
        issues.resolve(issue, "a new day")
    assert member.get(which).context["rows"] == [], "it holds up nothing any more"


def test_a_clients_own_person_sees_it_without_the_other_clients(cast: Cast, pair: list[Connection]) -> None:
    person = User.objects.create_user("kim@hak.example", "geheim-voor-de-test")
    with scope(cast.alice.firm_id):
        Membership.objects.create(
            user=person, role=Membership.Role.CLIENT, organisation_id=pair[1].organisation_id
        )
    (issue,) = _open(cast.alice.firm_id)
    page = browser(person).get(reverse("issue", args=[issue.pk]))
    assert page.status_code == 200
    assert "Bakkerij De Korenaar" not in page.content.decode()


def test_on_the_next_day_it_closes_by_itself_and_what_waited_is_booked(
    cast: Cast, pair: list[Connection], worker: Any
) -> None:
    day = timedelta(days=1)
    ContractDay.objects.update(day=timezone.now().date() - day)
    with scope(cast.alice.firm_id):
        Issue.objects.update(seen_at=timezone.now() - day)
        assert set(Lane.objects.values_list("sleeps_for", flat=True)) == {"day"}
        assert Delivery.objects.get().due_at.date() == timezone.now().date() + day
        for waits in (Lane, Delivery):
            waits.objects.update(due_at=timezone.now())
    worker()
    assert _open(cast.alice.firm_id) == []
    with scope(cast.alice.firm_id):
        assert Invoice.objects.get().status == "booked"


def test_it_closes_too_when_the_first_call_of_the_day_is_not_answered(
    cast: Cast, exact: ExactSandbox, pair: list[Connection]
) -> None:
    yesterday = timezone.now() - timedelta(days=1)
    ContractDay.objects.update(day=yesterday.date())
    with scope(cast.alice.firm_id):
        Issue.objects.update(seen_at=yesterday)
        Lane.objects.update(heard_at=yesterday)
    fault(exact, "answer", times=None, match={}, status=503, body="")
    _driven(pair[0])
    assert [one.code for one in _open(cast.alice.firm_id)] == ["budget_contract"]
    exact.mend()
    with scope(cast.alice.firm_id):
        Lane.objects.update(failing_since=None)
    _driven(pair[0])
    assert _open(cast.alice.firm_id) == []


def test_one_that_has_ended_has_no_part_in_it_any_more(cast: Cast, pair: list[Connection]) -> None:
    with scope(cast.alice.firm_id):
        connecting.disconnect(Connection.objects.get(pk=pair[1].pk))
    assert api(cast.alice).get(f"/api/v1/connections/{pair[1].pk}/").json()["issues"] == []


def test_the_last_client_of_a_contract_takes_its_issue_along_when_it_ends(
    cast: Cast, pair: list[Connection]
) -> None:
    for connection, left in zip(pair, ({"budget_contract"}, set()), strict=True):
        with scope(cast.alice.firm_id):
            connecting.disconnect(Connection.objects.get(pk=connection.pk))
        codes = {one.code for one in _open(cast.alice.firm_id)} - {"not_connected"}
        assert codes == left


def test_an_administration_with_a_day_of_its_own_is_no_part_of_it(pair: list[Connection]) -> None:
    one, other = pair
    with scope(one.firm_id):
        Connection.objects.filter(pk=other.pk).update(package={"edition": "premium"})
        other.refresh_from_db()
        assert (allowance.contract_of(one), allowance.contract_of(other)) == (one.contract, "")
        issue = Issue.objects.get(resolved_at=None)
        assert contracts.clients(issue) == [one]
        assert contracts.open_issues(other) == []
    assert open_codes(other) == []
