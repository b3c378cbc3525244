"""Choosing one administration of many: found while typing, never chosen by accident."""

from playwright.sync_api import Page, expect

from connections import connecting
from portal.tenancy import scope
from tests.browser.conftest import Live
from tests.cast import Cast
from tests.connections.test_bulk import signed_in, world
from tests.exact_sandbox import ExactSandbox

COUNT = 30


def test_one_of_many_administrations_is_found_while_typing(
    alice: Page, live: Live, cast: Cast, exact: ExactSandbox
) -> None:
    exact.reset(world(COUNT))
    authorisation = signed_in(cast, exact)
    organisation = cast.alice.organisation("Bakkerij", "55555555")
    with scope(cast.alice.firm_id):
        connection = connecting.connect(organisation)
        connecting.authorised(connection, authorisation, choose=False)
    alice.goto(f"{live.url}/connections/{connection.pk}/connect/")
    field, shown = alice.get_by_label(f"Zoek in {COUNT} administraties"), alice.locator(".choice:visible")
    expect(shown).to_have_count(COUNT)
    field.fill("3017")
    expect(shown).to_have_count(1)
    field.press("Enter")
    chosen = alice.locator("input[name=division]:checked")
    expect(chosen).to_have_value("3017")
    field.fill("bestaat niet")
    expect(alice.get_by_text("Geen administratie past bij deze woorden.")).to_be_visible()
    expect(shown).to_have_count(1)  # the chosen one stays in sight
    field.fill("")
    expect(shown).to_have_count(COUNT)
