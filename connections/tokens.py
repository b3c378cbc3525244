"""An access token that works, without two processes ever refreshing the same chain.

Exact's refresh tokens are single-use: whoever refreshes with one that was used already kills the chain, and a
person must sign in again (the most reported failure of every client of this API). So:

1. A token younger than 570 seconds is used as it is; Exact refuses an earlier refresh anyway.
2. Else the row is locked, without waiting. Losers go on with the token in hand: at 570 s it has 30 s left.
3. Under the lock the row is read again: the winner of a moment ago may have refreshed it.
4. Exact is called, the one call in the portal that happens inside a transaction, with 15 s in all.
5. The pair is saved and committed before the token is used for anything.

Whatever goes wrong between Exact's answer and the commit, the pair is written by a new connection, and if that fails
too, to an encrypted spool (`connections.spool`). Only losing the machine itself in those few statements loses the
chain; then the next refresh is told "Old refresh token used." and a person reconnects.
"""

import contextlib
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connections, transaction
from django.utils import timezone

from connections import authorisations, incidents, issues, rejected, spool
from connections.exact import oauth
from connections.models import Authorisation, TokenCall
from connections.sites import site
from portal import http
from portal.drill import point
from portal.tenancy import scope

log = structlog.get_logger(__name__)

TOKEN_CALLS_A_DAY = 200  # Exact's limit per key and user; a few are kept for a person who reconnects
TOKEN_CALLS_KEPT_BACK = 10
RESCUE_SECONDS = 10.0
LAST = 6  # the last sixth of the time between refreshing and expiring (5 s of 30) is too short to begin a call in
LOST = (DatabaseError, InterfaceError)  # how a database says that it has gone


class ComeBack(Exception):
    """No token now, and nothing is wrong with the authorisation: try again at `at`."""

    def __init__(self, at: datetime, reason: str) -> None:
        super().__init__(f"{reason}; again at {at:%H:%M:%S}")
        self.at = at
        self.reason = reason


