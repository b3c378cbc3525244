"""The doctor tells «no right» from «no data» from «not asked», and stays within Exact's error limit."""

import html
from datetime import timedelta
from typing import Any

import pytest

from connections import rechecks
from connections.models import Authorisation, Chore, Connection
from connections.packages import Package
from connections.remedies import CATALOGUE, CHECKS, remedy
from invoices import intake
from invoices.models import Invoice
from portal.tenancy import scope
from tests.cast import Cast
from tests.connections.aids import again, fault, open_codes, reconnect
from tests.exact_sandbox import ExactSandbox
from tests.helpers import connected, consent, link_for
from tests.paper import paper

EVERY_CHECK = [
    "token", "user", "division", "licence", "read_vat_codes", "read_ledger_accounts", "read_relations", "read_entries",
    "read_documents", "payment_conditions", "read_journals", "purchase_journal", "periods", "write_relations", "write_entries",
    "write_documents", "write_attachments", "write_mailbox", "mailbox", "webhooks",
]  # fmt: skip


@pytest.fixture
def connection(cast: Cast, exact: ExactSandbox, worker: Any) -> Connection:
    return connected(cast.alice, exact, worker)


def examined(connection: Connection) -> dict[str, tuple[str, str, str]]:
    """check → (outcome, why, remedy), asked of Exact now."""
    table = rechecks.examine_now(connection.firm_id, connection.pk)
    return {one["code"]: (one["outcome"], one["why"], one["remedy"]) for one in table}


def anna(exact: ExactSandbox, **rights: str) -> None:
    exact.control("POST", "users/anna", rights=rights)


def counted(exact: ExactSandbox) -> int:
    return int(exact.control("GET", "counters")["counted_errors"])


# --- The whole table -----------------------------------------------------------------------------------------


def test_a_healthy_connection_is_asked_about_everything_without_a_single_error_in_few_calls(
    connection: Connection, exact: ExactSandbox
) -> None:
    calls = exact.control("GET", "counters")["calls"]
    found = examined(connection)
    assert list(found) == EVERY_CHECK
    asked = {code: outcome for code, (outcome, _, _) in found.items()}
    assert {code for code, outcome in asked.items() if outcome != "ok"} == {"write_relations", "webhooks"}
    assert found["write_relations"] == ("skipped", "not_asked", ""), "this connection makes no suppliers"
    assert counted(exact) == 0
    assert exact.control("GET", "counters")["calls"] - calls <= 22


def test_every_check_that_a_remedy_or_the_letter_names_is_one_that_the_doctor_runs() -> None:
    assert {row.probe for row in CATALOGUE.values()} - {""} <= set(EVERY_CHECK)
    assert set(CHECKS) == set(EVERY_CHECK)


def test_nothing_is_ok_that_no_call_proved(connection: Connection, exact: ExactSandbox) -> None:
    """Exact will neither say what the user may do nor list what the licence holds."""
    fault(exact, "answer", times=None, match={"endpoint": "users/UserHasRights"}, status=501, body="")
    fault(exact, "answer", times=None, match={"endpoint": "system/AvailableFeatures"}, status=501, body="")
    found = examined(connection)
    for code in ("write_entries", "write_documents", "write_attachments", "write_mailbox", "licence"):
        assert found[code][:2] == ("unknown", "no_answer"), code
    assert found["read_vat_codes"][:2] == ("ok", "proved")
    assert found["division"][:2] == ("ok", "proved"), "its row in the list was seen"
    assert again(connection).status == "active"
    with scope(connection.firm_id):
        chore = Chore.objects.get(kind="check")
    assert chore.due_at - again(connection).checked_at > timedelta(hours=1), "it would be told the same again"


@pytest.mark.parametrize("status", [403, 404, 501])
def test_a_user_who_may_not_list_administrations_lacks_nothing(
    connection: Connection, exact: ExactSandbox, status: int
) -> None:
    fault(exact, "answer", times=None, match={"endpoint": "*Divisions"}, status=status, body="")
    assert examined(connection)["division"] == ("ok", "proved", ""), "UserHasRights answered in it"
    assert open_codes(connection) == []


# --- Who it is -----------------------------------------------------------------------------------------------


