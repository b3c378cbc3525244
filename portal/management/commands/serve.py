"""`serve --port N [--workers W]`: web, worker and beat in the foreground, with the current environment."""

import os
import shutil
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from portal.embedded import postgres
from portal.operations.processes import Process, Supervisor

WEB_THREADS = 16
KEEP_ALIVE_SECONDS = 30
WORKER_THREADS = 6


class Command(BaseCommand):
    help = "Migrate, then run web, worker and beat until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--bind", default="127.0.0.1", metavar="ADDRESS")
        parser.add_argument(
            "--workers", type=int, default=2, metavar="W", help="processes each for web and work"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=0)
        children = processes(options["port"], options["bind"], options["workers"])
        sys.exit(Supervisor(children, every_second=_keep_database).run())


def _keep_database() -> None:
    """An embedded server that died is started again; one that DATABASE_URL names is somebody else's to keep."""
    if not os.environ.get("DATABASE_URL") and not postgres.is_running(settings.VAR_DIR):
        postgres.ensure(settings.VAR_DIR)


def processes(port: int, bind: str, workers: int) -> list[Process]:
    """The portal's own processes: gunicorn, Celery's workers, Celery's beat."""
    python = [sys.executable, "-m"]
    beat = [
        *python, "celery", "--quiet", "--app", "portal", "beat", "--loglevel", "warning", "--pidfile=",
        "--schedule", str(settings.VAR_DIR / "celerybeat-schedule"),
    ]  # fmt: skip
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "PROMETHEUS_MULTIPROC_DIR": str(_counts()),
    }
    numbers = range(1, workers + 1)
    # Each worker takes invoices and lanes; the last one also takes what lasts, so that the others never wait for it.
    work = [
        Process(f"worker {n}", worker(n, "celery,slow" if n == workers else "celery"), env) for n in numbers
    ]
    return [Process("web", web(port, bind, workers), env), *work, Process("beat", beat, env)]


def web(port: int, bind: str, workers: int, application: str = "portal.wsgi") -> list[str]:
    """gunicorn. A partner's uploaders keep their lines open between two uploads; idle lines cost no thread."""
    return [
        sys.executable, "-m", "gunicorn", application, "--bind", f"{bind}:{port}", "--worker-class", "gthread",
        "--workers", str(workers), "--threads", str(WEB_THREADS), "--keep-alive", str(KEEP_ALIVE_SECONDS),
        "--timeout", "120", "--graceful-timeout", "15", "--log-level", "warning", "--no-control-socket",
    ]  # fmt: skip


def worker(number: int, queues: str) -> list[str]:
    """One worker process. Threads, because lanes mostly wait for Exact; several processes, because reading does not."""
    return [
        sys.executable, "-m", "celery", "--quiet", "--app", "portal", "worker", "--queues", queues,
        "--hostname", f"worker{number}@%h", "--pool", "threads", "--concurrency", str(WORKER_THREADS),
        "--loglevel", "warning", "--without-mingle", "--without-gossip", "--without-heartbeat",
    ]  # fmt: skip


def _counts() -> Path:
    """An empty folder in which the web processes count their requests together (`portal.operations.metrics`)."""
    folder = settings.VAR_DIR / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
