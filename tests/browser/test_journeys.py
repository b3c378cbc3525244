"""The ten journeys, in a browser, against the Exact sandbox, each with a mouse and with the keyboard alone."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from playwright.sync_api import BrowserContext, Page, expect

from connections import reminders
from invoices import intake
from invoices.models import Invoice
from portal.tenancy import scope
from tests.browser.conftest import Live, sign_in
from tests.browser.hands import Hand, Keys, Mouse
from tests.cast import Cast
from tests.connections.aids import ten_minutes_later
from tests.exact_sandbox import ExactSandbox
from tests.helpers import connected
from tests.paper import line, paper, party
from tests.work import work_until

BAKERY = "Bakkerij De Korenaar"
A_WHILE = 30_000  # ms: the worker beside the page works as fast as this machine lets it


@pytest.fixture(params=[Mouse, Keys], ids=["mouse", "keyboard"])
def hand(request: pytest.FixtureRequest) -> Hand:
    made: Hand = request.param()
    return made


def button(page: Page, name: str) -> Any:
    return page.get_by_role("button", name=name, exact=True)


def send(cast: Cast, data: bytes, work: Any) -> Invoice:
    got = intake.receive(cast.alice.firm_id, data, channel="api")
    work()
    with scope(cast.alice.firm_id):
        return Invoice.objects.get(pk=got.invoice_id)


def again(cast: Cast, invoice: Invoice) -> Invoice:
    with scope(cast.alice.firm_id):
        return Invoice.objects.get(pk=invoice.pk)


def upload(page: Page, folder: Path, data: bytes, name: str = "factuur.xml") -> None:
    """Choosing files opens the system's own window, which no test can reach; the field takes them."""
    file = folder / name
    file.write_bytes(data)
    page.locator("input[type=file]").set_input_files(file)


def sign_in_at_exact(page: Page, hand: Hand, user: str = "anna") -> None:
    """Exact's own two pages: who one is, and that it may."""
    hand.press(page.get_by_role("link", name=user).first)
    hand.press(page.locator("button.yes"))


def test_somebody_signs_up_a_firm(page: Page, live: Live, hand: Hand) -> None:
    page.goto(live.url + "/accounts/signup/")
    hand.write(page.get_by_label("Naam van uw kantoor"), "Kantoor Nieuw")
    hand.write(page.get_by_label("E-mail"), "nora@nieuw.example")
    hand.write(page.locator("#id_password1"), "een-lang-wachtwoord-42")
    hand.press(button(page, "Aanmelden"))
    expect(page.locator("main")).to_contain_text("e-mail")
    (sent,) = mail.outbox
    link = re.search(r"https?://\S+/accounts/confirm-email/\S+", sent.body)
    assert link is not None
    page.goto(live.url + "/accounts" + link[0].split("/accounts", 1)[1])
    hand.press(page.locator("main form button").first)
    hand.write(page.locator("#id_login"), "nora@nieuw.example")
    hand.write(page.locator("#id_password"), "een-lang-wachtwoord-42")
    hand.press(button(page, "Inloggen"))
    expect(page.get_by_text("Drie stappen naar uw eerste geboekte factuur")).to_be_visible()
    expect(page.get_by_text("Kantoor Nieuw").first).to_be_visible()


def test_fifty_clients_come_from_a_file(
    alice: Page, live: Live, cast: Cast, background: None, tmp_path: Path, hand: Hand
) -> None:
    rows = "\n".join(f"Klant {number};{30000000 + number}" for number in range(50))
    alice.goto(live.url + "/clients/import/")
    upload(alice, tmp_path, f"naam;kvk\n{rows}\nFout;12\n".encode(), "klanten.csv")
    hand.press(button(alice, "Bestand lezen"))
    expect(alice.get_by_text("50 nieuw, 0 al bekend, 1 die niet kunnen.")).to_be_visible()
    hand.press(button(alice, "Maak 50 klanten"))
    expect(alice.get_by_text("50 van 50")).to_be_visible(timeout=A_WHILE)
    hand.press(alice.get_by_role("link", name="Naar de klanten"))
    expect(alice.get_by_text("50 klanten")).to_be_visible()


