"""What a list leaves behind goes at once, and does not wait for the garbage collector to stop some request."""

import gc
from typing import Any

from invoices.models import Invoice, Proposal, ProposalLine
from tests.api_client import api
from tests.cast import Cast
from tests.exact_sandbox import ExactSandbox
from tests.helpers import connected
from tests.paper import paper

ROWS = (Invoice, Proposal, ProposalLine)


def test_rows_of_a_list_are_gone_with_its_answer(cast: Cast, exact: ExactSandbox, worker: Any) -> None:
    connected(cast.alice, exact, worker)
    client: Any = api(cast.alice)
    client.post("/api/v1/invoices/", paper("2026-100"), content_type="application/xml")
    worker()
    gc.collect()
    # What other tests left stands. By type: asking a weak reference of theirs what it is an instance of raises.
    older = {id(one) for one in gc.get_objects() if type(one) in ROWS}
    gc.disable()
    try:
        (row,) = client.get("/api/v1/invoices/").json()["results"]
        assert row["proposal"]["lines"] and row["timeline"]
        left = [one for one in gc.get_objects() if type(one) in ROWS and id(one) not in older]
        assert left == []
    finally:
        gc.enable()
