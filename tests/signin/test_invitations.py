"""A place in a firm is for the person of the address that it was mailed to, whoever has the link."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from portal.models import Firm, Invitation, Membership, User
from portal.people import inviting
from portal.tenancy import scope
from tests.cast import Cast
from tests.signin.test_second_factor import PASSWORD, sign_in


@pytest.fixture
def link(cast: Cast, mailoutbox: list[Any]) -> str:
    """Alice invites Iris, who has no account yet."""
    with scope(cast.alice.firm_id):
        inviting.invite(Firm.objects.get(), ["iris@kantoor.example"], "viewer", by=cast.alice.owner)
    found = re.search(r"/invitations/\S+", mailoutbox[-1].body)
    assert found
    return found[0]


def members(cast: Cast) -> set[str]:
    with scope(cast.alice.firm_id):
        return set(Membership.objects.values_list("user__email", flat=True))


def iris(email: str = "iris@kantoor.example") -> User:
    """Somebody who signed up by themselves."""
    user = User.objects.create_user(email, PASSWORD)
    EmailAddress.objects.create(user=user, email=email, primary=True, verified=True)
    return user


def test_somebody_else_who_has_the_link_is_told_whose_it_is_and_gets_no_place(cast: Cast, link: str) -> None:
    charlie = sign_in(cast.charlie.owner)
    for answer in (charlie.get(link), charlie.post(link)):
        assert answer.status_code == 403
        page = answer.content.decode()
        assert "iris@kantoor.example" in page
        assert cast.charlie.owner.email in page
    assert members(cast) == {cast.alice.owner.email}
    with scope(cast.alice.firm_id):
        assert Invitation.objects.get().accepted_at is None


def test_the_person_of_the_address_takes_the_place_once(cast: Cast, link: str) -> None:
    person = sign_in(iris())
    assert person.get(link).status_code == 200
    assert members(cast) == {cast.alice.owner.email}
    assert person.post(link)["Location"] == "/"
    assert members(cast) == {cast.alice.owner.email, "iris@kantoor.example"}
    assert person.post(link).status_code == 404


def test_an_address_that_is_confirmed_opens_it_and_one_that_is_not_does_not(cast: Cast, link: str) -> None:
    user = iris("iris@thuis.example")
    second = EmailAddress.objects.create(user=user, email="Iris@kantoor.example", verified=False)
    person = sign_in(user)
    assert person.post(link).status_code == 403
    EmailAddress.objects.filter(pk=second.pk).update(verified=True)
    assert person.post(link).status_code == 302
    assert "iris@thuis.example" in members(cast)


def test_whoever_signs_up_by_the_link_does_so_with_the_invited_address(cast: Cast, link: str) -> None:
    browser = Client()
    assert browser.get(link).status_code == 200
    form = browser.get("/accounts/signup/?email=kees@elders.example").content.decode()
    assert "iris@kantoor.example" in form
    assert 'value="kees@elders.example"' not in form
    answer = browser.post(
        "/accounts/signup/", {"email": "kees@elders.example", "password1": "een-heel-nieuw-geheim-7"}
    )
    assert answer.status_code == 302
    assert members(cast) == {cast.alice.owner.email, "iris@kantoor.example"}
    assert not User.objects.filter(email="kees@elders.example").exists()
    assert browser.get("/", follow=True).status_code == 200
    assert browser.session["_auth_user_id"] == str(User.objects.get(email="iris@kantoor.example").pk)


def test_a_withdrawn_or_old_invitation_opens_nothing(cast: Cast, link: str) -> None:
    person = sign_in(iris())
    with scope(cast.alice.firm_id):
        row = Invitation.objects.get()
        Invitation.objects.filter(pk=row.pk).update(expires_at=row.created_at)
    assert person.post(link).status_code == 404
    with scope(cast.alice.firm_id):
        Invitation.objects.all().delete()
    assert person.post(link).status_code == 404
    assert members(cast) == {cast.alice.owner.email}


def test_a_firm_has_a_number_of_invitations_mailed_in_a_day_and_withdrawing_gives_none_back(
    cast: Cast, mailoutbox: list[Any], settings: Any
) -> None:
    settings.INVITATIONS_A_DAY = 3
    alice = sign_in(cast.alice.owner)

    def ask(*emails: str) -> str:
        asked = {"emails": "\n".join(emails), "role": "viewer"}
        return alice.post("/team/invite/", asked, follow=True).content.decode()

    ask("een@elders.example", "twee@elders.example")
    with scope(cast.alice.firm_id):
        Invitation.objects.all().delete()
    refused = ask("drie@elders.example", "vier@elders.example")
    assert "Er is niemand uitgenodigd" in refused and "nog 1 over" in refused
    assert "1 persoon is uitgenodigd" in ask("drie@elders.example")
    assert "nog 0 over" in ask("drie@elders.example"), "the same address again is a mail again"
    assert [mail.to for mail in mailoutbox] == [
        ["een@elders.example"],
        ["twee@elders.example"],
        ["drie@elders.example"],
    ]


def test_the_day_of_one_firm_is_not_another_firms(
    cast: Cast, mailoutbox: list[Any], settings: Any, link: str
) -> None:
    settings.INVITATIONS_A_DAY = 1
    with scope(cast.alice.firm_id), pytest.raises(inviting.TooManyInvitations):
        inviting.invite(Firm.objects.get(), ["nog@elders.example"], "viewer", by=cast.alice.owner)
    with scope(cast.charlie.firm_id):
        assert inviting.invite(Firm.objects.get(), ["nog@elders.example"], "viewer", by=cast.charlie.owner)


def test_a_list_that_is_too_long_for_once_says_where_it_stopped(cast: Cast, mailoutbox: list[Any]) -> None:
    emails = "\n".join(f"p{n:02}@kantoor.example" for n in range(inviting.MOST + 2))
    alice = sign_in(cast.alice.owner)
    page = alice.post("/team/invite/", {"emails": emails, "role": "viewer"}, follow=True).content.decode()
    assert len(mailoutbox) == inviting.MOST
    assert "p50@kantoor.example" in page and f"hoogstens {inviting.MOST}" in page
