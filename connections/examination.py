"""Asking Exact what is possible, and telling «no right» from «no data» from «not asked».

Exact says no in three ways: it refuses (403), it shows an empty list instead of refusing, or `UserHasRights` answers
false. Only a call that was made proves anything, so every line of the doctor's table carries how it is known.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.utils import timezone

from connections.exact import Endpoint, Exact, ExactError, Kind
from connections.held import Held
from connections.models import Connection

MAY_FAIL = 3  # questions that Exact may leave unanswered; more, and it is Exact that is ill


class Why(StrEnum):
    """How an outcome is known."""

    PROVED = "proved"  # rows were seen, or the call was done
    SAYS_SO = "says_so"  # UserHasRights answered
    REFUSED = "refused"  # Exact refused the call
    EMPTY = "empty"  # allowed, and nothing is there
    HIDDEN = "hidden"  # nothing to be seen where there always is something: no right
    NO_ANSWER = "no_answer"  # Exact did not answer this time
    NOT_ASKED = (
        "not_asked"  # nobody asked: not needed, pointless after an earlier answer, or the error limit is near
    )


@dataclass
class Check:
    """One line of the doctor's table. `detail` is Exact's own word or number, for the curious."""

    code: str
    outcome: str  # ok, missing, unknown, skipped
    remedy: str = ""
    detail: str = ""
    why: str = Why.PROVED


class Rights:
    """`UserHasRights`, which can be asked without being refused. It says nothing of licence and app scopes."""

    def __init__(self, exact: Exact) -> None:
        self._exact = exact
        self._silent = False
        self._known: dict[tuple[str, str], bool] = {}

    def may(self, endpoint: Endpoint, action: str) -> bool | None:
        """Whether the Exact user may; None when Exact will not say. Raises when a whole gate is shut."""
        key = (endpoint.name, action)
        if key not in self._known and not self._silent:
            try:
                self._known[key] = self._exact.has_rights(endpoint, action)
            except ExactError as error:
                if error.code in SHUT or error.kind not in (Kind.RIGHTS, Kind.OURS, Kind.CONFIGURATION):
                    raise
                self._silent = True
        return self._known.get(key)


SHUT = frozenset(
    {
        "no_division_access",
        "division_out_of_scope",
        "division_blocked",
        "licence_expired",
        "customer_blocked",
        "mijnkantoor_user",
    }
)
"""Refusals that hold for every call in the administration: no other question means anything."""


@dataclass
class Examination:
    """One run over one connection. What shuts the whole administration skips all that follows."""

    held: Held
    connection: Connection
    checks: list[Check] = field(default_factory=list)
    values: dict[str, dict[str, Any]] = field(default_factory=dict)  # issue code → values for its sentences
    shut: str = ""
    unanswered: int = 0

    def __post_init__(self) -> None:
        self.rights = Rights(self.exact)
        self._last = {check["code"]: check for check in self.connection.checks}

    @property
    def exact(self) -> Exact:
        return self.held.exact

    def was_missing(self, code: str) -> bool:
        """Whether the run before found it missing: then it is asked about before it is tried."""
        return bool(self._last.get(code, {}).get("outcome") == "missing")

    def named_before(self, code: str) -> str:
        """The issue that this check named the last time; one that stays unanswered goes on naming it."""
        return str(self._last.get(code, {}).get("remedy", ""))

    def ask(self, code: str, question: Callable[[], Check]) -> bool:
        """Run one question; True when it is ok."""
        check = self._answer(code, question)
        if check.outcome == "unknown" and not check.remedy:
            check.remedy = self.named_before(code)
        self.checks.append(check)
        return check.outcome == "ok"

    def _answer(self, code: str, question: Callable[[], Check]) -> Check:
        if self.shut:
            return Check(code, "skipped", why=Why.NOT_ASKED)
        try:
            return question()
        except ExactError as error:
            match error.kind:
                case Kind.AUTHORISATION:
                    self.shut = error.code
                    self.checks.append(self.missing(code, error.code, raw=error.raw))
                    raise
                case Kind.BUDGET if error.code == "budget_errors":
                    return Check(code, "unknown", detail=_time(error.retry_at), why=Why.NOT_ASKED)
                case Kind.BUDGET:
                    raise
                case Kind.TRANSIENT:
                    self.unanswered += 1
                    if self.unanswered > MAY_FAIL or code in GATES:
                        raise
                    return Check(code, "unknown", detail=error.code, why=Why.NO_ANSWER)
                case Kind.OURS:
                    return Check(code, "unknown", detail=error.code, why=Why.NO_ANSWER)
                case _:
                    if error.code in SHUT:
                        self.shut = error.code
                    return self.missing(code, error.code, raw=error.raw)

    def missing(self, code: str, issue: str, why: Why = Why.REFUSED, **values: Any) -> Check:
        """A line that says no, and what its issue needs for its sentences."""
        self.values[issue] = values
        return Check(code, "missing", issue, str(values.get("raw") or values.get("right") or "")[:200], why)

    def table(self) -> list[dict[str, Any]]:
        return [asdict(check) for check in self.checks]


GATES = ("user", "division")  # without an answer to these nothing is known at all


def _time(moment: datetime | None) -> str:
    return f"{timezone.localtime(moment):%H:%M}" if moment else ""
