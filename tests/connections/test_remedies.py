"""Promise 6: every stop has a name, a cause, a person and a way out."""

import ast
import inspect
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from connections import authorisations, connecting, examination, packages
from connections.exact import CODES, oauth
from connections.management.commands import issues_doc
from connections.packages import Confidence, recognise
from connections.remedies import CATALOGUE, CHECKS, DEATHS, OURS, WAITS, WHO, Remedy, Text, remedy
from connections.remedies.text import NEUTRAL

ROWS = list(CATALOGUE.values())


def texts(row: Remedy) -> list[Text]:
    return [row.title, row.cause, row.blocks, *row.steps]


# --- No code without a row, no row without a code --------------------------------------------------------


def test_every_code_of_exact_has_a_remedy_or_a_reason_to_wait():
    assert CODES - set(CATALOGUE) - WAITS == set()
    assert set(CATALOGUE) & WAITS == set()


def test_every_outcome_of_the_token_endpoint_becomes_an_issue_or_waits():
    outcomes = {kind.code: kind.dead for kind in oauth.TokenError.__subclasses__()}
    assert set(outcomes) - set(DEATHS) - WAITS == set()
    assert {code for code, dead in outcomes.items() if dead} <= set(DEATHS)


def test_no_remedy_is_there_for_nothing():
    produced = CODES | OURS | set(DEATHS.values()) | {code for codes in CHECKS.values() for code in codes}
    assert set(CATALOGUE) - produced == set()
    assert produced - set(CATALOGUE) - WAITS == set()


def test_every_issue_that_our_code_opens_by_name_has_a_remedy():
    """The first argument of open_issue(…) and CannotBook(…), wherever it is a literal."""
    root = Path(inspect.getfile(connecting)).parent.parent
    opened = set()
    for path in [*root.glob("connections/**/*.py"), *root.glob("invoices/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                if name in ("open_issue", "CannotBook"):
                    opened.add(node.args[0].value)
    assert opened, "the search found nothing: have the functions been renamed?"
    assert opened - set(CATALOGUE) == set()


def test_every_row_is_one_that_exact_says_or_that_our_code_names():
    """A row that nothing opens would be words for a stop that does not happen."""
    root = Path(inspect.getfile(connecting)).parent.parent
    named = set()
    for path in [*root.glob("connections/**/*.py"), *root.glob("invoices/**/*.py")]:
        if not {"remedies", "migrations", "sandbox"} & set(path.parts):
            tree = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            named |= {node.value for node in tree if isinstance(node, ast.Constant)}
    assert {
        code for code in CATALOGUE if code not in named and code.removeprefix("consent_") not in named
    } == set()


def test_an_unknown_code_gets_the_remedy_of_the_unknown_and_keeps_its_name():
    strange = remedy("a_code_from_the_future")
    assert strange.code == "a_code_from_the_future"
    assert strange.title == CATALOGUE["exact_unknown"].title
    assert "Nee" in strange.words({"raw": "Nee."}, "nl").cause


# --- A way out of each -----------------------------------------------------------------------------------


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.code)
def test_a_remedy_that_a_check_closes_names_the_check(row):
    assert bool(row.probe) == (row.resolves == "probe")
    assert not row.probe or row.probe in CHECKS


@pytest.mark.parametrize("row", [row for row in ROWS if row.blocks_connection], ids=lambda row: row.code)
def test_a_connection_that_is_blocked_can_get_out_again(row):
    """By a check that the doctor runs first, by signing in again, or by a person's choice."""
    if row.probe == "token" or row.resolves == "next_success":
        assert row.code in authorisations.MENDED_BY_SIGNING_IN
    elif row.resolves == "probe":
        assert row.probe in examination.GATES
    else:
        assert row.resolves == "person" or row.code in authorisations.MENDED_BY_SIGNING_IN


def test_what_needs_a_person_in_the_queue_is_the_firms():
    queue = ("suppliers", "lines", "invoices")
    others = {row.code for row in ROWS if row.area in queue and row.who_acts != "firm"}
    assert others == {"kvk_claimed_twice"}, "who owns a KVK number is decided by the helpdesk"


# --- The words -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.code)
def test_both_languages_are_there_and_are_two_languages(row):
    for text in texts(row):
        assert text.nl.strip() and text.en.strip()
        assert text.nl != text.en


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.code)
def test_both_languages_leave_the_same_places_open(row):
    for text in texts(row):
        dutch, english = text.places()
        assert dutch == english
        assert dutch <= set(NEUTRAL), "a place without a neutral word would show as an ellipsis"
    assert row.title.places() == (frozenset(), frozenset()), (
        "a title stands in lists and is the same every time"
    )


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.code)
def test_the_words_are_short(row):
    assert max(len(row.title.nl), len(row.title.en)) <= 60
    assert row.title.nl[-1] not in ".!" and row.title.en[-1] not in ".!"
    assert 1 <= len(row.steps) <= 6
    for text in (row.cause, *row.steps):
        assert max(len(text.nl), len(text.en)) <= 260
        for sentence in (text.nl, text.en):
            assert sentence[0].isupper() or sentence[0] == "{"
            assert sentence[-1] in ".?!"


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_remedy_without_any_values_still_reads(language):
    for row in ROWS:
        words = row.words({}, language)
        for sentence in (words.title, words.cause, words.blocks, *words.steps):
            assert "{" not in sentence and "…" not in sentence
            assert sentence[0].isupper(), sentence


