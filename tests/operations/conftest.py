"""What is logged, to be looked at."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from django.conf import settings

from portal.operations import logs


@pytest.fixture
def lines() -> Iterator[Any]:
    """`lines()`: what was logged since, as dicts; everything down to debug, as an installation would write it."""
    stream = io.StringIO()
    logs.configure({"level": "DEBUG", "json": True})
    (handler,) = [
        one
        for one in logging.getLogger().handlers
        if isinstance(one.formatter, structlog.stdlib.ProcessorFormatter)
    ]
    handler.setStream(stream)  # type: ignore[attr-defined]
    logging.getLogger("django_structlog").setLevel("INFO")
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logs.configure(settings.LOGGING)
    structlog.contextvars.clear_contextvars()
