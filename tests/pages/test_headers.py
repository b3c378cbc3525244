"""What every page promises the browser."""

import re

from allauth.mfa.models import Authenticator
from django.urls import reverse

from tests.pages.firm import BusyFirm
from tests.pages.table import TABLE


def pages(busy: BusyFirm) -> dict[str, str]:
    """Every page that the owner can look at, by its address."""
    shown = {}
    for row in TABLE:
        if (
            row.method == "GET"
            and row.wants[0] == 200
            and row.name
            not in (
                "invoice-source",
                "connection-letter",
                "clients-export",
                "clients-import-wrong",
                "job-failed",
            )
        ):
            url = reverse(row.name, args=row.arguments(busy))
            shown[url] = busy.browsers["owner"].get(url)
    return shown


def test_no_page_allows_inline_scripts_styles_or_eval(busy: BusyFirm) -> None:
    for url, answer in pages(busy).items():
        policy = answer["Content-Security-Policy"]
        assert "unsafe" not in policy, url
        assert "script-src 'self'" in policy, url
        assert "default-src 'self'" in policy, url


def test_no_page_holds_a_script_a_style_or_a_handler_of_its_own(busy: BusyFirm) -> None:
    for url, answer in pages(busy).items():
        html = answer.content.decode()
        assert not re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", html), url
        assert not re.findall(r"<[^>]+\sstyle=", html), url
        assert not re.findall(r"<[^>]+\son[a-z]+=", html), url
        assert "<style" not in html, url


def test_no_page_loads_anything_from_elsewhere(busy: BusyFirm) -> None:
    for url, answer in pages(busy).items():
        html = answer.content.decode()
        assert not re.findall(r'(?:src|href)="(?:https?:)?//[^"]*\.(?:js|css|woff2?|png|svg)', html), url


def test_no_page_is_kept_by_a_cache(busy: BusyFirm) -> None:
    for url, answer in pages(busy).items():
        if url not in ("/firms/", "/firms/new/"):
            assert "no-store" in answer["Cache-Control"], url


def test_the_helpdesks_theme_may_evaluate_and_our_pages_may_not(busy: BusyFirm) -> None:
    staff = busy.people["stranger"]
    assert staff is not None
    staff.is_staff = True
    staff.save()
    Authenticator.objects.create(user=staff, type=Authenticator.Type.TOTP, data={"secret": "x"})
    assert "unsafe" not in busy.browsers["stranger"].get("/helpdesk/")["Content-Security-Policy"]
    policy = busy.browsers["stranger"].get("/helpdesk/portal/firm/")["Content-Security-Policy"]
    assert "'unsafe-eval'" in policy
    assert "script-src 'self' 'unsafe-eval';" in policy
