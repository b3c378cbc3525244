"""What the OpenAPI schema says of every operation: what it does, its scope, and the headers it takes."""

import inspect
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

WRITING = ("POST", "PUT", "PATCH", "DELETE")


class PartnerSchema(AutoSchema):
    """Adds to every operation what all share: its scope, `Portal-Firm` and `Idempotency-Key`."""

    def get_description(self) -> str:  # type: ignore[override]
        """The handler's words, or those of its own view; never those of a class that both inherit from."""
        handler = getattr(self.view, self.method.lower())
        return inspect.getdoc(handler) or inspect.cleandoc(self.view.__class__.__dict__.get("__doc__") or "")

    def get_summary(self) -> str:
        """The first sentence, or what stands before its colon."""
        first = " ".join(self.get_description().split()).split(". ")[0].rstrip(".")
        return first if len(first) <= 80 else first.split(":")[0].split(",")[0]

    def get_override_parameters(self) -> list[Any]:
        shared: list[Any] = [
            OpenApiParameter(
                "Portal-Firm",
                str,
                "header",
                description="The firm's id; needed when several firms granted access",
            )
        ]
        if self.method in WRITING:
            shared.append(
                OpenApiParameter(
                    "Idempotency-Key", str, "header", description="A repeat is answered, not done again"
                )
            )
        return shared

    def get_auth(self) -> list[dict[str, Any]]:
        super().get_auth()  # registers the scheme that this names
        scope = getattr(self.view, "scope", "")
        how = "read" if self.method == "GET" else "write"
        return [{"oauth2": [f"{scope}:{how}"] if scope else []}]
