"""One box: whatever the caller reads out loud.

Each room registers what it can find; a finder gets the words and gives its hits, best first. A single hit opens.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any
from uuid import UUID

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db import connections
from django.db.models import BooleanField, CharField, F, Q
from django.db.models.expressions import Func, Value
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.desk.pages import DeskRequest, page, render
from portal.models import ApiCall, Firm, Membership, Organisation

MOST = 8  # of each kind
ALIKE = 0.42  # how much of a name must be heard right: three letters wrong in ten still find it


@dataclass(frozen=True)
class Words:
    """What was typed, in the forms in which keys are kept."""

    text: str

    @cached_property
    def plain(self) -> str:
        """Letters and digits alone, in capitals: a KVK, VAT or IBAN number however it was written."""
        return "".join(c for c in self.text.upper() if c.isalnum())

    @cached_property
    def number(self) -> int | None:
        """As a whole number that PostgreSQL's integer holds."""
        return int(self.plain) if self.plain.isdecimal() and len(self.plain) < 10 else None

    @cached_property
    def uuid(self) -> UUID | None:
        """As an id of ours, or of Exact's."""
        try:
            return UUID(self.text)
        except ValueError:
            return None

    @cached_property
    def name(self) -> bool:
        """Whether it may be somebody's name: no address, and more letters than digits."""
        letters = sum(c.isalpha() for c in self.text)
        return letters >= 3 and "@" not in self.text and letters > sum(c.isdigit() for c in self.text)


@dataclass(frozen=True)
class Hit:
    """Something that was found, and the page that it opens."""

    title: str
    sub: str
    url: str


Finder = Callable[[Words], Iterable[Hit]]
_finders: list[tuple[str | Promise, Finder]] = []


def register(label: str | Promise, finder: Finder) -> None:
    """Let the box find this kind of thing; `finder` runs in the staff scope."""
    _finders.append((label, finder))


def find(text: str) -> list[tuple[str | Promise, list[Hit]]]:
    """Everything that fits, by kind; a page stands in it once. Needs the staff scope."""
    words, groups, seen = Words(" ".join(text.replace("\0", "").split())[:120]), [], set()
    if not words.plain:
        return []
    if words.name:
        with connections["staff"].cursor() as cursor:
            cursor.execute("SELECT set_config('pg_trgm.word_similarity_threshold', %s, true)", [str(ALIKE)])
    for label, finder in _finders:
        hits = []
        for hit in islice(finder(words), MOST):
            if hit.url not in seen:
                seen.add(hit.url)
                hits.append(hit)
        if hits:
            groups.append((label, hits))
    return groups


@page("find/", "find")
def search(request: DeskRequest) -> HttpResponse:
    """What fits; a single hit opens by itself."""
    q = request.GET.get("q", "")
    groups = find(q)
    hits = [hit for _label, found in groups for hit in found]
    if len({hit.url.partition("?")[0] for hit in hits}) == 1:
        return redirect(hits[0].url)
    return render(request, "helpdesk/find.html", {"q": q, "groups": groups, "count": len(hits)})


class Alike(Func):
    """`words <% name`: PostgreSQL's trigram operator, which its index answers."""

    template = "(%(expressions)s)"
    arg_joiner = " <%% "
    output_field = BooleanField()


def alike(words: Words, field: str = "name") -> tuple[Any, Any]:
    """(condition, likeness) for names that sound like the words; how strict, `find` has said to the database."""
    text = Value(words.text, output_field=CharField())
    return Alike(text, F(field)), TrigramWordSimilarity(words.text, field)


def of_organisation(row: Organisation, why: str = "") -> Hit:
    """The case screen of an organisation."""
    sub = " · ".join(filter(None, [f"KVK {row.kvk_number}", row.firm.name, why]))
    return Hit(row.name, sub, reverse("helpdesk:case", args=[row.pk]))


def _organisations(words: Words) -> Iterable[Hit]:
    """By KVK, VAT or IBAN number (its beginning will do for KVK), by id, or by a name that is almost right."""
    found = Organisation.objects.select_related("firm")
    keys = Q(vat_number=words.plain) | Q(iban=words.plain)
    if words.plain.isdecimal() and len(words.plain) >= 4:
        keys |= Q(kvk_number=words.plain) if len(words.plain) >= 8 else Q(kvk_number__startswith=words.plain)
    if words.uuid:
        keys |= Q(pk=words.uuid)
    exact = list(found.filter(keys).order_by("name")[:MOST])
    yield from (of_organisation(row) for row in exact)
    if words.name and not exact:
        fits, likeness = alike(words)
        near = found.filter(fits).annotate(likeness=likeness).order_by("-likeness", "name")
        yield from (of_organisation(row) for row in near[:MOST])


def _people(words: Words) -> Iterable[Hit]:
    """By e-mail address, or by name when there is no address in the words."""
    found = Membership.objects.select_related("user", "firm", "organisation")
    if "@" in words.text:
        found = found.filter(user__email__istartswith=words.text)
    elif words.name:
        found = found.filter(user__name__icontains=words.text)
    else:
        return
    for row in found.order_by("user__email", "firm__name")[:MOST]:
        url = (
            reverse("helpdesk:case", args=[row.organisation_id])
            if row.organisation_id
            else reverse("helpdesk:firm", args=[row.firm_id])
        )
        sub = f"{row.user.email} · {row.get_role_display()} · {row.firm.name}"
        yield Hit(str(row.user), sub, f"{url}?person={row.user_id}")


def _firms(words: Words) -> Iterable[Hit]:
    if not words.name:
        return
    fits, likeness = alike(words)
    for row in Firm.objects.filter(fits).annotate(likeness=likeness).order_by("-likeness")[:MOST]:
        yield Hit(row.name, _("the firm itself"), reverse("helpdesk:firm", args=[row.pk]))


def _api_calls(words: Words) -> Iterable[Hit]:
    """By the request id that every answer of the API carries."""
    if " " in words.text or "@" in words.text:
        return
    found = ApiCall.objects.select_related("firm", "partner").filter(request_id=words.text)
    for row in found.order_by("-at")[:MOST]:
        sub = f"{row.status} {row.code} · {row.partner.name} · {row.firm.name}"
        yield Hit(f"{row.method} {row.path}", sub, reverse("helpdesk:api-call", args=[row.pk]))


register(gettext_lazy("Organisations"), _organisations)
register(gettext_lazy("Firms"), _firms)
register(gettext_lazy("People"), _people)
register(gettext_lazy("Calls of the API"), _api_calls)
