"""Promise 6: every stop that the way to Exact knows is reached on the sandbox, named, and mended; then work goes on.

What belongs to invoices (their reading, judging, following) is reached by the tests of that room; `ELSEWHERE` says so
row by row, so that a new row of the catalogue without a way to reach it fails here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from connections import authorisations, chores, connecting, forecast, issues, lanes, rechecks, tokens
from connections.exact.errors import kind_of
from connections.models import Chore, Connection, Issue, Lane, Mailbox, Supplier, TokenCall
from connections.remedies import CATALOGUE
from invoices import intake
from invoices.deciding import corrections, dispatch
from invoices.models import Booking, Delivery, Invoice
from portal.tenancy import scope
from tests.cast import Cast
from tests.connections.aids import again, aged, fault, open_codes, reconnect, ten_minutes_later, token_answers
from tests.exact.test_errors import BUSINESS, said
from tests.exact_sandbox import ExactSandbox
from tests.helpers import connected, link_for, through_exact
from tests.paper import paper, party


@dataclass
class World:
    """One working connection, and Exact beside it."""

    cast: Cast
    exact: ExactSandbox
    connection: Connection
    work: Callable[[], None]

    def check(self) -> None:
        rechecks.examine_now(self.connection.firm_id, self.connection.pk)

    def answer(self, path: str, status: int, sentence: str = "", *, reason: str = "", **match: Any) -> None:
        headers = {"Reason": reason} if reason else {}
        body = said(sentence) if sentence else ""
        fault(
            self.exact, "answer", match={"endpoint": path, **match}, status=status, body=body, headers=headers
        )

    def mirror(self) -> None:
        with scope(self.connection.firm_id):
            issues.chores_again(self.connection.pk, "mirror")
            lanes.wake(Connection.objects.get(pk=self.connection.pk))
        self.work()

    def recheck(self) -> None:
        """A person presses the button at every open issue."""
        with scope(self.connection.firm_id):
            keys = list(Issue.objects.filter(resolved_at__isnull=True).values_list("pk", flat=True))
        for key in keys:
            rechecks.recheck(self.connection.firm_id, key)
        self.work()


@pytest.fixture
def world(cast: Cast, exact: ExactSandbox, worker: Any) -> World:
    exact.control("POST", "settings", minute_limit=100_000, day_limit=1_000_000)
    return World(cast, exact, connected(cast.alice, exact, worker), worker)


# --- What a check finds --------------------------------------------------------------------------------------

USER, DIVISION, CONTRACT = "users/anna", "divisions/1001", "contracts/KANTOOR"
STATES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    # code: (what is changed in Exact, how it is broken, how it is mended)
    "no_division_access": (USER, {"divisions": [1002]}, {"divisions": "*"}),
    "division_out_of_scope": (USER, {"division_scope": [1002]}, {"division_scope": None}),
    "division_blocked": (DIVISION, {"blocked": True}, {"blocked": False}),
    "customer_blocked": (CONTRACT, {"blocked": True}, {"blocked": False}),
    "licence_expired": (CONTRACT, {"expired": True}, {"expired": False}),
    "user_blocked": (USER, {"blocked": True}, {"blocked": False}),
    "mijnkantoor_user": (USER, {"my_firm": True}, {"my_firm": False}),
    "right_missing_vat": (USER, {"rights": {"ledger": "none"}}, {"rights": {"ledger": "full"}}),
    "right_missing_ledgers": (USER, {"rights": {"ledger": "none"}}, {"rights": {"ledger": "full"}}),
    "right_missing_journals": (USER, {"rights": {"ledger": "empty"}}, {"rights": {"ledger": "full"}}),
    "right_missing_periods": (USER, {"rights": {"ledger": "none"}}, {"rights": {"ledger": "full"}}),
    "right_missing_payment_conditions": (USER, {"rights": {"ledger": "none"}}, {"rights": {"ledger": "full"}}),
    "right_missing_entries": (USER, {"rights": {"purchase": "read"}}, {"rights": {"purchase": "full"}}),
    "right_missing_documents": (USER, {"rights": {"documents": "none"}}, {"rights": {"documents": "full"}}),
    "right_missing_relations": (USER, {"rights": {"relations": "none"}}, {"rights": {"relations": "full"}}),
    "right_missing_mailbox": (USER, {"rights": {"mailbox": "none"}}, {"rights": {"mailbox": "full"}}),
    "mailbox_forbidden": (USER, {"rights": {"mailbox": "none"}}, {"rights": {"mailbox": "full"}}),
    "licence_feature_missing": (CONTRACT, {"mailbox": False}, {"mailbox": True}),
    "journal_blocked": ("block", {"division": 1001, "kind": "journal", "code": "70"},
                        {"division": 1001, "kind": "journal", "code": "70", "blocked": False}),
    "app_scope_missing": (f"apps/{ExactSandbox.client_id}", {"scopes": {"financial.accounting": "none"}},
                          {"scopes": {}}),
}  # fmt: skip

SAID: dict[str, tuple[str, int, str, str]] = {
    # code: (the call that is refused, status, sentence, Reason)
    "user_inactive": ("current/Me", 403, "", "InactiveUser"),
    "token_refused": ("current/Me", 401, "Unauthorized", ""),
    "token_revoked": ("current/Me", 401, "The token was revoked", ""),
    "multi_user_identity": ("current/Me", 500, "API Connections do not support this type of account.", ""),
    "exact_unknown": ("system/AvailableFeatures", 500, "De maan staat in het verkeerde huis.", ""),
    "no_purchase_journal": ("financial/Journals", 200, "", ""),
}


@pytest.mark.parametrize("code", STATES)
def test_a_state_of_exact_that_stops_us_is_found_named_and_goes_on_by_itself_when_mended(
    code: str, world: World
) -> None:
    path, broken, mended = STATES[code]
    world.exact.control("POST", path, **broken)
    world.check()
    assert code in open_codes(world.connection)
    world.exact.control("POST", path, **mended)
    world.check()
    assert (again(world.connection).status, open_codes(world.connection)) == ("active", [])


@pytest.mark.parametrize("code", SAID)
def test_an_answer_of_exact_that_stops_us_is_named_and_goes_on_when_it_is_not_given_any_more(
    code: str, world: World
) -> None:
    path, status, sentence, reason = SAID[code]
    if status == 200:
        fault(world.exact, "answer", match={"endpoint": path}, status=200, body={"d": []})
    else:
        world.answer(path, status, sentence, reason=reason)
    world.check()
    assert code in open_codes(world.connection)
    world.recheck()
    world.check()
    assert (again(world.connection).status, open_codes(world.connection)) == ("active", [])


OURS = [code for _, code in BUSINESS if kind_of(code).value == "ours"] + [
    "select_missing", "filter_mandatory", "filter_not_supported", "query_syntax", "field_unknown", "payload_invalid",
    "request_refused", "not_found", "not_implemented",
]  # fmt: skip
WORDS = {
    "select_missing": (400, "Please add a $select or a $top=1 statement to the query string."),
    "filter_mandatory": (400, "This endpoint has mandatory filtering applied."),
    "filter_not_supported": (400, "This $filter parameter is not supported for this resource"),
    "query_syntax": (400, "Bad Request - Error in query syntax."),
    "field_unknown": (400, "Could not find a property named 'Nam'"),
    "payload_invalid": (400, "Error processing request stream."),
    "request_refused": (400, "Something new about a query"),
    "not_found": (404, ""),
    "not_implemented": (501, ""),
}


def test_a_mistake_of_ours_in_a_chore_is_the_helpdesks_and_a_press_of_the_button_tries_again(
    world: World,
) -> None:
    for code in OURS:
        status, sentence = WORDS[code]
        world.answer("financial/Journals", status, sentence)
        world.mirror()
        assert open_codes(world.connection) == [code]
        world.recheck()
        assert open_codes(world.connection) == []
        with scope(world.connection.firm_id):
            Lane.objects.update(errors={})
    fault(world.exact, "answer", match={"endpoint": "financial/Journals"}, status=200, body={"x": 1})
    world.mirror()
    assert open_codes(world.connection) == ["answer_unreadable"]
    world.recheck()
    assert open_codes(world.connection) == []


# --- What a booking meets ------------------------------------------------------------------------------------


def test_every_refusal_of_a_booking_is_named_and_once_it_is_mended_the_invoice_is_booked_once(
    world: World,
) -> None:
    """One invoice for each code, each refused with one of Exact's sentences."""
    sentences = {
        code: text
        for text, code in BUSINESS
        if kind_of(code).value in ("invoice", "configuration") and code != "webhook_callback_refused"
    } | {"request_too_large": "Maximum request length exceeded."}
    with scope(world.connection.firm_id):
        Connection.objects.update(delivery="document")
    sent = {}
    for position, (code, text) in enumerate(sentences.items(), 1):
        match = {"endpoint": "purchaseentry/PurchaseEntries", "method": "POST", "nth": position}
        fault(world.exact, "answer", match=match, status=500, body=said(text))
        got = intake.receive(world.connection.firm_id, paper(f"C-{position}"), channel="api")
        sent[code] = (got.invoice_id, f"C-{position}")
    world.work()
    with scope(world.connection.firm_id):
        reached = {issue.code for issue in Issue.objects.filter(resolved_at__isnull=True)}
        assert set(sentences) - reached == set()
    world.exact.mend()
    for _ in range(3):
        world.check()
        world.recheck()
    with scope(world.connection.firm_id):
        states = {code: Invoice.objects.get(pk=key).status for code, (key, _) in sent.items()}
    assert {code: state for code, state in states.items() if state != "booked"} == {}
    assert open_codes(world.connection) == []
    for code, (_, number) in sent.items():
        assert len(world.exact.entries(1001, number)) == 1, code


