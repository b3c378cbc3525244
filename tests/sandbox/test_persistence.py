"""The world outlives its process: restarted or killed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from .conftest import D1, SMALL, Caller, Process

ENTRIES = "purchaseentry/PurchaseEntries"


@pytest.fixture
def own(tmp_path: Path):  # type: ignore[no-untyped-def]
    process = Process(tmp_path / "state")
    process.reset(SMALL)
    yield process
    if process.process.poll() is None:
        process.kill()


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_books_tokens_budgets_and_settings_survive(own: Process, how: str) -> None:
    own.control("POST", "settings", minute_seconds=3600, proposal_delay=5.0)
    tokens = own.exchange(own.consent()["code"]).json()
    anna = Caller(own, tokens)
    entry = anna.post(ENTRIES, anna.entry())
    document = anna.post("documents/Documents", {"Subject": "x", "Type": 20})["ID"]
    file = {"Document": document, "FileName": "a.pdf", "Attachment": "JVBERg=="}
    url = anna.post("documents/DocumentAttachments", file)["Url"]
    left = anna.call("GET", "financial/Journals").headers["X-RateLimit-Minutely-Remaining"]
    before = own.ledger(D1)
    getattr(own, how)()
    own.start()
    assert own.ledger(D1) == before
    again = Caller(own, tokens)
    answer = again.call("GET", f"{ENTRIES}(guid'{entry['EntryID']}')")
    assert answer.json()["d"]["AmountFC"] == 121
    assert int(answer.headers["X-RateLimit-Minutely-Remaining"]) == int(left) - 1
    assert (
        again.session.get(own.url + url.partition("/docs")[1] + url.partition("/docs")[2], timeout=5).content
        == b"%PDF"
    )
    assert own.control("GET", "settings")["proposal_delay"] == 5.0
    assert own.refresh(tokens["refresh_token"]).status_code == 400  # still too early
    assert again.post(ENTRIES, again.entry())["EntryNumber"] == entry["EntryNumber"] + 1


def test_a_message_on_its_way_arrives_after_a_kill(own: Process) -> None:
    own.control("POST", "settings", proposal_delay=60.0)
    anna = own.sign_in()
    box = anna.post("mailbox/Mailboxes", {"Mailbox": "a@b.example", "ForDivision": D1})["ID"]
    body = {"SenderMailboxID": box, "RecipientMailboxID": box, "Subject": "F"}
    message = anna.post("mailbox/MailMessagesSent", body)["ID"]
    file = {"MailMessageID": message, "AttachmentFileName": "f.pdf", "Attachment": "JVBERg=="}
    anna.post("mailbox/MailMessageAttachments", file)
    own.kill()
    own.start()
    own.control("POST", "clock", advance=61)
    (document,) = own.ledger(D1)["documents"]
    assert document["Subject"] == "F"


def test_pages_go_on_after_a_restart(own: Process) -> None:
    own.reset({"divisions": [{"code": D1, "kvk": "91234567", "suppliers": 70}]})
    tokens = own.control("POST", "tokens", user="anna")
    query = "crm/Accounts?$filter=IsSupplier eq true&$select=ID"
    first = Caller(own, tokens).call("GET", query).json()["d"]
    own.kill()
    own.start()
    rest = first["__next"].partition("/api/v1/")[2].partition("/")[2]
    second = Caller(own, tokens).call("GET", rest).json()["d"]["results"]
    assert len({row["ID"] for row in first["results"] + second}) == 70


def test_whatever_was_answered_before_a_kill_is_in_the_books_after_it(own: Process) -> None:
    own.control("POST", "settings", minute_limit=100_000)
    anna = own.sign_in()
    body, headers = anna.entry(), dict(anna.session.headers)
    url = f"{own.url}/api/v1/{D1}/{ENTRIES}"
    answered: list[str] = []

    def post_until_dead(worker: int) -> None:
        for n in range(1000):
            try:
                answer = requests.post(
                    url, json=body | {"YourRef": f"{worker}-{n}"}, headers=headers, timeout=5
                )
            except requests.ConnectionError:
                return
            assert answer.status_code == 201, answer.text
            answered.append(answer.json()["d"]["YourRef"])
            if len(answered) == 80:
                own.process.kill()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(post_until_dead, range(4)))
    own.process.wait(timeout=10)
    own.start()
    entries = own.ledger(D1)["entries"]
    assert len(answered) >= 80
    assert set(answered) <= {entry["YourRef"] for entry in entries}
    assert len({entry["EntryNumber"] for entry in entries}) == len(entries)
    assert all(len(entry["PurchaseEntryLines"]) == 1 for entry in entries)
