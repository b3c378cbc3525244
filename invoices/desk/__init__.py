"""The helpdesk's pages that need everything: a client's case, the board, quality, and what may be done from there."""
