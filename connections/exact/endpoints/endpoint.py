"""One resource of Exact as we call it, and how its row in the table is written down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from connections.exact.odata import Edm, Row, Unreadable, expanded, read

CHECKED = date(2025, 7, 1)

Confidence = Literal["H", "M", "L"]
"""H: Exact's own text or a raw answer. M: several independent clients agree. L: one source, or inferred."""

PAGE = 60
SYNC_PAGE = 1000

SECONDS = 30.0
"""How long a call may take in all. Heavy reads answer 408 by themselves, later than this."""
UPLOAD_SECONDS = 120.0
"""10 MB as base64 over a slow line."""


@dataclass(frozen=True, slots=True, eq=False)
class Endpoint:
    """One resource of Exact.

    `path` follows `/api/v1/`; `{division}` in it is the administration's number. `scope` is the app scope
    that guards it. With `mandatory_filter` a GET without `$filter` is refused by Exact, so we do not send
    one. `fields` maps a field to how it is read; `lines` maps a navigation property to the endpoint that its
    rows look like.
    """

    name: str
    path: str
    fields: Mapping[str, Edm]
    scope: str | None
    page: str
    key: str = "ID"
    methods: str = "GET"
    page_size: int = PAGE
    confidence: Confidence = "H"
    mandatory_filter: bool = False
    seconds: float = SECONDS
    lines: Mapping[str, Endpoint] = field(default_factory=dict)

    @property
    def divisionless(self) -> bool:
        """No division in the URL: the call counts for no daily limit."""
        return "{division}" not in self.path

    @property
    def doc(self) -> str:
        return f"https://start.exactonline.nl/docs/HlpRestAPIResourcesDetails.aspx?name={self.page}"

    @property
    def right(self) -> str:
        """How `UserHasRights` names this endpoint: `crm/Accounts`."""
        return self.path.removeprefix("{division}/")

    def url_path(self, division: int | None) -> str:
        if self.divisionless:
            return f"/api/v1/{self.path}"
        if division is None:
            raise ValueError(f"{self.name} needs a division")
        return f"/api/v1/{self.path.format(division=division)}"

    def read(self, raw: Row, select: Iterable[str] | None = None, expand: Iterable[str] = ()) -> Row:
        """A raw row as Python values. `select=None` reads whatever of our fields is there (the answer to a
        POST shows all fields); otherwise a selected field that is missing raises `Unreadable`."""
        if select is None:
            names: Iterable[str] = [
                self.key,
                *(name for name in self.fields if name in raw and name != self.key),
            ]
        else:
            names = select
        row = {}
        for name in names:
            if name not in raw:
                raise Unreadable(f"{self.name} came without {name}")
            row[name] = read(f"{self.name}.{name}", self.fields[name], raw[name])
        for name in expand:
            if name not in raw:
                raise Unreadable(f"{self.name} came without {name}")
            inner = self.lines[name]
            row[name] = [
                inner.read(line, inner.fields) for line in expanded(f"{self.name}.{name}", raw[name])
            ]
        return row


def typed(text: str) -> dict[str, Edm]:
    """`"ID:guid Name IsSupplier:bool"`; a name alone is a string."""
    pairs = (word.partition(":") for word in text.split())
    return {name: Edm(kind or Edm.STRING) for name, _, kind in pairs}


CHANGED = "Created:datetime Modified:datetime "


def sync(name: str, path: str, fields: str, scope: str, page: str) -> Endpoint:
    """Sync endpoints page by 1,000, only take `Timestamp gt nL` (start at 1) and never show what was
    deleted."""
    return Endpoint(
        name,
        "{division}/sync/" + path,
        typed("Timestamp:int " + fields),
        scope=scope,
        page=page,
        key="Timestamp",
        page_size=SYNC_PAGE,
        mandatory_filter=True,
    )
