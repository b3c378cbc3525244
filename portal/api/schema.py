"""What the OpenAPI schema says of every operation: its scope, its headers, and the problems it may answer with."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from portal.api.problems import CODES

PROBLEM = {
    "type": "object",
    "description": "RFC 9457 problem details. `code` is stable; `detail` is for people.",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "errors": {"description": "With `invalid`: what is wrong, by field"},
    },
    "required": ["type", "title", "status", "code", "detail"],
    "example": {
        "type": "about:blank",
        "title": "Conflict",
        "status": 409,
        "code": "kvk_taken",
        "detail": "This firm already has an organisation with KVK number 12345678.",
    },
}

ALWAYS = (400, 401, 403, 404, 405, 406, 429, 500)
WITH_BODY = (409, 411, 413, 415, 422, 503)


class PartnerSchema(AutoSchema):
    """Adds to every operation what all share: its scope, problems, `Portal-Firm` and `Idempotency-Key`."""

    def get_override_parameters(self) -> list[Any]:
        shared: list[Any] = [
            OpenApiParameter(
                "Portal-Firm",
                str,
                "header",
                description="The firm's id; needed when several firms granted access",
            )
        ]
        if self.method in ("POST", "PUT", "PATCH", "DELETE") and not getattr(
            self.view, "answers_secrets", False
        ):
            shared.append(
                OpenApiParameter(
                    "Idempotency-Key", str, "header", description="A repeat is answered, not done again"
                )
            )
        return shared

    def get_auth(self) -> list[dict[str, Any]]:
        scope = getattr(self.view, "scope", "")
        how = "read" if self.method == "GET" else "write"
        return [{"oauth2": [f"{scope}:{how}"] if scope else []}]


def add_problems(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Post-processing: every operation may answer with a problem, and the codes are listed once."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path in result["paths"].values():
        for method, operation in path.items():
            statuses = ALWAYS if method == "get" else (*ALWAYS, *WITH_BODY)
            for status in statuses:
                operation["responses"].setdefault(
                    str(status), {"description": _codes(status), "content": problem}
                )
    return result


def _codes(status: int) -> str:
    return ", ".join(sorted(code for code, (its, _) in CODES.items() if its == status)) or "A problem"
