"""From a pair that a consent brought to the authorisation of its Exact user, and to the connections that run over it.

The pair stands in the database already. Here Exact is asked who it belongs to and which administrations there are: the
only calls that no lane makes of itself (`connections.outside` keeps them within their division's minute). Whatever
fails is repeated by the sweep, ever more slowly, until Exact answers or says that the pair is worth nothing.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from django.utils import timezone

from connections import authorisations, connecting, issues, lanes, outside, tokens
from connections.exact import (
    ALL_DIVISIONS,
    CUSTOMER_DIVISIONS,
    DIVISIONS,
    RECENT_DIVISIONS,
    Endpoint,
    Exact,
    ExactError,
    Kind,
    oauth,
)
from connections.models import Authorisation, Connection, Consent, TokenCall
from connections.remedies import CATALOGUE
from connections.sites import site
from portal import http
from portal.lookups import ask
from portal.tenancy import scope

log = structlog.get_logger(__name__)

GIVE_UP = timedelta(days=25)  # of asking who it is; the pair itself would die at 30


class ConsentRefused(Exception):
    """The trip ends here. `code` is stable; the page that shows it has the words."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def finish(firm_id: UUID, consent_id: UUID) -> UUID:
    """Make or renew the authorisation of a stored pair, and let the connection go on. Its id.

    May be repeated: a consent that is finished already answers with what it made. ExactError and TokenError when
    Exact did not answer this time; ConsentRefused when it never will.
    """
    with scope(firm_id):
        consent = Consent.objects.select_related("connection").get(pk=consent_id)
    if consent.finished_at is not None:
        assert consent.authorisation_id is not None
        return consent.authorisation_id
    if consent.outcome != "stored":
        raise ConsentRefused("exchange_failed")
    try:
        consent = _fresh(firm_id, consent)
        me, divisions = _who_and_where(consent)
    except ExactError as error:
        if error.kind is Kind.AUTHORISATION:
            raise _worthless(firm_id, consent, error.code, error.raw) from error
        raise
    except oauth.TokenError as problem:
        if problem.dead:
            raise _worthless(firm_id, consent, "consent_exchange_failed", problem.raw) from problem
        raise
    _take_over(firm_id, consent.site, me["UserID"])
    with scope(firm_id):
        consent = Consent.objects.select_for_update(no_key=True).get(pk=consent_id)
        if consent.finished_at is None:
            _settle(consent, _renew(consent, me, divisions))
        assert consent.authorisation_id is not None
        return consent.authorisation_id


def finish_later(firm_id: UUID, consent_id: UUID) -> None:
    """The sweep's try: when it fails too, the next one comes later."""
    try:
        finish(firm_id, consent_id)
    except ConsentRefused as refused:
        log.info("consent_worthless", consent=str(consent_id), code=refused.code)
    except (ExactError, oauth.TokenError) as problem:
        with scope(firm_id):
            consent = Consent.objects.get(pk=consent_id)
            consent.tries += 1
            consent.retry_at = timezone.now() + lanes.back_off(consent.tries)
            consent.save(update_fields=["tries", "retry_at"])
            too_old = consent.issued_at is None or consent.issued_at < timezone.now() - GIVE_UP
        if too_old:
            _worthless(firm_id, consent, "consent_exchange_failed", str(problem))


def _worthless(firm_id: UUID, consent: Consent, code: str, raw: str) -> ConsentRefused:
    """Nothing will ever come of this pair: forget it, and say why at the connection."""
    with scope(firm_id):
        row = Consent.objects.select_for_update(no_key=True).get(pk=consent.pk)
        row.outcome, row.access_token, row.refresh_token = code[:60], "", ""
        row.save(update_fields=["outcome", "access_token", "refresh_token"])
        if row.connection is not None and not authorisations.usable_now(row.connection):
            known = code if code in CATALOGUE else "consent_exchange_failed"
            issues.open_issue(known, connection=row.connection, raw=raw)
    return ConsentRefused(code.removeprefix("consent_"))


