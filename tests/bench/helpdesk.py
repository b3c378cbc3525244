"""How long the helpdesk's one box takes over every organisation and every invoice there is.

`python -m tests.bench.helpdesk` makes the portal where it is missing (`tests.bench.portals`) and asks the box for each kind
of key in turn, whole page included; names are spelt wrongly. Times are of Django's test client.
"""

import json
import os
import random
import subprocess
import sys
import time
from statistics import median, quantiles
from typing import Any

from tests.bench import Row
from tests.bench.portals import LARGE, ROOT, portal

COMMAND = "python -m tests.bench.helpdesk"
TIMES, MEDIAN_MS = 20, 100


def rows() -> list[Row]:
    """The median over all kinds of keys, and the slowest kind."""
    said = subprocess.run(
        [sys.executable, "-m", "tests.bench.helpdesk", "--ask"],
        cwd=ROOT, env=portal(LARGE), stdout=subprocess.PIPE, text=True, check=True,
    ).stdout  # fmt: skip
    took: dict[str, list[float]] = json.loads(said.splitlines()[-1])
    everything = [one for some in took.values() for one in some]
    middle = median(everything)
    at = f"2,000 organisations, {LARGE:,} invoices"
    shown = [
        Row(
            "helpdesk: find anything, median",
            f"{middle:.0f} ms",
            f"≤ {MEDIAN_MS} ms",
            at,
            COMMAND,
            middle <= MEDIAN_MS,
        )
    ]
    for kind, some in sorted(took.items(), key=lambda pair: -median(pair[1])):
        value = f"{median(some):.0f} ms, 95 in 100: {quantiles(some, n=20)[18]:.0f} ms"
        shown.append(Row(f"helpdesk: find by {kind}", value, "", at, COMMAND))
    return shown


def _ask() -> dict[str, list[float]]:
    """kind of key → milliseconds of each time; a single hit is not followed."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    import django

    django.setup()
    from allauth.mfa.models import Authenticator
    from django.conf import settings
    from django.test import Client
    from django.urls import reverse

    from portal.models import User

    settings.DEBUG = False
    person = User.objects.get(email="desk@portal.example")
    Authenticator.objects.get_or_create(
        user=person, type=Authenticator.Type.TOTP, defaults={"data": {"secret": "x"}}
    )
    browser, url = Client(SERVER_NAME="localhost"), reverse("helpdesk:find")
    browser.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    took: dict[str, list[float]] = {}
    for kind, keys in _keys().items():
        browser.get(url, {"q": keys[0]})  # what is looked up once per process
        for key in keys:
            started = time.perf_counter()
            answer = browser.get(url, {"q": key})
            took.setdefault(kind, []).append(1000 * (time.perf_counter() - started))
            assert answer.status_code in (200, 302), (kind, key)
            assert answer.status_code == 302 or b'class="list"' in answer.content, (kind, key, "is not found")
    return took


def _keys() -> dict[str, list[str]]:
    """Keys of rows from all over, as a caller reads them out."""
    from connections.models import Connection
    from invoices.models import Invoice
    from portal.models import Membership, Organisation
    from portal.tenancy import staff
    from tests.bench.data import INVOICE, key

    dice = random.Random(7)
    with staff():
        clients = list(Organisation.objects.order_by("pk")[:: max(1, 2000 // TIMES)])
        numbers = [
            Invoice.objects.exclude(number="")
            .filter(pk__gte=key(INVOICE, dice.randrange(LARGE - 1000)))
            .order_by("pk")
            .first()
            for _ in range(TIMES)
        ]
        divisions = list(Connection.objects.exclude(division=None).values_list("division", flat=True)[:TIMES])
        people = list(Membership.objects.values_list("user__email", flat=True).distinct()[:TIMES])
    found: dict[str, list[Any]] = {
        "KVK number": [one.kvk_number for one in clients],
        "the mailbox's address": [f"{one.kvk_number}@{_domain()}" for one in clients],
        "VAT number": [one.vat_number for one in clients],
        "IBAN": [one.iban for one in clients],
        "a name": [one.name for one in clients],
        "a name with a letter missing": [_misspelt(one.name, dice) for one in clients],
        "invoice number": [one.number for one in numbers if one],
        "Exact's division": [str(one) for one in divisions],
        "e-mail address": people,
    }
    return {kind: [one for one in keys if one] for kind, keys in found.items() if any(keys)}


def _domain() -> str:
    from django.conf import settings

    return str(settings.MAILBOX_DOMAIN)


def _misspelt(name: str, dice: random.Random) -> str:
    at = dice.randrange(1, len(name) - 1)
    return name[:at] + name[at + 1 :]


if __name__ == "__main__":
    if "--ask" in sys.argv:
        print(json.dumps(_ask()))
    else:
        for row in rows():
            print(f"{row.name}: {row.value} {row.goal}")
