"""Ten thousand hostile requests: at pages, the API, uploads, callbacks and incoming webhooks, by five kinds of people.

No 5xx, nothing of Alice's in what a stranger gets, no way out to another site, and afterwards everything of hers is as
it was, though her own viewer was among them. The addresses are found by walking the resolver; `HOSTILE_SEED=…` runs a
failure again. `make drill` sends all ten thousand, `make test` a twentieth; HOSTILE_REQUESTS says otherwise.
"""

import json
import os
import random
from collections import Counter
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from django.test import Client
from django.urls import URLPattern

from portal.models import Membership, User
from portal.tenancy import scope
from tests.api_client import api
from tests.cast import Cast
from tests.drills import report
from tests.exact_sandbox import ExactSandbox
from tests.pages.firm import BusyFirm, browser
from tests.paper import paper, party
from tests.walls.test_crossings import HERS, fingerprint, her_rows, ids_for, patterns

FULL = os.environ.get("DRILL") == "full"
REQUESTS = int(os.environ.get("HOSTILE_REQUESTS") or (10_000 if FULL else 500))
SEED = int(os.environ.get("HOSTILE_SEED") or random.randrange(10**6))
METHODS = ("GET", "GET", "POST", "POST", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE")
WORDS = (
    "", "0", "-1", "1e999", "NaN", "null", "true", "[]", "{}", "\x00", "a\x00b", "\ud7ff", "é" * 300, "9" * 400, "%00",
    "../../etc/passwd", "'; DROP TABLE portal_firm; --", "' OR '1'='1", "<script>alert(1)</script>", "{{7*7}}", "${7*7}",
    "=cmd|' /C calc'!A0", "//evil.example", "https://evil.example/", "javascript:alert(1)", "http://169.254.169.254/",
    "\r\nSet-Cookie: a=b", "2026-02-30", "9999-99-99", "0001-01-01", "x" * 70_000, "owner", "autopilot", "booked",
)  # fmt: skip
FIELDS = (
    "next", "q", "status", "organisation", "before", "page", "page_size", "cursor", "view", "code", "state", "error", "id",
    "role", "emails", "reason", "supplier", "lines", "name", "kvk_number", "url", "events", "mode", "division", "file",
    "learn", "language", "firm", "since", "query", "email", "password", "authorisation", "pairs", "scope", "on", "brake",
    "received_after", "updated_after", "keeps_years", "legal_hold", "contents", "what", "rows", "conditions", "actions",
)  # fmt: skip
KINDS = (
    "application/json", "application/x-www-form-urlencoded", "multipart/form-data", "application/xml", "application/pdf",
    "text/plain", "application/json; charset=utf-16", "multipart/form-data; boundary=x", "nonsense", "",
)  # fmt: skip
# Whoever may look at everything still makes these: they are the visitor's own.
OF_THE_VISITOR = {
    "portal_savedview",
    "portal_auditevent",
    "portal_auditperson",
    "portal_apicall",
    "portal_partneruse",
}

pytestmark = pytest.mark.drill

# A KVK number of so plain a kind stands as an example on forms too; and the schema has her client for an example.
LEAKS = tuple(word for word in HERS if word != "12345678")


class Attacker:
    """Makes one odd request after the other, from a seed."""

    def __init__(self, rows: dict[str, str], firm: Any, seed: int) -> None:
        self.random, self.rows, self.firm = random.Random(seed), rows, str(firm)
        # Names of nobody: what comes back to who sent it is no leak.
        self.paper = paper(
            "HOSTILE-1", seller=party("Vijand", "55555555"), buyer=party("Doel", "66666666"), payment_means=()
        )
        self.routes: list[tuple[str, URLPattern]] = [
            (route, one)
            for route, one in patterns()
            if not route.startswith(("static", "accounts/logout", "team/leave"))
        ]

    def path(self) -> str:
        route, one = self.random.choice(self.routes)
        path = route.replace("^", "").replace("$", "").replace("\\", "")
        for name in one.pattern.converters:
            value = self._value(route)
            for kind in ("uuid", "str", "int", "slug", "path"):
                path = path.replace(f"<{kind}:{name}>", quote(value, safe=""))
            path = path.replace(f"<{name}>", quote(value, safe=""))
        if self.random.random() < 0.5:
            path += "?" + "&".join(f"{self._field()}={quote(self._word()[:2000])}" for _ in range(2))
        return "/" + path

    def _value(self, route: str) -> str:
        if self.random.random() < 0.8:
            return self.random.choice(ids_for(route, self.rows))
        return self.random.choice([*list(self.rows.values()), self._word()[:200] or "x", self.firm])

    def _field(self) -> str:
        return self.random.choice(FIELDS)

    def _word(self) -> str:
        return self.random.choice([*WORDS, self.random.choice(list(self.rows.values()))])

    def _thing(self, depth: int = 0) -> Any:
        kind = self.random.randrange(8 if depth < 3 else 5)
        if kind < 3:
            return self._word()
        if kind < 5:
            return self.random.choice([None, True, -1, 10**30, 0.1, 1e308, []])
        if kind == 5:
            return [self._thing(depth + 1) for _ in range(self.random.randrange(4))]
        return {self._field(): self._thing(depth + 1) for _ in range(self.random.randrange(5))}

    def body(self) -> tuple[Any, str]:
        kind = self.random.choice(KINDS)
        what = self.random.randrange(5)
        if what == 0:
            return json.dumps(self._thing()), kind
        if what == 1:
            return "&".join(f"{self._field()}={quote(self._word()[:2000])}" for _ in range(4)), kind
        if what == 2:
            data = bytearray(self.paper)
            for _ in range(self.random.randrange(6)):
                data[self.random.randrange(len(data))] = self.random.randrange(256)
            return bytes(data[: self.random.randrange(len(data))]), kind
        if what == 3:
            return self.random.randbytes(self.random.randrange(2000)), kind
        named = f'--x\r\nContent-Disposition: form-data; name="{self._field()}"; filename="{quote(self._word()[:50])}.xml"'
        return f"{named}\r\n\r\n<a/>\r\n--x--\r\n", "multipart/form-data; boundary=x"

    def headers(self) -> dict[str, str]:
        word = self._word()[:200].encode("ascii", "ignore").decode().translate({0: None, 10: None, 13: None})
        return self.random.choice(
            [
                {}, {}, {"Portal-Firm": self.firm}, {"Idempotency-Key": word}, {"HX-Request": "true", "HX-Target": word},
                {"Accept": word}, {"Accept-Language": word}, {"X-Forwarded-For": word}, {"Range": "bytes=0-1"},
                {"Authorization": f"Bearer {word}"}, {"Authorization": f"Basic {word}"}, {"Referer": "//evil.example"},
                {"webhook-id": word, "webhook-signature": f"v1,{word}", "webhook-timestamp": "0"}, {"If-Match": word},
                {"X-Request-Id": word}, {"Content-Encoding": "gzip"}, {"X-HTTP-Method-Override": "DELETE"},
            ]
        )  # fmt: skip


def test_no_hostile_request_breaks_leaks_or_changes_anything(
    cast: Cast, exact: ExactSandbox, worker: Any, settings: Any
) -> None:
    print(f"\nHOSTILE_SEED={SEED}")
    settings.ACCOUNT_RATE_LIMITS = {}
    settings.API_CALLS_PER_MINUTE = 10**6
    busy = BusyFirm(cast, exact, worker)
    rows = her_rows(cast.alice.firm_id)
    cast.charlie.organisation("Van Charlie", "22222222")
    viewer = User.objects.create_user("kijker@kantoor.example", "geheim-voor-de-test")
    with scope(cast.alice.firm_id):
        Membership.objects.create(user=viewer, role=Membership.Role.VIEWER)
    people: dict[str, Any] = {
        "nobody": Client(raise_request_exception=False),
        "another firm's owner": browser(cast.charlie.owner),
        "another firm's partner": api(cast.charlie),
        "her own viewer": browser(viewer),
        "nobody, over and over": Client(raise_request_exception=False, enforce_csrf_checks=True),
    }
    before = _kept(cast)
    attacker, got, wrong = Attacker(rows, cast.alice.firm_id, SEED), Counter[int](), []
    for number in range(REQUESTS):
        name = attacker.random.choice(list(people))
        client = people[name]
        client.raise_request_exception = False
        method, path, (body, kind) = attacker.random.choice(METHODS), attacker.path(), attacker.body()
        answer = client.generic(method, path, body, kind, headers=attacker.headers())
        got[answer.status_code // 100] += 1
        said = b"".join(answer.streaming_content) if answer.streaming else answer.content
        text = said.decode("utf-8", "replace")
        if answer.status_code >= 500:
            wrong.append((number, name, method, path[:200], kind, answer.status_code))
        elif (
            name != "her own viewer"
            and not path.startswith("/api/v1/schema/")
            and any(word in text for word in LEAKS)
        ):
            wrong.append((number, name, method, path[:200], "leaks", next(w for w in LEAKS if w in text)))
        if "evil.example" in urlsplit(answer.get("Location", "")).netloc:
            wrong.append((number, name, method, path[:200], "leads away", answer["Location"]))
        if "viewer" in name and "_auth_user_id" not in client.session:
            client.force_login(viewer, backend="allauth.account.auth_backends.AuthenticationBackend")
        if "owner" in name and "_auth_user_id" not in client.session:
            client.force_login(
                cast.charlie.owner, backend="allauth.account.auth_backends.AuthenticationBackend"
            )
    assert wrong == []
    worker()
    after = _kept(cast)
    assert {table for table in after if after[table] != before[table]} == set()
    assert busy.booked.pk
    report.tell(
        "Hostile requests",
        f"{REQUESTS:,} requests (seed {SEED}) at {len(attacker.routes)} addresses by {len(people)} kinds of people: "
        f"{', '.join(f'{count:,} × {kind}xx' for kind, count in sorted(got.items()))}; no 5xx, nothing of the other firm's "
        "in any answer, no way out to another site, and every row of hers as it was.",
    )


def _kept(cast: Cast) -> dict[str, str]:
    found = fingerprint(cast.alice.firm_id)
    return {table: print_ for table, print_ in found.items() if table not in OF_THE_VISITOR}
