"""What a row of the catalogue holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from connections.remedies.text import Text

Who = Literal["client", "firm", "helpdesk", "exact"]
Severity = Literal["blocks", "stops", "warns"]
Resolves = Literal["probe", "person", "by_itself", "next_success"]


@dataclass(frozen=True, slots=True)
class Words:
    """A remedy as a person reads it: filled in, in one language."""

    title: str
    cause: str
    steps: tuple[str, ...]
    blocks: str


@dataclass(frozen=True, slots=True)
class Remedy:
    """One kind of stop: what happened, why, what to do, and who does it.

    `severity`: "blocks" stops the whole connection, "stops" only what needs the missing thing, "warns" nothing.
    `probe`: the doctor's check that proves it mended, for `resolves="probe"`.
    `resolves`: what closes the issue: the probe, a person's decision, time, or the next call of the kind that works.
    """

    code: str
    area: str
    title: Text
    cause: Text
    steps: tuple[Text, ...]
    blocks: Text
    who_acts: Who
    severity: Severity
    resolves: Resolves
    probe: str = ""

    @property
    def blocks_connection(self) -> bool:
        return self.severity == "blocks"

    @property
    def holds_everything(self) -> bool:
        """Whether every invoice of the connection waits: it is blocked, or nothing can be asked of Exact for now."""
        return self.blocks_connection or self.blocks in (ALL, ALL_OF_CONTRACT)

    def words(self, values: Mapping[str, Any] | None = None, language: str | None = None) -> Words:
        """Filled with an issue's values, in the language asked for or the active one."""
        return Words(
            title=self.title.render(values, language),
            cause=self.cause.render(values, language),
            steps=tuple(step.render(values, language) for step in self.steps),
            blocks=self.blocks.render(values, language),
        )


WHO: dict[str, Text] = {
    "client": Text("de klant (wie Exact beheert)", "the client (whoever manages Exact)"),
    "firm": Text("het kantoor", "the accounting firm"),
    "helpdesk": Text("de helpdesk van het portaal", "the portal's helpdesk"),
    "exact": Text("Exact zelf", "Exact itself"),
}
SEVERITY: dict[str, Text] = {
    "blocks": Text("de hele koppeling staat stil", "the whole connection stands still"),
    "stops": Text("stopt een deel", "stops a part"),
    "warns": Text("waarschuwing", "warning"),
}
RESOLVES: dict[str, Text] = {
    "probe": Text("een controle die slaagt", "a check that passes"),
    "person": Text("een besluit in het portaal", "a decision in the portal"),
    "by_itself": Text("gaat vanzelf over", "passes by itself"),
    "next_success": Text("de eerste keer dat het weer lukt", "the first time that it works again"),
}

# What an issue holds up, in the words that most rows share.
ALL = Text(
    "Het afleveren en boeken van alle facturen van deze koppeling.",
    "Delivering and booking every invoice of this connection.",
)
ALL_OF_CONTRACT = Text(
    "Het afleveren en boeken van alle facturen van de klanten op dit contract.",
    "Delivering and booking every invoice of the clients on this contract.",
)
BOOKING = Text(
    "Het boeken van facturen van deze koppeling. Afleveren gaat door.",
    "Booking the invoices of this connection. Delivery goes on.",
)
PROPOSALS = Text(
    "Boekingsvoorstellen van deze koppeling, en dus ook het boeken.",
    "Booking proposals of this connection, and so the booking too.",
)
MAILBOX = Text(
    "Het afleveren in de digitale brievenbus. Een koppeling die ook mag boeken, gebruikt zolang een document.",
    "Delivery into the digital mailbox. A connection that may also book uses a document meanwhile.",
)
CONNECTING = Text("Het koppelen van deze klant.", "Connecting this client.")
THIS_INVOICE = Text("Alleen deze factuur.", "Only this invoice.")
SUPPLIER = Text("De facturen van deze leverancier.", "The invoices of this supplier.")
JOURNAL = Text("Het boeken in dit dagboek.", "Booking in this journal.")
SAME_CODE = Text(
    "Facturen die dit nodig hebben. Andere facturen gaan door.",
    "Invoices that need this. Other invoices go on.",
)
NOTHING = Text("Niets.", "Nothing.")

# Steps that many rows end with.
CHECK_AGAIN = Text(
    "Kies hierna “Opnieuw controleren”. Wat wachtte, gaat vanzelf verder.",
    "Then choose “Check again”. What waited goes on by itself.",
)
RETRY = Text(
    "Kies daarna bij de factuur “Opnieuw proberen”.",
    "Then choose “Try again” at the invoice.",
)
