"""The pages of a consent: what will be given, the trip to Exact, and that it worked. And Exact's own way in."""

from typing import Any
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from connections import authorisations, consents, tasks, webhooks
from connections.exact import ExactError
from connections.models import Connection, Consent
from connections.remedies import remedy
from connections.sites import site
from portal.models import Firm
from portal.tenancy import scope

log = structlog.get_logger(__name__)


@never_cache
@require_http_methods(["GET", "POST"])
def consent(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind a link. GET shows what will be given and changes nothing; POST goes to Exact, once."""
    try:
        firm_id, consent_id = consents.open_link(token)
        if request.method == "POST":
            url, browser = consents.begin(token)
            answer = HttpResponseRedirect(url)
            answer.set_cookie(
                consents.BROWSER_COOKIE,
                browser,
                max_age=int(consents.TRIP.total_seconds()),
                httponly=True,
                samesite="Lax",
                secure=settings.SESSION_COOKIE_SECURE,
            )
            return answer
    except consents.ConsentRefused as refused:
        return _refused(request, refused.code, firm=consents.firm_of(token))
    with scope(firm_id):
        row = Consent.objects.select_related("connection__organisation").get(pk=consent_id)
        firm = Firm.objects.get(pk=firm_id)
    exact = urlsplit(site(row.site).base_url)
    request.form_targets = [f"{exact.scheme}://{exact.netloc}"]  # type: ignore[attr-defined]
    return render(request, "connections/consent.html", {"consent": row, "firm": firm, "exact": exact.netloc})


@never_cache
@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    """Exact's redirect URI. Each refusal has its own words; none of them says whose consent it was."""
    try:
        firm_id, consent_id = consents.come_back(
            state=request.GET.get("state", ""),
            code=request.GET.get("code", ""),
            error=request.GET.get("error", ""),
            browser=request.COOKIES.get(consents.BROWSER_COOKIE, ""),
        )
        consents.finish(firm_id, consent_id)
    except consents.ConsentRefused as refused:
        return _refused(request, refused.code)
    except ExactError as later:
        # The pair is stored; who gave it is asked again until Exact answers.
        tasks.finish_soon(firm_id, consent_id, later.retry_at)
        return _refused(request, "exact_slow", status=202)
    answer = _after(request, firm_id, consent_id)
    answer.delete_cookie(consents.BROWSER_COOKIE)
    return answer


def _after(request: HttpRequest, firm_id: Any, consent_id: Any) -> HttpResponse:
    """Back to the wizard for who is signed in; a page that says it worked for everybody else."""
    with scope(firm_id):
        row = Consent.objects.select_related("connection__organisation", "authorisation").get(pk=consent_id)
    if request.user.is_authenticated and row.asked_by_id == request.user.pk and row.connection_id:
        return redirect("connect", pk=row.connection_id)
    connection = row.connection
    choosing = connection is not None and connection.next_step == Connection.Step.CHOOSE_DIVISION
    about = {"consent": row, "choosing": choosing, "words": None}
    if row.authorisation is not None and (limited := authorisations.limited(row.authorisation.me)):
        about["words"] = remedy(limited).words({"exact_user": row.authorisation.exact_user})
    return render(request, "connections/consented.html", about)


def _refused(request: HttpRequest, code: str, status: int = 400, firm: str = "") -> HttpResponse:
    """`firm`: who made the link, for those who hold it; whoever comes back from Exact with no more is told no name."""
    return render(request, "connections/consent_refused.html", {"code": code, "firm": firm}, status=status)


@csrf_exempt
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    """Where Exact tells of changes; an empty body is its test of the address. 200 when the event is committed."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > webhooks.MOST_BYTES:
        return JsonResponse({"code": "too_large"}, status=413)
    try:
        webhooks.receive(request.body)
    except webhooks.Refused as refused:
        log.warning("exact_webhook_refused", why=str(refused))
        return JsonResponse({"code": "not_an_event"}, status=401)
    return HttpResponse(status=200)
