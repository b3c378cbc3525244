import pytest

from tests.cast import Cast
from tests.judging.desk import Desk


@pytest.fixture
def desk(cast: Cast) -> Desk:
    return Desk(cast.alice)
