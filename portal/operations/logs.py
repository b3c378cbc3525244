"""Structured logs: one event a line, with the ids of the request, firm, connection and invoice it is about; no secrets.

Pages and the API bind the ids that stand in an address, Celery's tasks those that are their arguments; the request's
own id goes along with the tasks that it makes. Where an id is learnt on the way, the code binds it there.
"""

import inspect
import logging
import logging.config
import re
from collections.abc import Callable, MutableMapping
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse
from django_structlog.middlewares import RequestMiddleware

from portal.addresses import client_address

HIDDEN = "…"
_SECRET_NAMES = re.compile(
    r"password|passwd|secret|token(?!_id)|authorization$|cookie|api_?key|^code_verifier$", re.I
)
# What secrets look like inside a sentence: an address's query, a form, a header, the path of a link that works once.
_SECRETS = [
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), rf"\1 {HIDDEN}"),
    (
        re.compile(
            r"(?i)\b((?:access_|refresh_|id_)?token|client_secret|secret|password|code|state|signature|sessionid|csrftoken)"
            r"([\"']?\s*[=:]\s*[\"']?)[^\s&\"',;}]{6,}"
        ),
        rf"\1\2{HIDDEN}",
    ),
    (
        re.compile(r"(/connect/link/|/invitations?/|/take/|/shared/|/reset/key/|/confirm-email/)[^/\s\"']+"),
        rf"\1{HIDDEN}",
    ),
]


def scrub(logger: Any, name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The last look before a line leaves. What writes a log should not have had the secret; this is for when it did."""
    for key, value in event.items():
        if key == "event" or not isinstance(key, str):
            event[key] = scrubbed(value)
        elif _SECRET_NAMES.search(key) and value not in ("", None):
            event[key] = HIDDEN
        else:
            event[key] = scrubbed(value)
    return event


def scrubbed(value: Any) -> Any:
    if isinstance(value, str):
        for pattern, replacement in _SECRETS:
            value = pattern.sub(replacement, value)
        return value
    if isinstance(value, dict):
        return {k: HIDDEN if _SECRET_NAMES.search(str(k)) and v else scrubbed(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [scrubbed(one) for one in value]
    if isinstance(value, (bool, int, float, type(None))):
        return value
    return scrubbed(repr(value))


def configure(config: dict[str, Any]) -> None:
    """Called by Django with `settings.LOGGING`: {"level": …, "json": bool}."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    renderer: Any = structlog.processors.JSONRenderer() if config["json"] else structlog.dev.ConsoleRenderer()
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "event": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": [*shared, structlog.stdlib.ExtraAdder()],
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        structlog.processors.format_exc_info,
                        scrub,
                        renderer,
                    ],
                }
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "event"}},
            "root": {"handlers": ["stderr"], "level": config["level"]},
            "loggers": {
                # Says every request's path a second time, and a 404 of a stranger is no warning.
                "django.request": {"level": "ERROR"},
                "django_structlog": {"level": "WARNING"},
                # A sweep that expired in the queue is a sweep too many, not a failure.
                "django_structlog.celery.receivers": {"level": "ERROR"},
                "celery.worker.request": {"level": "ERROR"},
                # Not even when everything is asked for: these write whole requests.
                "urllib3": {"level": "INFO"},
                "oauthlib": {"level": "INFO"},
                "requests_oauthlib": {"level": "INFO"},
            },
        }
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


# --- Ids --------------------------------------------------------------------------------------------------

# The room that the first word of an address stands for: /invoices/{pk}/… and /api/v1/invoices/{pk}/…
_ROOM = re.compile(r"^(?:api/v1/)?(invoice|connection|organisation|issue|job|webhook|supplier)s?/")


class Requests(RequestMiddleware):
    """django-structlog's lines of requests, without the query: Exact's callback carries its code there."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        return f"{request.method} {request.path}"


class Ids:
    """Middleware: what stands in the address goes to the logs; stands within the one that clears them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        structlog.contextvars.bind_contextvars(ip=client_address(request))
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: dict[str, Any]) -> None:
        room = _ROOM.match(request.resolver_match.route) if request.resolver_match else None
        if room and "pk" in kwargs:
            structlog.contextvars.bind_contextvars(**{room.group(1): str(kwargs["pk"])})


def bind_task(task: Any, **kwargs: Any) -> None:
    """Receiver of a task's start: `invoice_id` and the like among its arguments are bound as `invoice`."""
    try:
        given = inspect.signature(task.run).bind_partial(*task.request.args, **task.request.kwargs).arguments
    except TypeError:
        return  # called wrongly; the task itself will say so
    ids = {name.removesuffix("_id"): str(value) for name, value in given.items() if name.endswith("_id")}
    structlog.contextvars.bind_contextvars(**ids)
