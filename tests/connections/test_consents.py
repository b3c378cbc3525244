"""A consent: given once, by the browser that left, for the firm that asked; and never lost when Exact is slow."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from connections import connecting, consents, lanes, outside, rechecks, tasks, tokens
from connections.exact import ExactError
from connections.held import Held
from connections.models import Authorisation, Connection, Consent, Lane
from portal.tenancy import scope
from tests.cast import Cast
from tests.connections.aids import again, aged, fault, open_codes, reconnect, ten_minutes_later
from tests.exact_sandbox import ExactSandbox
from tests.helpers import connected, consent, link_for, through_exact


@pytest.fixture
def asked(cast: Cast, exact: ExactSandbox) -> tuple[Connection, str]:
    """A connection that waits for a consent, and the path of its link."""
    return link_for(cast.alice, cast.alice.organisation())


# --- Who may give it, and how often --------------------------------------------------------------------------


def test_opening_the_link_ten_times_uses_nothing_up(
    asked: tuple[Connection, str], exact: ExactSandbox
) -> None:
    _, path = asked
    for _ in range(10):
        assert Client().get(path).status_code == 200
    assert consent(exact, path).status_code == 200


def test_a_link_works_once(asked: tuple[Connection, str], exact: ExactSandbox) -> None:
    _, path = asked
    consent(exact, path)
    assert Client().post(path).status_code == 400


def test_a_link_that_is_too_old_is_refused_and_the_firm_can_see_that_somebody_tried(
    asked: tuple[Connection, str],
) -> None:
    connection, path = asked
    with scope(connection.firm_id):
        connection.consents.update(expires_at=timezone.now())
    assert Client().post(path).status_code == 400
    assert open_codes(connection) == ["consent_link_expired"]


def test_a_newer_link_ends_the_older_one(asked: tuple[Connection, str]) -> None:
    connection, path = asked
    with scope(connection.firm_id):
        consents.invite(connection, site_key="nl")
    assert Client().get(path).status_code == 400


def test_a_return_in_another_browser_is_refused_and_leaves_the_right_one_its_turn(
    asked: tuple[Connection, str], exact: ExactSandbox
) -> None:
    connection, path = asked
    browser = Client()
    back = through_exact(exact, browser.post(path)["Location"])
    assert Client().get(back).status_code == 400
    assert open_codes(connection) == ["consent_other_browser"]
    assert browser.get(back).status_code == 200
    assert open_codes(connection) == []


def test_a_return_works_once(asked: tuple[Connection, str], exact: ExactSandbox) -> None:
    _, path = asked
    browser = Client()
    back = through_exact(exact, browser.post(path)["Location"])
    assert browser.get(back).status_code == 200
    assert browser.get(back).status_code == 400
    assert exact.control("GET", "counters")["tokens"]["issued"] == 1


def test_a_trip_of_more_than_half_an_hour_ends_and_says_so(
    asked: tuple[Connection, str], exact: ExactSandbox
) -> None:
    connection, path = asked
    browser = Client()
    back = through_exact(exact, browser.post(path)["Location"])
    with scope(connection.firm_id):
        connection.consents.update(begun_at=timezone.now() - timedelta(minutes=31))
    assert browser.get(back).status_code == 400
    assert open_codes(connection) == ["consent_trip_too_long"]


def test_somebody_who_denies_at_exact_is_no_mystery_to_the_firm(
    asked: tuple[Connection, str], exact: ExactSandbox, cast: Cast
) -> None:
    connection, path = asked
    browser = Client()
    back = through_exact(exact, browser.post(path)["Location"], decision="deny")
    assert browser.get(back).status_code == 400
    assert open_codes(connection) == ["consent_denied"]
    reconnect(cast.alice, exact, connection)
    assert "consent_denied" not in open_codes(connection)


def test_a_code_that_exact_refuses_opens_its_issue(
    asked: tuple[Connection, str], exact: ExactSandbox
) -> None:
    connection, path = asked
    browser = Client()
    back = through_exact(exact, browser.post(path)["Location"])
    exact.control("POST", "clock", advance=200)
    assert browser.get(back).status_code == 400
    exact.control("POST", "clock", offset=0)
    assert open_codes(connection) == ["consent_exchange_failed"]


def test_every_refusal_has_words_in_both_languages() -> None:
    codes = ("link_unknown", "link_used", "link_expired", "state_unknown", "other_browser", "trip_too_long",
             "denied", "exchange_failed", "wrong_client")  # fmt: skip
    for code in codes:
        words = consents.words(code)
        assert words is not None and words.steps, code
    assert consents.words("exact_slow") is None


# --- What comes of it ----------------------------------------------------------------------------------------


def test_the_same_exact_user_renews_in_place_and_every_connection_over_it_goes_on(
    cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    one = connected(cast.alice, exact, worker)
    other = connected(cast.alice, exact, worker, name="Slagerij Hak", kvk="99999990")
    assert one.authorisation_id == other.authorisation_id
    ten_minutes_later(exact, one)
    exact.control("POST", "revoke", user="anna")
    with pytest.raises(tokens.AuthorisationDead):
        tokens.refresh(one.firm_id, one.authorisation_id)
    assert (again(one).status, again(other).status) == ("blocked", "blocked")
    reconnect(cast.alice, exact, other)
    assert (again(one).status, again(other).status) == ("active", "active")
    assert again(one).authorisation_id == one.authorisation_id


def test_another_exact_user_moves_the_connection_and_keeps_everything_else(
    cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    connection = connected(cast.alice, exact, worker)
    reconnect(cast.alice, exact, connection, "ben")
    worker()
    moved = again(connection)
    assert moved.authorisation_id != connection.authorisation_id
    assert (moved.status, moved.division, moved.cursors) == ("active", 1001, moved.cursors)
    with scope(moved.firm_id):
        assert Authorisation.objects.get(pk=moved.authorisation_id).exact_user == "Ben Carter"


def test_a_consent_under_another_firm_takes_the_chain_over_and_the_first_one_is_told(
    cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    first = connected(cast.alice, exact, worker)
    connected(cast.charlie, exact, worker, name="Slagerij Hak", kvk="99999990")
    assert (again(first).status, open_codes(first)) == ("blocked", ["authorisation_taken_over"])
    with scope(first.firm_id):
        dead = Authorisation.objects.get(pk=first.authorisation_id)
        assert dead.status == "superseded" and not dead.access_token and not dead.refresh_token


def test_a_consent_that_is_finished_late_does_not_put_its_dead_pair_over_a_later_one(
    cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    connection, path = link_for(cast.alice, cast.alice.organisation())
    browser = Client()
    back = through_exact(exact, browser.post(path)["Location"])
    fault(exact, "answer", match={"endpoint": "current/Me"}, kind="503")
    assert browser.get(back).status_code == 202, "stored; Exact is slow to say who it is"
    reconnect(cast.alice, exact, connection)
    with scope(connection.firm_id):
        late = Consent.objects.get(outcome="stored")
    consents.finish(connection.firm_id, late.pk)
    worker()
    aged(again(connection), seconds=600)
    exact.control("POST", "expire", what="access")
    tokens.access_token(connection.firm_id, again(connection).authorisation_id)
    assert open_codes(connection) == []


def test_a_pair_whose_ten_minutes_passed_while_exact_was_ill_is_refreshed_and_finished(
    asked: tuple[Connection, str], exact: ExactSandbox, worker: Any
) -> None:
    connection, path = asked
    browser = Client()
    back = through_exact(exact, browser.post(path)["Location"])
    fault(exact, "answer", match={"endpoint": "current/Me"}, kind="503")
    assert browser.get(back).status_code == 202
    with scope(connection.firm_id):
        past = timezone.now() - timedelta(seconds=660)
        connection.consents.update(issued_at=past, expires_in_hand=past)
    exact.control("POST", "expire", what="access")
    tasks.finish_consents()
    worker()
    assert again(connection).status == "active"


def test_while_exact_stays_ill_a_stored_pair_is_tried_ever_more_slowly(
    asked: tuple[Connection, str], exact: ExactSandbox
) -> None:
    connection, path = asked
    browser = Client()
    back = through_exact(exact, browser.post(path)["Location"])
    fault(exact, "answer", times=None, match={"endpoint": "current/Me"}, kind="503")
    browser.get(back)
    with scope(connection.firm_id):
        connection.consents.update(issued_at=timezone.now() - timedelta(seconds=31))
    for _ in range(3):
        tasks.finish_consents()
    asked_for = exact.control("GET", "calls?endpoint=current/Me")["calls"]
    assert len(asked_for) == 2
    with scope(connection.firm_id):
        row = connection.consents.get()
        assert row.tries == 1 and row.retry_at > timezone.now()


def test_a_user_that_exact_blocks_right_after_the_consent_is_named(
    asked: tuple[Connection, str], exact: ExactSandbox
) -> None:
    connection, path = asked
    browser = Client()
    back = through_exact(exact, browser.post(path)["Location"], user="blocked")
    assert browser.get(back).status_code == 400
    assert open_codes(connection) == ["user_blocked"]
    tasks.finish_consents()
    assert len(exact.control("GET", "calls?endpoint=current/Me")["calls"]) == 1, "asked no second time"


def test_a_list_of_administrations_that_the_current_one_refuses_is_asked_of_another(
    cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    """Since 2021 an app gets 403 where the user's current administration is outside the app's scope."""
    connection = connected(cast.alice, exact, worker)
    exact.control("POST", "users/ben", home=1002)
    with scope(connection.firm_id):
        link = consents.invite(connection, site_key="nl")
    browser = Client()
    to_exact = browser.post(link.url.removeprefix("http://testserver"))["Location"]
    back = through_exact(exact, to_exact, user="ben", divisions=[1001])
    assert browser.get(back).status_code == 200
    with scope(connection.firm_id):
        row = Authorisation.objects.get(exact_user="Ben Carter")
        assert [division["code"] for division in row.divisions] == [1001]


@pytest.mark.parametrize("status", [403, 404, 501])
@pytest.mark.parametrize(
    "found_at", ["system/AllDivisions", "system/GetMostRecentlyUsedDivisions", "hrm/Divisions"]
)
def test_a_list_of_administrations_that_exact_does_not_offer_is_read_elsewhere(
    asked: tuple[Connection, str], exact: ExactSandbox, status: int, found_at: str
) -> None:
    """The consent was given; that one list cannot be had must not leave it unfinished for ever."""
    connection, path = asked
    for endpoint in ("system/Divisions", "system/AllDivisions", "system/GetMostRecentlyUsedDivisions"):
        if endpoint == found_at:
            break
        fault(exact, "answer", times=None, match={"endpoint": endpoint}, status=status, body="")
    assert consent(exact, path).status_code == 200
    with scope(connection.firm_id):
        assert [row["code"] for row in Authorisation.objects.get().divisions] == [1001, 1002]


def test_where_exact_lists_no_administrations_an_issue_asks_for_the_number_and_it_is_enough(
    asked: tuple[Connection, str], exact: ExactSandbox, worker: Any
) -> None:
    connection, path = asked
    fault(exact, "answer", times=None, match={"endpoint": "*Divisions"}, status=501, body="Not Implemented")
    assert consent(exact, path).status_code == 200
    row = again(connection)
    assert (row.status, row.next_step, open_codes(row)) == (
        "pending",
        "choose_division",
        ["divisions_not_listed"],
    )
    with scope(connection.firm_id):
        row = Connection.objects.select_related("organisation", "authorisation").get(pk=connection.pk)
        assert row.issues.get().values["current"] == 1001
        with pytest.raises(connecting.DivisionRefused, match="division_other_kvk"):
            connecting.choose(row, 1001)
        connecting.choose(row, 1001, confirmed=True)
    worker()
    assert (again(connection).status, open_codes(connection)) == ("active", [])


def test_a_list_that_comes_later_chooses_by_itself_when_asked_again(
    asked: tuple[Connection, str], exact: ExactSandbox, worker: Any
) -> None:
    connection, path = asked
    fault(exact, "answer", times=None, match={"endpoint": "*Divisions"}, status=404, body="")
    consent(exact, path)
    exact.mend()
    with scope(connection.firm_id):
        issue = connection.issues.get(code="divisions_not_listed")
    rechecks.recheck(connection.firm_id, issue.pk)
    worker()
    assert (again(connection).status, open_codes(connection)) == ("active", [])


def test_a_consent_in_a_minute_without_calls_is_finished_when_the_minute_is_over(
    asked: tuple[Connection, str], exact: ExactSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bookkeeper's own administration may be busy with its first read just when the next client is connected."""
    connection, path = asked
    asked_again: list[tuple[list[str], float]] = []
    monkeypatch.setattr(
        tasks.finish_consent, "apply_async", lambda ids, countdown: asked_again.append((ids, countdown))
    )
    browser = Client()
    back = through_exact(exact, browser.post(path)["Location"])
    soon = str(int((timezone.now().timestamp() + 20) * 1000))
    limits = {"X-RateLimit-Minutely-Limit": "60", "X-RateLimit-Minutely-Remaining": "0"}
    headers = {**limits, "X-RateLimit-Minutely-Reset": soon}
    fault(exact, "answer", match={"endpoint": "current/Me"}, status=429, body="", headers=headers)
    assert browser.get(back).status_code == 202
    ((ids, countdown),) = asked_again
    assert 1 <= countdown <= 62
    tasks.finish_consent(*ids)
    assert again(connection).authorisation_id is not None


