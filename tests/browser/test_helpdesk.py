"""Ten calls to the helpdesk, from a KVK number to an invoice that is booked.

Each the same way: something breaks in Exact, an invoice waits, somebody calls. Els types the KVK number, reads the fix on
the screen that opens, the caller mends it in Exact (the sandbox's console: its buttons are these control calls), Els
presses «check again», and what waited is in Exact.

`PICTURES=1 pytest tests/browser/test_helpdesk.py` takes the pictures of docs/helpdesk.md anew.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from connections import issues, lanes
from connections.models import Chore, Connection, Lane
from invoices import intake
from invoices.models import Delivery, Invoice
from portal.tenancy import scope
from tests.browser.conftest import Live, sign_in
from tests.cast import Cast
from tests.connections.aids import again, fault, open_codes, reconnect
from tests.exact_sandbox import ExactSandbox, small_world
from tests.helpdesk.conftest import helper
from tests.helpers import connected
from tests.paper import paper
from tests.work import work, work_until

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
KVK, NUMBER, MAILBOX = "12345678", "2026-100", "12345678@facturen.econnect.eu"
DONE = ("booked", "delivered")


@dataclass
class Call:
    """Somebody calls: their connection, and what they can do in Exact."""

    cast: Cast
    exact: ExactSandbox
    connection: Connection
    invoice: Invoice | None = None

    def console(self, path: str, **body: Any) -> None:
        """A button of the sandbox's console."""
        self.exact.control("POST", path, **body)

    def send(self) -> None:
        """An invoice comes in."""
        got = intake.receive(self.cast.alice.firm_id, paper(NUMBER), channel="api")
        work()
        with scope(self.cast.alice.firm_id):
            self.invoice = Invoice.objects.get(pk=got.invoice_id)

    def night(self) -> None:
        """The doctor comes by itself."""
        with scope(self.connection.firm_id):
            issues.chores_again(self.connection.pk, "check")
            lanes.wake(Connection.objects.get(pk=self.connection.pk))
        work()

    def is_done(self) -> bool:
        assert self.invoice is not None
        return again(self.invoice).status in DONE


@dataclass(frozen=True)
class Case:
    """`code`: the issue whose fix must be on the screen. `breaks` and `mends` happen in Exact."""

    name: str
    code: str
    breaks: Callable[[Call], None]
    mends: Callable[[Call], None]
    mode: str = "autopilot"
    world: Callable[[], dict[str, Any]] = small_world
    before: tuple[str, dict[str, Any]] | None = None  # how it was from the start


def found_by_the_doctor(path: str, **how: Any) -> Callable[[Call], None]:
    """The state of Exact changes, the doctor finds it, and then an invoice comes in."""

    def breaks(call: Call) -> None:
        call.console(path, **how)
        call.night()
        call.send()

    return breaks


def found_by_booking(path: str, **how: Any) -> Callable[[Call], None]:
    """The state of Exact changes, and the next booking is refused."""

    def breaks(call: Call) -> None:
        call.console(path, **how)
        call.send()

    return breaks


def mended(path: str, **how: Any) -> Callable[[Call], None]:
    return lambda call: call.console(path, **how)


def bound_elsewhere() -> dict[str, Any]:
    world = small_world()
    world["divisions"][1]["mailbox"] = MAILBOX
    return world


def unbind(call: Call) -> None:
    """Whoever manages the other administration takes the mailbox away there."""
    (row,) = [one for one in call.exact.ledger(1002)["mailboxes"] if one["Mailbox"] == MAILBOX]
    token = call.exact.control("POST", "tokens", user="carla")["access_token"]
    url = f"{call.exact.url}/api/v1/1002/mailbox/Mailboxes(guid'{row['ID']}')"
    answer = requests.delete(url, headers={"Authorization": f"Bearer {token}"}, timeout=10)
    assert answer.status_code in (200, 204), answer.text


def signs_in(call: Call) -> None:
    assert reconnect(call.cast.alice, call.exact, call.connection).status_code == 200


def used_up(call: Call) -> None:
    call.console("budget", division=1001, day=0)
    call.send()
    call.night()


def tomorrow(call: Call) -> None:
    """Exact's day is over: its budget is whole, and what waited for its end is due."""
    call.console("budget", division=1001, day=5000)
    with scope(call.connection.firm_id):
        lane = Lane.objects.get(connection=call.connection)
        over = (timezone.now() - timedelta(seconds=1)).isoformat()
        lane.budget["day"] = {**lane.budget["day"], "resets_at": over}
        lane.due_at = timezone.now()
        lane.save(update_fields=["budget", "due_at"])
        Delivery.objects.filter(due_at__isnull=False).update(due_at=timezone.now())
        issues.chores_again(call.connection.pk, "check")


