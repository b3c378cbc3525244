"""A client's ways in, as its firm sees and sets them: senders, settings, mails to decide about, zips."""

import io
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from connections.models import Issue
from invoices.models import ChannelSettings, Invoice, MailMessage, MailSender
from portal.models import Organisation
from portal.tenancy import scope
from tests.cast import Cast
from tests.channels.mails import mail as made
from tests.channels.test_mail import arrived
from tests.pages.firm import browser
from tests.paper import paper

FAILED = {"Authentication_Results": "mx.portal.test; dmarc=fail (p=reject)"}


@pytest.fixture(autouse=True)
def domain(settings: Any) -> None:
    settings.INBOUND_MAIL_DOMAIN = "facturen.test"
    settings.MAIL_TRUSTED_AUTHSERV = "mx.portal.test"


@pytest.fixture
def bakery(cast: Cast) -> Organisation:
    return cast.alice.organisation()


@pytest.fixture
def alice(cast: Cast, bakery: Organisation) -> Client:
    return browser(cast.alice.owner)


def decide(who: Client, client: Organisation, row: MailMessage, what: str) -> None:
    assert who.post(reverse("ways-in-mail", args=[client.pk, row.pk, what])).status_code == 302


def open_issues(cast: Cast) -> list[str]:
    with scope(cast.alice.firm_id):
        return list(Issue.objects.filter(resolved_at=None).values_list("code", flat=True))


def test_a_mail_that_may_not_be_its_senders_is_an_issue_until_a_person_takes_it_in(
    cast: Cast, alice: Client, bakery: Organisation
) -> None:
    from tests.channels.test_mail import work

    row = arrived(cast, made(("a.xml", paper("M-1")), **FAILED))
    assert (row.state, open_issues(cast)) == ("held", ["mail_not_authentic"])
    page = alice.get(reverse("ways-in", args=[bakery.pk])).content.decode()
    assert "DMARC" in page and "12345678@facturen.test" in page
    decide(alice, bakery, row, "take")
    work()
    with scope(cast.alice.firm_id):
        row.refresh_from_db()
        assert (row.state, Invoice.objects.count()) == ("taken", 1)
    assert "mail_not_authentic" not in open_issues(cast)
    decide(alice, bakery, row, "take")
    with scope(cast.alice.firm_id):
        row.refresh_from_db()
        assert row.state == "taken"


def test_a_held_mail_that_is_thrown_away_is_nothing_and_answers_nobody(
    cast: Cast, alice: Client, bakery: Organisation
) -> None:
    row = arrived(cast, made(("a.xml", paper("M-1")), **FAILED))
    decide(alice, bakery, row, "away")
    with scope(cast.alice.firm_id):
        row.refresh_from_db()
        assert (row.state, row.reason, row.answered_at) == ("refused", "thrown_away", None)
        assert not Invoice.objects.exists()
    assert open_issues(cast) == []


def test_a_mail_is_not_the_next_firms_to_decide_about(
    cast: Cast, alice: Client, bakery: Organisation
) -> None:
    row = arrived(cast, made(("a.xml", paper("M-1")), **FAILED))
    decide(browser(cast.charlie.owner), bakery, row, "take")
    other = cast.alice.organisation("Slager", "99999990")
    decide(alice, other, row, "take")
    with scope(cast.alice.firm_id):
        row.refresh_from_db()
        assert row.state == "held"


def test_senders_and_settings_are_set_on_the_page(cast: Cast, alice: Client, bakery: Organisation) -> None:
    sender = reverse("ways-in-sender", args=[bakery.pk])
    for address in ("@Drukkerij.NL ", "jan@bakker.nl", "geen adres", "@", "a@b@c.nl"):
        alice.post(sender, {"address": address})
    alice.post(sender, {"address": "jan@bakker.nl", "state": "inactive"})
    alice.post(reverse("ways-in-save", args=[bakery.pk]), {"listed_only": "on", "contact": "kees@bakker.nl"})
    alice.post(reverse("ways-in-save", args=[bakery.pk]), {"contact": "geen adres"})
    with scope(cast.alice.firm_id):
        assert set(MailSender.objects.values_list("address", "state")) == {
            ("@drukkerij.nl", "active"),
            ("jan@bakker.nl", "inactive"),
        }
        own = ChannelSettings.objects.get(organisation=bakery)
    assert (own.listed_only, own.contact, own.responds) == (True, "kees@bakker.nl", False)
    alice.post(sender, {"address": "@drukkerij.nl", "state": ""})
    with scope(cast.alice.firm_id):
        assert MailSender.objects.count() == 1


def test_a_zip_that_is_uploaded_has_an_outcome_for_each_of_its_files(cast: Cast, alice: Client) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("map/een.xml", paper("Z-1"))
        archive.writestr("twee.xml", paper("Z-2"))
        archive.writestr("foto.heic", b"\x00\x01")
        archive.writestr("bom.xml", b"<" + b" " * (30 * 1024 * 1024))
    answer = alice.post(
        reverse("upload"),
        {"files": [SimpleUploadedFile("alles.zip", packed.getvalue())]},
        headers={"X-Part": "1"},
    )
    page = answer.content.decode()
    assert [name in page for name in ("een.xml", "twee.xml", "foto.heic", "bom.xml")] == [True] * 4
    with scope(cast.alice.firm_id):
        assert sorted(Invoice.objects.values_list("document__filename", flat=True)) == ["een.xml", "twee.xml"]
