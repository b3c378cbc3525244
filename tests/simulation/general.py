"""`python -m tests.simulation.general`: fit what holds for clients in general, and write it down.

1. How much each fact weighs: logistic regression against what the policy wanted.
2. With those weights, how many lines were wrong from each confidence on, each client calibrated on the months before.

On worlds that no report and no test uses. Some minutes.
"""

import sys
from collections.abc import Iterable, Iterator
from math import exp, log
from multiprocessing import Pool
from pathlib import Path

from invoices.learning import FACTS, GROUPS, Facts, calibration
from invoices.learning.thresholds import SCALE
from tests.simulation.offices import office
from tests.simulation.practice import Client, practise
from tests.simulation.variety import varied
from tests.simulation.worlds import Entry, Params, world

PAGE = Path(__file__).resolve().parents[2] / "invoices" / "learning" / "general.py"
WORLDS, OFFICES = range(1000, 1016), range(1000, 1006)
TURNS, RIDGE = 12, 3.0

Job = tuple[str, int]
Row = tuple[list[tuple[int, float]], float]


def made(job: Job) -> tuple[list[Entry], Params]:
    kind, seed = job
    if kind == "office":
        return office(seed)
    params = varied(seed) if seed % 4 else Params(clients=2)
    return world(seed, params), params


def clients(job: Job) -> list[Client]:
    return practise(*made(job))


def rows(found: Iterable[Client]) -> Iterator[Row]:
    """(features that are not zero, was it right) of every line."""
    for client in found:
        for one in (*client.history, *client.held_out):
            yield _sparse(one.facts), float(one.as_policy)


def _sparse(facts: Facts) -> list[tuple[int, float]]:
    return [(i, x) for i, x in enumerate(facts.features()) if x]


def wrong_from(found: Iterable[Client]) -> dict[float, float]:
    """The share of held-out lines from each confidence on that were not as the policy wanted."""
    said = [(client.confidence(one), one.as_policy) for client in found for one in client.held_out]
    shares = {}
    for threshold in SCALE:
        taken = [right for confidence, right in said if confidence >= threshold]
        shares[threshold] = 1 - sum(taken) / len(taken)
    return shares


def learn(data: list[Row]) -> list[float]:
    """The weights, by Newton's method."""
    size = len(FACTS) * len(GROUPS)
    weights = [0.0] * size
    for turn in range(TURNS):
        gradient = [-RIDGE * w for w in weights]
        hessian = [[RIDGE if i == j else 0.0 for j in range(i + 1)] for i in range(size)]
        missed = 0.0
        for features, right in data:
            odds = sum(weights[i] * x for i, x in features)
            p = 1 / (1 + exp(-max(min(odds, 30.0), -30.0)))
            missed -= log(max(p if right else 1 - p, 1e-9))
            slope = p * (1 - p)
            for n, (i, x) in enumerate(features):
                gradient[i] += (right - p) * x
                row, steep = hessian[i], slope * x
                for j, y in features[: n + 1]:
                    row[j] += steep * y
        step = solve(hessian, gradient)
        weights = [w + s for w, s in zip(weights, step, strict=True)]
        print(f"{turn}: {missed / len(data):.5f}", file=sys.stderr, flush=True)
        if max(map(abs, step)) < 1e-3:
            break
    return weights


def solve(lower: list[list[float]], right: list[float]) -> list[float]:
    """Solve A x = b for a symmetric positive definite A given by its lower half (Cholesky)."""
    n = len(right)
    root = [[0.0] * n for _ in range(n)]
    for i in range(n):
        for j in range(i + 1):
            rest = lower[i][j] - sum(root[i][m] * root[j][m] for m in range(j))
            root[i][j] = rest**0.5 if i == j else rest / root[j][j]
    y = [0.0] * n
    for i in range(n):
        y[i] = (right[i] - sum(root[i][m] * y[m] for m in range(i))) / root[i][i]
    x = [0.0] * n
    for i in reversed(range(n)):
        x[i] = (y[i] - sum(root[m][i] * x[m] for m in range(i + 1, n))) / root[i][i]
    return x


def write(weights: list[float], curve: dict[float, float]) -> None:
    """Weights and curve as a module."""
    k = len(FACTS)
    lines = [
        '"""What holds for clients in general: written by `python -m tests.simulation.general`.',
        "",
        "WEIGHTS: how much each fact of a foretold line weighs, a block per group of `calibration.GROUPS`, in the order of",
        "`calibration.FACTS`. CURVE: the share of lines from a confidence on that were wrong.",
        '"""',
        "",
        "WEIGHTS: tuple[float, ...] = (",
    ]
    for n, group in enumerate(GROUPS):
        lines.append(f"    # {group}")
        lines += [f"    {weights[n * k + i]:.3f},  # {fact}" for i, fact in enumerate(FACTS)]
    lines += [")", "", "CURVE: dict[float, float] = {"]
    lines += [f"    {threshold}: {wrong:.4f}," for threshold, wrong in curve.items()]
    PAGE.write_text("\n".join([*lines, "}"]) + "\n")


def main() -> None:
    jobs = [("world", seed) for seed in WORLDS] + [("office", seed) for seed in OFFICES]
    with Pool() as pool:
        found = [client for some in pool.map(clients, jobs, chunksize=1) for client in some]
    weights = learn(list(rows(found)))
    calibration.WEIGHTS = tuple(weights)
    write(weights, wrong_from(client.again() for client in found))


if __name__ == "__main__":
    main()
