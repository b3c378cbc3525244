"""The sidebar: each room adds its pages to it in its AppConfig.ready()."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.models import Membership
from portal.people import rights

MOST = 99  # a badge counts no further, so that it costs the same for a firm with a million invoices
GROUPS = {"work": "", "set_up": _("Set up"), "firm": _("Firm")}


@dataclass(frozen=True)
class Item:
    """A page in the sidebar. `count` gives the number on its badge, counted no further than MOST + 1."""

    url: str
    label: str | Promise
    icon: str
    group: str = "work"
    order: int = 50
    right: str = "see"
    clients: bool = False
    key: str = ""  # pressed after «g»
    count: Callable[[Membership], int] | None = None
    tone: str = ""


_items: list[Item] = []


def register(*items: Item) -> None:
    """Add pages; one that is there already (a second ready()) stays as it is."""
    for item in items:
        if item.url not in {known.url for known in _items}:
            _items.append(item)


def shown(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups of the sidebar for who is looking: [{title, items}]. Needs the scope."""
    member: Membership | None = getattr(request, "member", None)
    if member is None:
        return []
    return [
        {"title": title, "items": items}
        for group, title in GROUPS.items()
        if (items := [_shown(item, request, member) for item in _of(group, member)])
    ]


def _of(group: str, member: Membership) -> list[Item]:
    mine = [item for item in _items if item.group == group and rights.may(member, item.right)]
    if rights.is_client(member):
        mine = [item for item in mine if item.clients]
    return sorted(mine, key=lambda item: item.order)


def _shown(item: Item, request: HttpRequest, member: Membership) -> dict[str, Any]:
    count = item.count(member) if item.count else 0
    url = _url(item.url)
    here = request.path == url or (url != "/" and request.path.startswith(url))
    return {
        "url": url,
        "label": item.label,
        "icon": item.icon,
        "key": item.key,
        "tone": item.tone,
        "count": f"{MOST}+" if count > MOST else count,
        "here": here,
    }


def _url(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:  # pragma: no cover — a page that names itself wrongly fails its own tests
        return "#"
