"""A client moves to another firm with its history."""
