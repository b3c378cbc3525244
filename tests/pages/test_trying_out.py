"""A new firm may try everything in Exact's sandbox first, in a firm of its own."""

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from connections.models import Entry
from invoices.models import Invoice
from portal.lookups import ask
from portal.models import Firm
from portal.tenancy import scope
from tests.cast import Cast
from tests.pages.firm import BusyFirm, browser


def test_an_owner_tries_in_a_firm_of_their_own_and_comes_back_to_it(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(settings.EXACT_SITES, "sandbox", settings.EXACT_SITES["nl"])
    owner = browser(cast.alice.owner)
    assert reverse("firm-try") in owner.get("/").content.decode()
    for _ in range(2):
        tried = owner.post(reverse("firm-try"), follow=True).content.decode()
        assert "Kantoor Alice, om te proberen" in tried
        assert reverse("firm-try") not in tried
    firms = [firm_id for (firm_id,) in ask("firms_of_user", cast.alice.owner.pk)]
    assert len(firms) == 2
    with scope(firms[1]):
        assert Firm.objects.get().sandbox
    with scope(cast.alice.firm_id):
        assert not Firm.objects.get().sandbox


def test_without_a_sandbox_nobody_is_offered_one(cast: Cast) -> None:
    owner = browser(cast.alice.owner)
    assert reverse("firm-try") not in owner.get("/").content.decode()
    assert owner.post(reverse("firm-try")).status_code == 404


def test_in_the_sandbox_the_first_steps_say_what_may_be_made_up(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(settings.EXACT_SITES, "sandbox", settings.EXACT_SITES["nl"])
    owner = browser(cast.alice.owner)
    assert "Anna de Boer" not in owner.get("/").content.decode()
    tried = owner.post(reverse("firm-try"), follow=True).content.decode()
    assert "acht cijfers naar keuze" in tried
    assert "Anna de Boer mag alles" in tried


def test_a_firm_in_the_sandbox_takes_an_example_that_its_books_know(busy: BusyFirm) -> None:
    owner, path = busy.browsers["owner"], reverse("upload-example", args=[busy.client.pk])
    assert owner.get(path).status_code == 404  # a real firm is given no invoice that nobody sent
    with scope(busy.cast.alice.firm_id):
        Firm.objects.update(sandbox=True)
    assert path in owner.get(f"/upload/?organisation={busy.client.pk}").content.decode()
    sent = busy.send(owner.get(path).content)
    assert sent.organisation_id == busy.client.pk
    assert sent.supplier_id is not None
    assert sent.status in (
        "booked",
        "review",
    )  # how sure it is, is for the few entries of a small world to say
    assert owner.get(reverse("upload-example", args=[busy.other_client.pk])).status_code == 404


def test_an_example_is_offered_once_the_books_were_read_and_until_then_is_said_to_come(
    busy: BusyFirm,
) -> None:
    owner, path = busy.browsers["owner"], reverse("upload-example", args=[busy.client.pk])
    with scope(busy.cast.alice.firm_id):
        Firm.objects.update(sandbox=True)
        Invoice.objects.filter(status="booked").update(
            status="review"
        )  # the first steps are for who booked nothing
    pages = [f"/upload/?organisation={busy.client.pk}", "/"]
    for page in pages:
        shown = owner.get(page).content.decode()
        assert path in shown and "Zodra er inkoopboekingen" not in shown
    with scope(busy.cast.alice.firm_id):
        Entry.objects.update(gone_at=timezone.now())
    for page in pages:
        shown = owner.get(page).content.decode()
        assert path not in shown and "Zodra er inkoopboekingen" in shown
    assert owner.get(path).status_code == 404
