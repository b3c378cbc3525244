"""What the mirror of the ledger and our own invoices teach, brought to `invoices.learning` and kept.

`history` turns rows of the database into bookings; `keeping` learns from them and keeps what was learnt, supplier by
supplier; `elsewhere` asks how the firm's other clients book the same company.
"""
