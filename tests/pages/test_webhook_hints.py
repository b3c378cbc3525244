"""What the page of webhooks tells the makers of software is what is sent."""

from django.conf import settings
from django.test import Client

from portal import webhooks
from portal.partners import create_partner
from tests.cast import Cast


def test_the_page_names_the_headers_the_tries_and_the_answer_that_counts(alice: Client, cast: Cast) -> None:
    page = alice.get("/webhooks/").content.decode()
    for header in ("webhook-id", "webhook-timestamp", "webhook-signature"):
        assert f"<code>{header}</code>" in page
    assert f"{len(webhooks.GAPS) + 1} keer in 3 dagen" in page
    assert f"binnen {settings.WEBHOOK_SECONDS:g} seconden" in page
    assert f"{webhooks.GONE} zet de webhook uit" in page


def test_who_has_an_api_client_is_not_told_to_make_one_first(alice: Client, cast: Cast) -> None:
    assert "Maak die client eerst" in alice.get("/webhooks/").content.decode()
    create_partner("Software B.V.", cast.alice.firm_id)
    page = alice.get("/webhooks/").content.decode()
    assert "Maak die client eerst" not in page
    assert "Maak er hier een" in page
