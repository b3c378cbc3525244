"""Faults on demand: small declarative rules that break calls in the ways in which networks and Exact break them.

A rule: `{"match": {…}, "act": "…", "times": n, …}`. `match` may name `method`, `endpoint` (shell pattern:
`crm/*`, `oauth2/token`), `division`, `user` and `nth` (only the nth matching call, or a list of such numbers);
what it leaves out matches all. `times` (default: until cleared) is how often it acts.

    answer       answer instead of processing: `status`, `body`, `headers`, or a `kind` of KINDS
    drop_before  close the connection without processing
    drop_after   process, commit, then close without answering
    commit_late  hold for `seconds`, then process; with `hang_up` the caller is disconnected first
    slow         wait `seconds`, then process
    drip         send a byte every `seconds` (default 1): `part` is "headers" or "body"
    gate         hold until released, `when` "before" processing or "after" the commit
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from . import wire
from .wire import Answer

ACTS = ("answer", "drop_before", "drop_after", "commit_late", "slow", "drip", "gate")
_MAINTENANCE = (
    b"<!DOCTYPE html><html><head><title>Exact Online</title></head><body><h1>Onderhoud</h1>"
    b"<p>Exact Online is tijdelijk niet beschikbaar. We are under maintenance.</p></body></html>"
)
_APIGEE = (
    b'{"fault":{"faultstring":"Unable to identify proxy for host: start.exactonline.nl:443 and url: '
    b'\\/api\\/oauth2\\/token","detail":{"errorcode":"messaging.adaptors.http.flow.ApplicationNotFound"}}}'
)

# Answers that are on record, by name: (status, content type, body)
KINDS: dict[str, tuple[int, str | None, bytes]] = {
    "500": (500, wire.JSON, wire.error_answer(500, wire.PROBLEM, {}, True).body),
    "503": (503, wire.HTML, b"<html><body><h2>503 - Server Unavailable</h2></body></html>"),
    "maintenance": (503, wire.HTML, _MAINTENANCE),
    "maintenance_200": (200, wire.HTML, _MAINTENANCE),
    "401": (401, wire.JSON, wire.error_answer(401, "Unauthorized", {}, True).body),
    "408": (408, None, b""),
    "apigee": (404, wire.JSON, _APIGEE),
    "empty": (200, wire.JSON, b""),
}


@dataclass
class Rule:
    id: int
    match: dict[str, Any]
    act: str
    times: int | None
    options: dict[str, Any]
    seen: int = 0
    acted: int = 0

    def shown(self) -> dict[str, Any]:
        return {
            "id": self.id, "match": self.match, "act": self.act, "times": self.times, **self.options,
            "seen": self.seen, "acted": self.acted,
        }  # fmt: skip

    def fires(self, call: Mapping[str, Any]) -> bool:
        for name in ("method", "division", "user"):
            if name in self.match and self.match[name] != call[name]:
                return False
        if not fnmatchcase(call["endpoint"], self.match.get("endpoint", "*")):
            return False
        if self.times is not None and self.acted >= self.times:
            return False
        self.seen += 1
        nth = self.match.get("nth")
        if nth is not None and self.seen not in (nth if isinstance(nth, list) else [nth]):
            return False
        self.acted += 1
        return True

    def answer(self) -> Answer:
        options = self.options
        if "kind" in options:
            status, content_type, body = KINDS[options["kind"]]
            return Answer(options.get("status", status), body, content_type, dict(options.get("headers", {})))
        body = options.get("body", "")
        if isinstance(body, str):
            return Answer(options["status"], body.encode(), wire.HTML, dict(options.get("headers", {})))
        return wire.json_answer(options["status"], body, **options.get("headers", {}))


@dataclass
class Held:
    """One call that stands at a gate."""

    id: int
    rule: int
    call: dict[str, Any]
    when: str
    since: float = field(default_factory=time.time)
    outcome: str = ""
    opened: threading.Event = field(default_factory=threading.Event)

    def shown(self) -> dict[str, Any]:
        return {"id": self.id, "rule": self.rule, "when": self.when, "since": self.since, **self.call}


class Faults:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self.rules: list[Rule] = []
        self._held: dict[int, Held] = {}

    def add(self, spec: Mapping[str, Any]) -> Rule:
        """Raises ValueError for a rule that could not act."""
        options = dict(spec)
        match, act, times = options.pop("match", {}), options.pop("act", ""), options.pop("times", None)
        if act not in ACTS:
            raise ValueError(f"act must be one of {', '.join(ACTS)}; got {act!r}.")
        unknown = set(match) - {"method", "endpoint", "division", "user", "nth"}
        if unknown:
            raise ValueError(
                f"match knows method, endpoint, division, user, nth; not {', '.join(sorted(unknown))}."
            )
        if act == "answer" and options.get("kind") not in KINDS and "status" not in options:
            raise ValueError(f"answer wants a status, or a kind of: {', '.join(KINDS)}.")
        if act in ("slow", "commit_late") and not isinstance(options.get("seconds"), (int, float)):
            raise ValueError(f"{act} wants seconds.")
        with self._lock:
            rule = Rule(next(self._ids), match, act, times, options)
            self.rules.append(rule)
        return rule

    def remove(self, rule_id: int) -> bool:
        with self._lock:
            before = len(self.rules)
            self.rules = [rule for rule in self.rules if rule.id != rule_id]
            gone = len(self.rules) < before
        for held in self.held():
            if held.rule == rule_id:
                self.release(held.id)
        return gone

    def clear(self) -> None:
        with self._lock:
            self.rules = []
        self.release_all()

    def firing(self, call: Mapping[str, Any]) -> list[Rule]:
        if not self.rules:
            return []
        with self._lock:
            return [rule for rule in self.rules if rule.fires(call)]

    # Gates

    def hold(self, rule: Rule, call: Mapping[str, Any], when: str) -> str:
        """Wait at the gate; returns how it was opened: "go" or "drop"."""
        with self._lock:
            held = Held(next(self._ids), rule.id, dict(call), when)
            self._held[held.id] = held
        held.opened.wait()
        with self._lock:
            self._held.pop(held.id, None)
        return held.outcome or "go"

    def held(self) -> list[Held]:
        with self._lock:
            return list(self._held.values())

    def release(self, held_id: int, outcome: str = "go") -> bool:
        with self._lock:
            held = self._held.get(held_id)
        if held is None:
            return False
        held.outcome = outcome
        held.opened.set()
        return True

    def release_all(self) -> None:
        for held in self.held():
            self.release(held.id)
