"""The helpdesk's own site at /helpdesk/: every firm's rows, seen as `portal_staff`.

Every view of the site runs in the staff scope, its rendering included. Rooms register what they have in their admin.py,
with `Seen`: to be looked at, found and opened, and changed nowhere; what the helpdesk may do is a button with a name.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, reverse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.sites import UnfoldAdminSite

from portal.models import Firm, Membership, Organisation, User
from portal.people import mfa
from portal.tenancy import staff


class Helpdesk(UnfoldAdminSite):
    """The theme's site, in the staff scope; `own` holds our pages beside the theme's (`portal.desk.pages`)."""

    index_title = _("Helpdesk")

    def __init__(self, name: str) -> None:
        super().__init__(name=name)
        self.own: list[URLPattern] = []

    def get_urls(self) -> list[Any]:
        return [*self.own, *super().get_urls()]

    def refusal(self, request: Any) -> HttpResponse | None:
        """None: come in. Whoever is not signed in, or has no second factor, is sent to get it; others may not."""
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not self.has_permission(request):
            raise PermissionDenied
        if not mfa.has_one(request):
            return redirect("mfa_index")
        request.current_app = self.name
        return None

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_staff)

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The theme's own form knows no second factor and counts no guesses; there is one door for everybody."""
        return redirect_to_login(reverse("helpdesk:index"))

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        inner = super().admin_view(view, cacheable)

        @wraps(view)
        def run(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
            refused = self.refusal(request)
            if refused is not None:
                return refused
            request.needs_eval = True  # the theme's Alpine
            with staff():
                response = inner(request, *args, **kwargs)
                if hasattr(response, "render") and not response.is_rendered:
                    response.render()
            return response

        return run


site = Helpdesk(name="helpdesk")


class Seen(ModelAdmin):
    """Rows to be looked at."""

    list_per_page = 50
    show_full_result_count = False
    list_filter_submit = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return site.has_permission(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return site.has_permission(request)


class FirmAdmin(Seen):
    list_display = ["name", "language", "sandbox", "brake", "created_at"]
    search_fields = ["name"]


class OrganisationAdmin(Seen):
    list_display = ["name", "kvk_number", "vat_number", "firm"]
    search_fields = ["name", "kvk_number", "vat_number", "iban"]
    list_select_related = ["firm"]


class MembershipAdmin(Seen):
    list_display = ["user", "role", "firm"]
    search_fields = ["user__email"]
    list_select_related = ["firm", "user"]


class UserAdmin(Seen):
    list_display = ["email", "name", "is_active", "is_staff"]
    search_fields = ["email", "name"]
    fields = ["email", "name", "language", "is_active", "is_staff", "last_login"]


for _model, _admin in (
    (Firm, FirmAdmin),
    (Organisation, OrganisationAdmin),
    (Membership, MembershipAdmin),
    (User, UserAdmin),
):
    site.register(_model, _admin)
