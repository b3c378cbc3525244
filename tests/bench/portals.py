"""Portals of different sizes to measure on: made once by the data maker, kept, and started when they are wanted.

They stand in BENCH_DIR (a folder of the temporary one by default), each with an embedded server of its own. A million
invoices take some ten minutes and as many gigabytes; throw the folder away to have them made anew.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SMALL, LARGE = 10_000, int(os.environ.get("BENCH_INVOICES", "1000000"))
FOLDER = Path(os.environ.get("BENCH_DIR") or Path(tempfile.gettempdir(), f"portal-bench-{os.getuid()}"))
IS_MADE = "made"


def environment(folder: Path) -> dict[str, str]:
    """What a process needs to work on the portal in this folder."""
    own = {"DATABASE_URL", "DATABASE_URL_APP", "DATABASE_URL_STAFF", "CACHE_URL"}
    return {
        **{name: value for name, value in os.environ.items() if name not in own},
        "DEBUG": "1",
        "VAR_DIR": str(folder),
        "LOG_LEVEL": "ERROR",
        "BROKER_URL": "memory://",
        "PYTHONPATH": str(ROOT),
    }


def portal(invoices: int, organisations: int = 2_000, suppliers: int = 100_000) -> dict[str, str]:
    """The environment of a portal with so many invoices, made first where it is not there yet."""
    folder = FOLDER / f"{invoices}-{organisations}-{suppliers}"
    folder.mkdir(parents=True, exist_ok=True)
    for each in (FOLDER, folder):
        os.chmod(each, 0o755)  # the server's own user walks through
    found = environment(folder)
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=ROOT, env=found, check=True
    )
    if not (folder / IS_MADE).exists():
        sizes = {"invoices": invoices, "organisations": organisations, "suppliers": suppliers}
        given = [f"--{name}={number}" for name, number in sizes.items()]
        subprocess.run([sys.executable, "-m", "tests.bench.data", *given], cwd=ROOT, env=found, check=True)
        (folder / IS_MADE).touch()
    return found
