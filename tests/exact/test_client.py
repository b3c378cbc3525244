"""The client: what it asks of Exact, what it gives back, what it refuses to do."""

from __future__ import annotations

import socket
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
import requests

from connections.exact import (
    ACCOUNTS,
    DIVISIONS,
    DOCUMENT_ATTACHMENTS,
    JOURNALS,
    ME,
    PAYMENT_CONDITIONS,
    PURCHASE_ENTRIES,
    PURCHASE_ENTRY_LINES,
    SYNC_TIMESTAMP,
    Budget,
    Call,
    ErrorBudget,
    Exact,
    ExactError,
    Kind,
    Site,
    eq,
    padded,
)
from tests.exact.wire import Wire, answer, cut, reset, serving, silence

KEY = UUID("7d1a2b3c-0000-4000-8000-00000000abcd")
TERMS = {
    "ID": str(KEY),
    "Code": "30 ",
    "Description": "30 dagen",
    "PaymentDays": 30,
    "PaymentMethod": "B",
    "PaymentEndOfMonths": None,
}
ENTRY = {
    "EntryID": str(KEY),
    "EntryNumber": 26700001,
    "AmountFC": "121.00",
    "EntryDate": "/Date(1772409600000)/",
}


def client(wire: Wire | str, division: int | None = 12, **more) -> Exact:
    url = wire if isinstance(wire, str) else wire.url
    return Exact(
        Site("test", url, "id", "secret"), "access-token", division, session=requests.Session(), **more
    )


def terms(number: int) -> list[dict]:
    return [{**TERMS, "Code": f"{n:02}"} for n in range(number)]


def query(wire: Wire, at: int = -1) -> dict[str, list[str]]:
    return parse_qs(urlsplit(wire.asked[at].path).query)


# --- Reading --------------------------------------------------------------------------------------------------


def test_rows_come_as_python_values_and_the_request_names_its_fields():
    with serving(answer(body={"d": {"results": [TERMS]}})) as wire:
        rows = list(client(wire).rows(PAYMENT_CONDITIONS, where=eq("Code", "30"), orderby="Code"))
    assert rows == [{**TERMS, "ID": KEY, "Code": "30"}]
    asked = wire.asked[0]
    assert asked.path.startswith("/api/v1/12/cashflow/PaymentConditions?")
    assert query(wire) == {
        "$select": ["ID,Code,Description,PaymentDays,PaymentMethod,PaymentEndOfMonths"],
        "$filter": ["Code eq '30'"],
        "$orderby": ["Code"],
    }
    assert asked.headers["authorization"] == "Bearer access-token"
    assert asked.headers["accept"] == "application/json"


def test_a_filter_is_percent_encoded_with_plus_ampersand_quote_and_padding():
    with serving(answer(body={"d": []})) as wire:
        client(wire).first(JOURNALS, where=eq("Description", "R&D + 'x' #1") & eq("Code", padded("7")))
    assert "%2B" in wire.asked[0].path
    assert "+" not in wire.asked[0].path
    assert query(wire)["$filter"] == [f"Description eq 'R&D + ''x'' #1' and Code eq '{'7':>18}'"]


def test_pages_are_asked_for_only_when_their_rows_are():
    with serving(
        answer(
            body={"d": {"results": terms(2), "__next": "/api/v1/12/cashflow/PaymentConditions?$skiptoken=2"}}
        ),
        answer(body={"d": {"results": terms(1)}}),
    ) as wire:
        rows = client(wire).rows(PAYMENT_CONDITIONS)
        assert [next(rows)["Code"], next(rows)["Code"]] == ["00", "01"]
        assert len(wire.asked) == 1
        assert [row["Code"] for row in rows] == ["00"]
        assert wire.asked[1].path == "/api/v1/12/cashflow/PaymentConditions?$skiptoken=2"


def test_an_empty_last_page_ends_the_rows():
    with serving(
        answer(
            body={"d": {"results": terms(2), "__next": "/api/v1/12/cashflow/PaymentConditions?$skiptoken=2"}}
        ),
        answer(body={"d": {"results": []}}),
    ) as wire:
        assert len(list(client(wire).rows(PAYMENT_CONDITIONS))) == 2


