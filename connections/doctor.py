"""What works between an organisation and its books, asked of Exact itself, and what stands in the way.

Each check is a question with a recorded answer: "ok" (a call proved it), "missing" (Exact says no; the issue says who
must act), "unknown" (nothing proved it either way), "skipped" (not asked: not needed, or pointless). Beside it stands
how it is known (`connections.examination.Why`).

A right to read is tried: one row is enough, and one refusal is what the error limit can bear; where the run before
was refused, `UserHasRights` is asked first. A right to write is only asked for, never tried. About twenty calls.
"""

from datetime import timedelta
from functools import partial
from typing import Any

from django.utils import timezone

from connections import authorisations, connecting, issues, mailbox, packages
from connections.exact import (
    ACCOUNTS,
    AVAILABLE_FEATURES,
    DIVISIONS,
    DOCUMENT_ATTACHMENTS,
    DOCUMENTS,
    FINANCIAL_PERIODS,
    GL_ACCOUNTS,
    JOURNAL_STATUS_LIST,
    JOURNALS,
    MAIL_MESSAGES_SENT,
    PAYMENT_CONDITIONS,
    PURCHASE_ENTRIES,
    VAT_CODES,
    Endpoint,
    ExactError,
    Filter,
    Kind,
    eq,
    ge,
    gt,
    ne,
)
from connections.examination import SHUT, Check, Examination, Why
from connections.held import Held
from connections.mirror import BEGINNING
from connections.models import Connection
from connections.remedies import remedy

PURCHASE_JOURNAL, PURCHASE_INVOICE_DOCUMENT = 22, 20
LOOK_AGAIN = timedelta(
    minutes=10
)  # where Exact was ill; what it does not offer it will not offer then either

# (check, endpoint, filter, the issue of a missing right, whether every administration has rows of it)
READS: tuple[tuple[str, Endpoint, Filter | None, str, bool], ...] = (
    ("read_vat_codes", VAT_CODES, None, "right_missing_vat", True),
    ("read_ledger_accounts", GL_ACCOUNTS, ne("Code", ""), "right_missing_ledgers", True),
    ("read_relations", ACCOUNTS, gt("Modified", BEGINNING), "right_missing_relations", False),
    ("read_entries", PURCHASE_ENTRIES, None, "right_missing_entries", False),
    ("read_documents", DOCUMENTS, eq("Type", PURCHASE_INVOICE_DOCUMENT), "right_missing_documents", False),
    ("payment_conditions", PAYMENT_CONDITIONS, None, "right_missing_payment_conditions", False),
)
WRITES: tuple[tuple[str, Endpoint, str], ...] = (
    ("write_relations", ACCOUNTS, "right_missing_relations"),
    ("write_entries", PURCHASE_ENTRIES, "right_missing_entries"),
    ("write_documents", DOCUMENTS, "right_missing_documents"),
    ("write_attachments", DOCUMENT_ATTACHMENTS, "right_missing_documents"),
    ("write_mailbox", MAIL_MESSAGES_SENT, "right_missing_mailbox"),
)