def _settle(consent: Consent, row: Authorisation) -> None:
    """The authorisation stands: the pair lives there now, and the connection goes on. Needs the scope."""
    consent.authorisation, consent.finished_at, consent.outcome = row, timezone.now(), "finished"
    consent.access_token = consent.refresh_token = ""
    connection = consent.connection
    if connection is not None and connection.status != Connection.Status.DISCONNECTED:
        if consent.as_spare:
            consent.outcome = authorisations.stand_by(connection, row) or "finished"
        else:
            connecting.authorised(connection, row)
    consent.save()


# --- Who, and where --------------------------------------------------------------------------------------


def _fresh(firm_id: UUID, consent: Consent) -> Consent:
    """The consent with an access token that works. Its ten minutes may be over: Exact was ill when the person came."""
    if _usable(consent):
        return consent
    with scope(firm_id):
        locked = Consent.objects.select_for_update(no_key=True, of=("self",)).select_related("connection")
        row = locked.get(pk=consent.pk)
        if _usable(row):
            return row
        with http.inside_transaction("token refresh"):
            pair = oauth.refresh(site(row.site), row.refresh_token.reveal(), adapter=http.Door())
        row.access_token, row.refresh_token = pair.access, pair.refresh
        row.issued_at, row.expires_in_hand = pair.issued_at, pair.expires_at
        row.save(update_fields=["access_token", "refresh_token", "issued_at", "expires_in_hand"])
    return row


def _usable(consent: Consent) -> bool:
    if consent.issued_at is None or consent.expires_in_hand is None:
        return False
    return timezone.now() < tokens.usable_until(consent.issued_at, consent.expires_in_hand)


def _who_and_where(consent: Consent) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Me, and the administrations this user may use; an empty list when Exact will not list them."""
    session = http.session()
    exact = Exact(site(consent.site), consent.access_token.reveal(), None, session=session)
    try:
        me = exact.me()
        ours = [consent.connection.division, consent.connection.wanted_division] if consent.connection else []
        return me, read_divisions(exact, [me["CurrentDivision"], *ours])
    finally:
        session.close()


LISTS = (DIVISIONS, ALL_DIVISIONS, RECENT_DIVISIONS, CUSTOMER_DIVISIONS)
"""Where Exact lists a user's administrations, the fullest list first."""


def read_divisions(exact: Exact, through: Iterable[int | None]) -> list[dict[str, Any]]:
    """The administrations as the portal keeps them: [{code, name, kvk, vat, customer, contract, blocked}].

    Listing needs a division in the URL, and its call is one of that division's minute (`connections.outside`). A list
    that Exact refuses, lacks or shows empty is asked for elsewhere; when there is none the answer is empty, and the
    person names the division by its number.
    """
    asked = list(dict.fromkeys(code for code in through if code is not None))
    for endpoint in LISTS if asked else ():
        try:
            rows = _read(exact, endpoint, asked)
        except ExactError as error:
            if not error.not_to_be_had:
                raise  # that is no answer: the minute passes, and Exact gets well
            log.info("divisions_not_listed", endpoint=endpoint.name, code=error.code)
            continue
        if rows:
            return rows
    return []


def _read(exact: Exact, endpoint: Endpoint, asked: list[int]) -> list[dict[str, Any]]:
    """One list, through the first division that will do: since 2021 an app gets 403 where one is outside its scope,
    and its minute may be used up. ExactError of the last when none does.
    """
    refused: ExactError | None = None
    # No patience first: another division may answer at once while a lane is being driven.
    for division, patience in [(code, 0.0) for code in asked] + [(code, outside.PATIENCE) for code in asked]:
        if patience and (refused is None or refused.kind is not Kind.BUDGET):
            break
        exact.division = division
        try:
            with outside.turn(exact.site.key, division, patience=patience) as turn:
                exact.budget = turn.budget
                try:
                    return [_division(row) for row in _listed(exact, endpoint, turn)]
                finally:
                    turn.budget = exact.budget
        except ExactError as error:
            if error.kind not in (Kind.RIGHTS, Kind.CONFIGURATION, Kind.BUDGET):
                raise
            refused = error
    assert refused is not None
    raise refused


def _listed(exact: Exact, endpoint: Endpoint, turn: outside.Turn) -> Iterator[dict[str, Any]]:
    following: str | None = None
    while True:
        turn.spend()
        page = next(exact.pages(endpoint, start=following))
        yield from page.rows
        following = page.next_url
        if following is None:
            return