def test_a_mijnkantoor_user_shuts_everything_and_is_named(
    cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    connection = connected(cast.alice, exact, worker)
    exact.control("POST", "users/anna", my_firm=True)
    examined(connection)
    found = again(connection).checks
    assert [(one["code"], one["outcome"]) for one in found[:3]] == [
        ("token", "ok"), ("user", "missing"), ("division", "skipped"),
    ]  # fmt: skip
    assert again(connection).status == "blocked"
    assert open_codes(connection) == ["mijnkantoor_user"]
    reconnect(cast.alice, exact, connection, "ben")
    worker()
    assert (again(connection).status, open_codes(connection)) == ("active", [])


def test_a_mijnkantoor_user_who_gives_consent_is_named_at_once_and_another_one_mends_it(
    cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    """Exact shows such a user no administrations: it once read as «no administration matches»."""
    connection, path = link_for(cast.alice, cast.alice.organisation())
    page = consent(exact, path, "mijnkantoor")
    assert remedy("mijnkantoor_user").words({"exact_user": "Mees Klant"}).cause in html.unescape(
        page.content.decode()
    )
    assert (again(connection).status, open_codes(connection)) == ("blocked", ["mijnkantoor_user"])
    assert examined(connection) == {"user": ("missing", "says_so", "mijnkantoor_user")}
    reconnect(cast.alice, exact, connection, "mijnkantoor")
    assert open_codes(connection) == ["mijnkantoor_user"], "the same user again mends nothing"
    reconnect(cast.alice, exact, connection)
    worker()
    connection = again(connection)
    assert (connection.status, connection.division, open_codes(connection)) == ("active", 1001, [])


def test_a_mijnkantoor_user_who_becomes_a_full_one_is_noticed_by_a_recheck(
    cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    connection, path = link_for(cast.alice, cast.alice.organisation())
    consent(exact, path, "mijnkantoor")
    press(connection)
    assert open_codes(connection) == ["mijnkantoor_user"]
    exact.control("POST", "users/mijnkantoor", my_firm=False)
    press(connection)
    worker()
    assert (again(connection).status, open_codes(connection)) == ("active", [])


def test_a_mijnkantoor_user_cannot_stand_by(connection: Connection, cast: Cast, exact: ExactSandbox) -> None:
    reconnect(cast.alice, exact, connection, "mijnkantoor", as_spare=True)
    with scope(connection.firm_id):
        assert Connection.objects.get().spare is None
        assert connection.consents.latest("created_at").outcome == "mijnkantoor_user"


def press(connection: Connection) -> None:
    """A person presses «check again» at every open issue."""
    with scope(connection.firm_id):
        keys = list(connection.issues.filter(resolved_at__isnull=True).values_list("pk", flat=True))
    for key in keys:
        rechecks.recheck(connection.firm_id, key)


@pytest.mark.parametrize("field", ["IsStarterUser", "IsEmployeeSelfServiceUser"])
def test_a_limited_kind_of_user_is_named(
    field: str, connection: Connection, exact: ExactSandbox, worker: Any
) -> None:
    me = {**_me(exact, connection), field: True}
    fault(exact, "answer", match={"endpoint": "current/Me"}, status=200, body={"d": {"results": [me]}})
    examined(connection)
    assert (again(connection).status, open_codes(connection)) == ("blocked", ["user_not_full"])
    examined(connection)
    assert (again(connection).status, open_codes(connection)) == ("active", [])


def _me(exact: ExactSandbox, connection: Connection) -> dict[str, Any]:
    from connections.exact import ME

    with scope(connection.firm_id):
        known = Authorisation.objects.get(pk=connection.authorisation_id).me
    return {name: known.get(name) for name in ME.fields}


def test_a_blocked_user_blocks_the_connection_keeps_the_table_and_goes_on_when_unblocked(
    connection: Connection, exact: ExactSandbox
) -> None:
    exact.control("POST", "users/anna", blocked=True)
    found = examined(connection)
    assert found["user"] == ("missing", "refused", "user_blocked")
    assert (again(connection).status, open_codes(connection)) == ("blocked", ["user_blocked"])
    exact.control("POST", "users/anna", blocked=False)
    assert examined(connection)["user"][0] == "ok"
    assert (again(connection).status, open_codes(connection)) == ("active", [])


# --- Rights --------------------------------------------------------------------------------------------------

RIGHTS = [
    ("ledger", {"read_vat_codes": "right_missing_vat", "read_ledger_accounts": "right_missing_ledgers",
                "read_journals": "right_missing_journals"}),
    ("purchase", {"read_entries": "right_missing_entries", "write_entries": "right_missing_entries"}),
    ("relations", {"read_relations": "right_missing_relations"}),
    ("documents", {"write_documents": "right_missing_documents", "write_attachments": "right_missing_documents"}),
    ("mailbox", {"mailbox": "mailbox_forbidden", "write_mailbox": "right_missing_mailbox"}),
]  # fmt: skip


# An empty list of mailboxes is one that has to be made, and making it is then refused: only "none" is told apart.
LEVELS = [
    pytest.param(right, missing, level, id=f"{right}-{level}")
    for right, missing in RIGHTS
    for level in ("none", "empty")
    if (right, level) != ("mailbox", "empty")
]


@pytest.mark.parametrize(("right", "missing", "level"), LEVELS)
def test_a_missing_right_is_told_whether_exact_refuses_or_shows_an_empty_list_and_mends_itself(
    right: str, missing: dict[str, str], level: str, connection: Connection, exact: ExactSandbox, worker: Any
) -> None:
    anna(exact, **{right: level})
    found = examined(connection)
    for check, issue in missing.items():
        assert (found[check][0], found[check][2]) == ("missing", issue), (check, found[check])
    assert set(open_codes(connection)) >= set(missing.values())
    errors = counted(exact)
    examined(connection)
    assert counted(exact) == errors, "what was refused once is asked about, not tried again"
    anna(exact, **{right: "full"})
    examined(connection)
    assert (again(connection).status, open_codes(connection)) == ("active", [])


def test_an_administration_without_entries_or_suppliers_is_no_missing_right(
    cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    connection = connected(cast.alice, exact, worker, name="Slagerij Hak", kvk="99999990")
    with scope(connection.firm_id):
        why = {one["code"]: (one["outcome"], one["why"]) for one in again_in(connection).checks}
    assert why["read_entries"] == ("ok", "empty")
    assert open_codes(connection) == []


def again_in(connection: Connection) -> Connection:
    return Connection.objects.get(pk=connection.pk)


def test_a_connection_that_makes_suppliers_is_asked_whether_it_may(
    connection: Connection, exact: ExactSandbox
) -> None:
    with scope(connection.firm_id):
        Connection.objects.update(creates_suppliers=True)
    assert examined(connection)["write_relations"][0] == "ok"
    anna(exact, relations="read")
    assert examined(connection)["write_relations"][2] == "right_missing_relations"
    assert examined(connection)["read_relations"][0] == "ok"
    assert open_codes(connection) == ["right_missing_relations"]


RESTORED = [
    # (right, level, where a file goes, the issue of the first refusal)
    pytest.param("purchase", "none", "document", "right_missing_entries", id="no entries"),
    pytest.param("purchase", "read", "document", "right_missing_entries", id="entries only to look at"),
    pytest.param("documents", "read", "document", "right_missing_documents", id="documents only to look at"),
]


@pytest.mark.parametrize(("right", "level", "way", "issue"), RESTORED)
def test_a_right_that_a_booking_misses_is_named_and_once_restored_all_that_waited_is_booked_in_order(
    right: str, level: str, way: str, issue: str, connection: Connection, exact: ExactSandbox, worker: Any
) -> None:
    with scope(connection.firm_id):
        Connection.objects.update(delivery=way)
    anna(exact, **{right: level})
    sent = [
        intake.receive(connection.firm_id, paper(f"R-{n}"), channel="api").invoice_id for n in range(1, 4)
    ]
    worker()
    with scope(connection.firm_id):
        assert {row.status for row in Invoice.objects.filter(pk__in=sent)} == {"failed"}
    assert issue in open_codes(connection)
    press(connection)  # too soon: nothing goes on, and it stays named
    worker()
    assert issue in open_codes(connection) and exact.entries(1001, "R-1") == []
    anna(exact, **{right: "full"})
    press(connection)
    worker()
    assert open_codes(connection) == []
    with scope(connection.firm_id):
        assert {row.status for row in Invoice.objects.filter(pk__in=sent)} == {"booked"}
    entries = [one for n in range(1, 4) for one in exact.entries(1001, f"R-{n}")]
    numbers = [one["EntryNumber"] for one in entries]
    assert len(numbers) == 3 and numbers == sorted(numbers)


# --- Administration, licence, scopes -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "broken", "mended", "issue"),
    [
        ("users/anna", {"divisions": [1002]}, {"divisions": "*"}, "no_division_access"),
        ("users/anna", {"division_scope": [1002]}, {"division_scope": None}, "division_out_of_scope"),
        ("divisions/1001", {"blocked": True}, {"blocked": False}, "division_blocked"),
        ("contracts/KANTOOR", {"blocked": True}, {"blocked": False}, "customer_blocked"),
        ("contracts/KANTOOR", {"expired": True}, {"expired": False}, "licence_expired"),
    ],
)
def test_each_gate_that_is_shut_has_its_own_issue_costs_two_errors_and_opens_again(
    path: str, broken: Any, mended: Any, issue: str, connection: Connection, exact: ExactSandbox
) -> None:
    exact.control("POST", path, **broken)
    found = examined(connection)
    assert found["division"][2] == issue and found["read_vat_codes"][:2] == ("skipped", "not_asked")
    assert (again(connection).status, open_codes(connection)) == ("blocked", [issue])
    assert counted(exact) <= 2
    exact.control("POST", path, **mended)
    assert examined(connection)["division"][0] == "ok"
    assert (again(connection).status, open_codes(connection)) == ("active", [])


SCOPES = [
    ("financial.accounting", "read_vat_codes"),
    ("financial.generalledgers", "read_ledger_accounts"),
    ("financial.cashflow", "payment_conditions"),
    ("crm.accounts", "read_relations"),
    ("organization.documents", "read_documents"),
    ("communication.mailboxes", "mailbox"),
    ("organization.administration", "division"),
]


@pytest.mark.parametrize(("name", "check"), SCOPES)
def test_a_scope_that_our_app_lacks_is_found_and_our_helpdesks_and_not_the_clients(
    name: str, check: str, connection: Connection, exact: ExactSandbox
) -> None:
    """UserHasRights says nothing of scopes: each is proved by a read under it."""
    exact.control("POST", f"apps/{exact.client_id}", scopes={name: "none"})
    found = examined(connection)
    assert found[check][2] == "app_scope_missing"
    assert open_codes(connection) == ["app_scope_missing"]
    exact.control("POST", f"apps/{exact.client_id}", scopes={})
    examined(connection)
    assert open_codes(connection) == []
    assert remedy("app_scope_missing").who_acts == "helpdesk"


def test_the_package_is_kept_and_a_trial_is_told_where_it_matters(
    connection: Connection, exact: ExactSandbox, worker: Any
) -> None:
    package = Package.from_json(again(connection).package)
    assert (package.edition.code, package.trial, package.mailbox, package.confidence) == (
        "plus", False, True, "named",
    )  # fmt: skip


def test_a_journal_that_is_blocked_or_gone_is_no_data_and_not_a_right(
    connection: Connection, exact: ExactSandbox
) -> None:
    exact.control("POST", "block", division=1001, kind="journal", code="70")
    found = examined(connection)
    assert found["read_journals"][0] == "ok"
    assert found["purchase_journal"] == ("missing", "proved", "journal_blocked")
    exact.control("POST", "block", division=1001, kind="journal", code="70", blocked=False)
    assert examined(connection)["purchase_journal"][0] == "ok"
    assert open_codes(connection) == []


def test_a_year_that_is_closed_for_the_purchase_journal_is_told(
    connection: Connection, exact: ExactSandbox
) -> None:
    with scope(connection.firm_id):
        from connections.models import Period

        known = list(Period.objects.values_list("year", "period"))
    for year, period in known:
        exact.control("POST", "periods", division=1001, year=year, period=period)
    assert examined(connection)["periods"] == ("missing", "proved", "no_open_period")
    exact.control("POST", "periods", division=1001, year=known[-1][0], period=known[-1][1], closed=False)
    assert examined(connection)["periods"][0] == "ok"
    assert open_codes(connection) == []


# --- When Exact does not answer ------------------------------------------------------------------------------


def test_one_part_of_exact_that_is_down_leaves_one_unknown_and_is_asked_again_soon(
    connection: Connection, exact: ExactSandbox
) -> None:
    rule = fault(exact, "answer", times=None, match={"endpoint": "vat/VATCodes"}, kind="503")
    found = examined(connection)
    assert found["read_vat_codes"][:2] == ("unknown", "no_answer")
    assert found["write_entries"][0] == "ok"
    with scope(connection.firm_id):
        chore = Chore.objects.get(kind="check")
        assert (chore.due_at - again_in(connection).checked_at).total_seconds() == pytest.approx(600, abs=5)
    exact.control("DELETE", f"faults/{rule}")
    assert examined(connection)["read_vat_codes"][0] == "ok"


def test_an_exact_that_answers_nothing_leaves_the_last_table_as_it_was(
    connection: Connection, exact: ExactSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rechecks, "WAIT_SECONDS", 0.5)
    before = again(connection).checks
    fault(exact, "answer", times=None, match={}, kind="503")
    assert rechecks.examine_now(connection.firm_id, connection.pk) == before
    assert again(connection).checks == before
