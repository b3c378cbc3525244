"""The pages about connections: the wizard that makes one, the connection itself, and what is wrong."""
