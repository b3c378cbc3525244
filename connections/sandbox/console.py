"""The console at `/`: what was posted, what was called, and buttons to break things.

Plain HTML from the server. Every button is a form that carries one call of the control API, so that whatever a person
can do here a test can do too.
"""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from . import control, report
from .store import GLOBAL
from .wire import HTML, Answer, Request

if TYPE_CHECKING:
    from .box import Sandbox

_STYLE = """
:root{--ink:#1c2430;--soft:#5b6675;--line:#dde3ea;--accent:#b3121a}
body{font:15px/1.45 system-ui,sans-serif;color:var(--ink);background:#f4f6f9;margin:0}
header{background:#fff;border-bottom:1px solid var(--line);padding:1rem 2rem;display:flex;gap:2rem;align-items:baseline}
header a{color:inherit;text-decoration:none} header b{font-size:1.15rem} header span{color:var(--soft)}
main{max-width:76rem;margin:1.5rem auto;padding:0 2rem} h2{font-size:1.05rem;margin:1.8rem 0 .5rem}
section{background:#fff;border:1px solid var(--line);border-radius:10px;padding:.4rem 1rem;overflow-x:auto}
table{border-collapse:collapse;width:100%} th{text-align:left;color:var(--soft);font-weight:500;font-size:.85rem}
td,th{padding:.35rem .8rem .35rem 0;border-bottom:1px solid #eef1f5;vertical-align:top;white-space:nowrap}
tr:last-child td{border-bottom:0} td.n{text-align:right;font-variant-numeric:tabular-nums} a{color:#1550a0}
.bad{color:var(--accent)} .soft{color:var(--soft)} form{display:inline}
button{font:inherit;font-size:.88rem;padding:.25rem .7rem;margin:.15rem .2rem .15rem 0;border:1px solid #c6ced8;
border-radius:7px;background:#fff;cursor:pointer} button:hover{border-color:var(--accent);color:var(--accent)}
.said{background:#fff6d8;border:1px solid #ecd98b;border-radius:8px;padding:.5rem 1rem}
"""


def handle(box: Sandbox, request: Request) -> Answer:
    if request.method == "POST" and request.path == "/sandbox/do":
        return _do(box, request)
    if request.method != "GET":
        return Answer(405)
    said = request.params.get("said", "")
    with box.store.lock:
        if request.path == "/":
            return _page(box, "Exact Online sandbox", _overview(box), said)
        if request.path == "/sandbox/calls":
            return _page(box, "Calls", _calls(report.calls(box, {"limit": "300"} | request.params)), said)
        code = request.path.removeprefix("/sandbox/division/")
        division = box.division(int(code)) if code.isdigit() else None
        if division is None:
            return _page(box, "Not found", '<p>There is no such page. <a href="/">Back</a></p>', said, 404)
        return _page(box, f"{code} · {division['name']}", _division(box, int(code)), said)


def _do(box: Sandbox, request: Request) -> Answer:
    """A button was pressed: make its control call and go back to where it was."""
    form = dict(request.form)
    inner = Request(
        form["method"], f"/sandbox/api/{form['path']}", "", {}, form["body"].encode(), request.base_url
    )
    answer = control.handle(box, inner)
    said = f"{form['label']}: {'done' if answer.status == 200 else json.loads(answer.body)['error']}"
    return Answer(303, headers={"Location": f"{form['back']}?said={quote(said)}"})


def _button(label: str, method: str, path: str, body: dict[str, Any] | None = None, back: str = "/") -> str:
    values = {"label": label, "method": method, "path": path, "body": json.dumps(body or {}), "back": back}
    hidden = "".join(
        f'<input type=hidden name={k} value="{escape(v, quote=True)}">' for k, v in values.items()
    )
    return f'<form method=post action="/sandbox/do">{hidden}<button>{escape(label)}</button></form>'


def _table(heads: list[str], rows: list[list[Any]], none: str = "Nothing yet.") -> str:
    """Cells are escaped unless they are `_Raw`; numbers stand on the right."""
    if not rows:
        return f"<section><p class=soft>{none}</p></section>"
    head = "".join(f"<th>{escape(name)}</th>" for name in heads)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return f"<section><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></section>"


class _Raw(str):
    """HTML that is ready."""


def _cell(value: Any) -> str:
    if isinstance(value, _Raw):
        return f"<td>{value}</td>"
    if isinstance(value, int):
        return f"<td class=n>{value}</td>"
    return f"<td>{escape('' if value is None else str(value))}</td>"


