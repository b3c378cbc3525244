"""The one door out: every HTTP call of the portal leaves through `session()` (or a `Door` mounted elsewhere).

requests alone would not do. Its time-outs are per read, so a server that sends a byte a second holds a worker
for ever; it reads without a limit, follows redirects anywhere, and knows nothing of our transactions. Here
- a call is refused while a database transaction is open (a slow answer would hold rows locked, and a rollback
would forget what the other side has done),
- `timeout` is the total: connecting (3 s of it at most), sending, and the whole body,
- an answer has a largest size,
- redirects stay on their origin, and cookies and the environment's proxies are ignored,
- with `public_only` only addresses of the public internet are reached, whatever a name resolves to.

A `ConnectTimeout` or a `ConnectionError` around `NewConnectionError` means that nothing was sent; after a
`ReadTimeout` the other side may have done what it was asked.
"""

from __future__ import annotations

import http.client
import io
import ipaddress
import queue
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from requests.exceptions import ConnectionError, ConnectTimeout, ReadTimeout, RequestException
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util import Timeout
from urllib3.util.connection import create_connection

CONNECT_SECONDS = 3.0
TOTAL_SECONDS = 30.0
MAX_BYTES = 32 * 1024 * 1024
IDLE_SECONDS = 20.0
"""A connection that lay still for longer is not used for a write: the other side may just be closing it, and
a write that meets that moment has an unknown outcome."""

TRANSACTION_EXCEPTIONS = frozenset({"token refresh"})
"""Who may call while a transaction is open. The refresh of an Exact token must hold its row lock during the
call."""


class HttpInsideTransaction(RuntimeError):
    """A call was about to leave while a database transaction was open. Always a mistake in the program."""


class AnswerTooLarge(RequestException):
    """The body passed the door's limit; reading stopped there."""


class AddressNotPublic(ConnectionError):
    """The name leads to an address that is not on the public internet. Nothing was sent."""


# --- Transactions -------------------------------------------------------------------------------------------

_exempt: ContextVar[str | None] = ContextVar("portal_http_exempt", default=None)


@contextmanager
def inside_transaction(reason: str) -> Iterator[None]:
    """Calls in this block may be made while a transaction is open. `reason` is one of
    `TRANSACTION_EXCEPTIONS`."""
    if reason not in TRANSACTION_EXCEPTIONS:
        raise ValueError(f"{reason!r} is no accepted reason for HTTP inside a transaction")
    mark = _exempt.set(reason)
    try:
        yield
    finally:
        _exempt.reset(mark)


def _refuse_inside_transaction(url: str) -> None:
    from django.conf import settings

    if _exempt.get() is not None or not settings.configured:
        return
    from django.db import connections

    for connection in connections.all(initialized_only=True):
        # The blocks that Django's TestCase and pytest-django open around a test are not the program's.
        if any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
            raise HttpInsideTransaction(
                f"A call to {urlsplit(url).hostname} inside an open transaction on {connection.alias!r}. "
                "Commit first: claim, call, record."
            )


# --- One trip -----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Trip:
    """What happens to one request, filled in by the connection that carries it."""

    deadline: float
    public_only: bool
    repeatable: bool
    fresh: bool = False
    connected: bool = False
    sent: bool = False
    answered: bool = False

    def left(self) -> float:
        return self.deadline - time.monotonic()


_trip: ContextVar[_Trip] = ContextVar("portal_http_trip")


class _OutOfTime(TimeoutError):
    """The trip's deadline has passed."""


def _give_rest(sock: Any) -> None:
    """The socket's next step may take what is left of the trip."""
    left = _trip.get().left()
    if left <= 0:
        raise _OutOfTime("the total time for this call is over")
    sock.settimeout(left)


class _PatientReader(io.RawIOBase):
    """The answer's bytes. Before each read the socket gets only the time that is left, so that a server that
    drips meets the deadline and not a fresh time-out per byte."""

    def __init__(self, raw: Any, sock: Any) -> None:
        self._raw = raw
        self._sock = sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> Any:
        _give_rest(self._sock)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Answer(http.client.HTTPResponse):
    def __init__(self, sock: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_PatientReader(self.fp.detach(), sock))


