"""The environment of the tests, set before Django reads its settings (pytest loads this plugin first).

The database is the one of DATABASE_URL where that is set, else an embedded server of the tests' own. Nothing else of
the machine is used: no broker, no mail, a folder of our own for what would be kept. Where several processes share the
run, each has a database and a folder of its own.
"""

import os
import tempfile
from pathlib import Path

from portal.embedded.postgres import cluster_for_tests

FOLDER = Path(tempfile.gettempdir()) / f"portal-tests-{os.getuid()}"
FOLDER.mkdir(exist_ok=True)

os.environ["DATABASE_URL"] = cluster_for_tests(FOLDER)
os.environ.update(
    DEBUG="1",
    VAR_DIR=str(FOLDER / f"var{os.environ.get('PYTEST_XDIST_WORKER', '')}"),
    BROKER_URL="memory://",
    SITE_URL="http://testserver",
    SECRET_KEY="only-for-tests-" + "x1y2z3" * 8,
    TOKEN_KEYS="N1rFSu0bVnyNdWvSGFWaWrvGwPiRCyIw1LGaBJdZSmk=",
    EXACT_UNKNOWN_OUTCOME_SECONDS="1",
    API_LOG_EVERY_SECONDS="0",
    MAILBOX_DOCUMENT_SECONDS="0",
    LOG_LEVEL="WARNING",
    TEST_DATABASE_NAME=f"test_portal_{os.getpid()}",
)


def url_of(database: str) -> str:
    """DATABASE_URL with another database in it: for a process that a test starts."""
    server, _, options = os.environ["DATABASE_URL"].partition("?")
    return server.rsplit("/", 1)[0] + "/" + database + (f"?{options}" if options else "")