def test_a_page_that_fails_raises_after_the_rows_before_it():
    with serving(
        answer(
            body={"d": {"results": terms(2), "__next": "/api/v1/12/cashflow/PaymentConditions?$skiptoken=2"}}
        ),
        answer(503),
    ) as wire:
        seen = []
        with pytest.raises(ExactError) as caught:
            seen.extend(row["Code"] for row in client(wire).rows(PAYMENT_CONDITIONS))
    assert caught.value.code == "exact_down"


def test_reading_goes_on_from_a_kept_link():
    link = "/api/v1/12/cashflow/PaymentConditions?$skiptoken=2"
    with serving(answer(body={"d": {"results": terms(1), "__next": link}})) as wire:
        page = next(client(wire).pages(PAYMENT_CONDITIONS))
        assert page.next_url == link
        next(client(wire).pages(PAYMENT_CONDITIONS, start=page.next_url))
        assert wire.asked[1].path == link


@pytest.mark.parametrize(
    "link", ["https://evil.example/api/v1/x", "//evil.example/x", "http://127.0.0.1:9/x"]
)
def test_a_next_link_to_another_origin_is_not_followed(link):
    with serving(answer(body={"d": {"results": [], "__next": link}})) as wire:
        with pytest.raises(ExactError) as caught:
            list(client(wire).rows(PAYMENT_CONDITIONS))
        assert (caught.value.code, len(wire.asked)) == ("link_foreign", 1)


def test_a_next_link_to_itself_ends_with_an_error_and_not_never():
    link = "/api/v1/12/cashflow/PaymentConditions?$skiptoken=2"
    with serving(answer(body={"d": {"results": [], "__next": link}})) as wire:
        with pytest.raises(ExactError) as caught:
            list(client(wire).rows(PAYMENT_CONDITIONS))
        assert (caught.value.code, len(wire.asked)) == ("answer_unreadable", 2)


def test_top_is_sent_up_to_the_page_size_and_counted_by_us_above_it():
    with serving(answer(body={"d": terms(3)})) as wire:
        assert len(list(client(wire).rows(PAYMENT_CONDITIONS, top=2))) == 2
        assert query(wire)["$top"] == ["2"]
        assert len(list(client(wire).rows(PAYMENT_CONDITIONS, top=61))) == 3
        assert "$top" not in query(wire)


def test_first_is_the_first_row_or_none():
    with serving(answer(body={"d": terms(1)}), answer(body={"d": []})) as wire:
        assert client(wire).first(PAYMENT_CONDITIONS)["Code"] == "00"
        assert client(wire).first(PAYMENT_CONDITIONS) is None


def test_an_endpoint_with_a_mandatory_filter_is_not_asked_without_one():
    with serving(answer()) as wire:
        with pytest.raises(ExactError) as caught:
            list(client(wire).rows(ACCOUNTS))
        assert (caught.value.code, caught.value.kind, wire.asked) == ("filter_mandatory", Kind.OURS, [])


def test_lines_are_expanded_with_their_entry():
    entry = dict.fromkeys(PURCHASE_ENTRIES.fields) | ENTRY
    line = dict.fromkeys(PURCHASE_ENTRY_LINES.fields) | {"ID": str(KEY), "AmountFC": 100}
    with serving(
        answer(body={"d": {"results": [entry | {"PurchaseEntryLines": {"results": [line]}}]}})
    ) as wire:
        row = next(client(wire).rows(PURCHASE_ENTRIES, expand=["PurchaseEntryLines"]))
    assert row["PurchaseEntryLines"][0]["AmountFC"] == Decimal(100)
    assert row["EntryDate"] == date(2026, 3, 2)
    assert query(wire)["$expand"] == ["PurchaseEntryLines"]
    assert "PurchaseEntryLines/GLAccount,PurchaseEntryLines/GLAccountCode" in query(wire)["$select"][0]


