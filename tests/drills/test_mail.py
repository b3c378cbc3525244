"""Ten thousand mails of 300 kB by LMTP, the server killed in the middle: each document once."""

import base64
import os
import random
import resource
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import pytest

from invoices.channels import mail
from invoices.models import Invoice, MailMessage
from portal.lookups import ask
from portal.tenancy import scope
from tests.cast import Cast
from tests.channels.lmtp import MailProcess, deliver
from tests.channels.mails import BAKERY
from tests.drills.report import tell

MAILS = int(os.environ.get("DRILL_MAILS") or (10_000 if os.environ.get("DRILL") == "full" else 500))
BYTES = 220_000  # about 300 kB as base64
SENDERS = 4
TRIES = 200  # of one mail; a server that was killed is back after a few

LETTER = b"""From: print@drukkerij.example\r
To: %(to)s\r
Subject: Factuur %(number)d\r
Message-ID: <%(number)d@drukkerij.example>\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary="=-="\r
\r
--=-=\r
Content-Type: text/plain; charset="utf-8"\r
\r
Hierbij onze factuur.\r
\r
--=-=\r
Content-Type: application/octet-stream\r
Content-Transfer-Encoding: base64\r
Content-Disposition: attachment; filename="%(number)d.pdf"\r
\r
%(file)s--=-=--\r
"""


@cache
def _same_for_all() -> bytes:
    return base64.encodebytes(random.Random(8).randbytes(BYTES)).replace(b"\n", b"\r\n")


def letter(number: int) -> bytes:
    """A mail with a PDF of its own. Made by hand: the email package takes longer to write one than we to take it in."""
    first = base64.encodebytes(b"%%PDF-1.7\n%%%36d\ntrailer" % number).replace(b"\n", b"\r\n")
    return LETTER % {b"to": BAKERY.encode(), b"number": number, b"file": first + _same_for_all()}


def send(port: int, number: int) -> None:
    """As a mail server does: again until somebody answers 250."""
    raw = letter(number)
    for _ in range(TRIES):
        try:
            if deliver(port, [BAKERY], raw) == [250]:
                return
        except (OSError, AssertionError):
            time.sleep(0.1)  # the server is gone, or went in the middle of an answer
    raise AssertionError(f"mail {number} was never taken")


def through_a_door_that_dies() -> None:
    server = MailProcess()
    port = server.port
    try:
        with ThreadPoolExecutor(SENDERS) as senders:
            waiting = [senders.submit(send, port, number) for number in range(MAILS)]
            for part in (1, 2, 3):
                waiting[MAILS * part // 4].result()
                server.kill()
                server = MailProcess(port=port)
            for one in waiting:
                one.result()
    finally:
        server.stop()


@pytest.mark.drill
def test_mails_over_a_killed_server_become_each_one_document(cast: Cast, settings: Any) -> None:
    settings.INBOUND_MAIL_DOMAIN = "facturen.test"
    cast.alice.organisation()
    through_a_door_that_dies()
    door = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.process_time()
    while due := ask("due_mails", 500):
        for one in due:
            mail.process(*one)
    worked = time.process_time() - began
    with scope(cast.alice.firm_id):
        assert MailMessage.objects.count() == MAILS
        assert MailMessage.objects.filter(state="taken").count() == MAILS
        assert Invoice.objects.count() == MAILS
        assert Invoice.objects.values("document__sha256").distinct().count() == MAILS
    tell(
        "Mail",
        f"{MAILS} mails of 300 kB by LMTP from {SENDERS} senders, the server killed three times: each became one document. "
        f"Processor time for a mail: {1000 * (door.ru_utime + door.ru_stime) / MAILS:.0f} ms at the door (starts included), "
        f"{1000 * worked / MAILS:.0f} ms from there to the document.",
    )
