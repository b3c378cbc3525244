"""Exact's sign-in and consent pages, on `/api/oauth2/auth`.

A person chooses who to be, then gives or denies consent, for all administrations or for some. The second page is one
form (`user`, `divisions`, `decision`), so a test can post it without looking at the first.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from .rights import has_division
from .schema import GUID, Row
from .store import GLOBAL
from .wire import HTML, Answer, Request

if TYPE_CHECKING:
    from .box import Sandbox

MULTI_USER = (
    "Your One Exact Identity account is configured for multiple users. "
    "API Connections do not support this type of account."
)
_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;background:#eef1f5;color:#1c2430;margin:0}
main{max-width:34rem;margin:4rem auto;background:#fff;border-radius:12px;padding:2rem 2.5rem;
box-shadow:0 2px 18px #0001}
h1{font-size:1.3rem;margin:0 0 .3rem} .hint{color:#667;font-size:.9rem;margin:0 0 1.5rem}
a.who{display:block;padding:.7rem 1rem;border:1px solid #d5dbe3;border-radius:8px;margin:.4rem 0;color:inherit;
text-decoration:none} a.who:hover{border-color:#e1141d;background:#fff7f7} a.who small{color:#667;display:block}
label{display:block;padding:.15rem 0} fieldset{border:1px solid #d5dbe3;border-radius:8px;margin:1rem 0;
max-height:16rem;overflow:auto} button{font:inherit;padding:.6rem 1.4rem;border-radius:8px;border:1px solid #b9c2cf;
background:#fff;cursor:pointer} button.yes{background:#e1141d;border-color:#e1141d;color:#fff;margin-right:.5rem}
.bad{color:#a00}
"""


def handle(box: Sandbox, request: Request) -> Answer:
    params = request.params
    form = request.form if request.method == "POST" else []
    asked = params | dict(form)
    problem = _problem(box, asked)
    if problem:
        return _page("Bad request", f'<p class="bad">{escape(problem)}</p>', 400)
    if request.method == "POST":
        return _decide(box, asked, [value for name, value in form if name == "divisions"])
    login = asked.get("user")
    if login is None and asked.get("force_login") != "1":
        login = _signed_in(request)
    if login is None or box.store.table(GLOBAL, "_users").get(login) is None:
        return _choose_user(box, request)
    return _consent_page(box, asked, box.user(login))


def _problem(box: Sandbox, asked: dict[str, str]) -> str:
    client_id = asked.get("client_id", "")
    if not GUID.fullmatch(client_id.strip("{}")):
        return "client_id must be a GUID."
    try:
        app = box.app(client_id)
    except KeyError:
        return "Unknown client_id."
    if asked.get("response_type", "code") != "code":
        return "response_type must be code."
    uri = asked.get("redirect_uri", "")
    if not uri:
        return "redirect_uri is missing."
    registered = app.get("redirect_uris")
    if registered and uri not in registered:
        return "redirect_uri does not match the one that was registered."
    return ""


def _signed_in(request: Request) -> str | None:
    for part in request.headers.get("cookie", "").split(";"):
        name, _, value = part.strip().partition("=")
        if name == "ExactOnlineUser":
            return value
    return None


def _decide(box: Sandbox, asked: dict[str, str], divisions: list[str]) -> Answer:
    login = asked.get("user", "")
    user = box.store.table(GLOBAL, "_users").get(login)
    if user is None:
        return _page("Unknown user", f'<p class="bad">There is no user {escape(login)}.</p>', 400)
    if user.get("multi_user"):
        return _page("Sign-in failed", f'<p class="bad">{MULTI_USER}</p>', 403)
    uri = asked["redirect_uri"]
    answer = {"state": asked["state"]} if "state" in asked else {}
    if asked.get("decision") != "allow":
        answer = {"error": "access_denied"} | answer
    else:
        chosen = [int(code) for text in divisions for code in text.replace(",", " ").split()]
        answer = {"code": box.oauth.consent(login, asked["client_id"], uri, chosen or None)} | answer
    location = f"{uri}{'&' if '?' in uri else '?'}{urlencode(answer, quote_via=quote)}"
    return Answer(
        302, headers={"Location": location, "Set-Cookie": f"ExactOnlineUser={login}; Path=/; HttpOnly"}
    )


def _page(title: str, body: str, status: int = 200) -> Answer:
    text = (
        f"<!DOCTYPE html><html lang=en><head><meta charset=utf-8><title>{escape(title)} – Exact Online sandbox</title>"
        f"<meta name=viewport content='width=device-width'><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )
    return Answer(status, text.encode(), HTML)


def _choose_user(box: Sandbox, request: Request) -> Answer:
    rows = []
    for user in box.store.table(GLOBAL, "_users"):
        href = escape(f"?{request.query}&user={quote(user['login'])}", quote=True)
        rows.append(
            f'<a class=who href="{href}"><b>{escape(user["name"])}</b> · {escape(user["login"])}'
            f"<small>{escape(user.get('about', ''))}</small></a>"
        )
    hint = "<p class=hint>This is the Exact Online sandbox. Choose who you are; no password is asked.</p>"
    return _page("Sign in", hint + "".join(rows))


def _consent_page(box: Sandbox, asked: dict[str, str], user: Row) -> Answer:
    app = box.app(asked["client_id"])
    boxes = "".join(
        f"<label><input type=checkbox name=divisions value={division['code']}> {division['code']} · "
        f"{escape(division['name'])}</label>"
        for division in box.store.table(GLOBAL, "_divisions")
        if has_division(user, division["code"], division["contract"])
    )
    hidden = "".join(
        f'<input type=hidden name="{escape(name)}" value="{escape(value, quote=True)}">'
        for name, value in (asked | {"user": user["login"]}).items()
        if name in ("client_id", "redirect_uri", "state", "user", "response_type")
    )
    return _page(
        "Permission",
        f"<p class=hint>{escape(user['name'])}, <b>{escape(app['name'])}</b> asks for access to your data in Exact "
        f"Online.</p><form method=post>{hidden}<fieldset><legend>Only these administrations (none ticked: all)"
        f"</legend>{boxes}</fieldset><button class=yes name=decision value=allow>Allow</button>"
        "<button name=decision value=deny>Deny</button></form>",
    )
