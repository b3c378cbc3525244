"""A portal that has been at work for two years, made in minutes: `python -m tests.bench.data [--database URL]`.

    python -m tests.bench.data --invoices 1000000 --organisations 2000 --suppliers 100000

Half of the organisations and of the invoices are the first firm's; the rest is spread over nine others. A few clients
have most of the invoices, as it is everywhere. Most invoices are booked; what waits is as much as offices really have
(two in a hundred to review). The bytes are real e-invoices with their hashes, proposals and timelines have their lines
and events, and every row points at rows that exist: foreign keys are looked at afterwards.

The same arguments give the same rows, ids included: `key(KIND, number)`. People: `owner0@kantoor.example` … owns firm
0 …, and `desk@portal.example` is the helpdesk; the password is the one below. Exact is not reachable from here, and
nothing is due, so that workers leave the data alone.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import accumulate
from random import Random
from typing import Any

PASSWORD = "autopilot-op-schaal"
FIRM, ORGANISATION, CONNECTION, AUTHORISATION, SUPPLIER, INVOICE, OTHER = range(1, 8)
DAYS = 730
NEWEST = timedelta(minutes=5)  # the youngest invoice came in so long ago

# Of ten thousand invoices: how many stand where, and why.
STATES = (
    ("booked", "sure", 8800),
    ("booked", "approved", 400),
    ("delivered", "delivered", 260),
    ("review", "not_sure_enough", 120),
    ("review", "new_supplier", 80),
    ("on_hold", "iban_changed", 60),
    ("on_hold", "totals_do_not_add_up", 40),
    ("failed", "period_closed", 40),
    ("failed", "ledger_account_blocked", 20),
    ("unrouted", "unrouted_document", 20),
    ("unreadable", "not_an_invoice", 10),
    ("duplicate", "same_content", 90),
    ("rejected", "rejected", 60),
)
NAMES = (
    "Bakkerij",
    "Garage",
    "Installatiebedrijf",
    "Praktijk",
    "Transport",
    "Bouwbedrijf",
    "Café",
    "Kwekerij",
)
TOWNS = ("Utrecht", "Zwolle", "Breda", "Leiden", "Assen", "Venlo", "Gouda", "Hoorn", "Tiel", "Sneek")
GOODS = (
    "Abonnement",
    "Drukwerk",
    "Onderhoud",
    "Brandstof",
    "Kantoorartikelen",
    "Huur",
    "Reparatie",
    "Advies",
)
TRADES = (
    "Drukkerij", "Groothandel", "Techniek", "Verzekeringen", "Schoonmaak", "Energie", "Telecom", "Slagerij", "Advocaten",
    "Makelaardij", "Vervoer", "Software", "Catering", "Uitgeverij", "Bandenhandel", "Hoveniers",
)  # fmt: skip
FAMILIES = (
    "De Jong", "Jansen", "Bakker", "Visser", "Smit", "Meijer", "Mulder", "Bos", "Vos", "Peters", "Hendriks", "Dekker",
    "Brouwer", "Dijkstra", "Koster", "Willems", "Kuipers", "Postma", "Scholten", "Prins", "Schouten", "Wolters", "Huisman",
    "Maas", "Verhoeven", "Koopman", "Hofman", "Zijlstra", "Wouters", "Veenstra", "Timmer", "Ruiter",
)  # fmt: skip
ISSUES = (  # of a connection: code, whether it blocks
    ("right_missing_periods", False), ("journal_unknown", False), ("booking_lines_low", False),
    ("supplier_blocked", False), ("ledger_account_blocked", False), ("authorisation_expired", True),
)  # fmt: skip


@dataclass(frozen=True)
class Size:
    """How much of everything."""

    invoices: int = 1_000_000
    organisations: int = 2_000
    suppliers: int = 100_000
    firms: int = 10

    @property
    def each(self) -> int:
        """Suppliers of one organisation."""
        return max(1, self.suppliers // self.organisations)

    def firm_of(self, organisation: int) -> int:
        """Every other organisation is the first firm's."""
        return 0 if organisation % 2 == 0 else 1 + organisation // 2 % max(1, self.firms - 1)


