"""The client and the sandbox were written apart, from the same published facts: here they meet on a real port."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
import requests

from connections.exact import (
    ACCOUNTS,
    DIVISIONS,
    DOCUMENT_ATTACHMENTS,
    DOCUMENTS,
    ENDPOINTS,
    GL_ACCOUNTS,
    JOURNALS,
    MAIL_MESSAGE_ATTACHMENTS,
    MAIL_MESSAGES_SENT,
    MAILBOXES,
    PURCHASE_ENTRIES,
    PURCHASE_ENTRY_LINES,
    SYNC_ACCOUNTS,
    SYNC_TIMESTAMP,
    USER_HAS_RIGHTS,
    VAT_CODES,
    Budget,
    Exact,
    ExactError,
    Int64,
    Kind,
    Site,
    eq,
    ge,
    gt,
    ne,
    oauth,
    padded,
)
from portal import http

DIVISION = 3101
BACK = "https://portal.example/connect/exact/callback/"
CLIENT = "{5a1d0e55-0000-4000-8000-00000000e4ac}"
MINUTE_SECONDS = 3_600  # so that no test runs over the end of one
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class Sandbox:
    """Exact on this machine, and the hands that change it from behind."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.site = Site("sandbox", url, CLIENT, "sandbox-client-secret", minute_seconds=MINUTE_SECONDS)

    def tell(self, path: str, method: str = "POST", **body):
        answer = requests.request(method, f"{self.url}/sandbox/api/{path}", json=body, timeout=10)
        answer.raise_for_status()
        return answer.json()

    def tokens(self, user: str = "anna") -> oauth.Tokens:
        code = self.tell("codes", user=user, redirect_uri=BACK)["code"]
        return oauth.exchange_code(self.site, code, BACK, adapter=http.Door())

    def exact(self, user: str = "anna", division: int | None = DIVISION, **more) -> Exact:
        return Exact(self.site, self.tokens(user).access, division, session=http.session(), **more)


