"""A running sandbox for the tests of this folder: one process for the session, a fresh small world per test."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
import requests

ROOT = Path(__file__).resolve().parents[2]
CLIENT_ID = "5a1d0e55-0000-4000-8000-00000000e4ac"
CLIENT_SECRET = "sandbox-client-secret"
WEBHOOK_SECRET = "sandbox-webhook-secret"
CALLBACK = "https://portal.example/connect/exact/callback/"

D1, D2, D3 = 1001, 1002, 1003
SMALL = {
    "divisions": [
        {
            "code": D1,
            "kvk": "91234567",
            "name": "Proefbakkerij B.V.",
            "suppliers": [
                {
                    "name": "Meelhandel O'Brien & Zn.", "code": "501", "vat": "NL004495445B01", "kvk": "90000501",
                    "iban": "NL91ABNA0417164300", "gl": "7000", "vat_code": "2",
                },
                {"name": "Kleine Krant", "code": "502", "gl": "4440", "vat_code": "1"},
            ],
        },
        {"code": D2, "kvk": "91234568", "name": "Proefslagerij B.V."},
        {"code": D3, "kvk": "91234569", "name": "Proefkapper", "contract": "ANDER"},
    ],
}  # fmt: skip


class Process:
    """A sandbox of its own: `Process(folder, "--minute-seconds", "1")`."""

    def __init__(self, state: Path, *options: str) -> None:
        self.state, self.options = state, options
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "connections.sandbox", "--port", "0", "--state", str(self.state), *self.options],
            stdout=subprocess.PIPE, text=True, cwd=ROOT,
        )  # fmt: skip
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert "ready at http://127.0.0.1:" in line, line
        self.url = line.split()[-1]

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(timeout=10)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(timeout=10)

    # The control API

    def control(self, method: str, path: str, **body: Any) -> Any:
        answer = requests.request(method, f"{self.url}/sandbox/api/{path}", json=body or None, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def reset(self, world: dict[str, Any] | None = None) -> None:
        """A fresh world, five seconds into an hour: no window of minute, hour or day ends during a test."""
        now = self.control("POST", "reset", world=world or SMALL)["now"]
        self.control("POST", "clock", advance=3605 - now % 3600)

    def ledger(self, division: int, **query: Any) -> Any:
        answer = requests.get(f"{self.url}/sandbox/api/ledger/{division}", params=query, timeout=10)
        return answer.json()

    def calls(self, **query: Any) -> list[dict[str, Any]]:
        return requests.get(f"{self.url}/sandbox/api/calls", params=query, timeout=10).json()["calls"]

    def fault(self, act: str, match: dict[str, Any] | None = None, **options: Any) -> int:
        return self.control("POST", "faults", act=act, match=match or {}, **options)["id"]

    # OAuth

    def auth_url(self, **more: str) -> str:
        query = {
            "client_id": CLIENT_ID,
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "state": "s1",
        } | more
        return f"{self.url}/api/oauth2/auth?" + "&".join(f"{k}={quote(v, safe='')}" for k, v in query.items())

    def consent(
        self, user: str = "anna", divisions: list[int] | None = None, decision: str = "allow"
    ) -> dict[str, str]:
        """What the callback gets: code and state, or error and state."""
        form: dict[str, Any] = {"user": user, "decision": decision, "divisions": divisions or []}
        answer = requests.post(self.auth_url(), data=form, allow_redirects=False, timeout=10)
        assert answer.status_code == 302, answer.text
        return {k: v[0] for k, v in parse_qs(urlsplit(answer.headers["Location"]).query).items()}

    def token(self, **form: str) -> requests.Response:
        form = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET} | form
        return requests.post(f"{self.url}/api/oauth2/token", data=form, timeout=10)

    def exchange(self, code: str, **more: str) -> requests.Response:
        return self.token(
            **({"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK} | more)
        )

    def refresh(self, token: str, **more: str) -> requests.Response:
        return self.token(**({"grant_type": "refresh_token", "refresh_token": token} | more))

    def sign_in(self, user: str = "anna", divisions: list[int] | None = None) -> Caller:
        return Caller(self, self.control("POST", "tokens", user=user, divisions=divisions))


class Caller:
    """Calls of one signed-in user; paths are below /api/v1/{division}/."""

    def __init__(self, exact: Process, tokens: dict[str, str]) -> None:
        self.exact, self.tokens = exact, tokens
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {tokens['access_token']}"
        self.session.headers["Accept"] = "application/json"

    def call(self, method: str, path: str, division: int = D1, **options: Any) -> requests.Response:
        base = f"{self.exact.url}/api/v1/"
        url = (
            path
            if path.startswith("http")
            else base + path
            if path.startswith("current/")
            else f"{base}{division}/{path}"
        )
        return self.session.request(method, url, timeout=10, **options)

    def get(self, path: str, division: int = D1, **query: Any) -> Any:
        """The rows of a collection, or the entity."""
        answer = self.call("GET", path, division, params={f"${k}": v for k, v in query.items()} or None)
        assert answer.status_code == 200, (answer.status_code, answer.text)
        data = answer.json()["d"]
        return data["results"] if isinstance(data, dict) and "results" in data else data

    def post(self, path: str, body: dict[str, Any], division: int = D1) -> Any:
        answer = self.call("POST", path, division, json=body)
        assert answer.status_code == 201, (answer.status_code, answer.text)
        return answer.json()["d"]

    def refused(self, method: str, path: str, division: int = D1, **options: Any) -> tuple[int, str]:
        """Status and message of an answer that must be an error."""
        answer = self.call(method, path, division, **options)
        assert answer.status_code >= 400, answer.text
        return answer.status_code, answer.json()["error"]["message"]["value"]

    # Short words for what most tests need

    def gl(self, code: str, division: int = D1) -> str:
        return self.get("financial/GLAccounts", division, filter=f"Code eq '{code}'", select="ID")[0]["ID"]

    def supplier(self, code: str = "501", division: int = D1) -> str:
        return self.get("crm/Accounts", division, filter=f"Code eq '{code:>18}'", select="ID")[0]["ID"]

    def entry(self, **more: Any) -> dict[str, Any]:
        """The body of a good purchase entry of 100.00 + 21% VAT."""
        line = {"GLAccount": self.gl("4400"), "AmountFC": "100.00", "VATCode": "2"}
        body = {"Journal": "70", "Supplier": self.supplier(), "YourRef": "F1", "PurchaseEntryLines": [line]}
        return body | more


@pytest.fixture(scope="session")
def exact_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    process = Process(tmp_path_factory.mktemp("exact"))
    yield process
    assert process.stop() == 0


@pytest.fixture
def exact(exact_server: Process) -> Process:
    """The session's sandbox, with the small world and no faults."""
    exact_server.reset()
    return exact_server


@pytest.fixture
def anna(exact: Process) -> Caller:
    """A full user, Dutch."""
    return exact.sign_in("anna")
