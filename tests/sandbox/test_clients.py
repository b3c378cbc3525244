"""Proof by clients that others wrote against the real Exact Online."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import CALLBACK, CLIENT_ID, CLIENT_SECRET, D1, D2, ROOT, Process

MANY = {
    "divisions": [
        {"code": D1, "kvk": "91234567", "suppliers": 130, "history": {"months": 1}},
        {"code": D2, "kvk": "91234568"},
    ]
}


def test_django_exact_consents_books_changes_and_deletes(exact: Process) -> None:
    exact.reset(MANY)
    code = exact.consent("anna")["code"]
    script = str(Path(__file__).parent / "client_django_exact.py")
    command = [sys.executable, script, exact.url, CALLBACK, CLIENT_ID, CLIENT_SECRET, code, str(D1)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "me": "Anna de Boer",
        "divisions": [D1, D2],
        "same": True,
        "amount": 121,
        "description": "Aangepast",
        "refusal": "Verplicht: Leverancier\nVerplicht: Boekingsregels",
        "suppliers": 131,
        "gone": [],
        "limits_in_answers": True,
    }


def test_exactonline_signs_in_pages_books_and_reads_back(
    exact: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    from exactonline import http
    from exactonline.api import ExactApi
    from exactonline.api.manager import Manager
    from exactonline.exceptions import ObjectDoesNotExist
    from exactonline.resource import DELETE, GET, POST, PUT
    from exactonline.storage.base import ExactOnlineConfig, MissingSetting

    class Memory(ExactOnlineConfig):
        def __init__(self, values: dict[tuple[str, str], str]) -> None:
            self.values = values

        def get(self, section: str, option: str) -> str:
            if (section, option) not in self.values:
                raise MissingSetting(option, section)
            return self.values[section, option]

        def set(self, section: str, option: str, value: str) -> None:
            self.values[section, option] = value

    class PurchaseEntries(Manager):
        resource = "purchaseentry/PurchaseEntries"

    # It speaks https only; the sandbox has no certificate.
    monkeypatch.setattr(http.opt_secure, "protocols", ("http", "https"))
    exact.reset(MANY)
    storage = Memory(
        {
            ("server", "auth_url"): f"{exact.url}/api/oauth2/auth",
            ("server", "rest_url"): f"{exact.url}/api",
            ("server", "token_url"): f"{exact.url}/api/oauth2/token",
            ("application", "base_url"): CALLBACK,
            ("application", "client_id"): f"{{{CLIENT_ID}}}",
            ("application", "client_secret"): CLIENT_SECRET,
        }
    )
    api = ExactApi(storage=storage)
    assert api.create_auth_request_url().startswith(f"{exact.url}/api/oauth2/auth?client_id=%7B")
    api.request_token(exact.consent("anna")["code"])
    choices, current = api.get_divisions()
    assert set(choices) == {D1, D2}
    api.set_division(current)
    assert api.vatcodes.get_percentage(vat_code="2") == 0.21
    assert len(api.relations.filter(filter="IsSupplier eq true")) == 130  # three pages by __next

    created = api.relations.create({"Name": "Via exactonline", "Code": "9001".rjust(18), "IsSupplier": True})
    supplier = api.relations.get(relation_code="9001")
    assert supplier["ID"] == created["ID"]
    api.relations.update(supplier["ID"], {"City": "Assen"})
    (account,) = api.ledgeraccounts.filter(code__in=["4400"])
    line = {"GLAccount": account["ID"], "AmountFC": "100.00", "VATCode": "2"}
    body = {"Journal": "70", "Supplier": supplier["ID"], "YourRef": "EO-1", "PurchaseEntryLines": [line]}
    entry = api.restv1(POST("purchaseentry/PurchaseEntries", body))
    entries = PurchaseEntries(api)
    read = entries.get(filter="YourRef eq 'EO-1'", select="EntryID,AmountFC")
    assert (read["EntryID"], read["AmountFC"]) == (entry["EntryID"], 121)
    key = f"purchaseentry/PurchaseEntries(guid'{entry['EntryID']}')"
    assert api.restv1(PUT(key, {"Description": "Anders"})) is None
    assert api.restv1(DELETE(key)) is None
    with pytest.raises(ObjectDoesNotExist):
        entries.get(filter="YourRef eq 'EO-1'", select="EntryID")

    exact.control("POST", "clock", advance=-20)  # its own clock runs ahead: it thinks that the token is over
    storage.set_access_expiry(0)
    with pytest.raises(http.HTTPError) as refused:
        api.rest(GET("v1/current/Me?$select=CurrentDivision"))
    assert b"access_token not expired" in refused.value.response
    exact.control("POST", "clock", advance=620)
    assert api.rest(GET("v1/current/Me?$select=CurrentDivision"))[0]["CurrentDivision"] == D1
    assert exact.control("GET", "counters")["tokens"]["refreshed"] == 1
