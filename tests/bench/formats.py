"""How fast invoices are read and judged, as ratios to lxml's bare parse of the same bytes in the same run.

    python -m tests.bench.formats

Ratios, because machines and neighbours differ: 0.25 means that reading takes four times as long as parsing alone.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable

from lxml import etree

from invoices.formats import Unreadable, read
from invoices.formats.canonical import content_hash
from invoices.formats.jsonable import to_json
from invoices.formats.rules import judge
from invoices.formats.write import ubl
from tests.bench import Row
from tests.formats import corpus
from tests.formats.samples import invoice, line

ROUNDS = 9
COMMAND = "python -m tests.bench formats"
ANCHOR = "lxml's bare parse of the same bytes"


def _best(work: Callable[[bytes], object], inputs: list[bytes], rounds: int = ROUNDS) -> float:
    """Seconds of the fastest round: the one that was disturbed least."""
    best = float("inf")
    for _ in range(rounds):
        started = time.perf_counter()
        for data in inputs:
            work(data)
        best = min(best, time.perf_counter() - started)
    return best


def _invoice(data: bytes) -> object:
    return read(data).invoice


def _judged(data: bytes) -> object:
    found = read(data).invoice
    return found and judge(found)


def _stored(data: bytes) -> object:
    found = read(data).invoice
    return found and (to_json(found.without_content()), content_hash(found))


def _readable(data: bytes) -> bool:
    try:
        return read(data).kind in ("ubl", "cii")
    except Unreadable:
        return False


def bench() -> dict[str, float]:
    """Prints and returns: ratios over the corpus (or 500 built invoices without it), seconds per line, peak memory."""
    inputs = [data for path in corpus.files() if _readable(data := path.read_bytes())]
    where = f"{len(inputs)} documents of the corpus"
    if not inputs:
        inputs = [ubl(invoice(*(line(number) for number in range(1 + count % 20)))) for count in range(500)]
        where = "500 built invoices; the corpus is not here"
    bare = _best(etree.fromstring, inputs)
    found = {
        "read": bare / _best(_invoice, inputs),
        "read + rules": bare / _best(_judged, inputs),
        "read + json + hash": bare / _best(_stored, inputs),
    }
    print(f"{where}; lxml's bare parse: {bare * 1000:.0f} ms = {len(inputs) / bare:,.0f} documents/s")
    for name, goal in (("read", 0.25), ("read + rules", 0.12), ("read + json + hash", None)):
        aim = f"  (goal: at least {goal})" if goal else ""
        print(f"  {name:20} {found[name]:.3f} × the speed of the bare parse{aim}")
    for count in (1_000, 10_000):
        data = [ubl(invoice(*(line(number, note="Toelichting " * 10) for number in range(count))))]
        found[f"µs per line at {count}"] = _best(_invoice, data, 3) / count * 1e6
        found[f"rules µs per line at {count}"] = (
            _best(_judged, data, 3) / count * 1e6 - found[f"µs per line at {count}"]
        )
        print(f"  {count:6,} lines: {found[f'µs per line at {count}']:.1f} µs per line read, "
              f"{found[f'rules µs per line at {count}']:.1f} µs judged")  # fmt: skip
    growth = found["µs per line at 10000"] / found["µs per line at 1000"]
    print(f"  a line of 10,000 takes {growth:.2f} × a line of 1,000  (goal: at most 1.2)")
    found["peak MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  peak memory of this run: {found['peak MB']:.0f} MB")
    return found


def rows() -> list[Row]:
    """The ratios, and what a line costs in a long invoice."""
    found = bench()
    growth = found["µs per line at 10000"] / found["µs per line at 1000"]
    shown = [
        Row(name, f"{found[name]:.3f} ×", f"≥ {goal} ×", ANCHOR, COMMAND, found[name] >= goal)
        for name, goal in (("read", 0.25), ("read + rules", 0.12))
    ]
    return [
        *shown,
        Row("read + json + hash", f"{found['read + json + hash']:.3f} ×", "", ANCHOR, COMMAND),
        Row(
            "a line of 10,000 to one of 1,000",
            f"{growth:.2f} ×",
            "≤ 1.2 ×",
            "the same invoice",
            COMMAND,
            growth <= 1.2,
        ),
        Row("peak memory of reading", f"{found['peak MB']:.0f} MB", "", "10,000 lines", COMMAND),
    ]


if __name__ == "__main__":
    bench()
