"""One login, many clients: laid side by side, connected in one go, and gone on with after a kill."""

import os
import signal
import time
from typing import Any
from uuid import UUID

import pytest
from django.db import connections as databases
from django.test import Client

from connections import bulk, consents
from connections.models import Authorisation, Connection
from portal import jobs
from portal.models import Job, Organisation
from portal.tenancy import scope
from tests.cast import Cast
from tests.connections.aids import again
from tests.exact_sandbox import ExactSandbox
from tests.helpers import consent


def world(number: int, **first: Any) -> dict[str, Any]:
    """A firm's administrations 3001, 3002 …, each with its own KVK number; small ones, as there are many."""
    divisions = [
        {"code": 3001 + n, "kvk": f"{70000001 + n}", "name": f"Klant {n + 1} B.V.", "suppliers": 1}
        for n in range(number)
    ]
    divisions[0] |= first
    return {"divisions": divisions, "settings": {"minute_seconds": 1, "minute_limit": 1000}}


def signed_in(cast: Cast, exact: ExactSandbox) -> Authorisation:
    """The bookkeeper signs in once, for the whole firm."""
    with scope(cast.alice.firm_id):
        link = consents.invite(None, site_key="nl")
    assert consent(exact, link.url.removeprefix("http://testserver")).status_code == 200
    with scope(cast.alice.firm_id):
        return Authorisation.objects.get()


def organisations(cast: Cast, *named: tuple[str, str]) -> None:
    with scope(cast.alice.firm_id):
        Organisation.objects.bulk_create(
            Organisation(firm_id=cast.alice.firm_id, name=name, kvk_number=kvk) for name, kvk in named
        )


def pairs(cast: Cast, authorisation: Authorisation) -> dict[str, bulk.Pair]:
    with scope(cast.alice.firm_id):
        return {
            pair.organisation.name if pair.organisation else str(pair.division["code"]): pair
            for pair in bulk.lay_out(authorisation)
        }


def run(cast: Cast, authorisation: Authorisation, chosen: list[dict[str, Any]]) -> Job:
    with scope(cast.alice.firm_id):
        job = bulk.start(authorisation, chosen)
    jobs.run(cast.alice.firm_id, job.pk)
    with scope(cast.alice.firm_id):
        return Job.objects.get(pk=job.pk)


# --- Laying out ----------------------------------------------------------------------------------------------


def test_organisations_and_administrations_are_paired_by_kvk_number_and_then_by_name(
    cast: Cast, exact: ExactSandbox
) -> None:
    made = world(6)
    made["divisions"][1] |= {"kvk": "", "name": "DE KLEINE SMID"}
    made["divisions"][2] |= {"kvk": "70000004"}  # the same number as 3004's
    made["divisions"][4] |= {"kvk": ""}
    exact.reset(made)
    exact.control("POST", "divisions/3006", blocked=True)
    organisations(
        cast,
        ("Eerste", "70000001"), ("De kleine Smid B.V.", "55555555"), ("Twee keer", "70000004"), ("Alleen", "66666666"),
    )  # fmt: skip
    found = pairs(cast, signed_in(cast, exact))
    assert (found["Eerste"].state, found["Eerste"].matched_by) == ("ready", "kvk")
    smith = found["De kleine Smid B.V."]
    assert (smith.state, smith.matched_by, smith.division["code"]) == ("ready", "name", 3002)
    assert found["Twee keer"].state == "choose"
    assert {row["code"] for row in found["Twee keer"].candidates} == {3003, 3004}
    assert found["Alleen"].state == "alone"
    assert (found["3005"].state, found["3006"].state) == ("no_kvk", "blocked")


def test_a_name_that_fits_does_not_outweigh_a_kvk_number_that_does_not(
    cast: Cast, exact: ExactSandbox
) -> None:
    exact.reset(world(1, name="Bakker"))
    organisations(cast, ("Bakker", "55555555"))
    found = pairs(cast, signed_in(cast, exact))
    assert (found["Bakker"].state, found["3001"].state) == ("alone", "new")


def test_two_organisations_of_one_name_are_left_to_a_person(cast: Cast, exact: ExactSandbox) -> None:
    exact.reset(world(1, name="Bakker", kvk=""))
    organisations(cast, ("Bakker", "55555555"), ("Bakker B.V.", "66666666"))
    found = pairs(cast, signed_in(cast, exact))
    assert (found["Bakker"].state, found["Bakker B.V."].state) == ("alone", "alone")


# --- Connecting ----------------------------------------------------------------------------------------------


