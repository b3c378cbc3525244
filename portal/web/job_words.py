"""What became of a row of long work, in words: a job keeps codes, and English for the machines that read it too."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise

OUTCOMES: dict[str, tuple[Words, str]] = {
    "created": (_("made"), "good"),
    "exists": (_("known already"), ""),
    "connected": (_("connected"), "good"),
    "pending": (_("being connected"), "info"),
    "changed": (_("done"), "good"),
    "left": (_("left as it was: it makes no sense there now"), ""),
    "asked": (_("is being taken back"), "info"),
    "tested": (_("tested"), "good"),
    "failed": (_("failed"), "bad"),
}
"""status → what it is called, and its tone."""

WHY: dict[str, Words] = {
    "internal_error": _("This is our fault, and we know of it. Try this row again later."),
    "not_found": _("It is no longer there."),
    "not_now": _("It is not booked any more, so there is nothing to take back."),
    "authorisation_unknown": _(
        "This Exact sign-in no longer works. Sign in at Exact again, and then connect."
    ),
    "organisation_unknown": _("This client is no longer there."),
    "already_connected": _("This client has a connection already. Go on with that one, or end it first."),
    "division_unknown": _("The Exact user may not use this administration."),
    "division_taken": _("This administration is connected already, to another client or by another firm."),
    "division_other_kvk": _(
        "The KVK number of the administration is not the client's. Connect this client by itself, and confirm it there."
    ),
    "kvk_missing": _(
        "The administration has no KVK number of eight digits in Exact. Fill it in there first."
    ),
}
"""code of a failure → why, and what to do."""


def outcome(row: dict[str, Any]) -> dict[str, Any]:
    """{label, tone, why} of a row's outcome."""
    status = str(row.get("status", ""))
    label, tone = OUTCOMES.get(status, (status, ""))
    return {"label": label, "tone": tone, "why": why(row.get("code", ""), row.get("detail", ""))}


def why(code: str, detail: str) -> Words:
    """The reason of a failure: ours for the code, else what the job itself wrote down."""
    return WHY.get(code) or detail or code
