"""Two firms, every address, every row: nobody gets across, and nothing changes on the other side.

Found by walking the resolver and the models, not by lists that somebody keeps: a page or a table that is added
tomorrow is walked tomorrow.
"""

import random
import threading
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from celery.contrib.testing.worker import start_worker
from django.apps import apps
from django.db import connections, models
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from invoices import intake, tasks
from invoices.models import Document, Invoice
from portal.base import TenantModel
from portal.celery import app
from portal.lookups import ask
from portal.models import Organisation, User
from portal.tenancy import scope
from tests.api_client import api
from tests.cast import Cast
from tests.exact_sandbox import ExactSandbox
from tests.pages.firm import BusyFirm, browser
from tests.paper import paper

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
HERS = ("Korenaar", "Van Dam", "Kantoor Alice", "alice@", "12345678", "NL91ABNA0417164300")

# Tables without a firm, and why the app may see them all. Whatever is not here must have a wall.
OPEN = {
    "account_emailaddress": "people; found by whoever signs in",
    "account_emailconfirmation": "people",
    "allauth_idp_oidc_client": "partners' clients; found by who presents a token",
    "allauth_idp_oidc_token": "tokens, as hashes",
    "auth_group": "unused",
    "auth_group_permissions": "unused",
    "auth_permission": "Django's own",
    "connections_contractday": "numbers, and Exact's key of a contract",
    "connections_incident": "what is wrong for everybody",
    "django_admin_log": "the helpdesk's clicks",
    "django_content_type": "Django's own",
    "django_migrations": "Django's own",
    "django_session": "sessions; found by their random key",
    "invoices_heldarrival": "what came for a number that two firms claim; nobody's until the helpdesk decides",
    "invoices_kvkroute": "the helpdesk's decisions whose a number is",
    "invoices_peppolevent": "told by an access point, before its firm is known",
    "mfa_authenticator": "second factors, sealed; found by whoever signs in",
    "portal_cache": "how often somebody tried to sign in; how many invoices a firm had on past days",
    "portal_installation": "the brake of all",
    "portal_partner": "software houses, by name",
    "portal_partnersecret": "their secrets, as hashes",
    "portal_partneruse": "how much they call",
    "portal_user": "people",
    "portal_user_groups": "unused",
    "portal_user_user_permissions": "unused",
    "socialaccount_socialaccount": "people's company sign-on",
    "socialaccount_socialapp": "unused: providers come from the environment",
    "socialaccount_socialtoken": "unused: tokens of company sign-on are not kept",
    "usersessions_usersession": "people's sessions",
}


def test_every_table_without_a_wall_is_known_and_why(database: None) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            """SELECT c.relname FROM pg_class c WHERE c.relkind IN ('r', 'p') AND NOT c.relrowsecurity
               AND c.relnamespace = 'public'::regnamespace AND NOT c.relispartition"""
        )
        found = {name for (name,) in cursor.fetchall()}
    assert found - set(OPEN) == set()