def test_the_longest_question_stays_below_what_a_web_server_takes():
    with serving(answer(body={"d": []})) as wire:
        where = eq("Supplier", KEY) & eq("YourRef", "F" * 30) & eq("EntryDate", date(2026, 3, 2))
        list(
            client(wire).rows(
                PURCHASE_ENTRIES, where=where, expand=["PurchaseEntryLines"], orderby="EntryDate desc"
            )
        )
    assert len(wire.asked[0].path) < 2_048


def test_one_entity_is_asked_for_by_its_key():
    with serving(answer(body={"d": TERMS})) as wire:
        assert client(wire).get(PAYMENT_CONDITIONS, KEY)["Code"] == "30"
        assert wire.asked[0].path.startswith(
            f"/api/v1/12/cashflow/PaymentConditions(guid'{KEY}')?$select=ID,"
        )


def test_me_needs_no_division_and_spends_none_of_the_day():
    me = dict.fromkeys(ME.fields) | {"UserID": str(KEY), "CurrentDivision": 7}
    with serving(answer(body={"d": {"results": [me]}})) as wire:
        exact = client(wire, division=None)
        assert exact.me()["UserID"] == KEY
        assert wire.asked[0].path.startswith("/api/v1/current/Me?$select=")
        assert exact.budget.day.remaining == 5_000
        with pytest.raises(ValueError, match="needs a division"):
            list(exact.rows(DIVISIONS))


@pytest.mark.parametrize("allowed", [True, False])
def test_a_right_is_asked_by_the_endpoints_own_name(allowed):
    with serving(answer(body={"d": {"UserHasRights": allowed}})) as wire:
        assert client(wire).has_rights(PURCHASE_ENTRIES, "POST") is allowed
    assert urlsplit(wire.asked[0].path).path == "/api/v1/12/users/UserHasRights"
    assert query(wire) == {"endpoint": ["'purchaseentry/PurchaseEntries'"], "action": ["'POST'"]}


def test_a_right_that_is_neither_true_nor_false_is_unreadable():
    with serving(answer(body={"d": {"UserHasRights": None}})) as wire, pytest.raises(ExactError) as caught:
        client(wire).has_rights(PURCHASE_ENTRIES)
    assert caught.value.code == "answer_unreadable"


def test_a_function_takes_its_parameters_as_literals():
    stamp = {"Modified": None, "API": "Projects", "TimeStampAsBigInt": "77"}
    with serving(answer(body={"d": {"results": [stamp]}})) as wire:
        row = client(wire).function(
            SYNC_TIMESTAMP, modified=datetime(2026, 1, 1, tzinfo=UTC), endPoint="Projects"
        )
    assert row["TimeStampAsBigInt"] == 77
    assert query(wire) == {"modified": ["datetime'2026-01-01T00:00:00'"], "endPoint": ["'Projects'"]}


def test_a_file_is_downloaded_from_exact_only_and_asked_for_as_a_download():
    pdf = {"Content-Type": "application/pdf"}
    with serving(answer(body=b"%PDF", headers=pdf)) as wire:
        exact = client(wire)
        assert exact.download("/docs/SysAttachment.aspx?ID=1&_Division_=12") == b"%PDF"
        assert wire.asked[0].path == "/docs/SysAttachment.aspx?ID=1&_Division_=12&Download=1"
        with pytest.raises(ExactError) as caught:
            exact.download("https://evil.example/x")
        assert (caught.value.code, len(wire.asked)) == ("link_foreign", 1)


def test_a_sign_in_page_is_no_file():
    html = {"Content-Type": "text/html; charset=utf-8"}
    with serving(answer(body=b"<html>", headers=html)) as wire, pytest.raises(ExactError) as caught:
        client(wire).download("/docs/SysAttachment.aspx?ID=1")
    assert caught.value.kind is Kind.TRANSIENT


# --- Writing --------------------------------------------------------------------------------------------------


