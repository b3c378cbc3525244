"""How an invoice would be booked, with the evidence beside each line. Nothing here talks to Exact.

amounts         what an invoice comes to, in pieces, to the cent (pure)
ground          what one proposal stands on: mirror, memory and rules, read once
placing         where a piece is booked, and how sure that is · vat: with which code
evidence_of     why · evidence: the same as sentences for people
proposals       the pieces placed, merged into lines, stored
own_lines       the lines of a person instead of ours
booking_rules   what a rule means (pure) · rule_keeping: how people keep and try rules
trust           how far a supplier's bookings may go by themselves · habits: the same for people to look at
backtest        the last months of a ledger, proposed as if each invoice were new
"""
