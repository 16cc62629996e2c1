"""Settled: HTML that needs no second cleaning."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.sources.markup import safe_html
from aggregator.sources.settled import is_settled

BASE = "https://stadt.example/news/"

NAMES = (
    "a abbr b blockquote br code dd del div dl em figcaption figure h2 h3 hr i img li ol p pre q span strong"
    " table td tr u ul section font nobr button svg"
).split()
ATTRIBUTES = (
    ' href="/x?utm_source=1&amp;b=2"',
    ' href="mailto:a@b.de"',
    ' href="//b--c.de/"',
    ' href="http://[::1]/x"',
    ' src="b.jpg"',
    ' src="https://ö.example/"',
    ' title="a&quot;b"',
    ' title="a<b"',
    ' width="1"',
    ' lang="de"',
)
TEXTS = ("Rat", " ", "\n", "&nbsp;", "&lt;b&gt;", "&#13;", "\r", "\u00ad", "\ufeff", "<", ">", "&am", "p;")


def _element(name: str, attributes: list[str], inner: str, *, is_closed: bool) -> str:
    return f"<{name}{''.join(attributes)}>{inner}" + (f"</{name}>" if is_closed else "")


FRAGMENTS = st.recursive(
    st.sampled_from(TEXTS),
    lambda inner: st.lists(
        st.one_of(
            inner,
            st.builds(
                _element,
                st.sampled_from(NAMES),
                st.lists(st.sampled_from(ATTRIBUTES), max_size=3),
                inner,
                is_closed=st.sampled_from((True, True, True, False)),
            ),
        ),
        min_size=1,
        max_size=4,
    ).map("".join),
    max_leaves=12,
)


@settings(deadline=None, max_examples=400)
@given(FRAGMENTS, st.sampled_from([None, BASE]))
def test_nothing_new_is_found(html: str, base: str | None) -> None:
    """What was made safe, settled or not, comes out of the cleaner as it went in."""
    cleaned = safe_html(html, base)
    assert safe_html(cleaned, None) == cleaned


@pytest.mark.parametrize(
    "html",
    [
        "Nur Text &amp; nichts sonst",
        "<p>Der <strong>Rat</strong> tagt.<br>Morgen.</p><p>Dann.</p>",
        '<p><a href="https://stadt.example/a?b=1&amp;c" rel="noopener nofollow">mehr</a></p>',
        '<figure><img src="https://stadt.example/b.jpg" alt="Rat"><figcaption>Rat</figcaption></figure>',
        "<ul><li>eins<ul><li>zwei</li></ul></li></ul><dl><dt>Was</dt><dd>Das</dd></dl>",
        "<blockquote><p>Zitat</p></blockquote><h2>Über <em>uns</em></h2>",
    ],
)
def test_news_are_settled(html: str) -> None:
    """What nearly all news are made of is cleaned once only."""
    assert is_settled(html)
    assert safe_html(html, None) == html


@pytest.mark.parametrize(
    "html",
    [
        "<p>eins<p>zwei</p></p>",
        "<p><div>eins</div></p>",
        "<b><p>eins</b></p>",
        "<p>eins",
        "eins</p>",
        "<h2><h3>eins</h3></h2>",
        "<li>eins</li>",
        "<a>eins<span><a>zwei</a></span></a>",
        "<strong><p>eins</p></strong>",
        "<table><tbody><tr><td>eins</td></tr></tbody></table>",
        "<pre>\neins</pre>",
        '<a rel="noopener nofollow" title="eins">eins</a>',
        '<a href="https://xn--4ca.example/" rel="noopener nofollow">eins</a>',
        '<img src="b.jpg">',
        '<span title="a<b">eins</span>',
        "\ufeffeins",
        "eins\rzwei",
        "eins < zwei",
    ],
)
def test_doubts(html: str) -> None:
    """Where a parser may read another thing than is written, or the cleaner think anew of it, it is asked again."""
    assert not is_settled(html)
