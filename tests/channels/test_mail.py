"""Mail in: kept before it is answered, each once, its files wherever people put them."""

import smtplib
from collections.abc import Iterator
from email.policy import SMTP
from typing import Any

import pytest
from django.core import mail as outbox

from invoices.channels import imap, mail, parts, routes
from invoices.models import ChannelSettings, Content, HeldArrival, Invoice, MailMessage, MailSender
from portal.lookups import ask
from portal.tenancy import scope
from tests.cast import Cast
from tests.channels.lmtp import MailProcess, deliver
from tests.channels.mails import BAKERY, forwarded, pdf, zipped
from tests.channels.mails import mail as made
from tests.paper import paper


@pytest.fixture(autouse=True)
def domain(settings: Any) -> None:
    settings.INBOUND_MAIL_DOMAIN = "facturen.test"
    settings.MAIL_TRUSTED_AUTHSERV = "mx.portal.test"


def work() -> None:
    for due in ask("due_mails", 100):
        mail.process(*due)


def arrived(cast: Cast, message: Any, to: str = BAKERY) -> MailMessage:
    mail.arrive(message.as_bytes(), to, "bounce@drukkerij.example")
    work()
    with scope(cast.alice.firm_id):
        return MailMessage.objects.latest("created_at")


def names(message: Any) -> list[tuple[str, str]]:
    return [(one.name, one.twin) for one in parts.parts_of(parts.parse(message.as_bytes())).files]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (made(("a.xml", paper("1")), ("b.pdf", pdf())), [("a.xml", "b.pdf")]),
        (made(("a.xml", paper("1")), ("b.xml", paper("2")), ("b.pdf", pdf())), [("a.xml", ""), ("b.xml", "b.pdf")]),
        (made(("1.pdf", pdf("1")), ("2.pdf", pdf("2"))), [("1.pdf", ""), ("2.pdf", "")]),
        (made(("noname", paper("1"))), [("noname", "")]),
        (made(("all.zip", zipped({"x/a.xml": paper("1"), "__MACOSX/a.xml": b"<", "b.pdf": pdf()}))), [("a.xml", "b.pdf")]),
        (forwarded(forwarded(made(("deep.xml", paper("1"))))), [("deep.xml", "")]),
        (made(("../../etc/passwd.xml", paper("1"))), [("passwd.xml", "")]),
        (made(), []),
    ],
)  # fmt: skip
def test_the_invoices_of_a_mail_are_found_where_people_put_them(message: Any, expected: list[Any]) -> None:
    assert names(message) == expected


def test_what_is_no_invoice_is_refused_with_its_code() -> None:
    bomb = zipped({"big.xml": b"<" + b" " * (30 * 1024 * 1024)})
    found = parts.parts_of(
        parts.parse(
            made(
                ("a.docx", b"PK\x03\x04 [Content_Types].xml"),
                ("b.zip", b"PK\x03\x04 broken"),
                ("c.zip", bomb),
                ("page.html", b"<!DOCTYPE html><p>"),
            ).as_bytes()
        )
    )
    assert [(one.name, one.code) for one in found.refused] == [
        ("a.docx", "wrong_type"),
        ("b.zip", "unreadable"),
        ("big.xml", "too_large"),
        ("page.html", "wrong_type"),
    ]
    assert found.files == []


def test_a_mail_becomes_invoices_of_the_organisation_whose_number_it_was_sent_to(cast: Cast) -> None:
    organisation = cast.alice.organisation()
    row = arrived(cast, made(("a.xml", paper("M-1")), ("b.xml", paper("M-2"))))
    assert row.state == "taken" and [one["new"] for one in row.outcomes] == [True, True]
    with scope(cast.alice.firm_id):
        invoices = list(Invoice.objects.select_related("document").order_by("created_at"))
        assert [one.document.channel for one in invoices] == ["email", "email"]
        assert {one.organisation_id for one in invoices} == {organisation.pk}
        assert invoices[0].document.sender == "print@drukkerij.example"
        assert bytes(Content.objects.get(document=invoices[0].document).data) == paper("M-1")


def test_the_same_message_twice_is_one_however_its_trace_headers_differ(cast: Cast) -> None:
    cast.alice.organisation()
    first = made(("a.xml", paper("M-1")))
    again = b"Received: from another (hop)\r\n" + first.as_bytes()
    for raw in (first.as_bytes(), again, first.as_bytes()):
        mail.arrive(raw, BAKERY)
        work()
    with scope(cast.alice.firm_id):
        assert (MailMessage.objects.count(), Invoice.objects.count()) == (1, 1)