# --- Tokens, consents, choosing ------------------------------------------------------------------------------

DEATHS = {
    "authorisation_reused": (
        401,
        {"error": "unauthorized_client", "error_description": "Old refresh token used."},
    ),
    "authorisation_expired": (
        400,
        {"error": "invalid_request", "error_description": "The refresh token expired at 1"},
    ),
    "chain_broken": (401, {"error": "unauthorized_client", "error_description": "invalid or empty chainId"}),
    "user_inactive": (400, {"error": "invalid_grant", "error_description": "The user is not active"}),
    "authorisation_revoked": (400, {"error": "invalid_grant"}),
}


def test_every_death_of_a_token_is_named_and_one_sign_in_mends_it(world: World) -> None:
    for code, (status, body) in DEATHS.items():
        ten_minutes_later(world.exact, world.connection)
        token_answers(world.exact, status, body)
        with pytest.raises(tokens.AuthorisationDead):
            tokens.refresh(world.connection.firm_id, world.connection.authorisation_id)
        assert open_codes(world.connection) == [code]
        reconnect(world.cast.alice, world.exact, world.connection)
        world.work()
        assert (again(world.connection).status, open_codes(world.connection)) == ("active", [])


def test_every_way_in_which_a_consent_fails_is_named_and_the_next_one_mends_it(
    cast: Cast, exact: ExactSandbox
) -> None:
    connection, _ = link_for(cast.alice, cast.alice.organisation(kvk="55555555"))

    def link() -> tuple[Client, str]:
        from connections import consents

        with scope(connection.firm_id):
            return Client(), consents.invite(connection, site_key="nl").url.removeprefix("http://testserver")

    def used() -> None:
        browser, path = link()
        browser.post(path)
        browser.get(path)

    def expired() -> None:
        browser, path = link()
        with scope(connection.firm_id):
            connection.consents.update(expires_at=timezone.now())
        browser.get(path)

    def other_browser() -> None:
        browser, path = link()
        Client().get(through_exact(exact, browser.post(path)["Location"]))

    def too_long() -> None:
        browser, path = link()
        back = through_exact(exact, browser.post(path)["Location"])
        with scope(connection.firm_id):
            connection.consents.update(begun_at=timezone.now() - timedelta(hours=1))
        browser.get(back)

    def denied() -> None:
        browser, path = link()
        browser.get(through_exact(exact, browser.post(path)["Location"], decision="deny"))

    def refused() -> None:
        browser, path = link()
        back = through_exact(exact, browser.post(path)["Location"])
        token_answers(exact, 400, "Bad Request")
        browser.get(back)

    ways = {
        "consent_link_used": used, "consent_link_expired": expired, "consent_other_browser": other_browser,
        "consent_trip_too_long": too_long, "consent_denied": denied, "consent_exchange_failed": refused,
    }  # fmt: skip
    assert set(ways) <= set(authorisations.MENDED_BY_SIGNING_IN)
    for code, fails in ways.items():
        fails()
        assert code in open_codes(connection), code
    reconnect(cast.alice, exact, connection)
    assert open_codes(connection) == ["no_division_matches"]
    with scope(connection.firm_id):
        row = Connection.objects.select_related("organisation", "authorisation").get(pk=connection.pk)
        with pytest.raises(connecting.DivisionRefused, match="division_other_kvk"):
            connecting.choose(row, 1001)
        connecting.choose(row, 1001, confirmed=True)
    assert open_codes(connection) == []


