"""How the admin theme looks and what its sidebar holds; read by the settings, so it imports no models."""

from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _


def _link(name: str, label: Any, icon: str) -> dict[str, Any]:
    return {"title": label, "icon": icon, "link": reverse_lazy(f"helpdesk:{name}")}


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Autopilot",
    "SITE_HEADER": "Autopilot",
    "SITE_SUBHEADER": _("Helpdesk"),
    "SITE_URL": "/",
    "SITE_ICON": lambda request: static("portal/logo.svg"),
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("portal/logo.svg")}
    ],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "BORDER_RADIUS": "8px",
    "STYLES": [],
    # The same two families of colour as portal/static/portal/css/tokens.css.
    "COLORS": {
        "base": {
            step: f"oklch({light}% {chroma} 262)"
            for step, light, chroma in (
                ("50", 98.2, 0.003), ("100", 96.6, 0.005), ("200", 91.5, 0.008), ("300", 84, 0.012), ("400", 73, 0.02),
                ("500", 52, 0.027), ("600", 43, 0.03), ("700", 36, 0.03), ("800", 26.5, 0.026), ("900", 20, 0.024),
                ("950", 16, 0.02),
            )
        },
        "primary": {
            step: f"oklch({light}% {chroma} 273)"
            for step, light, chroma in (
                ("50", 97, 0.014), ("100", 94, 0.03), ("200", 89, 0.06), ("300", 82, 0.1), ("400", 74, 0.13),
                ("500", 63, 0.17), ("600", 50, 0.205), ("700", 45, 0.19), ("800", 39, 0.16), ("900", 33, 0.12),
                ("950", 25, 0.09),
            )
        },
    },
    # The theme's own command search keeps its finds per person and word for all firms alike; it stays off.
    "SIDEBAR": {
        "show_search": False,
        "command_search": False,
        "show_all_applications": False,
        "navigation": [
            {
                "title": "",
                "items": [
                    _link("index", _("Board"), "home"),
                    _link("find", _("Find anything"), "search"),
                    _link("codes", _("Fixes"), "build"),
                    _link("quality", _("Quality"), "monitoring"),
                    _link("announcements", _("Announcements"), "campaign"),
                    _link("connections_issue_changelist", _("Issues"), "warning"),
                    _link("connections_connection_changelist", _("Connections"), "cable"),
                    _link("portal_organisation_changelist", _("Organisations"), "apartment"),
                    _link("invoices_invoice_changelist", _("Invoices"), "receipt_long"),
                ],
            },
            {
                "title": _("Who"),
                "separator": True,
                "items": [
                    _link("portal_firm_changelist", _("Firms"), "domain"),
                    _link("portal_user_changelist", _("People"), "person"),
                    _link("portal_membership_changelist", _("Memberships"), "badge"),
                ],
            },
            {
                "title": "Exact",
                "separator": True,
                "items": [
                    _link("connections_authorisation_changelist", _("Authorisations"), "key"),
                    _link("connections_incident_changelist", _("Incidents"), "crisis_alert"),
                    _link("connections_call_changelist", _("Calls"), "sync_alt"),
                ],
            },
        ],
    },
}  # fmt: skip
