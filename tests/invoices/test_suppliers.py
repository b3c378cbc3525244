"""Which supplier an invoice comes from; what people said of it; and making one in Exact, once."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings

from connections import connecting, issues
from connections.models import Connection, Issue, Supplier
from connections.normal import plain_name
from invoices import intake
from invoices.deciding import corrections
from invoices.models import Invoice, SupplierTask
from invoices.parties import Identity, supplier_work, suppliers
from portal.tenancy import scope
from tests.cast import Cast
from tests.exact_sandbox import ExactSandbox
from tests.helpers import connected
from tests.paper import PRINTER, paper, party
from tests.work import work_until

PRINTER_IBAN = "NL91ABNA0417164300"


@pytest.fixture(autouse=True)
def by_document(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mailbox's document takes its time; these tests are not about it."""
    monkeypatch.setattr(settings, "EXACT_DEFAULT_DELIVERY", "document")


@pytest.fixture
def division(cast: Cast) -> Connection:
    organisation = cast.alice.organisation(vat_number="NL001234567B01", iban="NL20INGB0001234567")
    with scope(cast.alice.firm_id):
        return connecting.connect(organisation)


def relation(connection: Connection, name: str, **fields: Any) -> Supplier:
    return Supplier.objects.create(
        connection=connection,
        exact_id=uuid4(),
        code=fields.pop("code", "1"),
        name=name,
        name_plain=plain_name(name),
        **fields,
    )


def found(connection: Connection, seller: Identity) -> tuple[str, str]:
    match = suppliers.match(connection, seller)
    return (match.supplier.name if match.supplier else "", match.by)


@pytest.mark.parametrize(
    ("seller", "by"),
    [
        (Identity(name="X", endpoint="0106:87654321"), "peppol"),
        (Identity(name="X", kvk="11112222"), "kvk"),
        (Identity(name="X", oin="00000001234567890000"), "oin"),
        (Identity(name="X", vat="NL853746333B01"), "vat"),
        (Identity(name="X", ibans=(PRINTER_IBAN,)), "iban"),
        (Identity(name="van dam BV", postcode="3511AB"), "name_postcode"),
        (Identity(name="VAN DAM B.V."), "name"),
    ],
)
def test_a_supplier_is_found_by_whatever_identifies_it(
    cast: Cast, division: Connection, seller: Identity, by: str
) -> None:
    with scope(cast.alice.firm_id):
        relation(
            division,
            "Van Dam B.V.",
            peppol_id="0106:87654321",
            kvk_number="11112222",
            oin="00000001234567890000",
            vat_number="NL853746333B01",
            ibans=[PRINTER_IBAN],
            postcode="3511AB",
        )
        relation(division, "Van Damme")
        assert found(division, seller) == ("Van Dam B.V.", by)


def test_our_own_identifiers_never_find_a_supplier(cast: Cast, division: Connection) -> None:
    with scope(cast.alice.firm_id):
        relation(
            division,
            "Wij zelf",
            kvk_number="12345678",
            vat_number="NL001234567B01",
            ibans=["NL20INGB0001234567"],
        )
        own = Identity(
            name="Onbekend",
            kvk="12345678",
            vat="NL001234567B01",
            ibans=("NL20INGB0001234567",),
            endpoint="0106:12345678",
        )
        assert found(division, own) == ("", "")


def test_several_that_fit_alike_are_a_question_with_both_as_candidates(
    cast: Cast, division: Connection
) -> None:
    with scope(cast.alice.firm_id):
        relation(division, "Bouwmarkt Noord", kvk_number="11112222", code="1")
        relation(division, "Bouwmarkt Zuid", kvk_number="11112222", code="2")
        match = suppliers.match(division, Identity(name="Bouwmarkt", kvk="11112222"))
        assert match.supplier is None
        assert {one.code for one in match.candidates} == {"1", "2"}


def test_of_several_with_one_kvk_number_the_postcode_tells_which(cast: Cast, division: Connection) -> None:
    with scope(cast.alice.firm_id):
        relation(division, "Bouwmarkt Noord", kvk_number="11112222", postcode="9711AA")
        relation(division, "Bouwmarkt Zuid", kvk_number="11112222", postcode="6211BB")
        seller = Identity(name="Bouwmarkt", kvk="11112222", postcode="6211BB")
        assert found(division, seller) == ("Bouwmarkt Zuid", "kvk")


