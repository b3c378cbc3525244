"""Promise 6: what cannot be booked says why, costs Exact's patience once, and goes on by itself when it is mended."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from connections import connecting, lanes, rechecks
from connections.lanes import driving
from connections.models import Connection, Issue, Lane, LedgerAccount
from connections.remedies import remedy
from invoices import intake, pipeline
from invoices.booking import book, deliver, steps, undo
from invoices.deciding import corrections, dispatch
from invoices.models import Booking, Delivery, Invoice, ProposalLine
from portal import brake
from portal.models import Organisation
from portal.tenancy import scope
from tests.cast import Cast
from tests.exact_sandbox import ExactSandbox
from tests.helpers import connected, consent, link_for
from tests.paper import paper

PURCHASE, DOCUMENTS = {"purchase": "read"}, {"documents": "none"}


@dataclass
class Desk:
    """Alice's client with a working connection, and Exact beside it."""

    cast: Cast
    exact: ExactSandbox
    work: Any
    connection: Connection

    @property
    def firm_id(self) -> Any:
        return self.cast.alice.firm_id

    def takes_in(self, *numbers: str) -> list[Invoice]:
        got = [intake.receive(self.firm_id, paper(number), channel="api") for number in numbers]
        with scope(self.firm_id):
            return [Invoice.objects.get(pk=one.invoice_id) for one in got]

    def statuses(self, found: list[Invoice]) -> list[str]:
        with scope(self.firm_id):
            return [Invoice.objects.get(pk=one.pk).status for one in found]

    def open_issues(self) -> list[Issue]:
        with scope(self.firm_id):
            return list(Issue.objects.filter(resolved_at__isnull=True))

    def recheck(self) -> None:
        for issue in self.open_issues():
            rechecks.recheck(self.firm_id, issue.pk)
        self.work()

    def sent(self, path: str) -> int:
        """How many POSTs to this endpoint Exact has seen."""
        return len(self.exact.control("GET", f"calls?method=POST&endpoint={path}&limit=1000")["calls"])

    def rights(self, **rights: str) -> None:
        self.exact.control("POST", "users/anna", rights=rights)


@pytest.fixture
def desk(cast: Cast, exact: ExactSandbox, worker: Any) -> Desk:
    exact.control("POST", "settings", minute_limit=100_000)
    connection = connected(cast.alice, exact, worker)
    with scope(cast.alice.firm_id):
        Connection.objects.filter(pk=connection.pk).update(delivery="document")
    return Desk(cast, exact, worker, connection)


def test_a_lost_right_is_asked_about_once_and_all_that_waited_is_booked_in_order(desk: Desk) -> None:
    desk.rights(**PURCHASE)
    before = desk.sent("purchaseentry/PurchaseEntries")
    found = desk.takes_in("A-1", "A-2", "A-3", "A-4")
    desk.work()
    assert desk.statuses(found) == ["failed"] * 4
    assert desk.sent("purchaseentry/PurchaseEntries") == before + 1
    desk.rights(purchase="full")
    desk.recheck()
    assert desk.statuses(found) == ["booked"] * 4
    numbers = [entry["YourRef"] for entry in desk.exact.entries(1001)]
    assert [one for one in numbers if one.startswith("A")] == ["A-1", "A-2", "A-3", "A-4"]
    assert desk.open_issues() == []


def test_a_person_who_presses_again_too_early_costs_one_question_and_changes_nothing(desk: Desk) -> None:
    desk.rights(**PURCHASE)
    found = desk.takes_in("B-1", "B-2", "B-3")
    desk.work()
    before = desk.sent("purchaseentry/PurchaseEntries")
    desk.recheck()
    assert desk.sent("purchaseentry/PurchaseEntries") <= before + 1
    assert desk.statuses(found) == ["failed"] * 3
    assert len({issue.code for issue in desk.open_issues()}) == len(desk.open_issues())


