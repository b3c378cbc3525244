"""`demo_fill`: make the demo firm, fill it, and book one invoice while one watches. `demo` runs it."""

import random
import time
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from invoices.demo import fill, papers
from invoices.reasons import sentence

WATCH_SECONDS = 60.0


class Command(BaseCommand):
    help = "Fill the demo firm through the portal's own doors, and book one invoice while you watch."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--exact", required=True, metavar="URL", help="where the sandbox answers")
        parser.add_argument("--send", action="store_true", help="only send one more invoice, and watch it")

    def handle(self, *args: Any, **options: Any) -> None:
        demo = fill.Demo(settings.SITE_URL, options["exact"], settings.VAR_DIR, self.stdout.write)
        if options["send"]:
            demo.sign_in()
        else:
            self.stdout.write("Filling the demo firm (a second run finds it filled):")
            fill.fill(demo)
        self.watch(demo)
        if not options["send"]:
            self.stdout.write(self.sign_ins(demo))

    def watch(self, demo: fill.Demo) -> None:
        """Send one new invoice of a supplier that the books know, and print what happens to it."""
        division = demo.exact.divisions()[0]
        habit = next(one for one in demo.exact.habits(int(division["code"])) if one.constant and one.iban)
        number = f"D-{random.randrange(10**6):06}"  # noqa: S311 — an invoice number
        # No two alike: the second of a day with the same amount would be held as a possible duplicate.
        factor = Decimal(random.choice([*range(900, 1040), *range(1041, 1100)])) / 1000  # noqa: S311
        data = papers.usual(habit, division, number, factor)
        sent = demo.api("POST", "invoices/", data=data, headers={"Content-Type": "application/xml"})
        self.stdout.write(f"\nInvoice {number} of {habit.supplier['Name']} to {division['name']}:")
        seen, give_up = 0, time.monotonic() + WATCH_SECONDS
        while time.monotonic() < give_up:
            invoice = demo.api("GET", f"invoices/{sent['id']}/")
            for event in invoice["timeline"][seen:]:
                reason = event["detail"].get("reason", "")
                words = sentence(reason, event["detail"]) if reason else ""
                self.stdout.write(f"  {event['event'].removeprefix('invoice.'):<16} {words}")
            seen = len(invoice["timeline"])
            if invoice["status"] in ("booked", "failed", "on_hold", "review"):
                break
            time.sleep(0.2)
        if invoice["booking"]:
            (entry,) = [
                one
                for one in demo.exact.control("GET", f"ledger/{division['code']}")["entries"]
                if one["YourRef"] == number
            ]
            lines = ", ".join(
                f"{line['GLAccountCode']} {line['AmountFC']}" for line in entry["PurchaseEntryLines"]
            )
            self.stdout.write(
                f"  in Exact's ledger: entry {entry['EntryNumber']}, {entry['SupplierName']}, {lines}, "
                f"VAT {entry['VATAmountFC']}, total {entry['AmountFC']} (the invoice says {invoice['total']})"
            )

    def sign_ins(self, demo: fill.Demo) -> str:
        port = settings.SITE_URL.rsplit(":", 1)[-1]
        with_port = "" if port == "8000" else f" PORT={port}"
        return (
            f"\nThe portal     {settings.SITE_URL}"
            f"\n  firm         {fill.OWNER}   {demo.kept['owner_password']}"
            f"\n  helpdesk     {fill.HELPDESK}   {demo.kept['helpdesk_password']}   {settings.SITE_URL}/helpdesk/"
            f"\n  partner      {demo.kept['client_id']}   {demo.kept['client_secret']}"
            f"\n               {settings.SITE_URL}/api/v1/docs/"
            f"\nExact sandbox  {demo.exact.url}   see what was posted, and break things"
            f"\nOne more       make demo-invoice{with_port}   (sends another invoice while this runs)"
            f"\nStop           Ctrl-C; the next `make demo{with_port}` goes on from here"
        )
