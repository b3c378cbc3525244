"""Documents are kept for their firm's years in the form received, and go afterwards with all that hangs on them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connections
from django.utils import timezone

from invoices import intake
from invoices.models import Booking, Content, Document, Invoice, TimelineEvent
from portal import retention
from portal.models import Firm
from portal.tenancy import scope
from tests.cast import Cast
from tests.exact_sandbox import ExactSandbox
from tests.helpers import connected
from tests.paper import paper

NOW = timezone.now()


def kept() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Document, Content, Invoice, Booking, TimelineEvent))


@pytest.fixture
def old(cast: Cast, exact: ExactSandbox, worker: Any) -> UUID:
    """A booked invoice that came in nine years ago."""
    connected(cast.alice, exact, worker)
    got = intake.receive(cast.alice.firm_id, paper("OUD"), channel="api")
    worker()
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE invoices_document SET created_at = %s", [NOW - timedelta(days=9 * 366)])
    return got.invoice_id


@pytest.mark.parametrize(("years", "stays"), [(7, False), (10, True)])
def test_a_document_goes_after_its_firms_years_with_all_that_hangs_on_it(
    cast: Cast, old: UUID, years: int, stays: bool
) -> None:
    new = intake.receive(cast.alice.firm_id, paper("NIEUW"), channel="api")
    with scope(cast.alice.firm_id):
        Firm.objects.update(keeps_years=years)
        before = kept()
    done = retention.run(NOW)
    assert done.get("documents", 0) == (0 if stays else 1)
    with scope(cast.alice.firm_id):
        assert Invoice.objects.filter(pk=old).exists() == stays
        assert Invoice.objects.filter(pk=new.invoice_id).exists()
        if stays:
            assert kept() == before
        else:
            assert kept()[:4] == (1, 1, 1, 0)
            assert not TimelineEvent.objects.filter(invoice_id=old).exists()


def test_under_a_legal_hold_no_document_goes(cast: Cast, old: UUID) -> None:
    with scope(cast.alice.firm_id):
        Firm.objects.update(legal_hold=True)
    assert retention.run(NOW).get("documents", 0) == 0
    with scope(cast.alice.firm_id):
        assert Invoice.objects.filter(pk=old).exists()


def test_the_clock_knows_the_nightly_work() -> None:
    from portal.celery import app

    app.loader.import_default_modules()
    tasks = {one["task"] for one in settings.CELERY_BEAT_SCHEDULE.values()}
    assert {"portal.tasks.chain_audit", "portal.tasks.expire", "portal.tasks.tidy"} <= tasks
    assert tasks <= set(app.tasks)
