"""What becomes of a proposal: by the Autopilot in `decide`, by people in the rest.

decide            autopilot, review or hold: one function, one recorded reason
questions         what an invoice is held over, and the answers
periods           on which date an invoice can be booked
dispatch          from a decision to the two outbox rows, and back: approve, reject, retry
second_thoughts   ten seconds in which a person may take that back
corrections       what people change: organisation, supplier, lines, holds
client_approval   asking the client first, or afterwards
"""
