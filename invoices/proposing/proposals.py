"""How an invoice would be booked: every piece placed by the best evidence there is, and merged into lines.

Pieces that end on the same account, VAT code, cost centre and period become one line; a person may part them again.
Nothing is asked of Exact here; the ground is the mirror and what was learnt from it.
"""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils import timezone

from connections.models import Connection, Supplier
from invoices import parties
from invoices.formats.model import Invoice as Content
from invoices.knowledge.history import months
from invoices.models import Invoice, Proposal, ProposalLine
from invoices.parties import suppliers
from invoices.proposing import ground as grounds
from invoices.proposing import placing, trust
from invoices.proposing.amounts import ZERO, pieces, total_of
from invoices.proposing.placing import EVIDENCE, Choice

OWN_LINE = {"rounding", "difference"}  # pieces that everybody should see


def propose(connection: Connection, invoice: Invoice, content: Content, supplier: Supplier) -> Proposal:
    """Make (or make again) the proposal of an invoice. Needs the scope."""
    seller = suppliers.without_own(parties.seller_of(content), connection.organisation)
    ground = grounds.read(connection, supplier, seller)
    choices = choose(ground, content)
    lines, of_line = merge(choices)
    return store(invoice, lines, pieces=_kept(choices, of_line), facts=_facts(ground, choices))


def choose(ground: grounds.Ground, content: Content) -> list[Choice]:
    """A place for every piece of the invoice."""
    day = content.issue_date or timezone.localdate()
    total = total_of(content) or ZERO
    return placing.follow_the_main(
        ground, [placing.place(ground, piece, day, total) for piece in pieces(content)]
    )


def merge(choices: Sequence[Choice]) -> tuple[list[ProposalLine], list[int]]:
    """Choices with the same destination become one line; and which line (by position) each choice went to."""
    groups: dict[tuple[Any, ...], list[int]] = {}
    for n, one in enumerate(choices):
        own = one.piece.kind if one.piece.kind in OWN_LINE else ""
        groups.setdefault((one.target, one.start, one.end, own, one.piece.rate), []).append(n)
    lines, of_line = [], [0] * len(choices)
    for position, members in enumerate(groups.values(), 1):
        lines.append(_line(position, [choices[n] for n in members]))
        for n in members:
            of_line[n] = position
    return lines, of_line


def _line(position: int, members: list[Choice]) -> ProposalLine:
    first = members[0]
    texts = Counter(one.piece.text for one in members if one.piece.text)
    because = [reason for one in members for reason in one.because]
    return ProposalLine(
        position=position,
        invoice_lines=sorted({one.piece.position for one in members if one.piece.position}),
        description=next(iter(texts), "")[:400],
        amount=sum((one.amount for one in members), ZERO),
        vat_amount=sum((one.vat for one in members), ZERO),
        account=first.target.account,
        vat_code=first.target.vat_code,
        cost_center=first.target.cost_center,
        cost_unit=first.target.cost_unit,
        project=first.target.project,
        from_date=first.start,
        to_date=first.end,
        confidence=min(one.confidence for one in members),
        because=_distinct(because)[:EVIDENCE],
    )


def _distinct(reasons: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return list({str(sorted(reason.items(), key=str)): reason for reason in reasons}.values())


def _kept(choices: Sequence[Choice], of_line: Sequence[int]) -> list[list[Any]]:
    """The pieces as `Proposal.pieces` keeps them: to learn from, and to part a merged line again."""
    return [
        [
            one.piece.position,
            one.piece.text[:400],
            str(one.amount),
            one.kind,
            months(one.piece.start, one.piece.end),
            str(one.vat),
            position,
        ]
        for one, position in zip(choices, of_line, strict=True)
    ]


def _facts(ground: grounds.Ground, choices: Sequence[Choice]) -> dict[str, Any]:
    """What `invoices.deciding.decide` wants to know of the proposal as a whole."""
    notes = sorted({note for one in choices for note in one.notes})
    blocked = next((one.refused for one in choices if one.refused), "")
    lines = [one for one in choices if one.piece.kind not in OWN_LINE]
    return {
        "notes": notes,
        "blocked": blocked,
        "consents": bool(lines) and all(one.consents for one in lines),
        "rules": sorted({rule for one in choices for rule in one.rules}),
        "entries": len({one.entry for one in ground.memory.bookings}),
        "consistent": trust.consistent_entries(ground.memory.bookings),
    }


def store(
    invoice: Invoice,
    lines: list[ProposalLine],
    *,
    pieces: list[list[Any]] | None = None,
    facts: dict[str, Any] | None = None,
) -> Proposal:
    """Keep the lines as the invoice's one proposal; its confidence is that of its least sure line.

    Without `pieces` and `facts` those of the proposal before stay: a person changed the lines, not the invoice.
    """
    values: dict[str, Any] = {
        "confidence": min((line.confidence for line in lines), default=ZERO),
        "made_at": timezone.now(),
        "corrected_by": None,
        "corrected_at": None,
        "approved_by": None,
        "approved_at": None,
        "decision": "",
        "decided_because": {},
        "learn": True,
        **({"pieces": pieces, "facts": facts or {}} if pieces is not None else {}),
    }
    # The caller holds the invoice's row, so nobody makes a second one meanwhile.
    proposal = getattr(invoice, "proposal", None)
    if proposal is None:
        proposal = Proposal(invoice=invoice, **values)
        proposal.save(force_insert=True)
    else:
        for name, value in values.items():
            setattr(proposal, name, value)
        proposal.save(update_fields=list(values))
        ProposalLine.objects.filter(proposal=proposal).delete()
    for line in lines:
        line.proposal, line.firm_id = proposal, proposal.firm_id
    ProposalLine.objects.bulk_create(lines)
    invoice.proposal = proposal
    return proposal


def part(proposal: Proposal, position: int) -> list[ProposalLine]:
    """A merged line as the lines that it was merged from, in its place; the line alone when it was none.

    Not stored: a person sees them, changes one, and sends them all. Needs the scope.
    """
    lines = list(proposal.lines.order_by("position"))
    out: list[ProposalLine] = []
    for line in lines:
        rows = [row for row in proposal.pieces if row[6] == line.position]
        if line.position != position or len(rows) < 2:
            out.append(line)
            continue
        for at, text, amount, _, _, tax, _ in rows:
            out.append(
                ProposalLine(
                    invoice_lines=[at] if at else [],
                    description=text,
                    amount=Decimal(amount),
                    vat_amount=Decimal(tax),
                    **{name: getattr(line, name) for name in SHARED},
                )
            )
    for number, line in enumerate(out, 1):
        line.position = number
    return out


SHARED = (
    "account", "vat_code", "cost_center", "cost_unit", "project", "from_date", "to_date", "confidence", "because",
)  # fmt: skip