class _Watched:
    """Mixed into urllib3's connections: connects within the trip's time and to allowed addresses only, and
    notes what has been done, so that an error can be told as "never sent" or "perhaps done"."""

    last_used = 0.0

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]
        _trip.get().connected = True

    def _new_conn(self: Any) -> socket.socket:
        trip = _trip.get()
        until = time.monotonic() + min(CONNECT_SECONDS, trip.left())
        failure: OSError | None = None
        for address in _addresses(self, until):
            if trip.public_only and not is_public(address):
                raise _Refused(f"{self.host} is at {address}, which is not on the public internet")
            seconds = until - time.monotonic()
            if seconds <= 0:
                break
            try:
                sock = create_connection((address, self.port), seconds, socket_options=self.socket_options)
            except OSError as error:
                failure = error
            else:
                sock.settimeout(max(0.001, until - time.monotonic()))  # what is left for a TLS handshake
                return sock
        if failure is None or isinstance(failure, TimeoutError):
            raise ConnectTimeoutError(self, f"{self.host} could not be reached in time") from failure
        raise NewConnectionError(self, f"{self.host} could not be reached: {failure}") from failure

    def send(self: Any, data: Any) -> None:
        if self.sock is None:
            self.connect()
        trip = _trip.get()
        trip.sent = True
        if not isinstance(data, bytes | bytearray | memoryview):
            _give_rest(self.sock)
            super().send(data)  # type: ignore[misc]
            return
        # In pieces: for TLS the time-out counts per piece that the other side takes, and while sending
        # urllib3 would allow no more than the time for connecting, too short for a large file on a slow line.
        view = memoryview(data)
        for start in range(0, len(view), 65_536):
            _give_rest(self.sock)
            super().send(view[start : start + 65_536])  # type: ignore[misc]

    def getresponse(self: Any) -> Any:
        answer = super().getresponse()  # type: ignore[misc]
        _trip.get().answered = True
        self.last_used = time.monotonic()
        return answer


class _Http(_Watched, HTTPConnection):
    response_class = _Answer


class _Https(_Watched, HTTPSConnection):
    response_class = _Answer


class _Renewing:
    """Mixed into urllib3's pools: a kept connection that is not trusted for this trip is closed, so that the
    pool opens it again (through the proxy, where there is one)."""

    def _get_conn(self: Any, timeout: float | None = None) -> Any:
        connection = super()._get_conn(timeout)  # type: ignore[misc]
        trip = _trip.get()
        idle = time.monotonic() - getattr(connection, "last_used", 0.0)
        if not connection.is_closed and (trip.fresh or (idle > IDLE_SECONDS and not trip.repeatable)):
            connection.close()
        return connection


class _HttpPool(_Renewing, HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(_Renewing, HTTPSConnectionPool):
    ConnectionCls = _Https


_POOLS = {"http": _HttpPool, "https": _HttpsPool}


# --- Addresses ----------------------------------------------------------------------------------------------


class _Refused(Exception):
    """Carries a refusal through urllib3, which wraps every OSError."""


_EMBEDDING = [
    ipaddress.ip_network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96")
]


def is_public(address: str) -> bool:
    """Whether an IP address is on the public internet. Not: private, loopback, link-local, carrier-grade NAT,
    multicast, reserved, and IPv6 forms that carry an IPv4 address inside (mapped, NAT64, 6to4, Teredo)."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and (
        ip.ipv4_mapped is not None or any(ip in net for net in _EMBEDDING if net.version == 6)
    ):
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _addresses(connection: Any, until: float) -> list[str]:
    """The host's addresses. The resolver has no time-out of its own worth the name (five seconds a try,
    several tries), so it works in a thread that is left behind when the time is over."""
    host, port = connection._dns_host, connection.port
    try:
        return [str(ipaddress.ip_address(host.strip("[]")))]
    except ValueError:
        pass
    answer: queue.SimpleQueue[list[str] | OSError] = queue.SimpleQueue()

    def resolve() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answer.put(list(dict.fromkeys(str(info[4][0]) for info in found)))
        except (OSError, UnicodeError) as error:
            answer.put(error if isinstance(error, OSError) else OSError(str(error)))

    threading.Thread(target=resolve, name=f"resolve {host}", daemon=True).start()
    try:
        found = answer.get(timeout=max(0.0, until - time.monotonic()))
    except queue.Empty:
        raise ConnectTimeoutError(connection, f"{host} was not resolved in time") from None
    if isinstance(found, OSError):
        raise NameResolutionError(host, connection, found)  # type: ignore[arg-type]
    return found


# --- The door -----------------------------------------------------------------------------------------------


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
        self.poolmanager.pool_classes_by_scheme = dict(_POOLS)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        if self._public_only:
            raise ValueError("public_only cannot be kept through a proxy: the proxy chooses the address")
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = dict(_POOLS)
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
        _refuse_inside_transaction(request.url or "")
        total = (
            TOTAL_SECONDS if timeout is None else float(timeout[1] if isinstance(timeout, tuple) else timeout)
        )
        deadline = time.monotonic() + total
        trip = _Trip(deadline, self._public_only, repeatable=request.method in ("GET", "HEAD"))
        try:
            return self._one_trip(trip, request, total, verify, cert, proxies)
        except ConnectionError:
            reused_and_dead = not trip.connected and not trip.answered and trip.left() > 0
            if not (trip.repeatable and reused_and_dead):
                raise
        trip = _Trip(deadline, self._public_only, repeatable=True, fresh=True)
        return self._one_trip(trip, request, total, verify, cert, proxies)

    def _one_trip(
        self,
        trip: _Trip,
        request: requests.PreparedRequest,
        total: float,
        verify: Any,
        cert: Any,
        proxies: Any,
    ) -> requests.Response:
        mark = _trip.set(trip)
        try:
            limits: Any = Timeout(connect=min(CONNECT_SECONDS, total), read=total)
            response = super().send(request, True, limits, verify, cert, proxies)
            self._read(response)
            return response
        except _Refused as refusal:
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
            _trip.reset(mark)

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
