"""A period reads like the other dates of an invoice."""

from datetime import date

from django.utils.translation import override

from invoices.formats.model import Period
from invoices.viewer.sheet import _period


def test_a_period_is_written_out_and_an_open_end_shows() -> None:
    with override("nl"):
        assert (
            _period(Period(start=date(2026, 11, 1), end=date(2026, 11, 28)))
            == "1 november 2026 – 28 november 2026"
        )
        assert _period(Period(start=None, end=date(2026, 11, 28))) == "… – 28 november 2026"
        assert _period(None) is None
