"""What drills found, for docs/drills.md: `make drill` writes it, `make test` prints it with -s and keeps nothing."""

import fcntl
import os
import platform
from datetime import date
from pathlib import Path
from textwrap import fill

PAGE = Path(__file__).resolve().parents[2] / "docs" / "drills.md"
HEAD = """# Drills

`make drill` runs every drill at its full size and writes its part here; a part that says “a twentieth” is what `make test`
runs. A drill that fails fails the run, so what stands here held. One alone: `DRILL=full .venv/bin/python -m pytest -m drill -s
tests/drills/test_soak.py`; another size: `SOAK_CLIENTS`, `SOAK_SECONDS`, `KILL_ROUNDS`, `HOSTILE_REQUESTS`, `DRILL_MAILS`.
"""


def tell(name: str, words: str) -> None:
    """Print the outcome of a drill, and in a full run put it into the page in place of the one before."""
    print(f"\n{name}: {words}", flush=True)
    if os.environ.get("DRILL") != "full":
        return
    cores = f"{os.cpu_count()} cores with a load of {os.getloadavg()[1]:.0f}"
    where = f"{date.today():%d-%m-%Y}, {cores}, Python {platform.python_version()}"  # noqa: DTZ011
    words = fill(words, 120, break_long_words=False, break_on_hyphens=False)
    with PAGE.open("a+") as page:
        fcntl.flock(page, fcntl.LOCK_EX)  # drills may run side by side
        page.seek(0)
        parts = page.read().split("\n## ")[1:]
        kept = {part.partition("\n")[0]: part.partition("\n")[2].strip() for part in parts}
        kept[name] = f"{words}\n\n*{where}*"
        page.truncate(0)
        page.write(HEAD + "".join(f"\n## {title}\n\n{text}\n" for title, text in sorted(kept.items())))
