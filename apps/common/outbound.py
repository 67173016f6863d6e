"""Where calls to addresses that people gave may go: public hosts, by https, on a listed port.

The wall is `Guard.admits`, asked with the very address a socket is about to connect to, so that
a name that answers differently the second time gains nothing. `Guard.check_url` says no earlier
and in words; it resolves nothing.
"""

import re
from collections.abc import Iterable
from functools import cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from socket import inet_aton
from typing import ClassVar
from urllib.parse import urlsplit

from django.conf import settings

from apps.common.errors import AppError

Address = IPv4Address | IPv6Address
MAX_URL = 1_500
HTTPS_PORT = 443
# Global by the registries, yet inside a cloud: Azure's host agent.
CLOUD = frozenset({ip_address("168.63.129.16")})
# They hold an IPv4 address: the one behind a translator, the one at the end of a tunnel.
NAT64 = IPv6Network("64:ff9b::/96")
# No public host is reached by these, though Python's registry may be older than the IANA's or
# counts some of them as global: protocol assignments and relays of IPv4; of IPv6 what holds an
# IPv4 address in other ways (compatible, translated, local NAT64, Teredo), documentation.
NEVER = tuple(
    map(
        ip_network,
        (
            "192.0.0.0/24",
            "192.88.99.0/24",
            "::/96",
            "::ffff:0:0:0/96",
            "64:ff9b:1::/48",
            "2001::/23",
            "2001:db8::/32",
            "3fff::/20",
        ),
    )
)
UNICAST = IPv6Network("2000::/3")  # all that is given out
LOCAL_NAME = re.compile(r"(^|\.)(local|localdomain|internal|intranet|lan|home\.arpa)$")


class RefusedAddress(AppError):
    """Only https addresses of public hosts are called."""

    code: ClassVar[str] = "refused-address"
    status: ClassVar[int] = 422


class Guard:
    """What may be called.

    Args:
        allowed: networks let through although they are not public.
        ports: the ports that may be called.
    """

    def __init__(
        self,
        *,
        allowed: Iterable[IPv4Network | IPv6Network] = (),
        ports: Iterable[int] = (HTTPS_PORT,),
    ) -> None:
        self._allowed = tuple(allowed)
        self._ports = frozenset(ports)

    def admits(self, host: str, port: int) -> bool:
        """Return whether a socket may connect to this numeric address."""
        if port not in self._ports or "%" in host:
            return False
        try:
            address = ip_address(host)
        except ValueError:
            return False
        return self._admits(address)

    def check_url(self, url: str) -> None:
        """Raise ``RefusedAddress`` for a URL that could never be called."""
        if (
            len(url) > MAX_URL
            or not (url.isascii() and url.isprintable())
            or set(url) & set(' \\"')
        ):
            raise RefusedAddress
        try:
            parts = urlsplit(url)
            port = parts.port or (HTTPS_PORT if parts.port is None else 0)
            host = (parts.hostname or "").rstrip(".")
        except ValueError as error:
            raise RefusedAddress from error
        if parts.scheme != "https" or "@" in parts.netloc or parts.fragment or not host:
            raise RefusedAddress
        if port not in self._ports or not self._admits_name(host):
            raise RefusedAddress

    def _admits_name(self, host: str) -> bool:
        if host == "localhost" or host.endswith(".localhost"):
            return self._admits(ip_address("127.0.0.1"))
        address = _literal(host)
        if address is not None:
            return self._admits(address)
        if ":" in host:
            return False
        return bool(self._allowed) or ("." in host and not LOCAL_NAME.search(host))

    def _admits(self, address: Address) -> bool:
        if any(address in network for network in self._allowed):
            return True
        address = _unwrapped(address)
        return _is_public(address) or any(address in network for network in self._allowed)


@cache
def guard() -> Guard:
    """Return the operator's guard."""
    return Guard(allowed=map(ip_network, settings.OUTBOUND_ALLOWED), ports=settings.OUTBOUND_PORTS)


def _literal(host: str) -> Address | None:
    """Return the address a host stands for as a number, in any of the spellings of old."""
    try:
        return ip_address(host)
    except ValueError:
        pass
    try:
        # Decimal, octal, hexadecimal, fewer than four parts: what resolvers take, too.
        return IPv4Address(inet_aton(host)) if host[0].isdigit() else None
    except OSError:
        return None


def _unwrapped(address: Address) -> Address:
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _is_public(address: Address) -> bool:
    if not address.is_global or address.is_reserved or address.is_multicast or address in CLOUD:
        return False
    if isinstance(address, IPv6Address) and address not in UNICAST:
        return False
    return not any(address in network for network in NEVER)
