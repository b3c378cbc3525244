"""A mail service's webhook takes mail from whoever knows the secret, and from nobody while there is none."""

import base64
import json
from typing import Any

from django.test import Client

from invoices.models import MailMessage
from portal.tenancy import scope
from tests.cast import Cast
from tests.channels.mails import BAKERY, pdf
from tests.channels.mails import mail as made
from tests.paper import paper

ADDRESS = "/hooks/mail/postmark/inbound/"


def post(password: str = "", file: bytes = b"") -> Any:
    raw = made(("factuur.xml", file or paper())).as_string()
    told = json.dumps(
        {
            "RawEmail": raw,
            "OriginalRecipient": BAKERY,
            "MessageID": "een",
            "From": "drukker@drukkerij.example",
        }
    )
    headers = {"Authorization": f"Basic {base64.b64encode(password.encode()).decode()}"} if password else {}
    return Client(raise_request_exception=False).post(ADDRESS, told, "application/json", headers=headers)


def test_without_a_secret_there_is_no_such_address(cast: Cast) -> None:
    assert post().status_code == 404
    assert post("wie:dan-ook").status_code == 404


def test_with_a_secret_only_who_knows_it_is_heard(cast: Cast, settings: Any) -> None:
    settings.ANYMAIL = {"WEBHOOK_SECRET": "dienst:geheim"}
    settings.INBOUND_MAIL_DOMAIN = BAKERY.partition("@")[2]
    cast.alice.organisation()
    assert post().status_code == 400
    assert post("dienst:geraden").status_code == 400
    assert post("dienst:geheim").status_code == 200
    with scope(cast.alice.firm_id):
        assert MailMessage.objects.count() == 1


def test_a_file_as_large_as_we_take_fits_into_a_mail_services_notice(cast: Cast, settings: Any) -> None:
    settings.ANYMAIL = {"WEBHOOK_SECRET": "dienst:geheim"}
    settings.INBOUND_MAIL_DOMAIN = BAKERY.partition("@")[2]
    cast.alice.organisation()
    assert post("dienst:geheim", pdf() + bytes(settings.INTAKE_MAX_BYTES - 100)).status_code == 200
    with scope(cast.alice.firm_id):
        (raw,) = MailMessage.objects.values_list("raw", flat=True)
        assert len(raw) > settings.INTAKE_MAX_BYTES * 4 // 3