@pytest.fixture(scope="module")
def running(tmp_path_factory) -> Iterator[Sandbox]:
    state = tmp_path_factory.mktemp("sandbox")
    command = [sys.executable, "-m", "connections.sandbox", "--port", "0", "--state", str(state)]
    command += ["--minute-seconds", str(MINUTE_SECONDS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Sandbox(process.stdout.readline().strip().rpartition(" ")[2])
        finally:
            process.terminate()


@pytest.fixture
def sandbox(running) -> Sandbox:
    """The running sandbox without faults, with a minute and a day in hand."""
    running.tell("faults", "DELETE")
    running.tell("budget", division=DIVISION, minute=60, day=5_000)
    return running


def refused(call, *args, **kwargs) -> ExactError:
    with pytest.raises(ExactError) as caught:
        call(*args, **kwargs)
    return caught.value


# --- Tokens ---------------------------------------------------------------------------------------------------


def test_a_code_becomes_a_pair_once(sandbox):
    code = sandbox.tell("codes", user="anna", redirect_uri=BACK)["code"]
    assert oauth.exchange_code(sandbox.site, code, BACK).expires_at > datetime.now(UTC)
    with pytest.raises(oauth.CodeRefused):
        oauth.exchange_code(sandbox.site, code, BACK)


def test_a_refresh_before_570_seconds_is_refused_with_the_wire_answer_and_the_token_lives_on(sandbox):
    tokens = sandbox.tokens()
    with pytest.raises(oauth.TooEarly) as caught:
        oauth.refresh(sandbox.site, tokens.refresh)
    assert not caught.value.dead
    exact = Exact(sandbox.site, tokens.access, DIVISION, session=http.session())
    assert exact.me()["FullName"] == "Anna de Boer"


def test_a_refresh_token_works_once_and_its_second_use_is_known_as_such(sandbox):
    tokens = sandbox.tokens("ben")
    sandbox.tell("clock", advance=575)
    renewed = oauth.refresh(sandbox.site, tokens.refresh, adapter=http.Door())
    assert renewed.refresh != tokens.refresh
    sandbox.tell("clock", advance=575)
    with pytest.raises(oauth.Reused) as caught:
        oauth.refresh(sandbox.site, tokens.refresh)
    assert caught.value.dead


def test_thirty_days_a_second_consent_and_a_wrong_secret_each_have_their_name(sandbox):
    tokens = sandbox.tokens("carla")
    sandbox.tell("expire", what="refresh", user="carla")
    with pytest.raises(oauth.Expired):
        oauth.refresh(sandbox.site, tokens.refresh)
    first = sandbox.tokens("carla")
    sandbox.tokens("carla")
    with pytest.raises(oauth.ChainBroken):
        oauth.refresh(sandbox.site, first.refresh)
    with pytest.raises(oauth.WrongClient):
        oauth.refresh(Site("other", sandbox.url, CLIENT, "wrong"), first.refresh)


@pytest.mark.parametrize(
    ("fault", "maybe_done"),
    [
        ({"act": "answer", "kind": "apigee"}, False),
        ({"act": "answer", "kind": "empty"}, True),
        ({"act": "answer", "kind": "503"}, True),
        ({"act": "drop_after"}, True),
    ],
)
def test_a_hiccup_of_the_token_endpoint_kills_nothing(sandbox, fault, maybe_done):
    tokens = sandbox.tokens("ben")
    sandbox.tell("clock", advance=575)
    sandbox.tell("faults", match={"endpoint": "oauth2/token"}, times=1, **fault)
    with pytest.raises(oauth.Hiccup) as caught:
        oauth.refresh(sandbox.site, tokens.refresh, adapter=http.Door())
    assert (caught.value.dead, caught.value.maybe_done) == (False, maybe_done)


# --- Reading --------------------------------------------------------------------------------------------------


def _anything(endpoint):
    if endpoint.name.startswith("Sync"):
        return gt("Timestamp", Int64(1))
    if not endpoint.mandatory_filter:
        return None
    if "Code" in endpoint.fields:
        return ne("Code", "")
    return ge("Created", LONG_AGO) if "Created" in endpoint.fields else eq("Document", uuid4())


@pytest.mark.parametrize(
    "endpoint",
    [e for e in ENDPOINTS.values() if e not in (USER_HAS_RIGHTS, SYNC_TIMESTAMP)],
    ids=lambda endpoint: endpoint.name,
)
def test_every_endpoint_of_the_table_answers_with_every_field_that_we_read(sandbox, reader, endpoint):
    row = reader.first(endpoint, where=_anything(endpoint))
    assert row is None or set(row) == set(endpoint.fields)


@pytest.fixture(scope="module")
def reader(running) -> Exact:
    running.tell("budget", division=DIVISION, minute=60, day=5_000)
    return running.exact()


def test_all_entries_come_over_many_pages_with_their_lines(sandbox):
    exact = sandbox.exact()
    entries = list(
        exact.rows(PURCHASE_ENTRIES, where=gt("Modified", LONG_AGO), expand=["PurchaseEntryLines"])
    )
    booked = sandbox.tell(f"ledger/{DIVISION}", "GET")["entries"]
    assert len(entries) == len(booked) > 60
    for entry in entries:
        lines = entry["PurchaseEntryLines"]
        assert lines
        assert all(line["EntryID"] == entry["EntryID"] for line in lines)
        assert isinstance(entry["EntryDate"], date)
        assert sum(line["AmountFC"] for line in lines) + entry["VATAmountFC"] == entry["AmountFC"]


def test_our_count_of_the_minute_is_exacts(sandbox):
    exact = sandbox.exact()
    exact.first(JOURNALS)
    exact.first(VAT_CODES)
    assert exact.budget.minute.remaining == 58
    assert (
        timedelta(0) < exact.budget.minute.resets_at - datetime.now(UTC) <= timedelta(seconds=MINUTE_SECONDS)
    )


def test_a_supplier_is_found_by_its_padded_code(sandbox):
    exact = sandbox.exact()
    some = exact.first(ACCOUNTS, where=eq("IsSupplier", True))
    assert exact.first(ACCOUNTS, where=eq("Code", padded(some["Code"])))["ID"] == some["ID"]


def test_a_sync_reads_all_relations_page_by_page(sandbox):
    exact = sandbox.exact()
    rows = list(exact.rows(SYNC_ACCOUNTS, where=gt("Timestamp", Int64(1))))
    again = list(
        exact.rows(SYNC_ACCOUNTS, where=gt("Timestamp", Int64(max(row["Timestamp"] for row in rows))))
    )
    assert (len(rows) > 10, again) == (True, [])


# --- Writing --------------------------------------------------------------------------------------------------


def _proposal(exact: Exact, your_ref: str) -> dict:
    supplier = exact.first(ACCOUNTS, where=eq("IsSupplier", True))
    journal = exact.first(JOURNALS, where=eq("Type", 22))
    cost = exact.first(GL_ACCOUNTS, where=eq("Type", 121) & eq("IsBlocked", False))
    vat = next(
        row for row in exact.rows(VAT_CODES) if row["Percentage"] == Decimal("0.21") and row["Type"] == "E"
        and not row["Charged"]
    )  # fmt: skip
    return {
        "Journal": journal["Code"],
        "Supplier": supplier["ID"],
        "YourRef": your_ref,
        "EntryDate": date.today(),  # noqa: DTZ011 - the books' own day
        "Currency": "EUR",
        "PurchaseEntryLines": [
            {"GLAccount": cost["ID"], "AmountFC": Decimal("100.00"), "VATCode": vat["Code"]}
        ],
    }


def test_a_document_with_its_file_is_booked_and_everything_is_found_again(sandbox):
    exact = sandbox.exact()
    payload = _proposal(exact, "2026-0001")
    document = exact.create(
        DOCUMENTS, {"Subject": "Inkoopfactuur", "Type": 20, "Account": payload["Supplier"]}
    )
    file = exact.create(
        DOCUMENT_ATTACHMENTS,
        {"Document": document["ID"], "FileName": "factuur.pdf", "Attachment": b"%PDF-1.7 x"},
    )
    booked = exact.create(PURCHASE_ENTRIES, payload | {"Document": document["ID"]})
    found = exact.first(
        PURCHASE_ENTRIES,
        where=eq("Supplier", payload["Supplier"]) & eq("YourRef", "2026-0001"),
        expand=["PurchaseEntryLines"],
    )
    assert found["EntryID"] == booked["EntryID"]
    assert (found["AmountFC"], found["VATAmountFC"]) == (Decimal(121), Decimal(21))
    assert found["Document"] == document["ID"]
    stored = exact.first(DOCUMENT_ATTACHMENTS, where=eq("Document", document["ID"]))
    assert stored["ID"] == file["ID"]
    assert exact.download(stored["Url"]) == b"%PDF-1.7 x"

    exact.update(PURCHASE_ENTRIES, booked["EntryID"], {"Description": "Autopilot"})
    assert exact.get(PURCHASE_ENTRIES, booked["EntryID"])["Description"] == "Autopilot"
    exact.delete(PURCHASE_ENTRIES, booked["EntryID"])
    assert exact.first(PURCHASE_ENTRIES, where=eq("YourRef", "2026-0001")) is None
    assert refused(exact.get, PURCHASE_ENTRIES, booked["EntryID"]).code == "not_found"


def test_an_invoice_goes_into_the_digital_mailbox(sandbox):
    exact = sandbox.exact()
    mailbox = exact.create(MAILBOXES, {"Mailbox": "12345678@facturen.econnect.eu", "ForDivision": DIVISION})
    message = exact.create(
        MAIL_MESSAGES_SENT,
        {
            "SenderMailboxID": mailbox["ID"],
            "RecipientMailboxID": mailbox["ID"],
            "Subject": "Factuur",
            "Type": 1000,
        },
    )
    exact.create(
        MAIL_MESSAGE_ATTACHMENTS,
        {
            "MailMessageID": message["ID"],
            "AttachmentFileName": "f.xml",
            "Attachment": b"<Invoice/>",
            "Type": 130,
        },
    )
    assert exact.first(MAIL_MESSAGES_SENT, where=eq("ID", message["ID"]))["RecipientStatus"] is not None


def test_an_entry_that_was_booked_without_an_answer_is_maybe_done_and_there(sandbox):
    exact = sandbox.exact()
    payload = _proposal(exact, "2026-0002")
    sandbox.tell("faults", match={"method": "POST", "endpoint": "purchaseentry/*"}, act="drop_after", times=1)
    error = refused(exact.create, PURCHASE_ENTRIES, payload)
    assert (error.code, error.kind, error.maybe_done) == ("connection_lost", Kind.TRANSIENT, True)
    found = list(exact.rows(PURCHASE_ENTRIES, where=eq("YourRef", "2026-0002")))
    assert len(found) == 1


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"act": "drop_before"}, "connection_lost"),
        ({"act": "answer", "kind": "500"}, "exact_fault"),
        ({"act": "answer", "kind": "503"}, "exact_down"),
        ({"act": "answer", "kind": "maintenance"}, "exact_down"),
        ({"act": "answer", "kind": "maintenance_200"}, "exact_down"),
        ({"act": "answer", "kind": "408"}, "timeout"),
        ({"act": "answer", "kind": "empty"}, "answer_cut_off"),
        ({"act": "drip", "seconds": 0.05, "part": "headers"}, "timeout"),
        ({"act": "drip", "seconds": 0.05, "part": "body"}, "timeout"),
    ],
)
def test_a_fault_in_the_middle_of_a_write_is_transient_and_maybe_done(sandbox, fault, code):
    exact = sandbox.exact(deadline=lambda: 0.5)
    sandbox.tell("faults", match={"method": "POST"}, times=1, **fault)
    error = refused(exact.create, DOCUMENTS, {"Subject": "x", "Type": 55})
    assert (error.code, error.kind, error.maybe_done) == (code, Kind.TRANSIENT, True)


