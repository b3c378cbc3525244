from typing import Any

import pytest
from django.test import Client

from tests.books import Books
from tests.cast import Cast
from tests.exact_sandbox import ExactSandbox
from tests.pages.firm import BusyFirm, browser


@pytest.fixture
def busy(cast: Cast, exact: ExactSandbox, worker: Any) -> BusyFirm:
    """A firm that has something on every page."""
    return BusyFirm(cast, exact, worker)


@pytest.fixture
def books(cast: Cast) -> Books:
    """A client's books at Alice's firm, without Exact."""
    return Books(cast.alice)


@pytest.fixture
def alice(cast: Cast) -> Client:
    """Alice's browser, signed in."""
    return browser(cast.alice.owner)
