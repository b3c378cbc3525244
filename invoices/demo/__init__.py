"""The demo: a firm whose clients stand in every state, reached through the portal's own doors.

`world`  what the sandbox's administrations buy, and from whom
`papers` the invoices their suppliers send, written here · `example` one of them, for a firm that tries
`fill`   the firm, its consents, its inbox: by the REST API and the consent pages, as the outside does it
"""
