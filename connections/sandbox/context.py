"""Who is calling, for which division: what every handler needs to know about one call."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .schema import Row
from .wire import Request

if TYPE_CHECKING:
    from .box import Sandbox
    from .store import Table


@dataclass
class CallNote:
    """What the log will say about a call; filled in while the call is handled."""

    endpoint: str = ""
    division: int | None = None
    user: str = ""
    app: str = ""
    minute_remaining: int | None = None
    day_remaining: int | None = None
    fault: str = ""
    note: str = ""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Context:
    """One authorised call. `chain` is the consent it runs on; `user`, `app`, `division` are rows of the store."""

    box: Sandbox
    request: Request
    app: Row
    user: Row
    chain: Row
    division: Row
    base_url: str

    @property
    def code(self) -> int:
        return int(self.division["code"])

    @property
    def language(self) -> str:
        return str(self.user["language"])

    @property
    def root(self) -> str:
        """The URL below which this division's endpoints live."""
        return f"{self.base_url}/api/v1/{self.code}"

    def rows(self, path: str) -> Table:
        """The table of one endpoint in this division."""
        return self.box.store.table(self.code, path)

    def find(self, path: str, code: Any, name: str = "Code") -> Row | None:
        """The row of this division's `path` whose `name` (usually its code) is `code`."""
        return self.rows(path).first(name, code) if code is not None else None