def test_each_row_has_its_own_outcome_and_a_bad_one_stops_nobody(
    cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    exact.reset(world(4))
    authorisation = signed_in(cast, exact)
    organisations(cast, ("Eerste", "70000001"), ("Ander", "55555555"))
    with scope(cast.alice.firm_id):
        key = {row.name: str(row.pk) for row in Organisation.objects.all()}
    job = run(
        cast,
        authorisation,
        [
            {"organisation": key["Eerste"], "division": 3001},
            {"organisation": key["Ander"], "division": 3002},  # another KVK number, not confirmed
            {"organisation": None, "division": 3003},
            {"organisation": None, "division": 3003},  # twice
            {"organisation": str(UUID(int=1)), "division": 3004},
            {"organisation": None, "division": 999},
        ],
    )
    assert [row.get("code", row["status"]) for row in job.rows] == [
        "connected", "division_other_kvk", "connected", "already_connected", "organisation_unknown", "division_unknown",
    ]  # fmt: skip
    with scope(cast.alice.firm_id):
        assert Organisation.objects.get(kvk_number="70000003").name == "Klant 3 B.V."
        assert not Connection.objects.filter(organisation__name="Ander").exists(), (
            "nothing of a bad row stays"
        )
        shown = bulk.progress(job)
    assert [line.state for line in shown] == ["checking", "failed", "checking", "failed", "failed", "failed"]
    worker()
    with scope(cast.alice.firm_id):
        shown = bulk.progress(job)
    assert [(line.state, line.mailbox) for line in shown if line.connection] == [("active", "active")] * 2


def test_a_hundred_clients_are_connected_in_one_go_and_a_killed_worker_is_gone_on_from(
    cast: Cast, exact: ExactSandbox
) -> None:
    exact.reset(world(100))
    authorisation = signed_in(cast, exact)
    with scope(cast.alice.firm_id):
        job = bulk.start(authorisation, [{"organisation": None, "division": 3001 + n} for n in range(100)])
    _run_and_kill(cast.alice.firm_id, job.pk)
    with scope(cast.alice.firm_id):
        half = Job.objects.get(pk=job.pk)
        assert 0 < len(half.rows) < 100, "the plug was pulled in the middle"
        Job.objects.filter(pk=job.pk).update(due_at=half.created_at)  # its lease is over
    jobs.run(cast.alice.firm_id, job.pk)
    with scope(cast.alice.firm_id):
        done = Job.objects.get(pk=job.pk)
        assert [row["status"] for row in done.rows] == ["connected"] * 100
        assert done.rows[: len(half.rows)] == half.rows
        assert Connection.objects.count() == Organisation.objects.count() == 100
        assert len(set(Connection.objects.values_list("authorisation", flat=True))) == 1
    assert exact.control("GET", "counters")["tokens"] == exact.control("GET", "counters")["tokens"] | {
        "issued": 1,
        "refreshed": 0,
    }


def _run_and_kill(firm_id: UUID, job_id: UUID) -> None:
    """A worker in a process of its own, killed when half of the rows are recorded."""
    databases.close_all()
    child = os.fork()
    if child == 0:
        try:
            jobs.run(firm_id, job_id)
        finally:
            os._exit(0)
    give_up = time.monotonic() + 30
    while time.monotonic() < give_up:
        with scope(firm_id):
            if Job.objects.get(pk=job_id).rows:
                break
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def test_the_api_takes_pairs_and_shows_the_job(cast: Cast, exact: ExactSandbox) -> None:
    exact.reset(world(2))
    authorisation = signed_in(cast, exact)
    token = Client().post(
        "/identity/o/api/token",
        {"grant_type": "client_credentials", "client_id": cast.alice.partner.client_id,
         "client_secret": cast.alice.partner.client_secret},
    )  # fmt: skip
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {token.json()['access_token']}"}
    answer = Client().post(
        "/api/v1/connections/bulk/",
        {"authorisation": str(authorisation.pk), "pairs": [{"division": 3001}, {"division": 3002}]},
        content_type="application/json",
        **bearer,
    )
    assert answer.status_code == 202, answer.content
    job_id = UUID(answer.json()["job"])
    jobs.run(cast.alice.firm_id, job_id)
    shown = Client().get(f"/api/v1/jobs/{job_id}/", **bearer).json()
    assert [row["status"] for row in shown["rows"]] == ["connected", "connected"]
    refused = Client().post(
        "/api/v1/connections/bulk/",
        {"authorisation": str(authorisation.pk), "pairs": [{}]},
        content_type="application/json",
        **bearer,
    )
    assert refused.status_code == 400


def test_a_connection_that_was_begun_is_gone_on_with(cast: Cast, exact: ExactSandbox) -> None:
    exact.reset(world(1))
    authorisation = signed_in(cast, exact)
    organisation = cast.alice.organisation(name="Eerste", kvk="70000001")
    from tests.helpers import link_for

    begun, _ = link_for(cast.alice, organisation)
    job = run(cast, authorisation, [{"organisation": str(organisation.pk), "division": 3001}])
    assert job.rows[0]["id"] == str(begun.pk)
    assert again(begun).division == 3001


@pytest.mark.parametrize("code", ["authorisation_unknown"])
def test_an_authorisation_that_died_meanwhile_fails_each_row_by_name(
    code: str, cast: Cast, exact: ExactSandbox
) -> None:
    exact.reset(world(1))
    authorisation = signed_in(cast, exact)
    with scope(cast.alice.firm_id):
        Authorisation.objects.update(status="dead")
    assert run(cast, authorisation, [{"division": 3001}]).rows[0]["code"] == code
