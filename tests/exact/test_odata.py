"""What goes into Exact's URLs and payloads, and what is read out of its answers."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest

from connections.exact import odata
from connections.exact.endpoints import ACCOUNTS, ENDPOINTS, PURCHASE_ENTRIES, PURCHASE_ENTRY_LINES
from connections.exact.odata import Edm, Filter, Int64, Unreadable, eq, gt, literal, read

KEY = UUID("7d1a2b3c-0000-4000-8000-00000000abcd")
AMSTERDAM = timezone(timedelta(hours=2))


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (KEY, "guid'7d1a2b3c-0000-4000-8000-00000000abcd'"),
        (datetime(2026, 3, 2, 1, 30, tzinfo=AMSTERDAM), "datetime'2026-03-01T23:30:00'"),
        (date(2026, 3, 2), "datetime'2026-03-02T00:00:00'"),
        (True, "true"),
        (False, "false"),
        (42, "42"),
        (Int64(42), "42L"),
        (Decimal("1E+2"), "100"),
        (Decimal("0.10"), "0.10"),
        ("van 't Hof & Zn", "'van ''t Hof & Zn'"),
        ("' or 1 eq 1 or '", "''' or 1 eq 1 or '''"),
    ],
)
def test_a_value_is_written_as_its_literal(value, written):
    assert literal(value) == written


def test_a_float_or_a_naive_datetime_has_no_literal():
    with pytest.raises(TypeError):
        literal(0.1)
    with pytest.raises(ValueError, match="no time zone"):
        literal(datetime(2026, 3, 2))  # noqa: DTZ001


def test_filters_are_joined_so_that_or_stays_inside_and():
    either = eq("Status", 20) | eq("Status", 50)
    assert (eq("Supplier", KEY) & either) == f"Supplier eq guid'{KEY}' and (Status eq 20 or Status eq 50)"
    assert isinstance(either & gt("Timestamp", Int64(7)), Filter)
    assert eq("Document", None) == "Document eq null"
    assert odata.contains("Name", "d'Or") == "substringof('d''Or',Name)"


def test_any_of_nothing_is_refused_because_a_filter_that_vanishes_reads_everything():
    assert odata.any_of("Code", ["1", "2"]) == "(Code eq '1' or Code eq '2')"
    with pytest.raises(ValueError, match="at least one"):
        odata.any_of("Code", [])


def test_a_relations_code_is_padded_to_eighteen():
    assert odata.padded("1042") == " " * 14 + "1042"
    assert odata.padded(odata.padded("1042")) == odata.padded("1042")


def test_a_payload_carries_decimals_as_strings_and_dates_with_z():
    sent = json.loads(
        odata.dump(
            {
                "Supplier": KEY,
                "EntryDate": date(2026, 3, 2),
                "Created": datetime(2026, 3, 2, 1, 30, tzinfo=AMSTERDAM),
                "Document": None,
                "Attachment": b"%PDF",
                "PurchaseEntryLines": [{"AmountFC": Decimal("1E+2"), "Quantity": 3}],
            }
        )
    )
    assert sent == {
        "Supplier": str(KEY),
        "EntryDate": "2026-03-02T00:00:00Z",
        "Created": "2026-03-01T23:30:00Z",
        "Document": None,
        "Attachment": "JVBERg==",
        "PurchaseEntryLines": [{"AmountFC": "100", "Quantity": 3}],
    }


@pytest.mark.parametrize("money", [0.1, float("nan")])
def test_a_float_is_never_sent(money):
    with pytest.raises(TypeError, match="money is Decimal"):
        odata.dump({"AmountFC": money})


# --- Envelopes ------------------------------------------------------------------------------------------------


def test_the_three_envelopes_are_unwrapped():
    row = {"ID": "x"}
    assert odata.page({"d": {"results": [row], "__next": "https://x/y"}}) == odata.Page([row], "https://x/y")
    assert odata.page({"d": [row]}) == odata.Page([row], None)
    assert odata.entity({"d": row}) == row
    assert odata.entity({"d": {"results": [row]}}) == row
    assert odata.entity({"d": [row]}) == row


@pytest.mark.parametrize(
    "answer", [{}, [], None, {"d": None}, {"d": {"ID": "x"}}, {"d": ["x"]}, {"d": {"results": {}}}, {"D": []}]
)
def test_what_is_no_collection_is_never_read_as_an_empty_one(answer):
    with pytest.raises(Unreadable):
        odata.page(answer)


@pytest.mark.parametrize("answer", [{"d": {"results": []}}, {"d": [{}, {}]}, {"error": {}}])
def test_none_or_two_is_not_one_entity(answer):
    with pytest.raises(Unreadable):
        odata.entity(answer)


def test_a_next_that_is_no_link_is_refused():
    with pytest.raises(Unreadable, match="__next"):
        odata.page({"d": {"results": [], "__next": 3}})


def test_an_expanded_navigation_is_read_and_a_deferred_one_refused():
    assert odata.expanded("Lines", {"results": [{"ID": "x"}]}) == [{"ID": "x"}]
    assert odata.expanded("Lines", [{"ID": "x"}]) == [{"ID": "x"}]
    with pytest.raises(Unreadable, match="not expanded"):
        odata.expanded("Lines", {"__deferred": {"uri": "https://x"}})


def test_json_keeps_decimals_exact_and_tolerates_a_byte_order_mark_and_control_characters():
    assert odata.load('\ufeff{"a": 0.1, "b": "tab\tinside"}') == {"a": Decimal("0.1"), "b": "tab\tinside"}


# --- Values ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        (Edm.GUID, str(KEY), KEY),
        (Edm.STRING, "  as it is ", "  as it is "),
        (Edm.CODE, "                12", "12"),
        (Edm.CODE, "2  ", "2"),
        (Edm.BOOL, True, True),
        (Edm.INT, 5, 5),
        (Edm.INT, "9007199254740993", 9007199254740993),
        (Edm.NUMBER, 1575, Decimal(1575)),
        (Edm.NUMBER, Decimal("0.21"), Decimal("0.21")),
        (Edm.NUMBER, "12.50", Decimal("12.50")),
        (Edm.DATE, "/Date(1351209600000)/", date(2012, 10, 26)),
        (Edm.DATE, "/Date(-86400000)/", date(1969, 12, 31)),
        (Edm.DATETIME, "/Date(1351209600123)/", datetime(2012, 10, 26, 0, 0, 0, 123000, tzinfo=UTC)),
        (Edm.DATETIME, "/Date(1351209600000+0060)/", datetime(2012, 10, 26, tzinfo=UTC)),
        (Edm.DATETIME, "2012-10-26T02:00:00+02:00", datetime(2012, 10, 26, tzinfo=UTC)),
        (Edm.DATETIME, "2012-10-26T00:00:00", datetime(2012, 10, 26, tzinfo=UTC)),
        (Edm.BINARY, "JVBERg==", b"%PDF"),
        (Edm.GUID, None, None),
    ],
)
def test_a_field_is_read_as_its_kind(kind, raw, value):
    assert read("Field", kind, raw) == value


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        (Edm.GUID, "no guid"),
        (Edm.GUID, 3),
        (Edm.STRING, 3),
        (Edm.CODE, 3),
        (Edm.BOOL, 1),
        (Edm.BOOL, "true"),
        (Edm.INT, "x"),
        (Edm.INT, Decimal("1.5")),
        (Edm.INT, True),
        (Edm.NUMBER, "NaN"),
        (Edm.NUMBER, True),
        (Edm.NUMBER, {}),
        (Edm.DATE, "/Date(x)/"),
        (Edm.DATE, 1351209600000),
        (Edm.DATETIME, "/Date(99999999999999999)/"),
        (Edm.BINARY, "no base64!"),
    ],
)
def test_a_value_of_another_kind_is_refused_by_the_name_of_its_field(kind, raw):
    with pytest.raises(Unreadable, match="Field is no"):
        read("Field", kind, raw)


def test_a_wire_date_goes_there_and_back():
    assert odata.wire_date(date(2012, 10, 26)) == "/Date(1351209600000)/"
    moment = datetime(2026, 3, 29, 1, 59, 59, 123000, tzinfo=UTC)
    assert read("Field", Edm.DATETIME, odata.wire_date(moment)) == moment


# --- Rows -----------------------------------------------------------------------------------------------------


def test_a_selected_field_that_is_missing_is_refused_and_not_read_as_none():
    with pytest.raises(Unreadable, match="Accounts came without Name"):
        ACCOUNTS.read({"ID": str(KEY)}, ["ID", "Name"])


def test_the_answer_to_a_post_is_read_as_far_as_it_goes_but_must_have_its_key():
    assert PURCHASE_ENTRIES.read({"EntryID": str(KEY), "EntryNumber": 7, "Unknown": {}}) == {
        "EntryID": KEY,
        "EntryNumber": 7,
    }
    with pytest.raises(Unreadable, match="EntryID"):
        PURCHASE_ENTRIES.read({"EntryNumber": 7})


def test_the_lines_of_an_entry_are_read_as_lines_and_each_must_be_whole():
    whole = dict.fromkeys(PURCHASE_ENTRY_LINES.fields) | {"ID": str(KEY), "AmountFC": "10.00"}
    raw = {"EntryID": str(KEY), "PurchaseEntryLines": {"results": [whole]}}
    (line,) = PURCHASE_ENTRIES.read(raw, ["EntryID"], ["PurchaseEntryLines"])["PurchaseEntryLines"]
    assert (line["ID"], line["AmountFC"], line["CostCenter"]) == (KEY, Decimal("10.00"), None)
    del whole["GLAccount"]
    with pytest.raises(Unreadable, match="PurchaseEntryLines came without GLAccount"):
        PURCHASE_ENTRIES.read(raw, ["EntryID"], ["PurchaseEntryLines"])


def test_every_endpoint_reads_its_own_key_and_names_its_documentation():
    for name, endpoint in ENDPOINTS.items():
        assert endpoint.name == name
        assert endpoint.key in endpoint.fields, name
        assert endpoint.url_path(12).startswith("/api/v1/"), name
        assert "{" not in endpoint.url_path(12)
        assert endpoint.doc.endswith(endpoint.page)


def test_a_path_with_a_division_needs_one():
    assert ACCOUNTS.url_path(12) == "/api/v1/12/crm/Accounts"
    with pytest.raises(ValueError, match="needs a division"):
        ACCOUNTS.url_path(None)
