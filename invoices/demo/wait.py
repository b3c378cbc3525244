"""Waiting until everything answers. (Runs before Django is there.)

A machine that is busy with something else takes its time, and nothing is wrong then: what does not start says so itself
and is started again. So this waits for as long as it takes, and now and then says for what.
"""

import time
from collections.abc import Callable

import requests

SAY_EVERY_SECONDS = 30.0


def _print(sentence: str) -> None:
    print(sentence, flush=True)


def until(
    *places: tuple[str, str], say: Callable[[str], None] = _print, every: float = SAY_EVERY_SECONDS
) -> None:
    """Return when every place, a name and its address, answers 200."""
    began = said = time.monotonic()
    for name, url in places:
        while not _answers(url):
            now = time.monotonic()
            if now - said >= every:
                said = now
                say(
                    f"Still waiting for {name} to start ({now - began:.0f} seconds so far). "
                    "A busy machine takes longer; it goes on by itself. Ctrl-C stops it."
                )
            time.sleep(0.2)


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).status_code == 200
    except requests.RequestException:
        return False