@pytest.mark.parametrize(
    "shared",
    [{"ibans": [PRINTER_IBAN]}, {"vat_number": "NL853746333B01"}, {"name": "Van Dam B.V."}],
)
def test_a_shared_number_of_another_company_is_a_question_not_a_match(
    cast: Cast, division: Connection, shared: dict[str, Any]
) -> None:
    with scope(cast.alice.firm_id):
        fields = {"name": "Ander bedrijf", "kvk_number": "99998888", **shared}
        relation(division, **fields)
        seller = Identity(name="Van Dam B.V.", kvk="11112222", vat="NL853746333B01", ibans=(PRINTER_IBAN,))
        match = suppliers.match(division, seller)
        assert match.supplier is None
        assert len(match.candidates) == 1


def test_a_relation_that_is_gone_from_exact_is_not_found(cast: Cast, division: Connection) -> None:
    from django.utils import timezone

    with scope(cast.alice.firm_id):
        relation(division, "Van Dam", kvk_number="11112222", gone_at=timezone.now())
        assert found(division, Identity(kvk="11112222")) == ("", "")


def test_what_the_invoice_adds_to_exact_is_named_and_nothing_is_replaced(
    cast: Cast, division: Connection
) -> None:
    with scope(cast.alice.firm_id):
        supplier = relation(division, "Van Dam", kvk_number="11112222", city="Utrecht")
        seller = Identity(kvk="33334444", vat="NL853746333B01", city="Zeist", ibans=(PRINTER_IBAN,))
        assert suppliers.lacking(supplier, seller) == {"vat_number": "NL853746333B01"}
        suppliers.confirm_accounts(division, supplier, [PRINTER_IBAN])
        assert suppliers.lacking(supplier, seller)["ibans"] == [PRINTER_IBAN]


# --- With Exact ------------------------------------------------------------------------------------------

UNKNOWN = party("Installatiebedrijf De Kraan B.V.", "55667788", "NL004495445B01")


def send(cast: Cast, number: str, **changes: Any) -> Invoice:
    if "seller" in changes:
        changes.setdefault("payment_means", _paid_to("NL02ABNA0123456789"))
    got = intake.receive(cast.alice.firm_id, paper(number, **changes), channel="api")
    with scope(cast.alice.firm_id):
        return Invoice.objects.get(pk=got.invoice_id)


def again(cast: Cast, invoice: Invoice) -> Invoice:
    with scope(cast.alice.firm_id):
        return Invoice.objects.select_related("supplier", "issue").get(pk=invoice.pk)


def accounts(exact: ExactSandbox, kvk: str) -> list[dict[str, Any]]:
    return [row for row in exact.ledger(1001)["accounts"] if row.get("ChamberOfCommerce") == kvk]


def ibans(exact: ExactSandbox, account: dict[str, Any]) -> list[str]:
    rows = exact.ledger(1001)["bank_accounts"]
    return [row["BankAccount"] for row in rows if row["Account"] == account["ID"]]


def allow(cast: Cast, connection: Connection) -> None:
    with scope(cast.alice.firm_id):
        Connection.objects.filter(pk=connection.pk).update(creates_suppliers=True)


