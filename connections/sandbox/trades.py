"""What the made-up suppliers deal in: trade, what their invoices say, and how those are booked.

Every booking is (ledger account, VAT code, least and most euros).
"""

from __future__ import annotations

from typing import Any

TRADES: tuple[tuple[Any, ...], ...] = (
    ("Telecom", "Telefoon en internet", ("4410", "2", 35, 180)),
    ("Energie", "Levering stroom en gas", ("4110", "2", 180, 950)),
    ("Kantoorvakhandel", "Kantoorartikelen", ("4400", "2", 15, 340)),
    ("Autolease", "Leasetermijn", ("4320", "2", 420, 760)),
    ("Brandstoffen", "Brandstof", ("4300", "2", 60, 420)),
    ("Vastgoed", "Huur bedrijfsruimte", ("4100", "2", 1200, 3400)),
    ("Schoonmaak", "Schoonmaak", ("4120", "2", 150, 600)),
    ("Software", "Abonnement software", ("4430", "2", 20, 450)),
    ("Assurantiën", "Verzekeringspremie", ("4520", "0", 45, 800)),
    ("Uitgeverij", "Vakbladen", ("4440", "1", 20, 120)),
    ("Bouw", "Onderaanneming", ("7100", "7", 900, 8500)),
    ("Catering", "Lunch en koffie", ("4050", "1", 40, 260)),
    ("Groothandel", "Handelsgoederen", ("7000", "2", 200, 6200), ("7000", "1", 20, 300)),
    ("Transport", "Vracht", ("7000", "2", 90, 700)),
    ("Adviesgroep", "Advies", ("4510", "2", 300, 2400)),
    ("Garage", "Onderhoud en reparatie", ("4310", "2", 80, 1400)),
    ("Cloud Services", "Hosting", ("4430", "9", 25, 900)),
    ("Reclamestudio", "Advertenties", ("4200", "2", 120, 1600)),
    ("Opleidingen", "Cursus", ("4030", "6", 150, 1200)),
    ("Import", "Goederen uit EU", ("7010", "8", 400, 5200)),
)
