"""Pages about the person and the firm themselves: language, firm switch, account, the firm's brake."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from portal.lookups import ask
from portal.models import Firm, Membership, User
from portal.people import firms as making
from portal.people import inviting
from portal.tenancy import scope
from portal.web import SESSION_KEY, FirmRequest, page

TRIAL = "sandbox"  # the site of firms that only try
A_YEAR = 365 * 24 * 3600


def next_page(request: HttpRequest, otherwise: str) -> str:
    """Where a form wants to go afterwards, when that is a page of ours."""
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe and wanted else otherwise


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Choose the language of the pages; kept with the person who is signed in."""
    code = request.POST.get("language", "")
    answer = redirect(next_page(request, "today"))
    if code in dict(settings.LANGUAGES):
        answer.set_cookie(settings.LANGUAGE_COOKIE_NAME, code, max_age=A_YEAR, samesite="Lax", httponly=True)
        if request.user.is_authenticated:
            User.objects.filter(pk=request.user.pk).update(language=code)
    return answer


@login_required
def firms(request: HttpRequest) -> HttpResponse:
    """The firms that a person works for; choosing one goes there."""
    mine = [firm_id for (firm_id,) in ask("firms_of_user", request.user.pk)]
    if not mine:
        return redirect("no-firm")
    if request.method == "POST":
        chosen = next((one for one in mine if str(one) == request.POST.get("firm")), None)
        if chosen is not None:
            request.session[SESSION_KEY] = str(chosen)
        return redirect("today")
    rows = []
    for firm_id in mine:
        with scope(firm_id):
            rows.append(Membership.objects.select_related("firm").get(user_id=str(request.user.pk)))
    current = request.session.get(SESSION_KEY, str(mine[0]) if mine else "")
    return render(request, "portal/firms.html", {"rows": rows, "current": current})


@require_POST
@page("manage", scoped=False)
def try_out(request: FirmRequest) -> HttpResponse:
    """A firm of one's own beside this one, against Exact's sandbox; once made, it is gone to again."""
    if TRIAL not in settings.EXACT_SITES:
        raise Http404
    for firm_id in request.firms:
        with scope(firm_id):
            trial = Firm.objects.filter(sandbox=True).exists()
        if trial:
            break
    else:
        name = _("%(firm)s, to try") % {"firm": request.firm.name[:180]}
        firm_id = making.create_firm(name, request.user.email, sandbox=True).firm_id
    request.session[SESSION_KEY] = str(firm_id)
    return redirect("today")


class NewFirm(forms.Form):
    name = forms.CharField(max_length=200)


@login_required
def no_firm(request: HttpRequest) -> HttpResponse:
    """Somebody without a firm: make one, or wait for an invitation."""
    form = NewFirm(request.POST or None)
    form.fields["name"].label = _("Name of your firm")
    if request.method == "POST" and form.is_valid():
        assert isinstance(request.user, User)
        made = making.create_firm(form.cleaned_data["name"], request.user.email)
        request.session[SESSION_KEY] = str(made.firm_id)
        return redirect("today")
    return render(request, "portal/no_firm.html", {"form": form})


class Account(forms.ModelForm):
    class Meta:
        model = User
        fields = ["name", "language"]
        widgets = {"language": forms.Select(choices=settings.LANGUAGES)}


@page(clients=True)
def account(request: FirmRequest) -> HttpResponse:
    """The person: name, language, and the ways of signing in."""
    assert isinstance(request.user, User)
    form = Account(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        translation.activate(form.cleaned_data["language"])
        messages.success(request, _("Saved."))
        answer = redirect("account")
        answer.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            form.cleaned_data["language"],
            max_age=A_YEAR,
            samesite="Lax",
            httponly=True,
        )
        return answer
    about = {"told": Membership.Told.choices, "last_owner": inviting.is_last_owner(request.member)}
    return render(request, "portal/account.html", {"form": form, **about})


@require_POST
@page(clients=True)
def told(request: FirmRequest) -> HttpResponse:
    """How often this person wants mails of this firm."""
    how = request.POST.get("told", "")
    if how in Membership.Told.values:
        Membership.objects.filter(pk=request.member.pk).update(told=how)
        messages.success(request, _("Saved."))
    return redirect("account")


class FirmForm(forms.ModelForm):
    class Meta:
        model = Firm
        fields = ["name", "language"]
        widgets = {"language": forms.Select(choices=settings.LANGUAGES)}


@page("manage")
def firm(request: FirmRequest) -> HttpResponse:
    """The firm's own settings, and its brake."""
    row = get_object_or_404(Firm.objects, pk=request.firm.pk)
    form = FirmForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("firm")
    return render(request, "portal/firm.html", {"form": form})


@require_POST
@page("manage")
def firm_brake(request: FirmRequest) -> HttpResponse:
    """Stop all booking of the firm, or let it go on."""
    on = request.POST.get("on") == "1"
    Firm.objects.filter(pk=request.firm.pk).update(brake=on)
    messages.success(
        request,
        _("Booking is stopped for the whole firm.") if on else _("Booking goes on for the whole firm."),
    )
    return redirect(next_page(request, "firm"))


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """404: a page for people, a problem document for machines."""
    if request.path.startswith("/api/"):
        from portal.api.problems import page_not_found

        return page_not_found(request)
    return render(request, "404.html", status=404)