def test_values_fill_the_sentences_and_nothing_in_them_can_break_one():
    row = remedy("mailbox_bound_elsewhere")
    words = row.words(
        {"mailbox": "12345678@facturen.econnect.eu", "other_division": 99, "division": None}, "en"
    )
    assert words.cause.startswith("12345678@facturen.econnect.eu exists already")
    assert "(number 99)" in words.cause and "(number unknown)" in words.cause
    odd = {"raw": "Verplicht: {dagboek}\r\n%s {0} {division!r}.", "scope": object()}
    assert "“Verplicht: {dagboek} %s {0} {division!r}”" in remedy("exact_unknown").words(odd, "nl").cause
    assert len(remedy("exact_unknown").words({"raw": "x" * 10_000}, "nl").cause) < 600


def test_a_name_that_ends_in_a_dot_keeps_it():
    assert (
        "Bakker B.V. ontvangt" in remedy("not_connected").words({"organisation": "Bakker B.V."}, "nl").cause
    )


def test_the_active_language_decides_when_none_is_asked_for():
    title = remedy("period_closed").title
    with translation.override("nl"):
        assert str(title) == "De periode is afgesloten"
    with translation.override("en-gb"):
        assert str(title) == "The period is closed"
        assert (
            remedy("period_closed").words({"period": "2026-03"}).cause.startswith("Period 2026-03 is closed")
        )
    with translation.override(None):
        assert str(title) == "De periode is afgesloten"


def test_everyone_who_may_have_to_act_has_a_name():
    assert {row.who_acts for row in ROWS} == set(WHO)


# --- The written lists -----------------------------------------------------------------------------------


def test_the_written_lists_are_up_to_date():
    call_command("issues_doc", "--check")


def test_a_list_that_is_out_of_date_is_noticed_and_mended(tmp_path, settings):
    settings.BASE_DIR = tmp_path
    (tmp_path / "docs").mkdir()
    with pytest.raises(CommandError, match=r"issues\.md.*issues_doc"):
        call_command("issues_doc", "--check")
    call_command("issues_doc", verbosity=0)
    call_command("issues_doc", "--check")
    (tmp_path / "docs" / "issues.nl.md").write_text("anders", encoding="utf-8")
    with pytest.raises(CommandError, match=r"Out of date: issues\.nl\.md\."):
        call_command("issues_doc", "--check")


def test_the_lists_name_every_code_and_every_package():
    lists = {path.name: text for path, text in issues_doc.files().items()}
    for name in ("issues.md", "issues.nl.md"):
        missing = [code for code in (*CATALOGUE, *WAITS) if f"`{code}`" not in lists[name]]
        assert missing == []
    for edition in packages.EDITIONS:
        assert f"| {edition.name} | {edition.booking_lines_month:,} |" in lists["packages.md"]


# --- Packages --------------------------------------------------------------------------------------------


def test_a_package_that_exact_names_is_believed():
    found = recognise({"PackageCode": "EOL Wholesale Premium"}, ["Stock", "Mailbox"], {})
    assert (found.type.code, found.edition.code) == ("wholesale", "premium")
    assert found.confidence is Confidence.NAMED
    assert found.mailbox is True and not found.trial
    assert found.edition.booking_lines_month == 25_000
    with translation.override("nl"):
        assert found.name == "Handel Premium"


def test_a_trial_is_recognised_and_has_no_mailbox():
    for me, features in (({"PackageCode": "ACCOUNTING PLUS TRIAL"}, []), ({}, ["Trial licence", "Mailbox"])):
        found = recognise(me, features, {})
        assert found.trial and found.mailbox is False


def test_features_only_point_to_a_package():
    found = recognise({"PackageCode": "X17"}, ["Projectmanagement", "Digitale brievenbus"], {})
    assert found.type.code == "projects"
    assert found.confidence is Confidence.INFERRED
    assert found.mailbox is True


def test_an_administration_of_another_customer_is_a_firms_client():
    found = recognise({"CustomerCode": "  1001"}, [], {"CustomerCode": "2002"})
    assert found.type.code == "accountancy"
    assert recognise({"CustomerCode": "  1001"}, [], {"CustomerCode": "1001"}).type is None


def test_where_nothing_is_known_the_smallest_limits_are_taken():
    found = recognise({}, [], {})
    assert (found.type, found.mailbox, found.confidence) == (None, None, Confidence.UNKNOWN)
    assert found.edition.booking_lines_month == min(e.booking_lines_month for e in packages.EDITIONS)
    assert found.edition.whole_day == min(e.whole_day for e in packages.EDITIONS)
    assert found.name == "Exact Online"


def test_every_sign_in_that_cannot_do_everything_names_its_issue():
    for access in packages.ACCESS:
        assert bool(access.remedy) == (not (access.books and access.mailbox))
        assert not access.remedy or access.remedy in CATALOGUE


def test_an_account_in_a_remedy_stands_in_groups_of_four() -> None:
    said = Text("IBAN {iban}.", "IBAN {iban}.")
    assert said.render({"iban": "NL91ABNA0417164300"}) == "IBAN NL91 ABNA 0417 1643 00."
    assert said.render({}, "en") == "IBAN (not given)."