def test_an_unknown_supplier_waits_for_a_person_unless_the_connection_may_make_it(
    cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    connected(cast.alice, exact, worker)
    invoice = send(cast, "K-1", seller=UNKNOWN)
    worker()
    invoice = again(cast, invoice)
    assert (invoice.status, invoice.reason) == ("review", "supplier_unknown")
    assert accounts(exact, "55667788") == []


def test_an_unknown_supplier_is_made_once_with_numbers_address_account_and_condition(
    cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    connection = connected(cast.alice, exact, worker)
    allow(cast, connection)
    exact.break_("drop_after", method="POST", endpoint="crm/Accounts")
    exact.break_("drop_after", method="POST", endpoint="crm/BankAccounts")
    first, second = send(cast, "K-1", seller=UNKNOWN), send(cast, "K-2", seller=UNKNOWN)
    work_until(lambda: again(cast, first).supplier and again(cast, second).supplier)
    (made,) = accounts(exact, "55667788")
    assert made["Name"] == "Installatiebedrijf De Kraan B.V."
    assert (made["VATNumber"], made["Postcode"], made["IsSupplier"]) == ("NL004495445B01", "3511AB", True)
    assert made["PaymentConditionPurchase"] == "30"
    assert ibans(exact, made) == ["NL02ABNA0123456789"]
    for invoice in (first, second):
        invoice = again(cast, invoice)
        assert (invoice.status, invoice.reason) == ("review", "new_supplier"), invoice.reason_values


def test_a_supplier_that_somebody_made_meanwhile_is_taken_over_not_doubled(
    cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    connection = connected(cast.alice, exact, worker)
    allow(cast, connection)
    exact.control("POST", "suppliers", division=1001, name="De Kraan", kvk="55667788")
    invoice = send(cast, "K-1", seller=UNKNOWN)
    work_until(lambda: again(cast, invoice).supplier)
    assert [row["Name"] for row in accounts(exact, "55667788")] == ["De Kraan"]


def test_when_the_right_to_make_relations_is_missing_the_invoice_says_so(
    cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    connection = connected(cast.alice, exact, worker)
    allow(cast, connection)
    exact.control("POST", "users/anna", rights={"relations": "read"})
    invoice = send(cast, "K-1", seller=UNKNOWN)
    worker()
    invoice = again(cast, invoice)
    assert invoice.status == "review"
    assert invoice.issue is not None
    assert invoice.issue.code == "right_missing_relations"
    exact.control("POST", "users/anna", rights={"relations": "full"})
    with scope(cast.alice.firm_id):
        issues.resolve(invoice.issue, "test")
    work_until(lambda: again(cast, invoice).supplier)


def test_a_persons_choice_holds_for_the_next_invoice_of_that_seller(
    cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    connection = connected(cast.alice, exact, worker)
    first, second = send(cast, "K-1", seller=UNKNOWN), send(cast, "K-2", seller=UNKNOWN)
    worker()
    with scope(cast.alice.firm_id):
        chosen = Supplier.objects.get(connection=connection, code="20002")
        corrections.choose_supplier(Invoice.objects.select_for_update().get(pk=first.pk), chosen)
    worker()
    third = send(cast, "K-3", seller=replace(UNKNOWN, name="De Kraan"))
    worker()
    for invoice in (first, second, third):
        invoice = again(cast, invoice)
        assert invoice.supplier is not None, invoice.number
        assert (invoice.supplier.code, invoice.matched_by) == ("20002", "person")
    with scope(cast.alice.firm_id):
        assert not Issue.objects.filter(code="supplier_unknown", resolved_at=None).exists()


def test_a_confirmed_account_lets_all_invoices_go_that_waited_and_can_be_written_into_exact(
    cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    connection = connected(cast.alice, exact, worker)
    new = "NL02ABNA0123456789"
    papers = [send(cast, f"K-{n}", payment_means=_paid_to(new)) for n in (1, 2)]
    worker()
    assert [again(cast, one).reason for one in papers] == ["iban_changed", "iban_changed"]
    with scope(cast.alice.firm_id):
        corrections.release(Invoice.objects.select_for_update().get(pk=papers[0].pk), "iban_confirmed")
    work_until(lambda: {again(cast, one).status for one in papers} == {"booked"})
    with scope(cast.alice.firm_id):
        booked = Invoice.objects.select_related("supplier").get(pk=papers[0].pk)
        supplier_work.ask_completion(booked, ["ibans", "postcode"])
    worker()
    (printer,) = accounts(exact, PRINTER.kvk or "")
    assert set(ibans(exact, printer)) == {PRINTER_IBAN, new}
    assert printer["Postcode"] == "3511AB"
    with scope(cast.alice.firm_id):
        assert SupplierTask.objects.get(connection=connection).state == "done"


def _paid_to(iban: str) -> Any:
    from invoices.formats.model import PaymentMeans

    return (PaymentMeans(code="30", account=iban),)


def test_a_person_has_a_new_seller_made_in_exact_and_all_its_invoices_go_on(
    cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    """The connection makes no suppliers by itself; here somebody says so, at one of two invoices."""
    connected(cast.alice, exact, worker)
    both = [send(cast, number, seller=UNKNOWN) for number in ("K-1", "K-2")]
    worker()
    with scope(cast.alice.firm_id):
        corrections.make_supplier(Invoice.objects.get(pk=both[0].pk), cast.alice.owner)
    worker()
    (made,) = accounts(exact, "55667788")
    with scope(cast.alice.firm_id):
        suppliers_of = {row.supplier.exact_id for row in Invoice.objects.all() if row.supplier}
        assert suppliers_of == {UUID(made["ID"])}
        assert Invoice.objects.filter(supplier=None).count() == 0
        assert not Issue.objects.filter(code="supplier_unknown", resolved_at=None).exists()
        assert SupplierTask.objects.get().asked_by_id == cast.alice.owner.pk
