"""Many clients at once: in and out as CSV, and one action over those ticked, or over all that a list holds."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from connections import actions, connecting, consents
from connections.models import Connection
from invoices.pages.clients import health, searched, viewed
from portal import imports, jobs
from portal.models import Job, Membership, Organisation
from portal.web import FirmRequest, page
from portal.web.own_pages import next_page
from portal.web.paging import uuid_of
from portal.web.sheets import csv_file, harmless

DRAFT = "organisations-draft"  # a list that was read and waits for somebody's yes
SHOWN = 200


@page("connect")
def bring_in(request: FirmRequest) -> HttpResponse:
    """A file is read and looked at; nothing is made before the next page's button."""
    problem = ""
    if request.method == "POST":
        file = request.FILES.get("file")
        try:
            rows = imports.rows_of(file.read(), file.content_type or "") if file else []
            if not rows:
                raise imports.Unreadable(_("The file holds no clients."))
        except imports.Unreadable as reason:
            problem = str(reason)
        else:
            draft = Job.objects.create(kind=DRAFT, asked=rows, total=len(rows), started_by=request.user)
            return redirect("clients-import-look", pk=draft.pk)
    return render(
        request, "invoices/clients_import.html", {"problem": problem}, status=422 if problem else 200
    )


@page("connect")
def look(request: FirmRequest, pk: Any) -> HttpResponse:
    """Each row of the file with what is wrong with it; the button makes the others."""
    draft = get_object_or_404(Job.objects, pk=pk, kind=DRAFT)
    rows = sorted(
        _looked_at(draft.asked), key=lambda row: row["state"] != "wrong"
    )  # those to be mended first
    if request.method == "POST":
        job = jobs.start(
            imports.KIND, [row["asked"] for row in rows if row["state"] != "wrong"], by=request.user
        )
        draft.delete()
        return redirect("job", pk=job.pk)
    return render(
        request,
        "invoices/clients_import_look.html",
        {
            "draft": draft,
            "rows": rows[:SHOWN],
            "more": max(0, len(rows) - SHOWN),
            "counts": {
                state: sum(1 for row in rows if row["state"] == state) for state in ("new", "known", "wrong")
            },
        },
    )


def _looked_at(asked: list[dict[str, str]]) -> Iterable[dict[str, Any]]:
    """Each row as it would be taken: new, known already, or wrong and why. One query."""
    known = set(Organisation.objects.values_list("kvk_number", flat=True))
    for number, row in enumerate(asked, 1):
        organisation = Organisation(
            name=row.get("name", "").strip()[:200],
            kvk_number=imports.kvk(row.get("kvk_number", "")),
            vat_number=row.get("vat_number", ""),
            iban=row.get("iban", ""),
        )
        try:
            organisation.clean_fields(exclude=["firm"])
        except ValidationError as problem:
            named = {field.name: capfirst(field.verbose_name) for field in Organisation._meta.fields}
            why = " ".join(
                f"{named[name]}: {' '.join(texts)}" for name, texts in problem.message_dict.items()
            )
            yield {
                "number": number,
                "asked": row,
                "state": "wrong",
                "why": why,
                "kvk": row.get("kvk_number", ""),
            }
            continue
        state = "known" if organisation.kvk_number in known else "new"
        known.add(organisation.kvk_number)
        yield {"number": number, "asked": row, "state": state, "why": "", "kvk": organisation.kvk_number}


@require_GET
@page("connect")
def wrong_rows(request: FirmRequest, pk: Any) -> HttpResponse:
    """The rows that cannot be taken, with the reason, as CSV to be mended and sent again."""
    draft = get_object_or_404(Job.objects, pk=pk, kind=DRAFT)
    wrong = [row for row in _looked_at(draft.asked) if row["state"] == "wrong"]
    fields = ("name", "kvk_number", "vat_number", "iban")
    return csv_file(
        "klanten-fout.csv",
        [*fields, "reason"],
        [[*(row["asked"].get(name, "") for name in fields), row["why"]] for row in wrong],
    )


@require_GET
@page()
def take_out(request: FirmRequest) -> HttpResponse:
    """The clients of a view, with their health, as CSV: those that the page shows, searched for or all."""
    found = viewed(Organisation.objects.order_by("name", "pk"), request.GET.get("view", ""))
    found = searched(found, request.GET.get("q", "").strip())
    heads = [
        "name",
        "kvk_number",
        "vat_number",
        "iban",
        "status",
        "division",
        "mode",
        "mailbox",
        "waiting",
        "issues",
    ]
    rows = [_as_row(row) for row in health(list(found))]
    return csv_file("klanten.csv", heads, rows)


