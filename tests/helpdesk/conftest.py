"""A colleague of the helpdesk, with the second factor that its pages ask for."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from portal.models import User
from tests.cast import Cast
from tests.exact_sandbox import ExactSandbox
from tests.pages.firm import BusyFirm, browser


def helper(email: str = "els@helpdesk.example", *, factor: bool = True) -> User:
    """Somebody of the helpdesk."""
    user = User.objects.create_user(
        email, "geheim-voor-de-test", is_staff=True, name=email.partition("@")[0].title()
    )
    if factor:
        Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})
    return user


@pytest.fixture
def els(cast: Cast) -> User:
    """Els of the helpdesk."""
    return helper()


@pytest.fixture
def desk(els: User) -> Client:
    """Els's browser."""
    return browser(els)


@pytest.fixture
def busy(cast: Cast, exact: ExactSandbox, worker: Any) -> BusyFirm:
    """A firm that has something on every page."""
    return BusyFirm(cast, exact, worker)
