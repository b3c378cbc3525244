"""Getting a firm connected, the way a person does it."""

import re
from typing import Any

import requests
from django.test import Client

from connections import connecting, consents
from connections.models import Connection
from portal.models import Organisation
from portal.tenancy import scope
from tests.cast import Office
from tests.exact_sandbox import ExactSandbox


def link_for(office: Office, organisation: Organisation) -> tuple[Connection, str]:
    """A pending connection and the path of its consent link."""
    with scope(office.firm_id):
        connection = connecting.connect(organisation)
        link = consents.invite(connection, site_key=connection.site)
    return connection, link.url.removeprefix("http://testserver")


def through_exact(
    exact: ExactSandbox, url: str, user: str = "anna", decision: str = "allow", divisions: Any = None
) -> str:
    """Sign in on Exact's own page as this user; the callback's path and query that the browser is sent back to."""
    page = requests.get(url, timeout=10)
    assert page.status_code == 200, page.text
    answer = requests.post(
        url,
        data={"user": user, "decision": decision, "divisions": divisions or []},
        allow_redirects=False,
        timeout=10,
    )
    assert answer.status_code in (302, 303), answer.text
    return re.sub(r"^https?://[^/]+", "", answer.headers["Location"])


def consent(exact: ExactSandbox, path: str, user: str = "anna", browser: Client | None = None) -> Any:
    """Open the link, press the button, sign in at Exact, come back."""
    browser = browser or Client()
    assert browser.get(path).status_code == 200
    to_exact = browser.post(path)
    assert to_exact.status_code == 302, to_exact.content
    return browser.get(through_exact(exact, to_exact["Location"], user))


def connected(
    office: Office, exact: ExactSandbox, work: Any, user: str = "anna", **fields: Any
) -> Connection:
    """An organisation with a working connection, its ledger read."""
    organisation = office.organisation(**fields)
    connection, path = link_for(office, organisation)
    answer = consent(exact, path, user)
    assert answer.status_code == 200, answer.content
    work()
    with scope(office.firm_id):
        connection.refresh_from_db()
    return connection
