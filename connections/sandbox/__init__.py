"""Exact Online on your own machine: a real HTTP server that speaks Exact's wire, for demo and tests.

It signs people in, issues and refuses tokens, keeps books, counts budgets, runs a digital mailbox, sends webhooks,
and breaks on demand. Nothing here is known to the client: it is built from what Exact and its users have published
(`settings.py` names what is disputed). Never part of an installation that serves customers.

Start
    python -m connections.sandbox --port 8700 --state var/exact [--world FILE] [--minute-seconds 60]
        [--token-seconds 600] [--token-guard-seconds 570] [--refresh-days 30] [--latency-ms 0]
        [--client-id GUID] [--client-secret TEXT] [--webhook-secret TEXT] [--redirect-uri URI …]
    It prints `Exact Online sandbox ready at http://127.0.0.1:8700`; `--port 0` takes any free port. SIGTERM stops it.
    The state survives a restart and a kill: every write is in SQLite before it is answered. `main(argv)` does the same
    from Python. Client id, secret and webhook secret default to the constants in `settings.py`.

What is where
    /                       console: what was posted, what was called, buttons to break things
    /api/oauth2/auth        sign-in and consent; a form (fields user, divisions, decision = allow | deny) for tests
    /api/oauth2/token       codes and refresh tokens
    /api/v1/current/Me, /api/v1/{division}/…      the REST API
    /docs/SysAttachment.aspx                      download of attachments (the Url of an attachment; wants the bearer)
    /sandbox/api/…          the control API below: JSON, no sign-in

People (every world has them; `personas.py`): anna (full, Dutch), ben (full, English), carla (a second full user),
mijnkantoor, nomailbox, nobooking, silent (no rights, lists are empty), trial, restricted, blocked, multi.

Control API (everything below /sandbox/api/; errors are 400 or 404 with {"error"})
    POST   reset {world?}                       forget all, build the default or the described world (`world.py`)
    GET    state                                divisions, users, contracts, apps, settings, faults
    GET    settings · POST settings {name: value}         the knobs of `settings.py`
    POST   clock {offset | advance}             seconds added to the clock; moves tokens, minutes, days, delays
    GET    ledger/{division}?since=&via=api     entries with lines, documents and messages with attachments, accounts,
                                                mailboxes, deletions, trial_balance, version (give it back as `since`)
    GET    attachments/{division}/{id}          the bytes
    GET    calls?since=&endpoint=&division=&user=&method=&status=&limit=    the log, newest first
    GET    counters                             calls by endpoint, status, division; 429s; counted errors; tokens
                                                {issued, refreshed, too_early, reused, expired, denied}
    GET    webhooks · GET chains                deliveries; consents and their state
    POST   tokens {user, divisions?, client_id?}          consent and exchange in one: access and refresh token
    POST   codes {user, redirect_uri, divisions?}         consent without the pages: a code
    POST   expire {what: access | refresh, user?} · POST revoke {user}
    POST   users/{login} {rights: {right: full | read | none | empty}, divisions, division_scope, language, trial,
                          blocked, my_firm, multi_user, home}              rights: see `endpoints.RIGHTS`
    POST   divisions/{code} {name, kvk, vat, blocked, archived, contract, moved}
    POST   contracts/{code} {trial, mailbox, trade, expired, blocked}
    POST   apps/{client_id} {scopes: {scope: none | read | manage}, client_secret, webhook_secret, redirect_uris}
    POST   periods {division, year, period, journal?, closed}
    POST   block {division, kind: gl | journal | vat | supplier | cost_center, code, blocked}
    POST   suppliers {division, name, code?, vat?, kvk?, iban?, gl?, vat_code?, …}
    POST   entries {division, supplier, your_ref, date, lines: [{gl, amount, vat_code, cost_center, …}], paid?, …}
    PUT    entries/{division}/{id} {…, lines?} · DELETE entries/{division}/{id} · POST entries/{division}/{id}/paid
    POST   budget {division, minute?, day?}     what is left of this window (0: used up)
    GET    faults · POST faults {match, act, times, …} · DELETE faults · DELETE faults/{id}       see `faults.py`
    GET    gates · POST gates/{id} {outcome: go | drop}   calls that a gate holds, and letting them go
    A fault's `act`: answer (status, body, headers; or kind: 401 408 500 503 maintenance maintenance_200 apigee empty),
    drop_before, drop_after, commit_late, slow, drip, gate; its `match`: method, endpoint, division, user, nth.
    `calls`, `webhooks` and `gates` take ?wait=seconds&count=n: the answer comes when there are n (1) to show.

A supplier is named by id, code or name; dates are ISO; amounts are texts or numbers.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: "Sequence[str] | None" = None) -> int:
    """Serve until SIGTERM or SIGINT; see the module's text."""
    from .server import main as serve

    return serve(argv)
