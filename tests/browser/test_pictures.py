"""The pictures of the user guide, made from the pages themselves: `make browser` makes them anew.

A page that has lost what its picture shows fails here. Without PICTURES only the guide's text is looked at: that it
shows every picture there is, and that its links lead somewhere.
"""

import os
import re
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from PIL import Image
from playwright.sync_api import BrowserContext, Page

from connections.models import Entry, EntryLine, Supplier
from invoices import month_end
from invoices.models import Document, Invoice, Proposal
from invoices.proposing import backtest, rule_keeping
from portal import jobs
from portal.tenancy import scope
from tests.browser.conftest import Live
from tests.pages.firm import BusyFirm
from tests.paper import line, paper, party

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
KEEP = bool(os.environ.get("PICTURES"))

# name → (address, what must be in sight)
GUIDE: dict[str, tuple[str, str]] = {
    "today": ("/", ".stats"),
    "clients": ("/clients/", "table"),
    "clients-import": ("/clients/import/{draft}/", "table"),
    "client": ("/clients/{client}/", ".facts"),
    "connect": ("/connections/{pending}/connect/", ".wizard"),
    "connection": ("/connections/{connection}/", "#checks"),
    "connect-many": ("/sign-ins/{authorisation}/connect/", "table"),
    "queue": ("/queue/{review}/", "#work"),
    "invoice": ("/invoices/{booked}/", ".sheet"),
    "duplicate": ("/queue/{held}/?view=on_hold", "#work"),
    "rule": ("/rules/{rule}/", "form"),
    "backtest": ("/clients/{client}/backtest/", ".curve"),
    "month": ("/month/", ".card"),
    "issue": ("/issues/{issue}/", "h1"),
    "team": ("/team/", ".list"),
}
SCREENS = ("today", "queue", "invoice", "clients", "connection", "month")
WIDTHS = {390: 844, 1280: 800, 1920: 1080}


@pytest.fixture
def shown(alice: Page, live: Live, cast: Any, exact: Any, worker: Any) -> BusyFirm:
    """A firm worth a picture: some clients more, a history, a rule, a back-test."""
    busy = BusyFirm(cast, exact, worker)
    for number, name in enumerate(
        ("Garage Van Loon", "Praktijk De Brug", "Kwekerij Zonnedauw", "Café De Hoek")
    ):
        cast.alice.organisation(name, f"5000000{number}")
    with scope(cast.alice.firm_id):
        cast.alice.owner.name = "Alice de Wit"
        cast.alice.owner.save()
        _history(busy)
        _a_month_of_work(busy)
        rule_keeping.save(
            None,
            name="Brandstof",
            conditions={"text": "diesel", "amount_to": "150.00"},
            actions={"account": "4430", "cost_center": "ALG"},
        )
        job = backtest.ask([busy.connection])
    jobs.run(cast.alice.firm_id, job.pk)
    for number in range(4):
        busy.send(paper(f"2026-3{number:02}", lines=(line("Drukwerk folders", f"{120 + 35 * number}.00"),)))
    busy.send(
        paper("F-77", seller=party("Telecom Direct B.V.", "11223345"), lines=(line("Abonnement", "49.00"),))
    )
    return busy


def _history(busy: BusyFirm) -> None:
    """A year of a supplier who sends every month."""
    from uuid import uuid4

    from invoices.knowledge import keeping

    supplier = Supplier.objects.filter(connection=busy.connection).order_by("name").first()
    assert supplier is not None
    for back in range(1, 60):
        day = timezone.localdate() - timedelta(days=6 * back)
        entry = Entry.objects.create(
            connection=busy.connection, exact_id=uuid4(), supplier_id_in_exact=supplier.exact_id, entry_date=day,
            entry_number=26790000 + back, your_ref=f"H-{back}", your_ref_normalised=f"H{back}", journal="70",
            currency="EUR", amount=100 + back, vat_amount=0,
        )  # fmt: skip
        EntryLine.objects.create(
            entry=entry, exact_id=uuid4(), position=1, account_id=uuid4(), vat_code="2", amount=100 + back,
            account="4500" if back % 3 else "4400", description="Drukwerk" if back % 3 else "Porto",
        )  # fmt: skip
    new = Supplier.objects.create(
        connection=busy.connection,
        exact_id=uuid4(),
        code="90",
        name="Telecom Direct B.V.",
        name_plain="telecom direct",
    )
    this = month_end.first_of(timezone.localdate())
    for back in range(1, 5):
        Entry.objects.create(
            connection=busy.connection, exact_id=uuid4(), supplier_id_in_exact=new.exact_id, journal="70",
            entry_date=month_end.first_of(this, -back), entry_number=26780000 + back, your_ref=f"T-{back}",
            your_ref_normalised=f"T{back}", currency="EUR", amount=49, vat_amount=0,
        )  # fmt: skip
    keeping.learn_client(busy.connection)