def test_first_calls_spend_of_the_minute_that_the_lane_of_their_division_uses_up(
    asked: tuple[Connection, str],
    exact: ExactSandbox,
    cast: Cast,
    worker: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The list of administrations is read through one of them, whose lane may have used its minute up."""
    connection, path = asked
    assert consent(exact, path).status_code == 200
    worker()
    monkeypatch.setattr(settings, "EXACT_MINUTE_SECONDS", 3600)
    exact.control("POST", "settings", minute_seconds=3600, minute_limit=60)
    ends = timezone.now() + timedelta(seconds=20)
    minute = {"limit": 60, "remaining": 0, "resets_at": ends.isoformat()}
    with scope(connection.firm_id):
        Lane.objects.update(budget={"minute": minute})
    exact.control("POST", "budget", division=1001, minute=0)
    before = exact.control("GET", "counters")["refused_429"]
    assert reconnect(cast.alice, exact, connection).status_code == 202
    assert exact.control("GET", "counters")["refused_429"] == before


def test_first_calls_wait_for_a_driver_to_let_go_of_the_lane(
    asked: tuple[Connection, str],
    exact: ExactSandbox,
    cast: Cast,
    worker: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connection, path = asked
    assert consent(exact, path).status_code == 200
    worker()
    with scope(connection.firm_id):
        Lane.objects.update(due_at=timezone.now())
        lane_id = Lane.objects.get().pk
    driven = lanes.take(connection.firm_id, lane_id)
    assert driven is not None
    held = Held(driven, connection)
    monkeypatch.setattr(outside, "PATIENCE", 0.3)
    monkeypatch.setattr(outside, "STAND_BACK", timedelta(minutes=5))
    assert reconnect(cast.alice, exact, connection).status_code == 202
    with held.record():
        pass
    assert held.wanted  # which ends its slice
    with suppress(ExactError), outside.turn("nl", 1001, patience=0.1):
        raise AssertionError("two make calls for one division at once")
    lanes.give_back(held, timezone.now())
    assert lanes.take(connection.firm_id, lane_id) is None  # who asked for it comes first
    with outside.turn("nl", 1001):
        assert lanes.take(connection.firm_id, lane_id) is None
    assert lanes.take(connection.firm_id, lane_id) is not None


def test_calls_before_a_division_has_a_lane_are_counted_by_its_first_driver(
    database: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "EXACT_MINUTE_SECONDS", 3600)
    with outside.turn("nl", 4711) as turn:
        turn.spend()
        turn.spend()
    budget = outside.budget_of(Lane(site="nl", division=4711, budget={}))
    assert budget.minute is not None
    assert budget.minute.remaining == 58
    with pytest.raises(ExactError) as refused:
        for _ in range(60):
            turn.spend()
    assert refused.value.code == "budget_minute"
    assert refused.value.retry_at is not None


def test_who_connects_a_division_again_at_once_has_what_its_ended_lane_left_of_the_minute(
    database: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "EXACT_MINUTE_SECONDS", 3600)
    ends = outside.minute_ends(timezone.now(), 3600)
    minute = {"limit": 60, "remaining": 20, "resets_at": ends.isoformat()}
    outside.ended(Lane(site="nl", division=4712, budget={"minute": minute}))
    with outside.turn("nl", 4712) as turn:
        for _ in range(20):
            turn.spend()
        with pytest.raises(ExactError):
            turn.spend()
    budget = outside.budget_of(Lane(site="nl", division=4712, budget={}))
    assert budget.minute is not None
    assert budget.minute.remaining == 0


# --- What somebody with a link that is over is told ----------------------------------------------------------


def test_a_link_that_is_over_says_whom_to_ask_for_a_new_one(asked: tuple[Connection, str]) -> None:
    connection, path = asked
    with scope(connection.firm_id):
        connection.consents.update(expires_at=timezone.now())
    assert "of vraag Kantoor Alice om een nieuwe link" in Client().get(path).content.decode()
    with scope(connection.firm_id):
        connection.consents.update(begun_at=timezone.now())
    assert "vraag Kantoor Alice dan om een nieuwe" in Client().get(path).content.decode()
    unknown = Client().get("/connect/link/not-a-link-of-ours/").content.decode()
    assert "Kantoor Alice" not in unknown
