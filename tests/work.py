"""A worker without Celery: does what is due, found by the same look-ups as the sweeps, until nothing is."""

import threading
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from connections import lanes
from invoices import pipeline
from invoices.knowledge import keeping
from portal.lookups import ask

SECONDS = 90.0  # until a test gives up; most need a second


def work(seconds: float = SECONDS) -> None:
    """Everything that is due now or within a second. Fails when it does not come to rest in time."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        invoices = ask("due_invoices", 100, 0)
        for (invoice_id,) in invoices:
            for (firm_id,) in ask("firm_of_invoice", invoice_id):
                pipeline.process(firm_id, UUID(str(invoice_id)))
        due = ask("due_lanes", 100)
        for (lane_id,) in due:
            lanes.drive(lane_id)
        stale = ask("stale_memories", 100)
        for firm_id, connection_id, supplier in stale:
            keeping.learn_again(firm_id, connection_id, supplier)
        if not invoices and not due and not stale:
            return
    raise AssertionError(f"Work did not come to rest within {seconds} s.")


def work_until(done: Callable[[], Any], seconds: float = SECONDS) -> None:
    """Work again and again until something is so: for what is not due at once, such as the look-up of a lost answer."""
    give_up = time.monotonic() + seconds
    while not done():
        if time.monotonic() > give_up:
            raise AssertionError(f"It did not come to that within {seconds} s.")
        work()
        threading.Event().wait(0.05)
