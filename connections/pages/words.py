"""What the pages of connections call things: the doctor's questions, and issues in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from connections import contracts, issues
from connections.models import Connection, Issue
from connections.remedies import Remedy, Words, remedy

CHECKS: dict[str, Promise] = {
    "token": gettext_lazy("Sign-in at Exact works"),
    "user": gettext_lazy("A full Exact user"),
    "division": gettext_lazy("Access to the administration"),
    "licence": gettext_lazy("A paid licence"),
    "read_vat_codes": gettext_lazy("See VAT codes"),
    "read_ledger_accounts": gettext_lazy("See ledger accounts"),
    "read_journals": gettext_lazy("See journals"),
    "purchase_journal": gettext_lazy("A purchase journal that is open"),
    "read_relations": gettext_lazy("See suppliers"),
    "write_relations": gettext_lazy("Make suppliers"),
    "read_entries": gettext_lazy("See purchase entries"),
    "write_entries": gettext_lazy("Make purchase entries"),
    "read_documents": gettext_lazy("See documents"),
    "write_documents": gettext_lazy("Make documents"),
    "write_attachments": gettext_lazy("Attach files to documents"),
    "write_mailbox": gettext_lazy("Send to the digital mailbox"),
    "mailbox": gettext_lazy("The digital mailbox works"),
    "periods": gettext_lazy("An open period"),
    "payment_conditions": gettext_lazy("See payment conditions"),
    "webhooks": gettext_lazy("Exact tells us of changes"),
}
OUTCOMES: dict[str, tuple[Promise, str]] = {
    "ok": (gettext_lazy("proved"), "check-circle"),
    "missing": (gettext_lazy("missing"), "x-circle"),
    "unknown": (gettext_lazy("not sure"), "help"),
    "skipped": (gettext_lazy("not asked"), "dash"),
}


@dataclass(frozen=True)
class Shown:
    """An issue with its words, its remedy, and how many invoices wait for it."""

    issue: Issue
    words: Words
    remedy: Remedy
    waiting: int
    clients: tuple[Connection, ...] = ()  # of a contract, where the issue is about one

    @property
    def about(self) -> str:
        """The client, or the sender, supplier or file where no client is known; of several, how many."""
        if self.clients:
            return ngettext("%(n)d client", "%(n)d clients", len(self.clients)) % {"n": len(self.clients)}
        if self.issue.connection is not None:
            return str(self.issue.connection.organisation.name)
        values = self.issue.values
        named = (values.get(name) for name in ("organisation", "supplier", "buyer", "sender", "file"))
        return str(next((name for name in named if name), ""))

    @property
    def who(self) -> str:
        """Who must act, in one word."""
        return {
            "client": _("the client"),
            "firm": _("your firm"),
            "helpdesk": _("helpdesk"),
            "exact": _("Exact"),
        }[self.remedy.who_acts]


def shown(rows: Iterable[Issue]) -> list[Shown]:
    """Issues as pages show them; what waits is counted for all of them together."""
    rows = list(rows)
    waiting = issues.waiting(rows)
    return [
        Shown(
            row,
            remedy(row.code).words(row.values),
            remedy(row.code),
            waiting[row.pk],
            tuple(contracts.clients(row)),
        )
        for row in rows
    ]


def table(checks: Iterable[dict[str, Any]], found: Iterable[Shown] = ()) -> list[dict[str, Any]]:
    """The doctor's table: each question in words, its outcome, and the issue that mends it."""
    by_code = {one.issue.code: one for one in found}
    rows = []
    for check in checks:
        word, picture = OUTCOMES.get(check["outcome"], OUTCOMES["unknown"])
        code = check.get("remedy") or ""
        rows.append(
            {
                **check,
                "label": CHECKS.get(check["code"], check["code"].replace("_", " ")),
                "word": word,
                "icon": picture,
                "issue": by_code.get(code),
                "title": remedy(code).words().title if code else "",
            }
        )
    return rows
