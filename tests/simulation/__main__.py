"""`python -m tests.simulation [SEED …]`: practise on made-up years and write docs/simulation.md.

Seeds name the worlds (1 to 6 by default); with seeds given nothing is written, only printed.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from multiprocessing import Pool
from os import cpu_count
from pathlib import Path
from statistics import median

from tests.simulation.measures import Measures, measure
from tests.simulation.offices import office
from tests.simulation.practice import Client, practise
from tests.simulation.strangers import stranger
from tests.simulation.variety import varied
from tests.simulation.worlds import Entry, Params, world

PAGE = Path(__file__).resolve().parents[2] / "docs" / "simulation.md"
BEGIN, END = "<!-- written by `python -m tests.simulation` -->", "<!-- end -->"
SEEDS = [str(n) for n in range(1, 7)]
KINDS = {
    "calm": "one supplier in 25 changes its account in the year",
    "restless": "one supplier in 7 does",
    "varied": "size, texts, cost centres, changes and slips all differ from world to world",
    "offices": "of another making (`tests/simulation/offices.py`): subscriptions, utilities, wholesalers, contractors; some "
    "clients replace an account throughout",
    "strangers": "of a third making (`tests/simulation/strangers.py`), by which nothing in the program was chosen",
}


def made(kind: str, seed: str) -> tuple[list[Entry], Params]:
    """A world of this kind, and its parameters."""
    if kind == "offices":
        return office(seed)
    if kind == "strangers":
        return stranger(seed)
    params = varied(seed) if kind == "varied" else replace(Params(), drift=0.04 if kind == "calm" else 0.15)
    return world(seed, params), params


def practised(job: tuple[str, str]) -> list[Client]:
    return practise(*made(*job))


def run(seeds: Sequence[str]) -> dict[str, Measures]:
    """The measures of each kind of world."""
    jobs = [(kind, seed) for kind in KINDS for seed in seeds]
    with Pool(cpu_count()) as pool:
        made = dict(zip(jobs, pool.map(practised, jobs, chunksize=1), strict=True))
    return {kind: measure([c for seed in seeds for c in made[kind, seed]]) for kind in KINDS}


def table(found: dict[str, Measures]) -> str:
    """The figures as Markdown, a column for each kind of world."""
    rows: list[tuple[str, str, list[str]]] = [
        ("held-out lines", "", [f"{m.lines:,}" for m in found.values()]),
        (
            "**line accuracy** (account, VAT and cost centre)",
            "",
            [_share(m.accuracy) for m in found.values()],
        ),
        *(
            (name, "", [_share(m.simple[name]) for m in found.values()])
            for name in next(iter(found.values())).simple
        ),
        ("the reader of the ledger", "", [_share(m.reader) for m in found.values()]),
        ("the oracle", "", [_share(1.0) for _ in found]),
        (
            "closes of the distance best simple program → oracle",
            "≥ 50 %",
            [_goal(m.closes, m.closes >= 0.5) for m in found.values()],
        ),
        (
            "line accuracy, had nothing been learnt after the history",
            "",
            [_share(m.unlearnt) for m in found.values()],
        ),
        (
            "**precision** of automatic lines, at each client's recommended threshold",
            "≥ 99 %",
            [_goal(m.precision, m.precision >= 0.99) for m in found.values()],
        ),
        ("**coverage** there", "≥ 70 %", [_goal(m.coverage, m.coverage >= 0.7) for m in found.values()]),
        (
            "coverage at 99 % precision, by the one threshold that is best in hindsight",
            "≥ 70 %",
            [_goal(m.reachable, m.reachable >= 0.7) for m in found.values()],
        ),
        (
            "the reader's: lines that the ledger has shown (of those right)",
            "",
            [f"{_share(m.shown)} ({m.shown_right:.2%})" for m in found.values()],
        ),
        (
            "automatic lines wrong where the reader is as well",
            "",
            [f"{m.unforeseen:.2%}" for m in found.values()],
        ),
        (
            "**calibration error**, against the policy",
            "≤ 0.03",
            [f"{m.error:.3f} {_mark(m.error <= 0.03)}" for m in found.values()],
        ),
        (
            "calibration error, against the ledger with its slips",
            "≤ 0.03",
            [f"{m.error_against_ledger:.3f} {_mark(m.error_against_ledger <= 0.03)}" for m in found.values()],
        ),
        ("recommended thresholds: median (clients with none)", "", [_thresholds(m) for m in found.values()]),
    ]
    head = [f"| | goal | {' | '.join(found)} |", f"|---|---|{'---|' * len(found)}"]
    return "\n".join([*head, *(f"| {name} | {goal} | {' | '.join(cells)} |" for name, goal, cells in rows)])


def _share(value: float) -> str:
    return f"{value:.1%}"


def _mark(held: bool) -> str:
    return "✓" if held else "✗"


def _goal(value: float, held: bool) -> str:
    return f"{value:.1%} {_mark(held)}"


def _thresholds(measures: Measures) -> str:
    named = [one for one in measures.thresholds if one is not None]
    return f"{median(named):.2f} ({len(measures.thresholds) - len(named)} of {len(measures.thresholds)})"


def write(text: str, seeds: Sequence[str]) -> None:
    """Put the table between its marks."""
    kinds = "\n".join(f"- **{kind}**: {words}" for kind, words in KINDS.items())
    page = PAGE.read_text()
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    PAGE.write_text(
        f"{head}{BEGIN}\n\nWorlds {', '.join(seeds)} of each kind:\n\n{kinds}\n\n{text}\n\n{END}{tail}"
    )


def main(seeds: Sequence[str]) -> int:
    text = table(run(seeds or SEEDS))
    print(text)
    if not seeds:
        write(text, SEEDS)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
