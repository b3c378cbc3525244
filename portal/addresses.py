"""Where a request comes from, as far as that can be known."""

import ipaddress
from functools import cache

from django.conf import settings
from django.http import HttpRequest


@cache
def _networks(named: tuple[str, ...]) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    return [ipaddress.ip_network(one, strict=False) for one in named]


def _trusted(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in _networks(tuple(settings.TRUSTED_PROXIES)))


def client_address(request: HttpRequest) -> str:
    """The address of whoever called us, or "".

    `X-Forwarded-For` is believed as far as our own proxies (TRUSTED_PROXIES: addresses and networks) wrote it: read
    from the right, the first address that is none of them. Whatever stands further left, the caller may have made up.
    """
    here = str(request.META.get("REMOTE_ADDR", ""))
    if not _trusted(here):
        return here
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    for hop in reversed(hops):
        if not _trusted(hop):
            try:
                return str(ipaddress.ip_address(hop))
            except ValueError:
                return here
    return hops[0] if hops else here
