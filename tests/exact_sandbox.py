"""The Exact sandbox as tests use it: a process on a real port, a world, and its ledger to assert on."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import requests

ROOT = Path(__file__).resolve().parents[1]


class ExactSandbox:
    """A sandbox process of its own."""

    client_id = "5a1d0e55-0000-4000-8000-00000000e4ac"
    client_secret = "sandbox-client-secret"

    def __init__(self, state: Path, *options: str, port: int = 0) -> None:
        self.state, self.options, self.port = state, options, port
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "connections.sandbox", "--port", str(self.port), "--state", str(self.state),
             "--client-id", self.client_id, "--client-secret", self.client_secret, *self.options],
            stdout=subprocess.PIPE, text=True, cwd=ROOT,
        )  # fmt: skip
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert "ready at http://127.0.0.1:" in line, line
        self.url = line.split()[-1]
        self.port = int(self.url.rsplit(":", 1)[1])

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=10)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(timeout=10)

    def control(self, method: str, path: str, **body: Any) -> Any:
        answer = requests.request(method, f"{self.url}/sandbox/api/{path}", json=body or None, timeout=120)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def reset(self, world: dict[str, Any] | None = None) -> None:
        self.control("POST", "reset", world=world or small_world())

    def ledger(self, division: int) -> Any:
        return self.control("GET", f"ledger/{division}")

    def entries(self, division: int, number: str | None = None) -> list[dict[str, Any]]:
        """The purchase entries of a division that came by the API (or those with this YourRef)."""
        found = self.ledger(division)["entries"]
        return [one for one in found if number is None or one["YourRef"] == number]

    def break_(self, act: Any, times: int = 1, **match: Any) -> None:
        self.control("POST", "faults", match=match, act=act, times=times)

    def mend(self) -> None:
        self.control("DELETE", "faults")


def small_world() -> dict[str, Any]:
    """One administration with a supplier that was booked four times alike, and one that never was."""
    lines = [{"gl": "4500", "amount": "100.00", "vat_code": "2", "description": "Abonnement"}]
    return {
        "divisions": [
            {
                "code": 1001,
                "kvk": "12345678",
                "name": "Bakkerij De Korenaar",
                "suppliers": [
                    {
                        "name": "Drukkerij Van Dam B.V.", "code": "20001", "kvk": "87654321", "vat": "NL853746333B01",
                        "iban": "NL91ABNA0417164300", "gl": "4500", "vat_code": "2",
                    },
                    {"name": "Nieuwe Leverancier", "code": "20002", "kvk": "11223344", "iban": "NL20INGB0001234567"},
                ],
                "entries": [
                    {"supplier": "20001", "your_ref": f"OUD-{month}", "date": f"2026-{month:02}-05", "lines": lines}
                    for month in (7, 8, 9, 10)
                ],
            },
            {"code": 1002, "kvk": "99999990", "name": "Slagerij Hak"},
        ],
    }  # fmt: skip
