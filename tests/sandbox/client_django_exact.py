"""Drives a sandbox with the public client `django-exact`; run by test_clients in a process of its own.

Arguments: sandbox URL, redirect URI, client id, client secret, code, division. Prints what it saw as JSON.
"""

from __future__ import annotations

import json
import sys

import django
from django.conf import settings

url, redirect_uri, client_id, client_secret, code, division = sys.argv[1:]
settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["django.contrib.sites", "exact"],
    EXACT_ONLINE_REDIRECT_URI=redirect_uri,
    EXACT_ONLINE_CLIENT_ID=client_id,
    EXACT_ONLINE_CLIENT_SECRET=client_secret,
    EXACT_ONLINE_API_URL=f"{url}/api",
    EXACT_ONLINE_DIVISION=int(division),
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    USE_TZ=True,
)
django.setup()

from django.core.management import call_command  # noqa: E402

call_command("migrate", verbosity=0)

from exact.api import Exact, ExactUnavailable  # noqa: E402
from exact.models import Session  # noqa: E402

exact = Exact()
Session.objects.update(authorization_code=code)
exact.session.refresh_from_db()
exact.get_token()

me = exact.raw("GET", "/v1/current/Me").json()["d"]["results"][0]
divisions = [row["Code"] for row in exact.filter("system/Divisions", select="Code,Description")]
supplier = exact.accounts.create({"Name": "Via django-exact", "Code": "9001".rjust(18), "IsSupplier": True})
found = exact.accounts.get(code="9001", select="ID,Name")
account = exact.glaccounts.get(code="4400", select="ID")
entry = exact.purchases.create(
    {
        "Journal": "70",
        "Supplier": found["ID"],
        "YourRef": "DJ-1",
        "PurchaseEntryLines": [{"GLAccount": account["ID"], "AmountFC": 100, "VATCode": "2"}],
    }
)
read = exact.purchases.get(entry_number=entry["EntryNumber"], select="EntryID,AmountFC,YourRef")
exact.purchases.update(entry["EntryID"], {"Description": "Aangepast"})
changed = exact.purchases.get(entry_number=entry["EntryNumber"], select="Description")
refusal = ""
try:
    exact.purchases.create({"Journal": "70"})
except ExactUnavailable as error:
    refusal = error.error_message
every = [row["ID"] for row in exact.accounts.filter("IsSupplier eq true", select="ID")]
exact.purchases.delete(entry["EntryID"])
gone = list(exact.purchases.filter(f"EntryNumber eq {entry['EntryNumber']}", select="EntryID"))
print(
    json.dumps(
        {
            "me": me["FullName"],
            "divisions": divisions,
            "same": supplier["ID"] == found["ID"] and read["EntryID"] == entry["EntryID"],
            "amount": read["AmountFC"],
            "description": changed["Description"],
            "refusal": refusal,
            "suppliers": len(every),
            "gone": gone,
            "limits_in_answers": "X-RateLimit-Minutely-Remaining"
            in exact.raw("GET", f"/v1/{division}/financial/Journals").headers,
        }
    )
)
