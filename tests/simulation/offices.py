"""Made-up years of another making than `worlds`: kinds of suppliers, and decision lists per client.

Here suppliers are of a kind, each with its own rhythm: subscriptions on a fixed day, utilities with advances and a yearly
settlement, wholesalers with many lines and an assortment that grows, contractors that name the site, and the rest.
Things, not accounts, are shared by a firm's clients: each client has a chart of its own and decides thing by thing, so
that a policy is a list of conditions. Ways change thing by thing, or an account is replaced throughout the client.
Bookkeepers slip to a neighbouring account, forget the cost centre or take another VAT code, and one month of the
year is kept by somebody who slips more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from invoices.learning.lines import Line, Target
from tests.simulation.worlds import Entry, Params

KINDS = {"subscription": 0.33, "utility": 0.09, "wholesaler": 0.26, "contractor": 0.12, "other": 0.20}
_THINGS = """
huur:Huur bedrijfsruimte,Servicekosten|ict:Licentie,Hosting,Werkplekbeheer,Cloud opslag|tel:Mobiel,Vast internet,Belbundel
kant:Kopieerpapier,Markeerstift,Ordner,Nietmachine|kantine:Koffiebonen,Thee assorti,Melk halfvol,Fruitmand
schoon:Schoonmaak,Glasbewassing,Sanitair|auto:Brandstof,Lease,Bandenwissel,Onderhoudsbeurt|energie:Elektra,Gas,Netbeheer
advies:Advieswerk,Salarisverwerking,Controle|recl:Advertentie,Drukwerk,Zoekmachine,Beurs|klein:Boormachine,Ladder,Steekwagen
mat:Vurenhout,Multiplex,Lijm,Kozijn,Scharnier|verz:Premie,Polis|opl:Training,Cursus,Vakliteratuur|afval:Container,Afvoer,Storttarief
verp:Doos,Folie,Tape,Pallet|meet:Kalibratie,Keuring|transp:Vracht,Koerier,Brandstoftoeslag|werk:Arbeid,Voorrijkosten,Montage
"""
THINGS = {
    name: words.split(",")
    for part in _THINGS.replace("\n", "|").split("|")
    if part
    for name, words in [part.split(":")]
}
SITES = ("Kade 12", "De Hoeve", "Industrieweg", "Centrum", "Loods Oost")
_BRANDS = "alfa nova rivo texa quinto belmar orion delta sigma"
BRANDS = _BRANDS.split()
_MONTHS = "jan feb mrt apr mei jun jul aug sep okt nov dec"
MONTHS = _MONTHS.split()
VAT = {"input 21": "21", "input 9": "9L", "none": "0", "domestic_reverse": "VL", "from_eu": "EU"}


@dataclass
class Supplier:
    kind: str
    things: list[str]
    goods: dict[str, list[str]]
    every: float  # invoices a year
    day: int
    price: float
    style: int
    rate: str
    appears: dict[str, date] = field(default_factory=dict)  # when goods were first sold


@dataclass
class Way:
    """How a client books one thing of one supplier."""

    account: str
    dear: tuple[float, str] | None = None
    yearly: str = ""
    later: tuple[date, str] | None = None
    centre: str = ""


def office(seed: int | str) -> tuple[list[Entry], Params]:
    """A firm's entries by date, and the parameters that tell how long they run."""
    rng = Random(f"office/{seed}")
    params = Params(clients=rng.choice((2, 3)), start=date(2025, 11, 1), months=12)
    shared = [_supplier(rng, params) for _ in range(rng.choice((30, 50, 90)))]
    change = rng.choice((0.03, 0.08, 0.16))
    entries: list[Entry] = []
    for client in range(params.clients):
        entries += _year(Random(f"office/{seed}/{client}"), params, client, shared, change)
    return sorted(entries, key=lambda one: (one.day, one.client, one.number)), params


def _supplier(rng: Random, params: Params) -> Supplier:
    kind = rng.choices(list(KINDS), list(KINDS.values()))[0]
    many = {"subscription": 1, "utility": 1, "wholesaler": rng.randint(2, 5), "contractor": 2, "other": 1}[
        kind
    ]
    things = rng.sample(list(THINGS), many)
    goods = {}
    appears = {}
    for thing in things:
        names = []
        for word in THINGS[thing]:
            for _ in range(rng.randint(1, 5) if kind == "wholesaler" else 1):
                name = f"{word} {rng.choice(BRANDS)}" if kind == "wholesaler" else word
                names.append(name)
                if kind in ("wholesaler", "other") and rng.random() < 0.35:
                    appears[name] = params.start + timedelta(days=rng.randint(30, 360))
        goods[thing] = names
    every = 12.0 if kind in ("subscription", "utility") else min(3 * rng.paretovariate(0.9), 110)
    rate = rng.choices(list(VAT), (0.76, 0.1, 0.06, 0.05, 0.03))[0]
    return Supplier(
        kind,
        things,
        goods,
        every,
        rng.randint(1, 28),
        rng.lognormvariate(4.6, 1.0),
        rng.randint(0, 4),
        rate,
        appears,
    )


