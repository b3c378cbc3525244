"""The embedded broker: alone, and under real Celery workers that compete, die and lose their folder."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty
from typing import Any

import kombu
import pytest

from portal.embedded import broker
from tests.embedded.actors import environment, wait_until

Start = Callable[..., subprocess.Popen[bytes]]


def _channel(var_dir: Path) -> Any:
    settings = broker.broker_settings(var_dir)
    connection = kombu.Connection(
        settings["broker_url"], transport_options=settings["broker_transport_options"]
    )
    return connection.channel()


def _queue_folder(var_dir: Path, queue: str = "celery") -> Path:
    return var_dir / "broker" / "queues" / f"{queue}.queue"


def test_messages_are_taken_in_the_order_in_which_they_were_sent(tmp_path: Path) -> None:
    ours, theirs = _channel(tmp_path), _channel(tmp_path)
    for number in range(200):
        ours._put("work", {"number": number})
    assert theirs._size("work") == 200
    assert [theirs._get("work")["number"] for _ in range(200)] == list(range(200))
    with pytest.raises(Empty):
        theirs._get("work")


def test_two_takers_share_a_queue_and_none_gets_what_the_other_has(tmp_path: Path) -> None:
    first, second = _channel(tmp_path), _channel(tmp_path)
    for number in range(100):
        first._put("work", {"number": number})
    taken = [channel._get("work")["number"] for _ in range(50) for channel in (first, second)]
    assert sorted(taken) == list(range(100))


def test_a_message_that_is_still_being_written_is_not_seen(tmp_path: Path) -> None:
    channel = _channel(tmp_path)
    channel._put("work", {"number": 1})
    channel._get("work")
    (tmp_path / "broker" / "drafts" / "00-half").write_text('{"number": ')
    with pytest.raises(Empty):
        channel._get("work")
    assert channel._size("work") == 0


def test_an_unreadable_message_is_thrown_away_and_the_next_one_delivered(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    channel = _channel(tmp_path)
    channel._put("work", {"number": 1})
    empty = f"{time.time_ns() - 10**9:020}-empty"
    (_queue_folder(tmp_path, "work") / empty).touch()
    assert channel._get("work") == {"number": 1}
    assert f"{empty} on queue work was thrown away" in caplog.text


def test_a_queue_keeps_its_messages_to_itself_whatever_its_name(tmp_path: Path) -> None:
    channel = _channel(tmp_path)
    names = ["work", "work.more", "../work", "a/b", "..", "celery@host"]
    for name in names:
        channel._put(name, {"queue": name})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broker"]
    assert [channel._get(name)["queue"] for name in names] == names


def test_a_purge_empties_one_queue_and_says_how_many(tmp_path: Path) -> None:
    channel = _channel(tmp_path)
    for queue in ("work", "work", "other"):
        channel._put(queue, {})
    assert channel.queue_purge("work") == 2
    assert (channel._size("work"), channel._size("other")) == (0, 1)


def test_what_has_lain_for_a_day_is_thrown_away(tmp_path: Path) -> None:
    channel = _channel(tmp_path)
    channel._put("work", {"number": 1})
    yesterday = f"{time.time_ns() - 25 * 3600 * 10**9:020}-abc"
    folders = [_queue_folder(tmp_path, "work"), tmp_path / "broker/drafts", tmp_path / "broker/taken"]
    for folder in folders:
        (folder / yesterday).write_text("{}")
    assert channel._get("work") == {"number": 1}
    assert [list(folder.iterdir()) for folder in folders] == [[], [], []]


def test_a_missing_subfolder_is_made_again(tmp_path: Path) -> None:
    channel = _channel(tmp_path)
    for folder in ("broker", "broker/drafts", "broker/queues"):
        channel._put("work", {"folder": folder})
        channel._get("work")
        shutil.rmtree(tmp_path / folder)
        channel._put("work", {"folder": folder})
        assert channel._get("work") == {"folder": folder}
    channel._put("work", {"number": 1})
    shutil.rmtree(tmp_path / "broker/taken")
    assert channel._get("work") == {"number": 1}


# --- Under real workers ---


@pytest.fixture
def start_worker(tmp_path: Path) -> Iterator[Start]:
    """Starts a worker process in a session of its own; its log is `<name>.log`."""
    workers: list[subprocess.Popen[bytes]] = []

    def start(name: str, **more: str) -> subprocess.Popen[bytes]:
        with (tmp_path / f"{name}.log").open("wb") as log:
            worker = subprocess.Popen(
                [
                    *(sys.executable, "-m", "celery", "-A", "tests.embedded.small_celery", "worker"),
                    *("--concurrency=1", f"--hostname={name}@localhost"),
                ],
                env=environment(VAR_DIR=str(tmp_path), **more),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        workers.append(worker)
        return worker

    yield start
    for worker in workers:
        if worker.poll() is None:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()


def _ready(var_dir: Path, *names: str) -> bool:
    return all(" ready." in (var_dir / f"{name}.log").read_text() for name in names)


def _notes(var_dir: Path) -> list[list[str]]:
    """`[word, worker's process id, size of the ballast]` for every task that has run."""
    path = var_dir / "notes"
    return [line.split() for line in path.read_text().splitlines()] if path.exists() else []


def _words(var_dir: Path) -> Counter[str]:
    return Counter(word for word, _, _ in _notes(var_dir))


def _send(var_dir: Path, task: str, words: range | list[str], ballast: int = 0) -> subprocess.Popen[bytes]:
    """Sends from a process of its own, as the web does."""
    code = (
        "from tests.embedded import small_celery\n"
        f"for n, word in enumerate({words!r}):\n"
        f"    small_celery.{task}.delay(word, *(['x' * {ballast} * (n % 10)] if {ballast} else []))\n"
    )
    return subprocess.Popen([sys.executable, "-c", code], env=environment(VAR_DIR=str(var_dir)))


def _send_all(*args: Any, **kwargs: Any) -> None:
    assert _send(*args, **kwargs).wait(timeout=20) == 0


def test_two_workers_do_500_tasks_of_two_senders_once_each_and_never_read_half_a_message(
    tmp_path: Path, start_worker: Start
) -> None:
    workers = [start_worker("a"), start_worker("b")]
    wait_until(lambda: _ready(tmp_path, "a", "b"), "both workers are ready")
    senders = [_send(tmp_path, "note", range(start, start + 250), ballast=30_000) for start in (0, 250)]
    assert [sender.wait(timeout=20) for sender in senders] == [0, 0]
    wait_until(lambda: len(_notes(tmp_path)) >= 500, "all tasks have run")

    assert _words(tmp_path) == Counter(str(number) for number in range(500))
    assert {size for _, _, size in _notes(tmp_path)} == {str(30_000 * n) for n in range(10)}
    by_worker = Counter(worker for _, worker, _ in _notes(tmp_path))
    assert set(by_worker) == {str(worker.pid) for worker in workers}
    assert min(by_worker.values()) > 50
    for name in ("a", "b"):
        log = (tmp_path / f"{name}.log").read_text()
        assert "Traceback" not in log and "ERROR" not in log and "thrown away" not in log


def test_a_killed_worker_loses_only_what_it_had_taken_and_the_other_does_the_rest(
    tmp_path: Path, start_worker: Start
) -> None:
    victim = start_worker("victim")
    wait_until(lambda: _ready(tmp_path, "victim"), "the first worker is ready")
    _send_all(tmp_path, "wait_for_gate", ["a", "b"])
    _send_all(tmp_path, "note", range(50))
    wait_until(lambda: _words(tmp_path)["a-begun"], "the worker is at work")
    os.killpg(victim.pid, signal.SIGKILL)
    victim.wait()

    (tmp_path / "gate").touch()
    start_worker("heir")
    wait_until(lambda: "ready" in (tmp_path / "heir.log").read_text(), "the second worker is ready")
    wait_until(
        lambda: len(_words(tmp_path)) >= 50 and not any(_queue_folder(tmp_path).iterdir()), "empty queue"
    )
    # The worker had taken «a», and at most one more (one in hand, one prefetched). The sweep sends them again.
    missing = ({"a-ended", "b-ended"} | {str(number) for number in range(50)}) - set(_words(tmp_path))
    assert "a-ended" in missing and len(missing) <= 2
    _send_all(tmp_path, "wait_for_gate", ["a", "b"])
    _send_all(tmp_path, "note", sorted(missing - {"a-ended", "b-ended"}))
    wait_until(lambda: {"a-ended", "b-ended"} <= set(_words(tmp_path)), "what was sent again has run")
    assert {str(number) for number in range(50)} <= set(_words(tmp_path))


def test_a_worker_that_is_asked_to_stop_ends_its_task_and_leaves_the_rest_in_the_queue(
    tmp_path: Path, start_worker: Start
) -> None:
    worker = start_worker("a", PREFETCH="4")
    wait_until(lambda: _ready(tmp_path, "a"), "the worker is ready")
    _send_all(tmp_path, "wait_for_gate", ["first", "second", "third"])
    wait_until(lambda: _words(tmp_path)["first-begun"], "the worker is at work")
    wait_until(lambda: len(list(_queue_folder(tmp_path).iterdir())) == 1, "one in hand, one prefetched")
    worker.send_signal(signal.SIGTERM)
    wait_until(lambda: "Warm shutdown" in (tmp_path / "a.log").read_text(), "the worker wants to stop")
    (tmp_path / "gate").touch()

    assert worker.wait(timeout=15) == 0
    assert _words(tmp_path)["first-ended"] == 1
    done = sum(_words(tmp_path)[f"{word}-ended"] for word in ("first", "second", "third"))
    assert len(list(_queue_folder(tmp_path).iterdir())) == 3 - done


def test_a_waiting_worker_hears_within_a_fraction_of_a_second_even_after_the_folder_was_deleted(
    tmp_path: Path, start_worker: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    from tests.embedded import small_celery  # reads VAR_DIR

    monkeypatch.setattr(small_celery, "VAR_DIR", tmp_path)
    small_celery.app.conf.broker_transport_options = {"folder": str(tmp_path / "broker")}
    start_worker("a")
    wait_until(lambda: _ready(tmp_path, "a"), "the worker is ready")
    shutil.rmtree(tmp_path / "broker")

    waits = []
    for number in range(5):
        sent = time.monotonic()
        small_celery.note.delay(number)
        wait_until(lambda number=number: _words(tmp_path)[str(number)], "the task has run")  # type: ignore[misc]
        waits.append(time.monotonic() - sent)
    assert sorted(waits)[2] < 0.5  # 0.05 s on an idle machine; this one may be busy