def test_a_process_that_died_between_two_files_takes_each_in_once(cast: Cast, monkeypatch: Any) -> None:
    cast.alice.organisation()
    mail.arrive(made(("a.xml", paper("M-1")), ("b.xml", paper("M-2"))).as_bytes(), BAKERY)
    (due,) = ask("due_mails", 10)
    with monkeypatch.context() as patched:
        patched.setattr(mail, "point", lambda name: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            mail.process(*due)
    assert ask("due_mails", 10) == []  # its lease runs
    with scope(cast.alice.firm_id):
        MailMessage.objects.update(due_at="2026-01-01T00:00:00Z")
    work()
    with scope(cast.alice.firm_id):
        assert MailMessage.objects.get().state == "taken"
        assert Invoice.objects.count() == 2


@pytest.mark.parametrize(
    "to", ["99999999@facturen.test", "12345678@elsewhere.test", "info@facturen.test", "@", ""]
)
def test_an_address_that_nobody_has_is_unknown(cast: Cast, to: str) -> None:
    cast.alice.organisation()
    assert not mail.knows(to)
    with pytest.raises(mail.Unknown):
        mail.arrive(made().as_bytes(), to)


def test_a_number_that_two_firms_have_is_held_and_neither_learns_of_the_other(cast: Cast) -> None:
    hers, his = cast.alice.organisation(), cast.charlie.organisation()
    raw = made(("a.xml", paper("M-1"))).as_bytes()
    for _ in range(2):
        mail.arrive(raw, BAKERY)
    assert HeldArrival.objects.count() == 1
    for office, organisation in ((cast.alice, hers), (cast.charlie, his)):
        with scope(office.firm_id):
            from connections.models import Issue

            issue = Issue.objects.get(code="kvk_claimed_twice")
            assert issue.subject == str(organisation.pk)
            assert str(cast.alice.firm_id) not in str(issue.values) and "Kantoor" not in str(issue.values)
            assert not MailMessage.objects.exists()
    assert routes.give("12345678", cast.charlie.firm_id) == 1
    work()
    with scope(cast.charlie.firm_id):
        assert (
            Invoice.objects.count() == 1
            and not Issue.objects.filter(resolved_at=None, code="kvk_claimed_twice").exists()
        )
    with scope(cast.alice.firm_id):
        assert not Invoice.objects.exists()


def test_only_the_trusted_servers_word_on_a_sender_counts(cast: Cast) -> None:
    cast.alice.organisation()
    forged = made(
        ("a.xml", paper("M-1")), Authentication_Results="mx.evil.example; dmarc=pass", message_id="<f@x>"
    )
    assert arrived(cast, forged).authentic == ""
    failed = made(
        ("a.xml", paper("M-2")),
        Authentication_Results="mx.portal.test; spf=pass; dmarc=fail (p=reject)",
        message_id="<g@x>",
    )
    row = arrived(cast, failed)
    assert (row.authentic, row.state, row.reason) == ("fail", "held", "sender_not_authentic")
    with scope(cast.alice.firm_id):
        assert Invoice.objects.count() == 1


@pytest.mark.parametrize(
    ("address", "state", "listed_only", "expected"),
    [
        ("print@drukkerij.example", "active", True, "taken"),
        ("@drukkerij.example", "active", True, "taken"),
        ("print@drukkerij.example", "invited", True, "refused"),
        ("@elders.example", "active", True, "refused"),
        ("@drukkerij.example", "inactive", False, "refused"),
        ("@drukkerij.example", "draft", False, "taken"),
    ],
)
def test_who_may_send_is_the_organisations_own_list(
    cast: Cast, address: str, state: str, listed_only: bool, expected: str
) -> None:
    organisation = cast.alice.organisation()
    with scope(cast.alice.firm_id):
        ChannelSettings.objects.create(organisation=organisation, listed_only=listed_only)
        MailSender.objects.create(organisation=organisation, address=address, state=state)
    assert arrived(cast, made(("a.xml", paper("M-1")))).state == expected


def test_a_refused_mail_is_answered_once_and_kindly_but_never_to_who_may_not_have_sent_it(
    cast: Cast, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    outbox.outbox = []
    cast.alice.organisation()
    passed = {"Authentication_Results": "mx.portal.test; dmarc=pass"}
    arrived(cast, made(("plan.docx", b"PK\x03\x04 [Content_Types].xml"), message_id="<a@x>", **passed))
    arrived(cast, made(("plan.docx", b"PK\x03\x04 [Content_Types].xml"), message_id="<b@x>"))
    arrived(cast, made(message_id="<c@x>", Auto_Submitted="auto-replied", **passed))
    (answer,) = outbox.outbox
    assert answer.to == ["print@drukkerij.example"] and "plan.docx" in answer.body
    assert answer.extra_headers["Auto-Submitted"] == "auto-replied"


def test_recipients_of_a_fetched_mail_come_from_what_the_mail_server_wrote() -> None:
    message = made(Delivered_To="87654321@facturen.test")
    assert imap.recipients(message.as_bytes()) == ["87654321@facturen.test", BAKERY]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff\xfe",
        b"From: x\n\n",
        b"Content-Type: multipart/mixed; boundary=x\n\n--x\n",
        b"Subject: =?utf-99?q?x?=\n\n",
        b"Content-Type: text/plain; charset=nope\n\nx",
    ],
)
def test_a_broken_mail_is_kept_and_refused_and_never_a_crash(cast: Cast, raw: bytes) -> None:
    cast.alice.organisation()
    mail.arrive(raw, BAKERY)
    work()
    with scope(cast.alice.firm_id):
        assert MailMessage.objects.get().state == "refused"


