"""Rules one by one: a correct invoice breaks none, and each change breaks the rule it should."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from invoices.formats import Invoice, read
from invoices.formats import model as m
from invoices.formats.rules import Finding, judge, profiles_of, recompute, rules
from invoices.formats.rules.profiles import EN16931, GACCOUNT, NLCIUS, OURS, PEPPOL
from invoices.formats.rules.words import WORDS
from invoices.formats.write import GACCOUNT_SPECIFICATION, PEPPOL_SPECIFICATION, ubl

from .samples import BUYER, S9, S21, SELLER, credit_note, invoice, line, peppol_invoice
from .test_reading import said

REVERSE = m.VatCategory("AE", Decimal(0), "VAT")
OUTSIDE = m.VatCategory("O", None, "VAT")
EXEMPT_REASON = m.VatBreakdown(vat=m.VatCategory("O", None, "VAT", reason="Buiten de btw"))


def fired(found: Invoice) -> set[str]:
    return {finding.rule for finding in judge(found)}


def gaccount_invoice(**more: object) -> Invoice:
    given = {
        "specification": GACCOUNT_SPECIFICATION,
        "payment_means": (
            m.PaymentMeans(id="GEWOON", code="58", account="NL91ABNA0417164300"),
            m.PaymentMeans(id="GACCOUNT", code="58", account="NL20INGB0001234567"),
        ),
        "payment_terms": (
            m.PaymentTerms(means_id="GEWOON", amount=Decimal("90.75")),
            m.PaymentTerms(means_id="GACCOUNT", amount=Decimal("30.25")),
        ),
    }
    return invoice(**{**given, **more})


@pytest.mark.parametrize(
    "correct",
    [
        invoice(),
        invoice(line(1), line(2, "3", "0.3333", S9), line(3, "-1", "12.5")),
        credit_note(),
        peppol_invoice(),
        peppol_invoice(specification=PEPPOL_SPECIFICATION, seller=replace(SELLER, legal_form="B.V.")),
        gaccount_invoice(),
        invoice(line(vat=OUTSIDE), seller=replace(SELLER, tax_ids=()), buyer=replace(BUYER, tax_ids=()), vat_breakdown=(
            m.VatBreakdown(Decimal("100.00"), Decimal("0.00"), EXEMPT_REASON.vat),
        )),
    ],
)  # fmt: skip
def test_a_correct_invoice_breaks_no_rule(correct: Invoice) -> None:
    assert judge(correct) == ()
    assert recompute(correct).differences == ()


def _party(of: m.Party, **more: object) -> m.Party:
    assert of.address is not None
    return replace(of, address=replace(of.address, **more))  # type: ignore[arg-type]


def _totals(**more: Decimal | None) -> Invoice:
    return replace(invoice(), totals=replace(invoice().totals, **more))  # type: ignore[arg-type]


_BROKEN: dict[str, Callable[[], Invoice]] = {
    "READ-TOTALS": lambda: replace(invoice(), totals=m.Totals(vat=Decimal(21))),
    "READ-CURRENCY": lambda: replace(invoice(), other_currencies=("USD",)),
    "READ-NUMBER": lambda: said("<cac:LegalMonetaryTotal><cbc:PayableAmount>1,5</cbc:PayableAmount></cac:LegalMonetaryTotal>"),
    "READ-DATE": lambda: said("<cbc:IssueDate>gisteren</cbc:IssueDate>"),
    "READ-BOOLEAN": lambda: said("<cac:AllowanceCharge><cbc:ChargeIndicator>ja</cbc:ChargeIndicator></cac:AllowanceCharge>"),
    "READ-REPEATED": lambda: said("<cbc:ID>1</cbc:ID><cbc:ID>2</cbc:ID>"),
    "READ-LONG": lambda: said(f"<cbc:Note>{'x' * 20_001}</cbc:Note>"),
    "READ-CREDIT": lambda: _read(credit_note(line(quantity="-1"))),
    "BR-CL-04": lambda: invoice(currency="EURO"),
    "BR-CO-10": lambda: _totals(lines=Decimal(99)),
    "BR-CO-11": lambda: _totals(allowances=Decimal(1)),
    "BR-CO-12": lambda: _totals(charges=Decimal(1)),
    "BR-CO-13": lambda: _totals(without_vat=Decimal(99)),
    "BR-CO-14": lambda: _totals(vat=Decimal("21.01")),
    "BR-CO-15": lambda: _totals(with_vat=Decimal("121.01")),
    "BR-CO-16": lambda: _totals(payable=Decimal("121.01")),
    "BR-CO-17": lambda: invoice(vat_breakdown=(m.VatBreakdown(Decimal(100), Decimal(20), S21),)),
    "PEPPOL-EN16931-R120": lambda: replace(invoice(), lines=(replace(invoice().lines[0], net=Decimal(90)),)),
    "PEPPOL-EN16931-R121": lambda: invoice(replace(line(), price=m.Price(Decimal(50), base_quantity=Decimal(-1)))),
    "PEPPOL-EN16931-R003": lambda: peppol_invoice(buyer_reference=None),
    "PEPPOL-EN16931-R051": lambda: peppol_invoice(other_currencies=("",)),
    "PEPPOL-EN16931-P0100": lambda: peppol_invoice(type_code="389"),
    "PEPPOL-EN16931-P0101": lambda: credit_note(specification=PEPPOL_SPECIFICATION, type_code="262"),
    "PEPPOL-EN16931-P0112": lambda: peppol_invoice(type_code="384"),
    "BR-02": lambda: invoice(number=""),
    "BR-03": lambda: invoice(issue_date=None),
    "BR-05": lambda: invoice(currency=None),
    "BR-16": lambda: replace(invoice(), lines=()),
    "BR-61": lambda: invoice(payment_means=(m.PaymentMeans(code="30"),)),
    "BR-53": lambda: invoice(accounting_currency="SEK"),
    "BR-O-11": lambda: invoice(line(1, vat=OUTSIDE), line(2)),
    "BR-O-12": lambda: invoice(line(1, vat=OUTSIDE), line(2)),
    "BR-AE-02": lambda: invoice(line(vat=REVERSE), buyer=replace(BUYER, tax_ids=(), legal_id=None)),
    "BR-AE-10": lambda: invoice(line(vat=REVERSE)),
    "BR-S-08": lambda: invoice(vat_breakdown=(m.VatBreakdown(Decimal(101), Decimal("21.21"), S21),)),
    "BR-S-09": lambda: invoice(vat_breakdown=(m.VatBreakdown(Decimal(100), Decimal(22), S21),)),
    "NL-R-003": lambda: peppol_invoice(seller=replace(SELLER, legal_id=m.Identifier("27312345", "9999"))),
    "NL-R-007": lambda: peppol_invoice(payment_means=()),
    "NL-R-009": lambda: peppol_invoice(line(order_line="1")),
    "BR-NL-1": lambda: invoice(seller=replace(SELLER, legal_id=None)),
    "BR-NL-2": lambda: invoice(buyer_reference=None),
    "BR-NL-8": lambda: invoice(type_code="381"),
    "BR-NL-9": lambda: invoice(type_code="384"),
    "BR-NL-20": lambda: invoice(tax_point_date=date(2026, 3, 1)),
    "BR-NL-21": lambda: invoice(period=m.Period(code="35")),
    "BR-NL-25": lambda: invoice(seller=replace(SELLER, tax_ids=(*SELLER.tax_ids, m.Identifier("123", "TAX")))),
    "BR-NL-28-1": lambda: invoice(seller=_party(SELLER, region="ZH")),
    "BR-NL-28-2": lambda: invoice(buyer=_party(BUYER, region="ZH")),
    "BR-NL-28-4": lambda: invoice(delivery=m.Delivery(address=m.Address(region="ZH"))),
    "BR-NL-35": lambda: invoice(vat_breakdown=(m.VatBreakdown(Decimal(100), Decimal(21), replace(S21, reason_code="VATEX-EU-O")),)),
    "BR-GA-1": lambda: gaccount_invoice(payment_terms=()),
    "BR-GA-3": lambda: gaccount_invoice(payment_terms=(m.PaymentTerms(means_id="GEWOON", amount=Decimal(1)),) * 2),
    "BR-GA-5": lambda: gaccount_invoice(payment_means=(m.PaymentMeans(code="58", account="NL20INGB0001234567"),) * 2),
    "BR-GA-6": lambda: gaccount_invoice(payment_terms=(m.PaymentTerms(means_id="ANDERS", amount=Decimal("60.50")),) * 2),
}  # fmt: skip


def _read(made: Invoice) -> Invoice:
    found = read(ubl(made)).invoice
    assert found is not None
    return found


@pytest.mark.parametrize("rule", _BROKEN)
def test_a_change_breaks_the_rule_it_should(rule: str) -> None:
    assert rule in fired(_BROKEN[rule]())


def test_every_rule_fires_somewhere() -> None:
    """Here, or on a document of the corpus that the published artefacts agree about."""
    from . import corpus
    from .test_rules_against_corpus import comparison

    if corpus.folder() is None:
        pytest.skip("needs the corpus: set CORPUS_DIR")
    agreed = set(comparison().both)
    assert [rule.id for rule in rules() if rule.id not in agreed and rule.id not in _BROKEN] == []


def test_every_rule_has_its_own_id_and_words_in_both_languages() -> None:
    ids = [rule.id for rule in rules()]
    assert len(ids) == len(set(ids)) > 200
    for rule in rules():
        finding = Finding(rule.id, rule.severity, rule.holds, rule.where)
        assert finding.message("nl") != finding.message("en")
    assert all(dutch and english and dutch != english for dutch, english in WORDS.values())


def test_a_message_has_the_values_in_both_languages() -> None:
    (finding,) = (f for f in judge(_totals(with_vat=Decimal("121.05"))) if f.rule == "BR-CO-15")
    assert (finding.severity, finding.holds, finding.where) == ("fatal", True, "BT-112")
    assert finding.values == {"stated": "121.05", "reckoned": "121.00", "difference": "0.05"}
    assert (
        finding.message("nl")
        == "Het totaal inclusief btw is 121,05, maar totaal exclusief btw plus btw is 121,00 (verschil 0,05)."
    )
    assert (
        finding.message("en")
        == "The total with VAT is 121.05, but total plus VAT is 121.00 (difference 0.05)."
    )


@pytest.mark.parametrize(
    ("specification", "profiles"),
    [
        (None, {OURS}),
        (
            "urn:www.cenbii.eu:transaction:biitrns010:ver2.0:extended:urn:www.simplerinvoicing.org:si:si-ubl:ver1.2",
            {OURS},
        ),
        ("urn:cen.eu:en16931:2017", {OURS, EN16931}),
        ("urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0", {OURS, EN16931}),
        (PEPPOL_SPECIFICATION, {OURS, EN16931, PEPPOL}),
        ("urn:cen.eu:en16931:2017#compliant#urn:fdc:nen.nl:nlcius:v1.0", {OURS, EN16931, NLCIUS}),
        (GACCOUNT_SPECIFICATION, {OURS, EN16931, NLCIUS, GACCOUNT}),
    ],
)
def test_the_specification_identifier_picks_the_rules(specification: str | None, profiles: set[str]) -> None:
    assert profiles_of(specification) == profiles


def test_a_corrected_invoice_is_valid_nlcius_and_invalid_peppol() -> None:
    corrected = {"type_code": "384", "preceding": (m.PrecedingInvoice("F-1"),)}
    assert judge(invoice(**corrected)) == ()
    assert fired(peppol_invoice(**corrected)) == {"PEPPOL-EN16931-P0112"}


def test_an_invoice_from_before_the_standard_is_only_asked_whether_its_money_adds_up() -> None:
    old = replace(invoice(specification="urn:simplerinvoicing:si-ubl:1.2", buyer_reference=None), seller=None)
    assert judge(old) == ()
    (finding,) = judge(replace(old, totals=replace(old.totals, payable=Decimal(120))))
    assert (finding.rule, finding.severity, finding.holds) == ("BR-CO-16", "warning", True)


def test_only_what_makes_booking_wrong_holds() -> None:
    holding = {rule.id for rule in rules() if rule.holds}
    sums = {f"BR-CO-{number}" for number in range(10, 18)}
    vat = {
        f"BR-{family}-{number}"
        for family in ("S", "Z", "E", "AE", "IC", "G", "O", "AF", "AG")
        for number in ("08", "09")
    }
    known = {"BR-02", "BR-03", "BR-05", "BR-CL-04"}
    ours = {"READ-TOTALS", "READ-CURRENCY", "READ-NUMBER", "READ-BOOLEAN", "READ-CREDIT"}
    assert holding == sums | vat | known | ours


def test_a_price_rounded_for_print_does_not_hold_the_invoice() -> None:
    found = invoice()
    rounded = replace(
        found,
        lines=(
            replace(found.lines[0], quantity=Decimal(1000), price=m.Price(Decimal("0.10")), net=Decimal(100)),
        ),
    )
    assert judge(rounded) == ()
    rounded = replace(
        found,
        lines=(
            replace(found.lines[0], quantity=Decimal(1000), price=m.Price(Decimal("0.11")), net=Decimal(100)),
        ),
    )
    (finding,) = judge(rounded)
    assert (finding.rule, finding.severity, finding.holds, finding.where) == (
        "PEPPOL-EN16931-R120",
        "warning",
        False,
        "BG-25[1]",
    )


def test_an_invoice_without_lines_by_design_is_not_asked_for_their_sum() -> None:
    bare = replace(
        invoice(), lines=(), specification="urn:cen.eu:en16931:2017#compliant#urn:factur-x.eu:1p0:basicwl"
    )
    assert "BR-CO-10" not in fired(bare)
    assert "BR-CO-10" in fired(replace(bare, specification="urn:cen.eu:en16931:2017"))


def test_a_minimum_profile_need_not_say_what_was_prepaid() -> None:
    due = replace(invoice().totals, payable=Decimal(21))
    bare = replace(invoice(totals=due), lines=(), specification="urn:factur-x.eu:1p0:minimum")
    assert fired(bare) == set()
    assert fired(replace(bare, specification=None)) == {"BR-CO-10", "BR-CO-16"}


def test_no_vat_at_all_is_no_difference_in_a_cross_industry_invoice() -> None:
    none = replace(invoice(line(vat=OUTSIDE)).totals, vat=None)
    bare = replace(invoice(line(vat=OUTSIDE)), totals=none, root="CrossIndustryInvoice", specification=None)
    assert fired(bare) == set()
    assert fired(replace(bare, root="Invoice")) == {"BR-CO-14", "BR-CO-15"}


def test_ten_thousand_bad_lines_are_one_message_and_not_ten_thousand() -> None:
    bad = replace(invoice(), lines=(replace(line(), item=None),) * 10_000)
    assert len([f for f in judge(bad) if f.rule == "BR-25"]) == 25


@pytest.mark.parametrize(
    ("amount", "positive", "negative"), [("0.005", "0.01", "0.00"), ("1.015", "1.02", "-1.01")]
)
def test_halves_are_rounded_towards_plus_infinity_on_the_sign_as_written(
    amount: str, positive: str, negative: str
) -> None:
    """XPath's round(), which the published rules use: −1.015 becomes −1.01, in a document that says so."""
    one = replace(line(), price=None, net=Decimal(amount))
    plain = replace(invoice(), lines=(one,), totals=m.Totals(lines=Decimal(positive)))
    assert "BR-CO-10" not in fired(plain)
    turned = replace(plain, written_negative=True, totals=m.Totals(lines=-Decimal(negative)))
    assert "BR-CO-10" not in fired(turned)


def test_recomputing_gives_the_totals_from_the_lines_and_every_difference() -> None:
    stated = replace(invoice().totals, vat=Decimal("19.00"), with_vat=Decimal("119.00"))
    found = recompute(invoice(totals=stated))
    assert found.totals == invoice().totals
    assert [(d.term, d.stated, d.recomputed, d.difference) for d in found.differences] == [
        ("BT-110", Decimal(19), Decimal(21), Decimal(-2)),
        ("BT-112", Decimal(119), Decimal(121), Decimal(-2)),
    ]


def test_recomputing_says_nothing_about_what_the_lines_do_not_tell() -> None:
    found = recompute(invoice(replace(line(), vat=None)))
    assert (found.totals.lines, found.totals.vat, found.totals.payable) == (Decimal(100), None, None)
    assert recompute(replace(invoice(), lines=())).totals.lines is None
