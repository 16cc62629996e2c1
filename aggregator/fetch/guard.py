"""May this address be connected to?

Only what is public, unless feeds.yaml opens it to the very source whose configured address names it. What is judged is
the IP address that is then connected to, not a name: names may lie, and change between two questions.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from aggregator.errors import SourceError
from aggregator.fetch.address import Resource

_NOT_PUBLIC = tuple(
    ip_network(network) for network in ("192.88.99.0/24", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)
"""What Python 3.11 calls global, or may: relays (RFC 7526), Teredo, 6to4 (RFC 3056), documentation."""
_GLOBAL_UNICAST = ip_network("2000::/3")
_NAT64 = ip_network("64:ff9b::/96")


class Guard:
    """What feeds.yaml opens: hosts, `host:port`, addresses and networks."""

    def __init__(self, allow: Sequence[str]) -> None:
        self._openings = tuple(_Opening(entry) for entry in allow)

    def check(self, resource: Resource, configured: Resource, addresses: Sequence[str]) -> tuple[str, ...]:
        """Give those addresses of a resource that may be connected to, for the source configured so.

        Raises SourceError (`refused-address`) where there is none.
        """
        for opening in self._openings:
            if opening.covers(configured) and opening.covers(resource):
                return tuple(addresses)
        public = tuple(address for address in addresses if is_public(address))
        if not public:
            raise SourceError("refused-address", f"{resource.authority} is in a private or reserved network.")
        return public


def is_public(address: str) -> bool:
    """Whether an IP address is a public unicast one; IPv4 within NAT64 (RFC 6052) counts as what it stands for."""
    ip = ip_address(address)
    if isinstance(ip, IPv6Address):
        if ip in _NAT64:
            return is_public(str(IPv4Address(int(ip) & 0xFFFFFFFF)))
        if ip not in _GLOBAL_UNICAST:
            return False
    if any(ip in network for network in _NOT_PUBLIC if network.version == ip.version):
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


class _Opening:
    """One entry of `fetch: allow`. It opens what it names: a name no address, a network no name."""

    def __init__(self, entry: str) -> None:
        self._network: IPv4Network | IPv6Network | None = None
        self._port: int | None = None
        entry = entry.strip().lower()
        if "/" not in entry and (entry.startswith("[") or entry.count(":") == 1):
            entry, _, port = entry.rpartition(":") if not entry.endswith("]") else (entry, "", "")
            self._port = int(port) if port.isdecimal() else None
        self._host = entry.strip("[]").rstrip(".")
        try:
            self._network = ip_network(self._host, strict=False)
        except ValueError:
            return

    def covers(self, resource: Resource) -> bool:
        if self._port not in {None, resource.port}:
            return False
        if self._network is None:
            return self._host == resource.host
        try:
            return ip_address(resource.host) in self._network
        except ValueError:
            return False