def test_an_entry_is_posted_with_its_lines_and_read_back():
    with serving(answer(201, {"d": ENTRY | {"PurchaseEntryLines": {"__deferred": {"uri": "x"}}}})) as wire:
        entry = client(wire).create(
            PURCHASE_ENTRIES,
            {
                "Journal": "70",
                "Supplier": KEY,
                "EntryDate": date(2026, 3, 2),
                "PurchaseEntryLines": [{"GLAccount": KEY, "AmountFC": Decimal("100.00"), "VATCode": "4"}],
            },
        )
    assert (entry["EntryID"], entry["AmountFC"]) == (KEY, Decimal("121.00"))
    asked = wire.asked[0]
    assert (asked.method, asked.path) == ("POST", "/api/v1/12/purchaseentry/PurchaseEntries")
    assert asked.headers["content-type"] == "application/json"
    assert asked.headers["prefer"] == "return=representation"
    assert asked.json["EntryDate"] == "2026-03-02T00:00:00Z"
    assert asked.json["PurchaseEntryLines"][0]["AmountFC"] == "100.00"


@pytest.mark.parametrize("status", [200, 204])
def test_a_put_and_a_delete_need_no_answer_body(status):
    with serving(answer(status)) as wire:
        exact = client(wire)
        exact.update(PURCHASE_ENTRIES, KEY, {"Description": "x"})
        exact.delete(PURCHASE_ENTRIES, KEY)
    path = f"/api/v1/12/purchaseentry/PurchaseEntries(guid'{KEY}')"
    assert [(asked.method, asked.path) for asked in wire.asked] == [("PUT", path), ("DELETE", path)]


# --- Budgets, deadlines, callbacks ----------------------------------------------------------------------------


def test_a_call_that_the_budget_does_not_allow_is_not_made():
    now = datetime(2026, 3, 2, 8, 18, 25, tzinfo=UTC)
    budget = Budget()
    for _ in range(60):
        budget = budget.spend(now)
    with serving(answer()) as wire:
        with pytest.raises(ExactError) as caught:
            client(wire, budget=budget, clock=lambda: now).first(JOURNALS)
        assert wire.asked == []
    assert (caught.value.code, caught.value.kind) == ("budget_minute", Kind.BUDGET)
    assert caught.value.retry_at == budget.sleep_until(now)


def test_a_sixth_error_on_one_endpoint_is_not_risked():
    with serving(answer(404)) as wire:
        exact = client(wire)
        for _ in range(5):
            with pytest.raises(ExactError, match="not_found"):
                exact.get(PAYMENT_CONDITIONS, KEY)
        with pytest.raises(ExactError) as caught:
            exact.get(PAYMENT_CONDITIONS, KEY)
        assert (caught.value.code, len(wire.asked)) == ("budget_errors", 5)


def test_an_endpoint_that_exact_has_blocked_is_left_alone_for_an_hour_and_the_others_are_not():
    with serving(answer(429, "Too many errors")) as wire:
        exact = client(wire)
        with pytest.raises(ExactError, match="budget_errors"):
            exact.first(JOURNALS)
        with pytest.raises(ExactError, match="budget_errors"):
            exact.first(JOURNALS)
        assert len(wire.asked) == 1
        assert exact.errors.may_call("PaymentConditions", datetime.now(UTC))


def test_an_endpoint_that_refused_once_and_says_429_without_a_word_is_asked_again_after_the_minute():
    now = [datetime(2026, 3, 2, 8, 18, 25, tzinfo=UTC)]
    answers = [answer(404), answer(429), answer(200, {"d": {"results": []}})]
    with serving(*answers) as wire:
        exact = client(wire, clock=lambda: now[0])
        with pytest.raises(ExactError, match="not_found"):
            exact.get(PAYMENT_CONDITIONS, KEY)
        with pytest.raises(ExactError, match="budget_minute") as waits:
            exact.first(PAYMENT_CONDITIONS)
        now[0] = waits.value.retry_at
        assert exact.first(PAYMENT_CONDITIONS) is None
        assert len(wire.asked) == 3


