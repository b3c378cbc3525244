"""The units and the image start what `serve` starts, and stop it in the time that it needs."""

import re
from pathlib import Path

import pytest

from portal.management.commands import serve

OPS = Path(__file__).resolve().parents[2] / "docs" / "ops"
UNITS = {"web": "portal-web.service", "worker 1": "portal-worker@.service", "beat": "portal-beat.service"}


def command(text: str) -> list[str]:
    found = re.search(r"^ExecStart=(.+?)(?<!\\)$", text, re.M | re.S)
    assert found
    return found[1].replace("\\\n", " ").split()


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_starts_what_serve_starts(name: str) -> None:
    text = (OPS / UNITS[name]).read_text()
    (ours,) = [one.argv for one in serve.processes(8000, "127.0.0.1", 1) if one.name == name]
    options = {word for word in ours if str(word).startswith("--")} | {"-m"}
    assert options - set(command(text)) - {"--pidfile="} == set()
    assert "TimeoutStopSec=20" in text
    assert "NoNewPrivileges=yes" in text


def test_the_image_starts_the_web_as_serve_does() -> None:
    text = (OPS / "Containerfile").read_text()
    (ours,) = [one.argv for one in serve.processes(8000, "0.0.0.0", 4) if one.name == "web"]
    for word in ours[1:]:
        assert f'"{word}"' in text, word
    assert "USER portal" in text
