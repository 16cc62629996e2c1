"""Links: absolute, of the web, without tracking, otherwise untouched."""

from __future__ import annotations

import ada_url
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.links import canonical, clean


@pytest.mark.parametrize(
    ("told", "base", "expected"),
    [
        ("/artikel?id=1", "https://stadt.example/news/", "https://stadt.example/artikel?id=1"),
        ("artikel", "https://stadt.example/news/", "https://stadt.example/news/artikel"),
        ("//cdn.example/b.png", "https://stadt.example/", "https://cdn.example/b.png"),
        ("  https://stadt.example/a \n", None, "https://stadt.example/a"),
        ("https://stadt.example/a\u200b", None, "https://stadt.example/a"),
        ("HTTP://Stadt.Example:80/A/../b", None, "http://stadt.example/b"),
        ("https://stadt.example/straße?ort=köln", None, "https://stadt.example/stra%C3%9Fe?ort=k%C3%B6ln"),
        ("https://stadt.example/a#abschnitt", None, "https://stadt.example/a#abschnitt"),
    ],
)
def test_absolute(told: str, base: str | None, expected: str) -> None:
    """A link becomes absolute as a browser makes it."""
    assert clean(told, base) == expected


@pytest.mark.parametrize(
    "told",
    [
        "",
        "   ",
        "artikel",
        "javascript:alert(1)",
        "JaVa\tScript:alert(1)",
        "data:text/html,x",
        "ftp://stadt.example/a",
        "file:///etc/passwd",
        "mailto:amt@stadt.example",
        "http://[::1",
        "https://amt:geheim@stadt.example/",
        "https://stadt.example/" + "a" * 5000,
        "https://stadt.example/" + "ä" * 3000,
        "https://stadt.256.256;jsessionid=1",
    ],
)
def test_refused(told: str) -> None:
    """What is not of the web, is broken, secret or far too long is no link."""
    assert clean(told) is None


def test_bad_base() -> None:
    """A base that is no address makes a relative link none, not an error."""
    assert clean("artikel", "keine Adresse") is None


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("https://e.example/?utm_source=rss&id=7&UTM_Medium=x", "https://e.example/?id=7"),
        ("https://e.example/?utm_source=rss", "https://e.example/"),
        ("https://e.example/?fbclid=1&gclid=2&mc_cid=3&mc_eid=4&wt_mc=5&xtor=6&msclkid=7", "https://e.example/"),
        ("https://e.example/?at_medium=1&at_campaign=2&pk_campaign=3&mtm_x=4#a", "https://e.example/#a"),
        ("https://e.example/a;jsessionid=1F2E?x=1", "https://e.example/a?x=1"),
        ("https://e.example/a/.;jsessionid=1/b", "https://e.example/a/b"),
        ("https://e.example/?%75tm_source=1&b=2", "https://e.example/?b=2"),
        (
            "https://e.example/?tx_news%5Bnews%5D=5&cHash=aB%2f9&b&a=&a=1&utm_id=9",
            "https://e.example/?tx_news%5Bnews%5D=5&cHash=aB%2f9&b&a=&a=1",
        ),
        ("https://e.example/?gid=1&cid=2&id=3&sid=4", "https://e.example/?gid=1&cid=2&id=3&sid=4"),
        ("https://e.example/?", "https://e.example/?"),
    ],
)
def test_tracking(told: str, expected: str) -> None:
    """Tracking parameters go; all others keep their order and their bytes."""
    assert clean(told) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://Stadt.example:80/a/", "https://stadt.example/a"),
        ("https://stadt.example:443/a#oben", "https://stadt.example/a?utm_source=rss"),
        ("https://stadt.example", "http://stadt.example/"),
    ],
)
def test_canonical_same(one: str, other: str) -> None:
    """Scheme, default port, fragment, tracking and the last slash do not make another page."""
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://www.stadt.example/a", "https://stadt.example/a"),
        ("https://stadt.example/a?id=1", "https://stadt.example/a?id=2"),
        ("https://stadt.example:8443/a", "https://stadt.example/a"),
    ],
)
def test_canonical_different(one: str, other: str) -> None:
    """Another host, port or parameter makes another page."""
    assert canonical(one) != canonical(other)


def test_canonical_of_no_link() -> None:
    """What is no web link is its own key."""
    assert canonical("urn:uuid:1") == "urn:uuid:1"


@settings(deadline=None)
@given(st.text(max_size=60), st.sampled_from([None, "https://stadt.example/a/b?c=ä"]))
def test_any_text(told: str, base: str | None) -> None:
    """Any text gives a web link or None, cleaning it again changes nothing, and it always has a key."""
    cleaned = clean(told, base)
    assert cleaned is None or cleaned.startswith(("http://", "https://"))
    if cleaned:
        assert clean(cleaned) == cleaned
    assert isinstance(canonical(told), str)


PIECES = (
    "https://", "http://", "/", "//", ":", "a", "stadt.example", "www.", "-", "--", "..", ".", "?", "a=b", "&", "1",
    "0x1", "xn--", "localhost", "X", "%2e", "~", "_", "@", "#", ":80", "\\", " ", "ü",
)  # fmt: skip
BASES = (
    None, "https://stadt.example/a/b?c", "http://wer@stadt.example/x", "https://1.2.3.4/", "http://stadt.example:8080/",
    "HTTPS://Stadt.example?x/y", "https://a-.example/", "//stadt.example/x", "tag:stadt.example,2026:1",
)  # fmt: skip


@settings(deadline=None, max_examples=500)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=7).map("".join), st.sampled_from(BASES))
def test_as_the_standard_has_it(told: str, base: str | None) -> None:
    """A link that is plain already stays as the URL standard would have it."""
    text = told.strip()
    try:
        expected = ada_url.join_url(base, text) if base else ada_url.normalize_url(text)
    except ValueError:
        expected = ""
    is_web = expected.startswith(("http://", "https://")) and "@" not in expected.split("/", 3)[2]
    assert clean(told, base) == (expected if text and is_web else None)
