"""Relations, bank accounts and the ledger's master data as endpoints."""

from __future__ import annotations

import re

from . import messages as m
from .context import Context
from .crud import Plain
from .errors import Invalid, Refused, Sentence
from .ledger import ENTRIES
from .schema import Row


class Coded(Plain):
    """Master data with a description, and a code that is unique in its division."""

    def prepare(self, ctx: Context, row: Row, old: Row | None) -> None:
        # The resource page of Journals marks none of its properties as mandatory; nobody has a journal without them.
        needed = ("Code", "Description") + (("Type",) if self.path == "financial/Journals" else ())
        bare = [m.mandatory(name) for name in needed if not str(row.get(name) or "").strip()]
        if bare:
            raise Invalid(*bare)
        row["Code"] = row["Code"].strip()
        twins = [
            twin for twin in ctx.rows(self.path).find("Code", row["Code"]) if old is None or twin is not old
        ]
        if twins:
            raise Invalid(m.already_exists())
        if self.path == "vat/VATCodes":
            row.setdefault("Type", "E")


class Accounts(Plain):
    """Relations. The code is eighteen characters, padded on the left; without one Exact gives the next number."""

    def __init__(self) -> None:
        super().__init__("crm/Accounts")

    def prepare(self, ctx: Context, row: Row, old: Row | None) -> None:
        if not row.get("Code", "").strip():
            taken = (int(r["Code"]) for r in ctx.rows(self.path) if r["Code"].strip().isdigit())
            row["Code"] = str(max(taken, default=0) + 1).rjust(18)
        sentences: list[Sentence] = []
        twins = [r for r in ctx.rows(self.path).find("Code", row["Code"]) if r["ID"] != row["ID"]]
        if twins:
            sentences.append(m.already_exists())
        if row.get("Email") and not re.fullmatch(r"[^@\s]+@[^@\s]+", row["Email"]):
            sentences.append(m.invalid("Email", f" [{row['Email']}]"))
        for name in ("GLAccountPurchase", "GLAP"):
            if row.get(name) and ctx.rows("financial/GLAccounts").get(row[name]) is None:
                sentences.append(m.invalid_reference(name))
        for name, path in (
            ("PurchaseVATCode", "vat/VATCodes"),
            ("PaymentConditionPurchase", "cashflow/PaymentConditions"),
        ):
            if not row.get(name):
                continue
            found = ctx.find(path, row[name].strip())
            if found is None:
                sentences.append(m.invalid_reference(name))
            else:
                row |= {name: found["Code"], f"{name}Description": found["Description"]}
        if sentences:
            raise Invalid(*sentences)
        for name, value in (
            ("Status", "A"),
            ("IsSupplier", False),
            ("Blocked", False),
            ("Country", "NL"),
            ("Type", "A"),
        ):
            row.setdefault(name, value)
        row["Country"] = row["Country"].strip()

    def delete(self, ctx: Context, row: Row) -> None:
        if ctx.rows(ENTRIES).first("Supplier", row["ID"]):
            raise Invalid(m.cannot_delete(f"Account {row['Code'].strip()}", ("Boekingen", "Entries")))
        for bank in ctx.rows("crm/BankAccounts").find("Account", row["ID"]):
            Plain("crm/BankAccounts").remove(ctx, bank)
        self.remove(ctx, row)


def iban_is_valid(text: str) -> bool:
    """ISO 13616: moved to the front, letters as numbers, the remainder by 97 is 1."""
    compact = text.replace(" ", "").upper()
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{10,30}", compact):
        return False
    return int("".join(str(int(c, 36)) for c in compact[4:] + compact[:4])) % 97 == 1


class BankAccounts(Plain):
    def __init__(self) -> None:
        super().__init__("crm/BankAccounts")

    def prepare(self, ctx: Context, row: Row, old: Row | None) -> None:
        account = ctx.rows("crm/Accounts").get(row["Account"])
        if account is None:
            raise Invalid(m.invalid_reference("Account"))
        compact = row["BankAccount"].replace(" ", "").upper()
        looks_like_iban = re.match(r"[A-Z]{2}\d{2}", compact) is not None
        if looks_like_iban and not iban_is_valid(compact):
            raise Invalid(m.invalid("BankAccount"))
        others = [r for r in ctx.rows(self.path).find("Account", row["Account"]) if r["ID"] != row["ID"]]
        row |= {
            "AccountName": account["Name"],
            "Type": "A",
            "TypeDescription": ["Bankrekening", "Bank account"],
        }
        row |= {"IBAN": compact, "BankAccount": compact, "Format": "IBAN"} if looks_like_iban else {}
        row.setdefault("Main", not others)
        if row["Main"]:
            for other in others:
                if other.get("Main"):
                    self.save(ctx, other | {"Main": False}, "Update")


class Divisions(Plain):
    """Administrations cannot be removed through the sandbox's API."""

    def delete(self, ctx: Context, row: Row) -> None:
        raise Refused(403, "Forbidden")