class Doctor(Examination):
    """All questions, in the order in which a person would ask them."""

    def __init__(self, held: Held, connection: Connection) -> None:
        super().__init__(held, connection)
        self.me: dict[str, Any] = {}
        self.division: dict[str, Any] = {}
        self.package: packages.Package | None = None
        self.journal = ""
        self.not_needed: set[str] = set()
        self.settled = mailbox.Settled("skipped")
        with held.read():
            found = connection.issues.filter(resolved_at__isnull=True)
            self.open_codes = set(found.values_list("code", flat=True))

    def examine(self) -> None:
        journals: list[dict[str, Any]] = []
        self.ask("user", self._user)
        if self.me:
            self.checks.insert(0, Check("token", "ok"))  # Exact answered with it just now
        self.ask("division", self._division)
        self.ask("licence", self._licence)
        for code, endpoint, where, issue, always in READS:
            self.ask(code, partial(self._reads, code, endpoint, where, issue, always))
        if self.ask("read_journals", partial(self._journals, journals)):
            self.ask("purchase_journal", partial(self._purchase_journal, journals))
        else:
            self.checks.append(Check("purchase_journal", "skipped", why=Why.NOT_ASKED))
        self.ask("periods", self._periods)
        for code, endpoint, issue in WRITES:
            self.ask(code, partial(self._writes, code, endpoint, issue))
        self.ask("mailbox", self._mailbox)
        # Webhooks only hasten; whether they come is a matter of its own chore (`connections.webhooks`).
        self.checks.append(Check("webhooks", "skipped", why=Why.NOT_ASKED))

    # --- Who, where, and what was sold ---------------------------------------------------------------------

    def _user(self) -> Check:
        me = self.me = self.exact.me()
        name = me["FullName"] or me["UserName"] or ""
        self.shut = authorisations.limited(me)
        if not self.shut:
            return Check("user", "ok", detail=name)
        return self.missing("user", self.shut, Why.SAYS_SO, exact_user=name)

    def _division(self) -> Check:
        """A call inside the administration that most users may make; refused, it may say which gate is shut. The list
        itself is nothing that booking needs.
        """
        assert self.connection.division is not None
        allowed = self.rights.may(PURCHASE_ENTRIES, "GET")
        try:
            self.division = self.exact.first(DIVISIONS, where=eq("Code", self.connection.division)) or {}
        except ExactError as error:
            if error.kind is not Kind.OURS and not error.code.startswith("right_missing"):
                raise
        if self.division.get("BlockingStatus") or self.division.get("ArchiveDate"):
            self.shut = "division_blocked"
            return self.missing("division", "division_blocked", Why.SAYS_SO)
        known = allowed is not None or bool(self.division)
        why = Why.PROVED if known else Why.NO_ANSWER
        return Check("division", "ok" if known else "unknown", detail=str(self.connection.division), why=why)

    def _licence(self) -> Check:
        """Features that name nothing prove nothing; a trial is told by its package code or its features."""
        features = self._features()
        self.package = packages.recognise(self.me, features, self.division)
        if self.package.trial and mailbox.wanted(self.connection):
            return self.missing("licence", "licence_trial", Why.SAYS_SO)
        if not features:
            return Check("licence", "unknown", detail=self.package.name, why=Why.EMPTY)
        return Check("licence", "ok", detail=self.package.name)

    def _features(self) -> list[str]:
        """What Exact says was sold; nothing where this user may not know it, which stops nobody."""
        try:
            return [row["Description"] or "" for row in self.exact.rows(AVAILABLE_FEATURES)]
        except ExactError as error:
            if error.code in SHUT or error.kind is not Kind.RIGHTS:
                raise
            return []

    # --- Rights --------------------------------------------------------------------------------------------

    def _reads(
        self,
        code: str,
        endpoint: Endpoint,
        where: Filter | None,
        issue: str,
        always: bool,
        into: list[dict[str, Any]] | None = None,
    ) -> Check:
        """One row is enough to prove it; `into` takes all of them."""
        if self.was_missing(code) and self.rights.may(endpoint, "GET") is False:
            return self.missing(code, issue, Why.SAYS_SO, right=f"GET {endpoint.right}")
        try:
            rows = list(self.exact.rows(endpoint, where=where, top=None if into is not None else 1))
        except ExactError as error:
            if not error.code.startswith("right_missing"):
                raise
            return self.missing(code, issue, Why.REFUSED, raw=error.raw)
        if into is not None:
            into += rows
        return Check(code, "ok") if rows else self._empty(code, endpoint, issue, always)

    def _empty(self, code: str, endpoint: Endpoint, issue: str, always: bool) -> Check:
        """Nothing to be seen. Where every administration has something, that is a missing right in disguise."""
        if always:
            return self.missing(code, issue, Why.HIDDEN)
        may = self.rights.may(endpoint, "GET")
        if may is None:
            return Check(code, "unknown", why=Why.EMPTY)
        if may:
            return Check(code, "ok", why=Why.EMPTY)
        return self.missing(code, issue, Why.SAYS_SO, right=f"GET {endpoint.right}")

    def _writes(self, code: str, endpoint: Endpoint, issue: str) -> Check:
        if not self._needed(code):
            self.not_needed.add(code)
            return Check(code, "skipped", why=Why.NOT_ASKED)
        may = self.rights.may(endpoint, "POST")
        if may is None:
            return Check(code, "unknown", why=Why.NO_ANSWER)
        if may:
            return Check(code, "ok", why=Why.SAYS_SO)
        return self.missing(code, issue, Why.SAYS_SO, right=f"POST {endpoint.right}")

    def _needed(self, code: str) -> bool:
        """Whether this connection ever does it, as its people have set it."""
        if code == "write_relations":
            # A person may have one made by hand: a right that was refused is asked about until it is there.
            return self.connection.creates_suppliers or "right_missing_relations" in self.open_codes
        if code == "write_mailbox":
            return mailbox.wanted(self.connection)
        return code != "write_entries" or self.connection.mode != Connection.Mode.MAILBOX

    # --- The ledger ----------------------------------------------------------------------------------------

    def _journals(self, journals: list[dict[str, Any]]) -> Check:
        where = eq("Type", PURCHASE_JOURNAL)
        found = self._reads(
            "read_journals", JOURNALS, where, "right_missing_journals", always=True, into=journals
        )
        if found.why != Why.HIDDEN:
            return found
        # No purchase journal to be seen: is there none, or are journals not shown?
        return self._reads("read_journals", JOURNALS, None, "right_missing_journals", always=True)

    def _purchase_journal(self, journals: list[dict[str, Any]]) -> Check:
        open_ones = [row["Code"] for row in journals if not row["IsBlocked"]]
        chosen = self.connection.journal
        if not journals:
            return self.missing("purchase_journal", "no_purchase_journal", Why.EMPTY)
        if (chosen and chosen not in open_ones) or not open_ones:
            return self.missing(
                "purchase_journal", "journal_blocked", Why.PROVED, journal=chosen or journals[0]["Code"]
            )
        self.journal = chosen or open_ones[0]
        return Check("purchase_journal", "ok", detail=", ".join(open_ones))

    def _periods(self) -> Check:
        """Is there a period, from last year on, that is open for the purchase journal?"""
        year = timezone.localdate().year - 1
        found = self._reads(
            "periods", FINANCIAL_PERIODS, ge("FinYear", year), "right_missing_periods", always=False
        )
        if found.outcome != "ok" or not self.journal:
            return found
        if found.why == Why.EMPTY:
            return self.missing("periods", "no_open_period", Why.EMPTY)
        try:
            states = list(
                self.exact.rows(JOURNAL_STATUS_LIST, where=eq("Journal", self.journal) & ge("Year", year))
            )
        except ExactError as error:
            if error.code in SHUT or not error.not_to_be_had:
                raise
            states = []  # then a booking in a closed period is refused, and says so
        if states and all(row["Status"] == 1 for row in states):
            return self.missing("periods", "no_open_period", Why.PROVED, journal=self.journal)
        return found

    # --- The mailbox ---------------------------------------------------------------------------------------

    def _mailbox(self) -> Check:
        if self.package is not None:
            self.connection.package = self.package.to_json()  # tells what «forbidden» means
        self.settled = mailbox.settle(self.held, self.connection)
        why = {"missing": Why.REFUSED, "skipped": Why.NOT_ASKED}.get(self.settled.outcome, Why.PROVED)
        return Check("mailbox", self.settled.outcome, self.settled.remedy, self.settled.detail, why)


