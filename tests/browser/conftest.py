"""A browser, a live portal, and a worker beside it.

The portal answers on a real port from a thread; another thread does what is due, as Celery would. Both use the run's
own database, and the Exact sandbox is a process. Chromium is Debian's; where it is missing these tests say so.
"""

import os
import shutil
import threading
from collections.abc import Iterator
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.test import Client
from playwright.sync_api import BrowserContext, Page

from invoices.transfers import moving
from portal import jobs
from portal.lookups import ask
from portal.models import User
from tests.cast import Cast
from tests.exact_sandbox import ExactSandbox
from tests.work import work

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or ""
# Playwright's driver runs an event loop in this thread, and Django would refuse to touch the database beside it.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")


def pytest_collection_modifyitems(items: list[Any]) -> None:
    here = os.path.dirname(__file__)
    for item in items:
        if str(item.path).startswith(here):
            item.add_marker("browser")
            if not CHROMIUM:
                item.add_marker(pytest.mark.skip(reason="Chromium is not installed; see CHROMIUM"))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    return {
        "executable_path": CHROMIUM,
        "args": [
            "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync",
        ],
    }  # fmt: skip


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 64


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None:
        pass

    def handle(self) -> None:
        try:
            super().handle()
        finally:
            connections.close_all()


class Live:
    """The portal on a port."""

    def __init__(self) -> None:
        self.server = make_server("127.0.0.1", 0, StaticFilesHandler(get_wsgi_application()), _Server, _Quiet)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.thread.join(timeout=10)
        self.server.server_close()


@pytest.fixture
def live(database: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Live]:
    server = Live()
    monkeypatch.setattr(settings, "SITE_URL", server.url)
    monkeypatch.setattr(settings, "CSRF_TRUSTED_ORIGINS", [server.url])
    monkeypatch.setattr(settings, "ALLOWED_HOSTS", ["127.0.0.1", "testserver"])
    yield server
    server.stop()


@pytest.fixture
def background(live: Live) -> Iterator[None]:
    """Do what is due until the test is over; what a worker cannot do fails the test."""
    over, troubles = threading.Event(), []

    def run() -> None:
        while not over.wait(0.2):
            try:
                work()
                for firm_id, job_id in ask("due_jobs", 50):
                    jobs.run(firm_id, job_id)
                for firm_id, transfer_id in ask("due_transfers", 10):
                    moving.run(firm_id, transfer_id)
            except Exception as trouble:  # told at the end of the test
                troubles.append(trouble)
            finally:
                connections.close_all()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    yield
    over.set()
    thread.join(timeout=40)
    if troubles:
        raise troubles[0]


def sign_in(context: BrowserContext, live: Live, user: User) -> None:
    """A signed-in session, without the sign-in page (which has a test of its own)."""
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live.url}])


@pytest.fixture
def alice(context: BrowserContext, page: Page, live: Live, exact: ExactSandbox, cast: Cast) -> Page:
    """A browser in which Alice, the owner, is signed in."""
    sign_in(context, live, cast.alice.owner)
    page.set_default_timeout(15_000)
    context.set_default_timeout(15_000)
    return page
