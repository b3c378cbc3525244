"""`demo`: all of it on your own machine: PostgreSQL, the Exact sandbox, web, worker, beat, and a filled firm."""

import json
import logging
import os
import shlex
import socket
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from portal.operations.processes import Process, Supervisor

MINUTE_SECONDS = 10  # the sandbox's minutes and ours: so that a demonstration need not wait for the next one


class Command(BaseCommand):
    help = "Start the whole portal with the Exact sandbox and a demo firm; Ctrl-C stops all of it."
    # The demo's own processes have their settings below; what this one was started with does not matter.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--exact-port", type=int, help="the sandbox's (none: 700 above the portal's)")
        parser.add_argument("--send", action="store_true", help="send one more invoice to a demo that runs")

    def handle(self, *args: Any, **options: Any) -> None:
        port = options["port"]
        exact_port = options["exact_port"] or port + 700
        env = environment(port, exact_port)
        manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
        exact = f"http://localhost:{exact_port}"
        filler = [*manage, "demo_fill", "--exact", exact]
        if options["send"]:
            os.execve(sys.executable, [*filler, "--send"], env)  # noqa: S606
        for wanted in (port, exact_port):
            if _taken(wanted):
                sys.exit(
                    f"Something listens at port {wanted} already. Stop it, or choose: make demo PORT=8100"
                )
        logging.getLogger("portal.operations.processes").setLevel("WARNING")
        self.stdout.write("Starting PostgreSQL, the Exact sandbox, web, worker and beat …")
        places = ("the portal", f"http://localhost:{port}/readyz"), ("the Exact sandbox", f"{exact}/")
        wait = f"import invoices.demo.wait as w; w.until(*{places!r})"
        fill = f"{shlex.join([sys.executable, '-c', wait])} && {shlex.join(filler)} && exec sleep infinity"
        children = [
            Process("sandbox", [*manage, "exact_sandbox", "--port", str(exact_port)], env),
            Process("portal", [*manage, "serve", "--port", str(port)], env, grace_seconds=25),
            Process("fill", ["/bin/sh", "-c", fill], env),
        ]
        sys.exit(Supervisor(children).run())


def environment(port: int, exact_port: int) -> dict[str, str]:
    """The demo's own settings: nothing of the machine's but what it was asked for."""
    unwanted = {"DATABASE_URL", "BROKER_URL", "EXACT_BASE_URL", "EXACT_SITES", "SECRET_KEY", "TOKEN_KEYS"}
    base = {name: value for name, value in os.environ.items() if name not in unwanted}
    client_id, secret = "5a1d0e55-0000-4000-8000-00000000e4ac", "sandbox-client-secret"
    sandbox = {"base_url": f"http://localhost:{exact_port}", "client_id": client_id, "client_secret": secret}
    return {
        **base,
        "DEBUG": "1",
        "VAR_DIR": str(Path(settings.VAR_DIR)),
        "SITE_URL": f"http://localhost:{port}",
        "EXACT_SITES": json.dumps({"sandbox": sandbox}),
        "EXACT_CLIENT_ID": client_id,
        "EXACT_CLIENT_SECRET": secret,
        "EXACT_MINUTE_SECONDS": str(MINUTE_SECONDS),
        "LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING"),
        "HELPDESK_SECOND_FACTOR": "0",
    }


def _taken(port: int) -> bool:
    with socket.socket() as door:
        return door.connect_ex(("127.0.0.1", port)) == 0
