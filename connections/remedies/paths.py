"""Where things stand in Exact's menus, in Exact's own words, once.

Exact moves its menus, and the words differ a little per package. What is marked «seen» stands in several vendors'
instructions; the rest is how the menus are built and has to be compared with a real account.
"""

from connections.remedies.text import Text

# Seen: PayT, Klippa, eConnect.
RIGHTS = Text(
    "Stamgegevens → Gebruikers → Overzicht → Rechten",
    "Master data → Users → Overview → Rights",
)
USERS = Text("Stamgegevens → Gebruikers → Overzicht", "Master data → Users → Overview")
# Seen: Exact's own page on rights of users (user card, section Monitor).
COMPANY_ACCESS = Text("Monitor → Administraties: Toegangsrechten", "Monitor → Companies: Access rights")
# Seen: Invantive topic 1123, Easy1.
APP_PERMISSIONS = Text(
    "uw naam → Mijn Exact Online → Beveiligingscentrum → Machtigingen voor mijn apps → Administraties beheren",
    "your name → My Exact Online → Security Centre → Permissions for my apps → Manage administrations",
)
APP_LIST = Text("Import/Export → Appmachtigingen", "Import/Export → App permissions")
# Seen: eConnect, Recommand.
MAILBOXES = Text(
    "uw naam → Mijn Exact Online → Mijn relatiegegevens → Mijn digitale brievenbussen",
    "your name → My Exact Online → My contact details → My digital mailboxes",
)
# Seen: Combidesk, Easyflex.
JOURNALS = Text("Stamgegevens → Financieel → Dagboeken", "Master data → Financial → Journals")
LEDGER = Text("Stamgegevens → Financieel → Grootboekrekeningen", "Master data → Financial → G/L accounts")
VAT = Text("Stamgegevens → Financieel → Btw-codes", "Master data → Financial → VAT codes")
# Not seen.
PERIODS = Text(
    "Stamgegevens → Financieel → Boekjaren en perioden", "Master data → Financial → Years and periods"
)
CONDITIONS = Text(
    "Stamgegevens → Financieel → Betalingscondities", "Master data → Financial → Payment conditions"
)
COST_CENTERS = Text("Stamgegevens → Financieel → Kostenplaatsen", "Master data → Financial → Cost centres")
RELATIONS = Text("Relaties → Overzicht", "Relations → Overview")
PROJECTS = Text("Projecten → Overzicht", "Projects → Overview")
SUBSCRIPTION = Text(
    "uw naam → Mijn Exact Online → Mijn abonnement", "your name → My Exact Online → My subscription"
)
