"""Announcements: what all firms should know, as a banner on their pages and on the public status page."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from portal import audit
from portal.announcements import said
from portal.desk.pages import DeskRequest, page, render
from portal.models import Announcement, Firm


class Form(forms.ModelForm):
    class Meta:
        model = Announcement
        fields = ["tone", "title_nl", "title_en", "text_nl", "text_en", "starts_at", "ends_at", "on_pages"]
        widgets = {
            "text_nl": forms.Textarea(attrs={"rows": 3}),
            "text_en": forms.Textarea(attrs={"rows": 3}),
            "starts_at": forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
            "ends_at": forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        }

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        starts, ends = found.get("starts_at"), found.get("ends_at")
        if starts and ends and ends <= starts:
            self.add_error("ends_at", _("It must end after it begins."))
        return found


@page("announcements/", "announcements")
def listing(request: DeskRequest) -> HttpResponse:
    """What is said now and was said before; a new one is written here, looked at, and then said."""
    form = Form(request.POST or None, initial={"starts_at": timezone.localtime(), "on_pages": True})
    look = None
    if request.method == "POST" and form.is_valid():
        look = form.save(commit=False)
        if request.POST.get("sure") == "1":
            look.made_by = request.user
            look.save(force_insert=True)
            audit.record("announcement.made", look, after={"tone": look.tone, "title": look.title_en})
            messages.success(request, _("It stands on the status page and on every firm's pages."))
            return redirect("helpdesk:announcements")
    return render(
        request,
        "helpdesk/announcements.html",
        {
            "form": form,
            "look": look,
            "firms": Firm.objects.count(),
            "rows": said(Announcement.objects.select_related("made_by").order_by("-starts_at")[:50]),
            "now": timezone.now(),
        },
    )


@page("announcements/<uuid:pk>/end/", "announcement-end")
def end(request: DeskRequest, pk: Any) -> HttpResponse:
    """It is over: the banners go at once. Asks first."""
    row = get_object_or_404(Announcement, pk=pk)
    if request.method != "POST":
        return render(
            request,
            "helpdesk/sure.html",
            {
                "title": _("End this announcement"),
                "touches": [row.title_nl, _("The banner goes from every firm's pages at once.")],
                "button": _("End it"),
                "back": "/helpdesk/announcements/",
            },
        )
    if row.ends_at is None or row.ends_at > timezone.now():
        row.ends_at = timezone.now()
        row.save(update_fields=["ends_at"])
        audit.record("announcement.ended", row)
    return redirect("helpdesk:announcements")