def test_what_runs_out_is_named_and_ends_with_the_window(world: World) -> None:
    firm_id, key = world.connection.firm_id, world.connection.pk
    aged(world.connection, seconds=600)
    with scope(firm_id):
        TokenCall.objects.bulk_create(
            TokenCall(
                firm_id=firm_id,
                authorisation_id=world.connection.authorisation_id,
                at=timezone.now(),
                outcome="x",
            )
            for _ in range(tokens.TOKEN_CALLS_A_DAY)
        )
    with pytest.raises(tokens.ComeBack):
        tokens.refresh(firm_id, world.connection.authorisation_id)
    with scope(firm_id):
        assert Issue.objects.get(resolved_at=None).code == "token_calls_used_up"
        TokenCall.objects.all().delete()
    world.exact.control("POST", "expire", what="access")
    tokens.refresh(firm_id, world.connection.authorisation_id)
    for lines, code in ((8_500, "booking_lines_low"), (10_001, "booking_lines_used_up")):
        with scope(firm_id), pytest.MonkeyPatch.context() as patch:
            patch.setattr(forecast, "booking_lines", lambda row, now=None, lines=lines: lines)
            forecast.watch(Connection.objects.get(pk=key))
        assert open_codes(world.connection) == [code]
    with scope(firm_id):
        forecast.watch(Connection.objects.get(pk=key))
        issues.open_issue("budget_day", connection=key)
        Lane.objects.update(sleeps_for="day", due_at=timezone.now())
        issues.chores_again(key, "check")
    world.work()
    assert open_codes(world.connection) == []


