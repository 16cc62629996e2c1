"""How do people read the stories in a browser?

Three kinds of page of one template family: the index of all feeds, a page per feed, a page per story. They
work from any folder and from a file, need no script, and ask no other server for anything.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache, lru_cache
from hashlib import sha256
from importlib import resources
from itertools import groupby
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from aggregator.model import Format, PublishedFeed, PublishedStory, Site
from aggregator.publish import presentation
from aggregator.publish.once import anywhere, once
from aggregator.publish.wording import page_language, ui_language, wording

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Stylesheet:
    """The one stylesheet: its name below public/ holds its digest, so that caches may keep it for ever."""

    name: str
    content: bytes


@cache
def stylesheet() -> Stylesheet:
    """Give the stylesheet that all pages link to."""
    content = resources.files(__package__).joinpath("static", "style.css").read_bytes()
    return Stylesheet(name=f"static/style.{sha256(content).hexdigest()[:16]}.css", content=content)


def render_feed(feed: PublishedFeed) -> bytes:
    """Give the page of one feed: its stories in order, grouped by their day in the site's time zone."""
    site, root = feed.site, "../" if feed.archive else ""

    def article(story: PublishedStory) -> Markup:
        details = None if feed.archive else story.page
        return _article(anywhere(story, site), site, root, details, feed.names_copies)

    return _page("feed.html", site, root=root, feed=feed, days=_days(feed), article=article)


def render_index(site: Site, feeds: Sequence[PublishedFeed], counts: Mapping[str, int] = MappingProxyType({})) -> bytes:
    """Give the page that lists all feeds, and how to subscribe to them.

    Of each feed it shows the first stories only; `counts` says by slug how many there are, where these are not all.
    """
    return _page("index.html", site, root="", feeds=feeds, counts=counts)


def render_story(story: PublishedStory, site: Site, pages: Collection[str]) -> bytes:
    """Give the page of one story: its text, who carries it, and why it is in its topics, of which `pages` have one."""
    text = _own_text(story.content) if story.content else None
    return _page("story.html", site, root="../", story=story, text=text, pages=pages)


def render_moved(story: PublishedStory, site: Site) -> bytes:
    """Give the page of a story that was merged into another one: where it went."""
    return _page("moved.html", site, root="../", story=story)


def _days(feed: PublishedFeed) -> Iterator[tuple[date, list[PublishedStory]]]:
    """Group neighbours only: a feed is in order of its dates."""
    for day, stories in groupby(feed.stories, lambda story: presentation.local(story.order_date, feed.site).date()):
        yield day, list(stories)


@once
def _article(story: PublishedStory, site: Site, root: str, details: str | None, names_copies: bool) -> Markup:
    """Give the beginning of a story's article, which its topics follow; `details` is where its own page is."""
    from markupsafe import Markup

    values = {"root": root, "story": story, "details": details, "names_copies": names_copies}
    # The template has escaped what is foreign.
    return Markup(_filled("article.html", site, **values))  # noqa: S704


def _page(template: str, site: Site, **values: object) -> bytes:
    return _filled(template, site, stylesheet=stylesheet().name, **values).encode("utf-8")


def _filled(template: str, site: Site, **values: object) -> str:
    return (
        _environment()
        .get_template(template)
        .render(
            site=site,
            words=wording(site.language),
            language=page_language(site.language),
            say=_Sayings(site),
            **values,
        )
    )


# Media types of the formats that a feed reader takes, with the names people know them by.
_FEED_FORMATS = (
    (Format.ATOM, "Atom", "application/atom+xml"),
    (Format.RSS, "RSS", "application/rss+xml"),
    (Format.JSON, "JSON Feed", "application/feed+json"),
)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("aggregator.publish"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.globals.update(presentation=presentation, formats=_FEED_FORMATS)
    return environment


class _Sayings:
    """What a template says of dates and numbers, in the site's language and time zone."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._locale = _locale(site.language)
        self._words = wording(site.language)

    def day(self, day: date) -> str:
        return _date(day, "full", self._locale)

    def date(self, instant: datetime) -> str:
        return _date(self.local(instant).date(), "long", self._locale)

    def clock(self, instant: datetime) -> str:
        clock = _clock(self.local(instant).time().replace(second=0), self._locale)
        return self._words["clock"].format(clock=clock)

    def moment(self, instant: datetime) -> str:
        return f"{self.date(instant)}, {self.clock(instant)}"

    def local(self, instant: datetime) -> datetime:
        return presentation.local(instant, self._site)

    def count(self, number: int) -> str:
        return self._words["one_story"] if number == 1 else self._words["stories"].format(count=number)

    def name(self, feed: PublishedFeed) -> str:
        """Give what a feed is called on our own pages: that of all stories bears the site's title elsewhere."""
        return self._words["all_stories"] if feed.slug == "all" else feed.title

    def language(self, story: PublishedStory) -> str | None:
        """Give the language of a story, which is the site's where none was told, if it is not that of the page."""
        tag = presentation.language_tag(story.language) or self._site.language
        return tag if tag != page_language(self._site.language) else None

    def field(self, name: str) -> str:
        return self._words.get(f"field_{name}", name)


@cache
def _locale(language: str) -> str:
    """Give how dates are written: as the region of the language does, where it is one of ours."""
    from babel import Locale, UnknownLocaleError

    try:
        return str(Locale.parse(page_language(language), sep="-"))
    except (ValueError, UnknownLocaleError):
        return ui_language(language)


@lru_cache(maxsize=4096)
def _date(day: date, form: Literal["full", "long"], language: str) -> str:
    from babel.dates import format_date

    return str(format_date(day, form, locale=language))


@lru_cache(maxsize=2048)
def _clock(clock: time, language: str) -> str:
    from babel.dates import format_time

    return str(format_time(clock, "short", locale=language))


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
