"""Minutes of a second, for us and for Exact: sixty calls a second are enough for every story here."""

from typing import Any

import pytest
from django.conf import settings

from tests import conftest
from tests.exact_sandbox import ExactSandbox


@pytest.fixture
def exact(sandbox_process: ExactSandbox, monkeypatch: pytest.MonkeyPatch) -> Any:
    made = conftest.exact.__wrapped__(sandbox_process, monkeypatch)
    # Sixty calls are soon made; a lane that then sleeps for its minute would make tests of other things fail at times.
    made.control("POST", "settings", minute_seconds=1, minute_limit=1000)
    monkeypatch.setattr(settings, "EXACT_MINUTE_SECONDS", 1)
    return made
