"""How large may an entry and a feed become?

No entry over 100 KB, no feed over 1 MB, in any format: a text that is longer becomes its teaser. Sizes are reckoned
before rendering and never too low.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from aggregator.model import PublishedStory

ENTRY = 100_000
FEED = 1_000_000
"""Bytes of an entry, and of a feed."""

_FRAME = 4_000
"""What a document says besides its entries, at most."""
_MARKUP = 1_400
"""What an entry says around its texts, at most."""


class Measured(Struct, frozen=True, kw_only=True):
    """A story with its text and without it, and how many bytes each may be."""

    story: PublishedStory
    teaser: PublishedStory
    size: int
    teaser_size: int

    @classmethod
    def of(cls, story: PublishedStory) -> Measured:
        """Measure a story."""
        short_size = _size(story)
        # All that a story has more than its teaser is its text.
        size = short_size + _quoted((story.content,))
        if short_size <= ENTRY:
            short = replace(story, content=None) if story.content is not None else story
            return cls(story=story, teaser=short, size=size, teaser_size=short_size)
        teaser = _cut(story)
        return cls(story=story, teaser=teaser, size=size, teaser_size=_size(teaser))


def bounded(stories: Sequence[Measured], needed: Collection[str]) -> list[PublishedStory]:
    """Give stories as they fit into one feed, newest first.

    Where a text does not fit the teaser stands alone. Where even that would not, the story is left out, unless its id
    is among the `needed`: those that no closed document holds.
    """
    left = FEED - _FRAME - sum(one.teaser_size for one in stories if one.story.id in needed)
    found = []
    for one in stories:
        held = one.teaser_size if one.story.id in needed else 0
        if one.size <= ENTRY and one.size - held <= left:
            left -= one.size - held
            found.append(one.story)
        elif held or one.teaser_size <= left:
            left -= one.teaser_size - held
            found.append(one.teaser)
    return found


def _cut(story: PublishedStory) -> PublishedStory:
    """Give a story without its text, its lists cut: they alone would be too much."""
    return replace(
        story,
        content=None,
        title=story.title[:1_000],
        authors=story.authors[:10],
        categories=tuple(name[:200] for name in story.categories[:20]),
        enclosures=story.enclosures[:5],
        copies=story.copies[:50],
        matches=tuple(replace(match, words=match.words[:1_000]) for match in story.matches[:50]),
    )


def _size(story: PublishedStory) -> int:
    """Reckon the bytes of a story without its text, in the format in which it is longest, as XML or as JSON."""
    source = story.source
    named = source and (source.title, source.id, source.url, source.feed, source.channel.id, source.channel.link)
    texts = [
        # A teaser may be quoted twice, as text and as HTML.
        *((story.summary,) * 3),
        story.title,
        story.link,
        *(named or ()),
        *(text for author in story.authors for text in (author.name, author.url)),
        *story.categories,
        *(text for topic in story.topics for text in topic),
        *(text for file in story.enclosures for text in (file.url, file.type, file.title)),
        *(text for copy in story.copies for text in (copy.source, copy.title, copy.link) * 2),
        *(text for match in story.matches for text in (match.topic, match.term, match.field, match.words)),
    ]
    parts = len(story.authors) + len(story.categories) + len(story.topics) + len(story.enclosures)
    parts += 3 * len(story.copies) + len(story.matches)
    return _MARKUP + 130 * parts + _quoted(texts)


def _quoted(texts: Iterable[str | None]) -> int:
    """Reckon the bytes of texts; an address may be quoted whole."""
    told = [text for text in texts if text]
    addresses = [text for text in told if text.startswith("http")]
    words = [text for text in told if not text.startswith("http")] if addresses else told
    return 3 * _bytes("".join(addresses)) + _written("".join(words))


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def _written(text: str) -> int:
    held = _bytes(text)
    if not _GROWING.search(text):
        return held
    # Markup inside markup is quoted in Atom and RSS, quotes and line ends are in JSON.
    # `&amp;` adds four, `&lt;` and `&gt;` three, `&quot;` and `&#x27;` five.
    quotes = text.count('"')
    as_xml = 4 * text.count("&") + 3 * (text.count("<") + text.count(">")) + 5 * (quotes + text.count("'"))
    return held + max(as_xml, quotes + text.count("\\") + text.count("\n") + text.count("\t"))


_GROWING = re.compile(r"""[&<>"'\\\n\t]""")
