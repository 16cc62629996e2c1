"""How do people read the stories in a browser?

Three kinds of page in one frame: the index of all feeds, a page per feed, a page per story. They
work from any folder and from a file, need no script, and ask no other server for anything. That of the index is a
comfort: one click copies an address.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from functools import cache
from importlib import resources
from itertools import groupby
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from aggregator.model import Format, PublishedFeed, PublishedStory, Site
from aggregator.publish import articles, assets, presentation
from aggregator.publish.once import kept, once
from aggregator.publish.sayings import Sayings
from aggregator.publish.wording import page_language, wording

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup


def render_feed(feed: PublishedFeed) -> bytes:
    """Give the page of one feed: its stories in order, grouped by their day in the site's time zone."""
    root = "../" if feed.archive else ""
    return _page("feed.html", feed.site, root=root, feed=feed, days=_days(feed, root))


def render_index(site: Site, feeds: Sequence[PublishedFeed], counts: Mapping[str, int] = MappingProxyType({})) -> bytes:
    """Give the page that lists all feeds, and how to subscribe to them.

    Of each feed it shows the first stories only; `counts` says by slug how many there are, where these are not all.
    """
    return _page("index.html", site, root="", feeds=feeds, counts=counts)


def render_story(story: PublishedStory, site: Site, pages: Collection[str]) -> bytes:
    """Give the page of one story: its text, who carries it, and why it is in its topics, of which `pages` have one."""
    told = {"story": articles.article(story, site), "report": articles.report(story, site)}
    return _page("story.html", site, root="../", pages=pages, **told)


def render_moved(story: PublishedStory, site: Site) -> bytes:
    """Give the page of a story that was merged into another one: where it went."""
    return _page("moved.html", site, root="../", story=articles.article(story, site))


def _days(feed: PublishedFeed, root: str) -> Iterator[tuple[date, Markup]]:
    """Give each day and the articles of its stories. Neighbours only are of one: a feed is in order of its dates."""
    from markupsafe import Markup

    site = feed.site
    for day, stories in groupby(feed.stories, lambda story: presentation.local(story.order_date, site).date()):
        pieces = []
        for story in stories:
            details = None if feed.archive else story.page
            pieces.append(_article(story, site, root, details, feed.names_copies))
            pieces.append(
                _article_end(tuple(title for topic, title in feed.topics_of(story) if topic != feed.slug), site, root)
            )
        # The template has escaped what is foreign.
        yield day, Markup("".join(pieces))  # noqa: S704


@once
def _article(story: PublishedStory, site: Site, root: str, details: str | None, names_copies: bool) -> str:
    """Give the beginning of a story's article, which its topics follow; `details` is where its own page is."""
    return str(_macros("article.html", site, root).beginning(articles.article(story, site), details, names_copies))


@kept()
def _article_end(topics: tuple[str, ...], site: Site, root: str) -> str:
    return str(_macros("article.html", site, root).end(topics))


def _page(name: str, site: Site, *, root: str, **values: object) -> bytes:
    """Put what a page says into the frame."""
    template = _environment().get_template(name)
    context = template.new_context({**_common(site, root), **values})
    title, alternates, main = ("".join(template.blocks[block](context)) for block in ("title", "alternates", "main"))
    before, between, after, end = _frame(site, root, name == _FRONT)
    return "".join((before, title, between, alternates, after, main, end)).encode("utf-8")


_FRONT = "index.html"
# No text that is published holds a control.
_PLACE = "\0"


@kept()
def _frame(site: Site, root: str, is_front: bool) -> list[str]:
    """Give what stands before, between and after the title, the alternates and the main part of a page."""
    frame = _environment().get_template("page.html")
    return frame.render(**_common(site, root), is_front=is_front, place=_PLACE).split(_PLACE)


@kept()
def _macros(name: str, site: Site, root: str) -> Any:
    return _environment().get_template(name).make_module(_common(site, root))


@kept()
def _common(site: Site, root: str) -> dict[str, object]:
    """Give what all templates may say."""
    return {
        "site": site,
        "root": root,
        "words": wording(site.language),
        "language": page_language(site.language),
        "say": Sayings(site),
        "stylesheet": assets.stylesheet().name,
        "script": assets.script().name,
    }


# Media types of the formats that a feed reader takes, with the names people know them by.
_FEED_FORMATS = (
    (Format.ATOM, "Atom", "application/atom+xml"),
    (Format.RSS, "RSS", "application/rss+xml"),
    (Format.JSON, "JSON Feed", "application/feed+json"),
)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemBytecodeCache, PackageLoader, StrictUndefined
    from jinja2.bccache import Bucket

    class Compiled(FileSystemBytecodeCache):
        """Templates as Python code, beside that of our modules, where Python may keep that."""

        def dump_bytecode(self, bucket: Bucket) -> None:
            with suppress(OSError):
                super().dump_bytecode(bucket)

    environment = Environment(
        loader=PackageLoader("aggregator.publish"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
        bytecode_cache=Compiled(str(resources.files(__package__).joinpath("__pycache__"))),
    )
    environment.globals.update(presentation=presentation, formats=_FEED_FORMATS)
    return environment
