"""On which date an invoice can be booked: its own, or the first of the next period that is open."""

from datetime import date

from connections.models import Connection, Period


class NoPeriod(Exception):
    """Exact has no financial year for this date, and no later period that is open."""


def bookable(connection: Connection, journal: str, day: date) -> date:
    """`day` when its period is open in this journal, else the first day of the next open one. Needs the scope.

    Where the mirror has no periods at all nothing is known, and the day stands: Exact will say.
    """
    periods = list(Period.objects.filter(connection=connection, ends__gte=day).order_by("starts"))
    if not periods and not Period.objects.filter(connection=connection).exists():
        return day
    own = next((one for one in periods if one.starts <= day <= one.ends), None)
    if own is None:
        raise NoPeriod
    found = next((one for one in periods if journal not in one.closed_for), None)
    if found is None:
        raise NoPeriod
    return day if found.pk == own.pk else found.starts