def test_one_invoice_sent_on_by_a_person_lets_the_others_go_when_it_succeeds(desk: Desk) -> None:
    desk.rights(**PURCHASE)
    found = desk.takes_in("C-1", "C-2", "C-3")
    desk.work()
    desk.rights(purchase="full")
    with scope(desk.firm_id):
        dispatch.retry(Invoice.objects.select_for_update().get(pk=found[1].pk), actor=desk.cast.alice.owner)
    desk.work()
    assert desk.statuses(found) == ["booked"] * 3


def test_a_right_on_documents_that_is_missing_stops_deliveries_and_the_first_that_succeeds_frees_the_rest(
    desk: Desk,
) -> None:
    desk.rights(**DOCUMENTS)
    found = desk.takes_in("D-1", "D-2")
    desk.work()
    assert desk.statuses(found) == ["failed"] * 2
    assert desk.sent("documents/Documents") == 1
    desk.rights(documents="full")
    desk.recheck()
    assert desk.statuses(found) == ["booked"] * 2
    assert desk.open_issues() == []


def test_what_is_being_sent_cannot_be_rejected_any_more(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[tuple[str, str]] = []
    sent = steps._sent

    def meanwhile(held: Any, row: Any, step: steps.Step) -> Any:
        with scope(desk.firm_id), pytest.raises(dispatch.NotNow) as refused:
            dispatch.reject(Invoice.objects.get(pk=row.invoice_id), "te laat")
        heard.append((step.name, refused.value.status))
        return sent(held, row, step)

    monkeypatch.setattr(steps, "_sent", meanwhile)
    found = desk.takes_in("E-1", "E-2")
    desk.work()
    assert heard == [(step, "booking") for step in ("document", "file:0", "entry")] * 2
    assert desk.statuses(found) == ["booked"] * 2


@pytest.fixture
def after_the_first(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Callable[[], None]], None]]:
    """Have something happen while the second invoice's file is on its way: its entry would be claimed with what Exact
    answers, since the ledger was read for the first."""
    yield lambda happens: monkeypatch.setattr(steps, "_sent", _before_the(2, "file:0", happens, steps._sent))


def _before_the(nth: int, name: str, happens: Callable[[], None], sent: Any) -> Any:
    seen: list[str] = []

    def meanwhile(held: Any, row: Any, step: steps.Step) -> Any:
        seen.append(step.name)
        if step.name == name and seen.count(name) == nth:
            happens()
        return sent(held, row, step)

    return meanwhile


