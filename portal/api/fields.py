"""How the API writes ids and moments, and reads them back."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

NOBODY = UUID(int=0)
"""No row has this id: what a malformed one is read as, so that it is unknown like any other stranger's."""


@extend_schema_field(OpenApiTypes.STR)
class Id(serializers.CharField):
    """An opaque id. One that could be none of ours is unknown, not malformed: callers need not know their form."""

    def to_internal_value(self, data: Any) -> Any:
        return as_id(super().to_internal_value(data))


def as_id(text: str) -> UUID:
    """The id in a text from outside."""
    try:
        return UUID(text)
    except ValueError:
        return NOBODY


class Moment(serializers.DateTimeField):
    """RFC 3339, written in UTC. Read with any offset; without one it is UTC."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="iso-8601", default_timezone=UTC, **kwargs)

    def to_internal_value(self, value: Any) -> datetime:
        # In a query string a "+" that was not percent-encoded arrives as a space.
        value = value.replace(" ", "+") if isinstance(value, str) and "T" in value else value
        try:
            return super().to_internal_value(value).astimezone(UTC)
        except OverflowError:  # the year 1 or 9999 with an offset
            self.fail("overflow")


_moment = Moment()


def rfc3339(moment: datetime | None) -> str | None:
    """A moment as the API writes it: 2026-11-22T17:44:15.541716Z."""
    return _moment.to_representation(moment) if moment else None


class Listing(serializers.Serializer[Any]):
    """The query of a list: what every list takes. A list's own filters are further fields of a subclass.

    `Listing.of(request)` gives the values that were sent, by name.
    """

    page_size = serializers.IntegerField(
        required=False, min_value=1, help_text="Rows on a page; 500 at most (a larger number means 500)"
    )
    cursor = serializers.CharField(required=False, help_text="From `next` or `previous` of another page")
    updated_after = Moment(required=False, help_text="RFC 3339; rows that changed since")

    @classmethod
    def of(cls, request: Any) -> dict[str, Any]:
        asked = cls(data={name: value for name, value in request.query_params.items() if value != ""})
        asked.is_valid(raise_exception=True)
        return asked.validated_data
