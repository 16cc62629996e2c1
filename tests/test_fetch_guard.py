"""Is every private address refused, and opened only to those that name it?"""

from __future__ import annotations

import pytest

from aggregator.errors import SourceError
from aggregator.fetch.address import Resource
from aggregator.fetch.guard import Guard, is_public

PRIVATE = [
    "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1", "192.0.0.1",
    "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1",
    "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1",
    "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "fc00::1", "fd00::1", "fe80::1",
    "fe80::1%eth0", "fec0::1", "ff02::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_public_is_refused(address: str) -> None:
    """Private, loopback, link-local, unspecified, multicast, mapped, relayed and reserved addresses are not public."""
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "193.99.144.80", "2a02:2e0:3fe:1001::1", "64:ff9b::808:808"])
def test_what_is_public_is_open(address: str) -> None:
    """Public addresses are open, also IPv4 behind NAT64."""
    assert is_public(address)


ALLOW = ("127.0.0.1:8900", "127.1.0.0/16", "Intranet.example", "[::1]:8000", "fd00::/8", "[fe80::2]", "::5")


def may(url: str, configured: str, address: str) -> bool:
    try:
        checked = Guard(ALLOW).check(Resource.parse(url), Resource.parse(configured), [address])
    except SourceError:
        return False
    return checked == (address,)


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://127.0.0.1:8900/", "127.0.0.1"),
        ("http://127.1.2.3:1/", "127.1.2.3"),
        ("https://intranet.example/", "10.0.0.1"),
        ("http://intranet.example:8080/", "10.0.0.1"),
        ("http://[::1]:8000/", "::1"),
        ("http://[fd00::7]/", "fd00::7"),
        ("http://[fe80::2]/", "fe80::2"),
        ("http://[::5]/", "::5"),
    ],
)
def test_what_feeds_yaml_opens_is_open_to_who_names_it(url: str, address: str) -> None:
    """An opened host, port or network may be asked by a source configured there, and by none that is redirected."""
    assert may(url, url, address)
    assert not may(url, "https://www.example.org/", address)


@pytest.mark.parametrize(
    ("url", "configured", "address"),
    [
        ("http://127.0.0.1:8901/", "http://127.0.0.1:8900/", "127.0.0.1"),
        ("http://127.0.0.1:8900/", "http://127.1.0.1/", "127.0.0.1"),
        ("http://localhost:8900/", "http://localhost:8900/", "127.0.0.1"),
        ("http://böse.example/", "http://127.1.0.1/", "127.1.0.9"),
        ("http://0x7f010001/", "http://0x7f010001/", "127.1.0.1"),
        ("http://[::1]:8001/", "http://[::1]:8000/", "::1"),
        ("http://sub.intranet.example/", "http://intranet.example/", "10.0.0.1"),
    ],
)
def test_nothing_else_opens(url: str, configured: str, address: str) -> None:
    """Neither another port, nor a name for an opened address, nor another entry's host is opened."""
    assert not may(url, configured, address)


def test_one_opening_covers_its_redirects() -> None:
    """A source in an opened network may be redirected within it, and to what is public."""
    assert may("http://127.1.0.2/", "http://127.1.0.1/", "127.1.0.2")
    assert may("https://www.example.org/", "http://127.1.0.1/", "8.8.8.8")


def test_of_mixed_addresses_the_public_ones_are_left() -> None:
    """A name with a public and a private address is asked at the public one only."""
    resource = Resource.parse("https://www.example.org/")
    assert Guard(()).check(resource, resource, ["10.0.0.1", "8.8.8.8", "::1"]) == ("8.8.8.8",)
    with pytest.raises(SourceError, match="refused-address"):
        Guard(()).check(resource, resource, [])
