"""What judging ends in."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Verdict:
    """A reason to stop here.

    `status` and `reason` are the invoice's; `issue` is the code of the remedy ("" where nobody has to act). `subject`
    is what the issue is about when it concerns more than this invoice (a supplier's bank account): invoices with the
    same one share the issue, and one answer lets all of them go on.
    """

    status: str
    reason: str
    issue: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    subject: str = ""
