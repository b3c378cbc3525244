"""An installation's folder with its tables made: migrated once in a run, then copied, since that takes a while."""

import atexit
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from tests.bench.portals import environment
from tests.exact_sandbox import ROOT


def migrated_into(folder: Path) -> None:
    """Make `folder` a VAR_DIR with an embedded database that is migrated and not running."""
    # -a: the database's files belong to the server's own account.
    subprocess.run(["cp", "-a", f"{_migrated()}/.", str(folder)], check=True)


@cache
def _migrated() -> Path:
    made = Path(tempfile.mkdtemp(prefix="migrated-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    made.chmod(0o755)  # the server's own account walks through
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        env=environment(made), cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return made