def test_an_exact_that_keeps_failing_one_connection_is_named_and_closed_by_its_first_answer(
    world: World,
) -> None:
    rule = fault(world.exact, "answer", times=None, match={"endpoint": "current/Me"}, kind="500")
    with scope(world.connection.firm_id):
        Chore.objects.filter(kind="check").update(attempts=chores.PATIENCE - 1, due_at=timezone.now())
        Lane.objects.update(failing_since=timezone.now() - timedelta(hours=1), due_at=timezone.now())
    world.work()
    assert open_codes(world.connection) == ["exact_fault", "exact_down"]
    world.exact.control("DELETE", f"faults/{rule}")
    world.check()
    assert open_codes(world.connection) == []


def test_a_mailbox_that_is_elsewhere_hidden_or_never_ready_is_named_and_found_when_mended(
    world: World,
) -> None:
    def forget() -> None:
        with scope(world.connection.firm_id):
            Mailbox.objects.update(
                status="unknown", exact_id=None, made_at=timezone.now() - timedelta(hours=1)
            )

    none: dict[str, Any] = {"d": []}
    hidden = {"endpoint": "mailbox/Mailboxes", "method": "GET"}
    for code, sentence in (
        ("mailbox_exists", "Bestaat reeds: Digitale brievenbus"),
        ("mailbox_bound_elsewhere", "Bestaat reeds: Digitale brievenbus\r\nOngeldig: Divisie"),
        (
            "licence_trial",
            "Dit account type heeft niet genoeg rechten om een digitale brievenbus aan te maken.",
        ),
    ):
        forget()
        fault(world.exact, "answer", match=hidden, status=200, body=none)
        world.answer("mailbox/Mailboxes", 500, sentence, method="POST")
        world.check()
        assert open_codes(world.connection) == [code]
        world.check()
        assert open_codes(world.connection) == []
    forget()
    fault(world.exact, "answer", match={"endpoint": "read/mailbox/PreferredMailbox"}, status=200, body=none)
    world.check()
    assert open_codes(world.connection) == ["mailbox_not_active"]
    world.check()
    assert open_codes(world.connection) == []


# --- The rest, row by row ------------------------------------------------------------------------------------