def key(kind: int, number: int) -> str:
    """The id of the row with this number: sorts by number, as the portal's own ids sort by time."""
    return f"{kind:08x}-0000-7000-8000-{number:012x}"


def make(size: Size, say: Any = None) -> dict[str, int]:
    """Fill the database that the settings name, which must be empty. How many rows of each table."""
    from django.db import connections

    _people(size)
    done: dict[str, int] = {}
    world = _World(size)
    from tests.bench.loading import loading

    with loading(*world.models()):
        for copy, rows in world.tables():
            started = time.monotonic()
            done[copy.table] = done.get(copy.table, 0) + copy.write(rows)
            if say:
                say(f"{copy.table}: {done[copy.table]:,} rows, {time.monotonic() - started:.1f} s")
        started = time.monotonic()
    if say:
        say(f"indexes and foreign keys: {time.monotonic() - started:.1f} s")
    with connections["owner"].cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")  # as autovacuum would have done in those two years
    return done


def _people(size: Size) -> None:
    """Firms with an owner, and the helpdesk: few, so made as everything else makes them."""
    from allauth.account.models import EmailAddress

    from portal.models import Firm, Membership, User
    from portal.tenancy import scope

    def person(email: str, **fields: Any) -> User:
        user = User.objects.create_user(email, PASSWORD, **fields)
        EmailAddress.objects.create(user=user, email=email, primary=True, verified=True)
        return user

    for number in range(size.firms):
        firm_id = key(FIRM, number)
        with scope(firm_id):  # type: ignore[arg-type]
            firm = Firm.objects.create(pk=firm_id, name=f"Kantoor {TOWNS[number % len(TOWNS)]} {number}")
            owner = person(f"owner{number}@kantoor.example")
            Membership.objects.create(firm=firm, user=owner, role=Membership.Role.OWNER)
    person("desk@portal.example", is_staff=True)