def _page(box: Sandbox, title: str, body: str, said: str, status: int = 200) -> Answer:
    note = f"<p class=said>{escape(said)}</p>" if said else ""
    text = (
        f"<!DOCTYPE html><html lang=en><head><meta charset=utf-8><title>{escape(title)}</title>"
        f"<meta name=viewport content='width=device-width'><style>{_STYLE}</style></head><body><header>"
        f'<a href="/"><b>Exact Online sandbox</b></a> <a href="/sandbox/calls">Calls</a>'
        f"<span>{escape(box.base_url)}</span></header><main><h1>{escape(title)}</h1>{note}{body}</main></body></html>"
    )
    return Answer(status, text.encode(), HTML)


def _overview(box: Sandbox) -> str:
    return "".join(
        (
            "<h2>Administrations</h2>", _divisions(box),
            "<h2>Break something</h2>", _breakers(),
            "<h2>Faults in force</h2>", _faults(box),
            "<h2>People</h2>", _people(box),
            "<h2>Last calls</h2>", _calls(report.calls(box, {"limit": "15"})),
        )
    )  # fmt: skip


def _divisions(box: Sandbox) -> str:
    app = next(iter(box.store.table(GLOBAL, "_apps")))["client_id"]
    rows: list[list[Any]] = []
    for division in report.state(box)["divisions"]:
        left = box.limits.remaining(app, division["code"], box.now())
        link = f'<a href="/sandbox/division/{division["code"]}">{division["code"]}</a>'
        rows.append(
            [
                _Raw(link), division["name"], division["kvk"], division["contract"], division["entries"],
                left["minute"], left["day"],
            ]
        )  # fmt: skip
    return _table(["Code", "Name", "KVK", "Contract", "Entries", "Left this minute", "Left today"], rows)


def _breakers() -> str:
    entries, token = (
        {"method": "POST", "endpoint": "purchaseentry/PurchaseEntries"},
        {"endpoint": "oauth2/token"},
    )
    once = {"times": 1, "match": entries}
    buttons = (
        ("Next 5 calls: 503", {"act": "answer", "kind": "503", "times": 5}),
        ("Maintenance page", {"act": "answer", "kind": "maintenance", "match": {"endpoint": "[!o]*"}}),
        ("Next token call: gateway fault", {"act": "answer", "kind": "apigee", "times": 1, "match": token}),
        ("Next booking: connection lost before", {"act": "drop_before"} | once),
        ("Next booking: connection lost after commit", {"act": "drop_after"} | once),
        ("Next booking: commit 30 s late", {"act": "commit_late", "seconds": 30, "hang_up": True} | once),
        ("Every answer 3 s slow", {"act": "slow", "seconds": 3}),
        ("Next answer drips", {"act": "drip", "times": 1}),
        ("Hold the next booking", {"act": "gate"} | once),
    )  # fmt: skip
    made = [_button(label, "POST", "faults", body) for label, body in buttons]
    made.append(_button("Expire all access tokens", "POST", "expire", {"what": "access"}))
    made.append(_button("Expire all refresh tokens", "POST", "expire", {"what": "refresh"}))
    made.append(_button("An hour later", "POST", "clock", {"advance": 3600}))
    made.append(_button("Rebuild the default world", "POST", "reset"))
    return f"<section>{''.join(made)}</section>"


def _faults(box: Sandbox) -> str:
    rows: list[list[Any]] = [
        [
            rule.act, json.dumps(rule.match), json.dumps(rule.options), rule.acted,
            "until cleared" if rule.times is None else rule.times,
            _Raw(_button("Clear", "DELETE", f"faults/{rule.id}")),
        ]
        for rule in box.faults.rules
    ]  # fmt: skip
    rows += [
        [
            f"held {held.when} processing", held.call["endpoint"], "", "", "",
            _Raw(_button("Let it go", "POST", f"gates/{held.id}")),
        ]
        for held in box.faults.held()
    ]  # fmt: skip
    return _table(["Act", "Where", "How", "Acted", "Times", ""], rows, "None: all is well.")


def _people(box: Sandbox) -> str:
    chains = {
        chain["login"]: chain for chain in box.store.table(GLOBAL, "_chains") if chain["state"] == "alive"
    }
    rows: list[list[Any]] = []
    for user in box.store.table(GLOBAL, "_users"):
        login = user["login"]
        chain = chains.get(login)
        revoke = _button("Revoke consent", "POST", "revoke", {"user": login}) if chain else ""
        barred = user.get("rights", {}).get("mailbox") == "none"
        right = {"rights": {"mailbox": "full" if barred else "none"}}
        toggle = _button(
            "Give mailbox right" if barred else "Take mailbox right", "POST", f"users/{login}", right
        )
        blocked = bool(user.get("blocked"))
        block = _button("Unblock" if blocked else "Block", "POST", f"users/{login}", {"blocked": not blocked})
        scope = "" if chain is None else "all" if chain.get("divisions") is None else str(chain["divisions"])
        rows.append([login, user["name"], user.get("about", ""), scope, _Raw(revoke + toggle + block)])
    return _table(["Login", "Name", "", "Consent for", ""], rows)


