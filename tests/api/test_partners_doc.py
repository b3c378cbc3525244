"""The guide for partners does what it says: its Python and its curl calls run as they stand."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.api.running import Partner, Receiver
from tests.cast import Cast
from tests.paper import paper

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "partners.md"


def block(name: str) -> str:
    found = re.search(rf"```\w+ {name}\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    assert found, name
    return found[1]


def test_the_quick_start_runs(
    alice: Partner, base: str, cast: Cast, send: Any, worker: Any, receiver: Receiver, capsys: Any
) -> None:
    client = cast.alice.partner
    names: dict[str, Any] = {
        "BASE": base, "CLIENT_ID": client.client_id, "CLIENT_SECRET": client.client_secret,
        "UBL": paper("Q-1"), "HOOK_URL": receiver.url,
    }  # fmt: skip
    exec(block("quickstart"), names)
    assert "Open this: http" in capsys.readouterr().out
    worker()
    send()
    exec(block("receive"), names)
    assert [names["receive"](*one) for one in receiver.got] == [True] * len(receiver.got) and receiver.got
    assert names["receive"](*receiver.got[0]) is False
    (invoice,) = alice.all("invoices/")
    assert invoice["external_reference"] == "2026-0815"


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_the_curl_calls_run(base: str, cast: Cast, tmp_path: Path) -> None:
    file = tmp_path / "factuur.xml"
    file.write_bytes(paper("CURL-1"))
    run = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block("curl")],
        env={
            "PATH": "/usr/local/bin:/usr/bin:/bin", "BASE": base, "UBL_FILE": str(file),
            "CLIENT_ID": cast.alice.partner.client_id, "CLIENT_SECRET": cast.alice.partner.client_secret,
        },
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    assert '"curl-1"' in run.stdout and '"readable":true' in run.stdout and '"progress":' in run.stdout
    assert '"webhook.test"' in run.stdout and '"mode":"suggest"' in run.stdout
