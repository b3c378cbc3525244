"""Measurements of the whole project. Each module of this package that has `rows()` gives some; `python -m tests.bench`
runs them all and writes docs/benchmarks.md.

A row is a ratio wherever it can be: the same run measures what it is compared to, so that a slow machine or a busy
neighbour changes both.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Args:
        name: what was measured.
        value: what came out, with its unit: "0.31 ×", "212 ms", "1,240 /s".
        goal: what it should be at least or at most, as words: "≥ 0.25 ×"; empty where it is only recorded.
        anchor: what it is compared to, or on how much data: "lxml's bare parse", "1,000,000 invoices".
        command: how to measure this row alone.
        held: whether the goal was reached; None where there is none.
    """

    name: str
    value: str
    goal: str
    anchor: str
    command: str
    held: bool | None = None
