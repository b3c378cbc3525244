"""The first thing that a new firm reads: the mail that confirms its address, and the pages around it."""

import re

from django.core import mail
from django.test import Client


def test_the_mail_that_confirms_an_address_speaks_as_the_portal_does(database: None) -> None:
    browser = Client()
    fields = {"firm": "Kantoor Nieuw", "email": "nora@nieuw.example", "password1": "een-lang-wachtwoord-42"}
    page = browser.post("/accounts/signup/", fields, follow=True).content.decode()
    assert "Kijk in uw mail" in page
    (sent,) = mail.outbox
    assert sent.subject == "Bevestig uw e-mailadres"
    assert sent.body.startswith("Iemand heeft zich met dit adres aangemeld bij Autopilot for Exact Online.")
    assert not re.search(r"\b(je|jouw)\b", sent.body)
    link = re.search(r"https?://\S+(/accounts/confirm-email/\S+)", sent.body)
    assert link is not None
    assert "Is nora@nieuw.example van u?" in browser.get(link[1]).content.decode()


def test_a_link_that_confirms_nothing_says_how_to_get_another(database: None) -> None:
    page = Client().get("/accounts/confirm-email/not-a-link-of-ours/").content.decode()
    assert "Log in: is uw adres nog niet bevestigd, dan krijgt u een nieuwe link." in page
