"""`python -m tests.bench [NAME …]`: run the bench modules (all by default), print their tables, rewrite
them in docs/benchmarks.md."""

import importlib
import os
import pkgutil
import platform
import sys
import time
from datetime import date
from pathlib import Path

import tests.bench
from tests.bench import Row

ROOT = Path(__file__).resolve().parents[2]
PAGE, FRONT = ROOT / "docs" / "benchmarks.md", ROOT / "README.md"
BEGIN, END = "<!-- {}: written by `make bench` -->", "<!-- end of {} -->"


def modules(named: list[str]) -> list[str]:
    """The modules of this package that measure something."""
    found = [one.name for one in pkgutil.iter_modules(tests.bench.__path__) if not one.name.startswith("_")]
    return [name for name in found if not named or name in named]


def run(named: list[str]) -> dict[str, list[Row]]:
    """Rows by module, in the order of their names."""
    results: dict[str, list[Row]] = {}
    for name in modules(named):
        rows = getattr(importlib.import_module(f"tests.bench.{name}"), "rows", None)
        if rows is None:
            continue
        started = time.monotonic()
        print(f"— {name} …", file=sys.stderr, flush=True)
        results[name] = rows()
        print(f"  {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    return results


def table(rows: list[Row]) -> str:
    """The rows as Markdown."""
    lines = ["| what | measured | goal | | compared to | command |", "|---|---|---|---|---|---|"]
    for row in rows:
        mark = {None: "", True: "✓", False: "✗"}[row.held]
        lines.append(f"| {row.name} | {row.value} | {row.goal} | {mark} | {row.anchor} | `{row.command}` |")
    return "\n".join(lines)


def write(name: str, text: str) -> None:
    """Put a module's table between its marks, with the day and the machine; at the end when it has none yet."""
    load = os.getloadavg()[0]
    where = (
        f"{date.today():%d-%m-%Y}, {os.cpu_count()} cores, Python {platform.python_version()}, "  # noqa: DTZ011
        f"load {load:.1f} when it ended."
    )
    begin, end = BEGIN.format(name), END.format(name)
    page = PAGE.read_text() if PAGE.exists() else "# Benchmarks\n"
    if begin not in page:
        page += f"\n### {name}\n\n{begin}\n{end}\n"
    head, _, rest = page.partition(begin)
    _, _, tail = rest.partition(end)
    PAGE.write_text(f"{head}{begin}\n\n{where}\n\n{text}\n\n{end}{tail}")


def summary(page: str) -> str:
    """What has a goal, of all tables on the page, as the README's table."""
    rows = [line for line in page.splitlines() if line.startswith("| ") and line.count("|") == 7]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in rows]
    goals = [one for one in cells if one[3] in ("✓", "✗")]
    lines = ["| what | measured | goal | | compared to | command |", "|---|---|---|---|---|---|"]
    return "\n".join([*lines, *(f"| {' | '.join(one)} |" for one in goals)])


def front(text: str) -> None:
    """The same in the README, between its marks."""
    begin, end = BEGIN.format("bench"), END.format("bench")
    head, _, rest = FRONT.read_text().partition(begin)
    FRONT.write_text(f"{head}{begin}\n\n{text}\n\n{end}{rest.partition(end)[2]}")


def main(named: list[str]) -> int:
    """0 when every goal was reached."""
    results = run(named)
    for name, rows in results.items():
        text = table(rows)
        print(f"\n{name}\n{text}", flush=True)
        write(name, text)
    front(summary(PAGE.read_text()))
    return int(any(row.held is False for rows in results.values() for row in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
