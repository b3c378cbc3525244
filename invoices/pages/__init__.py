"""The firm's pages about invoices, and those that show all rooms at once: today, clients, search."""