def _a_month_of_work(busy: BusyFirm) -> None:
    """Invoices over thirty days, as the chart of the start page shows them."""
    for number in range(120):
        at = timezone.now() - timedelta(days=number % 30, hours=number % 7)
        made = Document.objects.create(
            organisation=busy.client, channel="api", media_type="", sha256=f"{number:064}", size=1
        )
        row = Invoice.objects.create(
            document=made, organisation=busy.client, kind="ubl", number=f"{20260 + number}", currency="EUR",
            issue_date=at.date(), total=40 + number, seller_name="Drukkerij Van Dam B.V.",
            status="booked" if number % 9 else "rejected",
        )  # fmt: skip
        Invoice.objects.filter(pk=row.pk).update(created_at=at)
        if number % 6 == 0:
            Proposal.objects.create(invoice=row, confidence=1, made_at=at, approved_at=at)


def address(busy: BusyFirm, pattern: str) -> str:
    pks = {name: getattr(busy, name).pk for name in re.findall(r"{(\w+)}", pattern) if name != "pending"}
    if "{pending}" in pattern:
        from connections import connecting

        with scope(busy.cast.alice.firm_id):
            row = busy.other_client.connections.first() or connecting.connect(busy.other_client)
        pks["pending"] = row.pk
    return pattern.format(**pks)


def smaller(data: bytes) -> bytes:
    """The same picture with a palette: a third of the bytes, and no difference that one sees."""
    made = BytesIO()
    Image.open(BytesIO(data)).convert("RGB").quantize(200, dither=Image.Dither.NONE).save(
        made, "PNG", optimize=True
    )
    return made.getvalue()


def picture(page: Page, path: Path) -> None:
    """Keep what is in sight; without PICTURES only that there is something to see counts."""
    data = page.screenshot(animations="disabled")
    data = smaller(data)
    assert len(data) > 8_000, path.name
    if KEEP:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


@pytest.mark.skipif(not KEEP, reason="the pictures are made by `make browser`")
def test_the_guides_pictures_are_made_from_the_pages(
    alice: Page, live: Live, shown: BusyFirm, context: BrowserContext
) -> None:
    alice.set_viewport_size({"width": 1280, "height": 860})
    for language in ("nl", "en"):
        context.add_cookies([{"name": "django_language", "value": language, "url": live.url}])
        for name, (pattern, sight) in GUIDE.items():
            alice.goto(live.url + address(shown, pattern))
            alice.locator(sight).first.wait_for()
            picture(alice, DOCS / "pictures" / language / f"{name}.png")


@pytest.mark.skipif(not KEEP, reason="the pictures are made by `make browser`")
def test_the_screens_are_shown_from_a_phone_to_a_wide_screen(
    alice: Page, live: Live, shown: BusyFirm, context: BrowserContext
) -> None:
    for width, height in WIDTHS.items():
        alice.set_viewport_size({"width": width, "height": height})
        for theme in ("light", "dark"):
            alice.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            for name in SCREENS:
                pattern, sight = GUIDE[name]
                alice.goto(live.url + address(shown, pattern))
                alice.locator(sight).first.wait_for()
                picture(alice, DOCS / "pictures" / "screens" / f"{name}-{width}-{theme}.png")


def test_the_guide_shows_every_picture_and_no_other() -> None:
    for language in ("nl", "en"):
        pages = sorted((DOCS / "guide" / language).glob("*.md"))
        used = {
            name
            for page in pages
            for name in re.findall(rf"pictures/{language}/([\w-]+)\.png", page.read_text())
        }
        assert used == set(GUIDE), language
        assert {one.stem for one in (DOCS / "pictures" / language).glob("*.png")} == used, language


def test_both_guides_have_the_same_pages_and_their_links_lead_somewhere() -> None:
    counts = {}
    for language in ("nl", "en"):
        pages = sorted((DOCS / "guide" / language).glob("*.md"))
        counts[language] = [(one.name, one.read_text().count("\n## ")) for one in pages]
        for one in pages:
            for link in re.findall(r"\]\((?!https?:)([^)#]+)", one.read_text()):
                assert (one.parent / link).exists(), f"{one.name}: {link}"
    assert counts["nl"] == counts["en"]