# --- Refusals -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("user", ["anna", "ben"])
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Journal": None}, "journal_missing"),
        ({"Supplier": None}, "supplier_missing"),
        ({"Supplier": uuid4()}, "supplier_unknown"),
        ({"EntryDate": date(1999, 1, 1)}, "financial_year_unknown"),
    ],
)
def test_a_refused_entry_has_the_same_code_in_dutch_and_in_english(sandbox, user, change, code):
    exact = sandbox.exact(user)
    error = refused(exact.create, PURCHASE_ENTRIES, _proposal(exact, "x") | change)
    assert (error.code, error.status) == (code, 500)
    assert error.kind is not Kind.TRANSIENT


@pytest.mark.parametrize("user", ["anna", "ben"])
def test_a_blocked_account_and_a_closed_period_are_known_by_their_words(sandbox, user):
    exact = sandbox.exact(user)
    payload = _proposal(exact, "x")
    line = payload["PurchaseEntryLines"][0]
    gl = exact.first(GL_ACCOUNTS, where=eq("ID", line["GLAccount"]))["Code"]
    sandbox.tell("block", division=DIVISION, kind="gl", code=gl, blocked=True)
    assert refused(exact.create, PURCHASE_ENTRIES, payload).code == "ledger_account_blocked"
    sandbox.tell("block", division=DIVISION, kind="gl", code=gl, blocked=False)
    day = payload["EntryDate"]
    period = {"division": DIVISION, "year": day.year, "period": day.month}
    sandbox.tell("periods", **period, closed=True)
    assert refused(exact.create, PURCHASE_ENTRIES, payload).code == "period_closed"
    sandbox.tell("periods", **period, closed=False)


