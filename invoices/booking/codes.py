"""What an entry names in Exact: ledger accounts, VAT codes, the journal. What is found is read once."""

from connections.models import Connection, Entry, Journal, LedgerAccount, VatCode


class Codes:
    """The codes of one connection's ledger; None where it has no such code (and may have it a moment later). Needs the
    scope."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._accounts: dict[str, LedgerAccount | None] = {}
        self._vat_codes: dict[str, VatCode | None] = {}
        self._journals: dict[str, str | None] = {}

    def account(self, code: str) -> LedgerAccount | None:
        if self._accounts.get(code) is None:
            rows = LedgerAccount.objects.filter(connection=self._connection, gone_at__isnull=True, code=code)
            self._accounts[code] = rows.last()
        return self._accounts[code]

    def vat_code(self, code: str) -> VatCode | None:
        if self._vat_codes.get(code) is None:
            rows = VatCode.objects.filter(connection=self._connection, gone_at__isnull=True, code=code)
            self._vat_codes[code] = rows.last()
        return self._vat_codes[code]

    def journal(self, currency: str) -> str | None:
        """The purchase journal: the connection's own, else the one used last, else the first that takes the
        currency."""
        if self._journals.get(currency) is None:
            self._journals[currency] = self._connection.journal or self._journal_for(currency)
        return self._journals[currency]

    def _journal_for(self, currency: str) -> str | None:
        journals = [
            journal.code
            for journal in Journal.objects.filter(
                connection=self._connection, type=22, blocked=False, gone_at__isnull=True
            )
            if journal.any_currency or not journal.currency or journal.currency == currency
        ]
        used = Entry.objects.filter(connection=self._connection, journal__in=journals)
        last = used.order_by("-entry_date").values_list("journal", flat=True).first() if journals else None
        return last or min(journals, default=None)