class _World:
    """The tables in the order in which they are copied, each with its rows."""

    def __init__(self, size: Size) -> None:
        self.size = size
        self.now = datetime.now(UTC).replace(microsecond=0)
        self.firms = [key(FIRM, number) for number in range(size.firms)]

    def models(self) -> list[Any]:
        from connections import models as c
        from invoices import models as i
        from portal.models import AuditEvent, Organisation

        return [
            Organisation, c.Authorisation, c.Connection, c.Mailbox, c.Lane, c.Journal, c.VatCode, c.LedgerAccount,
            c.Supplier, c.Issue, c.Call, i.Document, i.Content, i.Invoice, i.Seller, i.Proposal, i.ProposalLine, i.Delivery,
            i.Booking, i.TimelineEvent, AuditEvent,
        ]  # fmt: skip

    def tables(self) -> Iterator[tuple[Any, Iterator[tuple]]]:
        """(how to copy, rows), one after the other."""
        yield from self._clients()
        yield from self._ledgers()
        yield from self._issues()
        yield from self._invoices()
        yield from self._what_happened()

    # --- Clients and their connections -------------------------------------------------------------------

    def _clients(self) -> Iterator[tuple[Any, Iterator[tuple]]]:
        from connections.models import Authorisation, Connection, Lane, Mailbox
        from portal.models import Organisation
        from tests.bench.loading import Copy

        numbers = range(self.size.organisations)
        firm = [self.firms[self.size.firm_of(n)] for n in numbers]
        yield (
            Copy(Organisation, "id", "firm_id", "name", "kvk_number", "iban"),
            (
                (key(ORGANISATION, n), firm[n], client_name(n), f"{20_000_000 + n}", f"NL00BANK{n:010}")
                for n in numbers
            ),
        )
        yield (
            Copy(
                Authorisation, "id", "firm_id", "exact_user_id", "exact_user", site="nl",
                issued_at=self.now, expires_at=self.now + timedelta(minutes=10), divisions=[], me={},
            ),
            (
                (key(AUTHORISATION, n), one, key(OTHER, n), f"boekhouder{n}@kantoor.example")
                for n, one in enumerate(self.firms)
            ),
        )  # fmt: skip
        yield (
            Copy(
                Connection, "id", "firm_id", "organisation_id", "authorisation_id", "division", "division_name", "status",
                site="nl", next_step="", journal="70", last_success_at=self.now, checked_at=self.now,
                cursors={"filled": True}, checks=[],
            ),
            (
                (
                    key(CONNECTION, n), firm[n], key(ORGANISATION, n),
                    key(AUTHORISATION, self.size.firm_of(n)), 100_000 + n, client_name(n),
                    "blocked" if n % 40 == 7 else "active",
                )
                for n in numbers
            ),
        )  # fmt: skip
        yield (
            Copy(
                Mailbox, "id", "firm_id", "connection_id", "address", status="active", exact_id=key(OTHER, 0)
            ),
            (
                (key(OTHER, n), firm[n], key(CONNECTION, n), f"{20_000_000 + n}@facturen.econnect.eu")
                for n in numbers
            ),
        )
        yield (
            Copy(Lane, "id", "firm_id", "connection_id", "division", site="nl", heard_at=self.now),
            ((key(OTHER, n), firm[n], key(CONNECTION, n), 100_000 + n) for n in numbers),
        )

    def _ledgers(self) -> Iterator[tuple[Any, Iterator[tuple]]]:
        from connections.models import Journal, LedgerAccount, Supplier, VatCode
        from tests.bench.loading import Copy

        numbers, each = range(self.size.organisations), self.size.each
        firm = [self.firms[self.size.firm_of(n)] for n in numbers]
        yield (
            Copy(
                Journal,
                "id",
                "firm_id",
                "connection_id",
                "exact_id",
                code="70",
                description="Inkoopboek",
                type=22,
            ),
            ((key(OTHER, n), firm[n], key(CONNECTION, n), key(OTHER, n)) for n in numbers),
        )
        codes = (("1", "Laag", "0.09"), ("2", "Hoog", "0.21"), ("5", "Geen", "0"))
        yield (
            Copy(
                VatCode, "id", "firm_id", "connection_id", "exact_id", "code", "description", "percentage",
                type="E", transaction_type="B",
            ),
            (
                (key(OTHER, n * 3 + i), firm[n], key(CONNECTION, n), key(OTHER, i), *code)
                for n in numbers
                for i, code in enumerate(codes)
            ),
        )  # fmt: skip
        yield (
            Copy(LedgerAccount, "id", "firm_id", "connection_id", "exact_id", "code", "description", type=110),
            (
                (key(OTHER, n * 20 + i), firm[n], key(CONNECTION, n), key(OTHER, i), 4000 + 10 * i,
                 f"{GOODS[i % len(GOODS)]} {i // len(GOODS)}")
                for n in numbers
                for i in range(20)
            ),
        )  # fmt: skip
        yield (
            Copy(
                Supplier, "id", "firm_id", "connection_id", "exact_id", "code", "name", "name_plain", "kvk_number",
                "ibans", country="NL", default_vat_code="2",
            ),
            (
                (key(SUPPLIER, n * each + i), firm[n], key(CONNECTION, n), key(OTHER, i), i,
                 seller_name(seller(n, i)), seller_name(seller(n, i)).lower(), 30_000_000 + seller(n, i),
                 f"{{NL00BANK{seller(n, i):010}}}")
                for n in numbers
                for i in range(each)
            ),
        )  # fmt: skip

    def _issues(self) -> Iterator[tuple[Any, Iterator[tuple]]]:
        """One for every hundred invoices; one in ten is still open, and each blocked connection has its reason."""
        from connections.models import Issue
        from tests.bench.loading import Copy

        def rows() -> Iterator[tuple]:
            for number in range(max(self.size.invoices // 100, self.size.organisations)):
                client = number % self.size.organisations
                code, blocks = ISSUES[number % len(ISSUES)]
                first = number < self.size.organisations
                is_open = (first and client % 40 == 7) if blocks else number % 10 == 1
                opened = self.now - timedelta(minutes=7 * number)
                yield (
                    key(OTHER, number), self.firms[self.size.firm_of(client)], key(CONNECTION, client), code,
                    f"{number}", opened, opened, "\\N" if is_open else opened + timedelta(hours=3),
                )  # fmt: skip
            for client in range(7, self.size.organisations, 40):
                yield (
                    key(FIRM, client), self.firms[self.size.firm_of(client)], key(CONNECTION, client),
                    "authorisation_expired", "", self.now - timedelta(hours=client), self.now, "\\N",
                )  # fmt: skip

        copy = Copy(
            Issue, "id", "firm_id", "connection_id", "code", "subject", "opened_at", "seen_at", "resolved_at",
            values={},
        )  # fmt: skip
        yield copy, rows()

    # --- Invoices ----------------------------------------------------------------------------------------

    def _each(self) -> Iterator["_One"]:
        """Every invoice, the oldest first; the same ones whenever it is asked."""
        size, random = self.size, Random(9)
        weights = list(accumulate(1 / (10 + n) for n in range(size.organisations)))
        states = list(accumulate(state[2] for state in STATES))
        step = timedelta(days=DAYS) / size.invoices
        start = self.now - NEWEST - timedelta(days=DAYS)
        clients = random.choices(range(size.organisations), cum_weights=weights, k=size.invoices)
        found = random.choices(STATES, cum_weights=states, k=size.invoices)
        for number, (client, (status, reason, _)) in enumerate(zip(clients, found, strict=True)):
            at = start + number * step
            whose = client if status != "unrouted" else None
            yield _One(
                number, key(INVOICE, number), self.firms[size.firm_of(client)], client, whose, number % size.each,
                status, reason, at.isoformat(), at.date().isoformat(), 50 + number * 37 % 4_000,
            )  # fmt: skip

    def _invoices(self) -> Iterator[tuple[Any, Iterator[tuple]]]:
        from invoices.models import Content, Document, Invoice, Seller
        from tests.bench.loading import Copy

        paper = Paper()
        yield (
            Copy(
                Document, "id", "firm_id", "created_at", "organisation_id", "filename", "sha256", "size", "channel",
                media_type="application/xml",
            ),
            (
                (one.id, one.firm, one.at, one.organisation, f"{one.invoice_number}.xml",
                 sha256(data := paper.data(one)).hexdigest(), len(data), ("api", "email", "peppol")[one.number % 3])
                for one in self._each()
            ),
        )  # fmt: skip
        yield (
            Copy(Content, "id", "firm_id", "created_at", "document_id", "data"),
            (
                (one.id, one.firm, one.at, one.id, paper.data(one).decode().replace("\n", "\\n"))
                for one in self._each()
            ),
        )
        yield (
            Copy(
                Invoice, "id", "firm_id", "created_at", "updated_at", "document_id", "organisation_id", "supplier_id",
                "status", "reason", "content", "content_hash", "number", "number_normalised", "issue_date", "due_date",
                "total", "day_and_amount", "seller_name", "seller_ids",
                kind="ubl", currency="EUR", matched_by="kvk",
            ),
            (
                (one.id, one.firm, one.at, one.at, one.id, one.organisation, one.supplier(self.size), one.status,
                 one.reason, paper.content(one), f"{one.number:064x}", one.invoice_number, one.invoice_number, one.day,
                 one.day, f"{one.amount}.00", f"{one.day} {one.amount}.00 EUR",
                 seller_name(seller(one.client, one.seller)), f"{{{30_000_000 + seller(one.client, one.seller)}}}")
                for one in self._each()
            ),
        )  # fmt: skip
        yield Copy(Seller, "id", "firm_id", "name", "last_on"), self._sellers()

    def _sellers(self) -> Iterator[tuple]:
        """What the invoices' trigger keeps, which is away while they are copied."""
        last: dict[tuple[str, str], str] = {}
        for one in self._each():
            last[one.firm, seller_name(seller(one.client, one.seller))] = one.day
        for number, ((firm, name), day) in enumerate(last.items()):
            yield key(OTHER, number), firm, name, day

    def _what_happened(self) -> Iterator[tuple[Any, Iterator[tuple]]]:
        from connections.models import Call
        from invoices.models import Booking, Delivery, Proposal, ProposalLine, TimelineEvent
        from portal.models import AuditEvent
        from tests.bench.loading import Copy

        proposed = {"booked", "delivered", "review", "on_hold", "failed"}
        yield (
            Copy(
                Proposal, "id", "firm_id", "created_at", "made_at", "invoice_id", "confidence", "decision", "approved_at",
                facts={"notes": [], "consents": True, "entries": 5},
            ),
            (
                (one.id, one.firm, one.at, one.at, one.id, f"0.{7000 + one.number * 13 % 2999}",
                 "autopilot" if one.reason == "sure" else "review", one.at if one.reason == "approved" else "\\N")
                for one in self._each()
                if one.status in proposed
            ),
        )  # fmt: skip
        yield (
            Copy(
                ProposalLine, "id", "firm_id", "created_at", "proposal_id", "description", "amount", "vat_amount",
                "account", "confidence", position=1, invoice_lines=[1], vat_code="2",
                because=[{"code": "same_supplier", "entries": 5, "of": 5}],
            ),
            (
                (one.id, one.firm, one.at, one.id, GOODS[one.number % len(GOODS)], one.net, one.vat,
                 4000 + 10 * (one.number % 20), f"0.{7000 + one.number * 13 % 2999}")
                for one in self._each()
                if one.status in proposed
            ),
        )  # fmt: skip
        yield (
            Copy(
                Delivery, "id", "firm_id", "created_at", "updated_at", "invoice_id", "connection_id", "done_at",
                "document_id", state="done", way="document", files=[{"name": "factuur.xml", "sent": True}],
            ),
            (
                (one.id, one.firm, one.at, one.at, one.id, key(CONNECTION, one.client), one.at, one.id)
                for one in self._each()
                if one.status in ("booked", "delivered")
            ),
        )  # fmt: skip
        yield (
            Copy(
                Booking, "id", "firm_id", "created_at", "updated_at", "invoice_id", "connection_id", "done_at",
                "entry_id", "entry_number", state="done",
            ),
            (
                (one.id, one.firm, one.at, one.at, one.id, key(CONNECTION, one.client), one.at, one.id,
                 70_000_000 + one.number)
                for one in self._each()
                if one.status == "booked"
            ),
        )  # fmt: skip
        yield (
            Copy(TimelineEvent, "id", "firm_id", "created_at", "at", "invoice_id", "event", "detail"),
            self._events(),
        )
        yield (
            Copy(
                AuditEvent, "id", "firm_id", "created_at", "at", "action", "subject_id",
                by="autopilot", subject_kind="invoice",
            ),
            (
                (one.id, one.firm, one.at, one.at, f"invoice.{one.status}", one.id)
                for one in self._each()
                if one.status == "booked"
            ),
        )  # fmt: skip
        recent = (self.now - timedelta(days=30)).isoformat()
        yield (
            Copy(
                Call, "id", "firm_id", "created_at", "at", "connection_id", "subject", method="POST",
                endpoint="purchase_entries", url="/api/v1/100000/purchaseentry/PurchaseEntries", status=201, seconds=0.4,
                request='{"Journal": "70"}', answer='{"d": {"EntryNumber": 1}}', minute_left=40, day_left=4_000,
            ),
            (
                (one.id, one.firm, one.at, one.at, key(CONNECTION, one.client), one.id)
                for one in self._each()
                if one.status == "booked" and one.at > recent
            ),
        )  # fmt: skip

    def _events(self) -> Iterator[tuple]:
        number = 0
        for one in self._each():
            happened = ["received", "read", *(["proposed"] if one.status == "booked" else []), one.status]
            for event in happened:
                yield (
                    key(OTHER, number), one.firm, one.at, one.at, one.id, f"invoice.{event}",
                    f'{{"reason": "{one.reason}"}}' if event == one.status else '{"channel": "api"}',
                )  # fmt: skip
                number += 1


@dataclass(frozen=True, slots=True)
class _One:
    """An invoice, as far as rows differ by it."""

    number: int
    id: str
    firm: str
    client: int
    routed: int | None
    seller: int
    status: str
    reason: str
    at: str
    day: str
    amount: int

    @property
    def organisation(self) -> str:
        return "\\N" if self.routed is None else key(ORGANISATION, self.routed)

    @property
    def invoice_number(self) -> str:
        return f"F{self.number:07}"

    @property
    def net(self) -> str:
        return f"{self.amount / 1.21:.2f}"

    @property
    def vat(self) -> str:
        return f"{self.amount - float(self.net):.2f}"

    def supplier(self, size: Size) -> str:
        return "\\N" if self.routed is None else key(SUPPLIER, self.routed * size.each + self.seller)


def client_name(number: int) -> str:
    """«Bakkerij Utrecht 42»."""
    return f"{NAMES[number % len(NAMES)]} {TOWNS[number // len(NAMES) % len(TOWNS)]} {number}"


def seller(client: int, number: int) -> int:
    """Which company the client's supplier of this number is: they buy from the same ones, as neighbours do."""
    return number if number % 2 else client * 100 + number


def seller_name(number: int) -> str:
    """«Drukkerij De Jong 512»."""
    return f"{TRADES[number % len(TRADES)]} {FAMILIES[number // len(TRADES) % len(FAMILIES)]} {number}"


class Paper:
    """One real e-invoice, filled in for each invoice."""

    def __init__(self) -> None:
        from invoices.formats.jsonable import to_json
        from tests.paper import invoice, line, paper, party

        given = {
            "seller": party("VERKOPER", "VNUMMER0"),
            "buyer": party("KOPER", "KNUMMER0"),
            "lines": (line("ARTIKEL", "100.00"),),
        }
        data = paper("FACTUUR", **given).decode()
        assert "\\" not in data
        self._data = self._template(data)
        self._content = self._template(json.dumps(to_json(invoice("FACTUUR", **given).without_content())))

    def data(self, one: _One) -> bytes:
        return (self._data % self._values(one)).encode()

    def content(self, one: _One) -> str:
        return self._content % self._values(one)

    @staticmethod
    def _template(text: str) -> str:
        """With places to be filled in; the longer words first, for they hold others."""
        text = text.replace("%", "%%")
        for word, place in (
            ("FACTUUR", "number"), ("VERKOPER", "seller"), ("VNUMMER0", "seller_kvk"), ("KOPER", "buyer"),
            ("KNUMMER0", "buyer_kvk"), ("ARTIKEL", "good"), ("121.00", "total"), ("100.00", "net"), ("21.00", "vat"),
        ):  # fmt: skip
            text = text.replace(word, f"%({place})s")
        return text

    @staticmethod
    def _values(one: _One) -> dict[str, str]:
        company = seller(one.client, one.seller)
        return {
            "number": one.invoice_number, "seller": seller_name(company), "seller_kvk": f"{30_000_000 + company}",
            "buyer": client_name(one.client), "buyer_kvk": f"{20_000_000 + one.client}",
            "good": GOODS[one.number % len(GOODS)], "net": one.net, "vat": one.vat, "total": f"{one.amount}.00",
        }  # fmt: skip


def main(arguments: list[str]) -> None:
    """Fill the database of --database (or DATABASE_URL, or the embedded one of VAR_DIR), migrated first."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.data", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--database", help="its URL; else DATABASE_URL, else the embedded one of VAR_DIR")
    for name, default in Size.__dataclass_fields__.items():
        parser.add_argument(f"--{name}", type=int, default=default.default)
    found = vars(parser.parse_args(arguments))
    if url := found.pop("database"):
        os.environ["DATABASE_URL"] = url
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    os.environ.setdefault("LOG_LEVEL", "WARNING")

    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    started = time.monotonic()
    done = make(Size(**found), lambda words: print(words, file=sys.stderr, flush=True))
    print(f"{sum(done.values()):,} rows in {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