def patterns(of: URLResolver | None = None, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    """(route, pattern) of every address of the portal."""
    for one in (of or get_resolver()).url_patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from patterns(one, route)
        else:
            yield route, one


def with_rows() -> list[tuple[str, list[str]]]:
    """Addresses of pages and the API that name a row: (route, its arguments)."""
    return [
        (route, list(one.pattern.converters))
        for route, one in patterns()
        if one.pattern.converters
        and not route.startswith(("accounts/", "helpdesk/", "identity", "static", "^"))
    ]


def her_rows(firm_id: UUID) -> dict[str, str]:
    """The id of one of Alice's rows in each table that has any."""
    rows: dict[str, str] = {}
    with connections["owner"].cursor() as cursor:
        for model in apps.get_models():
            if issubclass(model, TenantModel) and model._meta.pk.column == "id":
                cursor.execute(
                    f'SELECT id FROM "{model._meta.db_table}" WHERE firm_id = %s LIMIT 1', [firm_id]
                )
                if row := cursor.fetchone():
                    rows[str(model._meta.model_name)] = str(row[0])
    return rows


def fingerprint(firm_id: UUID) -> dict[str, str]:
    """Everything that a firm has, by table, so that a change anywhere shows. Its trail and its reading included."""
    prints = {}
    with connections["owner"].cursor() as cursor:
        for model in apps.get_models():
            if issubclass(model, TenantModel):
                cursor.execute(
                    f"SELECT md5(coalesce(string_agg(t::text, chr(10) ORDER BY t::text), '')) "
                    f'FROM "{model._meta.db_table}" t WHERE firm_id = %s',
                    [firm_id],
                )
                prints[model._meta.db_table] = cursor.fetchone()[0]
    return prints


def ids_for(route: str, rows: dict[str, str]) -> list[str]:
    """The rows that this address may be about, and the firm itself."""
    room = route.removeprefix("api/v1/").split("/")[0]
    words = {"clients": "organisation", "organisations": "organisation", "client": "partnersecret"}
    guess = words.get(room, room.rstrip("s"))
    likely = [pk for name, pk in rows.items() if name.startswith(guess[:6]) or guess.startswith(name[:6])]
    return [*dict.fromkeys(likely), *list(rows.values())[:2]] if likely else list(rows.values())


def test_no_address_leads_to_another_firms_row(cast: Cast, exact: ExactSandbox, worker: Any) -> None:
    busy = BusyFirm(cast, exact, worker)
    rows = her_rows(cast.alice.firm_id)
    assert len(rows) > 20
    cast.charlie.organisation("Van Charlie", "22222222")
    people = browser(cast.charlie.owner)
    machine: Any = api(cast.charlie)
    before = fingerprint(cast.alice.firm_id)
    tried, wrong = 0, []
    for route, arguments in with_rows():
        client = machine if route.startswith("api/") else people
        for pk in ids_for(route, rows):
            path = route
            for name in arguments:
                path = _fill(path, name, pk)
            for method in METHODS if route.startswith("api/") else ("GET", "POST"):
                answer = client.generic(method, f"/{path}", "{}", content_type="application/json")
                tried += 1
                text = answer.content.decode(errors="replace") if not answer.streaming else ""
                told = [name for name in HERS if name in text and name not in path]
                if answer.status_code >= 500 or told or answer.status_code in (200, 201, 202, 204):
                    wrong.append((method, path, answer.status_code, told))
    assert wrong == []
    assert tried > 500
    assert fingerprint(cast.alice.firm_id) == before
    assert busy.connection


def _fill(path: str, name: str, pk: str) -> str:
    """The address with its argument filled in, whatever kind it is."""
    start = path.index("<")
    end = path.index(">", start)
    kind = path[start + 1 : end].partition(":")[0]
    return path[:start] + (pk if kind == "uuid" else "1" if kind == "int" else pk) + path[end + 1 :]


def test_the_helpdesks_pages_are_nobody_elses(cast: Cast) -> None:
    owner, nobody = browser(cast.alice.owner), Client()
    tried = 0
    for route, _ in patterns():
        if not route.startswith("helpdesk/"):
            continue
        path = route
        while "<" in path:
            path = _fill(path, "", str(uuid4()))
        for method in ("GET", "POST"):
            for client, allowed in ((owner, {302, 403, 404, 405}), (nobody, {302, 403, 404, 405})):
                answer = client.generic(method, f"/{path.replace('^', '').replace('$', '')}")
                tried += 1
                assert answer.status_code in allowed, (method, path, answer.status_code)
    assert tried > 50


def test_the_helpdesk_signs_in_by_the_one_door(cast: Cast) -> None:
    """The theme's own sign-in form knows no second factor and counts no guesses; nobody may come in by it."""
    User.objects.create_superuser("els@helpdesk.example", "geheim-voor-de-test")
    client = Client()
    answer = client.post(
        "/helpdesk/login/", {"username": "els@helpdesk.example", "password": "geheim-voor-de-test"}
    )
    assert answer.status_code in (302, 403, 404)
    assert "_auth_user_id" not in client.session


def test_many_threads_on_few_connections_mix_nothing_up(cast: Cast) -> None:
    """A pool of four connections, each handed from firm to firm, as a busy worker's are."""
    firms = {cast.alice.firm_id: "Van Alice", cast.charlie.firm_id: "Van Charlie"}
    cast.alice.organisation("Van Alice", "11111111")
    cast.charlie.organisation("Van Charlie", "22222222")
    wrong: list[Any] = []

    def look(seed: int) -> None:
        dice = random.Random(seed)
        try:
            for _ in range(60):
                firm_id = dice.choice(list(firms))
                try:
                    with scope(firm_id):
                        seen = set(Organisation.everyones.values_list("name", flat=True))
                        if dice.random() < 0.3:
                            raise ZeroDivisionError  # a scope that ends badly leaves nothing for the next
                except ZeroDivisionError:
                    pass
                if seen != {firms[firm_id]} or Organisation.everyones.count() != 0:
                    wrong.append((firm_id, seen))
        finally:
            connections["default"].close()

    threads = [threading.Thread(target=look, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.filterwarnings("ignore")
def test_a_celery_worker_keeps_two_firms_apart(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real worker with threads; tasks of both firms lie mixed in its queue."""
    for office, kvk in ((cast.alice, "12345678"), (cast.charlie, "12345678")):
        office.organisation("Bakkerij", kvk)
    sent = []
    for number in range(8):
        for office in (cast.alice, cast.charlie):
            got = intake.receive(office.firm_id, paper(f"C-{number}-{office.owner.email}"), channel="api")
            sent.append((office, got.invoice_id))
    app.control.purge()  # other tests' wake-ups lie in the same queue, thousands of them, and nobody works here
    with start_worker(app, pool="threads", concurrency=4, perform_ping_check=False):
        for _, invoice_id in sent:
            tasks.process.apply_async([str(invoice_id)], ignore_result=True)
        waiting = threading.Event()
        for _ in range(200):
            if not ask("due_invoices", 1, 0):
                break
            waiting.wait(0.1)
    for office, invoice_id in sent:
        with scope(office.firm_id):
            invoice = Invoice.objects.get(pk=invoice_id)
            assert office.owner.email in invoice.number
            assert Document.objects.filter(pk=invoice.document_id).exists()
        assert invoice.status != "received"


def test_every_model_with_a_firm_is_behind_a_wall_of_some_kind(database: None) -> None:
    """A model that belongs to a firm but forgets its base class would be walked past above."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
        walled = {name for (name,) in cursor.fetchall()}
    strays = [
        model._meta.label
        for model in apps.get_models()
        if any(isinstance(field, models.ForeignKey) and field.name == "firm" for field in model._meta.fields)
        and model._meta.db_table not in walled
    ]
    assert strays == []
