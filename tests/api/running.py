"""The API as a partner meets it: the portal's WSGI application on a real port, spoken to with plain `requests`."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import requests
from django.core.wsgi import get_wsgi_application
from django.db import connections

from tests.cast import Office


class _Threaded(ThreadingMixIn, WSGIServer):
    daemon_threads = False
    request_queue_size = 64

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            connections.close_all()


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None:
        """Says nothing."""


@contextmanager
def served() -> Iterator[str]:
    """The portal's address while it is served from threads of this process, on the test database."""
    server = make_server("127.0.0.1", 0, get_wsgi_application(), server_class=_Threaded, handler_class=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Partner:
    """A partner's software: gets a token, and speaks JSON."""

    def __init__(self, base: str, office: Office, scope: str = "") -> None:
        self.base = base
        answer = requests.post(
            f"{base}/identity/o/api/token",
            data={"grant_type": "client_credentials", **({"scope": scope} if scope else {})},
            auth=(office.partner.client_id, office.partner.client_secret),
            timeout=30,
        )
        assert answer.status_code == 200, answer.text
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def __call__(self, method: str, path: str, **more: Any) -> requests.Response:
        return self.session.request(method, f"{self.base}/api/v1/{path}", timeout=60, **more)

    def json(self, method: str, path: str, status: int = 200, **more: Any) -> Any:
        answer = self(method, path, **more)
        assert answer.status_code == status, (method, path, answer.status_code, answer.text)
        return answer.json()

    def all(self, path: str) -> list[Any]:
        """Every row of a list, over its pages."""
        found, url = [], f"{self.base}/api/v1/{path}"
        while url:
            page = self.session.get(url, timeout=60).json()
            found += page["results"]
            url = page["next"]
        return found


class Receiver:
    """A partner's webhook endpoint; keeps what came, and answers what the test says."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((dict(self.headers.items()), body))
                self.send_response(receiver.answers.pop(0) if receiver.answers else 204)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hooks"
        threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
