"""The worker that moves a client to another firm is killed after each of its steps: the next one takes it up there."""

from pathlib import Path

import pytest
from django.utils import timezone

from invoices import intake
from invoices.models import Invoice, Transfer
from invoices.transfers import moving, offers
from portal.lookups import ask
from portal.models import Firm, Organisation
from portal.tenancy import scope
from tests.cast import Cast
from tests.drills import killing
from tests.paper import BAKERY, paper


@pytest.mark.parametrize("point", ["transfer.kept", "transfer.moved"])
def test_a_move_whose_worker_is_killed_is_finished_by_the_next(
    cast: Cast, tmp_path: Path, point: str
) -> None:
    client = cast.alice.organisation()
    intake.receive(cast.alice.firm_id, paper("T-1", buyer=BAKERY), channel="api", organisation_id=client.pk)
    with scope(cast.alice.firm_id):
        offer = offers.offer(Firm.objects.get(), client, by=cast.alice.owner)
    with scope(cast.charlie.firm_id):
        theirs = Firm.objects.get()
    offers.accept(offer.url.rstrip("/").rsplit("/", 1)[1], theirs, cast.charlie.owner)

    def move() -> None:
        for firm_id, pk in ask("due_transfers", 10):
            moving.run(firm_id, pk)

    killing.run(move, kill_at=point, folder=tmp_path)
    with scope(cast.alice.firm_id):
        assert Organisation.objects.count() == (1 if point == "transfer.kept" else 0)
        # The lease of a worker that died: as if its fifteen minutes were over.
        Transfer.objects.update(due_at=timezone.now())
    killing.run(move, folder=tmp_path)
    with scope(cast.alice.firm_id):
        assert Transfer.objects.get(pk=offer.transfer.pk).state == Transfer.State.DONE
        assert not Organisation.objects.exists()
    with scope(cast.charlie.firm_id):
        assert Organisation.objects.get().pk == client.pk
        assert Invoice.objects.count() == 1
