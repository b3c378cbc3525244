"""The demo firm: twelve clients and more, each brought into its state the way people and partners do it.

Everything here goes in by the portal's own doors: the two commands that make a firm and a partner, the REST API, the
consent page in a browser's session, and Exact's own sign-in page. Nothing is put into the database. Each step asks
first what stands already, so that a run that was stopped goes on where it was.
"""

import json
import os
import re
import secrets
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import requests

from invoices.demo import papers
from invoices.demo.world import Exact, Habit
from portal.models import User
from portal.partners import create_partner
from portal.people.firms import create_firm

OWNER = "demo@lindenhof.example"
HELPDESK = "helpdesk@portaal.example"

# Which of the sandbox's people gives the consent, and what happens to the connection afterwards.
CLIENTS: list[tuple[str, str]] = [
    ("anna", "active"),
    ("anna", "active"),
    ("ben", "active"),
    ("anna", "suggest"),
    ("anna", "document"),
    ("nomailbox", "no_mailbox"),
    ("", "pending"),
    ("restricted", "choose"),
    ("carla", "revoked"),
    ("mijnkantoor", "blocked"),
    ("anna", "paused"),
    ("anna", "mailbox"),
    ("anna", "disconnected"),
    ("trial", "trial"),
]


class Demo:
    """A partner's session on the portal, and what the demo remembers between runs (`VAR_DIR/demo.json`)."""

    def __init__(self, portal: str, exact: str, var_dir: Path, say: Callable[[str], None]) -> None:
        self.portal, self.exact, self.say = portal, Exact(exact), say
        self.file = var_dir / "demo.json"
        self.kept: dict[str, Any] = json.loads(self.file.read_text()) if self.file.exists() else {}
        self.session = requests.Session()

    def keep(self, **values: Any) -> None:
        self.kept.update(values)
        draft = self.file.with_suffix(".part")
        with open(os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
            json.dump(self.kept, file)
        draft.replace(self.file)

    def sign_in(self) -> None:
        """The firm, its helpdesk and its partner; made once."""
        if "owner_password" not in self.kept:
            made = create_firm("Lindenhof Accountants", OWNER, sandbox=True)
            self.keep(firm=str(made.firm_id), owner_password=made.password)
        if "helpdesk_password" not in self.kept:
            password = secrets.token_urlsafe(9)
            if not User.objects.filter(email=HELPDESK).exists():
                _staff(password)
            self.keep(helpdesk_password=password)
        if "client_secret" not in self.kept:
            partner = create_partner("Demo-software", self.kept["firm"])
            self.keep(client_id=partner.client_id, client_secret=partner.client_secret)
        fields = {"grant_type": "client_credentials"} | {
            k: self.kept[k] for k in ("client_id", "client_secret")
        }
        answer = self.session.post(f"{self.portal}/identity/o/api/token", data=fields, timeout=30)
        answer.raise_for_status()
        self.session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def api(self, method: str, path: str, **options: Any) -> Any:
        answer = self.session.request(method, f"{self.portal}/api/v1/{path}", timeout=90, **options)
        if answer.status_code >= 400 and answer.status_code != 422:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        return answer.json() if answer.content else None


def _staff(password: str) -> None:
    from allauth.account.models import EmailAddress

    user = User.objects.create_superuser(HELPDESK, password, name="Helpdesk")
    EmailAddress.objects.create(user=user, email=HELPDESK, primary=True, verified=True)


def fill(demo: Demo) -> None:
    """All clients, then all their invoices, then what happened to some of them since."""
    demo.sign_in()
    clients = list(zip(CLIENTS, demo.exact.divisions(), strict=False))
    for (person, _), division in clients:
        _connect(demo, division, person)
    for (person, state), division in clients:
        connection = _settle(demo, division, person, state)
        demo.say(f"  {division['name']:<36} {connection['status']}")
    for number, ((_, state), division) in enumerate(clients, 1):
        if division["code"] in demo.kept.get("sent", []):
            continue  # the ledger has moved on since: what would be sent now would be other invoices
        for data in _inbox(number, state, division, demo.exact.habits(int(division["code"]))):
            demo.api("POST", "invoices/", data=data, headers={"Content-Type": "application/xml"})
        demo.keep(sent=[*demo.kept.get("sent", []), division["code"]])
    for (_, state), division in clients:
        connection = _connection(demo, division)
        if state == "revoked" and connection["status"] == "active":
            demo.exact.control("POST", "revoke", user="carla")
            demo.api("POST", f"connections/{connection['id']}/check/")
        if state == "disconnected" and connection["status"] != "disconnected":
            demo.api("DELETE", f"connections/{connection['id']}/")


def _organisation(demo: Demo, division: dict[str, Any]) -> str:
    found = demo.api("GET", "organisations/", params={"kvk_number": division["kvk"]})["results"]
    if found:
        return str(found[0]["id"])
    fields = {
        "name": division["name"],
        "kvk_number": division["kvk"],
        "vat_number": division.get("vat") or "",
    }
    return str(demo.api("POST", "organisations/", json=fields)["id"])


def _connection(demo: Demo, division: dict[str, Any]) -> dict[str, Any]:
    organisation = _organisation(demo, division)
    found: list[dict[str, Any]] = demo.api("GET", "connections/", params={"organisation": organisation})[
        "results"
    ]
    return found[0] if found else {}


def _connect(demo: Demo, division: dict[str, Any], person: str) -> None:
    """A connection, and this person's consent; what stands already is left as it is."""
    standing = _connection(demo, division)
    if not standing:
        standing = demo.api("POST", "connections/", json={"organisation": _organisation(demo, division)})
    elif standing["next_step"] == "authorise" and person:
        standing = demo.api("POST", f"connections/{standing['id']}/authorise/")
    if person and "authorise_url" in standing:
        _consent(demo, standing["authorise_url"], person)


def _settle(demo: Demo, division: dict[str, Any], person: str, state: str) -> dict[str, Any]:
    """Wait until the checks have run, and set what this client wants.

    A consent given while the user's own administration is out of calls is finished when Exact has some again.
    """
    unfinished = ("authorise", "check") if person else ("check",)
    connection = _until(
        demo,
        _connection(demo, division)["id"],
        lambda one: one["next_step"] not in unfinished or bool(one["issues"]),
        seconds=120,
    )
    path = f"connections/{connection['id']}/"
    wishes = {
        "suggest": {"mode": "suggest"},
        "document": {"delivery": "document"},
        "mailbox": {"mode": "mailbox"},
    }
    if wish := wishes.get(state):
        connection = demo.api("PATCH", path, json=wish)
    if state == "paused" and connection["status"] == "active":
        connection = demo.api("POST", f"{path}pause/", json={})
    return dict(connection)


def _consent(demo: Demo, link: str, person: str) -> None:
    """What a person does in a browser: open the link, press the button, sign in at Exact, come back."""
    browser = requests.Session()
    page = browser.get(link, timeout=30)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert token, page.text[:500]
    to_exact = browser.post(
        link,
        data={"csrfmiddlewaretoken": token[1]},
        headers={"Referer": link},
        allow_redirects=False,
        timeout=30,
    )
    back = browser.post(
        to_exact.headers["Location"],
        data={"user": person, "decision": "allow"},
        allow_redirects=False,
        timeout=30,
    )
    # A MijnKantoor user or a trial is told why not: that is a page too, and one of the demo's states.
    came_back = browser.get(back.headers["Location"], timeout=60)
    assert came_back.status_code < 500, came_back.text[:500]


def _until(
    demo: Demo, connection: str, enough: Callable[[dict[str, Any]], bool], seconds: float = 60
) -> dict[str, Any]:
    give_up = time.monotonic() + seconds
    while True:
        found: dict[str, Any] = demo.api("GET", f"connections/{connection}/")
        if enough(found) or time.monotonic() > give_up:
            return found
        time.sleep(0.3)


def _inbox(number: int, state: str, division: dict[str, Any], habits: list[Habit]) -> Iterator[bytes]:
    """What lies in a client's inbox: mostly the usual, and here and there something that needs a person."""
    if not habits or state in ("disconnected", "choose"):
        return
    known = [habit for habit in habits if habit.constant and habit.iban]
    for position, habit in enumerate(known[:5], 1):
        yield papers.usual(habit, division, f"2026-{number:02}{position:02}")
    match number:
        case 1:
            yield papers.credit(known[0], division, "CR-0101")
            yield papers.other_account(known[1], division, "V-88-101")
            yield papers.unknown_supplier(division, "NK-2026-7")
        case 2:
            yield papers.does_not_add_up(known[0], division, "2026-0291")
            yield papers.usual(known[1], division, "2026-0202", Decimal("1.10"))  # the number of another one
            yield papers.long_one(known[2], division, "L-500")
        case 3:
            yield papers.reverse_charge(known[0], division, "VL-0301")
            yield papers.foreign_currency(known[1], division, "US-77")
        case 4:
            yield papers.for_somebody_else(known[0], "X-1")
            yield b"Geachte heer/mevrouw, bijgaand onze factuur."