def _division(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "code": row["Code"],
        "name": row["Description"],
        "kvk": (row.get("ChamberOfCommerceNumber") or "").strip(),
        "vat": row["VATNumber"] or "",
        "customer": row["CustomerName"] or "",
        "contract": str(row["Customer"] or row["CustomerCode"] or ""),
        "blocked": bool(row["BlockingStatus"]) or row["ArchiveDate"] is not None,
    }


def _kept(me: dict[str, Any]) -> dict[str, Any]:
    """Me as the authorisation keeps it."""
    return {key: str(value) if isinstance(value, UUID) else value for key, value in me.items()}


def look_again(firm_id: UUID, authorisation_id: UUID) -> int:
    """Read the user's administrations anew: access may have been given meanwhile. How many there are now.

    Connections on it that have none yet choose by themselves when exactly one fits. ComeBack, AuthorisationDead or
    ExactError when Exact cannot be asked now.
    """
    token = tokens.access_token(firm_id, authorisation_id)
    with scope(firm_id):
        row = Authorisation.objects.get(pk=authorisation_id)
        used = list(Connection.objects.filter(authorisation=row).values_list("division", flat=True))
    session = http.session()
    exact = Exact(site(row.site), token.access, None, session=session)
    try:
        me = exact.me()
        divisions = read_divisions(exact, [me["CurrentDivision"], *used[:2]])
    finally:
        session.close()
    with scope(firm_id):
        changes: dict[str, Any] = {"me": _kept(me)}
        if divisions:
            changes |= {"divisions": divisions, "divisions_read_at": timezone.now()}
        Authorisation.objects.filter(pk=row.pk).update(**changes)
        for connection in Connection.objects.filter(
            authorisation=row, division__isnull=True, status__in=["pending", "blocked"]
        ):
            connecting.choose_by_itself(connection)
    return len(divisions)


# --- The one authorisation of an Exact user ---------------------------------------------------------------


def _take_over(firm_id: UUID, site_key: str, exact_user: UUID) -> None:
    """The same Exact user gave consent to another firm before: Exact's one chain is ours now, theirs is dead."""
    for other_firm, authorisation_id in ask("live_authorisation", site_key, exact_user):
        if other_firm == firm_id:
            continue
        with scope(other_firm):
            row = Authorisation.objects.select_for_update(no_key=True).get(pk=authorisation_id)
            if row.status == Authorisation.Status.SUPERSEDED:
                continue
            row.status, row.dead_reason = Authorisation.Status.SUPERSEDED, "taken_over"
            row.access_token = row.refresh_token = ""
            row.save(update_fields=["status", "dead_reason", "access_token", "refresh_token"])
            authorisations.died(row, "taken_over")


def _renew(consent: Consent, me: dict[str, Any], divisions: list[dict[str, Any]]) -> Authorisation:
    """The authorisation of this Exact user: renewed in place, so that every connection on it lives on."""
    row = (
        Authorisation.objects.select_for_update(no_key=True)
        .filter(site=consent.site, exact_user_id=me["UserID"])
        .exclude(status=Authorisation.Status.SUPERSEDED)
        .first()
    ) or Authorisation(site=consent.site, exact_user_id=me["UserID"])
    assert consent.issued_at is not None
    if not Consent.objects.filter(authorisation=row, issued_at__gt=consent.issued_at).exists():
        # A consent that was finished late must not put its pair over that of a later one, which killed it.
        pair = oauth.Tokens(
            access=consent.access_token.reveal(),
            refresh=consent.refresh_token.reveal(),
            issued_at=consent.issued_at,
            expires_at=consent.expires_in_hand or consent.issued_at,
        )
        tokens.store(row, pair)
    row.exact_user = (me.get("FullName") or me.get("UserName") or str(me["UserID"]))[:200]
    row.email, row.language = me.get("Email") or "", me.get("LanguageCode") or ""
    row.me = _kept(me)
    if divisions:
        row.divisions, row.divisions_read_at = divisions, timezone.now()
    row.save()
    TokenCall.objects.create(authorisation=row, at=timezone.now(), outcome="consent")
    log.info("authorised", authorisation=str(row.pk))
    if row.status == Authorisation.Status.ACTIVE:
        authorisations.returned(row)
    return row
