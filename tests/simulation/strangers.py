"""Made-up years that nothing was ever chosen by: for the report alone.

Words mean nothing here, numbers are everywhere, and what tells lines apart is drawn anew for every supplier: a word of
the text, a band of amounts, the invoiced period, the quarter of the year, or which client it is. Neither the general weights
nor any constant of the program has seen a world of this making.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from invoices.learning.lines import Line, Target
from tests.simulation.worlds import Entry, Params

_SYLLABLES = "ba ne ko li tur mep sa dri vo lek fan ost rui wim zel pog har ti ju cra"
SYLLABLES = _SYLLABLES.split()
_MONTHS = "januari februari maart april mei juni juli augustus september oktober november december"
MONTHS = _MONTHS.split()


@dataclass
class Strange:
    by: str  # one, word, band, period, quarter
    words: list[list[str]]  # per class of goods
    accounts: list[str]
    changed: list[str]
    bands: tuple[float, float]
    turn: date
    centre: str
    centres: list[str]
    kind: str
    middle: float
    layout: int


def stranger(seed: int | str) -> tuple[list[Entry], Params]:
    """A firm's entries by date, and the parameters that tell how long they run."""
    rng = Random(f"stranger/{seed}")
    params = Params(clients=2, months=12, start=date(2025, 11, 1))
    n, zipf = rng.choice((40, 80, 150)), rng.uniform(0.7, 1.2)
    drift, fresh, slips = rng.choice((0.03, 0.06, 0.12)), rng.uniform(0.02, 0.12), rng.uniform(0.005, 0.03)
    chart = [str(rng.randint(40000, 79999)) for _ in range(25)]
    base = [_strange(rng, params, chart, drift) for _ in range(n)]
    entries: list[Entry] = []
    for client in range(params.clients):
        own = Random(f"stranger/{seed}/{client}")
        theirs = [
            one if own.random() < 0.5 else _strange(own, params, chart, drift, goods=one) for one in base
        ]
        order = own.sample(range(n), n)
        weights = [1 / (rank + 1) ** zipf for rank in range(n)]
        uses_centres = own.random() < 0.5
        for number in range(own.choice((400, 800, 1600))):
            at = order[own.choices(range(n), weights)[0]]
            day = params.start + timedelta(days=own.randrange(360))
            entries.append(
                _entry(own, params, client, at, number, theirs[at], day, fresh, slips, uses_centres, chart)
            )
    return sorted(entries, key=lambda one: (one.day, one.client, one.number)), params


def _word(rng: Random) -> str:
    return "".join(rng.choice(SYLLABLES) for _ in range(rng.randint(2, 4)))


def _strange(
    rng: Random, params: Params, chart: list[str], drift: float, goods: Strange | None = None
) -> Strange:
    by = rng.choices(("one", "word", "band", "period", "quarter"), (0.52, 0.26, 0.1, 0.07, 0.05))[0]
    middle = goods.middle if goods else rng.lognormvariate(5, 1.2)
    words = goods.words if goods else [[_word(rng) for _ in range(rng.randint(1, 6))] for _ in range(3)]
    return Strange(
        by=by,
        words=words,
        accounts=rng.sample(chart, 4),
        changed=rng.sample(chart, 4),
        bands=(middle * rng.uniform(0.6, 1.0), middle * rng.uniform(1.5, 4)),
        turn=params.start + timedelta(days=rng.randrange(360)) if rng.random() < drift else date.max,
        centre=rng.choices(("", "one", "word", "code"), (0.5, 0.2, 0.15, 0.15))[0],
        centres=[f"K{rng.randint(1, 6)}" for _ in range(4)],
        kind=goods.kind
        if goods
        else rng.choices(("input 21", "input 9", "none", "from_eu"), (0.8, 0.1, 0.06, 0.04))[0],
        middle=middle,
        layout=goods.layout if goods else rng.randrange(4),
    )


def _entry(
    rng: Random, params: Params, client: int, at: int, number: int, one: Strange, day: date, fresh: float,
    slips: float, uses_centres: bool, chart: list[str],
) -> Entry:  # fmt: skip
    lines, truth, booked, keys = [], [], [], []
    code = rng.choice(one.centres)
    months = rng.choice((1, 12)) if one.by == "period" else 0
    while True:
        group = rng.randrange(3)
        new = rng.random() < fresh
        word = _word(rng) if new else rng.choice(one.words[group])
        amount = round(one.middle * rng.lognormvariate(0, 0.8), 2)
        text = (
            word.upper(),
            f"{rng.randint(1, 99)}x {word} {_word(rng)}",
            f"{word} {MONTHS[day.month - 1]}",
            f"{rng.randint(10**5, 10**6)}-{word} per stuk",
        )[one.layout]
        if one.centre == "code":
            text = f"{text} kpl {code}"
        band = sum(abs(amount) >= edge for edge in one.bands)
        cell = {
            "one": 0, "word": group, "band": band, "period": int(months > 1), "quarter": int(day.month > 6),
        }[one.by]  # fmt: skip
        account = (one.changed if day >= one.turn else one.accounts)[cell]
        centre = {"": "", "one": one.centres[0], "word": one.centres[group], "code": code}[one.centre]
        target = Target(
            account,
            {"input 21": "2", "input 9": "1", "none": "0", "from_eu": "7"}[one.kind],
            centre if uses_centres else "",
        )
        lines.append(Line(day, text, amount, one.kind, months))
        truth.append(target)
        slip = rng.random() < slips
        booked.append(target._replace(account=rng.choice(chart)) if slip else target)
        asks = one.by == "word" or (uses_centres and one.centre == "word")
        seen = f"{cell} {group if asks else ''} {code if one.centre == 'code' else ''}"
        keys.append(None if new and asks else seen)
        if rng.random() < 0.6:
            break
    return Entry(
        client, at, f"S{number}", day, tuple(lines), tuple(truth), tuple(booked), (one.by,) * len(lines), tuple(keys)
    )  # fmt: skip
