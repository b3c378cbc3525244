"""Many clients at once: what was done, to whom it was not, and files in and out."""

import csv
import io
import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from connections.models import Connection
from portal.models import Job, Membership, User
from portal.people import inviting
from portal.tenancy import scope
from tests.pages.firm import BusyFirm


def said(busy: BusyFirm, what: str, *clients: object, **more: str) -> tuple[str, str]:
    """(where it leads, what that page says) after one action over these clients."""
    owner = busy.browsers["owner"]
    answer = owner.post(
        reverse("clients-bulk"), {"what": what, "client": [str(one) for one in clients], **more}
    )
    return answer["Location"], owner.get(answer["Location"]).content.decode()


def test_clients_that_an_action_makes_no_sense_for_are_named(busy: BusyFirm) -> None:
    _where, page = said(busy, "pause", busy.client.pk, busy.other_client.pk)
    assert "Gedaan voor 1 klant." in page
    assert "nu niet zinvol is: Slagerij Hak" in page
    with scope(busy.cast.alice.firm_id):
        assert Connection.objects.get(pk=busy.connection.pk).status == "paused"


def test_after_an_action_one_is_where_one_was_but_never_elsewhere(busy: BusyFirm) -> None:
    here = "/clients/?view=active&q=bakk"
    assert said(busy, "check", busy.client.pk, next=here)[0] == here
    assert said(busy, "check", busy.client.pk, next="https://evil.example/")[0] == "/clients/"


def test_changing_how_clients_book_asks_first(busy: BusyFirm) -> None:
    page = busy.browsers["owner"].get("/clients/").content.decode()
    for mode in ("autopilot", "suggest", "mailbox"):
        (button,) = [one for one in page.split("<button") if f'value="mode-{mode}"' in one]
        assert "data-confirm=" in button


def test_the_file_of_clients_is_what_the_page_shows(busy: BusyFirm) -> None:
    owner = busy.browsers["owner"]
    assert "/clients/export/?view=&amp;q=slag" in owner.get("/clients/?q=slag").content.decode()
    text = owner.get("/clients/export/", {"q": "slag"}).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert [row["name"] for row in rows] == ["Slagerij Hak"]


def test_rows_to_be_mended_come_first_and_say_which_field_is_wrong(busy: BusyFirm) -> None:
    page = busy.browsers["owner"].get(reverse("clients-import-look", args=[busy.draft.pk])).content.decode()
    assert page.index("Fout") < page.index("Een")
    assert "KVK-nummer: Een KVK-nummer heeft 8 cijfers." in page


def test_links_are_copied_all_at_once_each_with_whom_it_is_for(busy: BusyFirm) -> None:
    third = busy.cast.alice.organisation("Café De Hoek", "88888880")
    with scope(busy.cast.alice.firm_id):
        user = User.objects.create_user("klaas@hak.example", "geheim-voor-de-test")
        Membership.objects.create(user=user, role="client", organisation=busy.other_client)
    chosen = [str(one.pk) for one in (busy.client, busy.other_client, third)]
    answer = busy.browsers["owner"].post(reverse("clients-bulk"), {"what": "invite", "client": chosen})
    lines = [line.split("\t") for line in answer.context["lines"].split("\n")]
    assert [line[:-1] for line in lines] == [["Café De Hoek", ""], ["Slagerij Hak", "klaas@hak.example"]]
    assert all("/connect/link/" in line[-1] for line in lines)
    page = answer.content.decode()
    assert f'data-copy="{answer.context["lines"]}"' in page
    assert "Er is geen mail verzonden." in page
    assert "1 klant is al gekoppeld" in page


def test_a_name_that_would_be_a_formula_or_a_column_of_its_own_is_copied_as_a_name(busy: BusyFirm) -> None:
    odd = busy.cast.alice.organisation('=HYPERLINK("x")\tBV', "88888880")
    answer = busy.browsers["owner"].post(reverse("clients-bulk"), {"what": "invite", "client": str(odd.pk)})
    (line,) = answer.context["lines"].split("\n")
    name, email, link = line.split("\t")
    assert (name, email) == ('\'=HYPERLINK("x") BV', "")
    assert "/connect/link/" in link


