"""A plain PDF has no number and no amount to show: its page says what it is, without loose dots."""

import re

from invoices import intake
from tests.judging.pdfs import picture
from tests.pages.firm import BusyFirm


def test_a_plain_pdf_has_no_loose_dots_and_says_why_nothing_is_proposed(busy: BusyFirm) -> None:
    got = intake.receive(busy.cast.alice.firm_id, picture("Bon"), channel="upload", filename="bon.pdf")
    busy.work()
    owner = busy.browsers["owner"]
    queue = owner.get(f"/queue/{got.invoice_id}/?view=place").content.decode()
    head = re.sub(r"<[^>]+>|\s+", " ", queue.split('class="work-head"')[1].split("</p>")[0])
    assert "· ·" not in re.sub(r"\s+", " ", head)
    answer = owner.post(
        f"/invoices/{got.invoice_id}/do/route/", {"organisation": str(busy.client.pk)}, follow=True
    )
    assert f"Toegewezen aan klant: {busy.client.name}" in answer.content.decode()
    busy.work()
    page = owner.get(f"/invoices/{got.invoice_id}/").content.decode()
    head = re.sub(
        r"\s+", " ", re.sub(r"<[^>]+>", " ", page.split('class="head no-print"')[1].split("</p>")[0])
    )
    assert "· ·" not in head
    assert "#navpanes=0" in page
    assert "een gewone PDF" in page