@pytest.mark.parametrize(
    ("user", "endpoint", "code", "kind"),
    [
        ("mijnkantoor", JOURNALS, None, Kind.RIGHTS),
        ("nomailbox", MAILBOXES, "mailbox_forbidden", Kind.RIGHTS),
        ("nobooking", PURCHASE_ENTRY_LINES, "right_missing_entries", Kind.RIGHTS),
        ("blocked", JOURNALS, "user_blocked", Kind.AUTHORISATION),
    ],
)
def test_what_an_exact_user_may_not_is_told_by_code(sandbox, user, endpoint, code, kind):
    exact = Exact(
        sandbox.site, sandbox.tell("tokens", user=user)["access_token"], DIVISION, session=http.session()
    )
    error = refused(exact.first, endpoint)
    assert error.kind is kind
    assert code is None or error.code == code
    assert error.counts_as_error


def test_a_division_outside_the_consent_is_told_by_code(sandbox):
    pair = sandbox.tell("tokens", user="carla", divisions=[DIVISION])
    exact = Exact(sandbox.site, pair["access_token"], 3102, session=http.session())
    assert refused(exact.first, JOURNALS).code == "division_out_of_scope"


def test_a_missing_app_scope_is_told_by_code(sandbox):
    app = CLIENT.strip("{}")
    exact = sandbox.exact()
    sandbox.tell(f"apps/{app}", scopes={"financial.generalledgers": "none"})
    try:
        assert refused(exact.first, JOURNALS).code == "app_scope_missing"
    finally:
        sandbox.tell(f"apps/{app}", scopes={"financial.generalledgers": "manage"})


