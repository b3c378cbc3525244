"""Uploads over the API through gunicorn, against a bare DRF view that inserts the same bytes.

`python -m tests.bench api` measures on a database of its own (embedded, with fsync), one gunicorn process each, the
same number of uploaders, one after the other in turns.
"""

import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing, suppress
from pathlib import Path
from statistics import median, quantiles

from portal.management.commands import serve
from tests.bench import Row

SECONDS = float(os.environ.get("BENCH_API_SECONDS", "6"))
UPLOADERS, MANY = 16, 200
COMMAND = "python -m tests.bench api"


def rows() -> list[Row]:
    """Ratio of accepted uploads, and the slowest percent under two hundred uploaders."""
    with tempfile.TemporaryDirectory(prefix="portal-bench-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)
        env = {
            **os.environ,
            "DEBUG": "1",
            "VAR_DIR": f"{folder}/var",
            "LOG_LEVEL": "ERROR",
            "BROKER_URL": "memory://",
        }
        env["PYTHONPATH"] = str(Path(__file__).resolve().parents[2])
        token = _prepare(env)
        with _Server("portal.wsgi", env) as portal, _Server("tests.bench.bare", env) as bare:
            header = {"Authorization": f"Bearer {token(portal.port)}", "Content-Type": "application/xml"}
            ratios, rates = [], []
            for turn in range(3):
                ours = _rate(portal.port, "/api/v1/invoices/", header, UPLOADERS, f"a{turn}")
                theirs = _rate(bare.port, "/bare/", header, UPLOADERS, f"b{turn}")
                ratios.append(len(ours) / max(1, len(theirs)))
                rates.append(len(ours) / SECONDS)
            slow = quantiles(_rate(portal.port, "/api/v1/invoices/", header, MANY, "c"), n=100)[98]
    ratio = median(ratios)
    anchor = "a bare DRF view, same authentication, same bytes inserted"
    return [
        Row("accepted uploads", f"{ratio:.2f} ×", "≥ 0.5 ×", anchor, COMMAND, ratio >= 0.5),
        Row(
            "accepted uploads a second",
            f"{median(rates):,.0f} /s",
            "",
            f"one process, {UPLOADERS} uploaders",
            COMMAND,
        ),
        Row(
            "slowest percent of uploads",
            f"{slow:.2f} s",
            "≤ 2 s",
            f"{MANY} uploaders at once",
            COMMAND,
            slow <= 2,
        ),
    ]


def _manage(env: dict[str, str], *arguments: str) -> str:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments], env=env, check=True, capture_output=True, text=True
    ).stdout


def _prepare(env: dict[str, str]):  # type: ignore[no-untyped-def]
    """A migrated database with a firm and its partner; gives a function that fetches a token."""
    _manage(env, "migrate", "--verbosity", "0")
    firm = json.loads(_manage(env, "create_firm", "Bench", "--owner", "bench@kantoor.example", "--json"))
    partner = json.loads(_manage(env, "create_partner", "Bench", "--firm", firm["id"], "--json"))

    def token(port: int) -> str:
        body = f"grant_type=client_credentials&client_id={partner['client_id']}&client_secret={partner['client_secret']}"
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as line:
            line.request(
                "POST", "/identity/o/api/token", body, {"Content-Type": "application/x-www-form-urlencoded"}
            )
            return str(json.loads(line.getresponse().read())["access_token"])

    return token


class _Server:
    """gunicorn, one process, as `serve` runs it."""

    def __init__(self, application: str, env: dict[str, str]) -> None:
        import socket

        with closing(socket.socket()) as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process = subprocess.Popen(
            serve.web(self.port, "127.0.0.1", 1, application),
            env=env,
        )

    def __enter__(self) -> "_Server":
        give_up = time.monotonic() + 60
        while time.monotonic() < give_up:
            with (
                suppress(OSError),
                closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)) as line,
            ):
                line.request("GET", "/healthz")
                line.getresponse().read()
                return self
        raise RuntimeError("gunicorn did not start")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)


def _rate(port: int, path: str, header: dict[str, str], uploaders: int, run: str) -> list[float]:
    """Seconds of each accepted upload of a different invoice, by so many uploaders at once, for some seconds."""
    from tests.paper import paper

    template, took, lock = paper("NUMMER"), [], threading.Lock()
    until = time.monotonic() + SECONDS

    def upload(who: int) -> None:
        mine = []
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for number in range(1_000_000):
            began = time.monotonic()
            if began > until:
                break
            line.request("POST", path, template.replace(b"NUMMER", f"{run}-{who}-{number}".encode()), header)
            answer = line.getresponse()
            answer.read()
            if answer.status == 201:
                mine.append(time.monotonic() - began)
        line.close()
        with lock:
            took.extend(mine)

    threads = [threading.Thread(target=upload, args=(who,)) for who in range(uploaders)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return took
