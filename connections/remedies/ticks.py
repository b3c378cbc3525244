"""The rights that the Exact user needs, tab by tab: what to tick, and what for.

Exact publishes no list of its rights per endpoint. This one is put together from what other vendors ask their
customers to tick (Klippa, PayT, Combidesk, Recommand, eConnect); the name of the mailbox right in Dutch is the one
that nobody shows. The remedies and the letter to the client's Exact manager both read it.
"""

from dataclasses import dataclass

from connections.remedies.text import Text


@dataclass(frozen=True, slots=True)
class Tick:
    """One right: `tab` and group on Exact's page of rights, `right` as it is named there, `why` we need it."""

    tab: Text
    right: Text
    why: Text


_MASTER_DATA = Text("Financieel → Stamgegevens", "Financial → Master data")
_VIEW_MASTER_DATA = Text("Financiële stamgegevens inzien", "View financial master data")
_ENTRIES = Text("Financieel → Boekingen", "Financial → Entries")
_RELATIONS = Text("Financieel → Relaties", "Financial → Relations")
_DOCUMENTS = Tick(
    Text("Algemeen → Documenten", "General → Documents"),
    Text("Documenten aanmaken, wijzigen en verwijderen", "Create, change and delete documents"),
    Text("de factuur zelf bewaren bij de boeking", "keep the invoice itself with its entry"),
)

TICKS: dict[str, Tick] = {
    "read_vat_codes": Tick(_MASTER_DATA, _VIEW_MASTER_DATA, Text("btw-codes kiezen", "choose VAT codes")),
    "read_ledger_accounts": Tick(
        _MASTER_DATA, _VIEW_MASTER_DATA, Text("grootboekrekeningen kiezen", "choose ledger accounts")
    ),
    "read_journals": Tick(
        _MASTER_DATA, _VIEW_MASTER_DATA, Text("het inkoopboek kiezen", "choose the journal")
    ),
    "periods": Tick(
        _MASTER_DATA, _VIEW_MASTER_DATA, Text("in een open periode boeken", "book in an open period")
    ),
    "payment_conditions": Tick(
        _MASTER_DATA, _VIEW_MASTER_DATA, Text("betalingscondities kiezen", "choose payment conditions")
    ),
    "read_relations": Tick(
        _RELATIONS,
        Text("Relaties inzien", "View relations"),
        Text("de leverancier van een factuur herkennen", "recognise the supplier of an invoice"),
    ),
    "write_relations": Tick(
        _RELATIONS,
        Text("Relaties beheren", "Manage relations"),
        Text(
            "een nieuwe leverancier vastleggen, als u dat toestaat", "record a new supplier, if you allow it"
        ),
    ),
    "read_entries": Tick(
        _ENTRIES,
        Text("Boekingen en grootboekrapporten inzien", "View entries and general ledger reports"),
        Text(
            "dubbele boekingen voorkomen en van eerdere leren",
            "prevent double entries and learn from earlier ones",
        ),
    ),
    "write_entries": Tick(
        _ENTRIES,
        Text(
            "Inkoopboekingen invoeren, wijzigen en verwijderen", "Enter, change and delete purchase entries"
        ),
        Text("facturen boeken, en een boeking terugdraaien", "book invoices, and undo an entry"),
    ),
    "read_documents": _DOCUMENTS,
    "write_documents": _DOCUMENTS,
    "write_attachments": _DOCUMENTS,
    "mailbox": Tick(
        Text("Systeem → Abonnement", "System → Subscription"),
        Text(
            "Digitale brievenbussen beheren (of: Abonnement beheren)",
            "Manage digital postboxes (or: Manage subscription)",
        ),
        Text("de digitale brievenbus aanmaken en controleren", "make and check the digital mailbox"),
    ),
    "write_mailbox": Tick(
        Text("Systeem → Elektronische berichten", "System → Electronic messages"),
        Text(
            "Elektronische berichten van de administratie maken en wijzigen",
            "Create and change the administration's electronic messages",
        ),
        Text("facturen in de brievenbus leggen", "put invoices into the mailbox"),
    ),
}
"""By the doctor's check. Several checks may ask for the same tick."""
