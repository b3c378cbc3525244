"""The adapter and the session through which every call leaves; what they keep to is told in `portal.http`."""

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from requests.exceptions import ConnectionError, ConnectTimeout, ReadTimeout, RequestException
from urllib3.util import Timeout

from portal.http import trip as trips
from portal.http.transactions import refuse_inside_transaction
from portal.http.trip import POOLS, Refused, Trip, trip_now

TOTAL_SECONDS = 30.0
MAX_BYTES = 32 * 1024 * 1024


class AnswerTooLarge(RequestException):
    """The body passed the door's limit; reading stopped there."""


class AddressNotPublic(ConnectionError):
    """The name leads to an address that is not on the public internet. Nothing was sent."""


class Door(HTTPAdapter):
    """The adapter that does all this; it also fits `requests_oauthlib.OAuth2Session.mount`.

    `timeout=` of a call is the total in seconds, or (connect, total). The body is read here, within that
    time, also with `stream=True`.
    """

    def __init__(
        self, *, public_only: bool = False, max_bytes: int = MAX_BYTES, pool_maxsize: int = 4
    ) -> None:
        self._public_only = public_only
        self._max_bytes = max_bytes
        super().__init__(pool_maxsize=pool_maxsize)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = dict(POOLS)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        if self._public_only:
            raise ValueError("public_only cannot be kept through a proxy: the proxy chooses the address")
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = dict(POOLS)
        return manager

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """One request and its whole answer.

        1. Refuse inside a transaction.
        2. Send and read within the total time.
        3. A GET whose kept-alive connection turned out to be dead before a byte of the answer came is sent
        once more.
        """
        refuse_inside_transaction(request.url or "")
        total = (
            TOTAL_SECONDS if timeout is None else float(timeout[1] if isinstance(timeout, tuple) else timeout)
        )
        deadline = time.monotonic() + total
        trip = Trip(deadline, self._public_only, repeatable=request.method in ("GET", "HEAD"))
        try:
            return self._one_trip(trip, request, total, verify, cert, proxies)
        except ConnectionError:
            reused_and_dead = not trip.connected and not trip.answered and trip.left() > 0
            if not (trip.repeatable and reused_and_dead):
                raise
        trip = Trip(deadline, self._public_only, repeatable=True, fresh=True)
        return self._one_trip(trip, request, total, verify, cert, proxies)

    def _one_trip(
        self,
        trip: Trip,
        request: requests.PreparedRequest,
        total: float,
        verify: Any,
        cert: Any,
        proxies: Any,
    ) -> requests.Response:
        mark = trip_now.set(trip)
        try:
            limits: Any = Timeout(connect=min(trips.CONNECT_SECONDS, total), read=total)
            response = super().send(request, True, limits, verify, cert, proxies)
            self._read(response)
            return response
        except Refused as refusal:
            raise AddressNotPublic(str(refusal), request=request) from None
        except (
            ConnectionError,
            requests.exceptions.Timeout,
            requests.exceptions.ChunkedEncodingError,
        ) as error:
            if not trip.sent and isinstance(error, ReadTimeout):
                # urllib3 calls a slow TLS handshake a read time-out, although nothing was asked yet.
                raise ConnectTimeout(error, request=request) from error
            if trip.sent and trip.left() <= 0 and not isinstance(error, ReadTimeout):
                raise ReadTimeout(f"no whole answer within {total:g} s", request=request) from error
            raise
        finally:
            trip_now.reset(mark)

    def _read(self, response: requests.Response) -> None:
        pieces, size = [], 0
        for piece in response.iter_content(65_536):
            pieces.append(piece)
            size += len(piece)
            if size > self._max_bytes:
                response.raw.close()
                raise AnswerTooLarge(
                    f"more than {self._max_bytes} bytes", response=response, request=response.request
                )
        response._content = b"".join(pieces)
        response._content_consumed = True  # type: ignore[attr-defined]


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """A redirect to another origin is not followed; the caller sees it as the answer."""
        target = super().get_redirect_target(resp)
        if target is None or resp.url is None:
            return None
        here, there = urlsplit(resp.url), urlsplit(urljoin(resp.url, target))
        return target if (here.scheme, here.netloc) == (there.scheme, there.netloc) else None


class _NoCookies(RequestsCookieJar):
    """Exact sets cookies that bind a session to an administration; kept, they would follow into another
    one."""

    def set_cookie(self, cookie: Any, *args: Any, **kwargs: Any) -> None:
        return


def session(
    *,
    public_only: bool = False,
    max_bytes: int = MAX_BYTES,
    proxies: Mapping[str, str] | None = None,
    user_agent: str = "exact-autopilot-portal",
) -> requests.Session:
    """A session whose every call goes through the door. It keeps connections alive; use one per lane or task,
    from one thread at a time."""
    made = _Session()
    made.trust_env = False
    made.max_redirects = 3
    made.cookies = _NoCookies()
    made.proxies = dict(proxies or {})
    made.headers["User-Agent"] = user_agent
    door = Door(public_only=public_only, max_bytes=max_bytes)
    made.mount("https://", door)
    made.mount("http://", door)
    return made
