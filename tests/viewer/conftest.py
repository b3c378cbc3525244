import pytest
from django.test import Client

from tests.cast import Cast
from tests.judging.desk import Desk
from tests.pages.firm import browser


@pytest.fixture
def desk(cast: Cast) -> Desk:
    return Desk(cast.alice)


@pytest.fixture
def owner(desk: Desk) -> Client:
    """The firm's owner at a browser."""
    return browser(desk.office.owner)
