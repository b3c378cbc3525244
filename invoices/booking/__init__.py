"""From two outbox rows to an entry in Exact, exactly once, and what becomes of it there.

outbox     what waits in a lane, as `connections.lanes` works it
steps      claim → call → record; an unknown outcome is looked up before anything is sent again
deliver    the files into the mailbox, or as a document · files: those files
book       the purchase entry · entries: written out as Exact takes it · codes: what it names
refused    when Exact says no
undo       the entry leaves Exact again
follow     paid, changed or removed in Exact: it comes back to the invoice
"""