def _as_row(row: dict[str, Any]) -> list[Any]:
    client, connection, mailbox = row["client"], row["connection"], row["mailbox"]
    books = [connection.status, connection.division or "", connection.mode] if connection else ["", "", ""]
    return [
        *(client.name, client.kvk_number, client.vat_number, client.iban),
        *books,
        mailbox.address if mailbox else "",
        row["waiting"],
        row["issues"],
    ]


# --- One action over many --------------------------------------------------------------------------------


NAMED = 3  # clients that a message names
AT_ONCE = 50  # more than a page of them is long work
MOST_LINKS = 500  # on one page


@require_POST
@page("connect")
def bulk(request: FirmRequest) -> HttpResponse:
    """Do one thing with the ticked clients, or with all that the list holds beyond this page."""
    what, chosen = request.POST.get("what", ""), _chosen(request)
    if what == "invite":
        return _invite(request, chosen)
    if what not in actions.ACTIONS:
        raise Http404
    clients = list(chosen[: jobs.MOST_ROWS])
    if len(clients) > AT_ONCE:
        return redirect("job", pk=actions.start(what, clients, by=request.user).pk)
    done = actions.act(what, clients)
    left = [one.name for one in clients if one not in done]
    words = ngettext("Done for %(n)d client.", "Done for %(n)d clients.", len(done)) % {"n": len(done)}
    (messages.success if done else messages.warning)(request, f"{words} {_left_out(left)}".strip())
    return redirect(next_page(request, "clients"))


def _chosen(request: FirmRequest) -> QuerySet[Organisation]:
    """The ticked clients; with `everything` those that the view and the search find now, ticked or not."""
    found = Organisation.objects.order_by("name", "pk")
    if request.POST.get("everything") == "1":
        return searched(viewed(found, request.POST.get("view", "")), request.POST.get("q", "").strip())
    return found.filter(pk__in=[key for key in request.POST.getlist("client") if uuid_of(key)])


def _left_out(names: list[str]) -> str:
    """Which clients were left as they are: some by name, the others counted."""
    if not names:
        return ""
    shown, more = ", ".join(names[:NAMED]), len(names) - NAMED
    if more <= 0:
        return _("Left as it was, for there it makes no sense now: %(names)s") % {"names": shown}
    return _("Left as it was, for there it makes no sense now: %(names)s and %(n)d more.") % {
        "names": shown,
        "n": more,
    }


def _invite(request: FirmRequest, chosen: QuerySet[Organisation]) -> HttpResponse:
    """A link for each, to be mailed to whoever has that client's Exact sign-in."""
    clients = list(chosen[: MOST_LINKS + 1])
    if len(clients) > MOST_LINKS:
        words = _("Links are made for at most %(n)d clients at once. Search, or choose a view, for fewer.")
        messages.error(request, words % {"n": MOST_LINKS})
        return redirect(next_page(request, "clients"))
    mail = _addresses(clients)
    links: list[dict[str, Any]] = []
    for client in clients:
        row = Connection.objects.filter(organisation=client).exclude(status="disconnected").first()
        if row is not None and row.status == Connection.Status.ACTIVE:
            continue
        row = row or connecting.connect(client)
        link = consents.invite(row, site_key=row.site, asked_by=request.user)
        links.append({"client": client, "email": mail.get(client.pk, ""), "link": link})
    lines = [
        "\t".join(map(harmless, (" ".join(one["client"].name.split()), one["email"], one["link"].url)))
        for one in links
    ]  # for a spreadsheet: a column each, also where there is no address
    return render(
        request,
        "invoices/clients_links.html",
        {"links": links, "lines": "\n".join(lines), "left": len(clients) - len(links)},
    )


def _addresses(clients: list[Organisation]) -> dict[Any, str]:
    """The e-mail addresses of the clients' own people, as far as they sign in here: one query."""
    found = Membership.objects.filter(organisation__in=clients).order_by("created_at").select_related("user")
    addresses: dict[Any, list[str]] = {}
    for one in found:
        addresses.setdefault(one.organisation_id, []).append(one.user.email)
    return {pk: ", ".join(some) for pk, some in addresses.items()}
