"""Another bank account on a familiar invoice: held, explained, answered once for all that wait."""

from dataclasses import replace
from typing import Any

import pytest

from connections.models import Supplier
from invoices.formats.model import PaymentMeans
from invoices.models import ConfirmedAccount
from portal.tenancy import scope
from tests.cast import Cast
from tests.judging.desk import PRINTER_IBAN, Desk, goes_on, why
from tests.paper import line, party

OTHER, THIRD = "NL44RABO0123456789", "NL20INGB0001234567"


def paid_to(*accounts: str, **more: Any) -> dict[str, Any]:
    return {"payment_means": tuple(PaymentMeans(code="30", account=one) for one in accounts), **more}


@pytest.mark.parametrize(
    "written",
    [
        PRINTER_IBAN,
        "NL91 ABNA 0417 1643 00",
        "nl91abna0417164300",
        "IBAN: NL91ABNA0417164300",
        "ＮＬ91ABNA0417164300",
        "NL91.ABNA.0417.1643.00",
    ],
)
def test_the_known_account_is_known_however_it_is_written(desk: Desk, written: str) -> None:
    assert goes_on(desk.gets(**paid_to(written)))


@pytest.mark.parametrize("written", [OTHER, "NL91ABNA0417164301", "NL91АBNA0417164300", "417164300"])
def test_any_other_account_is_held_with_both_numbers(desk: Desk, written: str) -> None:
    """The third has a Cyrillic А; the fourth is the old number within the known IBAN, and nobody's word for it."""
    got = desk.gets(**paid_to(written))
    assert why(got) == ("on_hold", "iban_changed")
    assert got.reason_values["known"] == PRINTER_IBAN
    assert got.issue is not None and (got.issue.code, got.issue.connection_id) == (
        "iban_changed",
        desk.connection.pk,
    )


def test_an_account_that_is_no_iban_at_all_says_so(desk: Desk) -> None:
    assert desk.gets(**paid_to("NL91ABNA0417164301")).reason_values["valid"] is False
    assert desk.gets("2026-200", **paid_to(OTHER)).reason_values["valid"] is True


def test_a_supplier_without_an_account_in_exact_is_asked_about_once(desk: Desk) -> None:
    with scope(desk.firm_id):
        Supplier.objects.filter(pk=desk.printer.pk).update(ibans=[])
    assert why(desk.gets()) == ("on_hold", "iban_new")


def test_a_strange_account_beside_the_known_one_is_held_too(desk: Desk) -> None:
    got = desk.gets(**paid_to(PRINTER_IBAN, OTHER))
    assert (why(got), got.reason_values["ibans"]) == (("on_hold", "iban_changed"), [OTHER])


def test_the_blocked_account_of_a_builder_is_an_account_too(desk: Desk) -> None:
    means = (
        PaymentMeans(code="30", account=PRINTER_IBAN),
        PaymentMeans(code="30", account=OTHER, id="GACCOUNT"),
    )
    assert why(desk.gets(payment_means=means)) == ("on_hold", "iban_changed")


def test_a_payee_who_is_not_the_seller_is_named(desk: Desk) -> None:
    got = desk.gets(payee=party("Factoring Maatschappij N.V.", "55555555"), **paid_to(OTHER))
    assert got.reason_values["payee"] == "Factoring Maatschappij N.V."


def test_a_credit_note_and_an_invoice_without_account_ask_nothing(desk: Desk) -> None:
    assert goes_on(desk.gets(**paid_to(OTHER, type_code="381", kind="credit_note", root="CreditNote")))
    assert goes_on(desk.gets("2026-101", payment_means=()))


# --- The answer ------------------------------------------------------------------------------------------


def test_one_confirmation_lets_every_waiting_invoice_of_that_supplier_and_account_go_on(desk: Desk) -> None:
    waiting = [desk.gets(f"2026-10{n}", (line(net=f"{n}.00"),), **paid_to(OTHER)) for n in range(1, 4)]
    another = desk.gets("2026-200", (line(net="9.99"),), **paid_to(THIRD))
    assert len({one.issue_id for one in waiting}) == 1
    (issue,) = [one for one in desk.open_issues("iban_changed") if OTHER in one.subject]
    desk.releases(waiting[1], "iban_confirmed")
    assert all(goes_on(desk.now(one)) for one in waiting)
    assert why(desk.now(another)) == ("on_hold", "iban_changed"), "another account is another question"
    assert issue.pk not in {one.pk for one in desk.open_issues("iban_changed")}
    assert goes_on(desk.gets("2026-300", (line(net="8.00"),), **paid_to(OTHER))), "nor is it asked again"