ELSEWHERE: dict[str, str] = {
    # Reached by stories of their own in this folder.
    "authorisation_taken_over": "test_consents: a consent under another firm",
    "one_exact_user_left": "test_spare",
    "wrong_client": "test_tokens: an incident of the installation, no issue of a firm",
    "client_moved": "tests/transfers/test_moving",
    "divisions_not_listed": "test_consents",
    "several_divisions_match": "test_connecting",
    "division_taken": "test_connecting",
    "budget_contract": "test_contracts",
    "no_open_period": "test_doctor",
    "user_not_full": "test_doctor",
    "our_bug": "test_lanes",
    "right_missing": "tests/stories/test_stops_and_goes_on: a booking that is refused",
    # Nobody's connection: words on a page.
    "consent_link_unknown": "test_consents: nobody knows whose link it is",
    "consent_state_unknown": "test_consents: nobody knows whose trip it is",
    "division_unknown": "test_connecting: said to who chooses",
    "link_foreign": "tests/exact/test_client: a link away from Exact",
    "webhook_callback_refused": "we ask Exact for no webhooks yet",
}
OF_INVOICES = {"invoices", "suppliers", "ours"}  # areas whose other rows the room of invoices opens
BY_DELIVERY = {"not_connected"}


def test_what_only_a_person_can_settle_is_named_and_ends_with_the_answer(world: World) -> None:
    firm_id = world.connection.firm_id
    twin = {"division": 1001, "name": "Drukkerij Van Dam", "kvk": "87654321", "code": "20009"}
    world.exact.control("POST", "suppliers", **twin)
    world.mirror()
    seller = party("Drukkerij Van Dam", "87654321")  # without the VAT number and account that would decide
    got = intake.receive(firm_id, paper("D-1", seller=seller, payment_means=()), channel="api")
    junk = intake.receive(firm_id, b"<?xml version='1.0'?><brief>Geachte heer</brief>", channel="api")
    world.work()
    with scope(firm_id):
        waiting, unread = (Invoice.objects.get(pk=one.invoice_id) for one in (got, junk))
        assert (waiting.issue.code, unread.issue.code) == ("supplier_ambiguous", "unreadable_document")
        chosen = Supplier.objects.get(code="20001")
        corrections.choose_supplier(Invoice.objects.select_for_update().get(pk=waiting.pk), chosen)
        dispatch.reject(Invoice.objects.select_for_update().get(pk=unread.pk), "Geen factuur")
    world.work()
    assert open_codes(world.connection) == []
    with scope(firm_id):
        assert not Issue.objects.filter(resolved_at__isnull=True).exists()


def test_a_document_that_exact_does_not_make_of_a_message_is_named_and_found_when_it_is_there_after_all(
    world: World,
) -> None:
    world.exact.control("POST", "settings", proposal_delay=120.0)
    got = intake.receive(world.connection.firm_id, paper("E-1"), channel="api")
    world.work()
    with scope(world.connection.firm_id):
        Delivery.objects.update(done_at=timezone.now() - timedelta(minutes=31))
        Booking.objects.update(due_at=timezone.now())
        lanes.wake(Connection.objects.get(pk=world.connection.pk))
    world.work()
    assert open_codes(world.connection) == ["document_not_found"]
    world.exact.control("POST", "clock", advance=121)
    world.recheck()
    world.exact.control("POST", "clock", offset=0)
    world.exact.control("POST", "settings", proposal_delay=0.0)
    with scope(world.connection.firm_id):
        assert Invoice.objects.get(pk=got.invoice_id).status == "booked"
    assert open_codes(world.connection) == []


def test_every_row_of_the_catalogue_is_reached_somewhere() -> None:
    here = (
        set(STATES) | set(SAID) | set(OURS) | set(DEATHS) | {code for _, code in BUSINESS}
        | {"answer_unreadable", "request_too_large", "division_other_kvk", "no_division_matches", "mailbox_not_active",
           "exact_fault", "exact_down", "budget_day", "booking_lines_low", "booking_lines_used_up",
           "token_calls_used_up", "consent_link_used", "consent_link_expired", "consent_other_browser",
           "consent_trip_too_long", "consent_denied", "consent_exchange_failed", "document_not_found"}
    )  # fmt: skip
    missing = set(CATALOGUE) - here - set(ELSEWHERE) - BY_DELIVERY
    assert {code for code in missing if CATALOGUE[code].area not in OF_INVOICES} == set()
    assert set(ELSEWHERE) | BY_DELIVERY <= set(CATALOGUE)
    # What is said to be reached elsewhere is at least named there.
    tests = Path(__file__).resolve().parents[1]
    named = "".join(
        path.read_text()
        for path in tests.rglob("test_*.py")
        if path.name not in (Path(__file__).name, "test_remedies.py")
    )
    alone = {"supplier_ambiguous", "unreadable_document"}  # above
    lost = {code for code in missing | set(ELSEWHERE) | BY_DELIVERY if code not in named} - alone
    assert {code for code in lost if code.removeprefix("consent_") not in named} == set()
