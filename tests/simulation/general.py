"""`python -m tests.simulation.general`: fit the weights that hold for clients in general, and write them down.

On worlds 1000 and up, which no report and no test uses: logistic regression against what the policy wanted. A few
minutes.
"""

import sys
from collections.abc import Iterator
from math import exp, log
from pathlib import Path

from invoices.learning import FACTS, GROUPS, Facts
from tests.simulation.practice import foretell
from tests.simulation.variety import varied
from tests.simulation.worlds import Params, world

PAGE = Path(__file__).resolve().parents[2] / "invoices" / "learning" / "general.py"
WORLDS = range(1000, 1024)
TURNS, RIDGE = 12, 3.0

Row = tuple[list[tuple[int, float]], float]


def rows() -> Iterator[Row]:
    """(features that are not zero, was it right) of every line."""
    for seed in WORLDS:
        params = varied(seed) if seed % 4 else Params(clients=2)
        for one in foretell(world(seed, params)):
            yield _sparse(one.facts), float(one.as_policy)


def _sparse(facts: Facts) -> list[tuple[int, float]]:
    return [(i, x) for i, x in enumerate(facts.features()) if x]


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


def write(weights: list[float]) -> None:
    """The weights as a module: a row per fact, a column per group."""
    k = len(FACTS)
    lines = [
        '"""How much each fact of a foretold line weighs, for clients in general: written by',
        "`python -m tests.simulation.general`. A block per group of `calibration.GROUPS`, in the order of",
        '`calibration.FACTS`."""',
        "",
        "WEIGHTS: tuple[float, ...] = (",
    ]
    for n, group in enumerate(GROUPS):
        lines.append(f"    # {group}")
        lines += [f"    {weights[n * k + i]:.3f},  # {fact}" for i, fact in enumerate(FACTS)]
    PAGE.write_text("\n".join([*lines, ")"]) + "\n")


if __name__ == "__main__":
    write(learn(list(rows())))
