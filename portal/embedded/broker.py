"""A message broker that is a folder: a kombu transport for one machine without Redis or RabbitMQ.

kombu has such a transport, which reads files that are still being written and moves what it has taken to the
system's temporary folder. This one keeps three rules:

1. A message is written under `drafts/` and renamed into its queue's folder: what can be seen there is whole.
2. A message is taken by renaming it into `taken/`, which succeeds for one worker only.
3. Nothing here is the truth. A worker that is killed loses what it has taken, and whoever deletes the folder
   loses everything; the sweep over the database sends it again. So nothing is synced to disk, and what has
   lain for a day is thrown away.

Broadcasts (remote control, events, gossip) are not offered; Celery notices and leaves them out.
"""

# kombu says that it is typed, and is not.
# mypy: disable-error-code="no-untyped-call"

import heapq
import logging
import os
import time
import uuid
from contextlib import suppress
from pathlib import Path
from queue import Empty
from typing import Any
from urllib.parse import quote

from kombu.transport import TRANSPORT_ALIASES, virtual
from kombu.utils.encoding import bytes_to_str, str_to_bytes
from kombu.utils.json import dumps, loads

IDLE_POLLING_SECONDS = 0.05
BUSY_POLLING_SECONDS = 0.005
KEEP_SECONDS = 24 * 3600
HOUSEKEEPING_SECONDS = 300
LOOK_AHEAD = 64

logger = logging.getLogger(__name__)


def broker_settings(var_dir: Path) -> dict[str, Any]:
    """Celery's settings for a broker in `var_dir/broker`.

    The address names an alias that importing this module makes known: kombu has refused import paths in
    addresses since kombu#2641, because an address may come from elsewhere.
    """
    return {
        "broker_url": "embedded://localhost",
        "broker_transport_options": {"folder": str(var_dir / "broker")},
    }


class Channel(virtual.Channel):
    """Queues as folders, messages as files named `<time in ns>-<random>`, so that names sort by age."""

    def __init__(self, connection: Any, **kwargs: Any) -> None:
        super().__init__(connection, **kwargs)
        self.folder = Path(connection.client.transport_options["folder"])
        # queue → its oldest messages when last looked, oldest last. With one look per message a backlog of n
        # would cost n² names.
        self._seen: dict[str, list[str]] = {}
        self._next_housekeeping = 0.0

    def _put(self, queue: str, message: dict[str, Any], **kwargs: Any) -> None:
        name = f"{time.time_ns():020}-{uuid.uuid4().hex}"
        draft = self.folder / "drafts" / name
        content = str_to_bytes(dumps(message))
        try:
            draft.write_bytes(content)
            draft.rename(self._queue_folder(queue) / name)
        except FileNotFoundError:  # the first message ever, or somebody emptied the folder
            self._new_queue(queue)
            draft.write_bytes(content)
            draft.rename(self._queue_folder(queue) / name)

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        if time.monotonic() > self._next_housekeeping:
            self._keep_house()
        folder = self._queue_folder(queue)
        while names := self._seen.get(queue) or self._look(queue):
            name = names.pop()
            taken = self.folder / "taken" / name
            try:
                (folder / name).rename(taken)
                content = taken.read_bytes()
                taken.unlink()
            except FileNotFoundError:  # another worker took it, or somebody emptied the folder
                taken.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                continue
            try:
                return loads(bytes_to_str(content))
            except ValueError:  # a power cut leaves empty files behind
                logger.warning("The unreadable message %s on queue %s was thrown away", name, queue)
        raise Empty

    def _look(self, queue: str) -> list[str]:
        names = self._seen[queue] = heapq.nsmallest(LOOK_AHEAD, _names(self._queue_folder(queue)))[::-1]
        return names

    def _new_queue(self, queue: str, **kwargs: Any) -> None:
        for folder in (self.folder / "drafts", self.folder / "taken", self._queue_folder(queue)):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def _size(self, queue: str) -> int:
        return len(_names(self._queue_folder(queue)))

    def _purge(self, queue: str) -> int:
        return _remove(self._queue_folder(queue))

    def _queue_folder(self, queue: str) -> Path:
        return self.folder / "queues" / f"{quote(queue, safe='@')}.queue"

    def _keep_house(self) -> None:
        """Throws away what nobody came for: messages without workers, and what killed processes left."""
        self._next_housekeeping = time.monotonic() + HOUSEKEEPING_SECONDS
        folders = [self.folder / "drafts", self.folder / "taken", *(self.folder / "queues").glob("*.queue")]
        for folder in folders:
            _remove(folder, older_than=time.time_ns() - KEEP_SECONDS * 10**9)


class Transport(virtual.Transport):
    """`embedded://`, with the folder in `transport_options["folder"]`."""

    Channel = Channel
    # Exchanges and bindings belong to the process: whoever publishes declares the queue first.
    global_state = virtual.BrokerState()
    driver_type = "embedded"
    driver_name = "embedded"

    def __init__(self, client: Any, **kwargs: Any) -> None:
        super().__init__(client, **kwargs)
        self.state = self.global_state
        self._last_delivery = 0.0

    def drain_events(self, connection: Any, timeout: float | None = None, **kwargs: Any) -> None:
        """Delivers one message, or raises TimeoutError.

        A worker whose hands are full gets no message and polls too, so the interval is also the pause between
        two tasks: at 50 ms a worker did 20 tasks a second at most. It is short while messages keep coming.
        """
        busy = time.monotonic() - self._last_delivery < 1
        self.polling_interval = BUSY_POLLING_SECONDS if busy else IDLE_POLLING_SECONDS
        super().drain_events(connection, timeout=timeout, **kwargs)
        self._last_delivery = time.monotonic()

    def driver_version(self) -> str:
        return "1"


TRANSPORT_ALIASES["embedded"] = f"{__name__}:Transport"


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except FileNotFoundError:
        return []


def _remove(folder: Path, *, older_than: int | None = None) -> int:
    """Deletes the messages in a folder, and says how many."""
    removed = 0
    for name in _names(folder):
        if older_than is None or name < f"{older_than:020}":
            with suppress(FileNotFoundError):
                (folder / name).unlink()
                removed += 1
    return removed
