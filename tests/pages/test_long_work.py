"""The page of long work says of each row what it was about, what became of it and why, in the reader's language."""

import pytest
from django.test import Client
from django.urls import reverse

from connections import bulk
from portal.models import Job
from portal.tenancy import scope
from portal.web import job_words
from tests.cast import Cast


def made(cast: Cast, kind: str, *rows: dict[str, str]) -> Job:
    """Long work that is done, with these outcomes."""
    asked = [{"name": f"Rij {number}"} for number, _ in enumerate(rows)]
    with scope(cast.alice.firm_id):
        return Job.objects.create(
            kind=kind, asked=asked, total=len(rows), state="done",
            rows=[{"row": number, **row} for number, row in enumerate(rows, 1)],
        )  # fmt: skip


def test_a_rules_undo_names_each_invoice_and_what_became_of_it(cast: Cast, alice: Client) -> None:
    not_now = {"status": "failed", "code": "not_now", "detail": "An invoice that is review cannot be undone."}
    page = alice.get(reverse("job", args=[made(cast, "undo_rule", {"status": "asked"}, not_now).pk]))
    shown = page.content.decode()
    assert "Rij 0" in shown
    assert "wordt teruggedraaid" in shown
    assert "er valt niets terug te draaien" in shown
    assert "cannot be undone" not in shown


@pytest.mark.parametrize("code", sorted(job_words.WHY))
def test_no_failure_is_told_in_english_on_a_dutch_page(cast: Cast, alice: Client, code: str) -> None:
    row = {"status": "failed", "code": code, "detail": "English for machines."}
    job = made(cast, bulk.KIND, row)
    for name in ("job", "connect-many-job", "job-failed"):
        assert "for machines" not in alice.get(reverse(name, args=[job.pk])).content.decode()


def test_a_failure_without_words_of_its_own_shows_what_the_work_wrote_down(cast: Cast, alice: Client) -> None:
    job = made(cast, "organisations", {"status": "failed", "code": "invalid", "detail": "iban: klopt niet"})
    assert "iban: klopt niet" in alice.get(reverse("job", args=[job.pk])).content.decode()
