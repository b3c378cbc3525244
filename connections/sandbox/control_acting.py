"""The control API's hands: people and licences, a bookkeeper's work, budgets, faults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import by_hand, report
from .entries import Entries, mark_paid
from .ledger import ENTRIES
from .rights import LEVELS
from .routing import Body, Missing, patiently, route
from .store import GLOBAL

if TYPE_CHECKING:
    from .box import Sandbox


# People, administrations, apps


def _change(box: Sandbox, table: str, key: str, changes: Body, known: set[str]) -> Body:
    unknown = set(changes) - known
    if unknown:
        raise ValueError(f"Cannot change {', '.join(sorted(unknown))}; known: {', '.join(sorted(known))}.")
    if box.store.table(GLOBAL, table).get(key) is None:
        raise Missing(f"There is no {key!r} in {table.strip('_')}.")
    row = {**box.store.table(GLOBAL, table).rows[key], **changes}
    return box.store.put(GLOBAL, table, key, row)


@route("POST", "users/{login}")
def change_user(box: Sandbox, body: Body, query: Body, login: str) -> Body:
    """`division_scope` restricts the live consents of the user's apps (null: lifts it)."""
    known = {"name", "language", "divisions", "rights", "my_firm", "trial", "blocked", "multi_user", "home"}
    if "division_scope" in body:
        scope = body.pop("division_scope")
        for chain in box.store.table(GLOBAL, "_chains").find("login", login):
            box.store.change(GLOBAL, "_chains", chain["id"], divisions=scope)
    for right, level in body.get("rights", {}).items():
        if level not in LEVELS:
            raise ValueError(f"A right is one of {', '.join(LEVELS)}; got {level!r} for {right}.")
    user = box.store.table(GLOBAL, "_users").get(login)
    if user and "rights" in body:
        body = body | {"rights": user.get("rights", {}) | body["rights"]}
    return _change(box, "_users", login, body, known)


@route("POST", "divisions/{code}")
def change_division(box: Sandbox, body: Body, query: Body, code: str) -> Body:
    known = {"name", "kvk", "vat", "blocked", "archived", "contract", "payment_condition", "moved"}
    return _change(box, "_divisions", code, body, known)


@route("POST", "contracts/{code}")
def change_contract(box: Sandbox, body: Body, query: Body, code: str) -> Body:
    return _change(box, "_contracts", code, body, {"name", "trial", "mailbox", "trade", "expired", "blocked"})


@route("POST", "apps/{client_id}")
def change_app(box: Sandbox, body: Body, query: Body, client_id: str) -> Body:
    known = {"name", "client_secret", "webhook_secret", "redirect_uris", "scopes"}
    return _change(box, "_apps", client_id, body, known)


# Bookkeeping


@route("POST", "periods")
def periods(box: Sandbox, body: Body, query: Body) -> Body:
    ctx = box.bookkeeper(body["division"])
    key = f"{body.get('journal', '*')}|{body['year']}|{body['period']}"
    closed = body.get("closed", True)
    with box.store.unit():
        if closed:
            box.store.put(ctx.code, "_closed", key, {})
        elif ctx.rows("_closed").get(key) is not None:
            box.store.remove(ctx.code, "_closed", key)
        box.event(
            ctx.code,
            "JournalStatusList",
            "Update",
            ctx.division["code"],
            f"{ctx.root}/read/financial/JournalStatusList",
        )
    return {"closed": closed}


@route("POST", "block")
def block(box: Sandbox, body: Body, query: Body) -> Body:
    with box.store.unit():
        row = by_hand.block(
            box.bookkeeper(body["division"]), body["kind"], body["code"], body.get("blocked", True)
        )
    return report.shown(row)


@route("POST", "suppliers")
def suppliers(box: Sandbox, body: Body, query: Body) -> Body:
    with box.store.unit():
        return report.shown(by_hand.supplier(box.bookkeeper(body.pop("division")), body))


@route("POST", "entries")
def entries(box: Sandbox, body: Body, query: Body) -> Body:
    with box.store.unit():
        return report.shown(by_hand.entry(box.bookkeeper(body.pop("division")), body))


def _entry(box: Sandbox, division: str, entry_id: str) -> Any:
    ctx = box.bookkeeper(int(division))
    if ctx.rows(ENTRIES).get(entry_id) is None:
        raise Missing(f"There is no entry {entry_id} in division {division}.")
    return ctx


@route("PUT", "entries/{division}/{entry}")
def edit_entry(box: Sandbox, body: Body, query: Body, division: str, entry_id: str) -> Body:
    ctx = _entry(box, division, entry_id)
    with box.store.unit():
        return report.shown(by_hand.edit(ctx, entry_id, body))


@route("DELETE", "entries/{division}/{entry}")
def delete_entry(box: Sandbox, body: Body, query: Body, division: str, entry_id: str) -> Body:
    ctx = _entry(box, division, entry_id)
    with box.store.unit():
        Entries().delete(ctx, ctx.rows(ENTRIES).rows[entry_id])
    return {"deleted": entry_id}


@route("POST", "entries/{division}/{entry}/paid")
def pay_entry(box: Sandbox, body: Body, query: Body, division: str, entry_id: str) -> Body:
    ctx = _entry(box, division, entry_id)
    with box.store.unit():
        return report.shown(mark_paid(ctx, entry_id))


# Budgets and faults


@route("POST", "budget")
def budget(box: Sandbox, body: Body, query: Body) -> Body:
    app = body.get("client_id") or next(iter(box.store.table(GLOBAL, "_apps")))["client_id"]
    box.limits.leave(app, body["division"], box.now(), minute=body.get("minute"), day=body.get("day"))
    return box.limits.remaining(app, body["division"], box.now())


@route("GET", "faults")
def list_faults(box: Sandbox, body: Body, query: Body) -> Body:
    return {"faults": [rule.shown() for rule in box.faults.rules]}


@route("POST", "faults")
def add_fault(box: Sandbox, body: Body, query: Body) -> Body:
    return box.faults.add(body).shown()


@route("DELETE", "faults")
def clear_faults(box: Sandbox, body: Body, query: Body) -> Body:
    box.faults.clear()
    return {"faults": []}


@route("DELETE", "faults/{id}")
def remove_fault(box: Sandbox, body: Body, query: Body, rule_id: str) -> Body:
    if not box.faults.remove(int(rule_id)):
        raise Missing(f"There is no fault {rule_id}.")
    return {"removed": int(rule_id)}


@route("GET", "gates")
def gates(box: Sandbox, body: Body, query: Body) -> Body:
    return {"held": patiently(query, lambda: [held.shown() for held in box.faults.held()])}


@route("POST", "gates/{id}")
def release(box: Sandbox, body: Body, query: Body, held_id: str) -> Body:
    if not box.faults.release(int(held_id), body.get("outcome", "go")):
        raise Missing(f"Nothing is held as {held_id}.")
    return {"released": int(held_id)}
