from typing import Any

import pytest

from tests.cast import Cast
from tests.exact_sandbox import ExactSandbox
from tests.pages.firm import BusyFirm


@pytest.fixture
def busy(cast: Cast, exact: ExactSandbox, worker: Any) -> BusyFirm:
    """A firm that has something on every page."""
    return BusyFirm(cast, exact, worker)
