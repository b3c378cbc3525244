"""`python -m tests.bench [NAME …]`: run the bench modules (all by default), print the table, rewrite its document."""

import importlib
import pkgutil
import platform
import sys
import time
from datetime import date
from os import cpu_count
from pathlib import Path

import tests.bench
from tests.bench import Row

PAGE = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- table: written by `make bench` -->", "<!-- end of table -->"


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


def table(results: dict[str, list[Row]]) -> str:
    """The rows as Markdown."""
    lines = ["| what | measured | goal | | compared to | command |", "|---|---|---|---|---|---|"]
    for rows in results.values():
        for row in rows:
            mark = {None: "", True: "✓", False: "✗"}[row.held]
            lines.append(
                f"| {row.name} | {row.value} | {row.goal} | {mark} | {row.anchor} | `{row.command}` |"
            )
    return "\n".join(lines)


def write(text: str) -> None:
    """Put the table between its marks, with the day and the machine."""
    where = f"{date.today():%d-%m-%Y}, {cpu_count()} cores, Python {platform.python_version()}, {platform.system()}."  # noqa: DTZ011
    page = PAGE.read_text() if PAGE.exists() else f"# Benchmarks\n\n{BEGIN}\n{END}\n"
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    PAGE.write_text(f"{head}{BEGIN}\n\nMeasured {where}\n\n{text}\n\n{END}{tail}")


def main(named: list[str]) -> int:
    """0 when every goal was reached."""
    results = run(named)
    text = table(results)
    print(text)
    if not named:
        write(text)
    return int(any(row.held is False for rows in results.values() for row in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
