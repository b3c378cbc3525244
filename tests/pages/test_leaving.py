"""Leaving a firm by oneself: whoever goes is told so and knows where to go on; the last owner stays."""

from django.test import Client

from portal.models import Membership
from portal.tenancy import scope
from tests.cast import Cast
from tests.pages.firm import browser


def test_who_leaves_their_only_firm_is_told_so_and_may_make_one(cast: Cast) -> None:
    bob = browser(cast.bob)
    answer = bob.post("/team/leave/", follow=True)
    assert answer.redirect_chain[-1][0] == "/firms/new/"
    assert "U heeft Kantoor Alice verlaten." in answer.content.decode()
    with scope(cast.alice.firm_id):
        assert not Membership.objects.filter(user=cast.bob).exists()


def test_the_last_owner_is_told_why_they_cannot_leave_instead_of_a_button(cast: Cast, alice: Client) -> None:
    page = alice.get("/account/").content.decode()
    assert "/team/leave/" not in page
    assert "U bent de enige eigenaar" in page
    assert "U bent de laatste eigenaar" in alice.post("/team/leave/", follow=True).content.decode()
    assert "/team/leave/" in browser(cast.bob).get("/account/").content.decode()


def test_one_of_two_owners_may_leave(cast: Cast, alice: Client) -> None:
    with scope(cast.alice.firm_id):
        Membership.objects.create(user=cast.charlie.owner, role="owner")
    assert "/team/leave/" in alice.get("/account/").content.decode()
    assert "Kantoor Alice verlaten" in alice.post("/team/leave/", follow=True).content.decode()