def test_the_team_shows_which_invitations_were_mailed_and_mails_one_again(
    busy: BusyFirm, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = busy.browsers["owner"]

    def invited(email: str) -> str:
        owner.post(reverse("team-invite"), {"emails": email, "role": "viewer"})
        page = owner.get("/team/").content.decode()
        return page.split(f'title">{email}', 1)[1].split("</li>", 1)[0]

    def refuse(*_arguments: object, **_more: object) -> int:
        raise OSError("no mail server")

    assert "mail verzonden" in invited("anna@kantoor.example")
    with monkeypatch.context() as patched:
        patched.setattr("django.core.mail.EmailMessage.send", refuse)
        shown = invited("bert@kantoor.example")
    assert "mail niet verzonden" in shown
    assert 'name="emails" value="bert@kantoor.example"' in shown  # to be mailed again
    assert "mail verzonden" in invited("bert@kantoor.example")
    assert mail.outbox[-1].to == ["bert@kantoor.example"]


def test_a_client_is_invited_to_see_its_invoices_and_not_to_work_at_the_firm(busy: BusyFirm) -> None:
    with scope(busy.cast.alice.firm_id):
        firm = busy.own_member.firm
        inviting.invite(firm, ["klaas@hak.example"], "client", organisation=busy.other_client)
        inviting.invite(firm, ["iris@kantoor.example"], "viewer")
    client, colleague = mail.outbox[-2:]
    assert "de inkoopfacturen van Slagerij Hak te zien" in client.body
    assert f"bij {firm.name} te werken" in colleague.body


def test_who_was_invited_makes_an_account_and_no_firm(busy: BusyFirm) -> None:
    with scope(busy.cast.alice.firm_id):
        inviting.invite(busy.own_member.firm, ["klaas@hak.example"], "client", organisation=busy.other_client)
    link = re.search(r"http\S+(/invitations/\S+/)", mail.outbox[-1].body)
    assert link is not None
    browser = Client()
    browser.get(link[1])
    page = browser.get("/accounts/signup/").content.decode()
    assert "Uw account maken" in page
    assert "Meld uw kantoor aan" not in page
    assert "Meld uw kantoor aan" in Client().get("/accounts/signup/").content.decode()


def test_a_mistyped_iban_or_vat_number_of_a_client_is_refused_with_what_to_do(busy: BusyFirm) -> None:
    owner = busy.browsers["owner"]
    fields = {"name": "Slagerij Hak", "kvk_number": "99999990", "vat_number": "NL004495446B01"}
    fields["iban"] = "NL91 ABNA 0417 1643 01"
    page = owner.post(reverse("client-edit", args=[busy.other_client.pk]), fields).content.decode()
    assert "Dit btw-nummer klopt niet" in page
    assert "Neem het nog eens over van een bankafschrift" in page
    fields |= {"vat_number": "0044.95.445.B01", "iban": "nl91 abna 0417 1643 00"}
    assert owner.post(reverse("client-edit", args=[busy.other_client.pk]), fields).status_code == 302
    with scope(busy.cast.alice.firm_id):
        busy.other_client.refresh_from_db()
    assert (busy.other_client.vat_number, busy.other_client.iban) == ("NL004495445B01", "NL91ABNA0417164300")


def test_a_file_with_a_mistyped_iban_shows_the_row_before_anything_is_made(busy: BusyFirm) -> None:
    rows = [{"name": "Fout", "kvk_number": "55555555", "vat_number": "", "iban": "NL91ABNA0417164301"}]
    with scope(busy.cast.alice.firm_id):
        draft = Job.objects.create(kind="organisations-draft", asked=rows, total=1)
    page = busy.browsers["owner"].get(reverse("clients-import-look", args=[draft.pk])).content.decode()
    assert "IBAN: Dit IBAN klopt niet" in page
