"""Where a name leads, checked after it was resolved, so that no name leads into our own network: not by a record that says so, and not by one
that says something else the second time. Whoever connects, connects to the very address that was checked.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from django.conf import settings

from connectors.outside.faults import FORBIDDEN, UNREACHABLE, SystemAway

if TYPE_CHECKING:
    from collections.abc import Sequence

IP: TypeAlias = "ipaddress.IPv4Address | ipaddress.IPv6Address"

#: IPv6 addresses that lead to an IPv4 address: translated by a gateway.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
#: Everything that is public in IPv6 lies here (RFC 4291): the site-local addresses of old (fec0::/10) do not, and ``is_global`` takes them for public.
_PUBLIC = ipaddress.ip_network("2000::/3")


@dataclass(frozen=True, slots=True)
class Met:
    """A host under its own name, which its certificate must bear, and the one address of it that is connected to."""

    host: str
    address: str
    port: int


def resolve(host: str, port: int, *, networks: Sequence[str] | None = None) -> Met:
    """The address of a host. Where a name has several, each must be allowed.

    Raises:
        SystemAway: it has none, or one of them may not be met.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise SystemAway(UNREACHABLE) from error
    allowed = settings.CONNECTORS["networks"] if networks is None else networks
    addresses = [str(info[4][0]).partition("%")[0] for info in found]
    if not addresses:
        raise SystemAway(UNREACHABLE)
    if not all(is_allowed(address, networks=allowed) for address in addresses):
        raise SystemAway(FORBIDDEN)
    return Met(host=host, address=addresses[0], port=port)


def is_allowed(address: str, *, networks: Sequence[str]) -> bool:
    """Whether an address is a public one, or lies in one of these networks. An address within another counts as what it leads to."""
    ip = ipaddress.ip_address(address)
    inner = _within(ip)
    if inner is not None:
        return is_allowed(str(inner), networks=networks)
    if any(ip in ipaddress.ip_network(network, strict=False) for network in networks if not network.startswith("/")):
        return True
    if isinstance(ip, ipaddress.IPv6Address) and ip not in _PUBLIC:
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_loopback or ip.is_link_local)


def is_socket_allowed(folder: str, *, networks: Sequence[str] | None = None) -> bool:
    """Whether a server may be met by a socket in this folder: only where it is named among the networks."""
    return folder in (settings.CONNECTORS["networks"] if networks is None else networks)


def _within(ip: IP) -> ipaddress.IPv4Address | None:
    if not isinstance(ip, ipaddress.IPv6Address):
        return None
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip.sixtofour is not None:
        return ip.sixtofour
    if ip.teredo is not None:
        return ip.teredo[1]
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    # ::a.b.c.d, given up long ago and still understood here and there.
    return ipaddress.IPv4Address(int(ip)) if 1 < int(ip) < 1 << 32 else None
