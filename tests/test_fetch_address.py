"""Is a URL asked as it was written?"""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.errors import SourceError
from aggregator.fetch.address import Resource


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://x.example", "/"),
        ("https://x.example?a", "/?a"),
        ("https://x.example/a/../b//c/.?q=%7e%C3%BC&&b=[1]|{2}'\"#frag?x", "/a/../b//c/.?q=%7e%C3%BC&&b=[1]|{2}'\""),
        ("https://x.example/Straße zwei?ä", "/Stra%C3%9Fe%20zwei?%C3%A4"),
        ("https://x.example/100%", "/100%"),
        ("https://x.example/?", "/?"),
    ],
)
def test_path_and_query_stay_as_written(url: str, target: str) -> None:
    """Path and query are sent untouched, the fragment is not, and only what cannot be sent is encoded."""
    assert Resource.parse(url).target == target


@pytest.mark.parametrize(
    ("url", "host", "port", "authority"),
    [
        ("HTTP://WWW.Example.ORG./", "www.example.org", 80, "www.example.org"),
        ("https://x.example:443/", "x.example", 443, "x.example"),
        ("https://x.example:80/", "x.example", 80, "x.example:80"),
        ("http://x.example:/", "x.example", 80, "x.example"),
        ("http://[::1]:8000/", "::1", 8000, "[::1]:8000"),
        ("http://[0:0:0:0:0:0:0:1]:8000/", "::1", 8000, "[::1]:8000"),
        ("http://[2001:DB8:0:0:1::A]/", "2001:db8::1:0:0:a", 80, "[2001:db8::1:0:0:a]"),
        ("https://straße.münchen.example/", "xn--strae-oqa.xn--mnchen-3ya.example", 443, None),
        ("http://user:pass@x.example/", "x.example", 80, "x.example"),
    ],
)
def test_host_and_port(url: str, host: str, port: int, authority: str | None) -> None:
    """Host and port are what is connected to; names are spelled for DNS, and credentials in an address are dropped."""
    resource = Resource.parse(url)
    assert (resource.host, resource.port, resource.authority) == (host, port, authority or host)


@pytest.mark.parametrize(
    "url",
    [
        "", "x.example/feed", "ftp://x.example/", "file:///etc/passwd", "http://", "http:///x", "http://:80/",
        "http://x:99999/", "http://x:0/", "http://a b/", "http://[::1/", "http://[x]/", "http://[1:2]/", "http://x:y/", "http://①②⑦.0.0.1/",
        "http://x\\@y/", "http://./", "gopher://x/", "http://x/" + "a" * 9000,
    ],
)  # fmt: skip
def test_anything_else_is_refused(url: str) -> None:
    """Only complete http and https URLs are asked."""
    with pytest.raises(SourceError, match="refused-address"):
        Resource.parse(url)


@pytest.mark.parametrize(
    ("location", "url"),
    [
        (b"/neu?x=1#y", "https://x.example/neu?x=1"),
        (b"neu.xml", "https://x.example/a/neu.xml"),
        (b"?seite=2", "https://x.example/a/b?seite=2"),
        (b"//y.example/z", "https://y.example/z"),
        (b"http://y.example/a/../%7e?", "http://y.example/a/../%7e?"),
        ("/Straße".encode(), "https://x.example/Stra%C3%9Fe"),
        (b"/Stra\xdfe zwei", "https://x.example/Stra%DFe%20zwei"),
    ],
)
def test_a_location_is_followed_as_it_came(location: bytes, url: str) -> None:
    """A Location may be relative; its bytes go back as they came."""
    assert Resource.parse("https://x.example/a/b?c#d").redirected(location).url == url


@pytest.mark.parametrize(
    "location", [b"ftp://x.example/", b"javascript:alert(1)", b"http://[", b"//[", b"file:///etc/passwd"]
)
def test_a_location_elsewhere_is_refused(location: bytes) -> None:
    """A redirect leads to http or https only."""
    with pytest.raises(SourceError, match="refused-address"):
        Resource.parse("https://x.example/").redirected(location)


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://x.example/b", True),
        ("https://x.example/", True),
        ("http://x.example:8080/", False),
        ("https://x.example:8443/", False),
        ("http://sub.x.example/", False),
    ],
)
def test_credentials_stay_with_their_origin(url: str, allowed: bool) -> None:
    """Credentials go to the origin of feeds.yaml, and to its https."""
    assert Resource.parse(url).may_have_credentials_of(Resource.parse("http://x.example/a")) is allowed
    assert not Resource.parse("http://x.example/").may_have_credentials_of(Resource.parse("https://x.example/"))


@given(st.text(max_size=60), st.binary(max_size=60))
def test_any_text_parses_or_is_refused(url: str, location: bytes) -> None:
    """Whatever stands in a Location, the request line stays one line of visible ASCII."""
    with suppress(SourceError):
        resource = Resource.parse(f"http://x.example/{url}").redirected(location)
        assert all("!" <= character <= "~" for character in resource.target)
