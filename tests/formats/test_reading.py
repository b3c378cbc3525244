"""What is read, and how what is odd is taken."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from invoices.formats import Invoice, Unreadable, read
from invoices.formats import model as m
from invoices.formats.jsonable import from_json, to_json
from invoices.formats.write import ubl

from .samples import BUYER, SELLER, credit_note, invoice, line

UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
CII = "urn:un:unece:uncefact:data:standard:"


def document(inside: str, kind: str = "Invoice", head: str = "") -> bytes:
    """A fragment as a whole document, with the usual prefixes."""
    return (
        f'{head}<{kind} xmlns="{UBL}{kind}-2" xmlns:cac="{UBL}CommonAggregateComponents-2"'
        f' xmlns:cbc="{UBL}CommonBasicComponents-2">{inside}</{kind}>'
    ).encode()


def said(inside: str, kind: str = "Invoice") -> Invoice:
    reading = read(document(inside, kind))
    assert reading.invoice is not None
    return reading.invoice


def test_an_invoice_is_read_with_its_parties_lines_and_totals() -> None:
    reading = read(ubl(invoice(line(1), line(2, "1.5", "10"))))
    assert reading.kind == "ubl"
    found = reading.invoice
    assert found is not None
    assert (found.number, found.issue_date, found.due_date) == (
        "F-2026/0012",
        date(2026, 3, 2),
        date(2026, 4, 1),
    )
    assert found.seller == SELLER
    assert found.buyer == BUYER
    assert [one.net for one in found.lines] == [Decimal(100), Decimal(15)]
    assert found.totals.payable == Decimal("139.15")
    assert found.vat_breakdown == (
        m.VatBreakdown(Decimal("115.00"), Decimal("24.15"), m.VatCategory("S", Decimal(21), "VAT")),
    )
    assert found.flaws == ()


def test_a_credit_note_has_positive_amounts_and_negative_signed_totals() -> None:
    found = read(ubl(credit_note())).invoice
    assert found is not None
    assert (found.kind, found.is_credit, found.written_negative) == ("credit_note", True, False)
    assert found.totals.payable == Decimal("121.00")
    assert found.signed.payable == Decimal("-121.00")


def test_a_negative_invoice_is_a_credit_note_with_positive_amounts() -> None:
    found = read(ubl(invoice(line(quantity="-2")))).invoice
    assert found is not None
    assert (found.kind, found.type_code, found.written_negative) == ("credit_note", "380", True)
    assert found.totals.payable == Decimal("121.00")
    assert found.signed.payable == Decimal("-121.00")
    assert (found.lines[0].quantity, found.lines[0].net) == (Decimal(2), Decimal(100))
    assert found.lines[0].price is not None
    assert found.lines[0].price.net == Decimal(50)
    assert found.vat_breakdown[0].tax == Decimal(21)


def test_an_invoice_with_more_prepaid_than_owed_is_no_credit_note() -> None:
    paid = invoice(totals=replace(invoice().totals, prepaid=Decimal(200), payable=Decimal(-79)))
    found = read(ubl(paid)).invoice
    assert found is not None
    assert not found.is_credit
    assert found.signed.payable == Decimal(-79)


def test_a_credit_note_with_negative_amounts_is_left_as_it_is_and_marked() -> None:
    found = read(ubl(credit_note(line(quantity="-2")))).invoice
    assert found is not None
    assert found.totals.payable == Decimal("-121.00")
    assert [flaw.code for flaw in found.flaws] == ["negative_credit"]


@pytest.mark.parametrize("code", ["81", "381", "396"])
def test_an_invoice_document_with_a_credit_type_is_a_credit_note(code: str) -> None:
    found = read(ubl(invoice(type_code=code))).invoice
    assert found is not None
    assert found.kind == "credit_note"


def test_decimals_are_kept_exactly_as_written() -> None:
    found = said(
        "<cac:InvoiceLine><cbc:InvoicedQuantity unitCode='KGM'>1.2340000</cbc:InvoicedQuantity><cac:Price>"
        "<cbc:PriceAmount currencyID='EUR'>0.000012345678901234567</cbc:PriceAmount></cac:Price></cac:InvoiceLine>"
    )
    assert str(found.lines[0].quantity) == "1.2340000"
    assert found.lines[0].price is not None
    assert str(found.lines[0].price.net) == "0.000012345678901234567"
    assert from_json(to_json(found)) == found
    assert to_json(from_json(to_json(found))) == to_json(found)


@pytest.mark.parametrize(
    "text", ["12,50", "1.234,56", "1e3", "NaN", "Infinity", "1_000", "١٢", "EUR 5", "5-", "9" * 31]
)
def test_what_only_python_or_people_take_for_a_number_is_a_flaw(text: str) -> None:
    found = said(
        f"<cac:LegalMonetaryTotal><cbc:PayableAmount>{text}</cbc:PayableAmount></cac:LegalMonetaryTotal>"
    )
    assert found.totals.payable is None
    assert [(flaw.code, flaw.where, flaw.text) for flaw in found.flaws] == [
        ("not_a_number", "PayableAmount", text)
    ]


@pytest.mark.parametrize(
    "text", ["2026-03-02", "2026-03-02Z", "2026-03-02+01:00", "2026-03-02T00:00:00", " 2026-03-02\n"]
)
def test_a_date_is_the_day_it_names_whatever_the_time_zone(text: str) -> None:
    assert said(f"<cbc:IssueDate>{text}</cbc:IssueDate>").issue_date == date(2026, 3, 2)


@pytest.mark.parametrize("text", ["02-03-2026", "2026-02-30", "20260302", "2026-03-02x", "0000-01-01"])
def test_what_is_no_date_is_a_flaw(text: str) -> None:
    found = said(f"<cbc:IssueDate>{text}</cbc:IssueDate>")
    assert found.issue_date is None
    assert [flaw.code for flaw in found.flaws] == ["not_a_date"]


def test_absent_and_empty_differ() -> None:
    assert said("").number is None
    found = said("<cbc:ID>  \n </cbc:ID><cbc:BuyerReference/>")
    assert (found.number, found.buyer_reference) == ("", "")
    assert found.empty_elements == ("BuyerReference", "ID")


def test_no_text_is_longer_than_a_row_can_hold() -> None:
    found = said(f"<cbc:ID>{'9' * 30_000}</cbc:ID><cbc:Note>{'x' * 30_000}</cbc:Note>")
    assert found.number == "9" * 20_000
    assert found.notes == (m.Note("x" * 20_000),)
    assert [(flaw.code, flaw.where, len(flaw.text)) for flaw in found.flaws] == [
        ("too_long", "ID", 100),
        ("too_long", "Note", 100),
    ]


def test_what_the_reader_remarks_is_capped() -> None:
    found = said(
        "".join(
            f"<cbc:ID>{n}</cbc:ID><cac:TaxTotal><cbc:TaxAmount currencyID='X{n}'/></cac:TaxTotal>"
            for n in range(500)
        )
    )
    assert len(found.flaws) == 200
    amounts = "".join(
        f"<cac:AllowanceCharge><cbc:Amount currencyID='X{n}'>1</cbc:Amount></cac:AllowanceCharge>"
        for n in range(500)
    )
    assert len(said(amounts).other_currencies) == 50


def test_the_g_account_and_its_part_of_the_amount_are_one_question() -> None:
    blocked = m.PaymentMeans(id="GACCOUNT", code="58", account="NL20INGB0001234567")
    split = invoice(
        payment_means=(m.PaymentMeans(id="GEWOON", code="58", account="NL91ABNA0417164300"), blocked),
        payment_terms=(m.PaymentTerms(means_id="GACCOUNT", amount=Decimal("30.25")),),
    )
    assert split.g_account == (blocked, Decimal("30.25"))
    assert invoice().g_account is None


def test_the_first_of_what_should_be_there_once_is_taken() -> None:
    found = said("<cbc:ID>first</cbc:ID><cbc:ID>second</cbc:ID>")
    assert found.number == "first"
    assert [(flaw.code, flaw.text) for flaw in found.flaws] == [("repeated", "second")]


def test_any_prefix_comments_cdata_and_entities_give_the_same_text() -> None:
    data = (
        f'<?xml version="1.0"?><!-- <!DOCTYPE is only a word here --><i:Invoice xmlns:i="{UBL}Invoice-2"'
        f' xmlns:b="{UBL}CommonBasicComponents-2"><b:ID>A<!-- not this -->B<![CDATA[<&]]>&amp;&#67;</b:ID></i:Invoice>'
    ).encode()
    found = read(data).invoice
    assert found is not None
    assert found.number == "AB<&&C"


@pytest.mark.parametrize(
    "encoding",
    [
        "utf-8",
        "utf-8-sig",
        "utf-16",
        "utf-16-le",
        "utf-16-be",
        "utf-32",
        "iso-8859-1",
        "cp1252",
        "iso-8859-15",
    ],
)
def test_every_encoding_on_our_list_is_read(encoding: str) -> None:
    named = {
        "utf-8-sig": "utf-8",
        "cp1252": "windows-1252",
        "utf-16-le": "utf-16",
        "utf-16-be": "utf-16",
    }.get(encoding, encoding)
    head = f'<?xml version="1.0" encoding="{named}"?>'
    data = document("<cbc:ID>café</cbc:ID>", head=head).decode().encode(encoding)
    found = read(data).invoice
    assert found is not None
    assert found.number == "café"


def test_a_declaration_that_says_utf_16_on_utf_8_bytes_is_a_common_mistake_and_forgiven() -> None:
    found = read(document("<cbc:ID>é</cbc:ID>", head='<?xml version="1.0" encoding="utf-16"?>')).invoice
    assert found is not None
    assert found.number == "é"


def test_space_before_the_declaration_is_forgiven() -> None:
    assert read(b"\r\n  " + document("", head='<?xml version="1.0" encoding="UTF-8"?>\n')).kind == "ubl"


def test_a_note_carries_its_subject_code() -> None:
    found = said("<cbc:Note>#AAI#Te laat geleverd</cbc:Note><cbc:Note>#x</cbc:Note>")
    assert found.notes == (m.Note("Te laat geleverd", "AAI"), m.Note("#x"))


def test_the_due_date_of_a_credit_note_stands_with_its_payment_means() -> None:
    found = said(
        "<cac:PaymentMeans><cbc:PaymentDueDate>2026-04-01</cbc:PaymentDueDate></cac:PaymentMeans>",
        "CreditNote",
    )
    assert found.due_date == date(2026, 4, 1)


def test_an_old_dutch_invoice_keeps_the_vat_of_a_line_under_its_tax_total() -> None:
    found = said(
        "<cac:InvoiceLine><cac:TaxTotal><cac:TaxSubtotal><cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>6</cbc:Percent>"
        "</cac:TaxCategory></cac:TaxSubtotal></cac:TaxTotal></cac:InvoiceLine>"
    )
    assert found.lines[0].vat == m.VatCategory("S", Decimal(6))


def test_the_dutch_schemes_of_before_are_those_of_today() -> None:
    old = m.Party(identifiers=(m.Identifier("27312345", "NL:KVK"), m.Identifier("NL1B01", "NL:VAT")))
    assert old.kvk == "27312345"
    assert old.identifier("9944") == "NL1B01"
    assert SELLER.kvk == "27312345"
    assert m.Party(identifiers=(m.Identifier("27312345"),)).kvk is None


def test_vat_in_the_sellers_own_currency_is_kept_apart() -> None:
    found = said(
        "<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode><cbc:TaxCurrencyCode>SEK</cbc:TaxCurrencyCode>"
        "<cac:TaxTotal><cbc:TaxAmount currencyID='SEK'>231.00</cbc:TaxAmount></cac:TaxTotal>"
        "<cac:TaxTotal><cbc:TaxAmount currencyID='EUR'>21.00</cbc:TaxAmount></cac:TaxTotal>"
    )
    assert (found.totals.vat, found.totals.vat_in_accounting_currency) == (
        Decimal("21.00"),
        Decimal("231.00"),
    )
    assert found.other_currencies == ()


def test_an_amount_in_another_currency_is_noticed() -> None:
    found = said(
        "<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode><cac:LegalMonetaryTotal>"
        "<cbc:PayableAmount currencyID='USD'>5</cbc:PayableAmount></cac:LegalMonetaryTotal>"
    )
    assert found.other_currencies == ("USD",)


def test_a_cross_industry_invoice_says_the_same_as_its_ubl_twin() -> None:
    data = f"""
      <rsm:CrossIndustryInvoice xmlns:rsm="{CII}CrossIndustryInvoice:100" xmlns:udt="{CII}UnqualifiedDataType:100"
          xmlns:ram="{CII}ReusableAggregateBusinessInformationEntity:100">
        <rsm:ExchangedDocument><ram:ID>F-1</ram:ID><ram:TypeCode>381</ram:TypeCode>
          <ram:IssueDateTime><udt:DateTimeString format="102">20260302</udt:DateTimeString></ram:IssueDateTime>
        </rsm:ExchangedDocument>
        <rsm:SupplyChainTradeTransaction>
          <ram:IncludedSupplyChainTradeLineItem>
            <ram:AssociatedDocumentLineDocument><ram:LineID>0</ram:LineID>
              <ram:LineStatusReasonCode>GROUP</ram:LineStatusReasonCode></ram:AssociatedDocumentLineDocument>
          </ram:IncludedSupplyChainTradeLineItem>
          <ram:IncludedSupplyChainTradeLineItem>
            <ram:AssociatedDocumentLineDocument><ram:LineID>1</ram:LineID></ram:AssociatedDocumentLineDocument>
            <ram:SpecifiedLineTradeAgreement>
              <ram:GrossPriceProductTradePrice><ram:ChargeAmount>60</ram:ChargeAmount>
                <ram:AppliedTradeAllowanceCharge><ram:ActualAmount>10</ram:ActualAmount></ram:AppliedTradeAllowanceCharge>
              </ram:GrossPriceProductTradePrice>
              <ram:NetPriceProductTradePrice><ram:ChargeAmount>50</ram:ChargeAmount></ram:NetPriceProductTradePrice>
            </ram:SpecifiedLineTradeAgreement>
            <ram:SpecifiedLineTradeDelivery><ram:BilledQuantity unitCode="C62">2</ram:BilledQuantity></ram:SpecifiedLineTradeDelivery>
            <ram:SpecifiedLineTradeSettlement>
              <ram:ApplicableTradeTax><ram:TypeCode>VAT</ram:TypeCode><ram:CategoryCode>S</ram:CategoryCode>
                <ram:RateApplicablePercent>21</ram:RateApplicablePercent></ram:ApplicableTradeTax>
              <ram:SpecifiedTradeSettlementLineMonetarySummation><ram:LineTotalAmount>100</ram:LineTotalAmount>
              </ram:SpecifiedTradeSettlementLineMonetarySummation>
            </ram:SpecifiedLineTradeSettlement>
          </ram:IncludedSupplyChainTradeLineItem>
          <ram:ApplicableHeaderTradeAgreement><ram:SellerTradeParty><ram:Name>De Halm</ram:Name>
            <ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">NL004495445B01</ram:ID></ram:SpecifiedTaxRegistration>
          </ram:SellerTradeParty></ram:ApplicableHeaderTradeAgreement>
          <ram:ApplicableHeaderTradeSettlement>
            <ram:CreditorReferenceID>NL98ZZZ999999990000</ram:CreditorReferenceID>
            <ram:PaymentReference>F-1</ram:PaymentReference><ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>
            <ram:SpecifiedTradeSettlementPaymentMeans><ram:TypeCode>59</ram:TypeCode>
              <ram:PayeePartyCreditorFinancialAccount><ram:IBANID>NL91ABNA0417164300</ram:IBANID>
              </ram:PayeePartyCreditorFinancialAccount></ram:SpecifiedTradeSettlementPaymentMeans>
            <ram:ApplicableTradeTax><ram:CalculatedAmount>21</ram:CalculatedAmount><ram:TypeCode>VAT</ram:TypeCode>
              <ram:BasisAmount>100</ram:BasisAmount><ram:CategoryCode>S</ram:CategoryCode>
              <ram:DueDateTypeCode>5</ram:DueDateTypeCode>
              <ram:RateApplicablePercent>21</ram:RateApplicablePercent></ram:ApplicableTradeTax>
            <ram:SpecifiedTradePaymentTerms><ram:Description>14 dagen</ram:Description>
              <ram:DueDateDateTime><udt:DateTimeString format="102">20260316</udt:DateTimeString></ram:DueDateDateTime>
              <ram:DirectDebitMandateID>M-7</ram:DirectDebitMandateID></ram:SpecifiedTradePaymentTerms>
            <ram:SpecifiedTradeSettlementHeaderMonetarySummation><ram:LineTotalAmount>100</ram:LineTotalAmount>
              <ram:TaxBasisTotalAmount>100</ram:TaxBasisTotalAmount>
              <ram:TaxTotalAmount currencyID="EUR">21</ram:TaxTotalAmount><ram:GrandTotalAmount>121</ram:GrandTotalAmount>
              <ram:DuePayableAmount>121</ram:DuePayableAmount></ram:SpecifiedTradeSettlementHeaderMonetarySummation>
          </ram:ApplicableHeaderTradeSettlement>
        </rsm:SupplyChainTradeTransaction>
      </rsm:CrossIndustryInvoice>""".encode()
    reading = read(data)
    found = reading.invoice
    assert reading.kind == "cii"
    assert found is not None
    assert (found.kind, found.number, found.issue_date, found.due_date) == (
        "credit_note",
        "F-1",
        date(2026, 3, 2),
        date(2026, 3, 16),
    )
    assert [one.id for one in found.lines] == ["1"]
    assert found.lines[0].price == m.Price(Decimal(50), Decimal(10), Decimal(60))
    assert found.payment_means == (
        m.PaymentMeans(code="59", reference="F-1", account="NL91ABNA0417164300", mandate="M-7"),
    )
    assert found.payment_terms == (m.PaymentTerms("14 dagen"),)
    assert found.tax_point_code == "5"
    assert found.seller is not None
    assert (found.seller.vat_id, found.seller.identifier("SEPA")) == ("NL004495445B01", "NL98ZZZ999999990000")
    assert (found.totals.vat, found.signed.with_vat) == (Decimal(21), Decimal(-121))
    assert found.vat_breakdown == (
        m.VatBreakdown(Decimal(100), Decimal(21), m.VatCategory("S", Decimal(21), "VAT")),
    )


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b" \r\n\t ", "empty"),
        (b"hello", "not_xml"),
        (b"PK\x03\x04 a zip", "not_xml"),
        (b"{}", "not_xml"),
        (b"<Invoice", "not_xml"),
        (b"<?xml version='1.0'?>", "not_xml"),
        (b"<!-- never closed", "not_xml"),
        (b"<Invoice/>", "not_an_invoice"),
        (b"<html><body/></html>", "not_an_invoice"),
        (f'<Order xmlns="{UBL}Order-2"/>'.encode(), "not_an_invoice"),
        (b"<?xml version='1.0' encoding='utf-7'?><a/>", "encoding"),
        (b"<?xml version='1.0' encoding='EBCDIC-CP-US'?><a/>", "encoding"),
        (b"<a>\xff\xfe</a>", "encoding"),
        (b"\xff\xfe<\x00a\x00/\x00>", "encoding"),
        (b"%PDF-1.7 and nothing more", "broken_pdf"),
    ],
)  # fmt: skip
def test_what_is_no_invoice_is_refused_with_a_stable_code(data: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(data)
    assert refused.value.code == code
    assert refused.value.message


def test_the_fields_of_the_model_name_their_business_terms() -> None:
    named = m.terms(Invoice)
    assert (named["number"], named["totals"], named["lines"]) == ("BT-1", "BG-22", "BG-25")
    assert "flaws" not in named
    assert m.terms(m.Totals)["payable"] == "BT-115"
