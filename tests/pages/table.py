"""Every page of the firm's portal × everybody who might ask for it: one row each.

A row: the method, the URL's name, what fills its arguments, and the status that owner, bookkeeper, viewer, client's
person and stranger get. Nobody (not signed in) is always sent to the sign-in page. «302» after a POST is «done».
"""

from dataclasses import dataclass
from typing import Any

from tests.pages.firm import BusyFirm

SEE, CLIENTS_TOO = (200, 200, 200, 404, 404), (200, 200, 200, 200, 404)
EVERYBODY = (200, 200, 200, 200, 200)  # about oneself, or a list that is empty for a stranger
FIRMS_PEOPLE = (200, 200, 200, 404, 200)


@dataclass(frozen=True)
class Row:
    method: str
    name: str
    wants: tuple[int, int, int, int, int]
    about: str = ""
    extra: tuple[Any, ...] = ()
    data: tuple[tuple[str, str], ...] = ()

    def arguments(self, busy: BusyFirm) -> list[Any]:
        extra = [busy.call.pk if one == CALL else one for one in self.extra]
        return [*([getattr(busy, self.about).pk] if self.about else []), *extra]

    def __str__(self) -> str:
        return " ".join(filter(None, (self.method, self.name, self.about, *map(str, self.extra))))


SETTLES = (302, 302, 403, 404, 404)
CONNECTS = (302, 302, 403, 404, 404)

CALL = "call"  # of the sandbox: the id is found when the page is asked for
UNKNOWN = "01a20484-0000-7000-8000-000000000000"

