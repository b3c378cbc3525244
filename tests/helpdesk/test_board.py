"""The board, the figures of each code, quality, announcements and the status page."""

import csv
from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from connections import connecting, incidents, issues
from connections.desk import mended
from connections.models import Issue
from invoices.desk import board
from portal.desk import cases
from portal.models import Announcement, User
from portal.tenancy import scope, staff
from tests.cast import Cast, Office
from tests.pages.firm import browser


def broken(office: Office, number: int, code: str = "mijnkantoor_user") -> tuple[Any, Issue]:
    organisation = office.organisation(f"Klant {number}", f"4000000{number}")
    with scope(office.firm_id):
        return organisation, issues.open_issue(code, connection=connecting.connect(organisation))


def test_the_oldest_promise_stands_first_then_what_blocks(cast: Cast, els: User) -> None:
    warned, _ = broken(cast.alice, 1, "mailbox_forbidden")
    blocked, _ = broken(cast.alice, 2)
    promised, _ = broken(cast.charlie, 3, "mailbox_forbidden")
    earlier, _ = broken(cast.charlie, 4, "mailbox_forbidden")
    now = timezone.now()
    with staff():
        cases.promise(promised, els, now + timedelta(hours=2))
        cases.promise(earlier, els, now - timedelta(hours=1))
        order = [row.organisation_id for row in board.ordered(board.rows())]
        aged = [row.organisation_id for row in board.ordered(board.rows(), "age")]
    assert order == [earlier.pk, promised.pk, blocked.pk, warned.pk]
    assert aged == [earlier.pk, promised.pk, warned.pk, blocked.pk]


def test_the_same_code_in_the_same_hour_at_several_clients_is_one_story(cast: Cast, desk: Client) -> None:
    for number in range(2):
        broken(cast.alice, number, "exact_unknown")
    with staff():
        assert board.clusters() == []
    broken(cast.charlie, 2, "exact_unknown")
    with staff():
        Issue.objects.update(opened_at=timezone.now().replace(minute=30))
        (one,) = board.clusters()
    assert (one.code, one.clients, one.firms) == ("exact_unknown", 3, 2)
    assert str(one.guess).startswith(("Several firms", "Meerdere kantoren"))
    assert desk.get("/helpdesk/").status_code == 200


def test_who_mended_is_counted_once_and_help_is_seen(cast: Cast, els: User, desk: Client) -> None:
    _alone, first = broken(cast.alice, 1)
    helped, second = broken(cast.alice, 2)
    broken(cast.charlie, 3)
    cases.done(helped, els, "link")
    for issue in (first, second):
        with scope(cast.alice.firm_id):
            Issue.objects.filter(pk=issue.pk).update(opened_at=timezone.now() - timedelta(minutes=10))
            issues.resolve(Issue.objects.get(pk=issue.pk), "check")
    since = timezone.now() - timedelta(hours=1)
    with staff():
        (tally,) = mended.tallies(since, timezone.now() + timedelta(seconds=1)).values()
    assert (tally.opened, tally.alone, tally.helped, tally.share_alone) == (3, 1, 1, 0.5)
    assert tally.median is not None and 590 < tally.median < 700
    assert tally.by() == {"client": 1, "firm": 0, "helpdesk": 1, "itself": 0}
    rows = list(csv.reader(desk.get(reverse("helpdesk:quality-export")).content.decode().splitlines()))
    assert rows[1][:2] == ["mijnkantoor_user", "3"]
    assert rows[1][3:7] == ["1", "0", "1", "0"]


def test_an_announcement_is_looked_at_then_stands_on_every_firms_pages_and_ends(
    cast: Cast, desk: Client
) -> None:
    url, owner = reverse("helpdesk:announcements"), browser(cast.alice.owner)
    values = {"tone": "warn", "title_nl": "Storing bij Exact", "title_en": "Exact is ill", "text_nl": "", "text_en": "",
              "starts_at": "2026-01-01T10:00", "ends_at": "", "on_pages": "on"}  # fmt: skip
    assert "Storing bij Exact" in desk.post(url, values).content.decode()
    assert "Storing bij Exact" not in owner.get("/").content.decode(), "only looked at"
    desk.post(url, {**values, "sure": "1"})
    assert "Storing bij Exact" in owner.get("/").content.decode()
    assert "Storing bij Exact" in Client().get("/status/").content.decode()
    with staff():
        row = Announcement.objects.get()
    desk.post(reverse("helpdesk:announcement-end", args=[row.pk]))
    assert "Storing bij Exact" not in owner.get("/").content.decode()


def test_the_status_page_says_that_exact_is_ill_and_names_no_firm(cast: Cast) -> None:
    assert "Alles werkt" in Client().get("/status/").content.decode()
    incidents.open("nl", incidents.ILL)
    page = Client().get("/status/").content.decode()
    assert "Er is een storing" in page
    assert "Kantoor" not in page
