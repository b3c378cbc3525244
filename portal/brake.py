"""The brake: nothing is booked or delivered while it is on, for a firm or for everybody.

Drivers look at it before every row, so it works within seconds; a lane with work under the brake is looked at every
ten seconds, so its release is noticed too.
"""

from uuid import UUID

from portal.models import Firm, Installation
from portal.tenancy import scope


def set_brake(on: bool, *, firm_id: UUID | None = None) -> None:
    if firm_id is None:
        Installation.objects.update_or_create(pk=1, defaults={"brake": on})
        return
    with scope(firm_id):
        Firm.objects.filter(pk=firm_id).update(brake=on)
