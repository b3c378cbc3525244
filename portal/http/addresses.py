"""Where a name leads to, and whether that is on the public internet."""

import ipaddress
import queue
import socket
import threading
import time
from typing import Any

from urllib3.exceptions import ConnectTimeoutError, NameResolutionError

_EMBEDDING = [
    ipaddress.ip_network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96")
]
_UNKNOWN_TO_PYTHON = [
    # Site-local, documentation, and segment routing's own: none is on the internet, and `is_global` says they are.
    ipaddress.ip_network(net)
    for net in ("fec0::/10", "3fff::/20", "5f00::/16")
]


def is_public(address: str) -> bool:
    """Whether an IP address is on the public internet. Not: private, loopback, link-local, carrier-grade NAT,
    multicast, reserved, and IPv6 forms that carry an IPv4 address inside (mapped, NAT64, 6to4, Teredo)."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and (
        ip.ipv4_mapped is not None or any(ip in net for net in (*_EMBEDDING, *_UNKNOWN_TO_PYTHON))
    ):
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def addresses(connection: Any, until: float) -> list[str]:
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
