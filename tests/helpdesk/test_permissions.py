"""Every address and every act of the helpdesk's site, for everybody who might ask for it.

Who is at the helpdesk and has a second factor gets what the table says. All others get nothing: who is not signed in is
sent to the door, a colleague without a second factor to where one is made, and everybody else is refused.
"""

from typing import Any

from django.contrib import admin
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse

from connections.models import Call, Incident
from invoices.desk.acts import ACTS
from portal.desk import cases
from portal.helpdesk import site
from portal.models import Announcement, ApiCall, AuditEvent, DeskNote, User, Viewing
from portal.tenancy import scope, staff
from tests.helpdesk.conftest import helper
from tests.pages.firm import BusyFirm, browser

# name → what fills its arguments, and what Els gets for GET and POST. 405 and 403 count as «nothing is done».
OWN: dict[str, tuple[str, int, int]] = {
    "index": ("", 200, 200),
    "find": ("", 200, 200),
    "announcements": ("", 200, 200),
    "announcement-end": ("announcement", 200, 302),
    "view-as": ("firm", 200, 200),
    "view-end": ("", 200, 302),
    "firm": ("firm", 200, 200),
    "api-call": ("api_call", 200, 200),
    "codes": ("", 200, 200),
    "code": ("code", 200, 302),
    "case": ("organisation", 200, 200),
    "case-checks": ("organisation", 200, 200),
    "case-letter": ("organisation", 200, 200),
    "invoice": ("invoice", 200, 200),
    "keep": ("organisation", 302, 302),
    "bundle": ("bundle", 200, 200),
    "quality": ("", 200, 200),
    "quality-export": ("", 200, 200),
}
ACT = {  # act → what Els gets for GET and POST, on a connection that works and has an issue about one invoice
    "check": (200, 302),
    "recheck": (200, 302),
    "retry": (200, 302),
    "link": (200, 200),  # asks for an address
    "letter": (200, 200),
    "pause": (200, 302),
    "resume": (200, 302),  # after the pause
    "hand-over": (200, 200),
}
OTHERS = ("owner", "bookkeeper", "viewer", "client", "stranger")


class Things:
    """One of everything that an address may name."""

    def __init__(self, busy: BusyFirm, els: User) -> None:
        self.busy = busy
        firm_id = busy.cast.alice.firm_id
        with scope(firm_id):
            api_call = ApiCall.objects.create(
                partner=busy.grant.partner, at=busy.booked.created_at, method="GET", path="/api/v1/invoices/",
                status=200, seconds=0.1, request_id="r-1",
            )  # fmt: skip
        with staff():
            Incident.objects.create(site="nl", code="exact_down", opened_at=busy.booked.created_at,
                                    seen_at=busy.booked.created_at)  # fmt: skip
            made = cases.hand_over(busy.client, els, "Waarom?", {"a": 1})
            announcement = Announcement.objects.create(
                title_nl="Onderhoud", title_en="Maintenance", starts_at=busy.booked.created_at
            )
        self.named = {
            "firm": firm_id,
            "organisation": busy.client.pk,
            "invoice": busy.booked.pk,
            "api_call": api_call.pk,
            "bundle": made.pk,
            "announcement": announcement.pk,
            "code": "mijnkantoor_user",
        }

    def rows(self) -> list[tuple[str, tuple[int, int]]]:
        """(address, what Els gets), for our own pages and the theme's."""
        found = []
        for name, (about, get, post) in OWN.items():
            found.append(
                (reverse(f"helpdesk:{name}", args=[self.named[about]] if about else []), (get, post))
            )
        for what, wants in ACT.items():
            found.append((reverse("helpdesk:act", args=[self.busy.client.pk, what]), wants))
        for model in site._registry:
            base = f"helpdesk:{model._meta.app_label}_{model._meta.model_name}"
            with staff():
                one = model._default_manager.first()
            assert one is not None, model
            found += [
                (reverse(f"{base}_changelist"), (200, 200)),
                (reverse(f"{base}_change", args=[one.pk]), (200, 403)),
                (reverse(f"{base}_add"), (403, 403)),
                (reverse(f"{base}_delete", args=[one.pk]), (403, 403)),
                (reverse(f"{base}_history", args=[one.pk]), (200, 200)),
            ]
        return found


def names(patterns: Any) -> set[str]:
    found = set()
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            found |= names(pattern.url_patterns)
        elif isinstance(pattern, URLPattern) and pattern.name:
            found.add(pattern.name)
    return found


def test_every_page_of_ours_and_every_act_is_in_the_table() -> None:
    assert {pattern.name for pattern in site.own} == set(OWN) | {"act"}
    assert set(ACTS) == set(ACT)
    assert not admin.site._registry or site is not admin.site


def test_the_helpdesk_gets_what_the_table_says_and_everybody_else_nothing(
    busy: BusyFirm, els: User, desk: Client
) -> None:
    things = Things(busy, els)
    _nobody_else(busy, things)
    wrong = []
    for url, (get, post) in things.rows():
        for method, want in (("GET", get), ("POST", post)):
            got = desk.generic(method, url).status_code
            if got != want:
                wrong.append(f"{method} {url}: {got}, not {want}")
    assert not wrong, "\n".join(wrong)


def _nobody_else(busy: BusyFirm, things: Things) -> None:
    wrong = []
    without = browser(helper("nieuw@helpdesk.example", factor=False))
    assert busy.browsers
    before = _state(busy)
    for url, _wants in things.rows():
        for method in ("GET", "POST"):
            for who in (*OTHERS, "nobody", "without a second factor"):
                client = without if who.startswith("without") else busy.browsers[who]
                answer = client.generic(method, url)
                if who == "nobody":
                    fits = answer.status_code == 302 and answer["Location"].startswith("/accounts/login/")
                elif who in OTHERS:
                    fits = answer.status_code == 403
                else:
                    fits = answer.status_code == 302 and answer["Location"].startswith("/accounts/2fa/")
                if not fits:
                    wrong.append(f"{method} {url} by {who}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)
    assert _state(busy) == before


def _state(busy: BusyFirm) -> Any:
    with staff():
        return (
            DeskNote.objects.count(),
            Announcement.objects.filter(ends_at__isnull=True).count(),
            Viewing.objects.count(),
            AuditEvent.objects.exclude(action__startswith="session").count(),
            Call.objects.count(),
        )
