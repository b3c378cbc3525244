"""The people that every world has: what they may and what goes wrong with them."""

from __future__ import annotations

from .schema import Row

# Whoever works in Exact itself: may everything, cannot be signed in as.
BOOKKEEPER: Row = {
    "id": "b00c0000-0000-4000-8000-000000000001", "login": "bookkeeper", "name": "De Boekhouder", "language": "nl-NL",
    "divisions": "*", "contract": "",
}  # fmt: skip

PERSONAS: tuple[Row, ...] = (
    {"login": "anna", "name": "Anna de Boer", "language": "nl-NL", "about": "Full user, Dutch"},
    {"login": "ben", "name": "Ben Carter", "language": "en-US", "about": "Full user, English"},
    {"login": "carla", "name": "Carla Smit", "language": "nl-NL", "about": "A second full user"},
    {
        "login": "mijnkantoor", "name": "Mees Klant", "language": "nl-NL", "my_firm": True,
        "about": "MijnKantoor user: no API beyond current/Me",
    },
    {
        "login": "nomailbox", "name": "Nora Zonderbus", "language": "nl-NL", "rights": {"mailbox": "none"},
        "about": "No right to manage digital postboxes",
    },
    {
        "login": "nobooking", "name": "Bas Leesgraag", "language": "nl-NL", "rights": {"purchase": "none"},
        "about": "No right to book: 403",
    },
    {
        "login": "silent", "name": "Stella Stil", "language": "nl-NL",
        "rights": {"purchase": "empty", "relations": "empty", "ledger": "empty", "documents": "empty"},
        "about": "No rights, and Exact does not say so: lists are empty",
    },
    {"login": "trial", "name": "Tim Proef", "language": "nl-NL", "trial": True, "about": "Trial licence"},
    {
        "login": "restricted", "name": "Rob Beperkt", "language": "nl-NL", "divisions": "first two",
        "about": "User card gives access to two administrations only",
    },
    {"login": "blocked", "name": "Bo Geblokkeerd", "language": "nl-NL", "blocked": True, "about": "Blocked user"},
    {
        "login": "multi", "name": "Mo Meervoud", "language": "en-US", "multi_user": True,
        "about": "One Exact Identity with several users: cannot use apps",
    },
)  # fmt: skip
