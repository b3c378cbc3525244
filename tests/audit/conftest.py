"""The cast, before anything was recorded about it."""

import pytest
from django.db import connections

from tests.cast import Cast


@pytest.fixture
def cast(database: None) -> Cast:
    """Alice and Charlie, whose own beginnings are struck from the trail: only the owner of the tables can."""
    cast = Cast()
    with connections["owner"].cursor() as cursor:
        cursor.execute("DELETE FROM portal_auditperson; DELETE FROM portal_auditevent")
    return cast
