"""The day's calls of a whole contract with Exact: 20,000 over all its administrations, and so over many lanes.

A lane cannot know what the others spend. So it takes a portion in advance, by one guarded UPDATE on the contract's
row of the day, and brings back what it did not use: the limit holds by construction, however many lanes run.
A process that dies keeps its portion; that costs a few calls of the day and nothing else.

Reading ledgers leaves a part of the day to invoices: a firm that connects six hundred clients in a morning would spend
all of it on their first readings, and nothing would be booked until midnight.
"""

from datetime import UTC, date, datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from connections import packages
from connections.exact import ExactError
from connections.exact.limits import day_ends
from connections.models import Connection, ContractDay

PORTION = 60  # what a division may call in a minute: a lane asks once for each
OTHERS = 0.05
"""The part that is left to other apps on the same contract, which we cannot count (Exact's limit is over all apps)."""

KEPT = 0.25
"""The part that learning leaves to all other work."""


class Allowance:
    """What one lane may still spend of its contract's day."""

    def __init__(self, connection: Connection) -> None:
        self.site = connection.site
        self.key, limit = whose(connection)
        self._contract = contract_of(connection)
        self.limit = int(limit * (1 - OTHERS))
        self.used_up = ""  # the contract, once it has no call left for anything
        self._day: date | None = None
        # By whether it is for learning: what is left of an invoice's portion is not for that.
        self._left = {True: 0, False: 0}

    def spend(self, *, learning: bool) -> None:
        """One call. ExactError `budget_day` when the contract has none left, `budget_learning` when learning has used
        up its part of the day."""
        if not self.key:
            return
        today = timezone.now().astimezone(UTC).date()
        if self._day != today:
            self.give_back()
            self._day = today
        if self._left[learning] == 0:
            limit = int(self.limit * (1 - KEPT)) if learning else self.limit
            self._left[learning] = _take(self.site, self.key, today, limit)
        if self._left[learning] == 0:
            if not learning:
                self.used_up = self._contract
            raise ExactError(
                "budget_learning" if learning else "budget_day",
                retry_at=day_ends(datetime.now(UTC)) + timedelta(seconds=1),
                detail="It is the limit of the whole contract with Exact.",
            )
        self._left[learning] -= 1

    def give_back(self) -> None:
        """What was taken and not used."""
        left = sum(self._left.values())
        if left and self._day:
            ContractDay.objects.filter(site=self.site, contract=self.key, day=self._day).update(
                taken=F("taken") - left
            )
        self._left = {True: 0, False: 0}


def _take(site: str, key: str, today: date, limit: int) -> int:
    """A portion, or the smaller rest of the day; 0 when nothing is left."""
    with transaction.atomic():
        ContractDay.objects.get_or_create(site=site, contract=key, day=today)
        row = ContractDay.objects.select_for_update().get(site=site, contract=key, day=today)
        portion = max(0, min(PORTION, limit - row.taken))
        ContractDay.objects.filter(pk=row.pk).update(taken=F("taken") + portion)
        return portion


def whose(connection: Connection) -> tuple[str, int]:
    """Whom the day's limit belongs to, and how large it is: ("", …) when the contract is not known.

    With Premium the limit is the administration's own.
    """
    edition = packages.edition(connection.package.get("edition", ""))
    if edition.whole is packages.PER_DIVISION:
        return f"division {connection.division}", edition.whole_day
    return connection.contract, edition.whole_day


def contract_of(connection: Connection) -> str:
    """The contract that shares its day among its connections, this one too; "" where none is known, or none does."""
    return connection.contract if whose(connection)[0] == connection.contract else ""


def spent_today(site: str, key: str) -> int:
    """The calls that the contract spent today (UTC), portions in hand included."""
    today = timezone.now().astimezone(UTC).date()
    row = ContractDay.objects.filter(site=site, contract=key, day=today).first()
    return row.taken if row else 0
