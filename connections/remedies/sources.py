"""Where each code comes from, so that no row is there for nothing and no code is without its row."""

CHECKS: dict[str, frozenset[str]] = {
    "user": frozenset(
        {"mijnkantoor_user", "user_not_full", "multi_user_identity", "user_inactive", "user_blocked"}
    ),
    "token": frozenset({"authorisation_expired", "authorisation_revoked", "token_refused"}),
    "division": frozenset({"no_division_access", "division_out_of_scope", "division_blocked"}),
    "licence": frozenset({"licence_expired", "licence_feature_missing", "licence_trial", "customer_blocked"}),
    "read_vat_codes": frozenset({"right_missing_vat"}),
    "read_ledger_accounts": frozenset({"right_missing_ledgers"}),
    "read_journals": frozenset({"right_missing_journals"}),
    "purchase_journal": frozenset({"no_purchase_journal", "journal_blocked"}),
    "read_relations": frozenset({"right_missing_relations"}),
    "write_relations": frozenset({"right_missing_relations"}),
    "read_entries": frozenset({"right_missing_entries"}),
    "write_entries": frozenset({"right_missing_entries"}),
    "read_documents": frozenset({"right_missing_documents"}),
    "write_documents": frozenset({"right_missing_documents"}),
    "write_attachments": frozenset({"right_missing_documents"}),
    "mailbox": frozenset(
        {
            "right_missing_mailbox",
            "mailbox_forbidden",
            "mailbox_bound_elsewhere",
            "mailbox_exists",
            "licence_trial",
        }
    ),
    "write_mailbox": frozenset({"right_missing_mailbox"}),
    "periods": frozenset({"right_missing_periods", "no_open_period"}),
    "payment_conditions": frozenset({"right_missing_payment_conditions"}),
    "webhooks": frozenset({"webhook_callback_refused", "app_scope_missing"}),
}
"""The doctor's checks, and the issues that each may open. A check may also answer with any code of Exact's."""

DEATHS: dict[str, str] = {
    "token_expired": "authorisation_expired",
    "token_revoked": "authorisation_revoked",
    "token_reused": "authorisation_reused",
    "token_chain_broken": "chain_broken",
    "user_inactive": "user_inactive",
    "taken_over": "authorisation_taken_over",
    "code_refused": "consent_exchange_failed",
    "client_rejected": "wrong_client",
}
"""How the token endpoint says no (`connections.exact.oauth`), and the issue that it becomes."""

OURS: frozenset[str] = frozenset(
    {
        # Consent, and choosing the administration
        "consent_denied",
        "consent_link_unknown",
        "consent_link_used",
        "consent_link_expired",
        "consent_state_unknown",
        "consent_other_browser",
        "consent_trip_too_long",
        "token_calls_used_up",
        "one_exact_user_left",
        "client_moved",
        "not_connected",
        "divisions_not_listed",
        "no_division_matches",
        "several_divisions_match",
        "division_unknown",
        "division_other_kvk",
        "division_taken",
        # Delivering and following
        "mailbox_not_active",
        "document_not_found",
        "entry_lost",
        "budget_contract",
        "booking_lines_low",
        "booking_lines_used_up",
        # Reading and judging
        "unrouted_document",
        "kvk_claimed_twice",
        "mail_not_authentic",
        "unreadable_document",
        "duplicate_suspected",
        "totals_do_not_add_up",
        "invoice_incomplete",
        "wrong_direction",
        "sales_invoice",
        "self_billing",
        "unknown_currency",
        "supplier_ambiguous",
        "iban_changed",
        "iban_new",
        # Ourselves
        "our_bug",
    }
)
"""What the portal itself finds out."""