def test_an_endpoint_that_says_it_again_after_the_minute_is_blocked_for_an_hour():
    now = [datetime(2026, 3, 2, 8, 18, 25, tzinfo=UTC)]
    with serving(answer(404), answer(429), answer(429)) as wire:
        exact = client(wire, clock=lambda: now[0])
        with pytest.raises(ExactError, match="not_found"):
            exact.get(PAYMENT_CONDITIONS, KEY)
        with pytest.raises(ExactError, match="budget_minute") as waits:
            exact.first(PAYMENT_CONDITIONS)
        now[0] = waits.value.retry_at
        exact.errors = ErrorBudget.from_json(exact.errors.to_json())  # what a lane keeps between two drivers
        with pytest.raises(ExactError, match="budget_errors") as blocked:
            exact.first(PAYMENT_CONDITIONS)
        assert blocked.value.retry_at == now[0] + timedelta(hours=1)
        with pytest.raises(ExactError, match="budget_errors"):
            exact.first(PAYMENT_CONDITIONS)
        assert len(wire.asked) == 3


def test_a_business_refusal_does_not_count_as_an_error():
    body = {"error": {"code": "", "message": {"lang": "", "value": "Verplicht: Dagboek"}}}
    with serving(answer(500, body)) as wire:
        exact = client(wire)
        with pytest.raises(ExactError, match="journal_missing"):
            exact.create(PURCHASE_ENTRIES, {})
    assert exact.errors == ErrorBudget()


def test_the_budget_is_learnt_from_every_answer_also_a_refusal():
    reset_at = int((datetime.now(UTC) + timedelta(minutes=1)).timestamp() * 1000)
    headers = {
        "X-RateLimit-Minutely-Limit": "60",
        "X-RateLimit-Minutely-Remaining": "41",
        "X-RateLimit-Minutely-Reset": str(reset_at),
    }
    with serving(answer(403, headers=headers)) as wire:
        exact = client(wire)
        with pytest.raises(ExactError):
            exact.first(JOURNALS)
    assert exact.budget.minute.remaining == 41


def test_after_a_429_nothing_is_sent_for_the_rest_of_the_minute_whatever_its_counter_shows():
    now = datetime(2026, 3, 2, 8, 18, 25, tzinfo=UTC)
    headers = {
        "X-RateLimit-Minutely-Limit": "60",
        "X-RateLimit-Minutely-Remaining": "49",
        "X-RateLimit-Minutely-Reset": str(int(now.timestamp() + 35) * 1000),
    }
    with serving(answer(429, headers=headers)) as wire:
        exact = client(wire, clock=lambda: now)
        for _ in range(2):
            with pytest.raises(ExactError, match="budget_minute"):
                exact.first(JOURNALS)
        assert len(wire.asked) == 1


def test_a_call_whose_answer_was_lost_was_spent():
    with serving(reset) as wire:
        exact = client(wire)
        with pytest.raises(ExactError):
            exact.first(JOURNALS)
    assert exact.budget.minute.remaining == 59


def test_before_is_asked_right_before_the_call_and_may_forbid_it():
    class Overtaken(Exception):
        pass

    def forbid(endpoint, method):
        raise Overtaken(endpoint.name, method)

    with serving(answer()) as wire:
        exact = client(wire, before=forbid)
        with pytest.raises(Overtaken):
            exact.create(PURCHASE_ENTRIES, {})
        assert wire.asked == []
    assert exact.budget == Budget()


def test_without_time_left_nothing_is_sent():
    with serving(answer()) as wire:
        with pytest.raises(ExactError) as caught:
            client(wire, deadline=lambda: 0.0).create(PURCHASE_ENTRIES, {})
        assert wire.asked == []
    assert (caught.value.code, caught.value.maybe_done) == ("no_time_left", False)


def test_the_deadline_is_the_shorter_of_the_endpoints_and_the_callers():
    seen = []

    class Session(requests.Session):
        def request(self, *args, timeout=None, **kwargs):
            seen.append(timeout)
            raise requests.exceptions.ConnectTimeout

    site = Site("test", "https://x", "id", "secret")
    for seconds in (2.0, 7.0, 999.0):
        exact = Exact(site, "t", 12, session=Session(), deadline=lambda seconds=seconds: seconds)
        with pytest.raises(ExactError):
            exact.first(JOURNALS)
    assert seen == [(2.0, 2.0), (3.0, 7.0), (3.0, JOURNALS.seconds)]


