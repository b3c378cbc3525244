"""Budgets of minute, day and contract; the error budget."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from .conftest import D1, D2, Caller, Process

JOURNALS = "financial/Journals?$select=Code"


def spend(caller: Caller, n: int, division: int = D1) -> list[requests.Response]:
    return [caller.call("GET", JOURNALS, division) for _ in range(n)]


def family(answer: requests.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.startswith("X-RateLimit")}


def test_every_answer_of_a_division_tells_both_budgets(exact: Process) -> None:
    caller = exact.sign_in()
    now = exact.control("GET", "state")["now"]
    first, second = spend(caller, 2)
    assert family(first) == {
        "X-RateLimit-Limit": "5000",
        "X-RateLimit-Remaining": "4999",
        "X-RateLimit-Reset": str((int(now) // 86_400 + 1) * 86_400_000),
        "X-RateLimit-Minutely-Limit": "60",
        "X-RateLimit-Minutely-Remaining": "59",
        "X-RateLimit-Minutely-Reset": str((int(now) // 60 + 1) * 60_000),
    }
    assert second.headers["X-RateLimit-Minutely-Remaining"] == "58"
    refused = caller.call("GET", "crm/Accounts")
    assert refused.status_code == 400
    assert refused.headers["X-RateLimit-Minutely-Remaining"] == "57"


def test_the_sixty_first_call_of_a_clock_minute_is_refused_with_one_family_only(exact: Process) -> None:
    caller = exact.sign_in()
    assert {answer.status_code for answer in spend(caller, 60)} == {200}
    (refused,) = spend(caller, 1)
    assert (refused.status_code, refused.content) == (429, b"")
    assert set(family(refused)) == {
        "X-RateLimit-Minutely-Limit", "X-RateLimit-Minutely-Remaining", "X-RateLimit-Minutely-Reset",
    }  # fmt: skip
    assert refused.headers["X-RateLimit-Minutely-Remaining"] == "0"
    assert "Retry-After" not in refused.headers
    assert spend(caller, 1, D2)[0].status_code == 200
    exact.control("POST", "clock", advance=55)
    assert spend(caller, 1)[0].status_code == 200


def test_a_used_up_day_is_refused_with_the_daily_family_until_midnight_utc(exact: Process) -> None:
    exact.control("POST", "budget", division=D1, day=1)
    caller = exact.sign_in()
    last, refused = spend(caller, 2)
    assert (last.status_code, last.headers["X-RateLimit-Remaining"]) == (200, "0")
    assert refused.status_code == 429
    assert set(family(refused)) == {"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"}
    now = exact.control("GET", "state")["now"]
    exact.control("POST", "clock", advance=86_400 - now % 86_400)
    assert spend(exact.sign_in(), 1)[0].status_code == 200


def test_a_contract_has_one_budget_for_all_its_administrations(exact: Process) -> None:
    exact.control("POST", "settings", contract_day_limit=3)
    caller = exact.sign_in()
    assert [answer.status_code for answer in spend(caller, 2) + spend(caller, 2, D2)] == [200, 200, 200, 429]


def test_calls_without_a_division_cost_nothing(exact: Process, anna: Caller) -> None:
    exact.control("POST", "budget", division=D1, minute=0, day=0)
    answer = anna.call("GET", "current/Me")
    assert answer.status_code == 200
    assert family(answer) == {}


def test_two_apps_have_a_budget_each(exact: Process) -> None:
    other = "22222222-2222-4222-8222-222222222222"
    world = {"divisions": [{"code": D1, "kvk": "91234567"}], "apps": [{"client_id": other}]}
    exact.reset(world)
    exact.control("POST", "budget", division=D1, minute=0)
    assert spend(exact.sign_in(), 1)[0].status_code == 429
    tokens = exact.control("POST", "tokens", user="anna", client_id=other)
    assert spend(Caller(exact, tokens), 1)[0].status_code == 200


@pytest.mark.parametrize("status", [400, 403, 404])
def test_the_eleventh_error_of_an_hour_blocks_that_endpoint_for_that_user(
    exact: Process, status: int
) -> None:
    login = "nobooking" if status == 403 else "anna"
    caller = exact.sign_in(login)
    nobody = "00000000-0000-0000-0000-000000000001"
    path = {
        400: "crm/Accounts?$filter=Foo eq 1&$top=1",
        403: "purchaseentry/PurchaseEntries?$top=1",
        404: f"crm/BankAccounts(guid'{nobody}')",
    }[status]
    assert [caller.call("GET", path).status_code for _ in range(11)] == [status] * 11
    assert caller.call("GET", path).status_code == 429
    assert caller.call("GET", JOURNALS).status_code == 200
    assert caller.call("GET", path, D2).status_code != 429
    assert exact.sign_in("ben").call("GET", path).status_code != 429
    exact.control("POST", "clock", advance=3601)
    assert exact.sign_in(login).call("GET", path).status_code == status


def test_business_refusals_do_not_count_as_errors(exact: Process, anna: Caller) -> None:
    statuses = {anna.call("POST", "purchaseentry/PurchaseEntries", json={}).status_code for _ in range(15)}
    assert statuses == {500}


def test_a_second_block_lasts_twice_as_long(exact: Process) -> None:
    bad = "crm/Accounts?$filter=Foo eq 1&$top=1"
    for still_blocked_after_an_hour in (False, True):
        caller = exact.sign_in()
        assert [caller.call("GET", bad).status_code for _ in range(12)][-1] == 429
        exact.control("POST", "clock", advance=3601)
        status = exact.sign_in().call("GET", bad).status_code
        assert status == (429 if still_blocked_after_an_hour else 400)
    exact.control("POST", "clock", advance=3600)
    assert exact.sign_in().call("GET", bad).status_code == 400


def test_an_expired_token_is_an_error_too(exact: Process, anna: Caller) -> None:
    exact.control("POST", "expire", what="access")
    answers = [anna.call("GET", JOURNALS) for _ in range(12)]
    assert answers[0].status_code == 401
    assert answers[0].json()["error"]["message"]["value"] == "Unauthorized"
    exact.control("POST", "settings", unauthorised_body="html")
    assert "401 - Unauthorized" in anna.call("GET", "current/Me").text
    exact.control("POST", "settings", unauthorised_body="empty")
    assert anna.call("GET", "current/Me").content == b""


def test_the_minute_can_have_another_length(exact: Process) -> None:
    exact.control("POST", "settings", minute_seconds=600)
    now = exact.control("GET", "state")["now"]
    (answer,) = spend(exact.sign_in(), 1)
    assert int(answer.headers["X-RateLimit-Minutely-Reset"]) == (int(now) // 600 + 1) * 600_000


def test_many_at_once_get_exactly_the_minutes_sixty(exact: Process) -> None:
    caller = exact.sign_in()
    headers = dict(caller.session.headers)

    def call(_: int) -> int:
        return requests.get(f"{exact.url}/api/v1/{D1}/{JOURNALS}", headers=headers, timeout=10).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(call, range(80)))
    assert (statuses.count(200), statuses.count(429)) == (60, 20)