@pytest.fixture
def lmtp(database: None) -> Iterator[MailProcess]:
    process = MailProcess()
    yield process
    assert process.stop() == 0


def test_lmtp_answers_each_recipient_for_itself(cast: Cast, lmtp: MailProcess) -> None:
    cast.alice.organisation()
    cast.alice.organisation("Slager", "87654321")
    said = deliver(
        lmtp.port,
        [BAKERY, "99999999@facturen.test", "87654321@facturen.test"],
        made(("a.xml", paper("L-1"))).as_bytes(policy=SMTP),
    )
    assert said == [250, 550, 250]
    with scope(cast.alice.firm_id):
        assert MailMessage.objects.count() == 2


def test_smtp_without_a_mail_server_in_front(cast: Cast) -> None:
    cast.alice.organisation()
    process = MailProcess("--smtp")
    try:
        with smtplib.SMTP("127.0.0.1", process.port) as client:
            client.sendmail(
                "bounce@drukkerij.example", [BAKERY], made(("a.xml", paper("L-1"))).as_bytes(policy=SMTP)
            )
    finally:
        process.stop()
    with scope(cast.alice.firm_id):
        assert MailMessage.objects.count() == 1


def winmail(*files: tuple[str, bytes]) -> bytes:
    """Outlook's winmail.dat: a signature, a key, and attributes, each with its length and a sum of its bytes."""

    def attribute(level: int, key: int, data: bytes) -> bytes:
        head = bytes([level]) + key.to_bytes(4, "little") + len(data).to_bytes(4, "little")
        return head + data + (sum(data) & 0xFFFF).to_bytes(2, "little")

    found = (0x223E9F78).to_bytes(4, "little") + b"\x01\x00" + attribute(1, 0x00089006, b"\x00\x00\x01\x00")
    for name, data in files:
        found += attribute(2, 0x00069002, b"\x01\x00" + bytes(12))  # an attachment begins
        found += attribute(2, 0x00018010, name.encode("cp1252") + b"\x00")
        found += attribute(2, 0x0006800F, data)
    return found


def test_an_invoice_in_outlooks_winmail_dat_is_found() -> None:
    message = made(("winmail.dat", winmail(("factuur.xml", paper("1")), ("factuur.pdf", pdf()))))
    assert names(message) == [("factuur.xml", "factuur.pdf")]
    (file,) = parts.parts_of(parts.parse(message.as_bytes())).files
    assert file.data == paper("1")


def test_a_winmail_dat_that_was_cut_off_gives_no_invoice_and_says_so() -> None:
    message = made(("winmail.dat", winmail(("factuur.xml", paper("1")))[:60]))
    found = parts.parts_of(parts.parse(message.as_bytes()))
    assert found.files == [] and len(found.refused) == 1