def _division(box: Sandbox, code: int) -> str:
    back = f"/sandbox/division/{code}"
    books = report.ledger(box, code)
    posted = [entry for entry in books["entries"] if entry["_via"] != "seed"]
    today = report.shown({"DocumentDate": box.today_ms()})["DocumentDate"]
    month = {"division": code, "year": int(today[:4]), "period": int(today[5:7])}
    journal = {"division": code, "kind": "journal", "code": "70"}
    balance = [[account, str(amount)] for account, amount in books["trial_balance"].items()]
    buttons = (
        _button("Use up this minute", "POST", "budget", {"division": code, "minute": 0}, back)
        + _button("Use up today", "POST", "budget", {"division": code, "day": 0}, back)
        + _button("Close this month", "POST", "periods", month, back)
        + _button("Open this month", "POST", "periods", month | {"closed": False}, back)
        + _button("Block purchase journal", "POST", "block", journal, back)
        + _button("Unblock it", "POST", "block", journal | {"blocked": False}, back)
    )  # fmt: skip
    return "".join(
        (
            f"<section>{buttons}</section>",
            f"<h2>Entries posted ({len(posted)} of {len(books['entries'])})</h2>", _entries(code, posted, back),
            "<h2>Documents</h2>", _documents(books["documents"]),
            "<h2>Messages in the mailbox</h2>", _messages(books["messages"]),
            "<h2>Trial balance</h2>", _table(["Account", "Balance"], balance),
            "<h2>Calls</h2>", _calls(report.calls(box, {"division": str(code), "limit": "30"})),
        )
    )  # fmt: skip


def _entries(code: int, posted: list[dict[str, Any]], back: str) -> str:
    rows: list[list[Any]] = []
    for entry in reversed(posted[-100:]):
        lines = ", ".join(
            f"{line['GLAccountCode']} {line['AmountFC']} ({line.get('VATCode', '–')})"
            for line in entry["PurchaseEntryLines"]
        )
        path = f"entries/{code}/{entry['EntryID']}"
        buttons = "" if entry["paid"] else _button("Pay", "POST", f"{path}/paid", back=back)
        buttons += _button("Delete", "DELETE", path, back=back)
        rows.append(
            [
                entry["EntryNumber"], entry["EntryDate"][:10], entry["SupplierName"], entry.get("YourRef"),
                f"{entry['AmountFC']} {entry['Currency']}", lines, entry["_via"], _Raw(buttons),
            ]
        )  # fmt: skip
    return _table(["Number", "Date", "Supplier", "Their number", "Amount", "Lines", "By", ""], rows)


def _documents(documents: list[dict[str, Any]]) -> str:
    status = {0: "", 5: "rejected", 20: "open proposal", 50: "processed"}
    rows: list[list[Any]] = []
    for document in reversed(documents[-100:]):
        files = ", ".join(
            f'<a href="/sandbox/api/attachments/{document["Division"]}/{file["ID"]}">{escape(file["FileName"])}</a>'
            for file in document["Attachments"]
        )
        proposal = status.get(document["ProposedEntryStatus"], "")
        rows.append(
            [document["HID"], document["Subject"], document["TypeDescription"], proposal, _Raw(files)]
        )
    return _table(["Number", "Subject", "Type", "Proposal", "Files"], rows)


def _messages(messages: list[dict[str, Any]]) -> str:
    rows: list[list[Any]] = [
        [
            message["Subject"],
            message["RecipientMailbox"],
            message["RecipientStatusDescription"],
            len(message["Attachments"]),
        ]
        for message in reversed(messages[-100:])
    ]
    return _table(["Subject", "To", "Status", "Files"], rows)


def _calls(calls: list[dict[str, Any]]) -> str:
    rows: list[list[Any]] = []
    for call in calls:
        status: Any = call["status"] or "–"
        if call["fault"] or call["status"] >= 400:
            status = _Raw(f"<span class=bad>{status}</span>")
        left = [call["minute_remaining"], call["day_remaining"]]
        rows.append(
            [
                call["id"], report.clock(call["at"]), call["user"], call["division"] or "", call["method"],
                call["endpoint"], status, call["response_bytes"], f"{call['milliseconds']} ms",
                "" if left[0] is None else f"{left[0]} / {left[1]}", call["fault"] or call["note"],
            ]
        )  # fmt: skip
    heads = [
        "",
        "At",
        "User",
        "Division",
        "",
        "Endpoint",
        "Status",
        "Bytes",
        "Took",
        "Left: minute / day",
        "",
    ]
    return _table(heads, rows)