def test_a_client_is_connected(
    alice: Page, live: Live, cast: Cast, exact: ExactSandbox, background: None, hand: Hand
) -> None:
    alice.goto(live.url + "/clients/new/")
    hand.write(alice.get_by_label("naam"), BAKERY)
    hand.write(alice.get_by_label("KVK-nummer"), "12345678")
    hand.press(button(alice, "Klant toevoegen"))
    hand.press(alice.get_by_role("button", name="Verbinden met Exact").first)
    hand.press(button(alice, "Inloggen bij Exact"))
    sign_in_at_exact(alice, hand)
    expect(alice.get_by_text("Gekoppeld met Bakkerij De Korenaar (1001).")).to_be_visible(timeout=A_WHILE)
    expect(alice.get_by_text("12345678@facturen.econnect.eu").first).to_be_visible()
    expect(alice.get_by_text("bewezen").first).to_be_visible()


def test_many_clients_are_connected_over_one_sign_in(
    alice: Page, live: Live, cast: Cast, exact: ExactSandbox, worker: Any, background: None, hand: Hand
) -> None:
    connected(cast.alice, exact, worker)
    cast.alice.organisation("Slagerij Hak", "99999990")
    alice.goto(live.url + "/sign-ins/")
    hand.press(alice.get_by_role("link", name="Veel koppelen"))
    expect(alice.get_by_text("zelfde KVK-nummer")).to_be_visible()
    hand.press(button(alice, "Koppel wat aangevinkt is"))
    row = alice.get_by_role("row").filter(has_text="Slagerij Hak")
    expect(row.get_by_text("gekoppeld", exact=True)).to_be_visible(timeout=A_WHILE)


def test_a_first_invoice_is_booked(
    alice: Page,
    live: Live,
    cast: Cast,
    exact: ExactSandbox,
    worker: Any,
    background: None,
    tmp_path: Path,
    hand: Hand,
) -> None:
    connected(cast.alice, exact, worker)
    alice.goto(live.url + "/upload/")
    upload(alice, tmp_path, paper("2026-100"))
    row = alice.locator("[data-outcomes] li").first
    expect(row.get_by_text("geboekt", exact=True)).to_be_visible(timeout=A_WHILE)
    hand.press(row.get_by_role("link"))
    expect(alice.get_by_text(re.compile(r"Boeking \d+ in Exact"))).to_be_visible()
    (entry,) = exact.entries(1001, "2026-100")
    assert entry["AmountFC"] == "121.00"


def test_a_correction_is_learnt(
    alice: Page, live: Live, cast: Cast, exact: ExactSandbox, worker: Any, hand: Hand
) -> None:
    connected(cast.alice, exact, worker)
    new = party("Nieuwe Leverancier", "11223344")
    own = {"seller": new, "payment_means": ()}
    first = send(cast, paper("N-1", lines=(line("Schoonmaak oktober", "80.00"),), **own), worker)
    assert first.status == "review"
    alice.goto(live.url + f"/invoices/{first.pk}/correct/")
    account = alice.get_by_role("combobox", name="Rekening")
    hand.write(account, "4500")
    expect(alice.get_by_role("option").first).to_be_visible()
    alice.keyboard.press("Enter")
    alice.get_by_label("btw-code").select_option("2")
    hand.press(button(alice, "Bewaren, goedkeuren en boeken"))
    expect(alice.get_by_text("Verbeterd en goedgekeurd.")).to_be_visible()
    worker()
    assert again(cast, first).status == "booked"
    second = send(cast, paper("N-2", lines=(line("Schoonmaak november", "80.00"),), **own), worker)
    with scope(cast.alice.firm_id):
        assert [one.account for one in second.proposal.lines.all()] == ["4500"]
    alice.goto(live.url + f"/invoices/{second.pk}/")
    expect(alice.locator("#proposal").get_by_text("4500", exact=True)).to_be_visible()


