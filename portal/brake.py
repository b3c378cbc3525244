"""The brake: nothing is booked or delivered while it is on, for a firm or for everybody.

Drivers look at it before every row, so it works within seconds; a lane with work under the brake is looked at every
ten seconds, so its release is noticed too.
"""

from uuid import UUID

from django.db.models import Exists, Q

from portal.models import Firm, Installation
from portal.tenancy import scope


def set_brake(on: bool, *, firm_id: UUID | None = None) -> None:
    if firm_id is None:
        Installation.objects.update_or_create(pk=1, defaults={"brake": on})
        return
    with scope(firm_id):
        Firm.objects.filter(pk=firm_id).update(brake=on)


def is_on(firm_id: UUID) -> bool:
    """Whether this firm's brake or everybody's is on, in one query: it is asked before every row. Needs the scope."""
    everybodys = Installation.objects.filter(brake=True)
    return Firm.objects.filter(Q(brake=True) | Exists(everybodys), pk=firm_id).exists()