def _way(rng: Random, params: Params, chart: list[str], usual: str, supplier: Supplier, change: float) -> Way:
    way = Way(usual if rng.random() < 0.8 else rng.choice(chart))
    if supplier.kind in ("wholesaler", "other") and rng.random() < 0.25:
        way.dear = (rng.choice((450.0, 250.0, supplier.price * 1.5)), rng.choice(("0210", "0220", "7300")))
    if supplier.kind == "utility" and rng.random() < 0.5:
        way.yearly = rng.choice(chart)
    if rng.random() < change:
        way.later = (params.start + timedelta(days=rng.randint(40, 350)), rng.choice(chart))
    way.centre = rng.choice(SITES)[:3].upper()
    return way


def _year(rng: Random, params: Params, client: int, shared: list[Supplier], change: float) -> Iterator[Entry]:
    chart = [str(40000 + 100 * n + client) for n in range(rng.choice((18, 35)))]
    usual = {thing: rng.choice(chart) for thing in THINGS}
    slips = rng.choice((0.0, 0.01, 0.02, 0.04))
    careless = rng.randint(1, 12)
    centres = rng.choice(("", "", "supplier", "thing", "site"))
    replaced = (params.start + timedelta(days=rng.randint(60, 330)), rng.choice(chart), rng.choice(chart))
    replaces = rng.random() < 0.15
    days = params.months * 30
    for number, supplier in enumerate(shared):
        if rng.random() < 0.25:
            continue  # not a supplier of this client
        ways = {thing: _way(rng, params, chart, usual[thing], supplier, change) for thing in supplier.things}
        own = rng.choice(SITES)
        first = 0 if rng.random() < 0.8 else rng.randint(0, days)
        regular = supplier.kind in ("subscription", "utility")
        offsets = (
            [30 * month + supplier.day for month in range(params.months)]
            if regular
            else [rng.randrange(days) for _ in range(round(supplier.every * rng.uniform(0.3, 1.3)))]
        )
        for n, offset in enumerate(sorted(o for o in offsets if first <= o < days)):
            day = params.start + timedelta(days=offset)
            site = rng.choice(SITES) if supplier.kind == "contractor" else own
            lines, truth, keys = [], [], []
            for thing, line, known in _lines(rng, supplier, day, site, n):
                way = ways[thing]
                account = way.account
                cell = ""
                if way.later and day >= way.later[0]:
                    account = way.later[1]
                if way.dear and abs(line.amount) >= way.dear[0]:
                    account, cell = way.dear[1], "dear"
                if way.yearly and line.months == 12:
                    account, cell = way.yearly, "yearly"
                if replaces and day >= replaced[0] and account == replaced[1]:
                    account = replaced[2]
                by = {"": "", "supplier": own[:3].upper(), "thing": way.centre, "site": site[:3].upper()}
                lines.append(line)
                truth.append(Target(account, VAT[line.kind], by[centres]))
                alike = len({w.account for w in ways.values()}) == 1
                keys.append(f"{thing if known else '?'} {cell} {site}" if known or alike else None)
            rate = slips * (4 if day.month == careless else 1)
            booked = tuple(_slip(rng, rate, one, chart) for one in truth)
            yield Entry(
                client, number, f"{number}/{n}", day, tuple(lines), tuple(truth), booked,
                (supplier.kind,) * len(lines), tuple(keys),
            )  # fmt: skip


def _lines(rng: Random, supplier: Supplier, day: date, site: str, n: int) -> Iterator[tuple[str, Line, bool]]:
    """(thing, line, whether the text tells which thing it is)."""
    many = rng.choice((1, 2, 4, 7)) if supplier.kind == "wholesaler" else rng.choice((1, 1, 2))
    many = 1 if supplier.kind in ("subscription", "utility") else many
    for _ in range(many):
        thing = rng.choice(supplier.things)
        sold = [one for one in supplier.goods[thing] if supplier.appears.get(one, day) <= day]
        name = rng.choice(sold or supplier.goods[thing])
        amount = supplier.price * rng.lognormvariate(0, 0.03 if supplier.kind == "subscription" else 0.9)
        months, known = 0, True
        month = f"{MONTHS[day.month - 1]} {day.year % 100}"
        if supplier.kind == "subscription":
            text, months = f"{name} {month}", 1
        elif supplier.kind == "utility":
            yearly = n % 12 == 11
            text, months = (f"Jaarafrekening {name}", 12) if yearly else (f"Voorschot {name} {month}", 1)
            amount *= rng.uniform(0.2, 6) if yearly else 1
        elif supplier.kind == "wholesaler":
            text = (
                name,
                f"{rng.randint(1, 40)} x {name}",
                f"{name} art. {rng.randint(10000, 99999)}",
                f"{name.split()[0]}",
                f"{rng.randint(100000, 999999)} {name}",
            )[supplier.style]
        elif supplier.kind == "contractor":
            text = f"{name} {site} week {day.isocalendar()[1]}"
        else:
            known = supplier.style != 0
            text = name if known else f"Ordernummer {rng.randint(10000, 99999)}"
        if rng.random() < 0.015:
            amount = -amount
        yield thing, Line(day, text, round(amount, 2), supplier.rate, months), known


def _slip(rng: Random, rate: float, target: Target, chart: list[str]) -> Target:
    if rng.random() >= rate:
        return target
    what = rng.random()
    if what < 0.12:
        return target._replace(vat_code=rng.choice(list(VAT.values())))
    if what < 0.35 and target.cost_center:
        return target._replace(cost_center="")
    at = chart.index(target.account) if target.account in chart else 0
    return target._replace(account=chart[(at + rng.choice((-1, 1))) % len(chart)])
