"""The ways in besides the API and the portal's own upload: mail and Peppol.

Each keeps what came (committed) before it answers, and works it afterwards; each ends at `invoices.intake.receive`.

    routes      whose a KVK number is, over all firms
    mail        a message: kept once, then its files taken in
    parts       the files of a message (pure)
    senders     whether its sender may
    answers     a kind word to whoever sent what we could not take
    server      LMTP/SMTP · imap: a mailbox elsewhere · esp: a mail service's webhook
    peppol      access points: verify, parse, fetch, respond
    responses   what became of an invoice, back to its supplier
"""
