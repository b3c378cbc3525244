"""A lane in hand, and the client that speaks for it.

Every piece of work is three short moves: claim (transaction) → call (none) → record (transaction). `Held.record()` is
the record move's door: it finds the lane's epoch unchanged, or refuses. A driver that was paused for longer than its
lease finds that out before it sends (`before` of the client) and before it records.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connections as databases
from django.utils import timezone

from connections import outside
from connections.allowance import Allowance
from connections.exact import Call, Endpoint, ErrorBudget, Exact, ExactError, Kind
from connections.exact.errors import kind_of
from connections.models import Call as CallRow
from connections.models import Connection, Lane
from connections.sites import site
from connections.tokens import Token
from portal import http
from portal.tenancy import scope

LEASE_MARGIN = 0.1  # the part of the lease that is kept for recording


class Overtaken(Exception):
    """Another driver has the lane: whatever this one was doing, it may neither send nor record any more."""


class Held:
    """`subject` is the invoice that calls are made for; `reads` keeps what one slice reads once, for all its rows;
    `connection` is as it stood when the row at work was picked."""

    def __init__(self, lane: Lane, connection: Connection, token: Token | None = None) -> None:
        self.firm_id = lane.firm_id
        self.lane_id = lane.pk
        self.connection = connection
        self.connection_id = connection.pk
        self.site = lane.site
        self.epoch = lane.epoch
        # time.monotonic() runs on while a process is stopped: one that wakes late finds its lease over.
        self.lease_ends = time.monotonic() + settings.LANE_LEASE_SECONDS * (1 - LEASE_MARGIN)
        self.token_ends = token.usable_until if token else None
        self.subject: UUID | None = None
        self.learning = False  # whether the row at work may wait until tomorrow, which no invoice may
        self.reads: dict[str, Any] = {}
        self.failing_since = lane.failing_since
        self.wanted = False  # whether somebody outside waits for the lane (`connections.outside`)
        self.heard = False  # whether Exact answered at all in this slice
        self.succeeded = False
        self.slowest = 0.0  # seconds that an answer took at most
        self.trouble = ""  # how the last call failed, when it was Exact's or the network's doing
        self._calls: list[tuple[UUID | None, Call]] = []
        self._session = http.session()
        self._allowance = Allowance(connection)
        self.exact = Exact(
            site(lane.site),
            token.access if token else "",
            lane.division,
            session=self._session,
            before=self._before,
            after=self._after,
            deadline=self.seconds_left,
            budget=outside.budget_of(lane),
            errors=ErrorBudget.from_json(lane.errors),
        )
        self._errors_kept = self.exact.errors

    def close(self) -> None:
        """Let the HTTP session go, and bring back what the contract lent and was not used."""
        self._session.close()
        self._allowance.give_back()

    @property
    def contract_used_up(self) -> str:
        """The contract whose calls of today were used up when this lane asked for some; "" if none was."""
        return self._allowance.used_up

    def seconds_left(self) -> float:
        """Until the lease ends (less a margin for recording); at most what one call may take."""
        return min(settings.EXACT_CALL_SECONDS, self.lease_ends - time.monotonic())

    def _before(self, endpoint: Endpoint, method: str) -> None:
        """Asked by the client just before each call."""
        if self.seconds_left() <= 0:
            raise Overtaken
        if self.token_ends and timezone.now() >= self.token_ends:
            # A row that takes long goes on in the next slice, with the next token; a 401 would stop everything.
            raise ExactError("no_time_left", endpoint=endpoint.name, method=method)
        if not endpoint.divisionless:
            self._allowance.spend(learning=self.learning)

    def _after(self, call: Call) -> None:
        self._calls.append((self.subject, call))
        failed = call.error is not None and kind_of(call.error) is Kind.TRANSIENT
        self.trouble = str(call.error) if failed else ""
        self.heard = self.heard or not failed
        self.slowest = max(self.slowest, call.seconds)
        self.succeeded = self.succeeded or call.error is None

    @contextmanager
    def record(self) -> Iterator[None]:
        """The record move: a scope in which the lane is still ours, and stays so until commit."""
        self._keep_errors()
        made = len(self._calls)
        with scope(self.firm_id):
            self._fence()
            CallRow.objects.bulk_create(
                _call_row(self, subject, call) for subject, call in self._calls[:made]
            )
            yield
        del self._calls[:made]  # committed; what was rolled back is written down by the next move

    @contextmanager
    def read(self) -> Iterator[None]:
        """A scope for looking things up between calls; records nothing."""
        with scope(self.firm_id):
            yield

    def _fence(self) -> None:
        """Hold the epoch until commit. KEY SHARE keeps out whoever would take the lane (FOR UPDATE), and nobody else:
        a page that wakes the lane while it has an invoice locked must not wait for us, who may want that invoice."""
        with databases["default"].cursor() as cursor:
            cursor.execute(
                "SELECT wanted_until > now() FROM connections_lane WHERE id = %s AND epoch = %s FOR KEY SHARE",
                [self.lane_id, self.epoch],
            )
            found = cursor.fetchone()
        if found is None:
            raise Overtaken
        self.wanted = bool(found[0])

    def _keep_errors(self) -> None:
        """A counted error is kept at once: a driver that dies must not leave the next one an error budget that is
        too large. In a transaction of its own, for the same reason as in `_fence`."""
        if self.exact.errors is not self._errors_kept:
            with scope(self.firm_id):
                Lane.objects.filter(pk=self.lane_id, epoch=self.epoch).update(
                    errors=self.exact.errors.to_json()
                )
            self._errors_kept = self.exact.errors

    def learnt(self, lane: Lane) -> list[str]:
        """Put what this slice taught into the lane; the names of the fields. The driver saves them, giving it back."""
        now = timezone.now()
        lane.budget, lane.errors = self.exact.budget.to_json(), self.exact.errors.to_json()
        if self.trouble:
            lane.failing_since, lane.failing_code = lane.failing_since or now, self.trouble
            lane.failed_at = now
        elif self.heard:
            lane.failing_since, lane.failing_code, lane.heard_at = None, "", now
        return ["budget", "errors", "failing_since", "failing_code", "failed_at", "heard_at"]


def _call_row(held: Held, subject: UUID | None, call: Call) -> CallRow:
    return CallRow(
        firm_id=held.firm_id,
        connection_id=held.connection_id,
        subject=subject,
        at=call.at,
        method=call.method,
        endpoint=call.endpoint,
        url=call.url,
        status=call.status,
        seconds=call.seconds,
        request=call.request_body,
        answer=call.response_body,
        error=call.error or "",
        minute_left=call.budget.minute.remaining if call.budget.minute else None,
        day_left=call.budget.day.remaining if call.budget.day else None,
    )