def test_a_call_is_recorded_without_token_or_file():
    calls: list[Call] = []
    made = {"ID": str(KEY), "Attachment": "QUJD" * 100}
    with serving(answer(201, {"d": made, "note": "access-token"})) as wire:
        client(wire, after=calls.append).create(
            DOCUMENT_ATTACHMENTS, {"Attachment": b"%PDF" * 999, "FileName": "a.pdf", "Document": KEY}
        )
    (call,) = calls
    assert (call.method, call.endpoint, call.status, call.error) == ("POST", "DocumentAttachments", 201, None)
    assert call.url == "/api/v1/12/documents/DocumentAttachments"
    assert '"<3996 bytes>"' in call.request_body
    assert "<400 characters of base64>" in call.response_body
    assert "access-token" not in call.response_body
    assert call.seconds >= 0
    assert call.budget.minute.remaining == 59


def test_an_attachment_that_came_as_text_is_not_recorded_either():
    calls: list[Call] = []
    with serving(answer(201, {"d": {"ID": str(KEY)}})) as wire:
        client(wire, after=calls.append).create(DOCUMENT_ATTACHMENTS, {"Attachment": "QUJD" * 100})
    assert "QUJD" not in calls[0].request_body


@pytest.mark.parametrize(
    ("step", "code", "status"),
    [
        (answer(403), "right_missing_journals", 403),
        (answer(body={"d": {"nothing": 1}}), "answer_unreadable", 200),
        (reset, "connection_lost", None),
    ],
)
def test_a_failed_call_is_recorded_with_its_code(step, code, status):
    calls: list[Call] = []
    with serving(step) as wire, pytest.raises(ExactError):
        client(wire, after=calls.append).first(JOURNALS)
    assert [(call.error, call.status) for call in calls] == [(code, status)]


def test_no_exception_behind_a_failure_holds_the_token():
    with serving(reset) as wire, pytest.raises(ExactError) as caught:
        client(wire).first(JOURNALS)
    assert caught.value.__context__ is None


# --- What becomes of a call without a good answer -------------------------------------------------------------


def patience(step):
    """Short only where nothing ever comes: a busy machine must not turn another failure into that one."""
    return 0.2 if step is silence else 10.0


HTML = {"Content-Type": "text/html"}
ANSWERS = [
    pytest.param(silence, "timeout", Kind.TRANSIENT, True, id="no answer in time"),
    pytest.param(reset, "connection_lost", Kind.TRANSIENT, True, id="reset after sending"),
    pytest.param(cut(b""), "connection_lost", Kind.TRANSIENT, True, id="closed without a word"),
    pytest.param(
        cut(b'HTTP/1.1 201 Created\r\nContent-Length: 400\r\n\r\n{"d":{"'),
        "answer_cut_off",
        Kind.TRANSIENT,
        True,
        id="body shorter than its length",
    ),
    pytest.param(
        cut(b'HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n99\r\n{"d":{"'),
        "answer_cut_off",
        Kind.TRANSIENT,
        True,
        id="chunk cut off",
    ),
    pytest.param(
        answer(200, "<!DOCTYPE html><html>Sign in</html>", HTML),
        "exact_down",
        Kind.TRANSIENT,
        True,
        id="a web page with status 200",
    ),
    pytest.param(
        answer(302, headers={"Location": "/login"}), "exact_down", Kind.TRANSIENT, True, id="redirect"
    ),
    pytest.param(answer(408), "timeout", Kind.TRANSIENT, True, id="408"),
    pytest.param(answer(500), "exact_down", Kind.TRANSIENT, True, id="500 without words"),
    pytest.param(answer(503, "<html/>", HTML), "exact_down", Kind.TRANSIENT, True, id="503"),
    pytest.param(
        answer(500, {"error": {"message": {"value": "Verplicht: Dagboek"}}}),
        "journal_missing",
        Kind.CONFIGURATION,
        False,
        id="500 with a business message",
    ),
    pytest.param(answer(429), "budget_minute", Kind.BUDGET, False, id="429"),
    pytest.param(answer(401), "token_refused", Kind.AUTHORISATION, False, id="401"),
    pytest.param(
        answer(403, "Forbidden - User division is not within division scope."),
        "division_out_of_scope",
        Kind.RIGHTS,
        False,
        id="403",
    ),
    pytest.param(answer(400), "request_refused", Kind.OURS, False, id="400"),
]
BODIES = [
    pytest.param(answer(201, '{"d":{"EntryID":'), "answer_cut_off", Kind.TRANSIENT, True, id="half a JSON"),
    pytest.param(answer(200, ""), "answer_cut_off", Kind.TRANSIENT, True, id="empty 200"),
    pytest.param(
        answer(200, '<?xml version="1.0"?><entry/>'),
        "answer_unreadable",
        Kind.OURS,
        True,
        id="Atom instead of JSON",
    ),
    pytest.param(answer(200, {"value": []}), "answer_unreadable", Kind.OURS, True, id="another dialect"),
]
WRITES = {
    "create": lambda exact: exact.create(PURCHASE_ENTRIES, {"Journal": "70"}),
    "update": lambda exact: exact.update(PURCHASE_ENTRIES, KEY, {"Journal": "70"}),
    "delete": lambda exact: exact.delete(PURCHASE_ENTRIES, KEY),
}


