"""Worlds: contracts, users, administrations, suppliers and a past.

A world is described by a dictionary (the body of `POST /sandbox/api/reset`); what it leaves out gets a sensible
default. The least it must say is a division's code and KVK number: `{"divisions": [{"code": 1, "kvk": "12345678"}]}`.

    contracts  [{code, name, trial, mailbox, trade, expired, blocked}]
    users      [{login, name, language, contract, divisions, rights, my_firm, trial, blocked, multi_user, home}]
               merged by login over the personas, which every world has; `divisions`: null = those of the contract,
               "*" = all, or a list; `rights`: {right: full|read|none|empty}
    divisions  [{code, kvk, name, vat, city, contract, suppliers, entries, history, closed, mailbox}]
               `suppliers`: a number, or a list of {name, code, vat, kvk, iban, gl, vat_code, …};
               `entries`: as `POST /sandbox/api/entries` takes them; `history`: {months, entries};
               `closed`: [[year, period], …]; `mailbox`: an address
    apps       [{client_id, client_secret, webhook_secret, name, redirect_uris, scopes}]
    settings   as `POST /sandbox/api/settings` takes them
"""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING, Any

from . import by_hand, chart, history, invented, mailbox
from .crud import Plain
from .personas import PERSONAS
from .schema import Row
from .settings import DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, DEFAULT_WEBHOOK_SECRET
from .store import GLOBAL
from .trades import TRADES

if TYPE_CHECKING:
    from .box import Sandbox

SEED = 20260101


def default_app(
    client_id: str = DEFAULT_CLIENT_ID,
    client_secret: str = DEFAULT_CLIENT_SECRET,
    webhook_secret: str = DEFAULT_WEBHOOK_SECRET,
    redirect_uris: list[str] | None = None,
) -> Row:
    return {
        "client_id": client_id.strip("{}").lower(), "client_secret": client_secret, "webhook_secret": webhook_secret,
        "name": "Portal", "redirect_uris": redirect_uris or [], "scopes": {},
    }  # fmt: skip


def default_spec() -> dict[str, Any]:
    """An accounting firm with ten administrations, three companies with contracts of their own, and a trial."""
    divisions = [
        {"code": 3100 + n, "contract": "KANTOOR", "suppliers": 60, "history": {"months": 12}, "main": n == 1}
        for n in range(1, 11)
    ]
    for code, contract in ((4201, "EIGEN1"), (4202, "EIGEN1"), (4301, "EIGEN2"), (4901, "PROEF")):
        divisions.append(
            {
                "code": code,
                "contract": contract,
                "suppliers": 60,
                "history": {"months": 12},
                "main": code != 4202,
            }
        )
    return {
        "contracts": [
            {"code": "KANTOOR", "name": "Lindenhof Accountants B.V."},
            {"code": "EIGEN1", "name": "Duinpoort Groep B.V."},
            {"code": "EIGEN2", "name": "Polderwerf Techniek B.V."},
            {"code": "PROEF", "name": "Proeflicentie", "trial": True},
        ],
        "users": [
            {"login": "anna", "divisions": "*"}, {"login": "ben", "divisions": "*"},
            {"login": "trial", "contract": "PROEF"},
        ],
        "divisions": divisions,
    }  # fmt: skip


def build(box: Sandbox, spec: dict[str, Any]) -> None:
    """Write the described world into the empty store. Raises ValueError or KeyError for one that cannot be."""
    unknown = set(spec) - {"contracts", "users", "divisions", "apps", "settings", "seed"}
    if unknown:
        raise ValueError(f"A world has no {', '.join(sorted(unknown))}.")
    if spec.get("settings"):
        box.change_settings(spec["settings"])
    for app in spec.get("apps", []):
        full = default_app() | app
        full["client_id"] = full["client_id"].strip("{}").lower()
        box.store.put(GLOBAL, "_apps", full["client_id"], full)
    seed = spec.get("seed", SEED)
    contracts = {c["code"]: c for c in spec.get("contracts", [])}
    divisions = [
        _division(contracts, described, n, seed) for n, described in enumerate(spec.get("divisions", []))
    ]
    if not divisions:
        raise ValueError("A world needs at least one division.")
    for code, contract in contracts.items():
        box.store.put(GLOBAL, "_contracts", code, {"name": code} | contract)
    for division in divisions:
        box.store.put(GLOBAL, "_divisions", str(division["code"]), division)
    _users(box, spec.get("users", []), divisions)
    box.store.put_many(
        GLOBAL,
        "general/Currencies",
        ((code, {"Code": code, "Description": text}) for code, text in chart.CURRENCIES),
    )
    for division, described in zip(divisions, spec["divisions"], strict=True):
        _furnish(box, division, described, Random(f"{seed}/{division['code']}"), Random(seed))


def _division(contracts: dict[str, Any], described: dict[str, Any], n: int, seed: int) -> Row:
    code = int(described["code"])
    rng = Random(f"{seed}/division/{code}")
    contract = described.get("contract") or next(iter(contracts), "KANTOOR")
    contracts.setdefault(contract, {"code": contract, "name": "Lindenhof Accountants B.V."})
    city, postcode = rng.choice(invented.CITIES)
    row = {
        "code": code, "hid": n + 1, "contract": contract, "name": invented.company(rng, rng.choice(TRADES)[0]),
        "kvk": invented.kvk_number(rng), "vat": invented.vat_number(rng), "city": city, "postcode": postcode,
        "address": invented.street(rng), "main": n == 0,
    }  # fmt: skip
    known = set(row) | {"email", "archived", "blocked", "moved", "payment_condition", "started"}
    also = {"suppliers", "entries", "history", "closed", "mailbox"}
    unknown = set(described) - known - also
    if unknown:
        raise ValueError(f"A division has no {', '.join(sorted(unknown))}.")
    return (
        row
        | {name: value for name, value in described.items() if name in known}
        | {"code": code, "contract": contract}
    )


