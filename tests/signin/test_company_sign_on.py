"""A company's own sign-on speaks for its own people: whoever runs it can say any address, and is believed for theirs."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from portal.models import User
from portal.operations import checks
from tests.cast import Cast


class Company:
    """A company's OpenID provider, which says of whoever comes what it is told to say."""

    def __init__(self) -> None:
        self.says: dict[str, Any] = {}
        company = self

        class Answers(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                found = {
                    "/.well-known/openid-configuration": {
                        "issuer": company.url,
                        "authorization_endpoint": company.url + "/authorize",
                        "token_endpoint": company.url + "/token",
                        "userinfo_endpoint": company.url + "/userinfo",
                        "jwks_uri": company.url + "/keys",
                    },
                    "/token": {"access_token": "een-token", "token_type": "Bearer", "expires_in": 60},
                    "/userinfo": company.says,
                }[urlsplit(self.path).path]
                body = json.dumps(found).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = _answer

            def log_message(self, *args: Any) -> None:
                """Not to the tests' output."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def app(self, **more: Any) -> dict[str, Any]:
        """What OIDC_APPS says of it."""
        settings = {"server_url": self.url, "domains": ["kantoor.example"], **more}
        return {
            "provider_id": "kantoor", "name": "Kantoor Alice", "client_id": "portal", "secret": "geheim",
            "settings": settings,
        }  # fmt: skip


@pytest.fixture
def company(settings: Any) -> Iterator[Company]:
    made = Company()
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [made.app()]}}
    yield made
    made.server.shutdown()
    made.server.server_close()


def come_in(company: Company, browser: Client | None = None, **says: Any) -> Client:
    """Press the company's button, sign in over there, come back."""
    browser = browser or Client()
    company.says = {"sub": "1234", "email_verified": True, **says}
    there = browser.post("/accounts/oidc/kantoor/login/")
    assert there.status_code == 302, there.content
    state = parse_qs(urlsplit(there["Location"]).query)["state"][0]
    back = browser.get("/accounts/oidc/kantoor/login/callback/", {"code": "een-code", "state": state})
    assert back.status_code in (200, 302), back.content
    return browser


def who(browser: Client) -> str:
    """Whose session this is, or ""."""
    found = browser.session.get("_auth_user_id")
    return User.objects.get(pk=found).email if found else ""


def test_a_companys_person_comes_in_without_a_password_of_ours(cast: Cast, company: Company) -> None:
    assert who(come_in(company, email=cast.alice.owner.email)) == cast.alice.owner.email
    assert who(come_in(company, email=cast.alice.owner.email.upper())) == cast.alice.owner.email


def test_a_company_cannot_let_anybody_in_as_another_firms_person_or_as_the_helpdesk(
    cast: Cast, company: Company
) -> None:
    """Its administrators may write any address into any account of theirs."""
    helpdesk = User.objects.create_superuser("hulp@portal.example", "geheim-voor-de-test")
    for victim in (cast.charlie.owner, helpdesk):
        assert who(come_in(company, email=victim.email)) == ""
    assert who(come_in(company, email="nieuw@buren.example")) == ""
    assert not SocialAccount.objects.exists()
    assert not User.objects.filter(email="nieuw@buren.example").exists()


def test_an_address_that_the_company_has_not_verified_opens_nobodys_account(
    cast: Cast, company: Company
) -> None:
    assert who(come_in(company, email=cast.alice.owner.email, email_verified=False)) == ""
    assert not SocialAccount.objects.exists()


def test_nobody_ties_their_account_here_to_another_companys_sign_on(cast: Cast, company: Company) -> None:
    """It would count as their second factor, and open their account for ever."""
    browser = Client()
    browser.force_login(cast.charlie.owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    company.says = {"sub": "77", "email": "wie@kantoor.example", "email_verified": True}
    there = browser.post("/accounts/oidc/kantoor/login/?process=connect")
    state = parse_qs(urlsplit(there["Location"]).query)["state"][0]
    browser.get("/accounts/oidc/kantoor/login/callback/", {"code": "een-code", "state": state})
    assert not SocialAccount.objects.exists()


def test_a_person_whose_address_went_elsewhere_does_not_come_in_by_the_old_company(
    cast: Cast, company: Company
) -> None:
    come_in(company, email=cast.alice.owner.email)
    User.objects.filter(pk=cast.alice.owner.pk).update(email="alice@elders.example")
    assert who(come_in(company, email=cast.alice.owner.email)) == ""


def test_a_sign_on_that_names_no_domains_stops_the_start(settings: Any, company: Company) -> None:
    assert checks.company_sign_ons_name_their_domains() == []
    for domains in ([], None, "kantoor.example", ["*"]):
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [company.app(domains=domains)]}}
        (error,) = checks.company_sign_ons_name_their_domains()
        assert "kantoor" in error.msg
