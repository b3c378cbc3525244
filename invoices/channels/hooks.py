"""The addresses that access points and mail services call."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import structlog
from anymail.urls import urlpatterns as anymail_patterns
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from invoices.channels.peppol import Refused, adapter, events

log = structlog.get_logger(__name__)

NOTICE_BYTES = 256 * 1024


@csrf_exempt
@require_POST
def peppol_hook(request: HttpRequest, name: str) -> HttpResponse:
    """The address that an access point calls. 204 when the event is committed."""
    if name not in settings.PEPPOL_ACCESS_POINTS:
        return JsonResponse({"code": "not_found"}, status=404)
    if int(request.META.get("CONTENT_LENGTH") or 0) > NOTICE_BYTES:
        return JsonResponse({"code": "too_large"}, status=413)
    point = adapter(name)
    headers = {key.lower(): value for key, value in request.headers.items()}
    try:
        point.verify(headers, request.body)
        notices = point.parse(request.body)
    except Refused as refused:
        log.warning("peppol_hook_refused", access_point=name, code=refused.code)
        return JsonResponse({"code": refused.code}, status=401 if refused.code != "not_json" else 400)
    for notice in notices:
        events.note(name, notice)
    return HttpResponse(status=204)


def _with_secret(view: Callable[..., Any]) -> Callable[..., Any]:
    """Closed until ANYMAIL_WEBHOOK_SECRET is set: without it anymail believes whoever finds the address."""

    @csrf_exempt
    @wraps(view)
    def run(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not settings.ANYMAIL["WEBHOOK_SECRET"]:
            raise Http404
        return view(request, *args, **kwargs)

    return run


mail_hooks = [
    path(str(one.pattern), _with_secret(one.callback), name=f"mail-hook-{one.name}")
    for one in anymail_patterns
    if str(one.pattern).endswith("/inbound/")  # what becomes of our own mails is not followed
]
"""`<service>/inbound/` of each mail service that anymail knows."""
