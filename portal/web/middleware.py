"""Headers that every page of ours carries, and the language it is in."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

# Our own pages load nothing from elsewhere, run no inline script and set no inline style. The admin theme's pages need
# `unsafe-eval` for their Alpine and set their colours inline; they say so themselves by `request.needs_eval`.
POLICY = (
    "default-src 'self'; script-src 'self'{eval}; style-src 'self'{inline}; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; frame-ancestors {frames}; form-action {form}"
)


def security_headers(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if "Content-Security-Policy" not in response:
            theme = getattr(request, "needs_eval", False)
            # Firefox and Chromium apply form-action to the redirect that follows a form: the consent page's button
            # ends at Exact.
            form = " ".join(["'self'", *getattr(request, "form_targets", [])])
            response["Content-Security-Policy"] = POLICY.format(
                eval=" 'unsafe-eval'" if theme else "",
                inline=" 'unsafe-inline'" if theme else "",
                frames="'none'",
                form=form,
            )
        response.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        return response

    return middleware


class Language(LocaleMiddleware):
    """Pages speak Dutch until somebody chooses otherwise; the API speaks what `Accept-Language` asks for.

    A bookkeeper's browser is often an English one, and says so in every request; that is no choice of theirs. The
    choice is kept in a cookie, and with the person, so that mails and another browser know it too.
    """

    def process_request(self, request: HttpRequest) -> None:
        if request.path.startswith("/api/"):
            super().process_request(request)
            return
        translation.activate(chosen(request))
        request.LANGUAGE_CODE = translation.get_language()


def chosen(request: Any) -> str:
    """The language that this person chose, here or on another machine; else the installation's."""
    known = dict(settings.LANGUAGES)
    for code in (
        request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, ""),
        request.user.language if request.user.is_authenticated else "",
    ):
        if code in known:
            return code
    return settings.LANGUAGE_CODE