TABLE = [
    # about all of the firm
    Row("GET", "today", EVERYBODY),
    Row("GET", "search", EVERYBODY),
    Row("GET", "invoices", EVERYBODY),
    Row("GET", "issues", EVERYBODY),
    Row("GET", "clients", FIRMS_PEOPLE),
    Row("GET", "client-new", (200, 200, 403, 404, 200)),
    Row("GET", "upload", (200, 200, 403, 200, 200)),
    Row("GET", "account", EVERYBODY),
    Row("POST", "account-told", (302, 302, 302, 302, 302), data=(("told", "daily"),)),
    Row("GET", "firm", (200, 403, 403, 404, 200)),
    Row("GET", "firms", EVERYBODY),
    Row("POST", "firm-try", (404, 403, 403, 404, 404)),  # this installation has no sandbox
    Row("GET", "no-firm", EVERYBODY),
    Row("GET", "clients-import", (200, 200, 403, 404, 200)),
    Row("GET", "clients-import-look", (200, 200, 403, 404, 404), "draft"),
    Row("GET", "clients-import-wrong", (200, 200, 403, 404, 404), "draft"),
    Row("GET", "clients-export", FIRMS_PEOPLE),
    Row("GET", "client-options", FIRMS_PEOPLE),
    Row("POST", "clients-bulk", (302, 302, 403, 404, 302), data=(("what", "check"),)),
    Row("GET", "sign-ins", (200, 200, 403, 404, 200)),
    Row("GET", "connect-many", (200, 200, 403, 404, 404), "authorisation"),
    Row("GET", "connect-many-job", (200, 200, 403, 404, 404), "bulk_job"),
    Row("GET", "jobs", FIRMS_PEOPLE),
    Row("GET", "job", SEE, "import_job"),
    Row("GET", "job-failed", SEE, "import_job"),
    # a client and its connection
    Row("GET", "client", SEE, "client"),
    Row("GET", "client-edit", (200, 200, 403, 404, 404), "client"),
    Row("GET", "ways-in", SEE, "client"),
    Row("POST", "ways-in-save", CONNECTS, "client"),
    Row("POST", "ways-in-sender", CONNECTS, "client", data=(("address", "@drukkerij.nl"),)),
    Row("POST", "ways-in-mail", (302, 302, 403, 404, 302), "client", (UNKNOWN, "take")),
    Row("POST", "connect-start", CONNECTS, "other_client"),
    Row("GET", "connection", CLIENTS_TOO, "connection"),
    Row("GET", "connect", (200, 200, 403, 404, 404), "connection"),
    Row("GET", "connect-progress", (200, 200, 403, 404, 404), "connection"),
    Row("POST", "connect-link", (200, 200, 403, 404, 404), "connection"),
    Row("POST", "connect-exact", CONNECTS, "connection"),
    Row("POST", "connect-known", (404, 404, 403, 404, 404), "connection", data=(("authorisation", "01a20484-0000-7000-8000-000000000000"),)),
    Row("POST", "connect-division", CONNECTS, "connection", data=(("division", "x"),)),
    Row("POST", "connection-check", (200, 200, 403, 404, 404), "connection"),
    Row("GET", "connection-checks", (200, 200, 403, 404, 404), "connection"),
    Row("GET", "connection-letter", (200, 200, 403, 404, 404), "connection"),
    Row("POST", "connection-act", CONNECTS, "connection", ("brake",)),
    # what is wrong: a document that belongs to nobody yet is the firm's, and no client's
    Row("GET", "issue", (200, 200, 200, 404, 404), "issue"),
    Row("POST", "issue-recheck", SETTLES, "issue"),
    # an invoice
    Row("GET", "invoice", CLIENTS_TOO, "booked"),
    Row("GET", "invoice", SEE, "unrouted"),
    Row("GET", "invoice-source", CLIENTS_TOO, "booked"),
    Row("GET", "invoice-xml", CLIENTS_TOO, "booked"),
    Row("GET", "invoice-picture", (404, 404, 404, 404, 404), "booked"),
    Row("GET", "invoice-attachment", (404, 404, 404, 404, 404), "booked", (0,)),
    Row("GET", "invoice-call", (200, 403, 403, 404, 404), "booked", (CALL,)),
    Row("GET", "upload-outcome", (200, 200, 403, 200, 404), "booked"),
    Row("GET", "invoice-correct", (200, 200, 403, 404, 404), "review"),
    Row("GET", "invoice-options", (200, 200, 403, 404, 404), "review", ("gl_account",)),
    Row("POST", "invoice-act", SETTLES, "held", ("approve",)),
    Row("POST", "invoice-act", SETTLES, "held", ("release",), (("reason", "not_a_duplicate"),)),
    Row("POST", "invoice-act", SETTLES, "held", ("reject",)),
    Row("POST", "invoice-act", SETTLES, "held", ("retry",)),
    Row("POST", "invoice-act", SETTLES, "booked", ("undo",)),
    Row("GET", "upload-example", (404, 404, 403, 404, 404), "client"),  # for firms in the sandbox alone
    # the work queue
    Row("GET", "queue", FIRMS_PEOPLE),
    Row("GET", "queue", SEE, "review"),
    Row("POST", "queue-decide", (200, 200, 403, 404, 404), "held", ("hold",)),
    Row("POST", "queue-back", (200, 200, 403, 404, 404), "held"),
    # how a client is booked
    Row("GET", "rules", FIRMS_PEOPLE),
    Row("GET", "rule-new", (200, 200, 403, 404, 200)),
    Row("POST", "rule-new", (302, 302, 403, 404, 302), data=(("name", "Brandstof"), ("text", "diesel"), ("account", "4500"))),
    Row("GET", "rule-options", (200, 200, 403, 404, 200), extra=("gl_account",)),
    Row("POST", "rule-preview", (200, 200, 403, 404, 200), data=(("name", "x"), ("text", "brood"), ("account", "4500"))),
    Row("GET", "rule", SEE, "rule"),
    Row("POST", "rule-act", CONNECTS, "rule", ("off",)),
    Row("POST", "rule-undo", SETTLES, "rule", data=(("start", "2026-01-01"), ("end", "2026-01-02"))),
    Row("GET", "backtest", SEE, "client"),
    Row("POST", "backtest-apply", CONNECTS, "client", data=(("threshold", "0.97"),)),
    Row("POST", "backtest-ask", CONNECTS, "client"),
    Row("GET", "month", FIRMS_PEOPLE),
    Row("GET", "usage", (200, 403, 403, 404, 200)),
    Row("GET", "suppliers", SEE, "client"),
    Row("POST", "invoice-share", (200, 200, 403, 404, 404), "booked"),
    Row("POST", "invoice-unshare", SETTLES, "booked"),
    # the client's own word
    Row("GET", "approvals", EVERYBODY),
    Row("POST", "approval-answer", (302, 302, 403, 302, 404), "question", ("yes",)),
    # taking it along
    Row("POST", "firm-export", (200, 403, 403, 404, 200)),
    Row("POST", "client-export", (200, 403, 403, 404, 404), "client"),
    # a client that moves to another firm
    Row("GET", "client-give", (200, 403, 403, 404, 404), "client"),
    Row("POST", "client-give", (200, 403, 403, 404, 404), "client"),
    Row("GET", "transfers", FIRMS_PEOPLE),
    Row("GET", "transfer", SEE, "transfer"),
    Row("POST", "transfer-export", (404, 403, 403, 404, 404), "transfer"),
    Row("POST", "transfer-withdraw", (302, 403, 403, 404, 404), "transfer"),
    Row("GET", "transfer-take", (404, 403, 403, 404, 404), extra=("unknown",)),
    # lists as people like to see them
    Row("POST", "view-save", (302, 302, 302, 302, 302), data=(("page", "invoices"), ("name", "Open"), ("query", "status=needs"))),
    Row("POST", "view-remove", (302, 404, 404, 404, 404), "view"),
    # people and machines
    Row("GET", "team", FIRMS_PEOPLE),
    Row("POST", "team-invite", (302, 403, 403, 404, 302)),
    Row("POST", "team-role", (302, 403, 403, 404, 404), "own_member", data=(("role", "bookkeeper"),)),
    Row("POST", "team-remove", (302, 403, 403, 404, 404), "own_member"),
    Row("POST", "team-withdraw", (302, 403, 403, 404, 404), "invitation"),
    Row("GET", "machines", (200, 403, 403, 404, 200)),
    Row("POST", "machine-make", (302, 403, 403, 404, 302)),
    Row("POST", "machine-let-in", (302, 403, 403, 404, 302)),
    Row("GET", "machine-let-in", (302, 403, 403, 404, 302)),
    Row("GET", "machine-calls", (200, 403, 403, 404, 404), "grant"),
    Row("POST", "machine-secret", (200, 403, 403, 404, 404), "grant"),
    Row("GET", "hooks", (200, 403, 403, 404, 200)),
    Row("POST", "hook-new", (302, 403, 403, 404, 302)),
    Row("GET", "hook", (200, 403, 403, 404, 404), "hook"),
    Row("POST", "hook-act", (302, 403, 403, 404, 404), "hook", ("off",)),
    Row("POST", "machine-end", (302, 403, 403, 404, 404), "grant"),
    # the firm itself
    Row("POST", "firm-brake", (302, 403, 403, 404, 302), data=(("on", "0"),)),
    # last, for who leaves is gone
    Row("POST", "team-leave", (302, 302, 302, 302, 302)),
]  # fmt: skip
PUBLIC = {
    "language",
    "consent",
    "exact-callback",
    "exact-webhook",
    "invitation",
    "status",
    "shared",
    "shared-source",
    "shared-picture",
}  # no sign-in: what they show is behind a secret of their own

# Answers that are a file or a part of a page.
NO_PAGE = {
    "invoice-source", "invoice-xml", "invoice-call", "invoice-options", "rule-options", "connection-letter", "connect-progress", "connection-checks",
    "upload-outcome", "client-options", "clients-export", "clients-import-wrong", "job-failed",
}  # fmt: skip
