"""Made-up years of purchase bookkeeping, with the policy behind every line known.

A world is a firm with some clients. Suppliers bill with a Zipf frequency; each has, per client, a policy: one account,
or several that are told apart by the line's text, its amount, its period or the season; perhaps cost centres; perhaps
a change of policy on some day; new texts come up; and bookkeepers slip. `truth` is what the policy says, `booked` what
stands in the ledger. Everything comes from the seed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from invoices.learning.lines import Line, Target

ACCOUNTS = [f"{4000 + 10 * n}" for n in range(30)] + ["0150", "0170", "1400", "7000", "7010", "7100"]
CENTRES = ["ALG", "KAN", "VRK", "PRD", "MAG"]
TOPICS = {
    "kantoor": "papier pennen ordners nietjes enveloppen mappen etiketten agenda stempel lijm",
    "toner": "toner cartridge inkt drum fuser inktpatroon printkop",
    "koffie": "koffie thee suiker melkpoeder koekjes bekers servetten",
    "software": "licentie abonnement hosting support onderhoud domeinnaam certificaat backup",
    "hardware": "laptop monitor toetsenbord muis dockingstation kabel headset router",
    "auto": "diesel benzine wasbeurt banden apk olie ruitenwisser",
    "pand": "schoonmaak glasbewassing huur servicekosten beveiliging ongedierte verlichting",
    "energie": "elektra gas water netbeheer vastrecht",
    "advies": "advies administratie jaarrekening loonadministratie belastingaangifte controle",
    "reclame": "advertentie drukwerk flyers banner beursstand video fotografie",
    "inkoop": "grondstof hout staal schroeven verf isolatie profiel plaat",
    "reis": "treinkaart hotel parkeren taxi vlucht tol",
    "verzekering": "polis premie assurantie eigen-risico",
    "opleiding": "cursus training examen workshop congres",
    "telecom": "bellen sms databundel internet glasvezel simkaart",
}
_ADJECTIVES = "groot klein standaard extra plus pro basis compleet wit zwart blauw a4 a3 premium los"
PLACES = {"ALG": "hoofdkantoor", "KAN": "kantoor", "VRK": "showroom", "PRD": "werkplaats", "MAG": "magazijn"}
_MONTHS = "januari februari maart april mei juni juli augustus september oktober november december"
ADJECTIVES, MONTHS = _ADJECTIVES.split(), _MONTHS.split()


@dataclass(frozen=True)
class Params:
    """What makes one world unlike another. Shares are of suppliers (per client) unless said otherwise."""

    clients: int = 3
    suppliers: int = 60
    invoices: int = 900  # per client and year
    zipf: float = 1.0
    by_text: float = 0.30
    by_amount: float = 0.10
    by_period: float = 0.06
    by_season: float = 0.03
    by_text_and_amount: float = 0.03
    own_account: float = 0.4  # a client books the supplier in a way of its own
    centres: float = 0.4  # clients that use cost centres do so for this share of suppliers
    drift: float = 0.15
    new_text: float = 0.10  # of lines: a product that was not seen before
    blind_text: float = 0.1  # of suppliers: texts say nothing («Factuur 2026-0012»)
    slips: float = 0.02  # of booked lines
    months: int = 12
    start: date = date(2025, 11, 1)


@dataclass(frozen=True)
class Entry:
    """An invoice and how it was booked. `lines` are its lines, with truth and booking beside each."""

    client: int
    supplier: int
    number: str
    day: date
    lines: tuple[Line, ...]
    truth: tuple[Target, ...]
    booked: tuple[Target, ...]
    tags: tuple[str, ...] = ()  # what makes each line hard, for reports
    # What tells each line from the supplier's others, for who knows where to look; None: nothing that is written there.
    signs: tuple[str | None, ...] = ()


@dataclass
class Category:
    """A kind of thing that a supplier sells, with the account it goes to (before and after a change)."""

    products: list[str]
    account: str
    later: str
    dear: str = ""  # the account above the threshold
    long: str = ""  # the account for long periods, or for the winter
    centre: str = ""
    rate: str = "input 21"
    low: float = 20
    high: float = 400
    fresh: int = 0


@dataclass
class Policy:
    kind: str
    categories: list[Category]
    threshold: float = 0.0
    changes_on: date = date.max
    centre_by: str = ""  # "", supplier, category, place
    centre: str = ""
    template: int = 0
    vat: dict[str, str] = field(default_factory=dict)


def world(seed: int | str, params: Params | None = None) -> list[Entry]:
    """All entries of a world, by date."""
    params = params or Params()
    rng = Random(f"world/{seed}")
    shared = [_policy(rng, params) for _ in range(params.suppliers)]
    entries: list[Entry] = []
    for client in range(params.clients):
        own = Random(f"world/{seed}/{client}")
        centres = own.random() < 0.6
        policies = []
        for policy in shared:
            mine = _policy(own, params, like=policy) if own.random() < params.own_account else policy
            policies.append(mine)
        order = list(range(params.suppliers))
        own.shuffle(order)
        entries += _year(own, params, client, policies, order, centres)
    return sorted(entries, key=lambda one: (one.day, one.client, one.number))


def _policy(rng: Random, params: Params, like: Policy | None = None) -> Policy:
    """A supplier's policy; `like`: the same goods, booked in another way."""
    shares = (params.by_text, params.by_amount, params.by_period, params.by_season, params.by_text_and_amount)
    kinds = ("text", "amount", "period", "season", "text_amount")
    kind = "single"
    left = rng.random()
    for share, name in zip(shares, kinds, strict=True):
        if left < share:
            kind = name
            break
        left -= share
    many = rng.randint(2, 4) if kind in ("text", "text_amount") else rng.randint(1, 2)
    if like is not None and len(like.categories) >= many:
        many = len(like.categories)
    topics = rng.sample(list(TOPICS), many)
    main = rng.choice(ACCOUNTS)
    categories = []
    for n, topic in enumerate(topics):
        goods = like.categories[n].products if like is not None and n < len(like.categories) else None
        words = TOPICS[topic].split()
        account = rng.choice(ACCOUNTS) if kind in ("text", "text_amount") else main
        low = rng.choice((5, 20, 50, 100, 300))
        categories.append(
            Category(
                products=list(goods or rng.sample(words, min(len(words), rng.randint(1, 4)))),
                account=account,
                later=rng.choice(ACCOUNTS),
                dear=rng.choice(ACCOUNTS),
                long=rng.choice(ACCOUNTS),
                centre=rng.choice(CENTRES),
                rate=rng.choices(("input 21", "input 9", "none"), (0.8, 0.12, 0.08))[0],
                low=low,
                high=low * rng.choice((3, 10, 40)),
            )
        )
    if rng.random() < 0.06:
        foreign = rng.choice(("from_eu", "domestic_reverse", "from_outside"))
        for category in categories:
            category.rate = foreign
    spread = categories[0]
    threshold = rng.choice((450.0, 1000.0, spread.low * (spread.high / spread.low) ** rng.uniform(0.3, 0.7)))
    changes_on = params.start + timedelta(days=rng.randint(60, params.months * 30 - 30))
    return Policy(
        kind,
        categories,
        threshold=threshold,
        changes_on=changes_on if rng.random() < params.drift else date.max,
        centre_by=rng.choice(("supplier", "category", "place")) if rng.random() < params.centres else "",
        centre=rng.choice(CENTRES),
        template=like.template
        if like is not None
        else (4 if rng.random() < params.blind_text else rng.randint(0, 3)),
    )