def _users(box: Sandbox, described: list[dict[str, Any]], divisions: list[Row]) -> None:
    logins = {user["login"]: user for user in described}
    for persona in PERSONAS:
        logins[persona["login"]] = persona | logins.get(persona["login"], {})
    first = divisions[0]["contract"]
    for login in [p["login"] for p in PERSONAS] + [
        u for u in logins if not any(p["login"] == u for p in PERSONAS)
    ]:
        user = {
            "id": chart.guid("user", login), "name": login.capitalize(), "language": "nl-NL", "contract": first,
            "email": f"{login}@example.com", "rights": {}, "divisions": None,
        } | logins[login]  # fmt: skip
        own = [d["code"] for d in divisions if d["contract"] == user["contract"]]
        if user["divisions"] == "first two":
            user["divisions"] = own[:2]
        user.setdefault("home", own[0] if own else divisions[0]["code"])
        box.store.put(GLOBAL, "_users", login, user)


def _furnish(box: Sandbox, division: Row, described: dict[str, Any], rng: Random, shared: Random) -> None:
    code = division["code"]
    ctx = box.bookkeeper(code)
    today = datetime.fromtimestamp(box.now(), UTC).date()
    created = box.stamp()
    stamp = {
        "Created": created, "Modified": created, "Creator": ctx.user["id"], "CreatorFullName": ctx.user["name"],
        "Modifier": ctx.user["id"], "ModifierFullName": ctx.user["name"],
    }  # fmt: skip
    for path, rows in chart.masters(code, stamp, today).items():
        versions = box.store.next_versions(len(rows))
        for row, version in zip(rows, versions, strict=True):
            row["Timestamp"] = version
        key = Plain(path).entity.key_name
        box.store.put_many(code, path, ((str(row[key]), row) for row in rows))
    for year, period in described.get("closed", []):
        box.store.put(code, "_closed", f"*|{year}|{period}", {})
    wanted = described.get("suppliers", 0)
    if isinstance(wanted, int):
        suppliers = _pool(box, code, stamp, wanted, shared)
        past = described.get("history")
        if past:
            history.write(box, division, suppliers, rng, past.get("months", 12), past.get("entries", 0))
    else:
        for supplier in wanted:
            by_hand.supplier(ctx, supplier)
    for entry in described.get("entries", []):
        by_hand.entry(ctx, entry)
    if described.get("mailbox"):
        mailbox.Mailboxes().create(ctx, {"Mailbox": described["mailbox"], "ForDivision": code})


def _pool(box: Sandbox, code: int, stamp: Row, n: int, rng: Random) -> list[Row]:
    """The first n suppliers of a pool that all administrations share: same companies, own relations."""
    suppliers, banks = [], []
    for number in range(1, n + 1):
        trade, subject, *kinds = TRADES[(number - 1) % len(TRADES)]
        city, postcode = rng.choice(invented.CITIES)
        name = invented.company(rng, trade)
        numbers = (invented.kvk_number(rng), invented.vat_number(rng), invented.iban(rng))
        gl, vat = kinds[0][0], kinds[0][1]
        supplier = stamp | {
            "ID": chart.guid(code, "account", number), "Code": str(10000 + number).rjust(18), "Name": name,
            "SearchCode": name.upper()[:12], "Status": "A", "IsSupplier": True, "Blocked": False, "Country": "NL",
            "CountryName": "Nederland", "City": city, "Postcode": postcode, "AddressLine1": invented.street(rng),
            "ChamberOfCommerce": numbers[0], "VATNumber": numbers[1], "GLAccountPurchase": chart.guid(code, "gl", gl),
            "PurchaseVATCode": vat, "PaymentConditionPurchase": "30", "PurchaseCurrency": "EUR", "Type": "A",
            "Email": f"facturen@{name.split()[0].lower()}.example", "Division": code,
        }  # fmt: skip
        bank = stamp | {
            "ID": chart.guid(code, "bank", number), "Account": supplier["ID"], "AccountName": name, "Main": True,
            "BankAccount": numbers[2], "IBAN": numbers[2], "Format": "IBAN", "Type": "A", "Division": code,
            "TypeDescription": ["Bankrekening", "Bank account"],
        }  # fmt: skip
        suppliers.append(supplier)
        banks.append(bank)
    for row, version in zip(suppliers + banks, box.store.next_versions(2 * n), strict=True):
        row["Timestamp"] = version
    box.store.put_many(code, "crm/Accounts", ((row["ID"], dict(row)) for row in suppliers))
    box.store.put_many(code, "crm/BankAccounts", ((row["ID"], row) for row in banks))
    centres = (None, None, None, "KAN", "VRK", "PRD")
    for number, supplier in enumerate(suppliers):
        _, subject, *kinds = TRADES[number % len(TRADES)]
        supplier |= {
            "_number": number, "_kinds": kinds, "_subject": subject, "_cost_center": centres[number % len(centres)],
            "_prefix": ("F", "", "INV-", "2", "VF")[number % 5],
        }  # fmt: skip
    return suppliers