def test_an_expired_sign_in_is_renewed_and_what_waited_is_booked(
    alice: Page,
    live: Live,
    cast: Cast,
    exact: ExactSandbox,
    worker: Any,
    background: None,
    context: BrowserContext,
    hand: Hand,
) -> None:
    connection = connected(cast.alice, exact, worker)
    ten_minutes_later(exact, connection)
    exact.control("POST", "revoke", user="anna")
    invoice = send(cast, paper("2026-100"), worker)
    assert invoice.status != "booked"
    alice.goto(live.url + f"/connections/{connection.pk}/")
    expect(alice.get_by_text("geblokkeerd").first).to_be_visible()
    reminders.remind(cast.alice.firm_id)
    (told,) = [one for one in mail.outbox if "/connect/link/" in one.body]
    found = re.search(r"https?://\S+/connect/link/\S+", told.body)
    assert found is not None
    link = found[0]
    elsewhere = context.browser.new_context().new_page()  # type: ignore[union-attr]
    elsewhere.goto(link)
    hand.press(elsewhere.locator("main form button.primary"))
    sign_in_at_exact(elsewhere, hand)
    expect(elsewhere.get_by_role("heading", name="Het is gelukt")).to_be_visible()
    work_until(lambda: again(cast, invoice).status == "booked", seconds=90)
    alice.goto(live.url + f"/invoices/{invoice.pk}/")
    expect(alice.get_by_text(re.compile(r"Boeking \d+ in Exact"))).to_be_visible()
    (entry,) = exact.entries(1001, "2026-100")
    assert entry["AmountFC"] == "121.00"


def test_a_duplicate_is_laid_beside_the_first_and_refused(
    alice: Page, live: Live, cast: Cast, exact: ExactSandbox, worker: Any, hand: Hand
) -> None:
    connected(cast.alice, exact, worker)
    send(cast, paper("2026-100"), worker)
    twin = send(cast, paper("2026-100", lines=(line(net="101.00"),)), worker)
    alice.goto(live.url + f"/queue/{twin.pk}/?view=on_hold")
    expect(alice.get_by_text("De andere")).to_be_visible()
    expect(alice.get_by_text("verschil").first).to_be_visible()
    hand.press(button(alice, "Dubbel"))
    expect(alice.get_by_text("Een dubbele. Er wordt niets geboekt.")).to_be_visible()
    assert again(cast, twin).status == "duplicate"
    assert len(exact.entries(1001, "2026-100")) == 1


def test_another_bank_account_is_held_until_somebody_confirmed_it(
    alice: Page, live: Live, cast: Cast, exact: ExactSandbox, worker: Any, hand: Hand
) -> None:
    from invoices.formats.model import PaymentMeans

    connected(cast.alice, exact, worker)
    means = (PaymentMeans(code="30", account="NL20INGB0001234567", reference="2026-100"),)
    held = send(cast, paper("2026-100", payment_means=means), worker)
    assert held.reason == "iban_changed", (held.status, held.reason)
    alice.goto(live.url + f"/invoices/{held.pk}/")
    expect(alice.get_by_text("NL20 INGB 0001 2345 67").first).to_be_visible()
    expect(alice.get_by_text("Bel de leverancier op een nummer dat u al had")).to_be_visible()
    hand.press(button(alice, "IBAN bevestigd"))
    expect(alice.get_by_text("Vrijgegeven; de factuur gaat verder.")).to_be_visible()
    worker()
    assert len(exact.entries(1001, "2026-100")) == 1


def test_a_booking_is_undone(
    alice: Page, live: Live, cast: Cast, exact: ExactSandbox, worker: Any, hand: Hand
) -> None:
    connected(cast.alice, exact, worker)
    booked = send(cast, paper("2026-100"), worker)
    assert booked.status == "booked"
    alice.on("dialog", lambda dialog: dialog.accept())
    alice.goto(live.url + f"/invoices/{booked.pk}/")
    hand.press(button(alice, "Ongedaan maken"))
    expect(alice.get_by_text("De boeking wordt uit Exact gehaald")).to_be_visible()
    worker()
    assert again(cast, booked).status == "review"
    assert exact.entries(1001, "2026-100") == []


