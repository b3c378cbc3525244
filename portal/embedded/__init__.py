"""What the portal brings along for one machine: a PostgreSQL server and a message broker.

They stand in where `DATABASE_URL` and `BROKER_URL` are not set. Nothing here may import Django: settings need
an address for the database while they load.
"""
