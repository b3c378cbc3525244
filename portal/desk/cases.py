"""What the helpdesk keeps of a client: who has the case, what was promised, until when it rests, and every line of it.

Everything here needs the staff scope. A line is only ever added; what was done to a client in a case is a line too, and
in the firm's audit trail.
"""

from datetime import datetime
from typing import Any

from django.utils import timezone

from portal import audit
from portal.models import Bundle, CodeNote, DeskCase, DeskNote, Firm, Organisation, User
from portal.tenancy import staff

Kind = DeskNote.Kind


def of(organisation: Organisation) -> DeskCase | None:
    """The case of this client, if anybody ever did something about it."""
    return (
        DeskCase.objects.select_related("assigned_to")
        .filter(firm_id=organisation.firm_id, organisation=organisation)
        .first()
    )


def ensured(organisation: Organisation) -> DeskCase:
    """The case of this client; made now if there is none."""
    return DeskCase.objects.get_or_create(firm_id=organisation.firm_id, organisation=organisation)[0]


def lines(case: DeskCase | None, at_most: int = 50) -> list[DeskNote]:
    """Its lines, newest first."""
    if case is None:
        return []
    return list(DeskNote.objects.filter(case=case).select_related("author").order_by("-created_at")[:at_most])


def note(organisation: Organisation, by: User, text: str, kind: str = Kind.NOTE) -> DeskNote:
    """Add a line."""
    return DeskNote.objects.create(case=ensured(organisation), kind=kind, text=text[:4000], author=by)


def assign(organisation: Organisation, by: User, to: User | None) -> None:
    """This colleague has the case now; None: nobody."""
    case = ensured(organisation)
    case.assigned_to = to
    case.save(update_fields=["assigned_to", "updated_at"])
    note(organisation, by, str(to or "–"), Kind.ASSIGNED)


def promise(organisation: Organisation, by: User, before: datetime | None, text: str = "") -> None:
    """The caller hears from us before this moment; None: the promise was kept."""
    case = ensured(organisation)
    case.promised_at = before
    case.save(update_fields=["promised_at", "updated_at"])
    note(organisation, by, text, Kind.PROMISED)


def snooze(organisation: Organisation, by: User, until: datetime | None, reason: str) -> None:
    """The case leaves the board until this moment, for a reason; None: it is back."""
    case = ensured(organisation)
    case.snoozed_until, case.snooze_reason = until, reason[:200] if until else ""
    case.save(update_fields=["snoozed_until", "snooze_reason", "updated_at"])
    note(organisation, by, reason, Kind.SNOOZED)


def hand_over(organisation: Organisation, by: User, question: str, content: dict[str, Any]) -> Bundle:
    """To engineering, with everything that was known at this moment in one redacted file."""
    case = ensured(organisation)
    case.handed_over_at = timezone.now()
    case.save(update_fields=["handed_over_at", "updated_at"])
    note(organisation, by, question, Kind.HANDED_OVER)
    bundle = Bundle.objects.create(case=case, made_by=by, question=question[:4000], content=content)
    audit.record(
        "helpdesk.handed_over", organisation, after={"bundle": bundle.pk}, firm_id=organisation.firm_id
    )
    return bundle


def done(organisation: Organisation, by: User, what: str, **values: Any) -> None:
    """Something was done to this client by us: a line of the case, and an event in the firm's own trail."""
    with staff():
        note(organisation, by, what, Kind.DONE)
        audit.record(f"helpdesk.{what}", organisation, after=values, firm_id=organisation.firm_id)


def code_notes() -> dict[str, CodeNote]:
    """The helpdesk's own words beside a code's: the newest of each, those withdrawn left out."""
    found = CodeNote.objects.select_related("author").order_by("code", "-created_at").distinct("code")
    return {row.code: row for row in found if row.text}


def say_of_code(code: str, by: User, text: str) -> None:
    """Note something beside a code; an empty text withdraws what stood there."""
    CodeNote.objects.create(code=code, text=text[:4000], author=by)


def colleagues() -> list[User]:
    """Everybody at the helpdesk."""
    return list(User.objects.filter(is_staff=True, is_active=True).order_by("name", "email"))


def firm_of(organisation: Organisation) -> Firm:
    return Firm.objects.get(pk=organisation.firm_id)
