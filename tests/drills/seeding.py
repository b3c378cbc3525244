"""`python -m tests.drills.seeding N`: a firm with N connected clients, and its partner's secrets as JSON.

A bookkeeper signs in at Exact as people do, and that authorisation brings their other clients; so many for each hundred.
"""

import json
import os
import sys


def main(clients: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    import django

    django.setup()
    from django.conf import settings

    settings.ALLOWED_HOSTS = ["*"]
    from django.test import Client

    from connections import connecting, consents
    from connections.models import Authorisation, Connection
    from portal.models import Organisation
    from portal.partners import create_partner
    from portal.people.firms import create_firm
    from portal.tenancy import scope
    from tests.drills.installation import bookkeepers, client_name, kvk
    from tests.helpers import consent

    firm = create_firm("Kantoor Oefening", "oefening@kantoor.example")
    with scope(firm.firm_id):
        rows = [Organisation.objects.create(name=client_name(n), kvk_number=kvk(n)) for n in range(clients)]
    for login, theirs in bookkeepers(clients).items():
        with scope(firm.firm_id):
            first = connecting.connect(rows[theirs[0]])
            link = consents.invite(first, site_key=first.site)
        path = link.url.removeprefix(settings.SITE_URL)
        answer = consent(None, path, login, browser=Client())  # type: ignore[arg-type]
        assert answer.status_code == 200, answer.content[:500]
        with scope(firm.firm_id):
            authorisation = Authorisation.objects.order_by("-created_at")[0]
        for n in theirs[1:]:
            with scope(firm.firm_id):
                connecting.authorised(connecting.connect(rows[n]), authorisation)
    with scope(firm.firm_id):
        assert not Connection.objects.filter(division=None).exists()
    made = create_partner("Oefening", firm.firm_id)
    print(
        json.dumps(
            {"client_id": made.client_id, "client_secret": made.client_secret, "firm": str(firm.firm_id)}
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
