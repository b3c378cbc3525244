"""What the helpdesk's pages know of connections: their state in a sentence, calls to Exact, the catalogue of fixes."""
