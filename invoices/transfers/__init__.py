"""A client moves to another firm with its history.

offers   the giving firm's owner offers, the receiving firm's owner accepts; until both did, neither is told of the
         other
walk     which rows belong to a client, found in the models themselves, and which stay for a reason
leaving  everything of a client, or of the whole firm, as one zip: for whoever leaves, and whoever wants it
moving   what is done then: an export for the giving firm, all rows in one transaction, and the connection waits for
         somebody of the new firm to sign in at Exact
"""
