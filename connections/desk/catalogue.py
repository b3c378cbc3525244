"""The catalogue of fixes: every code with its cause and steps, how often it came, and what the helpdesk knows of it.

The text in the code stays the source; a note stands beside it, on the case screen too.
"""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from connections.desk import mended
from connections.models import Issue
from connections.remedies import CATALOGUE, RESOLVES, SEVERITY, WHO, remedy
from portal.desk import cases
from portal.desk.pages import DeskRequest, page, render
from portal.models import CodeNote


def _month() -> Any:
    """Since the first of this month."""
    return timezone.localtime().replace(day=1, hour=0, minute=0, second=0, microsecond=0)


@page("codes/", "codes")
def listing(request: DeskRequest) -> HttpResponse:
    """All codes, those that came most this month first; words narrow it."""
    q = request.GET.get("q", "").strip().lower()
    notes, rows = cases.code_notes(), []
    for tally in mended.every(mended.tallies(_month(), timezone.now())):
        row = remedy(tally.code)
        words = row.words()
        heap = " ".join([tally.code, words.title, words.cause, *words.steps]).lower()
        if q in heap:
            rows.append({"tally": tally, "remedy": row, "words": words, "note": notes.get(tally.code),
                         "who": WHO[row.who_acts], "median": length(tally.median)})  # fmt: skip
    return render(request, "helpdesk/codes.html", {"rows": rows, "q": q, "q_codes": request.GET.get("q", "")})


@page("codes/<str:code>/", "code")
def one(request: DeskRequest, code: str) -> HttpResponse:
    """One code in both languages, its figures, who has it now, and the helpdesk's note; the note is written here."""
    if code not in CATALOGUE and not Issue.objects.filter(code=code).exists():
        raise Http404
    if request.method == "POST":
        cases.say_of_code(code, request.user, request.POST.get("text", "").strip())
        messages.success(request, _("Noted. It shows on every case with this code."))
        return redirect("helpdesk:code", code=code)
    row, now = remedy(code), timezone.now()
    tally = mended.tallies(_month(), now).get(code, mended.Tally(code))
    open_ones = Issue.objects.filter(code=code, resolved_at__isnull=True).select_related(
        "connection__organisation", "firm"
    )
    return render(
        request,
        "helpdesk/code.html",
        {
            "code": code,
            "remedy": row,
            "languages": [(language, row.words(language=language)) for language in ("nl", "en")],
            "who": WHO[row.who_acts],
            "severity": SEVERITY[row.severity],
            "resolves": RESOLVES[row.resolves],
            "tally": tally,
            "median": length(tally.median),
            "note": cases.code_notes().get(code),
            "notes": CodeNote.objects.filter(code=code).select_related("author").order_by("-created_at")[:10],
            "open": open_ones.filter(Q(connection__isnull=False)).order_by("opened_at")[:50],
        },
    )


def length(seconds: float | None) -> str:
    """A length of time as a person says it: «12 min», «3 h», «2 d»."""
    if seconds is None:
        return "–"
    span = timedelta(seconds=seconds)
    if span < timedelta(minutes=1):
        return f"{int(seconds)} s"
    if span < timedelta(hours=1):
        return f"{int(seconds // 60)} min"
    if span < timedelta(days=2):
        return _("%(n)s h") % {"n": round(seconds / 3600, 1)}
    return _("%(n)s d") % {"n": round(seconds / 86400, 1)}