def run(held: Held, connection: Connection) -> timedelta | None:
    """Examine, keep the table, open and close issues by it, and let the connection go on. When to look again, if soon.

    An Exact user that is refused altogether ends the run; the table that says so is kept all the same.
    """
    doctor = Doctor(held, connection)
    try:
        doctor.examine()
    except ExactError as error:
        if error.kind is Kind.AUTHORISATION:
            with held.record():
                _keep(connection, doctor)
        raise
    with held.record():
        connection = Connection.objects.select_related("organisation", "authorisation").get(pk=connection.pk)
        _keep(connection, doctor)
        settle(connection, doctor)
        mailbox.look_again(connection, doctor.settled)
        connecting.checked(connection)
    return LOOK_AGAIN if doctor.unanswered else None


def _keep(connection: Connection, doctor: Doctor) -> None:
    """The table, and what was learnt on the way: the package, the administration's name and contract."""
    connection.checks, connection.checked_at = doctor.table(), timezone.now()
    if doctor.package is not None:
        connection.package = doctor.package.to_json()
    if doctor.division:
        connection.division_name = (doctor.division["Description"] or "")[:200]
        connection.contract = str(doctor.division["Customer"] or doctor.division["CustomerCode"] or "")[:60]
    connection.save(
        update_fields=["checks", "checked_at", "package", "division_name", "contract", "updated_at"]
    )


def settle(connection: Connection, doctor: Doctor) -> None:
    """What is missing opens its issue; a check that passes closes every issue that names it as its probe."""
    missing = {
        check.remedy for check in doctor.checks if check.outcome == "missing" and check.code != "mailbox"
    }
    if doctor.settled.outcome == "missing":
        missing.discard(doctor.settled.remedy)  # opened by the mailbox itself, with what it knows
    for code in sorted(missing):
        issues.open_issue(code, connection=connection, **doctor.values.get(code, {}))
    still = missing | {check.remedy for check in doctor.checks if check.outcome == "missing"}
    proved = {check.code for check in doctor.checks if check.outcome == "ok"} | doctor.not_needed
    # Not every issue names a probe: what a check itself has named ends when that check passes.
    passed = {doctor.named_before(code) for code in proved}
    for issue in connection.issues.filter(resolved_at__isnull=True).exclude(code__in=still):
        if remedy(issue.code).probe in proved or (issue.code in passed and not issue.subject):
            issues.resolve(issue, "check")
    _other_kvk(connection, doctor)


def _other_kvk(connection: Connection, doctor: Doctor) -> None:
    """The administration's KVK number is another one than the organisation's, and nobody has said that it may be."""
    kvk = (doctor.division.get("ChamberOfCommerceNumber") or "").strip()
    if kvk and kvk != connection.organisation.kvk_number and not connection.other_kvk_confirmed:
        issues.open_issue("division_other_kvk", connection=connection)
    elif kvk:
        issues.resolve_code(connection, "division_other_kvk")
