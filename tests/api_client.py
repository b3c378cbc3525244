"""Django's test client with a partner's token."""

from django.test import Client

from tests.cast import Office


def token(office: Office) -> str:
    """A fresh access token by the client credentials grant."""
    answer = Client().post(
        "/identity/o/api/token",
        {
            "grant_type": "client_credentials",
            "client_id": office.partner.client_id,
            "client_secret": office.partner.client_secret,
        },
    )
    assert answer.status_code == 200, answer.content
    return str(answer.json()["access_token"])


def api(office: Office) -> Client:
    """A client of the REST API that works for this office."""
    return Client(headers={"Authorization": f"Bearer {token(office)}"}, raise_request_exception=True)
