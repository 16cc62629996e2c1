"""What does a URL name: which host and port, and what goes into the request line?

Nothing is normalised: path and query go out as they were written (RFC 9110 section 4.2.3 leaves that to the sender).
Only what no request line can hold is percent-encoded, and the fragment stays here.
"""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from urllib.parse import quote, urljoin

from msgspec import Struct

from aggregator import text
from aggregator.errors import SourceError

_URL = re.compile(r"(?P<scheme>https?)://(?P<authority>[^/?#\\]+)(?P<target>(?:[/?][^#]*)?)(?:#.*)?", re.I | re.S)
_AUTHORITY = re.compile(r"(?:\[(?P<ipv6>[0-9a-fA-F:.]+)\]|(?P<name>[^\[\]:@\s]+))(?::(?P<port>[0-9]{0,5}))?")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_VISIBLE = "".join(map(chr, range(0x21, 0x7F)))
_LONGEST = 8192


class Resource(Struct, frozen=True, kw_only=True):
    """A URL taken apart. `host` is lower-case ASCII without brackets; `target` is path and query, fit to be sent.

    A host has one spelling, since turns and pauses count by it: IPv6 as RFC 5952 says.
    """

    scheme: str
    host: str
    port: int
    target: str

    @classmethod
    def parse(cls, url: str) -> Resource:
        """Read an http or https URL; raises SourceError (`refused-address`) for anything else."""
        matched = _URL.fullmatch(url.strip()) if len(url) <= _LONGEST else None
        # Credentials in an address are never sent: feeds.yaml has keys for them, and a redirect must not make any.
        authority = matched and _AUTHORITY.fullmatch(matched["authority"].rpartition("@")[2])
        if not matched or not authority:
            raise SourceError("refused-address", "Only complete http and https addresses are asked.")
        scheme = matched["scheme"].lower()
        port = int(authority["port"] or _DEFAULT_PORTS[scheme])
        if not 0 < port < 65536:
            raise SourceError("refused-address", f"There is no port {port}.")
        target = quote(matched["target"], safe=_VISIBLE)
        return cls(
            scheme=scheme,
            host=_ipv6(authority["ipv6"]) if authority["ipv6"] else _ascii_host(authority["name"]),
            port=port,
            target=target if target.startswith("/") else f"/{target}",
        )

    @property
    def url(self) -> str:
        """The URL without its fragment."""
        return f"{self.scheme}://{self.authority}{self.target}"

    @property
    def authority(self) -> str:
        """Host and port as the Host header holds them: the port of the scheme is left out."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.told_port is None else f"{host}:{self.port}"

    @property
    def told_port(self) -> int | None:
        """The port where it is not the scheme's own."""
        return None if self.port == _DEFAULT_PORTS[self.scheme] else self.port

    def redirected(self, location: bytes) -> Resource:
        """Follow a Location (RFC 9110 section 10.2.2), whose bytes go back as they came."""
        told = quote(location, safe=_VISIBLE + " ").strip()
        try:
            return Resource.parse(told if _URL.fullmatch(told) else urljoin(self.url, told))
        except ValueError as error:
            raise SourceError("refused-address", f"{self.host} redirects to no address.") from error

    def may_have_credentials_of(self, configured: Resource) -> bool:
        """Whether it is the same origin, or the same host by https instead of http on their usual ports."""
        if self.host != configured.host:
            return False
        origins = (configured.scheme, configured.port), (self.scheme, self.port)
        return origins[0] == origins[1] or origins == (("http", 80), ("https", 443))


def _ipv6(told: str) -> str:
    try:
        return str(IPv6Address(told))
    except ValueError as error:
        raise SourceError("refused-address", f"[{told}] is no IPv6 address.") from error


def _ascii_host(name: str) -> str:
    """Spell a name in letters that DNS knows (RFC 5891)."""
    name = name.lower().rstrip(".")
    if not name:
        raise SourceError("refused-address", "The address names no host.")
    if name.isascii():
        return name
    import httpx

    try:
        return httpx.URL(scheme="https", host=name).raw_host.decode("ascii").lower()
    except httpx.InvalidURL as error:
        raise SourceError("refused-address", f"{text.printable(name, 80)} is no name of a host.") from error
