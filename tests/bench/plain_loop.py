"""What the lanes are compared to: a plain loop over the public client `django-exact` that books the same invoices.

In the order in which they came in, each looked up first, and waiting for the next minute when Exact says 429. Reads
what to do as JSON from stdin; prints the seconds and the refusals.
"""

# ruff: noqa: E402 — the settings come first
import json
import sys
import time
from typing import Any

import django
from django.conf import settings

WHAT = json.load(sys.stdin)
settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["django.contrib.sites", "exact"],
    EXACT_ONLINE_REDIRECT_URI=WHAT["redirect_uri"],
    EXACT_ONLINE_CLIENT_ID=WHAT["client_id"],
    EXACT_ONLINE_CLIENT_SECRET=WHAT["client_secret"],
    EXACT_ONLINE_API_URL=f"{WHAT['url']}/api",
    EXACT_ONLINE_DIVISION=WHAT["divisions"][0],
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    USE_TZ=True,
)
django.setup()

from django.core.management import call_command

call_command("migrate", verbosity=0)

from exact.api import Exact, ExactException
from exact.models import Session

refused = 0


def patiently(call: Any, *arguments: Any, **options: Any) -> Any:
    """The call; after a 429, again in the next minute."""
    global refused
    while True:
        try:
            return call(*arguments, **options)
        except ExactException as error:
            if error.response is None or error.response.status_code != 429:
                raise
            refused += 1
            time.sleep(WHAT["minute"] - time.time() % WHAT["minute"])


def book(exact: Exact, supplier: str, account: str, number: str) -> None:
    known = patiently(
        lambda: list(
            exact.filter("purchaseentry/PurchaseEntries", f"YourRef eq '{number}'", select="EntryID")
        )
    )
    if known:
        return
    document = patiently(exact.create, "documents/Documents", {"Subject": number, "Type": 20})
    patiently(
        exact.create,
        "documents/DocumentAttachments",
        {"Document": document["ID"], "FileName": f"{number}.xml", "Attachment": WHAT["file"]},
    )
    line = {"GLAccount": account, "AmountFC": 100, "VATCode": "2"}
    entry = {"Journal": "70", "Supplier": supplier, "YourRef": number, "Document": document["ID"]}
    patiently(exact.purchases.create, {**entry, "PurchaseEntryLines": [line]})


first = Exact()
Session.objects.update(authorization_code=WHAT["code"])
first.session.refresh_from_db()
first.get_token()
clients = []
for division in WHAT["divisions"]:
    exact = Exact(division)
    supplier = patiently(exact.accounts.get, code="20001", select="ID")["ID"]
    clients.append((exact, supplier, patiently(exact.glaccounts.get, code="4500", select="ID")["ID"]))
time.sleep(WHAT["minute"] - time.time() % WHAT["minute"])
refused, began = 0, time.monotonic()
for number in range(WHAT["each"]):
    for exact, supplier, account in clients:
        book(exact, supplier, account, f"P-{exact.division}-{number}")
print(json.dumps({"seconds": time.monotonic() - began, "refused": refused}))