def test_an_expired_access_token_is_an_authorisation_matter(sandbox):
    exact = sandbox.exact("carla")
    sandbox.tell("expire", what="access", user="carla")
    assert refused(exact.first, JOURNALS).kind is Kind.AUTHORISATION


def test_a_right_is_asked_without_an_error(sandbox):
    assert sandbox.exact("anna").has_rights(PURCHASE_ENTRIES, "POST")
    exact = Exact(
        sandbox.site,
        sandbox.tell("tokens", user="nobooking")["access_token"],
        DIVISION,
        session=http.session(),
    )
    assert not exact.has_rights(PURCHASE_ENTRIES, "POST")
    assert exact.errors.seen == {}


def test_divisions_are_listed_with_their_kvk_number(sandbox):
    rows = {row["Code"]: row for row in sandbox.exact().rows(DIVISIONS)}
    assert len(rows[DIVISION]["ChamberOfCommerceNumber"]) == 8


# --- Limits ---------------------------------------------------------------------------------------------------


def test_a_client_that_counts_for_itself_never_meets_a_429(sandbox):
    sandbox.tell("budget", division=DIVISION, minute=3, day=5_000)
    exact = sandbox.exact()
    before = sandbox.tell("counters", "GET")
    error = None
    for _ in range(10):
        try:
            exact.first(JOURNALS)
        except ExactError as stopped:
            error = stopped
            break
    assert error.code == "budget_minute"
    assert error.retry_at > datetime.now(UTC)
    assert error.status is None, "it was stopped by its own count"
    assert sandbox.tell("counters", "GET").get("429") == before.get("429")


@pytest.mark.parametrize(("left", "code"), [({"minute": 0}, "budget_minute"), ({"day": 0}, "budget_day")])
def test_a_429_says_which_window_is_empty(sandbox, left, code):
    exact = sandbox.exact()
    sandbox.tell("budget", division=DIVISION, **left)
    error = refused(exact.first, JOURNALS)
    assert (error.code, error.status) == (code, 429)
    assert error.retry_at == exact.budget.sleep_until(datetime.now(UTC))


def test_a_budget_that_was_stored_goes_on_where_it_was(sandbox):
    exact = sandbox.exact()
    exact.first(JOURNALS)
    stored = exact.budget.to_json()
    assert Budget.from_json(stored, minute_seconds=MINUTE_SECONDS) == exact.budget
