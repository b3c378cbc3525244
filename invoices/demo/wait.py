"""Waiting until everything answers. (Runs before Django is there.)"""

import sys
import time

import requests

SECONDS = 120.0


def until(*urls: str) -> None:
    """Return when every address answers 200; end the process with a sentence when one does not in time."""
    give_up = time.monotonic() + SECONDS
    for url in urls:
        while not _answers(url):
            if time.monotonic() > give_up:
                sys.exit(f"{url} did not answer within {SECONDS:.0f} seconds; what it printed is above.")
            time.sleep(0.2)


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).status_code == 200
    except requests.RequestException:
        return False