def goes_down(call: Call) -> None:
    """It has not answered this connection for an hour."""
    fault(call.exact, "answer", times=None, match={}, kind="503")
    got = intake.receive(call.cast.alice.firm_id, paper(NUMBER), channel="api")
    work()
    with scope(call.connection.firm_id):
        call.invoice = Invoice.objects.get(pk=got.invoice_id)
        Lane.objects.update(
            failing_since=timezone.now() - timedelta(hours=1), due_at=timezone.now(), sleeps_for=""
        )
        Chore.objects.filter(kind="check").update(attempts=0, due_at=timezone.now())
    work()


def comes_back(call: Call) -> None:
    call.exact.mend()
    with scope(call.connection.firm_id):
        Lane.objects.update(due_at=timezone.now(), errors={})


USER = "users/anna"
CASES = (
    Case("mijnkantoor-user", "mijnkantoor_user",
         found_by_the_doctor(USER, my_firm=True), mended(USER, my_firm=False)),
    Case("no-mailbox-right", "mailbox_forbidden",
         found_by_the_doctor(USER, rights={"mailbox": "none"}), mended(USER, rights={"mailbox": "full"}), "mailbox"),
    Case("mailbox-bound-elsewhere", "mailbox_bound_elsewhere", lambda call: call.send(), unbind, "mailbox", bound_elsewhere),
    Case("trial-licence", "licence_trial", lambda call: call.send(), mended("contracts/KANTOOR", trial=False), "mailbox",
         before=("contracts/KANTOOR", {"trial": True})),
    Case("revoked-token", "token_refused", found_by_the_doctor("revoke", user="anna"), signs_in),
    Case("division-out-of-scope", "division_out_of_scope",
         found_by_the_doctor(USER, division_scope=[1002]), mended(USER, division_scope=None)),
    Case("closed-period", "period_closed",
         found_by_booking("periods", division=1001, year=2026, period=11, closed=True),
         mended("periods", division=1001, year=2026, period=11, closed=False)),
    Case("blocked-account", "ledger_account_blocked",
         found_by_booking("block", division=1001, kind="gl", code="4500"),
         mended("block", division=1001, kind="gl", code="4500", blocked=False)),
    Case("budget-gone", "budget_day", used_up, tomorrow),
    Case("exact-down", "exact_down", goes_down, comes_back),
)  # fmt: skip


@pytest.fixture
def els(context: BrowserContext, page: Page, live: Live, exact: ExactSandbox, cast: Cast) -> Page:
    """A browser in which Els of the helpdesk is signed in."""
    sign_in(context, live, helper())
    page.set_default_timeout(20_000)
    return page


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_from_a_kvk_number_to_the_fix_and_to_what_waited_in_exact(
    case: Case, els: Page, live: Live, cast: Cast, exact: ExactSandbox
) -> None:
    exact.reset(case.world())
    exact.control("POST", "settings", minute_limit=100_000)
    if case.before:
        exact.control("POST", case.before[0], **case.before[1])
    connection = connected(cast.alice, exact, work)
    with scope(connection.firm_id):
        Connection.objects.filter(pk=connection.pk).update(mode=case.mode)
    call = Call(cast, exact, connection)
    case.breaks(call)
    assert case.code in open_codes(connection)
    assert not call.is_done(), "it waits"

    els.goto(live.url + "/helpdesk/")
    box = els.get_by_role("searchbox", name="Zoek alles")
    box.fill(KVK)
    box.press("Enter")  # one hit: it opens
    fix = els.locator(f"[data-code={case.code}]")
    expect(fix).to_be_visible()
    expect(fix.locator(".steps li").first).to_be_visible()
    expect(els.locator("#verdict")).to_contain_text("1 factuur wacht")
    _picture(els, live, case.name)

    case.mends(call)
    els.get_by_role("link", name="Opnieuw controleren").first.click()
    expect(els.get_by_text("Dit raakt:")).to_be_visible()
    els.get_by_role("button", name="Opnieuw controleren").click()
    expect(els.locator("#verdict")).to_be_visible()
    work_until(call.is_done)
    els.reload()
    expect(fix).to_have_count(0)
    expect(els.locator("#verdict")).to_contain_text("niets wacht op iemand")
    assert case.code not in open_codes(connection)
    if case.mode == "autopilot":
        assert len(exact.entries(1001, NUMBER)) == 1, "booked, once"
    else:
        assert len(exact.ledger(1001)["messages"]) == 1, "delivered, once"


def _picture(page: Page, live: Live, name: str) -> None:
    if not os.environ.get("PICTURES"):
        return
    page.set_viewport_size({"width": 1280, "height": 860})
    for language in ("en", "nl"):
        cookie = {"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": live.url}
        page.context.add_cookies([cookie])  # type: ignore[list-item]
        page.reload()
        page.screenshot(path=PICTURES / f"helpdesk-{name}.{language}.jpg", type="jpeg", quality=72)