@pytest.mark.parametrize(("step", "code", "kind", "unknown"), [*ANSWERS, *BODIES])
def test_a_read_that_fails_has_a_code_and_is_never_maybe_done(step, code, kind, unknown):
    with serving(step) as wire, pytest.raises(ExactError) as caught:
        list(client(wire, deadline=lambda: patience(step)).rows(JOURNALS))
    error = caught.value
    assert (error.code, error.kind, error.maybe_done) == (code, kind, False)
    assert (error.endpoint, error.method) == ("Journals", "GET")


@pytest.mark.parametrize(("step", "code", "kind", "unknown"), [*ANSWERS, *BODIES])
def test_a_create_that_fails_says_whether_it_may_be_done_and_is_sent_once(step, code, kind, unknown):
    with serving(step) as wire, pytest.raises(ExactError) as caught:
        WRITES["create"](client(wire, deadline=lambda: patience(step)))
    error = caught.value
    assert (error.code, error.kind, error.maybe_done) == (code, kind, unknown)
    assert len(wire.asked) == 1


@pytest.mark.parametrize("write", ["update", "delete"])
@pytest.mark.parametrize(("step", "code", "kind", "unknown"), ANSWERS)
def test_a_put_or_delete_that_fails_says_whether_it_may_be_done(step, code, kind, unknown, write):
    with serving(step) as wire, pytest.raises(ExactError) as caught:
        WRITES[write](client(wire, deadline=lambda: patience(step)))
    error = caught.value
    assert (error.code, error.kind, error.maybe_done) == (code, kind, unknown)


@pytest.mark.parametrize("write", ["update", "delete"])
@pytest.mark.parametrize(("step", "code", "kind", "unknown"), BODIES)
def test_a_whole_2xx_to_a_put_or_delete_is_a_success_whatever_its_body_says(step, code, kind, unknown, write):
    with serving(step) as wire:
        assert WRITES[write](client(wire)) is None


def test_what_was_never_sent_is_not_maybe_done():
    with socket.create_server(("127.0.0.1", 0)) as door:
        url = f"http://127.0.0.1:{door.getsockname()[1]}"
    with pytest.raises(ExactError) as caught:
        client(url).create(PURCHASE_ENTRIES, {})
    assert (caught.value.code, caught.value.maybe_done) == ("unreachable", False)


def test_a_name_that_does_not_resolve_is_unreachable(monkeypatch):
    def unknown(*args, **kwargs):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(ExactError) as caught:
        client("https://nowhere.example").create(PURCHASE_ENTRIES, {})
    assert (caught.value.code, caught.value.maybe_done) == ("unreachable", False)
