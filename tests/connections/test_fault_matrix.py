"""Every error of Exact's wire, at every kind of call that we make: what it means, what opens, whether the work is tried
again by itself, and what it costs of Exact's error limit.

The rows are the answers on record (`tests/exact/test_errors.py`); the columns are the calls. What is expected stands in
`POLICY`, by the class of the error: the same class has the same consequence, whichever sentence it came in.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from connections import chores, lanes
from connections.exact import ACCOUNTS, ENDPOINTS, JOURNALS, MAILBOXES, VAT_CODES, ExactError
from connections.exact.errors import COUNTED, classify, kind_of
from connections.lanes import Held
from connections.models import Chore, Connection, Lane, Mailbox
from connections.remedies import CATALOGUE, WAITS
from portal.tenancy import scope
from tests.cast import Cast
from tests.connections.aids import fault
from tests.exact.test_errors import BUSINESS, BY_STATUS, said
from tests.exact_sandbox import ExactSandbox
from tests.helpers import connected

MINUTE = {f"X-RateLimit-Minutely-{name}": value for name, value in (("Limit", "60"), ("Remaining", "0"))}
DAY = {f"X-RateLimit-{name}": value for name, value in (("Limit", "5000"), ("Remaining", "0"))}


@dataclass(frozen=True)
class Fault:
    """One answer of Exact, and the code that it has at an endpoint."""

    status: int
    text: str
    headers: dict[str, str]

    def code_at(self, path: str, method: str) -> str:
        error = classify(
            status=self.status, headers=self.headers, text=self.text, endpoint="", path=path, method=method,
            now=timezone.now(),
        )  # fmt: skip
        return error.code


def faults() -> Iterator[Fault]:
    """One sentence for each code: that all sentences of a code are read alike is tested beside the table itself."""
    yield from (
        Fault(500, said(sentence), {})
        for sentence, _ in {code: (text, code) for text, code in BUSINESS}.values()
    )
    for status, text, headers, path, code, _ in BY_STATUS:
        if status != 302 and (
            path in ("", "system/AvailableFeatures") or code in ("division_out_of_scope", "app_scope_missing")
        ):
            yield Fault(status, text, headers)
    yield Fault(429, "", {**MINUTE, "X-RateLimit-Minutely-Reset": _ms(seconds=30)})
    yield Fault(429, "", {**DAY, "X-RateLimit-Reset": _ms(hours=3)})
    yield Fault(429, said("Error limit exceeded"), {})


def _ms(**later: float) -> str:
    return str(int((timezone.now() + timedelta(**later)).timestamp() * 1000))


# --- The columns: what we call -------------------------------------------------------------------------------


CALLS: dict[str, tuple[str, str, str]] = {
    # column: (chore, method, path of the call that is broken)
    "who is it": ("check", "GET", "current/Me"),
    "doctor reads": ("check", "GET", "vat/VATCodes"),
    "mirror reads": ("mirror", "GET", "financial/Journals"),
    "mailbox is made": ("mailbox", "POST", "mailbox/Mailboxes"),
}

# What an error of this class does at this call: (outcome of the row, issue). An issue of True is the error's own code.
LATER, SOON, ASLEEP, TOMORROW, DONE = "later", "soon", "asleep", "tomorrow", "done"
POLICY: dict[str, dict[str, tuple[str, bool]]] = {
    "who is it": {
        "transient": (LATER, False), "budget": (ASLEEP, False), "authorisation": (SOON, True),
        "rights": (DONE, True), "configuration": (DONE, True), "invoice": (DONE, True), "ours": (DONE, False),
    },
    "doctor reads": {
        "transient": (SOON, False), "budget": (ASLEEP, False), "authorisation": (SOON, True),
        "rights": (DONE, True), "configuration": (DONE, True), "invoice": (DONE, True), "ours": (DONE, False),
    },
    "mirror reads": {
        "transient": (LATER, False), "budget": (ASLEEP, False), "authorisation": (SOON, True),
        "rights": (DONE, False), "configuration": (DONE, False), "invoice": (TOMORROW, True), "ours": (DONE, True),
    },
    "mailbox is made": {
        "transient": (LATER, False), "budget": (ASLEEP, False), "authorisation": (SOON, True),
        "rights": (DONE, True), "configuration": (DONE, True), "invoice": (DONE, True), "ours": (TOMORROW, True),
    },
}  # fmt: skip


@pytest.mark.drill
@pytest.mark.parametrize("call", CALLS)
def test_every_error_at_this_call_has_the_consequence_of_its_class(
    call: str, cast: Cast, exact: ExactSandbox, worker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact.control("POST", "settings", minute_limit=100_000, day_limit=1_000_000)
    connection = connected(cast.alice, exact, worker)
    chore, method, path = CALLS[call]
    if chore == "mirror":  # one part is enough: each part is read alike
        from connections import mirror

        monkeypatch.setattr(mirror, "PARTS", {"journals": mirror.journals})
    wrong, seen = [], set()
    for row in faults():
        code = row.code_at(path, method)
        kind = kind_of(code).value
        one = code if kind == "budget" or "unknown" in code else kind
        if one in seen and os.environ.get("DRILL") != "full":
            continue  # one answer of each class and window; `make drill` takes every answer on record
        seen.add(one)
        if chore == "mailbox":
            _without_mailbox(exact, connection)
        _make_due(connection, chore)
        counted = exact.control("GET", "counters")["counted_errors"]
        match = {"method": method, "endpoint": path}
        fault(exact, "answer", match=match, status=row.status, body=row.text, headers=row.headers)
        lanes.drive(_lane(connection).pk, at_most=1)
        expected = _expected(call, code, row)
        found = _found(connection, chore, exact, counted)
        if found != expected:
            wrong.append((row.status, row.text[:60], code, {"found": found, "expected": expected}))
        _mend(connection, exact)
    assert not wrong, "\n" + "\n".join(map(str, wrong))


def _expected(call: str, code: str, row: Fault) -> tuple[str, list[str], int]:
    kind = kind_of(code).value
    outcome, opens = POLICY[call][kind]
    issue = [code] if opens else []
    if code == "budget_errors":
        # The endpoint rests for an hour: the doctor leaves that question open, all else waits for it.
        outcome = DONE if call in ("who is it", "doctor reads") else LATER
    if code == "budget_day":
        issue = ["budget_day"]
    return outcome, issue, int(row.status in COUNTED)


def _found(
    connection: Connection, chore: str, exact: ExactSandbox, counted: int
) -> tuple[str, list[str], int]:
    lane = _lane(connection)
    with scope(connection.firm_id):
        row = Chore.objects.get(connection=connection, kind=chore)
        codes = [issue.code for issue in connection.issues.filter(resolved_at__isnull=True)]
    spent = exact.control("GET", "counters")["counted_errors"] - counted
    wait = (row.due_at - timezone.now()).total_seconds() if row.due_at else None
    if lane.sleeps_for in ("minute", "day"):
        outcome = ASLEEP
    elif wait is None:
        outcome = DONE
    elif row.attempts == 0:
        outcome = SOON if chore == "check" and 500 < wait < 700 else DONE
    elif wait > 80_000:
        outcome = TOMORROW
    elif row.error in CATALOGUE and kind_of(row.error).value == "authorisation":
        outcome = SOON
    else:
        outcome = LATER
    return outcome, codes, spent


def _lane(connection: Connection) -> Lane:
    with scope(connection.firm_id):
        return Lane.objects.get(connection=connection)


def _make_due(connection: Connection, chore: str) -> None:
    with scope(connection.firm_id):
        Chore.objects.filter(connection=connection).exclude(kind=chore).update(due_at=None)
        Chore.objects.update_or_create(
            connection=connection,
            kind=chore,
            defaults={"due_at": timezone.now(), "attempts": 0, "error": "", "priority": 1},
        )
        Connection.objects.filter(pk=connection.pk).update(checks=[])
        Lane.objects.update(due_at=timezone.now(), budget={}, errors={}, sleeps_for="", failing_since=None)


def _without_mailbox(exact: ExactSandbox, connection: Connection) -> None:
    with scope(connection.firm_id):
        Mailbox.objects.update(
            status="unknown", exact_id=None, made_at=None, address=f"x{timezone.now():%f}@y.nl"
        )


def _mend(connection: Connection, exact: ExactSandbox) -> None:
    """Everything as before: nothing open, nothing broken."""
    exact.mend()
    with scope(connection.firm_id):
        connection.issues.filter(resolved_at__isnull=True).update(resolved_at=timezone.now())
        Connection.objects.filter(pk=connection.pk, status="blocked").update(status="active")


def test_every_code_that_can_come_is_in_the_matrix() -> None:
    places = [(one.right, method) for one in ENDPOINTS.values() for method in ("GET", "POST")]
    codes = {row.code_at(path, method) for row in faults() for path, method in places}
    raised_by_ourselves = {
        "answer_cut_off", "answer_unreadable", "budget_learning", "connection_lost", "link_foreign", "no_time_left",
        "unreachable",
    }  # fmt: skip
    from connections.exact import CODES

    assert CODES - codes - raised_by_ourselves == set()
    assert set(CATALOGUE) | WAITS >= codes


@pytest.mark.parametrize("endpoint", [VAT_CODES, JOURNALS, ACCOUNTS, MAILBOXES], ids=lambda one: one.name)
@pytest.mark.parametrize("act", ["drop_before", "drop_after"])
def test_a_connection_that_breaks_is_tried_again_by_itself_and_costs_no_error(
    act: str, endpoint: Any, cast: Cast, exact: ExactSandbox, worker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = connected(cast.alice, exact, worker)

    def read(held: Held, row: Connection, chore: Chore) -> None:
        from connections.exact import gt
        from connections.mirror import BEGINNING

        where = gt("Modified", BEGINNING) if endpoint is ACCOUNTS else None
        list(held.exact.rows(endpoint, where=where))

    monkeypatch.setitem(chores._runs, "mirror", (read, timedelta(minutes=30), lanes.Priority.LEARNING))
    _make_due(connection, "mirror")
    counted = exact.control("GET", "counters")["counted_errors"]
    fault(exact, act, times=None, match={"endpoint": endpoint.right})
    lanes.drive(_lane(connection).pk, at_most=1)
    assert _found(connection, "mirror", exact, counted) == (LATER, [], 0)
    _mend(connection, exact)


def test_an_error_that_nobody_knows_yet_opens_its_own_issue_with_exacts_words(
    cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    connection = connected(cast.alice, exact, worker)
    _make_due(connection, "check")
    sentence = "De maan staat in het verkeerde huis."
    fault(exact, "answer", match={"endpoint": "vat/VATCodes"}, status=500, body=said(sentence))
    lanes.drive(_lane(connection).pk, at_most=1)
    with scope(connection.firm_id):
        issue = connection.issues.get(resolved_at__isnull=True)
    assert (issue.code, issue.values["raw"]) == ("exact_unknown", sentence)
    assert isinstance(ExactError("exact_unknown", raw=sentence).message, str)
