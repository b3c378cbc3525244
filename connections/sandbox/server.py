"""The process: command line, HTTP, and the one place where faults act on calls."""

from __future__ import annotations

import argparse
import contextlib
import signal
import socket
import sys
import threading
import time
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from . import console, control, rest, signin, wire, world
from .box import Sandbox
from .context import CallNote
from .faults import Rule
from .settings import DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, DEFAULT_WEBHOOK_SECRET
from .wire import Answer, Request

_THIS_MACHINE = {"127.0.0.1", "::1"}
_REASONS = {429: "Too Many Requests"}


class Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], box: Sandbox) -> None:
        super().__init__(address, Handler)
        self.box = box

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hangs up is no error of ours."""
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError, ValueError)):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def do_any(self) -> None:
        request = self._read()
        if request is None:
            self._send(Answer(411))
        elif not request.path.startswith(("/api/", "/docs/")) and self.client_address[0] not in _THIS_MACHINE:
            self._send(Answer(403))
        elif request.path.startswith("/sandbox/api/"):
            self._send(control.handle(self.server.box, request))
        elif request.path == "/" or request.path.startswith("/sandbox/"):
            self._send(console.handle(self.server.box, request))
        else:
            self._call(request)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = do_any

    def _read(self) -> Request | None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        if "transfer-encoding" in headers:
            self.close_connection = True
            return None
        body = self.rfile.read(int(headers.get("content-length", "0")))
        parts = urlsplit(self.path)
        host = headers.get("host") or f"127.0.0.1:{self.server.server_port}"
        return Request(self.command, unquote(parts.path), parts.query, headers, body, f"http://{host}")

    # A call to Exact

    def _call(self, request: Request) -> None:
        box, note, began = self.server.box, CallNote(), time.perf_counter()
        note.endpoint = rest.endpoint_name(request.path)
        call = self._described(request, note)
        rules = box.faults.firing(call)
        note.fault = ", ".join(rule.act for rule in rules)
        if box.settings["latency_ms"]:
            time.sleep(box.settings["latency_ms"] / 1000)
        if not self._before(rules, call):
            self._log(request, note, 0, 0, began)
            self._hang_up()
            return
        chosen = next((rule for rule in rules if rule.act == "answer"), None)
        if chosen is not None:
            note.division, note.user = call["division"], call["user"] or ""
        answer = chosen.answer() if chosen is not None else self._process(request, note)
        self._log(request, note, answer.status, len(answer.body), began)
        for rule in rules:
            held = rule.act == "gate" and rule.options.get("when") == "after"
            if held and box.faults.hold(rule, call, "after") == "drop":
                self._hang_up()
                return
        if any(rule.act == "drop_after" for rule in rules):
            self._hang_up()
            return
        self._send(answer, next((rule for rule in rules if rule.act == "drip"), None))

    def _described(self, request: Request, note: CallNote) -> dict[str, Any]:
        """What the rules of faults can match on."""
        box = self.server.box
        code = request.path.removeprefix("/api/v1/").partition("/")[0]
        token = request.headers.get("authorization", "").partition(" ")[2].strip()
        with box.store.lock:
            held = box.oauth.access(token) if token else None
        return {
            "method": request.method,
            "endpoint": note.endpoint,
            "division": int(code) if code.isdigit() else None,
            "user": held[0]["login"] if held else None,
            "path": request.path,
        }

    def _before(self, rules: Sequence[Rule], call: dict[str, Any]) -> bool:
        """Act before processing; False: the connection is to be closed without it."""
        for rule in rules:
            if rule.act == "drop_before":
                return False
            if rule.act == "commit_late" and rule.options.get("hang_up"):
                self._hang_up()
            if rule.act in ("slow", "commit_late"):
                time.sleep(rule.options["seconds"])
            if (
                rule.act == "gate"
                and rule.options.get("when", "before") == "before"
                and self.server.box.faults.hold(rule, call, "before") == "drop"
            ):
                return False
        return True

    def _process(self, request: Request, note: CallNote) -> Answer:
        box = self.server.box
        box.advance()
        if request.path == "/api/oauth2/auth":
            with box.store.lock:
                return signin.handle(box, request)
        if request.path == "/api/oauth2/token" and request.method == "POST":
            with box.store.lock:
                answer, note.user, note.note = box.oauth.token(request)
            return answer
        if len(request.body) > 1.5 * box.settings["request_limit_bytes"]:
            return wire.error_answer(413, "Request Entity Too Large", {}, request.wants_json)
        if request.path.startswith(("/api/v1/", "/docs/")):
            return rest.handle(box, request, note)
        return wire.error_answer(404, "Not Found", {}, request.wants_json)

    def _log(self, request: Request, note: CallNote, status: int, size: int, began: float) -> None:
        box = self.server.box
        box.store.log_call(
            {
                "at": box.now(), "method": request.method, "path": self.path[:2000], "endpoint": note.endpoint,
                "division": note.division, "user": note.user, "app": note.app, "status": status,
                "request_bytes": len(request.body), "response_bytes": size,
                "milliseconds": round((time.perf_counter() - began) * 1000, 2),
                "minute_remaining": note.minute_remaining, "day_remaining": note.day_remaining,
                "fault": note.fault, "note": note.note,
            }
        )  # fmt: skip

    # Sending

    def _send(self, answer: Answer, drip: Rule | None = None) -> None:
        reason = _REASONS.get(answer.status) or self.responses.get(answer.status, ("",))[0]
        lines = [f"HTTP/1.1 {answer.status} {reason}"]
        headers = {
            "Cache-Control": "private",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "strict-origin-when-cross-origin",
            "DataServiceVersion": "1.0;",
            # By the sandbox's clock, as the resets of the budgets are: whoever reckons with skew must see one clock.
            "Date": self.date_time_string(int(self.server.box.now())),
        }
        if answer.content_type:
            headers["Content-Type"] = answer.content_type
        headers |= answer.headers
        if answer.status != 204:
            headers["Content-Length"] = str(len(answer.body))
        if self.close_connection:
            headers["Connection"] = "close"
        lines += [f"{name}: {value}" for name, value in headers.items()]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        body = b"" if self.command == "HEAD" else answer.body
        with contextlib.suppress(ConnectionError, OSError):
            if drip is None:
                self.wfile.write(head + body)
            else:
                self._drip(head, body, drip)

    def _drip(self, head: bytes, body: bytes, rule: Rule) -> None:
        if rule.options.get("part", "body") == "body":
            self.wfile.write(head)
            slow = body
        else:
            slow = head + body
        for byte in slow:
            self.wfile.write(bytes([byte]))
            time.sleep(rule.options.get("seconds", 1.0))

    def _hang_up(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: Any) -> None:
        """Calls are logged in the store; the terminal stays quiet."""


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m connections.sandbox", description="Exact Online on this machine."
    )
    parser.add_argument(
        "--port", type=int, default=8700, help="0: any free port (the line that is printed names it)"
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--state", type=Path, required=True, help="folder that keeps the world")
    parser.add_argument(
        "--world", type=Path, help="JSON file with the world to build when the state is empty"
    )
    parser.add_argument("--minute-seconds", type=float, default=60)
    parser.add_argument("--token-seconds", type=int, default=600)
    parser.add_argument("--token-guard-seconds", type=float, default=570)
    parser.add_argument("--refresh-days", type=float, default=30)
    parser.add_argument("--latency-ms", type=float, default=0)
    parser.add_argument("--client-id", default=DEFAULT_CLIENT_ID)
    parser.add_argument("--client-secret", default=DEFAULT_CLIENT_SECRET)
    parser.add_argument("--webhook-secret", default=DEFAULT_WEBHOOK_SECRET)
    parser.add_argument("--redirect-uri", action="append", help="registered; none: every one is accepted")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT. Prints one line with the URL when ready."""
    args = _arguments(argv)
    options = {
        "minute_seconds": args.minute_seconds, "token_seconds": args.token_seconds,
        "token_guard_seconds": args.token_guard_seconds, "refresh_days": args.refresh_days,
        "latency_ms": args.latency_ms,
    }  # fmt: skip
    options = {name: int(value) if value == int(value) else value for name, value in options.items()}
    app = world.default_app(args.client_id, args.client_secret, args.webhook_secret, args.redirect_uri)
    box = Sandbox(args.state, options, [app], args.world)
    server = Server((args.host, args.port), box)
    box.base_url = f"http://{args.host}:{server.server_port}"
    box.start()
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"Exact Online sandbox ready at {box.base_url}", flush=True)
    server.serve_forever(poll_interval=0.1)
    box.stop()
    server.server_close()
    box.store.close()
    return 0
