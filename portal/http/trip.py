"""One request on its way: connections that keep to a total time, go to allowed addresses only, and note what was done.

urllib3's own are told here what requests cannot tell them; `portal.http.door` puts them to use.
"""

import http.client
import io
import socket
import time
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from urllib3.util.connection import create_connection

from portal.http.addresses import addresses, is_public

CONNECT_SECONDS = 3.0
IDLE_SECONDS = 20.0
"""A connection that lay still for longer is not used for a write: the other side may just be closing it, and
a write that meets that moment has an unknown outcome."""


class Refused(Exception):
    """Carries a refusal through urllib3, which wraps every OSError."""


@dataclass(slots=True)
class Trip:
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


trip_now: ContextVar[Trip] = ContextVar("portal_http_trip")


class _OutOfTime(TimeoutError):
    """The trip's deadline has passed."""


def _give_rest(sock: Any) -> None:
    """The socket's next step may take what is left of the trip."""
    left = trip_now.get().left()
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
        trip_now.get().connected = True

    def _new_conn(self: Any) -> socket.socket:
        trip = trip_now.get()
        until = time.monotonic() + min(CONNECT_SECONDS, trip.left())
        failure: OSError | None = None
        for address in addresses(self, until):
            if trip.public_only and not is_public(address):
                raise Refused(f"{self.host} is at {address}, which is not on the public internet")
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
        trip = trip_now.get()
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
        trip_now.get().answered = True
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
        trip = trip_now.get()
        idle = time.monotonic() - getattr(connection, "last_used", 0.0)
        if not connection.is_closed and (trip.fresh or (idle > IDLE_SECONDS and not trip.repeatable)):
            connection.close()
        return connection


class _HttpPool(_Renewing, HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(_Renewing, HTTPSConnectionPool):
    ConnectionCls = _Https


POOLS = {"http": _HttpPool, "https": _HttpsPool}