def test_a_confirmation_is_for_the_accounts_that_were_shown_and_no_other(desk: Desk) -> None:
    """Held for something else, «confirmed» confirms nothing."""
    held = desk.gets("2026-100", **paid_to(OTHER, type_code="380", currency="USD"))
    assert held.reason == "currency_not_taken"
    assert desk.releases(held, "iban_confirmed").reason == "currency_not_taken"
    with scope(desk.firm_id):
        assert not ConfirmedAccount.objects.exists()
    assert why(desk.gets("2026-101", (line(net="7.00"),), **paid_to(OTHER))) == ("on_hold", "iban_changed")


def test_a_confirmed_account_of_one_supplier_is_strange_at_another(desk: Desk) -> None:
    desk.releases(desk.gets(**paid_to(OTHER)), "iban_confirmed")
    with scope(desk.firm_id):
        desk.supplier("Bakkersbedarf B.V.", kvk_number="11112222", ibans=[THIRD])
    got = desk.gets(
        "B-1", (line(net="7.00"),), **paid_to(OTHER, seller=party("Bakkersbedarf B.V.", "11112222"))
    )
    assert why(got) == ("on_hold", "iban_changed")


def test_choosing_another_supplier_asks_about_its_accounts_anew(desk: Desk) -> None:
    from invoices.deciding import corrections

    with scope(desk.firm_id):
        other = desk.supplier("Bakkersbedarf B.V.", kvk_number="11112222", ibans=[THIRD])
    got = desk.releases(desk.gets(**paid_to(OTHER)), "iban_confirmed")
    assert goes_on(got)
    with scope(desk.firm_id):
        corrections.choose_supplier(got, other)
    desk.settles()
    assert why(desk.now(got)) == ("on_hold", "iban_changed")


# --- Across the firm's clients ---------------------------------------------------------------------------


def test_other_clients_count_as_numbers_and_show_nothing_of_themselves(cast: Cast, desk: Desk) -> None:
    for kvk, accounts in (("99999990", [OTHER]), ("99999981", [OTHER, PRINTER_IBAN]), ("99999972", [])):
        client = Desk(cast.alice, f"Klant {kvk}", kvk)
        with scope(cast.alice.firm_id):
            Supplier.objects.filter(pk=client.printer.pk).update(ibans=accounts)
    Desk(cast.charlie, "Klant van de buren", "99999963")
    got = desk.gets(**paid_to(OTHER))
    assert (got.reason_values["clients"], got.reason_values["clients_same"]) == (3, 2)
    assert got.issue is not None
    told = f"{got.reason_values} {got.issue.values} {got.issue.subject}"
    assert "Klant" not in told and "121" not in told


def test_an_account_that_a_person_confirmed_at_another_client_counts_and_does_not_decide(
    cast: Cast, desk: Desk
) -> None:
    butcher = Desk(cast.alice, "Slagerij Hak", "99999990")
    hak = party("Slagerij Hak", "99999990")
    butcher.releases(butcher.gets(buyer=hak, **paid_to(OTHER)), "iban_confirmed")
    got = desk.gets(**paid_to(OTHER))
    assert why(got) == ("on_hold", "iban_changed")
    assert (got.reason_values["clients"], got.reason_values["clients_same"]) == (1, 1)


def test_invoices_that_merely_came_in_at_other_clients_are_no_evidence(cast: Cast, desk: Desk) -> None:
    """A fraud is sent to many at once."""
    butcher = Desk(cast.alice, "Slagerij Hak", "99999990")
    butcher.gets(**paid_to(OTHER), buyer=party("Slagerij Hak", "99999990"))
    assert desk.gets(**paid_to(OTHER)).reason_values["clients_same"] == 0


def test_the_remedy_says_so_in_both_languages(cast: Cast, desk: Desk) -> None:
    from connections.remedies import remedy

    got = desk.gets(**paid_to(OTHER))
    assert got.issue is not None
    for language in ("nl", "en"):
        words = remedy(got.issue.code).words(got.issue.values, language)
        assert OTHER in words.cause.replace(" ", "") and "0" in words.steps[0]


def test_the_seller_on_paper_may_be_spelled_anyhow_and_shares_the_issue(desk: Desk) -> None:
    """The key is the supplier in Exact, not the name that a fraud may write."""
    from tests.paper import PRINTER

    one = desk.gets("2026-100", **paid_to(OTHER))
    two = desk.gets("2026-101", (line(net="5.00"),), **paid_to(OTHER, seller=replace(PRINTER, name="V. DAM")))
    assert one.issue_id == two.issue_id
