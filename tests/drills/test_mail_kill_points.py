"""The mail process or its worker is killed at any point of a mail's way: the sender sends again, each file comes in once."""

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from invoices.channels import mail
from invoices.models import Invoice, MailMessage
from portal.lookups import ask
from portal.tenancy import scope
from tests.cast import Cast
from tests.channels.mails import BAKERY
from tests.channels.mails import mail as made
from tests.drills import killing
from tests.paper import paper


@pytest.mark.parametrize("point", ["mail.before_commit", "mail.committed", "mail.file_taken"])
def test_a_mail_whose_process_is_killed_becomes_each_document_once(
    cast: Cast, settings: Any, tmp_path: Path, point: str
) -> None:
    settings.INBOUND_MAIL_DOMAIN = "facturen.test"
    cast.alice.organisation()
    raw = made(("een.xml", paper("M-1")), ("twee.xml", paper("M-2"))).as_bytes()

    def take() -> None:
        mail.arrive(raw, BAKERY, "bounce@drukkerij.example")
        for due in ask("due_mails", 10):
            mail.process(*due)

    killing.run(take, kill_at=point, folder=tmp_path)
    with scope(cast.alice.firm_id):
        assert MailMessage.objects.count() == (0 if point == "mail.before_commit" else 1)
        # The lease of a worker that died: as if its two minutes were over.
        MailMessage.objects.filter(state="waiting").update(due_at=timezone.now())
    killing.run(take, folder=tmp_path)
    with scope(cast.alice.firm_id):
        (row,) = MailMessage.objects.all()
        assert row.state == "taken"
        assert sorted(Invoice.objects.values_list("document__filename", flat=True)) == ["een.xml", "twee.xml"]
