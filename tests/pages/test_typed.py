"""What nobody types and a program may send: an answer, and never a 500."""

import pytest
from django.http import QueryDict
from django.urls import reverse

from connections.models import Connection
from portal.tenancy import scope
from portal.web.typed import number, without_nul
from tests.pages.firm import BusyFirm


@pytest.mark.parametrize("text", ["", "-1", "1e9", "²", "9" * 10, "9" * 5000, "1 0", "\0"])
def test_what_is_no_number_of_ours_is_none(text: str) -> None:
    assert number(text) is None


def test_a_number_is_read_as_one() -> None:
    assert (number("0"), number("2147483"), number("9" * 9)) == (0, 2147483, 999_999_999)


def test_nul_is_left_out_of_every_value_and_all_else_stays() -> None:
    asked = QueryDict("client=1&client=2%00&q=%00caf%C3%A9")
    kept = without_nul(asked)
    assert (kept.getlist("client"), kept["q"]) == (["1", "2"], "café")
    plain = QueryDict("q=bakker")
    assert without_nul(plain) is plain


@pytest.mark.parametrize(
    "path", ["/clients/", "/clients/export/", "/clients/options/", "/invoices/", "/search/"]
)
def test_a_search_with_nul_in_it_is_a_search_without(busy: BusyFirm, path: str) -> None:
    found = busy.browsers["owner"].get(path, {"q": "slag\0erij"})
    assert found.status_code < 400


def test_an_action_over_what_a_search_with_nul_finds_takes_the_same_clients(busy: BusyFirm) -> None:
    asked = {"what": "pause", "everything": "1", "q": "bakk\0"}
    assert busy.browsers["owner"].post(reverse("clients-bulk"), asked).status_code == 302
    with scope(busy.cast.alice.firm_id):
        assert Connection.objects.get(pk=busy.connection.pk).status == "paused"


def test_numbers_too_long_to_be_any_are_answered(busy: BusyFirm) -> None:
    owner, endless = busy.browsers["owner"], "9" * 5000
    back = owner.post(reverse("rule-act", args=[busy.rule.pk, "back"]), {"version": endless})
    assert back.status_code == 404
    part = owner.get(reverse("invoice-correct", args=[busy.review.pk]), {"part": endless})
    assert part.status_code == 200
    shared = owner.post(reverse("invoice-share", args=[busy.review.pk]), {"days": endless})
    assert shared.status_code == 200
    row = owner.get(reverse("upload-outcome", args=[busy.review.pk]), {"n": endless})
    assert row.status_code == 200
    division = owner.post(reverse("connect-division", args=[busy.connection.pk]), {"division": "²"})
    assert division.status_code == 302