def test_an_entry_is_claimed_with_the_answer_to_its_last_file(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lane looks once for what is due for an invoice, not twice: the ledger was read for the first."""
    picked: list[str] = []
    next_row = driving.next_row

    def noted(connection: Connection) -> Any:
        if found := next_row(connection):
            picked.append(found[0].name)
        return found

    monkeypatch.setattr(driving, "next_row", noted)
    found = desk.takes_in("J-1", "J-2", "J-3")
    desk.work()
    assert desk.statuses(found) == ["booked"] * 3
    assert [one for one in picked if one != "chore"] == ["delivery", "booking", "delivery", "delivery"]
    assert [entry["YourRef"] for entry in desk.exact.entries(1001)][-3:] == ["J-1", "J-2", "J-3"]


def test_the_brake_holds_an_entry_whose_file_was_on_its_way(desk: Desk, after_the_first: Any) -> None:
    after_the_first(lambda: brake.set_brake(True, firm_id=desk.firm_id))
    found = desk.takes_in("K-1", "K-2")
    desk.work()
    assert desk.statuses(found) == ["booked", "booking"]
    assert desk.exact.entries(1001, "K-2") == []
    brake.set_brake(False, firm_id=desk.firm_id)
    with scope(desk.firm_id):
        Lane.objects.update(due_at=timezone.now())
    desk.work()
    assert desk.statuses(found) == ["booked"] * 2


def test_an_entry_refused_right_after_its_file_stops_itself_and_not_its_delivery(
    desk: Desk, after_the_first: Any
) -> None:
    after_the_first(lambda: desk.rights(**PURCHASE))
    found = desk.takes_in("L-1", "L-2", "L-3")
    desk.work()
    assert desk.statuses(found) == ["booked", "failed", "failed"]
    with scope(desk.firm_id):
        assert Delivery.objects.get(invoice=found[1]).state == Delivery.State.DONE
        assert Booking.objects.get(invoice=found[1]).state == Booking.State.STOPPED
    desk.rights(purchase="full")
    desk.recheck()
    assert desk.statuses(found) == ["booked"] * 3
    assert [len(desk.exact.entries(1001, number)) for number in ("L-1", "L-2", "L-3")] == [1, 1, 1]


def test_an_entry_that_cannot_be_written_says_why_though_its_file_stands_in_exact(
    desk: Desk, after_the_first: Any
) -> None:
    def no_such_code() -> None:
        with scope(desk.firm_id):
            ProposalLine.objects.filter(proposal__invoice=found[1]).update(vat_code="zz")

    after_the_first(no_such_code)
    found = desk.takes_in("M-1", "M-2")
    desk.work()
    assert desk.statuses(found) == ["booked", "failed"]
    assert [issue.code for issue in desk.open_issues()] == ["vat_code_unknown"]
    with scope(desk.firm_id):
        assert Delivery.objects.get(invoice=found[1]).state == Delivery.State.DONE


def test_what_was_rejected_just_before_it_would_be_sent_is_not_sent(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = deliver._locked

    def meanwhile(delivery: Delivery) -> Invoice:
        dispatch.reject(Invoice.objects.get(pk=delivery.invoice_id), "niet voor ons")
        return locked(delivery)

    monkeypatch.setattr(deliver, "_locked", meanwhile)
    found = desk.takes_in("F-1")
    desk.work()
    assert desk.statuses(found) == ["rejected"]
    assert desk.exact.entries(1001, "F-1") == []
    assert desk.sent("documents/Documents") == 0


def test_a_refusal_leaves_nothing_to_look_up(desk: Desk) -> None:
    desk.rights(**PURCHASE)
    (found,) = desk.takes_in("G-1")
    desk.work()
    with scope(desk.firm_id):
        booking = Booking.objects.get(invoice=found)
        assert (booking.state, booking.sent_at) == (Booking.State.STOPPED, None), (
            "nothing of it needs looking up"
        )
        dispatch.retry(Invoice.objects.select_for_update().get(pk=found.pk))
        assert Booking.objects.get(invoice=found).state == Booking.State.WAITING


def test_an_invoice_that_the_mailbox_refused_goes_as_a_document_when_that_is_chosen(desk: Desk) -> None:
    with scope(desk.firm_id):
        Connection.objects.filter(pk=desk.connection.pk).update(delivery="mailbox")
    desk.rights(mailbox="none")
    (found,) = desk.takes_in("H-1")
    desk.work()
    assert desk.statuses([found]) == ["failed"]
    with scope(desk.firm_id):
        Connection.objects.filter(pk=desk.connection.pk).update(delivery="document")
        dispatch.retry(Invoice.objects.select_for_update().get(pk=found.pk))
    desk.work()
    assert desk.statuses([found]) == ["booked"]
    with scope(desk.firm_id):
        assert Delivery.objects.get(invoice=found).way == Delivery.Way.DOCUMENT


def test_one_that_stands_in_exact_already_is_held_and_booked_once_a_person_says_it_is_another(
    desk: Desk,
) -> None:
    desk.exact.control(
        "POST",
        "entries",
        division=1001,
        supplier="20001",
        your_ref="I-1",
        date="2026-11-02",
        lines=[{"gl": "4500", "amount": "100.00", "vat_code": "2", "description": "met de hand"}],
    )
    (found,) = desk.takes_in("I-1")
    desk.work()
    with scope(desk.firm_id):
        invoice = Invoice.objects.get(pk=found.pk)
        assert invoice.status in ("on_hold", "failed"), invoice.status
        assert invoice.issue is not None and invoice.issue.code == "duplicate_suspected"
        corrections.release(invoice, "not_a_duplicate", desk.cast.alice.owner)
    desk.work()
    assert desk.statuses([found]) == ["booked"]


def test_the_issue_names_the_account_that_was_refused(desk: Desk) -> None:
    desk.exact.control("POST", "block", division=1001, kind="gl", code="4500", blocked=True)
    found = desk.takes_in("J-1")
    desk.work()
    assert desk.statuses(found) == ["failed"]
    (issue,) = desk.open_issues()
    assert issue.code == "ledger_account_blocked"
    assert "4500" in remedy(issue.code).words(issue.values, "en").cause


def _connects_again(desk: Desk) -> None:
    """In another minute, so that its calls are all there again."""
    cache.clear()
    with scope(desk.firm_id):
        organisation = Organisation.objects.get(pk=desk.connection.organisation_id)
    _, path = link_for(desk.cast.alice, organisation)
    assert consent(desk.exact, path, "anna").status_code == 200


def test_what_was_on_its_way_when_a_connection_ended_says_so_and_is_booked_when_there_is_one_again(
    desk: Desk,
) -> None:
    (found,) = desk.takes_in("A-1")
    pipeline.process(desk.firm_id, found.pk)
    assert desk.statuses([found]) == ["ready"]
    with scope(desk.firm_id):
        connecting.disconnect(Connection.objects.get(pk=desk.connection.pk))
        found.refresh_from_db()
        assert (found.status, found.reason) == ("on_hold", "not_connected")
        assert not Booking.objects.exclude(due_at=None).exists()
    assert [issue.code for issue in desk.open_issues()] == ["not_connected"]

    _connects_again(desk)
    desk.work()
    assert desk.statuses([found]) == ["booked"]
    assert desk.open_issues() == []
    assert desk.sent("purchaseentry/PurchaseEntries") == 1


def test_what_may_stand_in_exact_when_a_connection_ended_is_not_rejected_and_looked_up_when_there_is_one_again(
    desk: Desk,
) -> None:
    before = desk.sent("purchaseentry/PurchaseEntries")
    (found,) = desk.takes_in("A-1")
    pipeline.process(desk.firm_id, found.pk)
    desk.exact.break_("drop_after", method="POST", endpoint="purchaseentry/PurchaseEntries")
    with scope(desk.firm_id):
        lane = Lane.objects.get(connection=desk.connection)
    lanes.drive(lane.pk)
    with scope(desk.firm_id):
        connecting.disconnect(Connection.objects.get(pk=desk.connection.pk))
        found.refresh_from_db()
        assert (found.status, found.reason) == ("failed", "not_connected")
        with pytest.raises(dispatch.NotNow):
            dispatch.reject(found, "no longer ours")

    desk.exact.mend()
    _connects_again(desk)
    desk.work()
    assert desk.statuses([found]) == ["booked"]
    assert desk.sent("purchaseentry/PurchaseEntries") == before + 1


def test_what_had_failed_when_a_connection_ended_waits_for_the_next_with_its_issue(desk: Desk) -> None:
    desk.rights(**PURCHASE)
    found = desk.takes_in("A-1")
    desk.work()
    assert desk.statuses(found) == ["failed"]
    with scope(desk.firm_id):
        connecting.disconnect(Connection.objects.get(pk=desk.connection.pk))
    desk.work()
    assert desk.statuses(found) == ["on_hold"]
    assert [issue.code for issue in desk.open_issues()] == ["not_connected"]


def test_a_connection_can_end_between_a_delivery_and_its_booking_and_the_booking_goes_on_with_the_next(
    desk: Desk, settings: Any
) -> None:
    settings.MAILBOX_DOCUMENT_SECONDS = 3600
    with scope(desk.firm_id):
        Connection.objects.filter(pk=desk.connection.pk).update(delivery="mailbox")
    found = desk.takes_in("A-1")
    desk.work()
    assert desk.statuses(found) == ["booking"]
    with scope(desk.firm_id):
        connecting.disconnect(Connection.objects.get(pk=desk.connection.pk))
    assert desk.statuses(found) == ["review"]
    assert [issue.code for issue in desk.open_issues()] == ["not_connected"]

    settings.MAILBOX_DOCUMENT_SECONDS = 0
    _connects_again(desk)
    desk.work()
    assert desk.statuses(found) == ["booked"]
    assert desk.open_issues() == []
    assert desk.sent("mailbox/MailMessagesSent") == 1


def _ends(desk: Desk) -> None:
    with scope(desk.firm_id):
        connecting.disconnect(Connection.objects.exclude(status="disconnected").get())


def _asks_to_undo(desk: Desk) -> None:
    with scope(desk.firm_id):
        undo.ask(Invoice.objects.select_for_update(no_key=True).get(), desk.cast.alice.owner)


def test_an_entry_of_a_connection_that_ended_cannot_be_undone_and_leaves_the_administration_to_the_next(
    desk: Desk, worker: Any
) -> None:
    found = desk.takes_in("N-1")
    desk.work()
    _ends(desk)
    with pytest.raises(dispatch.NotNow):
        _asks_to_undo(desk)
    assert desk.statuses(found) == ["booked"]
    cache.clear()
    assert connected(desk.cast.charlie, desk.exact, worker).status == "active"


def test_an_entry_of_an_earlier_connection_is_undone_over_the_present_one(desk: Desk) -> None:
    found = desk.takes_in("N-2")
    desk.work()
    _ends(desk)
    _connects_again(desk)
    desk.work()
    _asks_to_undo(desk)
    desk.work()
    assert desk.statuses(found) == ["review"]
    assert desk.exact.entries(1001, "N-2") == []
    with scope(desk.firm_id):
        assert Lane.objects.get().connection.status == "active"


def test_what_was_filed_over_one_connection_and_waits_in_the_next_is_not_forgotten_when_that_ends_too(
    desk: Desk, settings: Any
) -> None:
    settings.MAILBOX_DOCUMENT_SECONDS = 3600
    with scope(desk.firm_id):
        Connection.objects.update(delivery="mailbox")
    found = desk.takes_in("N-3")
    desk.work()
    _ends(desk)
    _connects_again(desk)
    brake.set_brake(True, firm_id=desk.firm_id)
    desk.work()
    _ends(desk)
    brake.set_brake(False, firm_id=desk.firm_id)
    desk.work()
    assert desk.statuses(found) in (["on_hold"], ["review"])
    assert [issue.code for issue in desk.open_issues()] == ["not_connected"]


def test_what_a_person_corrected_is_not_booked_otherwise_after_its_connection_ended(desk: Desk) -> None:
    desk.rights(**PURCHASE)
    found = desk.takes_in("N-4")
    desk.work()
    with scope(desk.firm_id):
        invoice = Invoice.objects.select_for_update(no_key=True).get()
        (line,) = invoice.proposal.lines.all()
        other = (
            LedgerAccount.objects.exclude(code=line.account)
            .filter(gone_at=None, code__startswith="4")[0]
            .code
        )
        said = {"gl_account": other, "vat_code": line.vat_code, "amount": str(line.amount)}
        said |= {"vat_amount": str(line.vat_amount), "description": "", "invoice_lines": [1]}
        corrections.replace_lines(invoice, [said], learn=False)
    _ends(desk)
    desk.rights(purchase="full")
    _connects_again(desk)
    desk.work()
    with scope(desk.firm_id):
        Invoice.objects.filter(reason="reading_history").update(due_at=timezone.now())  # a minute later
    desk.work()
    assert desk.statuses(found) == ["review"]
    with scope(desk.firm_id):
        assert [one.account for one in ProposalLine.objects.all()] == [other]
        dispatch.approve(Invoice.objects.select_for_update(no_key=True).get())
    desk.work()
    assert desk.statuses(found) == ["booked"]


def test_a_mistake_of_ours_in_a_booking_closes_when_it_is_booked(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr(book, "_standing", breaks)
        found = desk.takes_in("N-5")
        desk.work()
    assert [issue.code for issue in desk.open_issues()] == ["our_bug"]
    with scope(desk.firm_id):
        for waits in (Booking, Lane):
            waits.objects.update(due_at=timezone.now())
    desk.work()
    assert desk.statuses(found) == ["booked"]
    assert desk.open_issues() == []
