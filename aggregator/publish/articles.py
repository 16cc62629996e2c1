"""What does a page say of a story?

All of it is made here, as plain values that the templates escape and have nothing to ask about.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator.model import Precision, PublishedStory, Site
from aggregator.publish import presentation
from aggregator.publish.sayings import Sayings
from aggregator.publish.wording import wording

if TYPE_CHECKING:
    from markupsafe import Markup

Told = tuple[str, str]
"""A date or time: for machines, and for people."""


class Article(Struct, frozen=True, kw_only=True):
    """What the page of a feed says of a story.

    `language` is there where it is not the site's; `link` is the source's page, `file` where we show the story below
    public/. `copies` name who else reports, with the link; `clock` is None where no time of day was told.
    """

    id: str
    language: str | None
    title: str
    link: str | None
    file: str
    source: str | None
    is_dated: bool
    clock: Told | None
    paragraphs: tuple[str, ...]
    copies: tuple[tuple[str, str | None], ...]


class Report(Struct, frozen=True, kw_only=True):
    """What the page of a story says besides: `text` is safe HTML, in place of the paragraphs.

    `files` are told as address, name and media type, `copies` as name, link and when each was first seen, `reasons` as
    topic, title, and what matched: a sentence that names the term and where it stood, and the words that stood there.
    """

    text: Markup | None
    date: Told
    authors: tuple[str, ...]
    onward: str
    files: tuple[tuple[str, str, str | None], ...]
    copies: tuple[tuple[str, str | None, Told], ...]
    reasons: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...]


def article(story: PublishedStory, site: Site) -> Article:
    """Say what the page of a feed says of a story."""
    say = Sayings(site)
    told = story.published if story.precision is Precision.SECOND else None
    return Article(
        id=story.id,
        language=say.language(story),
        title=presentation.story_title(story, site),
        link=presentation.source_link(story, site),
        file=presentation.story_file(story),
        source=story.source.title if story.source else None,
        is_dated=story.published is not None,
        clock=(say.local(told).isoformat(), say.clock(told)) if told else None,
        paragraphs=_paragraphs(story.summary or ""),
        copies=tuple((copy.title, presentation.web_address(copy.link)) for copy in presentation.further_copies(story)),
    )


def report(story: PublishedStory, site: Site) -> Report:
    """Say what the page of a story says besides its article."""
    say, words = Sayings(site), wording(site.language)
    return Report(
        text=_own_text(story.content) if story.content else None,
        date=_date(story, say),
        authors=tuple(author.name for author in story.authors),
        onward=words["read_at"].format(source=story.source.title) if story.source else words["read_on"],
        files=tuple(
            (url, presentation.file_name(url, file), presentation.media_type(file))
            for url, file in presentation.enclosures(story)
        ),
        copies=tuple(
            (
                copy.title,
                presentation.web_address(copy.link),
                (say.local(copy.first_seen).date().isoformat(), say.date(copy.first_seen)),
            )
            for copy in story.copies
        ),
        reasons=tuple(_reasons(story, site, say)),
    )


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(line for told in text.splitlines() if (line := told.strip()))


def _date(story: PublishedStory, say: Sayings) -> Told:
    instant = story.published or story.order_date
    if story.published and story.precision is Precision.SECOND:
        return say.local(instant).isoformat(), say.moment(instant)
    return say.local(instant).date().isoformat(), say.date(instant)


def _reasons(story: PublishedStory, site: Site, say: Sayings) -> Iterator[tuple[str, str, tuple[tuple[str, str], ...]]]:
    matched = wording(site.language)["matched"]
    for topic, title in story.topics:
        why = [match for match in story.matches if match.topic == topic]
        if why:
            told = ((matched.format(term=match.term, field=say.field(match.field)), match.words) for match in why)
            yield topic, title, tuple(told)


# What a page would have to load from elsewhere, or could not show without a script.
_FOREIGN = frozenset(
    {
        "img",
        "picture",
        "source",
        "svg",
        "math",
        "audio",
        "video",
        "track",
        "iframe",
        "embed",
        "object",
        "link",
    }
    | {"form", "input", "button", "style", "script"}
)

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})


def _own_text(content: str) -> Markup:
    """Give safe HTML without anything that a browser would load; its headings follow ours, and leave out no level."""
    from lxml import etree, html
    from markupsafe import Markup

    root = html.fragment_fromstring(content, create_parent="div")
    level = 1
    for element in list(root.iterdescendants(etree.Element)):
        if element.tag in _FOREIGN:
            element.drop_tree()
        elif element.tag in _HEADINGS:
            level = min(max(2, int(element.tag[1])), level + 1)
            element.tag = f"h{level}"
    for link in list(root.iterdescendants("a")):
        # What was around an image alone leads nowhere that could be named.
        if not link.text_content().strip():
            link.drop_tag()
    # The content was made safe when it was read; here nothing is added to it.
    return Markup(html.tostring(root, encoding="unicode", method="html"))  # noqa: S704