class AuthorisationDead(Exception):
    """Only a person who signs in at Exact can mend this."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Token:
    """A token in hand: what to send, and when it was issued."""

    access: str
    issued_at: datetime
    expires_at: datetime

    @property
    def usable_until(self) -> datetime:
        return usable_until(self.issued_at, self.expires_at)

    def __repr__(self) -> str:
        return f"<Token until {self.expires_at:%H:%M:%S}>"


def access_token(firm_id: UUID, authorisation_id: UUID) -> Token:
    """A working access token. ComeBack or AuthorisationDead when there is none."""
    with scope(firm_id):
        row = Authorisation.objects.get(pk=authorisation_id)
        if row.status != Authorisation.Status.ACTIVE:
            raise AuthorisationDead(row.dead_reason or row.status)
    if _young(row):
        return _in_hand(row)
    return refresh(firm_id, authorisation_id)


def may_refresh_at(issued_at: datetime) -> datetime:
    """When Exact may be asked for the next pair."""
    return issued_at + timedelta(seconds=settings.EXACT_TOKEN_GUARD_SECONDS)


def usable_until(issued_at: datetime, expires_at: datetime) -> datetime:
    """Until when a call may be begun with a token: a few seconds before it ends."""
    return expires_at - max(timedelta(0), expires_at - may_refresh_at(issued_at)) / LAST


def _young(row: Authorisation) -> bool:
    return timezone.now() < may_refresh_at(row.issued_at)


def _in_hand(row: Authorisation) -> Token:
    return Token(row.access_token.reveal(), row.issued_at, row.expires_at)


def _hand_or_come_back(row: Authorisation, reason: str, at: datetime) -> Token | ComeBack:
    """The old token when it still has a few seconds, else a moment to come back at."""
    usable = timezone.now() < usable_until(row.issued_at, row.expires_at)
    return _in_hand(row) if usable else ComeBack(at, reason)


def refresh(firm_id: UUID, authorisation_id: UUID) -> Token:
    """One refresh, by one process (steps 2 to 5 above). ComeBack or AuthorisationDead when there is no token."""
    got: list[oauth.Tokens] = []
    try:
        with scope(firm_id):
            # Never wait for the lock: whoever holds it is talking to Exact. SKIP LOCKED rather than NOWAIT: the
            # same, without an error that would abort this transaction. NO KEY: rows that point at this one
            # (a connection, a token call) are not kept waiting for the 15 s that Exact may take.
            locked = Authorisation.objects.select_for_update(skip_locked=True, no_key=True)
            row = locked.filter(pk=authorisation_id).first()
            if row is not None:
                answer = _locked(row, got)
            else:
                answer = _not_locked(Authorisation.objects.get(pk=authorisation_id))
    except BaseException as lost:
        if not got:
            raise
        _rescue(firm_id, authorisation_id, got[0])
        if not isinstance(lost, LOST):
            raise
        return _token(got[0])
    point("token.committed")
    if got:
        _tell(firm_id, authorisation_id)
    if isinstance(answer, Exception):
        raise answer
    return answer


def _not_locked(row: Authorisation) -> Token | ComeBack | AuthorisationDead:
    if row.status != Authorisation.Status.ACTIVE:
        return AuthorisationDead(row.dead_reason or row.status)
    if _young(row):
        return _in_hand(row)
    return _hand_or_come_back(row, "another process is refreshing", timezone.now() + timedelta(seconds=2))


def _locked(row: Authorisation, got: list[oauth.Tokens]) -> Token | ComeBack | AuthorisationDead:
    """What comes of a refresh, with the row in hand. `got` takes the pair the moment it is there."""
    _take_from_spool(row)
    if row.status != Authorisation.Status.ACTIVE:
        return AuthorisationDead(row.dead_reason or row.status)
    if _young(row):
        return _in_hand(row)
    if waiting := _not_now(row):
        return _hand_or_come_back(row, *waiting)
    try:
        with http.inside_transaction("token refresh"):
            got.append(oauth.refresh(site(row.site), row.refresh_token.reveal(), adapter=http.Door()))
    except oauth.TokenError as problem:
        return _refused(row, problem)
    point("token.answered")
    _save(row, got[0])
    return _token(got[0])


def _token(pair: oauth.Tokens) -> Token:
    return Token(pair.access, pair.issued_at, pair.expires_at)


def _not_now(row: Authorisation) -> tuple[str, datetime] | None:
    """Why the token endpoint is not to be called at this moment, and until when."""
    now = timezone.now()
    if row.not_before and now < row.not_before:
        return "the token endpoint had a hiccup", row.not_before
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    calls = TokenCall.objects.filter(authorisation=row, at__gte=today).count()
    if calls >= TOKEN_CALLS_A_DAY - TOKEN_CALLS_KEPT_BACK:
        tomorrow = today + timedelta(days=1)
        issues.open_issue(
            "token_calls_used_up",
            subject=str(row.pk),
            exact_user=row.exact_user,
            resets_at=f"{timezone.localtime(tomorrow):%H:%M}",
        )
        return "the token calls of today are used up", tomorrow
    if until := incidents.let_through(row.site, incidents.WRONG_CLIENT):
        return "refreshing is halted on this site", until
    return None


STORED = [
    "access_token",
    "refresh_token",
    "issued_at",
    "expires_at",
    "status",
    "dead_reason",
    "not_before",
    "hiccups",
]


def store(row: Authorisation, pair: oauth.Tokens) -> None:
    """A pair into a row that the caller has locked or just made; saved by the caller (`STORED`)."""
    row.access_token, row.refresh_token = pair.access, pair.refresh
    row.issued_at, row.expires_at = pair.issued_at, pair.expires_at
    row.status, row.dead_reason, row.not_before, row.hiccups = Authorisation.Status.ACTIVE, "", None, 0


def _save(row: Authorisation, pair: oauth.Tokens) -> None:
    store(row, pair)
    row.save(update_fields=STORED)
    TokenCall.objects.create(authorisation=row, at=timezone.now(), outcome="refreshed")


def _tell(firm_id: UUID, authorisation_id: UUID) -> None:
    """After the commit, so that nothing of it can lose the pair: what waited for a new token looks again."""
    with scope(firm_id):
        row = Authorisation.objects.get(pk=authorisation_id)
        authorisations.refreshed(row)
    incidents.over(row.site, incidents.WRONG_CLIENT)


# --- Each refusal ----------------------------------------------------------------------------------------


def _refused(row: Authorisation, problem: oauth.TokenError) -> Token | ComeBack | AuthorisationDead:
    """What a refusal means, written down while the row is still ours."""
    log.warning(
        "token_refused", authorisation=str(row.pk), outcome=problem.code, maybe_done=problem.maybe_done
    )
    now = timezone.now()
    verdict = None
    if problem.code == "client_rejected":
        verdict = rejected.judge(row.site, row.pk, tries=row.hiccups + 1)
    alone = verdict is rejected.Verdict.TOKEN
    TokenCall.objects.create(authorisation=row, at=now, outcome=problem.code)
    if problem.dead or alone:
        row.status, row.dead_reason = Authorisation.Status.DEAD, "token_revoked" if alone else problem.code
        row.save(update_fields=["status", "dead_reason"])
        authorisations.died(row, row.dead_reason)
        return AuthorisationDead(row.dead_reason)
    if problem.code == "token_too_early":
        # Exact's clock and ours differ a little; what we hold is still good.
        row.not_before = now + timedelta(seconds=10)
        row.save(update_fields=["not_before"])
        return _in_hand(row)
    if verdict is rejected.Verdict.CLIENT:
        # Our own client id or secret: every authorisation of the site would be refused alike. Stop, tell us, no mails.
        incidents.open(row.site, incidents.WRONG_CLIENT)
    # The gateway, an empty body, the network: 10 s, 20 s, … at most 10 minutes. Who was told that the client is
    # wrong waits longer, so that another authorisation is the next to try.
    least = 60 if verdict else 10
    row.hiccups += 1
    row.not_before = now + timedelta(seconds=min(600, least * 2 ** min(row.hiccups - 1, 6)))
    row.save(update_fields=["hiccups", "not_before"])
    return _hand_or_come_back(row, f"the token endpoint said {problem.code}", row.not_before)


# --- When the database is lost between Exact's answer and our commit -------------------------------------


def _rescue(firm_id: UUID, authorisation_id: UUID, pair: oauth.Tokens) -> None:
    """To disk at once, where the next refresh on this machine looks first; then to the database, when it is back."""
    log.error("token_commit_lost", authorisation=str(authorisation_id))
    try:
        spool.put(firm_id, authorisation_id, pair)
    except OSError as full:
        log.critical("token_not_spooled", authorisation=str(authorisation_id), problem=str(full))
    give_up = time.monotonic() + RESCUE_SECONDS
    while time.monotonic() < give_up:
        with contextlib.suppress(*LOST):
            connections["default"].close()
            with scope(firm_id):
                row = Authorisation.objects.select_for_update(no_key=True).get(pk=authorisation_id)
                if row.issued_at < pair.issued_at:
                    _save(row, pair)
            spool.forget(authorisation_id)
            return
        time.sleep(0.5)


def _take_from_spool(row: Authorisation) -> None:
    """A pair that could not be committed at the time, when this machine has one that is newer. Needs the lock."""
    found = spool.look(row.pk)
    if found is None:
        return
    _, pair = found
    if row.status != Authorisation.Status.SUPERSEDED and pair.issued_at > row.issued_at:
        died = row.status == Authorisation.Status.DEAD
        store(row, pair)
        row.save(update_fields=STORED)
        if died:  # another machine found the old pair used up meanwhile
            authorisations.returned(row, by="spool")
        log.info("token_taken_from_spool", authorisation=str(row.pk))
    transaction.on_commit(lambda: spool.forget(row.pk))


def recover() -> None:
    """Bring home every pair that waits on this machine's disk. Asked by each sweep; nothing to do, as a rule."""
    for authorisation_id in spool.waiting():
        if found := spool.look(authorisation_id):
            with scope(found[0]):
                locked = Authorisation.objects.select_for_update(skip_locked=True, no_key=True)
                if row := locked.filter(pk=authorisation_id).first():
                    _take_from_spool(row)