VAT = {
    "input 21": "2", "input 9": "1", "none": "0", "from_eu": "8", "domestic_reverse": "7", "from_outside": "10",
}  # fmt: skip


def _year(
    rng: Random, params: Params, client: int, policies: list[Policy], order: list[int], centres: bool
) -> list[Entry]:
    weights = [1 / (rank + 1) ** params.zipf for rank in range(len(order))]
    starts = [0 if rng.random() < 0.7 else rng.randint(0, params.months * 30) for _ in order]
    vat = dict(VAT)
    if rng.random() < 0.2:
        vat["none"] = "6"
    entries = []
    usual = [category.account for policy in policies for category in policy.categories]
    for n in range(params.invoices * params.months // 12):
        offset = rng.randint(0, params.months * 30 - 1)
        rank = rng.choices(range(len(order)), weights)[0]
        if offset < starts[rank]:
            continue
        day = params.start + timedelta(days=offset)
        supplier = order[rank]
        policy = policies[supplier]
        lines, truth, booked, tags, signs = [], [], [], [], []
        place = rng.choice(CENTRES)
        long = rng.random() < 0.3
        for _ in range(rng.choices((1, 2, 3, 5), (0.55, 0.25, 0.12, 0.08))[0]):
            category = rng.choice(policy.categories)
            line, told = _line(rng, params, policy, category, day, place, long, n)
            target = _truth(policy, category, line, place, centres, vat)
            lines.append(line)
            truth.append(target)
            booked.append(_slip(rng, params, target, usual, centres))
            tags.append(_tag(policy, day, centres))
            signs.append(_sign(policy, category, line, place, told))
        entries.append(
            Entry(
                client,
                supplier,
                f"F{day.year}-{n:05}",
                day,
                tuple(lines),
                tuple(truth),
                tuple(booked),
                tuple(tags),
                tuple(signs),
            )
        )
    return entries


def _tag(policy: Policy, day: date, centres: bool) -> str:
    since = (day - policy.changes_on).days
    changed = " changed" if 0 <= since < 60 else ""
    blind = " blind" if policy.template == 4 else ""
    return f"{policy.kind}{blind}{changed} centre:{policy.centre_by if centres else ''}"


def _line(
    rng: Random, params: Params, policy: Policy, category: Category, day: date, place: str, long: bool, n: int
) -> tuple[Line, bool]:
    """The line, and whether its text tells what it is about."""
    product = rng.choice(category.products)
    told = policy.template != 4
    if rng.random() < params.new_text:
        category.fresh += 1
        # Half of the new texts share a word with what is known, half do not.
        if rng.random() < 0.5:
            product = f"{product} {rng.choice(ADJECTIVES)}"
        else:
            product, told = f"artikel-{rng.randint(10, 10**6):x}", False
    text = (
        product.capitalize(),
        f"{product} {MONTHS[day.month - 1]} {day.year}",
        f"{product} {rng.choice(ADJECTIVES)}, {rng.randint(1, 20)} stuks",
        f"{rng.randint(1000, 9999)} {product}",
        f"Factuur {day.year}-{n:04}",
    )[policy.template]
    if policy.centre_by == "place":
        text = f"{text} {PLACES[place]}"
    amount = round(category.low * (category.high / category.low) ** rng.random(), 2)
    months = 0
    if policy.kind == "period":
        months = 12 if long else 1
    return Line(day, text, -amount if rng.random() < 0.02 else amount, category.rate, months), told


def _sign(policy: Policy, category: Category, line: Line, place: str, told: bool) -> str | None:
    """Who cannot tell the category by the text may still tell it by the VAT, or need not because all are alike."""
    alike = {(c.account, c.long, c.dear, c.centre) for c in policy.categories if c.rate == category.rate}
    if not told and len(alike) > 1:
        return None
    sides = (
        abs(line.amount) >= policy.threshold if "amount" in policy.kind else "",
        line.months > 3,
        4 <= line.day.month <= 9 if policy.kind == "season" else "",
    )
    return f"{category.rate} {category.account} {category.centre} {sides} {place if policy.centre_by == 'place' else ''}"


def _truth(
    policy: Policy, category: Category, line: Line, place: str, centres: bool, vat: dict[str, str]
) -> Target:
    account = category.account if line.day < policy.changes_on else category.later
    if policy.kind in ("amount", "text_amount") and abs(line.amount) >= policy.threshold:
        account = category.dear
    if policy.kind == "period" and line.months > 3:
        account = category.long
    if policy.kind == "season" and not 4 <= line.day.month <= 9:
        account = category.long
    by = {"": "", "supplier": policy.centre, "category": category.centre, "place": place}
    return Target(account, vat[category.rate], by[policy.centre_by] if centres else "")


def _slip(rng: Random, params: Params, target: Target, usual: list[str], centres: bool) -> Target:
    if rng.random() >= params.slips:
        return target
    if centres and target.cost_center and rng.random() < 0.3:
        return target._replace(cost_center=rng.choice(CENTRES))
    return target._replace(account=rng.choice(usual))
