"""The table of Exact's refusals: what its words, its Reason header and its status mean.

The first row that fits an answer decides, so the rows stand in order of decisiveness. A new message is one
row here and one row in `tests/exact/test_errors.py`. Texts are matched in Dutch and English, because Exact
answers in the user's language. `errors.classify` reads the table; the sources of the texts are
picqer/exact-php-client's issues, Exact's own pages, and vendors' help pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Who must act, and so what stops."""

    TRANSIENT = "transient"
    """Nobody: try again later."""
    BUDGET = "budget"
    """Nobody: go on at `retry_at`."""
    AUTHORISATION = "authorisation"
    """The Exact user must be repaired or must connect again; every connection on it stops."""
    RIGHTS = "rights"
    """A right, licence or scope is missing; what needs it stops."""
    INVOICE = "invoice"
    """This one invoice cannot be booked as proposed."""
    CONFIGURATION = "configuration"
    """The administration in Exact must be set up; invoices that need it wait."""
    OURS = "ours"
    """A mistake in this program. Sending it again would only spend the error limit."""


@dataclass(frozen=True, slots=True)
class Rule:
    """When `text` is found in one of Exact's messages (or its Reason header), on one of `statuses` and for an
    endpoint whose path starts with `path`, the answer means `code`. A rule without any of them is raised by
    the client."""

    code: str
    kind: Kind
    says: str
    text: str | None = None
    statuses: tuple[int, ...] = ()
    path: str = ""


# The words in which Exact puts a field's trouble, and the names that it gives to the fields.
def _field(prefix: str, names: str) -> str:
    return rf"^(?:{prefix})\s*[:\-–]?\s*(?:{names})\b"


def _mandatory(names: str) -> str:
    return _field("verplicht|mandatory|required", names)


def _invalid(names: str) -> str:
    return _field("ongeldig|invalid", names)


def _reference(names: str) -> str:
    return _field("ongeldige referentie|invalid reference|onbekend|unknown|niet gevonden|not found", names)


def _blocked(names: str) -> str:
    return _field("geblokkeerd|blocked", names) + rf"|^(?:{names})\b.*\b(?:is geblokkeerd|is blocked)"


_JOURNAL = "dagboek|journal|diary"
_SUPPLIER = "leverancier|crediteur|relatie|supplier|creditor|vendor|relationship|account"
_LEDGER = r"grootboekrekening|grootboek|(?:general )?ledger account|g/?l[ -]?account"
_VAT_CODE = r"btw[ -]?code|vat[ -]?code"
_VAT_RATE = r"btw[ -]?percentage|vat[ -]?percentage"
_COST = r"kostenplaats|kostendrager|cost ?cent(?:er|re)|cost ?unit"
_TERMS = r"betalingsconditie|payment condition"
_MAILBOX = r"digitale (?:brievenbus|postbus)|digital (?:mail|post)box"
DIVISION_WORDS = r"divisie|division|administratie"
_ENTRY_NUMBER = r"boekstuknummer|document number|entry number"

# What lies behind a 403 that says nothing but `Forbidden`: each endpoint stands under one group of rights.
_RIGHTS = (
    ("right_missing_entries", "purchaseentry/", "enter purchase entries"),
    ("right_missing_documents", "documents/", "make documents"),
    ("right_missing_relations", "crm/", "see or change relations"),
    ("right_missing_vat", "vat/", "see VAT codes"),
    ("right_missing_ledgers", "financial/GLAccounts", "see ledger accounts"),
    ("right_missing_journals", "financial/Journals", "see journals"),
    ("right_missing_periods", "financial/FinancialPeriods", "see financial years and periods"),
    ("right_missing_periods", "read/financial/JournalStatusList", "see financial years and periods"),
    ("right_missing_payment_conditions", "cashflow/PaymentConditions", "see payment conditions"),
)

