"""Routes of the control API: which function answers which call."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

Body = dict[str, Any]
ROUTES: list[tuple[str, re.Pattern[str], Callable[..., Any]]] = []


class Missing(Exception):
    """Something named in the URL does not exist."""


def route(method: str, pattern: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """`{name}` in the pattern becomes an argument. The function gets (box, body, query, *names)."""
    regex = re.compile(re.sub(r"\{\w+\}", r"([^/]+)", pattern))

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        ROUTES.append((method, regex, function))
        return function

    return register


def patiently(query: Body, look: Callable[[], list[Any]]) -> list[Any]:
    """With `wait` seconds: look again until there are `count` (1) things to see, or the time is over."""
    until = time.monotonic() + float(query.get("wait", 0))
    while True:
        seen = look()
        if len(seen) >= int(query.get("count", 1)) or time.monotonic() >= until:
            return seen
        time.sleep(0.01)
