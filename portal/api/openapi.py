"""The OpenAPI document as a whole: what no view can say for itself.

Problems and the headers of every answer, examples, the transitions of every status, and the events that webhooks bring.
"""

from typing import Any

from django.utils.module_loading import import_string
from drf_spectacular.settings import spectacular_settings

from portal import webhooks
from portal.api import examples
from portal.api.problems import CODES, body

ALWAYS = (400, 401, 403, 404, 405, 406, 429, 500)
WITH_BODY = (409, 411, 413, 415, 422, 503)

DESCRIPTION = """Purchase invoices in, bookings in Exact Online out.

A token comes from the token endpoint with your client id and secret (`grant_type=client_credentials`) and lives for
an hour. Errors are RFC 9457 problems: build on `code`. Money is a decimal string, times are RFC 3339 in UTC, ids are
opaque.
Within this version we only add: ignore fields and values that you do not know."""

TAGS = {
    "organisations": "The client companies of a firm",
    "connections": "An organisation ↔ one administration in Exact Online",
    "issues": "What is wrong, who must act, and how",
    "brake": "Stop all booking, within seconds",
    "invoices": "From bytes to booked",
    "jobs": "Long work, row by row",
    "webhooks": "Your own endpoints for this firm's events",
    "client": "Your client: its firms, secrets and calls",
    "sandbox": "Faults in the Exact sandbox of a sandbox firm",
}

PROBLEM = {
    "type": "object",
    "description": "RFC 9457 problem details. `code` is stable; `detail` is for people.",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Named with each status; new ones may come"},
        "detail": {"type": "string"},
        "errors": {"description": "With `invalid`: what is wrong, by field"},
    },
    "required": ["type", "title", "status", "code", "detail"],
}

HEADERS: dict[str, tuple[str, str]] = {
    "X-Request-Id": ("string", "Names this call; yours, when you sent one"),
    "RateLimit-Limit": ("integer", "Calls that this client may make in a minute"),
    "RateLimit-Remaining": ("integer", "What is left of it"),
    "RateLimit-Reset": ("integer", "Seconds until it is whole again"),
    "Retry-After": ("integer", "Seconds to wait before the same is sent again"),
    "Idempotency-Replayed": ("string", "`true`: this answer was given before to the same key"),
}
IN_EVERY_ANSWER = ("X-Request-Id", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")


def complete(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Post-processing hook of the schema."""
    parts = result.setdefault("components", {})
    schemas = parts.setdefault("schemas", {})
    schemas["Problem"] = PROBLEM
    parts["headers"] = {
        name: {"schema": {"type": kind}, "description": words} for name, (kind, words) in HEADERS.items()
    }
    result["info"]["description"] = DESCRIPTION
    result["tags"] = [{"name": name, "description": words} for name, words in TAGS.items()]
    for path in result["paths"].values():
        for method, operation in path.items():
            _answers(operation, reading=method == "get")
    _transitions(schemas)
    result["webhooks"] = {f"{kind}.*": _event(kind, some) for kind, some in webhooks.EVENTS.items()}
    examples.add(result)
    return result


def _answers(operation: dict[str, Any], *, reading: bool) -> None:
    """Its problems, and the headers that its answers carry."""
    answers = operation["responses"]
    for status in ALWAYS if reading else (*ALWAYS, *WITH_BODY):
        answers.setdefault(str(status), _problem(status))
    repeatable = any(one["name"] == "Idempotency-Key" for one in operation.get("parameters", []))
    for status, answer in answers.items():
        names = [*IN_EVERY_ANSWER]
        if status in ("409", "429"):
            names.append("Retry-After")
        if repeatable and status.startswith("2"):
            names.append("Idempotency-Replayed")
        answer["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
        answer["description"] = answer["description"] or "As asked"


def _problem(status: int) -> dict[str, Any]:
    mine = {code: words for code, (its, words) in CODES.items() if its == status}
    content: dict[str, Any] = {"schema": {"$ref": "#/components/schemas/Problem"}}
    if mine:
        code, words = next(iter(mine.items()))
        content["example"] = body(status, code, f"{words}.")
    return {
        "description": "\n".join(f"* `{code}`: {words}" for code, words in mine.items()) or "A problem",
        "content": {"application/problem+json": content},
    }


def _transitions(schemas: dict[str, Any]) -> None:
    """From which status a thing may come into which: the same list that the database holds it to."""
    for name, path in spectacular_settings.ENUM_NAME_OVERRIDES.items():
        model = import_string(path.rpartition(".")[0])
        for trigger in getattr(model._meta, "triggers", ()):
            if name in schemas and getattr(trigger, "field", "") in ("status", "state"):
                allowed: dict[str, list[str]] = {value: [] for value in schemas[name]["enum"]}
                for start, end in trigger.transitions:
                    allowed[start].append(end)
                schemas[name]["x-transitions"] = allowed
                schemas[name]["description"] += "\n\nMay become:\n\n" + "\n".join(
                    f"* `{start}` → {', '.join(f'`{end}`' for end in ends) or 'nothing else'}"
                    for start, ends in allowed.items()
                )


def _event(kind: str, some: list[str]) -> dict[str, Any]:
    """What your endpoint is sent. More fields than these may come."""
    data = {
        "type": "object",
        "properties": {
            "id": {"type": "string"},
            "firm": {"type": "string"},
            "status": {"type": "string"},
        },
        "required": ["id", "firm", "status"],
    }
    payload = {
        "type": "object",
        "properties": {
            "type": {
                "type": "string",
                "description": "New ones may come",
                "examples": [f"{kind}.{one}" for one in some],
            },
            "timestamp": {"type": "string", "format": "date-time"},
            "data": data,
        },
        "required": ["type", "timestamp", "data"],
    }
    signed = [
        {"in": "header", "name": name, "required": True, "schema": {"type": "string"}, "description": words}
        for name, words in (
            ("webhook-id", "The event's: the same in every try"),
            ("webhook-timestamp", "Seconds since 1970, of this try"),
            ("webhook-signature", "`v1,` and the base64 of HMAC-SHA256 (Standard Webhooks)"),
        )
    ]
    return {
        "post": {
            "summary": f"Something happened to {'an' if kind[0] in 'aeiou' else 'a'} {kind}",
            "parameters": signed,
            "requestBody": {"content": {"application/json": {"schema": payload}}},
            "responses": {
                "2XX": {"description": "Taken: it is not sent again"},
                "410": {"description": "Gone: the webhook is switched off"},
            },
        }
    }