RULES: tuple[Rule, ...] = (
    # Whole user, customer or administration: the Reason header of 401 and 403 (picqer#451 quotes Exact's
    # page).
    Rule("user_blocked", Kind.AUTHORISATION, "The Exact user is blocked.", r"\bBlockedUser\b"),
    Rule(
        "user_inactive",
        Kind.AUTHORISATION,
        "The Exact user is no longer active.",
        r"\bInactiveUser\b|\buser is not active\b",
    ),
    Rule("customer_blocked", Kind.RIGHTS, "The customer is blocked at Exact.", r"\bBlockedCustomer\b"),
    Rule(
        "licence_expired", Kind.RIGHTS, "The licence for Exact Online has expired.", r"\bLicen[cs]eExpired\b"
    ),
    Rule("division_blocked", Kind.RIGHTS, "The administration is blocked in Exact.", r"\bDivisionBlocked\b"),
    Rule(
        "no_division_access",
        Kind.RIGHTS,
        "The Exact user may not open this administration.",
        r"\bNoDivisionAccess\b",
    ),
    Rule(
        "multi_user_identity",
        Kind.AUTHORISATION,
        "The Exact login is shared by several users, which Exact's API does not support.",
        r"configured for multiple users|API connections do not support this type of account",
    ),
    Rule(
        "token_revoked",
        Kind.AUTHORISATION,
        "The access to Exact was withdrawn.",
        r"token[^.]*\brevoked\b|\brevoked\b[^.]*token",
    ),
    Rule("token_refused", Kind.AUTHORISATION, "Exact does not accept the access token.", statuses=(401,)),
    # Rights, scopes, licences.
    Rule(
        "division_out_of_scope",
        Kind.RIGHTS,
        "The administration was not given to this app.",
        r"not within division scope|divisie .*niet opgenomen in de rechten"
        r"|division .*not included in the rights",
    ),
    Rule(
        "app_scope_missing",
        Kind.RIGHTS,
        "The app's registration at Exact lacks a scope.",
        r"application scope violated|cannot (?:read|write|manage) '[^']*' scope",
    ),
    Rule(
        "licence_trial",
        Kind.RIGHTS,
        "A trial licence of Exact may not have a digital mailbox.",
        r"account ?type heeft niet genoeg rechten|account type (?:does not have|has not) (?:enough|sufficient) rights",
    ),
    Rule(
        "licence_feature_missing",
        Kind.RIGHTS,
        "The Exact contract lacks a feature that this needs.",
        r"feature ?set is required|required in the licen[cs]e|licentie.*(?:vereist|ontbreekt)",
    ),
    Rule(
        "mijnkantoor_user",
        Kind.RIGHTS,
        "A MijnKantoor (client portal) user has no rights to do this.",
        r"document ?type not allowed|document ?type niet toegestaan|mijn ?kantoor",
    ),
    Rule(
        "mailbox_bound_elsewhere",
        Kind.CONFIGURATION,
        "The mailbox exists and is bound to another administration.",
        rf"(?:bestaat reeds|already exists)\s*[:\-–]?\s*(?:{_MAILBOX}).*(?:{DIVISION_WORDS})",
    ),
    Rule(
        "mailbox_exists",
        Kind.CONFIGURATION,
        "The mailbox exists already.",
        rf"(?:bestaat reeds|already exists)\s*[:\-–]?\s*(?:{_MAILBOX})",
    ),
    Rule(
        "right_missing_mailbox",
        Kind.RIGHTS,
        "The Exact user may not put messages into the digital mailbox.",
        statuses=(403,),
        path="mailbox/MailMessage",
    ),
    Rule(
        "mailbox_forbidden",
        Kind.RIGHTS,
        "The Exact user may not manage digital mailboxes.",
        statuses=(403,),
        path="mailbox/",
    ),
    Rule(
        "mailbox_forbidden",
        Kind.RIGHTS,
        "The Exact user may not manage digital mailboxes.",
        statuses=(403,),
        path="read/mailbox/",
    ),
    *(
        Rule(code, Kind.RIGHTS, f"The Exact user lacks the right to {what}.", statuses=(403,), path=path)
        for code, path, what in _RIGHTS
    ),
    Rule("right_missing", Kind.RIGHTS, "The Exact user lacks the right for this.", statuses=(403,)),
    # The call itself was wrong.
    Rule(
        "select_missing",
        Kind.OURS,
        "The request had no $select.",
        r"add a \$select or a \$top=1",
    ),
    Rule(
        "filter_mandatory",
        Kind.OURS,
        "The endpoint wants a $filter on one of its indexed fields.",
        r"mandatory filtering|must have a \$filter",
    ),
    Rule(
        "filter_not_supported",
        Kind.OURS,
        "The endpoint does not support this $filter.",
        r"\$filter parameter is not supported",
    ),
    Rule(
        "field_unknown",
        Kind.OURS,
        "The request names a field that Exact does not have.",
        r"could not find a property named|no property '[^']*' exists|property '[^']*' does not exist",
    ),
    Rule(
        "payload_invalid",
        Kind.OURS,
        "The payload has an unknown field or a value of the wrong type.",
        r"error processing request stream",
    ),
    Rule(
        "request_too_large",
        Kind.INVOICE,
        "The file is larger than Exact accepts.",
        r"maximum request length|request (?:entity |body )?(?:is )?too large"
        r"|bestand is te groot|file is too (?:large|big)",
    ),
    Rule("request_too_large", Kind.INVOICE, "The file is larger than Exact accepts.", statuses=(413,)),
    Rule(
        "query_syntax",
        Kind.OURS,
        "Exact cannot parse the request.",
        r"error in query syntax|unrecognized '[^']*' literal|syntax error at position",
    ),
    # Exact itself is ill.
    Rule(
        "exact_fault",
        Kind.TRANSIENT,
        "Exact failed inside.",
        r"object reference not set|objectverwijzing is niet op een exemplaar|a problem has occurred"
        r"|er is een probleem opgetreden|was deadlocked on",
    ),
    Rule(
        "exact_down",
        Kind.TRANSIENT,
        "Exact is not available.",
        r"^(?:server|service) unavailable|^unable to identify proxy",
        statuses=(404, 500, 502, 503, 504),
    ),
    # Already there: look it up and adopt it, before anything else that the same answer complains of.
    Rule(
        "duplicate_entry_number",
        Kind.INVOICE,
        "Exact already has an entry with this number.",
        rf"(?:in gebruik|in use|bestaat reeds|already exists)\s*[:\-–]?\s*(?:{_ENTRY_NUMBER})",
    ),
    Rule(
        "already_processed",
        Kind.INVOICE,
        "The document was already processed in Exact.",
        r"^reeds verwerkt|^already processed",
    ),
    Rule(
        "already_exists",
        Kind.INVOICE,
        "Exact says that this exists already.",
        r"bestaat reeds|bestaat al\b|already exists",
    ),
    # The books of the year and the journal: every invoice of that period or journal meets the same refusal.
    Rule(
        "financial_year_unknown",
        Kind.CONFIGURATION,
        "The financial year does not exist in Exact.",
        r"(?:unknown|onbekend)\s*:\s*(?:financial year|boekjaar)|period-date table|periode-?datum ?tabel",
    ),
    Rule(
        "financial_year_fixed",
        Kind.INVOICE,
        "The financial year of an entry cannot be changed.",
        r"financial year cannot be changed|boekjaar kan niet (?:worden )?gewijzigd",
    ),
    Rule(
        "period_closed",
        Kind.INVOICE,
        "The financial period is closed.",
        r"perio(?:de|d)\b.*\b(?:is )?(?:afgesloten|gesloten|closed)|(?:afgesloten|closed)\s*:\s*perio",
    ),
    Rule("journal_missing", Kind.CONFIGURATION, "The entry has no journal.", _mandatory(_JOURNAL)),
    Rule("journal_blocked", Kind.CONFIGURATION, "The journal is blocked.", _blocked(_JOURNAL)),
    Rule(
        "journal_type",
        Kind.CONFIGURATION,
        "The journal is not of the type for purchases.",
        rf"{_invalid(_JOURNAL)}|invalid journal|journal must be a",
    ),
    Rule("journal_unknown", Kind.CONFIGURATION, "The journal does not exist.", _reference(_JOURNAL)),
    Rule(
        "vat_code_not_allowed",
        Kind.CONFIGURATION,
        "The journal or the account does not allow this VAT code.",
        rf"(?:not allowed|niet toegestaan)\s*[:\-–]?\s*(?:{_VAT_CODE})",
    ),
    Rule(
        "cost_center_link",
        Kind.CONFIGURATION,
        "The cost centre is not linked to the ledger account.",
        r"cost ?cent(?:er|re) link|koppeling kostenplaats|kostenplaats ?koppeling",
    ),
    # The supplier.
    Rule(
        "supplier_not_supplier",
        Kind.INVOICE,
        "The relation is not a supplier in Exact.",
        r"^(?:ongeldig|invalid)\s*:\s*(?:klant|customer|leverancier|supplier|crediteur|creditor|relatie|account"
        r"|factuur voor|invoice to)\s*\((?:type|soort)\)",
    ),
    Rule("supplier_blocked", Kind.INVOICE, "The supplier is blocked in Exact.", _blocked(_SUPPLIER)),
    Rule("supplier_missing", Kind.INVOICE, "The entry has no supplier.", _mandatory(_SUPPLIER)),
    Rule(
        "supplier_unknown",
        Kind.INVOICE,
        "The supplier does not exist in this administration.",
        f"{_reference(_SUPPLIER)}|{_invalid(_SUPPLIER)}",
    ),
    Rule("payment_condition_missing", Kind.CONFIGURATION, "No payment condition is set.", _mandatory(_TERMS)),
    Rule(
        "payment_condition_unknown",
        Kind.CONFIGURATION,
        "The payment condition does not exist.",
        _reference(_TERMS),
    ),
    Rule(
        "payment_method_missing",
        Kind.CONFIGURATION,
        "No payment method is set.",
        _mandatory(r"soort betaling|betalingswijze|payment method|payment type"),
    ),
    # The lines.
    Rule("ledger_account_blocked", Kind.INVOICE, "The ledger account is blocked.", _blocked(_LEDGER)),
    Rule(
        "ledger_account_type",
        Kind.INVOICE,
        "The ledger account is of a type that cannot stand on this line.",
        r"(?:ongeldige?|invalid)\s*:?\s*"
        r"(?:grootboekrekening ?type|(?:general )?ledger account \(?type|g/?l account \(?type)",
    ),
    Rule("ledger_account_missing", Kind.INVOICE, "A line has no ledger account.", _mandatory(_LEDGER)),
    Rule(
        "ledger_account_unknown",
        Kind.INVOICE,
        "A ledger account does not exist.",
        f"{_reference(_LEDGER)}|{_invalid(_LEDGER)}",
    ),
    Rule(
        "vat_amount_mismatch",
        Kind.INVOICE,
        "The VAT amount does not fit the VAT code and the base amount.",
        r"btw[ -]?regel met btw[ -]?code.*komt niet overeen"
        r"|vat amount.*(?:does not correspond|not correspond|mismatch)"
        r"|btw[ -]?bedrag.*(?:komt niet overeen|wijkt af)",
    ),
    Rule(
        "vat_percentage_invalid",
        Kind.INVOICE,
        "The VAT percentage does not fit the VAT code.",
        _invalid(_VAT_RATE),
    ),
    Rule(
        "vat_code_unknown",
        Kind.INVOICE,
        "The VAT code does not exist or is blocked.",
        f"{_reference(_VAT_CODE)}|{_invalid(_VAT_CODE)}|{_blocked(_VAT_CODE)}",
    ),
    Rule(
        "cost_center_invalid",
        Kind.INVOICE,
        "The cost centre or cost unit does not exist or is missing.",
        f"{_reference(_COST)}|{_invalid(_COST)}|{_mandatory(_COST)}|{_blocked(_COST)}",
    ),
    Rule(
        "project_invalid",
        Kind.INVOICE,
        "The project does not exist or is blocked.",
        f"{_reference('project')}|{_invalid('project')}|{_mandatory('project')}|{_blocked('project')}",
    ),
    Rule(
        "entry_not_balanced",
        Kind.INVOICE,
        "The entry does not balance.",
        r"niet in evenwicht|not (?:in balance|balanced)|out of balance",
    ),
    # The rest of what Exact says about fields.
    Rule(
        "webhook_callback_refused",
        Kind.CONFIGURATION,
        "Exact could not reach our webhook address.",
        r"callback url endpoint returns|post to callback",
    ),
    Rule(
        "in_use",
        Kind.INVOICE,
        "It is in use in Exact and cannot be removed.",
        r"^can'?t delete|kan niet (?:worden )?verwijder|\bin gebruik\b|\bin use\b",
    ),
    Rule(
        "mandatory_field",
        Kind.CONFIGURATION,
        "Exact misses a field.",
        r"^(?:verplicht|mandatory|required)\s*:",
    ),
    Rule(
        "unknown_currency",
        Kind.INVOICE,
        "Exact does not know the invoice's currency.",
        r"^(?:ongeldige referentie|invalid reference)\s*:\s*(?:valuta|currency)\b",
    ),
    Rule(
        "reference_unknown",
        Kind.CONFIGURATION,
        "Something that is referred to does not exist.",
        r"^(?:ongeldige referentie|invalid reference)\s*:",
    ),
    Rule(
        "value_invalid",
        Kind.CONFIGURATION,
        "Exact refuses a value.",
        r"^(?:ongeldig|invalid|niet toegestaan|not allowed)\s*:",
    ),
    # By status alone, when no words decided.
    Rule("not_found", Kind.OURS, "It does not exist in Exact.", statuses=(404, 410)),
    Rule("timeout", Kind.TRANSIENT, "Exact took too long.", statuses=(408, 504)),
    Rule("not_implemented", Kind.OURS, "Exact does not offer this call.", statuses=(405, 501)),
    Rule("exact_down", Kind.TRANSIENT, "Exact is not available.", statuses=(502, 503)),
    Rule("request_refused", Kind.OURS, "Exact refuses the request.", statuses=(400, 406, 411, 414, 415, 431)),
    # Raised by `classify` and by the client; no answer's text leads here.
    Rule("exact_unknown", Kind.CONFIGURATION, "Exact refuses with a message that we do not know."),
    Rule("budget_minute", Kind.BUDGET, "The calls of this minute are used up."),
    Rule("budget_day", Kind.BUDGET, "The calls of this day are used up."),
    Rule("budget_learning", Kind.BUDGET, "The rest of this day's calls is kept for invoices."),
    Rule("budget_errors", Kind.BUDGET, "This endpoint has answered too many errors in an hour."),
    Rule("unreachable", Kind.TRANSIENT, "Exact could not be reached; nothing was sent."),
    Rule("connection_lost", Kind.TRANSIENT, "The connection broke before Exact answered."),
    Rule("answer_cut_off", Kind.TRANSIENT, "Exact's answer broke off."),
    Rule("no_time_left", Kind.TRANSIENT, "No time is left for this call; nothing was sent."),
    Rule("answer_unreadable", Kind.OURS, "Exact's answer has an unknown shape."),
    Rule("link_foreign", Kind.OURS, "A link points away from Exact; the token was not sent there."),
)
