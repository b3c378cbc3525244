"""`Idempotency-Key`: a write that is repeated is answered again, and not done again.

1. The first request with a key claims it (a row, committed) with a fingerprint of what it asks.
2. Its answer is kept for 48 hours, sealed, and given to whoever asks the same with the same key.
3. The same key with another request is 422; while the first still runs, 409 with `Retry-After`.
4. An answer that says «try again» (409, 429, 5xx) is not kept. A claim whose process died ends after three minutes.
"""

import hashlib
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.http import HttpResponse
from rest_framework.response import Response

from portal.api.problems import UNPROCESSABLE, Answer, Problem
from portal.models import IdempotencyKey
from portal.tenancy import scope

KEPT = timedelta(hours=48)
RUNNING = timedelta(minutes=3)  # longer than any request may take


def begin(request: Any) -> IdempotencyKey | None:
    """Claim the request's key; an earlier answer to the same request is given again. None: it names no key."""
    key = request.headers.get("Idempotency-Key", "")
    if not key:
        return None
    if len(key) > 255:
        raise Problem(400, "idempotency_key_too_long", "An Idempotency-Key has at most 255 characters.")
    fingerprint = _fingerprint(request)
    mine = {"partner": request.user, "key": key}
    with scope(request.firm_id):
        try:
            with transaction.atomic():
                return IdempotencyKey.objects.create(**mine, fingerprint=fingerprint)
        except IntegrityError:
            _forget_old(**mine)
        known, made = IdempotencyKey.objects.get_or_create(**mine, defaults={"fingerprint": fingerprint})
    if made:
        return known
    if known.fingerprint != fingerprint:
        raise Problem(
            UNPROCESSABLE, "idempotency_key_reused", "This Idempotency-Key was used for another request."
        )
    if known.status is None:
        detail = "The first request with this key is still running."
        raise Problem(409, "in_progress", detail, headers={"Retry-After": "2"})
    raise Answer(_replay(known))


def finish(row: IdempotencyKey, response: HttpResponse) -> None:
    """Keep the answer. One that asks to be tried again is forgotten instead."""
    with scope(row.firm_id):
        found = IdempotencyKey.objects.filter(pk=row.pk)
        if response.status_code in (409, 429) or response.status_code >= 500:
            found.delete()
            return
        row.answer = response.content.decode()
        found.update(
            status=response.status_code,
            answer=row.answer,
            content_type=response.headers.get("Content-Type", ""),
        )


def _forget_old(**mine: Any) -> None:
    found = IdempotencyKey.objects.filter(**mine)
    found.filter(created_at__lt=Now() - KEPT).delete()
    found.filter(created_at__lt=Now() - RUNNING, status__isnull=True).delete()


def _fingerprint(request: Any) -> str:
    """What makes two requests the same: method, path, query and content (not a multipart's random boundary)."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if "multipart" in (request.content_type or ""):
        for name, file in sorted(request.FILES.items()):
            digest.update(name.encode())
            for piece in file.chunks():
                digest.update(piece)
            file.seek(0)
        digest.update(repr(sorted(request.POST.items())).encode())
    else:
        digest.update(request.body)
    return digest.hexdigest()


def _replay(known: IdempotencyKey) -> Response:
    class Stored(Response):
        @property
        def rendered_content(self) -> Any:
            del self["Content-Type"]  # Django's own: a renderer would set the right one, and none runs here
            if known.content_type:
                self["Content-Type"] = known.content_type
            return known.answer.reveal().encode() if known.answer else bytes(known.body)

    answer = Stored(status=known.status)
    answer["Idempotency-Replayed"] = "true"
    return answer
