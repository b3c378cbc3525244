"""Ten thousand mails of 300 kB by LMTP, the server killed in the middle: each document once."""

import os
import random
import time
from concurrent.futures import ThreadPoolExecutor
from email.policy import SMTP
from typing import Any

import pytest

from invoices.channels import mail
from invoices.models import Invoice, MailMessage
from portal.lookups import ask
from portal.tenancy import scope
from tests.cast import Cast
from tests.channels.lmtp import MailProcess, deliver
from tests.channels.mails import BAKERY
from tests.channels.mails import mail as made

MAILS = 10_000 if os.environ.get("DRILL") == "full" else 500
BYTES = 220_000  # about 300 kB as base64
SENDERS = 4


def letter(number: int) -> bytes:
    data = b"%PDF-1.7\n%" + random.Random(number).randbytes(BYTES)
    return made((f"{number}.pdf", data), message_id=f"<{number}@drukkerij.example>").as_bytes(policy=SMTP)


@pytest.mark.drill
def test_mails_over_a_killed_server_become_each_one_document(cast: Cast, settings: Any) -> None:
    settings.INBOUND_MAIL_DOMAIN = "facturen.test"
    cast.alice.organisation()
    server = MailProcess()
    port, began = server.port, time.monotonic()

    def send(number: int) -> None:
        """As a mail server does: again until somebody answers 250."""
        raw = letter(number)
        while time.monotonic() - began < 1800:
            try:
                if deliver(port, [BAKERY], raw) == [250]:
                    return
            except (OSError, AssertionError):
                pass  # the server is gone, or went in the middle of an answer
        raise AssertionError(f"mail {number} was never taken")

    try:
        with ThreadPoolExecutor(SENDERS) as senders:
            waiting = [senders.submit(send, number) for number in range(MAILS)]
            for part in (1, 2, 3):
                waiting[MAILS * part // 4].result()
                server.kill()
                server = MailProcess(port=port)
            for one in waiting:
                one.result()
    finally:
        server.stop()
    while due := ask("due_mails", 500):
        for one in due:
            mail.process(*one)
    with scope(cast.alice.firm_id):
        assert MailMessage.objects.count() == MAILS
        assert MailMessage.objects.filter(state="taken").count() == MAILS
        assert Invoice.objects.count() == MAILS
        assert Invoice.objects.values("document__sha256").distinct().count() == MAILS
    print(
        f"{MAILS} mails, three kills: {MAILS / (time.monotonic() - began):.0f} a second from door to document"
    )
