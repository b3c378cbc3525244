"""What drills found, for docs/drills.md: `make drill` writes it, `make test` prints it with -s and keeps nothing."""

import os
import platform
from datetime import date
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "drills.md"
HEAD = """# Drills

`make drill` runs every drill at its full size and writes its part here; a part that says “a twentieth” is what `make test`
runs. A drill that fails fails the run, so what stands here held.
"""


def tell(name: str, words: str) -> None:
    """Print the outcome of a drill, and in a full run put it into the page in place of the one before."""
    print(f"\n{name}: {words}", flush=True)
    if os.environ.get("DRILL") != "full":
        return
    where = f"{date.today():%d-%m-%Y}, {os.cpu_count()} cores, Python {platform.python_version()}"  # noqa: DTZ011
    parts = PAGE.read_text().split("\n## ")[1:] if PAGE.exists() else []
    kept = {part.partition("\n")[0]: part.partition("\n")[2].strip() for part in parts}
    kept[name] = f"{words}\n\n*{where}*"
    PAGE.write_text(HEAD + "".join(f"\n## {title}\n\n{text}\n" for title, text in sorted(kept.items())))
