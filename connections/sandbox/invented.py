"""Made-up Dutch companies and their numbers: none exists, all pass the checks that real ones pass."""

from __future__ import annotations

from random import Random

_FIRST = (
    "Noorder", "Zuider", "Ooster", "Wester", "Hoog", "Laag", "Nieuw", "Oud", "Groen", "Blauw", "Zilver", "Koper",
    "Linden", "Beuken", "Eiken", "Wilgen", "Zee", "Duin", "Heide", "Polder", "Maas", "Amstel", "Vecht", "Lek",
)  # fmt: skip
_SECOND = (
    "brug", "poort", "veld", "hof", "dijk", "haven", "horst", "kamp", "stede", "werf", "molen", "weide", "berg",
    "sluis", "laan", "gaard",
)  # fmt: skip
_LEGAL = ("B.V.", "B.V.", "B.V.", "V.O.F.", "Holding B.V.", "& Zn.")
CITIES = (
    ("Utrecht", "3511 AB"), ("Zwolle", "8011 CD"), ("Breda", "4811 EF"), ("Arnhem", "6811 GH"), ("Leiden", "2311 JK"),
    ("Groningen", "9711 LM"), ("Tilburg", "5011 NP"), ("Amersfoort", "3811 RS"), ("Haarlem", "2011 TV"),
)  # fmt: skip
_STREETS = (
    "Stationsweg",
    "Industrieweg",
    "Havenkade",
    "Kerkstraat",
    "Molenpad",
    "Nijverheidslaan",
    "Marktplein",
)
_BANKS = ("ABNA", "INGB", "RABO", "TRIO", "KNAB", "BUNQ")


def company(rng: Random, trade: str) -> str:
    return f"{rng.choice(_FIRST)}{rng.choice(_SECOND)} {trade} {rng.choice(_LEGAL)}"


def street(rng: Random) -> str:
    return f"{rng.choice(_STREETS)} {rng.randint(1, 240)}"


def kvk_number(rng: Random) -> str:
    return str(rng.randint(90_000_000, 99_999_999))


def vat_number(rng: Random) -> str:
    """`NL`, nine digits that pass the eleven-test (weights 9…2 and -1), `B01`."""
    while True:
        digits = [rng.randint(1, 9)] + [rng.randint(0, 9) for _ in range(7)]
        check = sum(weight * digit for weight, digit in zip(range(9, 1, -1), digits, strict=True)) % 11
        if check < 10:
            return f"NL{''.join(map(str, digits))}{check}B01"


def iban(rng: Random) -> str:
    account = f"{rng.choice(_BANKS)}{rng.randint(0, 9_999_999_999):010d}"
    number = int("".join(str(int(c, 36)) for c in account + "NL00"))
    return f"NL{98 - number % 97:02d}{account}"
