"""A client's own VAT number and IBAN are taken as people type them, and refused when they cannot be right."""

import pytest
from django.core.exceptions import ValidationError

from portal import numbers
from portal.models import Organisation


@pytest.mark.parametrize("typed", ["NL004495445B01", "nl 0044.95.445.b01", "004495445B01"])
def test_a_vat_number_is_written_one_way_however_it_is_typed(typed: str) -> None:
    assert numbers.vat(typed) == "NL004495445B01"
    numbers.check_vat(numbers.vat(typed))


def test_a_vat_number_of_another_country_of_the_union_is_as_good() -> None:
    numbers.check_vat(numbers.vat("DE 136 695 976"))


@pytest.mark.parametrize("typed", ["NL004495446B01", "004495445", "B01", "NL91ABNA0417164300"])
def test_a_vat_number_whose_digits_do_not_fit_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        numbers.check_vat(numbers.vat(typed))
    assert numbers.vat_or_none(typed) == ""


@pytest.mark.parametrize("typed", ["NL91ABNA0417164301", "0417164300", "NL004495445B01"])
def test_an_iban_whose_digits_do_not_fit_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        numbers.check_iban(numbers.iban(typed))


def test_a_client_without_these_numbers_is_a_client_as_well() -> None:
    Organisation(name="Bakkerij", kvk_number="12345678").clean_fields(exclude=["firm"])


def test_all_that_is_wrong_with_a_client_is_told_at_once() -> None:
    with pytest.raises(ValidationError) as told:
        Organisation(name="", kvk_number="1", vat_number="NL1", iban="NL2").clean_fields(exclude=["firm"])
    assert told.value.message_dict.keys() == {"name", "kvk_number", "vat_number", "iban"}
