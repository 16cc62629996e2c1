"""Is each single value of feeds.yaml taken or refused as it should be?"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.config import addresses, values
from aggregator.model import ContentPolicy, Format

WORD = "ä" * 201


@pytest.mark.parametrize(
    ("read", "text", "expected"),
    [
        (values.identifier, "smart-city", "smart-city"),
        (values.identifier, "2025", "2025"),
        (values.title, "  Städte\tund\u200b  Länder – „neu“ ", "Städte und Länder – „neu“"),
        (values.term, "digital*", "digital*"),
        (values.term, "/", None),
        (values.term, "E-Government: „jetzt“", "E-Government: „jetzt“"),
        (values.term, "24/7", "24/7"),
        (values.tag_uri, "tag:news.example.org,2026:dk", "tag:news.example.org,2026:dk"),
        (values.tag_uri, "tag:a@b-c.de,2026-02-28:x/y?z%20", "tag:a@b-c.de,2026-02-28:x/y?z%20"),
        (values.language, "de-AT", "de-AT"),
        (values.timezone, "Europe/Zurich", ZoneInfo("Europe/Zurich")),
        (values.timezone, "UTC", ZoneInfo("UTC")),
        (values.interval, "15m", timedelta(minutes=15)),
        (values.interval, "2h", timedelta(hours=2)),
        (values.interval, "1d", timedelta(days=1)),
        (values.interval, "2w", timedelta(weeks=2)),
        (values.interval, "2y", timedelta(days=730)),
        (values.day, "2024-02-29", date(2024, 2, 29)),
        (values.truth, "true", True),
        (values.truth, "false", False),
        (values.limit, "1", 1),
        (values.limit, "1000", 1000),
        (partial(values.choice, choices=ContentPolicy), "full", ContentPolicy.FULL),
        (partial(values.choice, choices=Format), "atom", Format.ATOM),
        (addresses.web_address, "https://bücher.example:8443/ä?b=c#d", "https://bücher.example:8443/ä?b=c#d"),
        (addresses.web_address, "http://[::1]:80/", "http://[::1]:80/"),
        (addresses.home_address, "https://news.example.org", "https://news.example.org/"),
        (addresses.home_address, "https://example.org/~dk/", "https://example.org/~dk/"),
        (addresses.proxy_address, "http://a:b@proxy:3128", "http://a:b@proxy:3128"),
        (addresses.proxy_address, "http://a:${B}@proxy:3128", "http://a:${B}@proxy:3128"),
        (addresses.proxy_address, "${PROXY}", "${PROXY}"),
        (addresses.feed_address, "https://a.de:${PORT}/${PATH}", "https://a.de:${PORT}/${PATH}"),
        (addresses.feed_address, "${FEED}", "${FEED}"),
        (addresses.feed_address, "feeds/${NAME}.xml", "feeds/${NAME}.xml"),
        (addresses.feed_address, "/var/feeds/a b.xml", "/var/feeds/a b.xml"),
        (addresses.contact, "redaktion@example.org", "redaktion@example.org"),
        (addresses.contact, "https://example.org/impressum", "https://example.org/impressum"),
        (addresses.allowed, "Intranet.Example", "intranet.example"),
        (addresses.allowed, "10.0.0.0/8", "10.0.0.0/8"),
        (addresses.allowed, "fd00::/8", "fd00::/8"),
        (addresses.allowed, "[::1]", "::1"),
        (addresses.allowed, "10.1.2.3:65535", "10.1.2.3:65535"),
        (addresses.user_name, "grün", "grün"),
        (addresses.credential, "a:b c$d", "a:b c$d"),
        (addresses.header_name, "X-Api-Key", "X-Api-Key"),
        (addresses.header_value, "Bearer ${TOKEN}", "Bearer ${TOKEN}"),
    ],
)
def test_right_values_are_taken(read: Callable[[str], object], text: str, expected: object) -> None:
    """A right value is read as what it means."""
    if expected is None:
        with pytest.raises(ValueError, match="needs at least one letter"):
            read(text)
    else:
        assert read(text) == expected


@pytest.mark.parametrize(
    ("read", "text", "message"),
    [
        (values.identifier, "Smart City", "such as `smart-city`"),
        (values.identifier, "a" * 65, "up to 64"),
        (values.identifier, "a\n", "up to 64"),
        (values.identifier, "../etc", "such as `etc`"),
        (values.identifier, "", "such as `source`"),
        (values.identifier, "static", "reserved"),
        (values.title, " \u200b", "is empty"),
        (values.title, WORD, "is 201 characters long: shorten it to 200"),
        (values.term, "–", "needs at least one letter or digit"),
        (values.term, "*", "only directly before or behind a word"),
        (values.term, "title:", "needs at least one letter or digit"),
        (values.term, "titel:OZG", "names no field with `titel:OZG`: did you mean `title:`?"),
        (values.term, "Link:/presse/", "did you mean `link:`?"),
        (values.term, "a*b", "only directly before or behind a word"),
        (values.term, "smart *", "only directly before or behind a word"),
        (values.term, "*stadt*", "one sign at a word"),
        (values.term, "/(?=a)/", "that RE2 cannot read"),
        (values.phrase, "category:x", "holds words and phrases"),
        (values.passage, "a" * 2001, "is 2001 characters long: shorten it to 2000"),
        (values.tag_uri, "https://example.org/", "must be a tag: URI"),
        (values.tag_uri, "tag:example.org:x", "must be a tag: URI"),
        (values.tag_uri, "tag:example.org,2026-13:x", "must be a tag: URI"),
        (values.tag_uri, "tag:example.org,2026:x#y", "must be a tag: URI"),
        (values.tag_uri, "tag:example.org,2026:ä", "must be a tag: URI"),
        (values.tag_uri, "tag:example.org,2026:" + "x" * 200, "must be a tag: URI"),
        (values.language, "deutsch", "such as de"),
        (values.timezone, "Europe", "such as Europe/Berlin"),
        (values.timezone, "Europe/Berln", "such as Europe/Berlin, not `Europe/Berln`"),
        (values.timezone, "../../etc/passwd", "must be a time zone"),
        (values.timezone, "MESZ", "must be a time zone"),
        (values.interval, "2", "must be a duration such as 30m"),
        (values.interval, "2 h", "must be a duration"),
        (values.interval, "٢h", "must be a duration"),
        (values.interval, "14m", "must be from 15m"),
        (values.interval, "0h", "must be from 15m"),
        (values.interval, "9999y", "to 2y"),
        (values.day, "17.07.2025", "must be a day such as 2025-07-17"),
        (values.day, "20250717", "must be a day such as"),
        (values.day, "2025-02-29", "must be a day that exists"),
        (values.truth, "no", "must be true or false, not `no`"),
        (values.truth, "True", "must be true or false"),
        (values.limit, "0", "from 1 to 1000"),
        (values.limit, "1001", "from 1 to 1000"),
        (values.limit, "1e3", "from 1 to 1000"),
        (values.limit, "-1", "from 1 to 1000"),
        (partial(values.choice, choices=ContentPolicy), "voll", "must be teaser or full, not `voll`"),
        (addresses.web_address, "https://", "must be an address that begins with"),
        (addresses.web_address, "https:///feed", "must be an address that begins with"),
        (addresses.web_address, "file:///etc/passwd", "must be an address that begins with"),
        (addresses.web_address, "https://a.de/x y", "a blank or another character"),
        (addresses.web_address, "https://a.de/\n", "a blank or another character"),
        (addresses.web_address, "https://a.de\\b", "a blank or another character"),
        (addresses.web_address, "https://a.de/" + "x" * 2000, "is longer than 2000"),
        (addresses.web_address, "https://a.de:0/", "impossible host or port"),
        (addresses.web_address, "https://a.de:65536/", "impossible host or port"),
        (addresses.web_address, "https://a..de/", "impossible host or port"),
        (addresses.web_address, "https://[::x]/", "impossible host or port"),
        (addresses.web_address, "https://[v1.fe:x]/", "impossible host or port"),
        (addresses.web_address, "https://:80/", "impossible host or port"),
        (addresses.home_address, "https://a.de/?b", "without `\\?` or `#`"),
        (addresses.proxy_address, "socks5://a:1", "must be an address that begins with"),
        (addresses.feed_address, "ftp://a.de/", "must be an address that begins with"),
        (addresses.feed_address, "file:///etc/passwd", "must be an address that begins with"),
        (addresses.feed_address, "www.example.org/feed", "must be an address that begins with"),
        (addresses.feed_address, "https://a.de/${", "begins no variable"),
        (addresses.feed_address, "https://a.de/${A-B}", "begins no variable"),
        (addresses.feed_address, "", "must be the path of a file"),
        (addresses.feed_address, "a\x00b", "must be the path of a file"),
        (addresses.file_path, "https://a.de/", "an address on the web is a `feed`"),
        (addresses.contact, "redaktion", "must be an e-mail address"),
        (addresses.contact, "a@b.de (Kommentar)", "must be an e-mail address"),
        (addresses.contact, "https://a.de/(x)", "must be an e-mail address"),
        (addresses.contact, "https://a.de/ü", "must be an e-mail address"),
        (addresses.allowed, "10.0.0.1/8", "must be hosts, host:port or networks"),
        (addresses.allowed, "http://a.de", "must be hosts"),
        (addresses.allowed, "a.de:0", "must be hosts"),
        (addresses.allowed, "a.de:x", "must be hosts"),
        (addresses.allowed, "", "must be hosts"),
        (addresses.user_name, "a:b", "must not have a colon"),
        (addresses.credential, "", "is empty or has a control character"),
        (addresses.credential, "a\r\nb", "is empty or has a control character"),
        (addresses.header_name, "X Key", "is no name of a header"),
        (addresses.header_name, "X:", "is no name of a header"),
        (addresses.header_value, "a\r\nX-Boese: 1", "must be one line"),
        (addresses.header_value, "", "must be one line"),
    ],
)
def test_wrong_values_are_refused(read: Callable[[str], object], text: str, message: str) -> None:
    """A wrong value is refused with what to do about it."""
    with pytest.raises(ValueError, match=message):
        read(text)


def test_credentials_are_never_repeated() -> None:
    """A password in an address is refused without being shown."""
    for text in ("https://ich:geheim@a.de/", "https://ich:geheim@a.de:99999/", "ftp://ich:geheim@a.de/"):
        with pytest.raises(ValueError, match=r"take it out|must be an address") as caught:
            addresses.web_address(text)
        assert "geheim" not in str(caught.value)


@given(text=st.text(max_size=40))
def test_any_text_is_taken_or_refused(text: str) -> None:
    """Whatever text stands there, a value is read or ValueError says what is wrong, in one printable line."""
    for read in (
        *(values.identifier, values.title, values.term, values.tag_uri, values.language, values.interval, values.day),
        *(values.truth, values.limit, addresses.web_address, addresses.feed_address, addresses.contact),
        *(addresses.allowed, addresses.credential, addresses.header_name, addresses.header_value),
    ):
        try:
            read(text)
        except ValueError as error:
            refusal = str(error)
        else:
            continue
        assert refusal
        assert not re.search("[\\x00-\\x1f\\x7f-\\x9f\\u202a-\\u202e\\ud800-\\udfff]", refusal)


@given(host=st.text(max_size=30))
def test_a_host_cannot_hide_another(host: str) -> None:
    """An address that is taken holds no credentials, blanks, backslashes or controls."""
    try:
        address = addresses.web_address(f"https://{host}/")
    except ValueError:
        return
    assert not set(address.partition("?")[0].partition("#")[0]) & set("@\\ \t\r\n")