def test_a_client_moves_to_another_firm(
    alice: Page,
    live: Live,
    cast: Cast,
    exact: ExactSandbox,
    worker: Any,
    background: None,
    context: BrowserContext,
    hand: Hand,
) -> None:
    connection = connected(cast.alice, exact, worker)
    booked = send(cast, paper("2026-100"), worker)
    work_until(lambda: again(cast, booked).status == "booked", seconds=90)
    alice.goto(live.url + f"/clients/{connection.organisation_id}/")
    hand.press(alice.get_by_role("link", name="Naar een ander kantoor"))
    hand.press(button(alice, "Link maken"))
    link = alice.locator("#the-link").inner_text()
    next_door = context.browser.new_context()  # type: ignore[union-attr]
    sign_in(next_door, live, cast.charlie.owner)
    charlie = next_door.new_page()
    charlie.goto(link)
    expect(charlie.get_by_role("heading", name=f"{BAKERY} overnemen?")).to_be_visible()
    hand.press(button(charlie, "De klant overnemen"))
    expect(charlie.get_by_text("Gekomen van Kantoor Alice, en nu van u.")).to_be_visible(timeout=A_WHILE)
    hand.press(charlie.get_by_role("link", name="Naar de klant"))
    expect(charlie.get_by_text("De klant is overgekomen; log in bij Exact")).to_be_visible()
    charlie.goto(live.url + f"/invoices/{booked.pk}/")
    expect(charlie.get_by_text(re.compile(r"Boeking \d+ in Exact"))).to_be_visible()
    alice.goto(live.url + "/clients/moved/")
    hand.press(alice.get_by_role("link", name=BAKERY))
    expect(alice.get_by_text("Verhuisd naar Kantoor Charlie.")).to_be_visible()
    with alice.expect_download() as kept:
        hand.press(button(alice, "Download wat u houdt"))
    assert kept.value.suggested_filename.startswith("12345678-")


def test_the_queue_goes_by_keys_and_takes_back_within_ten_seconds(
    alice: Page, live: Live, cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    connection = connected(cast.alice, exact, worker)
    with scope(cast.alice.firm_id):
        connection.mode = "suggest"
        connection.save()
    first, second = (send(cast, paper(number), worker) for number in ("2026-100", "2026-101"))
    alice.goto(live.url + "/queue/")
    heading = alice.locator("#work .work-head")
    expect(heading).to_contain_text("2026-100")
    alice.keyboard.press("j")
    expect(heading).to_contain_text("2026-101")
    alice.keyboard.press("k")
    expect(heading).to_contain_text("2026-100")
    alice.keyboard.press("a")
    expect(heading).to_contain_text("2026-101")
    expect(alice.get_by_text(re.compile("Goedgekeurd: .*2026-100"))).to_be_visible()
    assert again(cast, first).status == "ready"
    alice.keyboard.press("z")
    expect(heading).to_contain_text("2026-100")
    assert again(cast, first).status == "review"
    worker()
    assert exact.entries(1001, "2026-100") == []
    alice.keyboard.press("?")
    expect(alice.get_by_role("dialog").get_by_text("Het laatste besluit terugnemen")).to_be_visible()
    alice.keyboard.press("Escape")
    alice.keyboard.press("h")
    expect(heading).to_contain_text("2026-101")
    assert again(cast, first).status == "on_hold"
    assert again(cast, second).status == "review"


def test_a_line_that_is_split_gets_what_is_left_of_the_amount(
    alice: Page, live: Live, cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    connection = connected(cast.alice, exact, worker)
    with scope(cast.alice.firm_id):
        connection.mode = "suggest"
        connection.save()
    send(cast, paper("2026-100", lines=(line("Drukwerk folders", "1250.00"),)), worker)
    alice.goto(live.url + "/queue/")
    amounts = alice.locator("[data-line] [name=amount]")
    amounts.first.fill("1.000")
    expect(alice.get_by_text("nog 250,00 te verdelen")).to_be_visible()
    button(alice, "Splitsen").click()
    expect(amounts.nth(1)).to_have_value("250,00")
    expect(alice.get_by_text("te verdelen")).to_have_count(0)
