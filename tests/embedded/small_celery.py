"""The smallest Celery app that uses the embedded broker; its tasks write down that they ran."""

import logging
import os
import threading
from pathlib import Path
from typing import Any

from celery import Celery

from portal.embedded import broker

logging.basicConfig(level=logging.INFO)  # the portal tells Celery to leave logging alone
VAR_DIR = Path(os.environ["VAR_DIR"])

# No fixups: Celery's one for Django would load the portal's settings, and a database with them.
app = Celery("small", fixups=[])
app.conf.update(
    broker.broker_settings(VAR_DIR),
    broker_connection_retry_on_startup=True,
    task_acks_late=True,
    task_ignore_result=True,
    worker_hijack_root_logger=False,
    worker_prefetch_multiplier=int(os.environ.get("PREFETCH", "1")),
)


@app.task
def note(word: Any, ballast: str = "") -> None:
    """Appends the word to `notes`, in one write so that several workers may."""
    notes = os.open(VAR_DIR / "notes", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(notes, f"{word} {os.getppid()} {len(ballast)}\n".encode())
    os.close(notes)


@app.task
def wait_for_gate(word: Any) -> None:
    """Says that it has begun, and ends once the file `gate` exists."""
    note(f"{word}-begun")
    pause = threading.Event()
    while not (VAR_DIR / "gate").exists():
        pause.wait(0.01)
    note(f"{word}-ended")
