"""The full check: beside the invoice, after it, never in its way."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone, translation

from invoices import reasons, serialise
from invoices.formats.write import ubl
from invoices.judging import full_check
from invoices.models import FullCheck, Invoice
from portal.lookups import ask
from portal.tenancy import scope
from tests.judging.desk import Desk, goes_on
from tests.judging.pdfs import picture
from tests.paper import PRINTER, invoice, line, paper


def shown(desk: Desk, got: Invoice) -> dict[str, Any]:
    with scope(desk.firm_id):
        return serialise.invoice(Invoice.objects.get(pk=got.pk))


def test_an_invoice_goes_on_before_it_is_checked_and_the_findings_come_later(desk: Desk) -> None:
    got = desk.gets(seller=replace(PRINTER, endpoint=None))
    assert goes_on(got)
    assert shown(desk, got)["full_check"] == "pending"
    assert full_check.sweep() is False
    after = shown(desk, got)
    assert after["full_check"] == "done"
    found = {one["rule"]: one for one in after["findings"] if one["source"] == "full_check"}
    assert "PEPPOL-EN16931-R020" in found
    assert not any(one["holds"] for one in found.values())
    assert desk.now(got).status == got.status, "shown, not enforced"
    assert ask("due_full_checks", 10) == []


def test_a_rule_that_we_judge_ourselves_is_said_once(desk: Desk) -> None:
    made = invoice()
    got = desk.takes(ubl(replace(made, totals=replace(made.totals, with_vat=Decimal("999.00")))))
    full_check.sweep()
    rules = [one["rule"] for one in shown(desk, got)["findings"]]
    assert rules.count("BR-CO-15") == 1


@pytest.mark.parametrize("language", ["nl", "en"])
def test_findings_are_plain_words_in_both_languages(desk: Desk, language: str) -> None:
    got = desk.gets(seller=replace(PRINTER, endpoint=None))
    full_check.sweep()
    with translation.override(language):
        texts = [one["text"] for one in shown(desk, got)["findings"] if one["source"] == "full_check"]
    assert texts
    assert all(("De factuur" in text) is (language == "nl") for text in texts)


def test_what_cannot_be_judged_says_why_and_is_not_the_same_as_nothing_wrong(desk: Desk) -> None:
    got = desk.takes(ubl(invoice(lines=tuple(line(f"Regel {n}", "1.00") for n in range(1001)))))
    full_check.sweep()
    after = shown(desk, got)
    assert after["full_check"] == "not_judged"
    (finding,) = [one for one in after["findings"] if one["rule"] == "not_judged"]
    assert "1.000" in finding["text"] or "1,000" in finding["text"]
    for reason in ("cii", "timeout", "aborted", "no_xml"):
        for language in ("nl", "en"):
            with translation.override(language):
                said = reasons.finding({"rule": "not_judged", "values": {"reason": reason}})
            assert reason not in said.split(": ")[1].split()


def test_a_plain_pdf_has_nothing_to_check(desk: Desk) -> None:
    assert shown(desk, desk.takes(picture("x")))["full_check"] == "none"


def test_reading_again_does_not_check_again(desk: Desk) -> None:
    from invoices.deciding import dispatch

    got = desk.gets()
    full_check.sweep()
    with scope(desk.firm_id):
        dispatch.retry(Invoice.objects.get(pk=got.pk))
    desk.settles()
    assert shown(desk, got)["full_check"] == "done"
    assert ask("due_full_checks", 10) == []


def test_a_sweep_that_died_is_followed_by_another_and_not_forever(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Died(BaseException):
        pass

    def dies(data: bytes) -> list[Any]:
        raise Died

    got = desk.gets()
    monkeypatch.setattr(full_check, "_judge", dies)
    for _ in range(full_check.MOST_ATTEMPTS):
        with pytest.raises(Died):
            full_check.sweep()
        assert ask("due_full_checks", 10) == [], "claimed: nobody else takes it meanwhile"
        with scope(desk.firm_id):
            FullCheck.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    full_check.sweep()
    assert shown(desk, got)["full_check"] == "not_judged"


def test_many_at_once_are_worked_in_slices(desk: Desk) -> None:
    for number in range(3):
        desk.takes(paper(f"S-{number}", (line(net=f"{number + 1}.00"),)))
    assert full_check.sweep(seconds=0) is True
    assert len(ask("due_full_checks", 10)) == 2
