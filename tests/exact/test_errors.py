"""Every refusal that Exact is known to give has one meaning."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from connections.exact.errors import CODES, COUNTED, ExactError, Kind, classify, messages
from connections.exact.refusals import RULES

NOW = datetime(2026, 3, 2, 8, 18, 25, tzinfo=UTC)

APIGEE = json.dumps(
    {
        "fault": {
            "faultstring": "Unable to identify proxy for host: start.exactonline.nl:443 and url: /api/v1/",
            "detail": {"errorcode": "messaging.adaptors.http.flow.ApplicationNotFound"},
        }
    }
)
PAGE = "<!DOCTYPE html><html><head><title>Exact</title></head><body>Onderhoud: we are back soon</body></html>"


def said(*sentences: str) -> str:
    """An error body as Exact frames it."""
    return json.dumps({"error": {"code": "", "message": {"lang": "", "value": "\r\n".join(sentences)}}})


def judged(
    status: int, text: str = "", *, method: str = "POST", path: str = "", **headers: str
) -> ExactError:
    return classify(
        status=status, headers=headers, text=text, endpoint="It", path=path, method=method, now=NOW
    )


BUSINESS = [
    # The books
    ("Periode is afgesloten: 2026 - 3", "period_closed"),
    ("Period is closed: 2026 - 3", "period_closed"),
    ("Unknown: Financial year (Period-date table)", "financial_year_unknown"),
    ("Onbekend: Boekjaar (Periode-datumtabel)", "financial_year_unknown"),
    ("The financial year cannot be changed.", "financial_year_fixed"),
    ("Verplicht: Dagboek", "journal_missing"),
    ("Mandatory: Diary", "journal_missing"),
    ("Mandatory: Journal", "journal_missing"),
    ("Invalid: Journal (type)", "journal_type"),
    ("Ongeldig: Dagboek", "journal_type"),
    ("Invalid journal. The journal must be a purchase journal.", "journal_type"),
    ("Blocked: Journal", "journal_blocked"),
    ("Geblokkeerd: Dagboek", "journal_blocked"),
    ("Ongeldige referentie: Dagboek", "journal_unknown"),
    ("Ongeldige referentie: Valuta", "unknown_currency"),
    ("Invalid reference: Currency", "unknown_currency"),
    # Already there
    ("Gegeven bestaat reeds.", "already_exists"),
    ("Bestaat reeds: Mandaat referentie", "already_exists"),
    ("Already exists", "already_exists"),
    ("In gebruik: Boekstuknummer.", "duplicate_entry_number"),
    ("In use: Document number", "duplicate_entry_number"),
    ("Already exists - Entry number: 26700012, Journal: 700", "duplicate_entry_number"),
    ("Reeds verwerkt", "already_processed"),
    # The supplier
    ("Ongeldig: Klant (Type)", "supplier_not_supplier"),
    ("Invalid: Customer (Type)", "supplier_not_supplier"),
    ("Invalid: Supplier (Type)", "supplier_not_supplier"),
    ("Ongeldig: Factuur voor (Type)", "supplier_not_supplier"),
    ("Geblokkeerd: Relatie", "supplier_blocked"),
    ("Blocked: Supplier", "supplier_blocked"),
    ("Mandatory: Relationship", "supplier_missing"),
    ("Verplicht: Crediteur", "supplier_missing"),
    ("Ongeldige referentie: Leverancier", "supplier_unknown"),
    ("Invalid reference: Account", "supplier_unknown"),
    ("Verplicht: Betalingsconditie", "payment_condition_missing"),
    ("Mandatory: Payment condition", "payment_condition_missing"),
    ("Ongeldige referentie: Betalingsconditie", "payment_condition_unknown"),
    ("Verplicht: Soort betaling", "payment_method_missing"),
    # The lines
    ("Blocked: Ledger account", "ledger_account_blocked"),
    ("Geblokkeerd: Grootboekrekening", "ledger_account_blocked"),
    ("Ongeldig grootboekrekeningtype", "ledger_account_type"),
    ("Ongeldig: Grootboekrekeningtype", "ledger_account_type"),
    ("Invalid: G/L account type", "ledger_account_type"),
    ("Verplicht: Grootboekrekening", "ledger_account_missing"),
    ("Ongeldige referentie: Grootboekrekening", "ledger_account_unknown"),
    ("Not allowed: VAT code", "vat_code_not_allowed"),
    ("Niet toegestaan: Btw-code", "vat_code_not_allowed"),
    ("Ongeldige referentie: Btw-code", "vat_code_unknown"),
    ("Invalid reference: VAT code", "vat_code_unknown"),
    ("Ongeldig: Btw-percentage []", "vat_percentage_invalid"),
    ("Invalid: VAT percentage", "vat_percentage_invalid"),
    (
        "Invoer 17: Het bedrag van de BTW regel met BTW code 4 komt niet overeen met het totaal aan BTW-bedragen"
        " in de grondslagregels.",
        "vat_amount_mismatch",
    ),
    ("VAT amount 21.00 does not correspond to the VAT code", "vat_amount_mismatch"),
    ("Invalid: Cost center link", "cost_center_link"),
    ("Invalid reference: Cost unit", "cost_center_invalid"),
    ("Ongeldige referentie: Kostenplaats", "cost_center_invalid"),
    ("Ongeldige referentie: Project", "project_invalid"),
    (
        "De boeking is niet in evenwicht op: 2022 / 4 (Type: Inkoopboeking) - Verschil: EUR -0,01",
        "entry_not_balanced",
    ),
    # The mailbox, rights that come as business messages, the rest
    ("Bestaat reeds: Digitale brievenbus; Ongeldig: Divisie", "mailbox_bound_elsewhere"),
    ("Bestaat reeds: Digitale brievenbus", "mailbox_exists"),
    (
        "Dit account type heeft niet genoeg rechten om een digitale brievenbus aan te maken.",
        "licence_trial",
    ),
    ("Mailbox feature set is required in the license", "licence_feature_missing"),
    ("Document Type not allowed", "mijnkantoor_user"),
    (
        "Your One Exact Identity account is configured for multiple users. API Connections do not support this"
        " type of account.",
        "multi_user_identity",
    ),
    (
        "Invalid: Post to callback URL endpoint returns 500 An error occurred while sending the request.",
        "webhook_callback_refused",
    ),
    ("Can't delete: Account 58 - Used in: Administrations", "in_use"),
    ("Verplicht: Serie", "mandatory_field"),
    ("Ongeldige referentie: Leveren aan", "reference_unknown"),
    ("Invalid: Email []", "value_invalid"),
    ("De maan staat in het verkeerde huis.", "exact_unknown"),
]


@pytest.mark.parametrize(("sentence", "code"), BUSINESS, ids=[sentence[:50] for sentence, _ in BUSINESS])
def test_a_business_message_in_a_500_has_its_code_and_is_never_transient(sentence, code):
    error = judged(500, said(sentence))
    assert error.code == code
    assert error.kind is not Kind.TRANSIENT
    assert not error.maybe_done
    assert error.raw


BY_STATUS = [
    # status, body, headers, path -> code, kind
    (
        400,
        said("Please add a $select or a $top=1 statement to the query string."),
        {},
        "",
        "select_missing",
        "ours",
    ),
    (400, said("Bad Request - Error in query syntax."), {}, "", "query_syntax", "ours"),
    (400, "Bad Request - Error in query syntax.", {}, "", "query_syntax", "ours"),
    (
        400,
        said(
            "This endpoint has mandatory filtering applied. A GET request for this endpoint must have a $filter"
            " parameter with one of the following fields in the url: ID, Code"
        ),
        {},
        "",
        "filter_mandatory",
        "ours",
    ),
    (
        400,
        said("This $filter parameter is not supported for this resource"),
        {},
        "",
        "filter_not_supported",
        "ours",
    ),
    (400, said("Unrecognized 'Edm.Guid' literal 'guid'dsadsds'' in '6'."), {}, "", "query_syntax", "ours"),
    (400, said("Could not find a property named 'Nam'"), {}, "", "field_unknown", "ours"),
    (
        400,
        said(
            "Error processing request stream. Error encountered in converting the value from request payload for"
            " property 'Attachment' to type 'Byte[]'"
        ),
        {},
        "",
        "payload_invalid",
        "ours",
    ),
    (400, said("Something new about a query"), {}, "", "request_refused", "ours"),
    (400, "", {}, "", "request_refused", "ours"),
    (401, said("Unauthorized"), {}, "", "token_refused", "authorisation"),
    (401, "", {}, "", "token_refused", "authorisation"),
    (401, PAGE, {}, "", "token_refused", "authorisation"),
    (401, said("The token was revoked"), {}, "", "token_revoked", "authorisation"),
    (401, "", {"Reason": "InactiveUser"}, "", "user_inactive", "authorisation"),
    (403, said("Forbidden"), {}, "system/AvailableFeatures", "right_missing", "rights"),
    (403, "Forbidden", {}, "system/AvailableFeatures", "right_missing", "rights"),
    (403, "", {}, "system/AvailableFeatures", "right_missing", "rights"),
    (403, said("Forbidden"), {}, "purchaseentry/PurchaseEntries", "right_missing_entries", "rights"),
    (403, said("Forbidden"), {}, "purchaseentry/PurchaseEntryLines", "right_missing_entries", "rights"),
    (403, said("Forbidden"), {}, "documents/DocumentAttachments", "right_missing_documents", "rights"),
    (403, said("Forbidden"), {}, "crm/BankAccounts", "right_missing_relations", "rights"),
    (403, said("Forbidden"), {}, "vat/VATCodes", "right_missing_vat", "rights"),
    (403, said("Forbidden"), {}, "financial/GLAccounts", "right_missing_ledgers", "rights"),
    (403, said("Forbidden"), {}, "financial/Journals", "right_missing_journals", "rights"),
    (403, said("Forbidden"), {}, "financial/FinancialPeriods", "right_missing_periods", "rights"),
    (403, said("Forbidden"), {}, "read/financial/JournalStatusList", "right_missing_periods", "rights"),
    (403, said("Forbidden"), {}, "cashflow/PaymentConditions", "right_missing_payment_conditions", "rights"),
    (403, said("Forbidden"), {}, "mailbox/MailMessagesSent", "right_missing_mailbox", "rights"),
    (403, said("Forbidden"), {}, "mailbox/Mailboxes", "mailbox_forbidden", "rights"),
    (403, said("Forbidden"), {}, "read/mailbox/PreferredMailbox", "mailbox_forbidden", "rights"),
    (
        403,
        said("Forbidden - User division is not within division scope."),
        {},
        "mailbox/Mailboxes",
        "division_out_of_scope",
        "rights",
    ),
    (
        403,
        said("Forbidden - Application Scope Violated. Cannot read 'communication.mailboxes' scope."),
        {},
        "mailbox/Mailboxes",
        "app_scope_missing",
        "rights",
    ),
    (403, "", {"Reason": "BlockedUser"}, "", "user_blocked", "authorisation"),
    (403, "", {"Reason": "InactiveUser"}, "", "user_inactive", "authorisation"),
    (403, "", {"Reason": "BlockedCustomer"}, "", "customer_blocked", "rights"),
    (403, "", {"Reason": "LicenseExpired"}, "", "licence_expired", "rights"),
    (403, "", {"Reason": "DivisionBlocked"}, "", "division_blocked", "rights"),
    (403, "", {"Reason": "NoDivisionAccess"}, "", "no_division_access", "rights"),
    (403, said("The user is not active"), {}, "", "user_inactive", "authorisation"),
    (404, "", {}, "", "not_found", "ours"),
    (404, APIGEE, {}, "", "exact_down", "transient"),
    (410, "", {}, "", "not_found", "ours"),
    (405, "", {}, "", "not_implemented", "ours"),
    (408, "", {}, "", "timeout", "transient"),
    (413, "", {}, "", "request_too_large", "invoice"),
    (500, said("Maximum request length exceeded."), {}, "", "request_too_large", "invoice"),
    (418, "", {}, "", "request_refused", "ours"),
    (302, "", {}, "", "exact_down", "transient"),
    (500, "", {}, "", "exact_down", "transient"),
    (500, PAGE, {}, "", "exact_down", "transient"),
    (500, said(""), {}, "", "exact_down", "transient"),
    (500, "Server Unavailable", {}, "", "exact_down", "transient"),
    (500, said("Server Unavailable"), {}, "", "exact_down", "transient"),
    (
        500,
        said("Object reference not set to an instance of an object."),
        {},
        "",
        "exact_fault",
        "transient",
    ),
    (
        500,
        said("De objectverwijzing is niet op een exemplaar ingesteld."),
        {},
        "",
        "exact_fault",
        "transient",
    ),
    (
        500,
        said("A problem has occurred. The cause of this issue will be investigated as soon as possible."),
        {},
        "",
        "exact_fault",
        "transient",
    ),
    (501, "", {}, "", "not_implemented", "ours"),
    (502, PAGE, {}, "", "exact_down", "transient"),
    (503, PAGE, {}, "", "exact_down", "transient"),
    (503, "", {}, "", "exact_down", "transient"),
    (504, "", {}, "", "timeout", "transient"),
]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(("status", "text", "headers", "path", "code", "kind"), BY_STATUS)
def test_an_answer_has_one_meaning_and_a_write_that_met_a_transient_one_may_be_done(
    status, text, headers, path, code, kind, method
):
    error = judged(status, text, method=method, path=path, **headers)
    assert (error.code, error.kind) == (code, kind)
    assert error.maybe_done is (method == "POST" and kind == "transient")
    assert error.counts_as_error is (status in COUNTED)


# --- The budget -----------------------------------------------------------------------------------------------

MINUTELY = {
    "X-RateLimit-Minutely-Limit": "60",
    "X-RateLimit-Minutely-Remaining": "0",
    "X-RateLimit-Minutely-Reset": str(int(datetime(2026, 3, 2, 8, 19, tzinfo=UTC).timestamp() * 1000)),
}
DAILY = {
    "X-RateLimit-Limit": "5000",
    "X-RateLimit-Remaining": "0",
    "X-RateLimit-Reset": str(int(datetime(2026, 3, 3, tzinfo=UTC).timestamp() * 1000)),
}


def test_a_429_with_the_minutely_headers_waits_for_the_end_of_the_clock_minute():
    error = judged(429, **MINUTELY)
    assert (error.code, error.kind) == ("budget_minute", Kind.BUDGET)
    assert timedelta(0) < error.retry_at - datetime(2026, 3, 2, 8, 19, tzinfo=UTC) < timedelta(seconds=1)
    assert not error.maybe_done


def test_a_429_with_the_daily_headers_waits_for_midnight_utc():
    error = judged(429, **DAILY)
    assert error.code == "budget_day"
    assert timedelta(0) < error.retry_at - datetime(2026, 3, 3, tzinfo=UTC) < timedelta(seconds=1)


def test_a_429_with_both_families_is_about_the_one_that_is_empty():
    assert judged(429, **{**MINUTELY, **DAILY, "X-RateLimit-Remaining": "17"}).code == "budget_minute"
    assert judged(429, **{**MINUTELY, **DAILY, "X-RateLimit-Minutely-Remaining": "17"}).code == "budget_day"


def test_a_429_without_headers_is_the_minute_as_before_2019():
    error = judged(429)
    assert error.code == "budget_minute"
    assert (
        datetime(2026, 3, 2, 8, 19, tzinfo=UTC) <= error.retry_at < datetime(2026, 3, 2, 8, 19, 1, tzinfo=UTC)
    )


def bare(recent_errors, bare_before):
    said_so = {"recent_errors": recent_errors, "bare_before": bare_before}
    return classify(status=429, headers={}, text="", endpoint="It", path="", method="GET", now=NOW, **said_so)


def test_a_bare_429_soon_after_errors_is_waited_for_a_minute_and_the_next_is_the_error_block():
    assert bare(recent_errors=1, bare_before=False).code == "budget_minute"
    error = bare(recent_errors=1, bare_before=True)
    assert (error.code, error.retry_at) == ("budget_errors", NOW + timedelta(hours=1))


def test_bare_429s_without_an_error_are_no_error_block_however_many():
    assert bare(recent_errors=0, bare_before=True).code == "budget_minute"


def test_a_gateway_that_says_when_to_come_back_is_believed():
    retry_after = {"Retry-After": "17"}
    assert judged(503, **retry_after).retry_at == NOW + timedelta(seconds=17)
    assert judged(429, **retry_after).retry_at == NOW + timedelta(seconds=17)
    assert judged(503).retry_at is None


def test_a_429_that_speaks_of_errors_waits_for_an_hour():
    error = judged(429, said("Too many errors for this key and endpoint."))
    assert error.code == "budget_errors"
    assert error.retry_at == NOW + timedelta(hours=1)


# --- Words ----------------------------------------------------------------------------------------------------


def test_of_several_messages_the_most_decisive_decides_and_all_are_kept():
    error = judged(
        500, said("Invalid reference: Cost unit", "Periode is afgesloten: 2026 - 3", "Mandatory: Diary")
    )
    assert error.code == "period_closed"
    assert error.raw == "Invalid reference: Cost unit\nPeriode is afgesloten: 2026 - 3\nMandatory: Diary"


def test_a_duplicate_is_looked_up_before_anything_else_is_mended():
    assert judged(500, said("Ongeldige referentie: Btw-code", "In gebruik: Boekstuknummer.")).code == (
        "duplicate_entry_number"
    )


def test_the_mailbox_bound_elsewhere_is_told_by_two_lines_together_and_names_the_division():
    error = judged(
        500, said("Bestaat reeds: Digitale brievenbus", "Ongeldig: Divisie 3155482"), path="mailbox/Mailboxes"
    )
    assert (error.code, error.division) == ("mailbox_bound_elsewhere", 3155482)


def test_a_number_in_another_refusal_is_no_division():
    assert judged(500, said("Verplicht: Dagboek in administratie 123456")).division is None


def test_atom_xml_with_a_byte_order_mark_and_control_characters_is_read():
    text = '\ufeff<error><code/><message xml:lang="nl-NL">Verplicht: Dag\x03boek &amp; meer</message></error>'
    assert messages(text) == ["Verplicht: Dagboek & meer"]
    assert judged(500, text).code == "journal_missing"


def test_a_business_message_about_maintenance_costs_is_no_maintenance_page():
    assert judged(500, said("Ongeldige referentie: Kostenplaats onderhoud")).kind is not Kind.TRANSIENT


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", '{"error": null}', '{"error": {"message": 3}}', "{broken"]
)
def test_a_body_without_a_sentence_gives_none(text):
    assert messages(text) in ([], ["null"])


def test_the_log_line_names_call_code_status_and_exacts_words():
    error = judged(500, said("Verplicht: Dagboek"))
    assert str(error) == "POST It: The entry has no journal. [journal_missing, HTTP 500] Verplicht: Dagboek"


# --- The table ------------------------------------------------------------------------------------------------


def test_every_row_of_the_table_has_a_test():
    tested = {code for _, code in BUSINESS} | {row[4] for row in BY_STATUS}
    by_hand = {rule.code for rule in RULES if rule.code.startswith("budget_")}
    of_the_client = {rule.code for rule in RULES if not rule.text and not rule.statuses}
    assert tested | by_hand | of_the_client == CODES


def test_a_code_has_one_kind_and_one_sentence():
    meaning = {}
    for rule in RULES:
        assert meaning.setdefault(rule.code, (rule.kind, rule.says)) == (rule.kind, rule.says)
