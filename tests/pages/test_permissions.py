"""Who gets which page: every row of the table, for everybody."""

from django.urls import URLPattern, reverse

from connections import urls as connections_urls
from connections.models import Issue
from connections.pages.one import count_open
from invoices import urls as invoices_urls
from portal.models import Membership
from portal.tenancy import scope
from portal.web import urls as web_urls
from tests.pages.firm import BusyFirm
from tests.pages.table import PUBLIC, TABLE

WHO = ("owner", "bookkeeper", "viewer", "client", "stranger")
LAST_FIRST = (
    "nobody",
    "stranger",
    "client",
    "viewer",
    "bookkeeper",
    "owner",
)  # so that what is done is still to do


def test_every_page_is_in_the_table() -> None:
    named = {
        pattern.name
        for room in (web_urls, connections_urls, invoices_urls)
        for pattern in room.urlpatterns
        if isinstance(pattern, URLPattern)
    }
    assert named - {row.name for row in TABLE} == PUBLIC


def test_everybody_gets_what_the_table_says_and_nothing_else(busy: BusyFirm) -> None:
    wrong = []
    for row in TABLE:
        url = reverse(row.name, args=row.arguments(busy))
        for who in LAST_FIRST:
            client = busy.browsers[who]
            answer = client.get(url) if row.method == "GET" else client.post(url, dict(row.data))
            if who == "nobody":
                fits = answer.status_code == 302 and answer["Location"].startswith("/accounts/login/")
            else:
                fits = answer.status_code == row.wants[WHO.index(who)]
            if not fits:
                wrong.append(f"{row} by {who}: {answer.status_code}")
    assert wrong == []


def test_a_strangers_lists_show_nothing_of_the_firm(busy: BusyFirm) -> None:
    client = busy.browsers["stranger"]
    for name in ("today", "invoices", "clients", "issues"):
        page = client.get(reverse(name)).content.decode()
        assert "Korenaar" not in page
        assert "Van Dam" not in page


def test_a_clients_person_sees_its_own_company_alone(busy: BusyFirm) -> None:
    client = busy.browsers["client"]
    assert "2026-103" not in client.get(reverse("invoices")).content.decode()
    assert "2026-100" in client.get(reverse("invoices")).content.decode()
    assert client.get(reverse("invoice", args=[busy.unrouted.pk])).status_code == 404
    assert "Slagerij Hak" not in client.get(reverse("search") + "?q=Slagerij").content.decode()


def test_a_role_that_may_not_says_so_and_who_can_change_it(busy: BusyFirm) -> None:
    answer = busy.browsers["viewer"].get(reverse("client-new"))
    assert answer.status_code == 403
    assert "Kantoor Alice" in answer.content.decode()


def test_a_clients_person_is_not_told_how_many_issues_others_have(busy: BusyFirm) -> None:
    people = [busy.people[role] for role in ("owner", "client")]
    with scope(busy.cast.alice.firm_id):
        owner, client = (count_open(Membership.objects.get(user=one)) for one in people)
        theirs = Issue.objects.filter(resolved_at=None, connection__organisation=busy.client).count()
    assert client == theirs
    assert owner > client  # whose an unrouted invoice is, the firm says
